"""Faces in a frame, of any size and number, by BlazeFace (Bazarevsky et al. 2019); which of them can be read.

The cascades of ``faces`` place the eyes of a face from the front more exactly, but see faces in wallpaper and miss
small ones; this network tells where a face is, how large and how it is turned. Its weights (``blazeface.tflite``,
229 KB, Apache 2.0: ``blazeface.md``) lie beside this file, so no installation lacks them. No published number depends
on it: databases and simulated faces are aligned by ``faces`` alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from mxe_lib.vision import opencv

SIDE = 128
"""Of the network's input; it finds faces of a sixth of that and more."""

SMALLEST = 50
"""Pixels of the frame: a narrower face holds too little to measure movement in."""

CANDIDATE, CERTAIN = 0.5, 0.75
"""Scores: of what deserves a closer look, and of a face at that look. Real and simulated ones score 0.83 and more
there; a cat, a flower and a colour wheel up to 0.6."""

SURROUNDINGS = 2.0
"""Side of the closer look, in widths of the face."""

TILTED, SIDEWAYS = 40.0, 0.5
"""Degrees that a face may be tilted; eye distances that the nose may lie off the middle between the eyes."""


@dataclass(frozen=True)
class Face:
    """A face in a frame; all in the frame's pixels.

    Attributes:
        centre: ``(2,)``, (x, y).
        width: from cheek to cheek.
        eyes: ``(2, 2)``, the one at the image's left first.
        tilt: degrees, clockwise.
        nose: how far its tip lies beside the middle of the eyes, in eye distances.
        score: of the network, up to 1.
    """

    centre: np.ndarray
    width: float
    eyes: np.ndarray
    tilt: float
    nose: float
    score: float


def find(frame: np.ndarray) -> list[Face]:
    """All faces, the largest first.

    Args:
        frame: ``(H, W)`` or ``(H, W, 3)`` RGB uint8.
    """
    sizes = _halved(frame if frame.ndim == 3 else np.repeat(frame[..., None], 3, axis=2))
    found: list[Face] = []
    for tiles in _tiles(frame.shape[:2]):
        enough = bool(found)  # smaller squares hold smaller faces only, but for one that was missed by chance
        rough = [face for centre, side in tiles for face in _detect(sizes, centre, side, 0.0, CANDIDATE)]
        for candidate in _distinct(rough):
            # Both ways up: the network sees an upright face in one that stands on its head, if less surely.
            for tilt in (candidate.tilt, candidate.tilt + 180):
                look = _detect(sizes, candidate.centre, SURROUNDINGS * candidate.width, tilt, CERTAIN)
                found += [face for face in look if _same(face, candidate)]
        if enough:
            break
    return sorted(_distinct(found), key=lambda face: -face.width)


def _tiles(shape: tuple[int, int]) -> Iterator[list[tuple[np.ndarray, float]]]:
    """Centres and sides of the squares to look at: the whole frame, then overlapping ones, smaller and smaller."""
    height, width = shape
    side, least = float(max(shape)), min(max(shape), 6 * SMALLEST)
    while True:
        rows, columns = (max(1, int(np.ceil(length / side * 2)) - 1) for length in shape)
        yield [
            (np.array([x, y]) - 0.5, side)
            for y in np.linspace(min(side, height) / 2, height - min(side, height) / 2, rows)
            for x in np.linspace(min(side, width) / 2, width - min(side, width) / 2, columns)
        ]
        if side <= least:
            return
        side = max(side / 2, least)


def _halved(image: np.ndarray) -> list[np.ndarray]:
    """The image, its half, its quarter ..., so that a square of any size is sampled from about as many pixels."""
    sizes = [image]
    while max(sizes[-1].shape) >= 2 * SIDE:
        height, width = sizes[-1].shape[:2]
        half = cv2.resize(
            sizes[-1][: height // 2 * 2, : width // 2 * 2], None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA
        )
        sizes.append(half)
    return sizes


def _detect(sizes: list[np.ndarray], centre: np.ndarray, side: float, tilt: float, least: float) -> list[Face]:
    """Faces in a square of the image, which is turned back by ``tilt`` degrees before the network looks at it."""
    to_square = cv2.getRotationMatrix2D((float(centre[0]), float(centre[1])), tilt, SIDE / side)
    to_square[:, 2] += (SIDE - 1) / 2 - centre
    square = _square(sizes, to_square, side)
    network, anchors = _network()
    network.setInput(cv2.dnn.blobFromImage(square, 1 / 127.5, (SIDE, SIDE), (127.5,) * 3))
    scores, values = network.forward(("classificators", "regressors"))
    scores = 1 / (1 + np.exp(-np.clip(scores[0, :, 0].astype(float), -80, 80)))
    kept = np.flatnonzero(scores >= least)
    back = cv2.invertAffineTransform(to_square)
    found = []
    for index in kept[np.argsort(-scores[kept])]:
        points = values[0, index].reshape(8, 2)
        width = float(points[1, 0]) * side / SIDE
        points = np.delete(points, 1, axis=0) + anchors[index] * SIDE - 0.5
        middle, *eyes, nose = (points @ back[:, :2].T + back[:, 2])[:4]
        across = eyes[1] - eyes[0]
        distance = float(np.hypot(*across))
        if width > 0 and distance > 0:
            turned = float(np.degrees(np.arctan2(across[1], across[0])))
            beside = float((nose - (eyes[0] + eyes[1]) / 2) @ across) / distance**2
            found.append(Face(middle, width, np.stack(eyes), turned, beside, float(scores[index])))
    return _distinct(found)


def _square(sizes: list[np.ndarray], to_square: np.ndarray, side: float) -> np.ndarray:
    """``(SIDE, SIDE, 3)``."""
    level = min(len(sizes) - 1, max(0, int(np.log2(side / SIDE))))
    matrix = to_square.copy()  # from pixels of the frame to those of the level: x = 2 ** level * (x' + 0.5) - 0.5
    matrix[:, 2] += to_square[:, :2].sum(axis=1) * (2**level - 1) / 2
    matrix[:, :2] *= 2**level
    return cv2.warpAffine(sizes[level], matrix, (SIDE, SIDE), flags=cv2.INTER_LINEAR)


def _distinct(found: list[Face]) -> list[Face]:
    """The best of those that lie on one another."""
    kept: list[Face] = []
    for face in sorted(found, key=lambda face: -face.score):
        if not any(_same(face, other) for other in kept):
            kept.append(face)
    return kept


def _same(one: Face, other: Face) -> bool:
    near = np.hypot(*(one.centre - other.centre)) < 0.5 * max(one.width, other.width)
    return bool(near) and 0.4 < one.width / other.width < 2.5


@cache
def _network() -> tuple["cv2.dnn.Net", np.ndarray]:
    """The network, and the places ``(896, 2)`` in the unit square that its answers count from."""
    opencv.demand("dnn.readNetFromTFLite")
    cells = [
        ((x + 0.5) / grid, (y + 0.5) / grid)
        for grid, repeats in ((16, 2), (8, 6))
        for y in range(grid)
        for x in range(grid)
        for _ in range(repeats)
    ]
    return cv2.dnn.readNetFromTFLite(str(Path(__file__).with_name("blazeface.tflite"))), np.array(cells)
