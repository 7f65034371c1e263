"""An OpenCV that another package replaced is told in one line, with the package to remove."""

from __future__ import annotations

import importlib.metadata

import cv2
import numpy as np
import pytest

from mxe_lib.errors import MxeError
from mxe_lib.vision import face_detector, faces, flow, opencv

FRAME = np.zeros((40, 40), np.uint8)
CALLS = {
    "optflow": lambda: flow.optical_flow(FRAME, FRAME, method="tvl1_opencv"),
    "CascadeClassifier": lambda: faces.align(FRAME),
    "dnn": lambda: face_detector.find(FRAME),
}


@pytest.mark.parametrize("part", CALLS)
@pytest.mark.parametrize("others", [[], ["opencv-python"], ["opencv-python-headless", "opencv-python"]])
def test_a_part_that_is_missing(monkeypatch, part, others):
    installed = {"cv2": ["opencv-contrib-python-headless", *others]}
    monkeypatch.setattr(importlib.metadata, "packages_distributions", lambda: installed)
    monkeypatch.delattr(cv2, part)
    faces._cascade.cache_clear()  # noqa: SLF001
    face_detector._network.cache_clear()  # noqa: SLF001
    with pytest.raises(MxeError, match=rf"this OpenCV \(\S+\) has no {part}") as error:
        CALLS[part]()
    text = str(error.value)
    assert text.endswith(f"pip install --force-reinstall --no-deps {opencv.OURS}") and "\n" not in text
    assert all(name in text.partition("pip uninstall")[2] for name in others)


def test_what_is_there_is_not_complained_of():
    opencv.demand("optflow.DualTVL1OpticalFlow_create")
    opencv.demand("dnn.readNetFromTFLite")
