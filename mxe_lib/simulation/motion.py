"""From a clip's row to everything that moves in it: displacement fields on the frame's grid times their courses."""

from dataclasses import dataclass, replace

import numpy as np

from mxe_lib.compute.seeds import generator
from mxe_lib.simulation.action_units import LID_CLOSURE, Activation
from mxe_lib.simulation.cohort_tables import COHORTS, SMALL_MOVEMENTS
from mxe_lib.simulation.cohorts import Row
from mxe_lib.simulation.displacement import LIDS, Bumps, template
from mxe_lib.simulation.face import Placement
from mxe_lib.simulation.timeline import Distractors, Motion, motion

DRAWN = 2
"""So many of the last basis fields are the lids', which are drawn over the face, not warped."""


@dataclass(frozen=True)
class Plan:
    """What moves in a clip.

    Attributes:
        courses: time courses, one value a frame from the onset on.
        expression, second, drift: bumps of the skin in face units, at course 1.
        lids: bumps of the expression's closing lids (units 43 and 45), drawn rather than warped.
        blink: bumps of fully closed lids.
        lid_share: what the expression's apex covers of the image-left and image-right eye.
    """

    courses: Motion
    expression: Bumps
    second: Bumps
    drift: Bumps
    lids: Bumps
    blink: Bumps
    lid_share: tuple[float, float]

    def weights(self, frame: int) -> np.ndarray:
        """Factors on the eleven basis fields at ``frame`` frames after the onset."""
        c = self.courses
        lid = max(0.0, c.intensity[frame] - c.intensity[0])
        blink = c.closure[frame] - c.closure[0]
        start = c.intensity[0]
        return np.array([c.intensity[frame] - start, c.second[frame], c.drift[frame], *c.head[frame], lid, blink])

    def closure(self, frame: int) -> tuple[float, float]:
        """Share of the image-left and the image-right eye that is covered."""
        c = self.courses
        left, right = (1 - (1 - share * c.intensity[frame]) * (1 - c.closure[frame]) for share in self.lid_share)
        return float(left), float(right)


def plan(row: Row, shape: np.ndarray, distractors: Distractors, seed: int) -> Plan:
    """Draw a clip's movements; the same row, seed and settings give the same plan."""
    clip = row.clip
    rng = generator("plan", clip.id, clip.onset, clip.offset, row.physical_apex, seed)
    cohort = COHORTS[clip.database]
    distractors = replace(distractors, head_motion=distractors.head_motion * cohort.head)
    courses = motion(clip.length, row.physical_apex - clip.onset, clip.fps, distractors, rng)
    units = [unit for unit in row.action_units if unit.unit not in LIDS]
    lids = [unit for unit in row.action_units if unit.unit in LIDS]
    extra = SMALL_MOVEMENTS[rng.integers(len(SMALL_MOVEMENTS))]
    side = str(rng.choice(["both", "left", "right"]))
    letter = max((unit.letter or "B" for unit in row.action_units), default="B")
    resting = SMALL_MOVEMENTS[rng.integers(len(SMALL_MOVEMENTS))]
    share = [0.0, 0.0]
    for unit in lids:
        for i, eye in enumerate(("right", "left")):  # the owner's right eye is on the image's left
            if unit.side in (eye, "both"):
                share[i] = max(share[i], LID_CLOSURE[unit.letter or "B"])
    return Plan(
        courses=courses,
        expression=template(tuple(units)).on(shape).scaled(row.strength),
        second=template(tuple(Activation(unit, side, letter) for unit in extra)).on(shape),
        drift=template(tuple(Activation(unit, "both", "A") for unit in resting)).on(shape).scaled(0.6),
        lids=template(tuple(lids)).on(shape),
        blink=template((Activation(45, "both", "E"),)).on(shape),
        lid_share=(share[0], share[1]),
    )


def basis(plan_: Plan, place: Placement, size: tuple[int, int]) -> np.ndarray:
    """The eleven fields that a clip's motion is a weighted sum of, ``(11, 2, H, W)`` float32 frame pixels.

    Expression, second movement, drift; head shift x, shift y, roll, scale, yaw, pitch; lids: expression's, blink's.
    """
    width, height = size
    x = (np.arange(width) - place.origin[0]) / place.scale[0]
    y = (np.arange(height) - place.origin[1]) / place.scale[1]
    parts = (plan_.expression, plan_.second, plan_.drift)
    skin = [part.on_grid(x, y) for part in parts]
    lids = [part.on_grid(x, y) for part in (plan_.lids, plan_.blink)]
    grid = np.stack(np.meshgrid(x, y), axis=-1)
    head = np.moveaxis(head_fields(grid) * head_mask(grid)[..., None, None], (2, 3), (0, 1))
    return (np.stack([*skin, *head, *lids]) * np.array(place.scale)[:, None, None]).astype(np.float32)


def basis_at(plan_: Plan, points: np.ndarray) -> np.ndarray:
    """The same eleven fields at points ``(P, 2)`` in face units, ``(11, P, 2)`` face units."""
    skin = [part.at(points) for part in (plan_.expression, plan_.second, plan_.drift)]
    head = np.moveaxis(head_fields(points) * head_mask(points)[..., None, None], -2, 0)
    return np.stack([*skin, *head, plan_.lids.at(points), plan_.blink.at(points)])


def head_fields(points: np.ndarray) -> np.ndarray:
    """Displacement ``(..., 6, 2)`` of points ``(..., 2)`` under unit shift x, shift y, roll, scale, yaw and pitch.

    The head rolls about the neck's top, below the mouth; all angles to first order. A turn out of the image moves each
    point by its depth.
    """
    x, y = points[..., 0], points[..., 1]
    one, zero, pivot, near = np.ones_like(x), np.zeros_like(x), 1.4, depth(x, y)
    across, down = [one, zero, pivot - y, x, near, zero], [zero, one, x, y - 0.5, zero, near]
    return np.stack([np.stack(across, axis=-1), np.stack(down, axis=-1)], axis=-1)


def depth(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """How far before the middle of the cheeks a point of the face lies, in face units: an ellipsoid with a nose.

    A head is about as deep as wide; what all points share would be a mere shift and is left out.
    """
    dome = 1.3 * np.sqrt(np.clip(1 - (x / 1.4) ** 2 - ((y - 0.3) / 2.1) ** 2, 0, 1))
    nose = 0.35 * np.exp(-0.5 * ((x / 0.16) ** 2 + ((y - 0.6) / 0.22) ** 2))
    return dome + nose - 1.15


def head_mask(points: np.ndarray) -> np.ndarray:
    """1 on the head, falling smoothly to 0 in the background."""
    radius = np.hypot(points[..., 0] / 1.3, (points[..., 1] - 0.1) / 1.95)
    share = np.clip((1.3 - radius) / 0.3, 0, 1)
    return share * share * (3 - 2 * share)
