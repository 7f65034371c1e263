"""The largest face of a frame, upright and from the front, is read; what is none is refused; and it stays one face."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import cv2
import matplotlib
import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_sample_image

from mxe_lib.app.whose_face import Watch, alike, locate
from mxe_lib.errors import MxeError
from mxe_lib.simulation.database import SimulatedDatabase
from mxe_lib.vision import face_detector, faces


@cache
def photograph():
    """Of a person from the front, which matplotlib brings; ``(600, 512, 3)``."""
    return np.asarray(Image.open(Path(matplotlib.get_data_path()) / "sample_data/grace_hopper.jpg").convert("RGB"))


@cache
def person(number):
    """A simulated one, from each cohort in turn."""
    database = SimulatedDatabase(("casme2", "samm", "smic")[number % 3])
    subjects = {clip.subject: clip for clip in database.clips()}
    clip = list(subjects.values())[number]
    frame = database.frames(clip, [clip.onset])[0]
    return frame if frame.ndim == 3 else np.repeat(frame[..., None], 3, axis=2)


def scene(shape, *placed):
    """A photograph without people, and faces of so many pixels pasted into it: ``(picture, width, (x, y))``."""
    picture = cv2.resize(load_sample_image("china.jpg"), shape[::-1])
    centres = []
    for face, width, (x, y) in placed:
        found = face_detector.find(face)[0]
        pasted = cv2.resize(face, None, fx=width / found.width, fy=width / found.width, interpolation=cv2.INTER_AREA)
        picture[y : y + len(pasted), x : x + pasted.shape[1]] = pasted
        centres.append(found.centre * width / found.width + (x, y))
    return picture, centres


def eyes(alignment):
    return (np.array(faces.EYES) - alignment.matrix[:, 2]) @ np.linalg.inv(alignment.matrix[:, :2]).T


def test_a_photograph_of_a_person():
    (face,) = face_detector.find(photograph())
    assert face.score > 0.8 and abs(face.tilt) < 10 and abs(face.nose) < 0.2
    alignment, notes = locate(photograph())
    np.testing.assert_array_equal(alignment.matrix, faces.align(photograph()).matrix)  # as the study aligns it
    assert notes == []


@pytest.mark.parametrize("number", range(12))
def test_simulated_people_are_aligned_as_in_the_study(number):
    alignment, notes = locate(person(number))
    np.testing.assert_array_equal(alignment.matrix, faces.align(person(number)).matrix)
    assert notes == []


@pytest.mark.parametrize("degrees", [-20, -15, 15, 20, 30])
def test_a_tilted_head_is_aligned_by_its_own_eyes(degrees):
    for picture in [photograph(), *(person(number) for number in (1, 6, 8, 13))]:
        height, width = picture.shape[:2]
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 0.8)
        upright = eyes(faces.align(picture))
        alignment, _ = locate(cv2.warpAffine(picture, matrix, (width, height), borderValue=(128,) * 3))
        off = np.linalg.norm(eyes(alignment) - (upright @ matrix[:, :2].T + matrix[:, 2]), axis=1).max()
        assert off < 0.2 * 0.8 * np.hypot(*(upright[1] - upright[0]))


@pytest.mark.parametrize("name", ["china.jpg", "flower.jpg"])
def test_photographs_without_a_face(name):
    picture = load_sample_image(name)
    parts = [picture, picture[:213], picture[213:], picture[:, :320], picture[100:300, 200:400], picture[:, ::-1]]
    for part in parts:
        with pytest.raises(MxeError, match="no face found"):
            locate(np.ascontiguousarray(part))


def test_noise_and_flat_pictures_hold_no_face():
    for picture in (np.zeros((200, 200), np.uint8), np.full((64, 900, 3), 200, np.uint8), np.ones((1, 1), np.uint8)):
        with pytest.raises(MxeError, match="no face found"):
            locate(picture)
    with pytest.raises(MxeError, match="no face found"):
        locate(np.random.default_rng(0).integers(0, 255, (300, 300, 3)).astype(np.uint8))


@pytest.mark.parametrize(
    ("shape", "width"),
    [((1080, 1920), 160), ((1080, 1920), 60), ((2160, 3840), 300), ((720, 480), 70), ((300, 2000), 90)],
)
@pytest.mark.parametrize("who", ["photograph", "simulated"])
def test_small_faces_in_large_frames(shape, width, who):
    face = photograph()[60:420, 100:420] if who == "photograph" else person(4)
    picture, (centre,) = scene(shape, (face, width, (shape[1] // 3, shape[0] // 9)))
    alignment, notes = locate(picture)
    assert notes == []
    found = eyes(alignment)
    assert np.hypot(*(found.mean(axis=0) - centre)) < 0.4 * width
    assert 0.25 * width < np.hypot(*(found[1] - found[0])) < 0.6 * width


def test_a_face_too_small_to_measure():
    picture, _ = scene((500, 900), (photograph()[60:420, 100:420], 34, (300, 100)))
    with pytest.raises(MxeError, match=r"no face found|pixels wide, too small"):
        locate(picture)


@pytest.mark.parametrize("swapped", [False, True])
def test_of_two_people_the_larger_is_taken_and_that_is_said(swapped):
    places = [(40, 60), (500, 60)]
    picture, centres = scene(
        (500, 900), (person(1), 180, places[swapped]), (photograph()[60:420, 100:420], 90, places[not swapped])
    )
    alignment, notes = locate(picture)
    assert np.hypot(*(eyes(alignment).mean(axis=0) - centres[0])) < 70
    assert len(notes) == 1 and notes[0].startswith("2 faces are in the first frame: the largest is taken")


@pytest.mark.parametrize("turns", [1, 2, 3])
@pytest.mark.parametrize("who", ["photograph", 0, 1, 2, 5])
def test_a_face_on_its_side_or_head_is_refused(turns, who):
    picture = photograph() if who == "photograph" else person(who)
    with pytest.raises(MxeError, match=r"turned by (90|89|8\d|9\d|1[78]\d) degrees"):
        locate(np.ascontiguousarray(np.rot90(picture, turns)))


@pytest.mark.parametrize("degrees", [-25, 25])
def test_a_tilted_face_is_read(degrees):
    height, width = person(2).shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    picture = cv2.warpAffine(person(2), turn, (width, height), borderMode=cv2.BORDER_REPLICATE)
    alignment, _ = locate(picture)
    across = np.diff(eyes(alignment), axis=0)[0]
    assert np.degrees(np.arctan2(across[1], across[0])) == pytest.approx(-degrees, abs=8)


def watched(first, *later):
    alignment, _ = locate(first)
    watch = Watch(1, first, alignment, faces.face_crop(first, alignment, 75))
    for number, frame in enumerate(later, start=2):
        watch.look(number, frame, faces.face_crop(frame, alignment, 75))
    return watch


def moved(frame, x, y=0):
    return cv2.warpAffine(
        frame, np.float32([[1, 0, x], [0, 1, y]]), frame.shape[1::-1], borderMode=cv2.BORDER_REPLICATE
    )


def test_a_face_that_stays_needs_no_note():
    first = person(3)
    darker = (first * 0.7 + 10).astype(np.uint8)
    noisy = np.clip(first + np.random.default_rng(0).normal(0, 4, first.shape), 0, 255).astype(np.uint8)
    assert watched(first, noisy, darker, moved(first, 1)).notes == []


@pytest.mark.parametrize("other", [4, 6, 7, 9, 10])
def test_another_person_is_noticed(other):
    second = cv2.resize(person(other), person(3).shape[1::-1])
    with pytest.raises(MxeError, match=r"^frame 3: another face than in frame 1.*--offset 2"):
        watched(person(3), person(3), second)


def test_a_face_that_leaves_is_noticed():
    empty = np.full_like(person(3), 90)
    with pytest.raises(MxeError, match=r"^frame 3: the face of frame 1 is gone or covered: cut .* --offset 2"):
        watched(person(3), person(3), empty)


def test_a_head_that_moves_is_told_or_refused():
    picture, _ = scene((400, 500), (person(3), 120, (150, 60)))
    assert "The head moves (frame 3)" in watched(picture, picture, moved(picture, 9)).notes[0]
    with pytest.raises(MxeError, match=r"^frame 3: the head has moved by"):
        watched(picture, picture, moved(picture, 45))


def test_crops_are_alike_whatever_the_light():
    crop = faces.grey(person(0))
    assert alike(crop, crop // 2) == pytest.approx(1, abs=0.01)
    assert alike(crop, np.zeros_like(crop)) == 0
