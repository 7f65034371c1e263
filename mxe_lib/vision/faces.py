"""From a frame to an aligned face crop: OpenCV's cascades find the eyes, a similarity puts them on fixed points.

One alignment serves a whole clip, so that the crop itself never moves: flow is then the face's own motion.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from mxe_lib.errors import MxeError
from mxe_lib.vision import opencv

EYES = ((0.30, 0.28), (0.70, 0.28))
"""Where the eye centres (the image's left one first) land in the unit crop: brows to chin fit in, with a margin."""

SEARCH_SIDE = 360
"""Frames are searched at this many pixels of the shorter side: what the eye cascades' 20-pixel window needs."""

NO_FACE = "no face found: the first frame must show an upright face from the front, at least 60 pixels wide"

FACE_VOTES = (("frontalface_alt2", 5), ("frontalface_default", 15), ("frontalface_alt", 5), ("frontalface_alt2", 3))
"""Cascades in the order they are tried, and how many overlapping hits make a face. Faces collect 25 to 80 of them,
noise up to 10 with the default cascade and hardly any with the others."""

EYE_VOTES = 40
"""Hits that make an eye where no face was found: clear eyes collect hundreds, noise seldom 30."""


@dataclass(frozen=True)
class Alignment:
    """Where a face lies.

    Attributes:
        matrix: ``(2, 3)`` similarity from frame pixels (centres at integers) to the crop, whose sides are 0 and 1.
        found: whether a face was found; without one, the matrix only stretches the frame's middle square.
    """

    matrix: np.ndarray
    found: bool


def align(frame: np.ndarray) -> Alignment:
    """Find the face and its eyes.

    Of several faces the clearest wins. Where no face is seen, as in images cut very tightly, clear eyes will do; where
    no pair of eyes is seen in a face, they are put where eyes mostly lie.

    Args:
        frame: ``(H, W)`` or ``(H, W, 3)`` uint8.
    """
    image = grey(frame)
    factor = SEARCH_SIDE / min(image.shape)
    interpolation = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    search = cv2.resize(image, None, fx=factor, fy=factor, interpolation=interpolation)
    scale = np.divide(search.shape, image.shape)[::-1]  # (x, y): the resized sides are rounded
    eyes = _find(search)
    if eyes is None:
        height, width = image.shape
        side = min(height, width)
        corner = np.array([(width - side) / 2, (height - side) / 2]) - 0.5
        return Alignment(np.column_stack([np.eye(2) / side, -corner / side]), found=False)
    return between((eyes + 0.5) / scale - 0.5)


def between(eyes: np.ndarray) -> Alignment:
    """Where a face lies whose eyes are known: ``(2, 2)`` centres in frame pixels, the image's left one first."""
    return Alignment(similarity(np.asarray(eyes, float), np.array(EYES)), found=True)


def can_find() -> bool:
    """Whether this OpenCV has the cascades that ``align`` needs; releases from 5.0 on do not."""
    folder = getattr(getattr(cv2, "data", None), "haarcascades", "")
    return hasattr(cv2, "CascadeClassifier") and Path(folder, "haarcascade_eye.xml").is_file()


def face_crop(frame: np.ndarray, alignment: Alignment, size: int) -> np.ndarray:
    """The aligned face, grey.

    Args:
        frame: ``(H, W)`` or ``(H, W, 3)`` uint8.
        size: side of the crop in pixels.

    Returns:
        ``(size, size)`` uint8; beyond the frame its border pixels are repeated.

    Raises:
        MxeError: if no face was found.
    """
    _demand(alignment)
    return _warp(grey(frame), alignment, size)


def transform_flow(flow: np.ndarray, alignment: Alignment, size: int) -> np.ndarray:
    """Flow of whole frames, seen in the crop: resampled, its vectors turned and scaled with it.

    Args:
        flow: ``(2, H, W)`` in frame pixels.

    Returns:
        ``(2, size, size)`` float32 in crop pixels.

    Raises:
        MxeError: if no face was found.
    """
    _demand(alignment)
    u, v = (_warp(np.ascontiguousarray(channel, dtype=np.float32), alignment, size) for channel in flow)
    (a, b), (c, d) = alignment.matrix[:, :2] * size
    return np.stack([a * u + b * v, c * u + d * v]).astype(np.float32)


def transform_points(points: np.ndarray, alignment: Alignment, size: int) -> np.ndarray:
    """Frame pixels ``(..., 2)`` as crop pixels."""
    return (np.asarray(points) @ alignment.matrix[:, :2].T + alignment.matrix[:, 2]) * size - 0.5


def frame_points(places: np.ndarray, alignment: Alignment) -> np.ndarray:
    """Places in the unit crop ``(..., 2)`` as frame pixels: the way back of an alignment."""
    return (np.asarray(places) - alignment.matrix[:, 2]) @ np.linalg.inv(alignment.matrix[:, :2]).T


def grey(frame: np.ndarray) -> np.ndarray:
    """``(H, W)`` uint8 of a grey or RGB frame."""
    return cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) if frame.ndim == 3 else frame


def similarity(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The ``(2, 3)`` similarity (turn, scale, shift) that brings ``(N, 2)`` points closest to the target, N >= 2."""
    x, y = (np.asarray(points, float) @ [1, 1j] for points in (source, target))
    turn = np.vdot(x - x.mean(), y - y.mean()) / np.vdot(x - x.mean(), x - x.mean())
    shift = y.mean() - turn * x.mean()
    return np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]])


def _demand(alignment: Alignment) -> None:
    if not alignment.found:
        raise MxeError(NO_FACE)


def _warp(image: np.ndarray, alignment: Alignment, size: int) -> np.ndarray:
    # Where the crop is much coarser than the frame, sample it finely and average: warpAffine alone would alias.
    pixels_per_crop_pixel = 1 / (np.linalg.norm(alignment.matrix[:, 0]) * size)
    fine = size * max(1, round(pixels_per_crop_pixel))
    matrix = alignment.matrix * fine
    matrix[:, 2] -= 0.5  # from the crop's edge to the centre of its first pixel
    image = cv2.warpAffine(image, matrix, (fine, fine), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return image if fine == size else cv2.resize(image, (size, size), interpolation=cv2.INTER_AREA)


def _find(image: np.ndarray) -> np.ndarray | None:
    """Eye centres ``(2, 2)``, or None without a face."""
    equalized = cv2.createCLAHE(2.0, (4, 4)).apply(image)
    face = _face(image, equalized)
    if face is None:
        # A tight crop may lack the outline that face cascades look for. Clear eyes, both in the frame's upper part, do.
        height, width = image.shape
        return _eyes(equalized, (0, 0, width, height), EYE_VOTES)
    eyes = _eyes(equalized, face, least=2)
    if eyes is not None:
        return eyes
    # Both cascades are trained on faces whose eyes lie there, to a few percent of the box.
    x, y, side = face[:3]
    return np.array([[x + 0.31 * side, y + 0.39 * side], [x + 0.69 * side, y + 0.39 * side]])


def _face(image: np.ndarray, equalized: np.ndarray) -> tuple[int, int, int, int] | None:
    """The box ``(x, y, width, height)`` with the most votes, from the first attempt that finds any."""
    side = min(image.shape)
    # Cascades want some background around a face: a border adds it where an image is cut to the face.
    border = side // 4
    for name, least in FACE_VOTES:
        for picture in (image, equalized):
            padded = cv2.copyMakeBorder(picture, border, border, border, border, cv2.BORDER_REPLICATE)
            boxes, votes = _cascade(name).detectMultiScale2(padded, 1.1, least, minSize=(side // 5, side // 5))
            if len(boxes):
                _, (x, y, width, height) = max(zip(votes, map(tuple, boxes), strict=True))
                return int(x) - border, int(y) - border, int(width), int(height)
    return None


def _eyes(image: np.ndarray, face: tuple[int, int, int, int], least: int) -> np.ndarray | None:
    """The pair with the most votes among the plausible ones in the face's upper part."""
    left, top, width, height = face
    y_low, y_high = max(0, top + int(0.10 * height)), top + int(0.62 * height)
    x_low = max(0, left)
    upper = image[y_low:y_high, x_low : left + width]
    smallest = (max(20, width // 9),) * 2
    for name in ("eye", "eye_tree_eyeglasses", "lefteye_2splits"):
        boxes, votes = _cascade(name).detectMultiScale2(upper, 1.05, least, minSize=smallest)
        centres = [np.array([x_low + x + w / 2 - 0.5, y_low + y + h / 2 - 0.5]) for x, y, w, h in boxes]
        eyes = list(zip(votes, centres, strict=True))
        pairs = [
            (min(vote_a, vote_b), (a, b))
            for vote_a, a in eyes
            for vote_b, b in eyes
            if 0.25 * width < b[0] - a[0] < 0.65 * width
            # Level, and in the middle of the face, to a part of their distance.
            and abs(b[1] - a[1]) + abs((a[0] + b[0]) / 2 - left - width / 2) < 0.35 * (b[0] - a[0])
        ]
        if pairs:
            return np.array(max(pairs, key=lambda pair: pair[0])[1])
    return None


@cache
def _cascade(name: str) -> "cv2.CascadeClassifier":
    opencv.demand("CascadeClassifier")
    opencv.demand("data.haarcascades")
    cascade = cv2.CascadeClassifier(f"{cv2.data.haarcascades}haarcascade_{name}.xml") if can_find() else None
    if cascade is None or cascade.empty():
        raise MxeError(f"OpenCV's face cascades are missing: pip install --force-reinstall --no-deps {opencv.OURS}")
    return cascade
