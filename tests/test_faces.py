"""Alignment puts the eyes where it says, in raw frames and in tight crops; landmarks follow the skin."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from drawn_face import draw_face, shifted

from mxe_lib.errors import MxeError
from mxe_lib.vision import faces, landmarks

FRAMES = {
    "raw": {"size": (480, 640), "eye_distance": 90, "centre": (330, 200)},
    "far away and tilted": {"size": (480, 640), "eye_distance": 60, "centre": (300, 220), "angle": 8},
    "large": {"size": (1088, 2040), "eye_distance": 150, "centre": (900, 420)},
    "cut to the face": {"size": (340, 280), "eye_distance": 110, "centre": (140, 120), "angle": -5},
    "small": {"size": (170, 140), "eye_distance": 52, "centre": (70, 62)},
}


def eye_centres(points):
    return np.stack([points[36:42].mean(0), points[42:48].mean(0)])


@pytest.mark.parametrize("frame", FRAMES)
def test_eyes_land_on_their_points(frame):
    image, points = draw_face(**FRAMES[frame])
    alignment = faces.align(np.dstack([image] * 3) if frame == "raw" else image)
    assert alignment.found
    landed = faces.transform_points(eye_centres(points), alignment, 100)
    np.testing.assert_allclose((landed + 0.5) / 100, faces.EYES, atol=0.03)


def test_very_tight_crop_is_still_a_face():
    image, points = draw_face((340, 280), 95, (140, 90))
    top, bottom = int(points[17:27, 1].min() - 8), int(points[57, 1] + 25)
    left, right = int(points[36, 0] - 22), int(points[45, 0] + 22)
    alignment = faces.align(image[top:bottom, left:right])
    landed = faces.transform_points(eye_centres(points) - [left, top], alignment, 100)
    assert alignment.found
    np.testing.assert_allclose((landed + 0.5) / 100, faces.EYES, atol=0.04)


def test_crop_shows_what_transform_points_says():
    image = np.zeros((60, 80), np.uint8)
    cv2.circle(image, (50, 20), 4, 255, -1)
    turn = faces.similarity(np.array([[20.0, 20], [60, 30]]), np.array(faces.EYES))
    crop = faces.face_crop(image, faces.Alignment(turn, True), 90).astype(float)
    y, x = np.mgrid[:90, :90]
    centre = np.array([(crop * x).sum(), (crop * y).sum()]) / crop.sum()
    np.testing.assert_allclose(centre, faces.transform_points([50, 20], faces.Alignment(turn, True), 90), atol=0.15)


@pytest.mark.parametrize("shape", [(240, 320), (240, 320, 3)])
def test_no_face_is_one_line(shape):
    empty = np.full(shape, 127, np.uint8)
    alignment = faces.align(empty)
    assert not alignment.found and alignment.matrix.shape == (2, 3)
    with pytest.raises(MxeError, match="no face found") as error:
        faces.face_crop(empty, alignment, 75)
    assert "\n" not in str(error.value)
    with pytest.raises(MxeError, match="no face found"):
        landmarks.track(empty[None])


@pytest.mark.parametrize("size", [40, 160])
def test_flow_of_a_turn_is_carried_into_the_crop(size):
    """A rotation about a point of the frame is, in the crop, a rotation about that point's place there."""
    y, x = np.mgrid[:200, :240].astype(np.float32)
    centre = np.array([110.0, 90.0])
    flow = 0.02 * np.stack([-(y - centre[1]), x - centre[0]])
    eyes = np.array([[80.0, 80.0], [140.0, 95.0]])
    alignment = faces.Alignment(faces.similarity(eyes, np.array(faces.EYES)), True)
    there = faces.transform_flow(flow, alignment, size)
    y, x = np.mgrid[:size, :size]
    x0, y0 = faces.transform_points(centre, alignment, size)
    inner = np.s_[:, size // 8 : -size // 8, size // 8 : -size // 8]
    np.testing.assert_allclose(there[inner], 0.02 * np.stack([-(y - y0), x - x0])[inner], atol=0.02)


def test_landmarks_follow_a_moving_face():
    image, points = draw_face()
    frames = np.stack([shifted(image, 0.5 * step, -0.25 * step) for step in range(6)])
    tracked = landmarks.track(frames)
    assert tracked.shape == (6, 68, 2) and tracked.dtype == np.float32
    assert np.linalg.norm(tracked[0] - points, axis=1).mean() < 0.06 * 52
    np.testing.assert_allclose(np.median(tracked[5] - tracked[0], axis=0), [2.5, -1.25], atol=0.1)


def test_lost_landmarks_move_with_their_neighbours():
    image, _ = draw_face()
    start = landmarks.place(image)
    covered = shifted(image, 1.5)
    x, y = start[48:68].mean(0).astype(int)
    covered[y - 12 : y + 12, x - 20 : x + 20] = np.random.default_rng(0).integers(0, 255, (24, 40))
    moved = landmarks.track(np.stack([image, covered]))[1] - start
    assert np.linalg.norm(moved - [1.5, 0], axis=1).max() < 5
