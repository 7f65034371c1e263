"""OpenCV's optical flow between two pictures; and flow from an onset frame's face to the face in other frames.

Whatever is changed here changes all flow, and it is then computed anew. Another method goes into a file of its own;
``flow.METHODS`` names it.
"""

from collections.abc import Callable

import cv2
import numpy as np

from mxe_lib.vision import faces, opencv

PARAMETERS = {
    "tvl1_opencv": {
        "tau": 0.25, "lambda_": 0.15, "theta": 0.3, "nscales": 5, "warps": 5, "epsilon": 0.01, "innnerIterations": 30,
        "outerIterations": 10, "scaleStep": 0.8, "gamma": 0.0, "medianFiltering": 5, "useInitialFlow": False,
    },
    "farneback": {
        "pyr_scale": 0.5, "levels": 3, "winsize": 15, "iterations": 3, "poly_n": 5, "poly_sigma": 1.2, "flags": 0,
    },
    "dis": {"preset": cv2.DISOPTICAL_FLOW_PRESET_MEDIUM},
}  # fmt: skip
"""TV-L1 (Zach et al. 2007): the defaults of OpenCV's ``DualTVL1OpticalFlow_create``, as neither paper states its own;
``innnerIterations`` is OpenCV's spelling. Farneback (2003): the values of OpenCV's tutorial. DIS (Kroeger et al. 2016):
OpenCV's medium preset."""


def tvl1_opencv(reference: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Zach et al. (2007): what ``tvl1.tvl1`` computes, several times slower."""
    opencv.demand("optflow.DualTVL1OpticalFlow_create")
    return cv2.optflow.DualTVL1OpticalFlow_create(**PARAMETERS["tvl1_opencv"]).calc(reference, target, None)


def farneback(reference: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Farneback (2003)."""
    return cv2.calcOpticalFlowFarneback(reference, target, None, **PARAMETERS["farneback"])


def dis(reference: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Dense inverse search, Kroeger et al. (2016)."""
    return cv2.DISOpticalFlow_create(**PARAMETERS["dis"]).calc(reference, target, None)


def crop_flow(
    onset: np.ndarray, frames: np.ndarray, size: int, method: Callable, alignment: faces.Alignment | None = None
) -> np.ndarray:
    """Flow from the onset frame's face to the same place in each frame.

    Args:
        onset, frames: ``(H, W[, 3])`` and ``(T, H, W[, 3])`` uint8.
        size: side of the crop in pixels.
        method: from reference and target, ``(size, size)`` uint8, to ``(size, size, 2)`` float32 flow.
        alignment: of the onset's face; None = find it.

    Returns:
        ``(T, 2, size, size)`` float32, pixels of the crop.

    Raises:
        MxeError: if the onset frame shows no face.
    """
    alignment = alignment or faces.align(onset)
    reference = faces.face_crop(onset, alignment, size)
    flow = np.zeros((len(frames), 2, size, size), np.float32)
    for index, frame in enumerate(frames):
        target = faces.face_crop(frame, alignment, size)
        if not np.array_equal(reference, target):
            flow[index] = method(reference, target).transpose(2, 0, 1)
    return flow
