"""From action units to displacement: one code for rendered clips and for flow fields made directly.

``template`` resolves what acts (units, sides, intensities, and how they change each other); ``Template.on`` puts it on
a person's landmarks; ``Bumps`` evaluates it anywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from mxe_lib.simulation.action_units import AMPLITUDES, COMBINATIONS, LID_CLOSURE, UNITS, Activation, Bump
from mxe_lib.simulation.face import MEAN_SHAPE, MIRROR

LIDS = (43, 45)
"""Units whose amplitude is a share of the eye's opening."""


@dataclass(frozen=True)
class Bumps:
    """Bumps in face units, ready to be evaluated; leading dimensions are samples.

    Attributes:
        centres: ``(..., K, 2)``.
        widths: ``(..., K, 4)`` standard deviations to the left, right, top and bottom in the image.
        pulls: ``(..., K, 2)`` displacement (x, y) at the centre.
    """

    centres: np.ndarray
    widths: np.ndarray
    pulls: np.ndarray

    def scaled(self, factor: np.ndarray | float) -> Bumps:
        return Bumps(self.centres, self.widths, self.pulls * factor)

    def on_grid(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """The displacement on a grid, ``(..., 2, H, W)`` float32 in face units.

        Args:
            x, y: ``(..., W)`` and ``(..., H)``, face units.
        """
        along_x, along_y = self._profile(x, 0), self._profile(y, 1).swapaxes(-1, -2)
        pulls = self.pulls.astype(np.float32)
        return np.stack([(along_y * pulls[..., None, :, axis]) @ along_x for axis in (0, 1)], axis=-3)

    def at(self, points: np.ndarray) -> np.ndarray:
        """The displacement of points ``(P, 2)``, both in face units; for bumps without leading dimensions."""
        return np.einsum("kp,kp,kd->pd", self._profile(points[:, 0], 0), self._profile(points[:, 1], 1), self.pulls)

    def _profile(self, positions: np.ndarray, axis: int) -> np.ndarray:
        distance = (positions[..., None, :] - self.centres[..., :, axis, None]).astype(np.float32)
        before = (1 / self.widths[..., :, 2 * axis, None]).astype(np.float32)
        after = (1 / self.widths[..., :, 2 * axis + 1, None]).astype(np.float32)
        distance *= np.where(distance < 0, before, after)
        distance *= distance
        distance *= np.float32(-0.5)
        return np.exp(distance, out=distance)


@dataclass(frozen=True)
class Template:
    """Bumps before they are put on a face.

    Attributes:
        anchors: ``(K, 68)`` weights of the landmarks whose mean is a centre; shifts: ``(K, 2)`` added to it.
        widths, pulls: as in ``Bumps``; a lid's pull is a share of the eye's opening.
        lids: ``(K,)`` whether a bump is of a lid.
    """

    anchors: np.ndarray
    shifts: np.ndarray
    widths: np.ndarray
    pulls: np.ndarray
    lids: np.ndarray

    def on(self, landmarks: np.ndarray) -> Bumps:
        """Bumps on neutral faces ``(..., 68, 2)`` in face units."""
        opening = np.where(self.lids, eye_opening(landmarks)[..., None], 1.0)
        return Bumps(self.anchors @ landmarks + self.shifts, self.widths, self.pulls * opening[..., None])

    @staticmethod
    def stack(templates: Sequence[Template], size: int) -> Template:
        """Templates padded with idle bumps to ``size`` each, along a new first dimension."""
        idle = {"anchors": 0.0, "shifts": 0.0, "widths": 1.0, "pulls": 0.0, "lids": False}
        parts = {}
        for name, fill in idle.items():
            arrays = [getattr(template, name) for template in templates]
            parts[name] = np.full((len(arrays), size, *arrays[0].shape[1:]), fill)
            for i, array in enumerate(arrays):
                parts[name][i, : len(array)] = array
        return Template(**parts)

    def take(self, index: np.ndarray) -> Template:
        return Template(*(getattr(self, name)[index] for name in ("anchors", "shifts", "widths", "pulls", "lids")))


def eye_opening(landmarks: np.ndarray) -> np.ndarray:
    """Mean height of the open eyes, face units, of landmarks ``(..., 68, 2)``."""
    lower, upper = landmarks[..., [40, 41, 46, 47], 1], landmarks[..., [37, 38, 43, 44], 1]
    return lower.mean(axis=-1) - upper.mean(axis=-1)


@lru_cache(maxsize=4096)
def template(activations: tuple[Activation, ...], default_letter: str = "B") -> Template:
    """What these units do together at their apex; one without a letter acts at ``default_letter``."""
    anchors, shifts, widths, pulls, lids = [], [], [], [], []
    for activation in activations:
        letter = activation.letter or default_letter
        unit, is_lid = UNITS[activation.unit], activation.unit in LIDS
        reach = (LID_CLOSURE[letter] if is_lid else AMPLITUDES[letter] * unit.gain) / _raw_peak(activation.unit)
        for side in ("right", "left") if activation.side == "both" else (activation.side,):
            gain = _gain(activation, side, activations, default_letter)
            for bump in unit.bumps:
                weights, shift, width, pull = _place(bump, side)
                anchors.append(weights)
                shifts.append(shift)
                widths.append(width)
                pulls.append(pull * gain * reach * (0.5 if bump.central else 1.0))
                lids.append(is_lid)
    if not anchors:
        return Template(np.zeros((0, 68)), np.zeros((0, 2)), np.ones((0, 4)), np.zeros((0, 2)), np.zeros(0, bool))
    return Template(np.array(anchors), np.array(shifts), np.array(widths), np.array(pulls), np.array(lids))


@lru_cache(maxsize=64)
def _raw_peak(number: int) -> float:
    """The greatest displacement that a unit's bumps make as they are written, on both sides of the mean face."""
    placed = [_place(bump, side) for bump in UNITS[number].bumps for side in ("right", "left")]
    share = np.repeat([0.5 if bump.central else 1.0 for bump in UNITS[number].bumps], 2)
    weights, shifts, widths, pulls = (np.array(part) for part in zip(*placed, strict=True))
    written = Bumps(weights @ MEAN_SHAPE + shifts, widths, pulls * share[:, None])
    field = written.on_grid(np.linspace(-1.2, 1.2, 121), np.linspace(-1.0, 2.0, 151))
    return float(np.hypot(*field).max())


def _place(bump: Bump, side: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """A bump's landmark weights, shift, widths and pull on the owner's right or left half."""
    outer, inner, above, below = bump.width
    anchors, flip, width = list(bump.anchors), np.ones(2), (outer, inner, above, below)
    if side == "left":  # the owner's right half is on the image's left, where inwards is +x
        anchors, flip, width = MIRROR[anchors], np.array([-1.0, 1.0]), (inner, outer, above, below)
    weights = np.bincount(anchors, minlength=68) / len(anchors)
    return weights, np.array(bump.shift) * flip, np.array(width), np.array(bump.pull) * flip


def _gain(activation: Activation, side: str, activations: Sequence[Activation], default_letter: str) -> np.ndarray:
    """Factors (x, y) that the other units on this side put on this one."""
    gain = np.ones(2)
    own = AMPLITUDES[activation.letter or default_letter]
    for other in activations:
        if other.unit == activation.unit or other.side not in (side, "both"):
            continue
        change = COMBINATIONS.get((min(activation.unit, other.unit), max(activation.unit, other.unit)), {})
        if activation.unit in change:
            theirs = AMPLITUDES[other.letter or default_letter]
            gain *= 1 + (np.array(change[activation.unit]) - 1) * (2 * min(own, theirs) / (own + theirs))
    return gain
