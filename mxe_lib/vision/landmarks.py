"""68 facial landmarks through a clip: a mean shape placed by the eyes, then tracked. No landmark model is needed.

The points sit where a mean face has them, so a person's own brows or chin may lie a few pixels beside them. What counts
here is their motion: it is that of the skin under them.
"""

import cv2
import numpy as np

from mxe_lib.errors import MxeError
from mxe_lib.simulation.face import MEAN_SHAPE
from mxe_lib.vision import faces

BACKWARD_ERROR = 0.3
"""A point that, tracked there and back, misses its start by more pixels than this counts as lost."""

_NEIGHBOURS = 6


def place(frame: np.ndarray) -> np.ndarray:
    """The mean shape on a frame, moved, turned and scaled so that its eyes lie on the eyes found there.

    Args:
        frame: ``(H, W)`` or ``(H, W, 3)`` uint8.

    Returns:
        ``(68, 2)`` float32, (x, y) in pixels, iBUG-68 order.

    Raises:
        MxeError: if no face is found.
    """
    alignment = faces.align(frame)
    if not alignment.found:
        raise MxeError(faces.NO_FACE)
    eyes = np.stack([MEAN_SHAPE[36:42].mean(axis=0), MEAN_SHAPE[42:48].mean(axis=0)])
    to_crop = faces.similarity(eyes, np.array(faces.EYES))
    in_crop = MEAN_SHAPE @ to_crop[:, :2].T + to_crop[:, 2]
    return faces.frame_points(in_crop, alignment).astype(np.float32)


def track(frames: np.ndarray) -> np.ndarray:
    """The landmarks of every frame, by pyramidal Lucas-Kanade from the first frame on.

    Every frame is matched with the first one, starting at the last result, so that errors don't add up. Points that are
    lost (see ``BACKWARD_ERROR``) move with the median of their nearest neighbours that aren't.

    Args:
        frames: ``(T, H, W)`` or ``(T, H, W, 3)`` uint8.

    Returns:
        ``(T, 68, 2)`` float32, (x, y) in pixels, iBUG-68 order.

    Raises:
        MxeError: if the first frame shows no face.
    """
    first = faces.grey(frames[0])
    start = place(first)
    shapes = [start]
    eye_distance = np.linalg.norm(start[42:48].mean(axis=0) - start[36:42].mean(axis=0))
    window = (max(9, round(eye_distance / 4)) | 1,) * 2
    neighbours = np.argsort(np.linalg.norm(start[:, None] - start[None], axis=-1), axis=1)
    for frame in frames[1:]:
        shapes.append(_match(first, faces.grey(frame), start, shapes[-1], window, neighbours))
    return np.stack(shapes)


def _match(first, frame, start, guess, window, neighbours) -> np.ndarray:
    options = {"winSize": window, "maxLevel": 2, "flags": cv2.OPTFLOW_USE_INITIAL_FLOW}
    there, status, _ = cv2.calcOpticalFlowPyrLK(first, frame, start, guess.copy(), **options)
    back, _, _ = cv2.calcOpticalFlowPyrLK(frame, first, there, start.copy(), **options)
    kept = (status.ravel() == 1) & (np.linalg.norm(back - start, axis=1) <= BACKWARD_ERROR)
    if not kept.any():
        return guess
    for point in np.flatnonzero(~kept):
        near = [other for other in neighbours[point] if kept[other]][:_NEIGHBOURS]
        there[point] = start[point] + np.median(there[near] - start[near], axis=0)
    return there
