"""A face as 68 landmarks: the mean shape, how people differ from it, and where it lies in a frame.

Coordinates are *face units*: the distance between the two eye centres is 1, the origin lies midway between them, x
points right in the image and y down. The point order is iBUG-68: 0-16 jaw from the image's left to its right, 17-21 and
22-26 brows, 27-30 nose bridge, 31-35 nostrils, 36-41 and 42-47 eyes, 48-59 outer and 60-67 inner lips. FACS names sides
as the face's owner does, so a *left* unit stands on the image's right.
"""

from dataclasses import dataclass

import numpy as np

# The half of the face on the image's left and the points on its axis. Proportions follow adult anthropometry, rounded:
# pupils 63 mm apart, eye fissure 30 mm, face 136 mm wide, nose 51 mm long, mouth 51 mm wide, sellion to chin 113 mm.
_LEFT_HALF = {
    0: (-1.09, -0.05), 1: (-1.08, 0.22), 2: (-1.05, 0.49), 3: (-0.99, 0.77), 4: (-0.89, 1.05), 5: (-0.74, 1.32),
    6: (-0.54, 1.56), 7: (-0.29, 1.74), 17: (-0.87, -0.26), 18: (-0.74, -0.38), 19: (-0.58, -0.42),
    20: (-0.41, -0.38), 21: (-0.25, -0.31), 31: (-0.23, 0.76), 32: (-0.12, 0.80), 36: (-0.735, 0.015),
    37: (-0.58, -0.085), 38: (-0.42, -0.085), 39: (-0.265, 0.03), 40: (-0.41, 0.085), 41: (-0.58, 0.085),
    48: (-0.405, 1.14), 49: (-0.25, 1.06), 50: (-0.09, 1.02), 58: (-0.13, 1.30), 59: (-0.27, 1.25),
    60: (-0.34, 1.14), 61: (-0.13, 1.13), 67: (-0.13, 1.155),
}  # fmt: skip
_AXIS = {
    8: (0.0, 1.80), 27: (0.0, 0.0), 28: (0.0, 0.21), 29: (0.0, 0.42), 30: (0.0, 0.63), 33: (0.0, 0.83),
    51: (0.0, 1.045), 57: (0.0, 1.32), 62: (0.0, 1.135), 66: (0.0, 1.16),
}  # fmt: skip

MIRROR = np.array(
    [16 - i for i in range(17)]
    + [26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 27, 28, 29, 30, 35, 34, 33, 32, 31]
    + [45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40]
    + [54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55, 64, 63, 62, 61, 60, 67, 66, 65]
)
"""``MIRROR[i]`` is the landmark that the point ``i`` becomes in a mirrored face."""


def _mean_shape() -> np.ndarray:
    shape = np.zeros((68, 2))
    for index, (x, y) in _LEFT_HALF.items():
        shape[index] = x, y
        shape[MIRROR[index]] = -x, y
    for index, point in _AXIS.items():
        shape[index] = point
    return shape


MEAN_SHAPE = _mean_shape()
"""``(68, 2)`` in face units."""

JAW, BROWS, NOSE = slice(0, 17), slice(17, 27), slice(27, 36)
EYES, MOUTH = slice(36, 48), slice(48, 68)


def _mode(**parts) -> np.ndarray:
    """A displacement of the mean shape; for each part: stretch in x, stretch in y about its centre, shift in y."""
    slices = {"jaw": JAW, "brows": BROWS, "nose": NOSE, "eyes": EYES, "mouth": MOUTH}
    mode = np.zeros((68, 2))
    for part, (x_factor, y_factor, y_shift) in parts.items():
        points = MEAN_SHAPE[slices[part]]
        centre = 0.0 if part in ("jaw", "nose") else points[:, 1].mean()
        mode[slices[part], 0] += x_factor * points[:, 0]
        mode[slices[part], 1] += y_factor * (points[:, 1] - centre) + y_shift
    return mode


def _tilt() -> np.ndarray:
    mode = np.zeros((68, 2))
    mode[BROWS, 1] = -0.15 * (np.abs(MEAN_SHAPE[BROWS, 0]) - 0.56)
    return mode


MODES = {
    "broad face": _mode(jaw=(0.06, 0, 0)),
    "long lower face": _mode(jaw=(0, 0.045, 0), mouth=(0, 0, 0.045)),
    "long nose": _mode(nose=(0, 0.06, 0), mouth=(0, 0, 0.03)),
    "broad nose": _mode(nose=(0.12, 0, 0)),
    "large eyes": _mode(eyes=(0, 0.11, 0)),
    "wide mouth": _mode(mouth=(0.09, 0, 0)),
    "full lips": _mode(mouth=(0, 0.18, 0)),
    "high brows": _mode(brows=(0, 0, -0.035)),
    "slanted brows": _tilt(),
    "wide brows": _mode(brows=(0.04, 0.15, 0)),
}
"""How people differ: each mode is one standard deviation, ``(68, 2)`` in face units. They are drawn independently."""

JITTER = 0.008
"""Standard deviation of what the modes leave out, per landmark and axis, face units; half of it is symmetric."""


def landmarks(rng: np.random.Generator, spread: float = 1.0) -> np.ndarray:
    """A person's neutral face, ``(68, 2)`` in face units; see ``many_landmarks``."""
    return many_landmarks(rng, 1, spread)[0]


def many_landmarks(rng: np.random.Generator, n: int, spread: float = 1.0) -> np.ndarray:
    """Neutral faces of ``n`` people.

    Args:
        spread: factor on all variation; 0 gives the mean shape.

    Returns:
        ``(n, 68, 2)`` in face units, the eye centres 1 apart around the origin.
    """
    scores = np.clip(rng.standard_normal((n, len(MODES))), -2.2, 2.2)
    shape = MEAN_SHAPE + spread * np.tensordot(scores, np.stack(list(MODES.values())), 1)
    noise = rng.standard_normal((2, n, 68, 2))
    symmetric = noise[0] + noise[0][:, MIRROR] * np.array([-1, 1])
    shape += spread * JITTER * (0.5 * symmetric + 0.7 * noise[1])
    left, right = shape[:, 36:42].mean(axis=1, keepdims=True), shape[:, 42:48].mean(axis=1, keepdims=True)
    return (shape - (left + right) / 2) / (right - left)[..., :1]


@dataclass(frozen=True)
class Placement:
    """Where face units lie in a picture: ``pixel = origin + scale * face_point``, each per axis.

    Attributes:
        scale: pixels in one face unit along x and along y (they differ where a crop was squeezed to a square).
        origin: pixel (x, y) of the point midway between the eyes.
    """

    scale: tuple[float, float]
    origin: tuple[float, float]

    def to_pixels(self, points: np.ndarray) -> np.ndarray:
        return np.asarray(points) * self.scale + self.origin

    def to_face(self, pixels: np.ndarray) -> np.ndarray:
        return (np.asarray(pixels) - self.origin) / np.asarray(self.scale)
