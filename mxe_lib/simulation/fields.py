"""Flow fields without rendering: thousands a second, for training and augmentation.

People, action units and distractors are those of the clips, evaluated straight on the grid of an aligned face crop at a
moment near the apex. What an optical-flow method would get wrong is added as smooth noise.
"""

from dataclasses import dataclass, replace

import numpy as np

from mxe_lib.clips import CLASSES
from mxe_lib.compute.seeds import generator
from mxe_lib.errors import MxeError
from mxe_lib.simulation.action_units import Activation
from mxe_lib.simulation.cohort_tables import COHORTS, SMALL_MOVEMENTS, class_mixes
from mxe_lib.simulation.cohorts import draw_units
from mxe_lib.simulation.displacement import Bumps, Template, template
from mxe_lib.simulation.face import many_landmarks
from mxe_lib.simulation.motion import depth
from mxe_lib.simulation.timeline import HEAD_MOTION, HEAD_SPREAD, Distractors

_CHUNK = 64
"""Fields made at once: their arrays then stay in the cache."""


@dataclass(frozen=True)
class Crop:
    """Where a face lies in a square crop, and how much that varies.

    Attributes:
        eyes: (x, y) of the image's left and right eye centre, as shares of the crop's side.
        shift, zoom, stretch: standard deviations of the crop's misplacement (shares of the side), of its scale, and of
            its height relative to its width.
        height: of the crop in its widths; the crop is squeezed to a square.
    """

    eyes: tuple[tuple[float, float], tuple[float, float]] = ((0.30, 0.28), (0.70, 0.28))
    shift: float = 0.02
    zoom: float = 0.04
    stretch: float = 0.03
    height: float = 1.0


PACK_CROP = Crop(
    ((0.4 / 1.8, 0.6 / 2.2), (1.4 / 1.8, 0.6 / 2.2)), shift=0.04, zoom=0.08, stretch=0.05, height=2.2 / 1.8
)
"""The cropped image packs of SMIC and CASME II, from which public flow maps come: from 0.4 eye distances beside and 0.6
above the eyes on, 1.8 wide and 2.2 high. The rule is recalled from Pfister et al. (ICCV 2011) and was not read again;
the packs' published sizes agree with it: 139 x 170, 280 x 340."""


def sample_flow(
    n: int,
    size: int = 75,
    seed: int = 0,
    cohort: str = "casme2",
    *,
    weights: tuple[float, float, float] = (1.0, 1.0, 1.0),
    distractors: Distractors | None = None,
    unilateral: float | None = None,
    spread: float = 1.0,
    anatomy: float = 0.0,
    estimation_noise: float = 1.0,
    crop: Crop | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Draw onset-to-apex flow of the three classes, each of another person.

    Args:
        n: number of fields; size: their side in pixels, 28 to 150.
        seed: the same arguments give the same fields; the first k of n fields are those of n = k.
        cohort: whose mix of action units is drawn.
        weights: relative frequencies of negative, positive and surprise; (1, 1, 1) is balanced.
        distractors: head motion, blinks, second movements, drift; ``noise`` scales ``estimation_noise``.
        unilateral: share of fields with a one-sided unit; None = the cohort's.
        spread: factor on the differences between people's faces.
        anatomy: factor on differences between people's muscles: where, how widely and in which direction a unit pulls.
        estimation_noise: factor on smooth errors such as optical flow makes.
        crop: where the face lies.

    Returns:
        ``(n, 2, size, size)`` float32 flow in pixels of the crop, and ``(n,)`` int64 labels in the order of
        ``clips.CLASSES``.

    Raises:
        MxeError: if the cohort is unknown or a setting lies outside its range.
    """
    if cohort not in COHORTS:
        raise MxeError(f"unknown cohort '{cohort}': choose one of {', '.join(COHORTS)}")
    if not 28 <= size <= 150:
        raise MxeError(f"size {size}: choose from 28 to 150 pixels")
    if n < 0:
        raise MxeError(f"n {n}: choose 0 or more fields")
    if len(weights) != 3 or min(weights) < 0 or sum(weights) == 0:
        raise MxeError(f"class weights {weights}: give three numbers of 0 or more, not all 0")
    unilateral = COHORTS[cohort].unilateral if unilateral is None else unilateral
    if not 0 <= unilateral <= 1:
        raise MxeError(f"unilateral {unilateral}: choose a share from 0 to 1")
    if not 0 <= anatomy <= 3:
        raise MxeError(f"anatomy {anatomy}: choose a factor from 0 (all alike) to 3")
    distractors, crop = distractors or Distractors(), crop or Crop()
    distractors = replace(distractors, head_motion=distractors.head_motion * COHORTS[cohort].head)
    flow, labels = np.empty((n, 2, size, size), np.float32), np.empty(n, np.int64)
    for start in range(0, n, _CHUNK):
        part = slice(start, min(n, start + _CHUNK))
        rng = generator("fields", cohort, seed, start)
        chunk_labels = rng.choice(3, _CHUNK, p=np.array(weights) / sum(weights))
        units = _units(cohort, chunk_labels, unilateral, rng)
        shape = many_landmarks(rng, _CHUNK, spread)
        bumps = _movements(units, shape, COHORTS[cohort].strength, distractors, rng)
        bumps = _individual(bumps, anatomy, generator("anatomy", cohort, seed, start))
        chunk = _evaluate(bumps, size, distractors, estimation_noise * distractors.noise, crop, rng)
        flow[part], labels[part] = chunk[: part.stop - start], chunk_labels[: part.stop - start]
    return flow, labels


def _units(
    cohort: str, labels: np.ndarray, unilateral: float, rng: np.random.Generator
) -> list[tuple[Activation, ...]]:
    mixes = [class_mixes(cohort, name) for name in CLASSES]
    edges = [np.cumsum([weight for _, weight in mix]) for mix in mixes]
    units = []
    for label, share in zip(labels, rng.random(len(labels)), strict=True):
        pick = min(int(np.searchsorted(edges[label], share)), len(edges[label]) - 1)
        units.append(draw_units(mixes[label][pick][0], unilateral, rng))
    return units


def _movements(
    units: list[tuple[Activation, ...]],
    shape: np.ndarray,
    amplitude: float,
    distractors: Distractors,
    rng: np.random.Generator,
) -> Bumps:
    """Expression near its apex, second movement, drift and blink as one set of bumps for each of N samples."""
    n = len(units)
    strength = amplitude * rng.uniform(0.75, 1.0, n) * rng.lognormal(0, 0.15, n)
    parts = [_on_faces([template(codes) for codes in units], shape, strength)]
    extra, resting = rng.integers(len(SMALL_MOVEMENTS), size=(2, n))
    side = rng.integers(3, size=n)
    second = (rng.random(n) < 0.25 * distractors.second_movement) * rng.uniform(0.2, 0.7, n)
    sides = ("both", "left", "right")
    movements = [
        template(tuple(Activation(unit, sides[s], "B") for unit in SMALL_MOVEMENTS[i]))
        for i, s in zip(extra, side, strict=True)
    ]
    parts.append(_on_faces(movements, shape, second))
    rest = [template(tuple(Activation(unit, "both", "A") for unit in SMALL_MOVEMENTS[i])) for i in resting]
    parts.append(_on_faces(rest, shape, 0.5 * distractors.drift * rng.standard_normal(n)))
    blink = (rng.random(n) < min(1.0, 0.06 * distractors.blinks)) * rng.uniform(0.1, 1.0, n)
    parts.append(_on_faces([template((Activation(45, "both", "E"),))] * n, shape, blink))
    return Bumps(
        np.concatenate([part.centres for part in parts], axis=1),
        np.concatenate([part.widths for part in parts], axis=1),
        np.concatenate([part.pulls for part in parts], axis=1),
    )


def _individual(bumps: Bumps, anatomy: float, rng: np.random.Generator) -> Bumps:
    """The same pulls as other people's muscles would make them."""
    if not anatomy:
        return bumps
    n, count = bumps.centres.shape[:2]
    centres = bumps.centres + anatomy * 0.05 * rng.standard_normal((n, count, 2))
    widths = bumps.widths * np.exp(anatomy * 0.2 * rng.standard_normal((n, count, 1)))
    turn, gain = (
        anatomy * 0.3 * rng.standard_normal((n, count)),
        np.exp(anatomy * 0.3 * rng.standard_normal((n, count))),
    )
    cos, sin = gain * np.cos(turn), gain * np.sin(turn)
    u, v = bumps.pulls[..., 0], bumps.pulls[..., 1]
    return Bumps(centres, widths, np.stack([cos * u - sin * v, sin * u + cos * v], axis=-1))


def _on_faces(templates: list[Template], shape: np.ndarray, strength: np.ndarray) -> Bumps:
    longest = max(len(one.lids) for one in templates)
    return Template.stack(templates, longest).on(shape).scaled(strength[:, None, None])


def _evaluate(
    bumps: Bumps,
    size: int,
    distractors: Distractors,
    estimation_noise: float,
    crop: Crop,
    rng: np.random.Generator,
) -> np.ndarray:
    """The fields on the crop's grid, ``(N, 2, size, size)`` float32 crop pixels."""
    n = len(bumps.centres)
    (left_x, left_y), (right_x, right_y) = crop.eyes
    scale = size * (right_x - left_x) * np.exp(crop.zoom * rng.standard_normal(n))[:, None] * np.ones(2)
    scale[:, 1] *= np.exp(crop.stretch * rng.standard_normal(n)) / crop.height
    middle = np.array([(left_x + right_x) / 2, (left_y + right_y) / 2])
    origin = size * (middle + crop.shift * rng.standard_normal((n, 2))) - 0.5
    x = ((np.arange(size) - origin[:, :1]) / scale[:, :1]).astype(np.float32)
    y = ((np.arange(size) - origin[:, 1:]) / scale[:, 1:]).astype(np.float32)
    flow = bumps.on_grid(x, y)
    head = HEAD_MOTION * rng.lognormal(0, HEAD_SPREAD, (n, 1))
    head = (distractors.head_motion * head * rng.standard_normal((n, len(HEAD_MOTION)))).astype(np.float32)
    flow += head_flow(head, x, y)
    if estimation_noise:
        flow += np.float32(0.006 * estimation_noise) * _smooth_noise(n, size, rng)
    return flow * scale.astype(np.float32)[:, :, None, None]


def head_flow(head: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """``motion.head_fields`` and ``motion.head_mask`` for many grids at once."""
    x, y = x[:, None, :], y[:, :, None]
    shift_x, shift_y, roll, scale, yaw, pitch = (head[:, i, None, None] for i in range(6))
    radius = np.sqrt((x / np.float32(1.3)) ** 2 + ((y - np.float32(0.1)) / np.float32(1.95)) ** 2)
    share = np.clip((np.float32(1.3) - radius) / np.float32(0.3), 0, 1)
    mask, near = share * share * (3 - 2 * share), depth(x, y)
    across = shift_x + roll * (1.4 - y) + scale * x + yaw * near
    return mask[:, None] * np.stack([across, shift_y + roll * x + scale * (y - 0.5) + pitch * near], 1)


def _smooth_noise(n: int, size: int, rng: np.random.Generator) -> np.ndarray:
    """Noise of about unit variance at two scales, ``(n, 2, size, size)``."""
    noise = np.zeros((n, 2, size, size), np.float32)
    for cells, share in ((6, 0.8), (16, 0.6)):
        knots = rng.standard_normal((n, 2, cells, cells), dtype=np.float32)
        position = np.linspace(0, cells - 1, size)
        rows = np.maximum(0, 1 - np.abs(position[:, None] - np.arange(cells))).astype(np.float32)
        rows = rows * rows * (3 - 2 * rows)
        noise += np.float32(share * 1.3) * (rows @ knots @ rows.T)
    return noise
