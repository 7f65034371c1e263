"""A drawn face whose landmarks are known, and a database of it: for tests of what must not depend on the simulator."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from mxe_lib.clips import Clip
from mxe_lib.errors import MxeError
from mxe_lib.simulation.face import MEAN_SHAPE


def draw_face(size=(170, 140), eye_distance=52.0, centre=(70, 62), angle=0.0, seed=0) -> tuple[np.ndarray, np.ndarray]:
    """A grey face ``(H, W)`` uint8 and its landmarks ``(68, 2)``."""
    (height, width), fine, d = size, 4, eye_distance
    cos, sin = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    turn = np.array([[cos, sin], [-sin, cos]])
    points = MEAN_SHAPE @ turn * d + centre
    image = np.full((height * fine, width * fine), 90, np.uint8)

    def at(index) -> np.ndarray:
        return np.round(points[index] * fine).astype(np.int32)

    def ellipse(middle, half_axes, value) -> None:
        middle, half_axes = (np.round(np.multiply(pair, fine)).astype(int).tolist() for pair in (middle, half_axes))
        cv2.ellipse(image, middle, half_axes, angle, 0, 360, value, -1)

    ellipse(points[[36, 45]].mean(0) + np.array([0, 0.45 * d]) @ turn, (1.12 * d, 1.5 * d), 190)
    for brow in (slice(17, 22), slice(22, 27)):
        cv2.polylines(image, [at(brow)], False, 70, int(0.12 * d * fine))
    for eye in (slice(36, 42), slice(42, 48)):
        ellipse(points[eye].mean(0), (0.34 * d, 0.2 * d), 150)
        cv2.fillPoly(image, [at(eye)], 230)
        ellipse(points[eye].mean(0), (0.085 * d, 0.085 * d), 30)
        cv2.polylines(image, [at(eye)], True, 60, int(0.03 * d * fine))
    cv2.polylines(image, [at(slice(31, 36))], False, 120, int(0.07 * d * fine))
    cv2.fillPoly(image, [at(slice(48, 60))], 120)
    cv2.polylines(image, [at(slice(60, 65))], False, 70, int(0.04 * d * fine))
    image = cv2.GaussianBlur(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), (0, 0), 0.02 * d)
    skin = cv2.GaussianBlur(np.random.default_rng(seed).standard_normal((height, width)), (0, 0), 1.2)
    return np.clip(image + 4 * skin / skin.std(), 0, 255).astype(np.uint8), points


class DrawnDatabase:
    """Faces that shift to the right by 1/4 pixel a frame; ``sub02`` shows no face and ``sub03`` misses a frame."""

    name = "casme2"
    origin = "simulated"

    def clips(self) -> list[Clip]:
        return [Clip("casme2", f"sub{n:02}", "EP01_01", 200, 10, 14, 18, "disgust") for n in range(1, 5)]

    def frames(self, clip: Clip, numbers: Sequence[int] | None = None) -> np.ndarray:
        numbers = clip.frame_numbers() if numbers is None else numbers
        if clip.subject == "sub03" and 14 in numbers:
            raise MxeError(f"{clip.id}: img14.jpg is missing")
        face, _ = draw_face(seed=int(clip.subject[3:]))
        if clip.subject == "sub02":
            face = np.full_like(face, 128)
        shifts = [(number - clip.onset) / 4 for number in numbers]
        return np.stack([shifted(face, shift) for shift in shifts])

    def fingerprint(self, clip: Clip, numbers: Sequence[int]) -> str:
        return f"{clip.id} {list(numbers)}"

    def repairs(self) -> list:
        return []


def shifted(image: np.ndarray, x: float, y: float = 0.0) -> np.ndarray:
    height, width = image.shape
    return cv2.warpAffine(image, np.float32([[1, 0, x], [0, 1, y]]), (width, height), borderMode=cv2.BORDER_REPLICATE)
