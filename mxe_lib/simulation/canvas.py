"""What faces are painted on: a picture whose drawing calls take face units."""

import cv2
import numpy as np

from mxe_lib.simulation.face import Placement

_SHIFT = 4  # fractional bits of OpenCV's drawing coordinates


class Canvas:
    """A float RGB picture whose drawing calls take face units."""

    def __init__(self, size: tuple[int, int], place: Placement) -> None:
        self.width, self.height = size
        self.place = place
        self.scale = place.scale[0]
        self.image = np.zeros((self.height, self.width, 3), np.float32)
        x, y = np.meshgrid(np.arange(self.width), np.arange(self.height))
        points = place.to_face(np.stack([x, y], axis=-1)).astype(np.float32)
        self.x, self.y = points[..., 0], points[..., 1]

    def mask(self, polygon: np.ndarray, blur: float = 0.0) -> np.ndarray:
        """Coverage 0-1 of a polygon given in face units, blurred by a standard deviation in face units."""
        mask = np.zeros((self.height, self.width), np.uint8)
        points = np.round(self.place.to_pixels(polygon) * 2**_SHIFT).astype(np.int32)
        cv2.fillPoly(mask, [points], 255, cv2.LINE_AA, _SHIFT)
        return self.blur(mask.astype(np.float32) / 255, blur)

    def stroke(self, line: np.ndarray, thickness: float, blur: float = 0.0) -> np.ndarray:
        mask = np.zeros((self.height, self.width), np.uint8)
        points = np.round(self.place.to_pixels(line) * 2**_SHIFT).astype(np.int32)
        cv2.polylines(mask, [points], False, 255, max(1, round(thickness * self.scale)), cv2.LINE_AA, _SHIFT)
        return self.blur(mask.astype(np.float32) / 255, blur)

    def blob(self, centre: np.ndarray, width: float, height: float) -> np.ndarray:
        """A Gaussian spot."""
        across = np.exp(-0.5 * ((self.x[0] - np.float32(centre[0])) / np.float32(width)) ** 2)
        down = np.exp(-0.5 * ((self.y[:, 0] - np.float32(centre[1])) / np.float32(height)) ** 2)
        return np.outer(down, across)

    def blur(self, mask: np.ndarray, sigma: float) -> np.ndarray:
        sigma *= self.scale
        if sigma <= 0.3:
            return mask
        if sigma < 8:
            return cv2.GaussianBlur(mask, (0, 0), sigma)
        small = cv2.resize(mask, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
        return cv2.resize(cv2.GaussianBlur(small, (0, 0), sigma / 4), (self.width, self.height))

    def paint(self, mask: np.ndarray, colour: np.ndarray, strength: float = 1.0) -> None:
        where = _covered(mask)
        cover = (np.float32(strength) * mask[where])[..., None]
        self.image[where] += cover * (np.asarray(colour, np.float32) - self.image[where])

    def shade(self, mask: np.ndarray, factor: float) -> None:
        where = _covered(mask)
        self.image[where] *= (1 + np.float32(factor - 1) * mask[where])[..., None]

    def noise(self, rng: np.random.Generator, sigma: float) -> np.ndarray:
        """Smooth noise of unit variance with this correlation length in face units."""
        noise = self.blur(rng.standard_normal((self.height, self.width), dtype=np.float32), sigma)
        return noise / noise.std()


def by(right: float, down: float) -> np.ndarray:
    return np.array([right, down])


def curve(points: np.ndarray, n: int = 24) -> np.ndarray:
    """A smooth line through points (Catmull-Rom)."""
    points = np.asarray(points, float)
    padded = np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])
    t = np.linspace(0, len(points) - 1, n)
    i = np.minimum(t.astype(int), len(points) - 2)
    u = (t - i)[:, None]
    a, b, c, d = (padded[i + k] for k in range(4))
    return 0.5 * (2 * b + (c - a) * u + (2 * a - 5 * b + 4 * c - d) * u**2 + (3 * b - 3 * c + d - a) * u**3)


def _covered(mask: np.ndarray) -> tuple[slice, slice]:
    """The smallest window that holds all of a mask that shows."""
    rows, columns = np.flatnonzero(mask.max(axis=1) > 1e-3), np.flatnonzero(mask.max(axis=0) > 1e-3)
    if not len(rows):
        return slice(0), slice(0)
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
