"""Flow arrays: the conventions that images and networks share."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from mxe_lib.vision import fields


@pytest.fixture
def flow():
    return np.random.default_rng(0).normal(size=(3, 2, 20, 26)).astype(np.float32)


@pytest.mark.parametrize("size", [9, 20, 28, 75])
def test_resize_equals_opencv_and_torch(flow, size):
    ours = fields.resize(flow, size)
    assert ours.shape == (3, 2, size, size) and ours.dtype == np.float32
    torchs = torch.nn.functional.interpolate(torch.from_numpy(flow), (size, size), mode="bilinear", align_corners=False)
    np.testing.assert_allclose(ours, torchs.numpy(), atol=1e-5)
    np.testing.assert_allclose(
        ours[1, 0], cv2.resize(flow[1, 0], (size, size), interpolation=cv2.INTER_LINEAR), atol=1e-5
    )


def test_min_max_is_per_image_and_channel(flow):
    flow[0, 0] = 3.0
    scaled = fields.min_max(flow)
    assert (scaled[0, 0] == 0).all()
    np.testing.assert_array_equal(scaled.max((-2, -1)).ravel()[1:], 1)
    np.testing.assert_array_equal(scaled.min((-2, -1)), 0)
    np.testing.assert_allclose(scaled[1:], fields.min_max(flow[1:] * 7 - 2), atol=1e-6)


def test_strain_of_known_motions():
    y, x = np.mgrid[:8, :8].astype(np.float32)
    inner = np.s_[..., :-1, :-1]
    assert not fields.strain(np.stack([x * 0 + 2, y * 0 - 1])).any()
    np.testing.assert_allclose(fields.strain(np.stack([0.1 * x, 0 * y]))[inner], 0.1, rtol=1e-5)
    np.testing.assert_allclose(fields.strain(np.stack([0.2 * y, 0 * y]))[inner], 0.2 / np.sqrt(2), rtol=1e-5)
    np.testing.assert_allclose(fields.strain(np.stack([-0.1 * y, 0.1 * x]))[inner], 0, atol=1e-6)


def test_mirroring_twice_changes_nothing(flow):
    np.testing.assert_array_equal(fields.mirror(fields.mirror(flow)), flow)


def test_map_of_mirrored_flow_is_mirrored_map(flow):
    maps, mirrored = fields.flow_map(flow, 28), fields.flow_map(fields.mirror(flow), 28)
    assert maps.shape == (3, 3, 28, 28) and maps.dtype == np.float32
    np.testing.assert_allclose(1 - maps[:, 0, :, ::-1], mirrored[:, 0], atol=1e-5)
    np.testing.assert_allclose(maps[:, 1, :, ::-1], mirrored[:, 1], atol=1e-5)
