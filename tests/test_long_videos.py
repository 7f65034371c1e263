"""Simulated long videos: the same again, of other people by another seed, and true to their own script."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from mxe_lib.errors import MxeError
from mxe_lib.evaluation.spotted import kind_of
from mxe_lib.simulation import people
from mxe_lib.simulation.long_videos import EXPRESSIVE, RESTING, LongVideos
from mxe_lib.vision import long_flow


@pytest.fixture(scope="module")
def cohort():
    return LongVideos(subjects=4, seconds=(12, 16))


def test_what_is_filmed(cohort):
    videos = cohort.videos()
    assert len(videos) == 4 * (EXPRESSIVE + RESTING) == len({video.id for video in videos})
    assert sum(not video.intervals for video in videos) >= 4 * RESTING
    shown = [(video, one) for video in videos for one in video.intervals]
    assert {one.kind for _, one in shown} == {"micro", "macro"}
    for video, one in shown:
        assert kind_of(one.onset, one.offset, video.fps) == one.kind, "its length says what it is"
        assert one.onset < one.apex < one.offset
        assert (one.offset - one.onset) / video.fps <= 4
    for video in videos:
        ends = [(one.onset, one.offset) for one in video.intervals]
        assert all(before[1] < after[0] for before, after in itertools.pairwise(ends))
        truth = cohort.truth(video)
        for first, last in truth.words:
            assert not any(first <= off - video.first and on - video.first <= last for on, off in ends)


def test_the_same_again_and_others_by_another_seed(cohort):
    again = LongVideos(subjects=4, seconds=(12, 16))
    assert again.videos() == cohort.videos()
    video = cohort.videos()[0]
    numbers = [1, 40, 41, 200]
    frames = cohort.frames(video, numbers)
    assert frames.shape == (4, 156, 128)
    assert frames.dtype == np.uint8
    assert (again.frames(video, [41]) == frames[2]).all(), "whatever else is asked for"
    other = LongVideos(subjects=4, seconds=(12, 16), seed=1)
    assert other.videos() != cohort.videos()
    shapes = [people.identity("casme2", "s01", seed).shape for seed in (0, 1)]
    assert np.abs(shapes[0] - shapes[1]).max() > 0.01
    assert other.fingerprint(video, numbers) != cohort.fingerprint(video, numbers)
    assert cohort.fingerprint(video, numbers) == again.fingerprint(video, numbers) != again.fingerprint(video, [1])


def test_the_courses_are_what_the_intervals_say(cohort):
    for video in cohort.videos():
        script = cohort.truth(video).script
        for column, one in enumerate(script.movements):
            course = script.intensity[:, column]
            assert int(course.argmax()) == one.apex
            assert not course[: one.onset].any()
            assert course[min(len(course) - 1, one.offset + 2 * video.fps)] < 0.05
        assert (script.closure > 0.5).any() == bool(script.blinks)


def test_frames_move_where_the_script_says(cohort):
    """The flow of rendered frames is larger around an expression's rise than at rest without blinks or words."""
    video = next(video for video in cohort.videos() if any(one.kind == "macro" for one in video.intervals))
    one = max(
        (i for i in video.intervals if i.kind == "macro"), key=lambda i: sum(u[-1] in "DE" for u in i.action_units)
    )
    quiet = cohort.frames(video, [one.onset - 8, one.onset - 2]).astype(float)
    moving = cohort.frames(video, [one.onset, one.apex]).astype(float)
    assert np.abs(moving[1] - moving[0]).mean() > np.abs(quiet[1] - quiet[0]).mean()


def test_two_hundred_frames_a_second():
    fast = LongVideos("samm_long", subjects=1, seconds=(6, 7))
    video = fast.videos()[0]
    assert video.fps == 200
    assert video.last == pytest.approx(6.5 * 200, abs=110)
    assert fast.frames(video, [1, video.last]).shape == (2, 156, 128)


def test_flow_over_a_distance_and_its_cache(cohort, tmp_path, monkeypatch):
    videos = cohort.videos()[:1]
    (flow,) = long_flow.flows(cohort, videos, (5, 9), cache=tmp_path)
    frames = len(videos[0].frame_numbers())
    assert flow[5].shape == (frames - 5, 2, 32, 32)
    assert flow[9].shape[0] == frames - 9
    assert flow[5].dtype == np.float16
    monkeypatch.setattr(long_flow, "crops", lambda *given: pytest.fail("it is kept"))
    (again,) = long_flow.flows(cohort, videos, (9,), cache=tmp_path)
    assert (again[9] == flow[9]).all()


def test_flow_finds_a_shift():
    rng = np.random.default_rng(0)
    import cv2

    face = cv2.GaussianBlur(rng.integers(0, 255, (64, 64), dtype=np.uint8), (0, 0), 2)
    flow = long_flow.distance_flow(np.stack([face, np.roll(face, 1, 1)]), 1)
    assert flow[0, 0, 8:24, 8:24].astype(float).mean() == pytest.approx(1, abs=0.1)


def test_faults_are_one_line(cohort, tmp_path):
    video = cohort.videos()[0]
    with pytest.raises(MxeError, match="unknown style 'casme3': choose one of casme_sq, samm_long"):
        LongVideos("casme3")
    with pytest.raises(MxeError, match="frame 0 is not there: choose from 1 to"):
        cohort.frames(video, [0])
    with pytest.raises(MxeError, match="not among these simulated videos of seed 1"):
        LongVideos(subjects=2, seconds=(12, 16), seed=1).truth(video.__class__("casme_sq", "s99", "x", 30, 1, 9))
    with pytest.raises(MxeError, match="flow over 9 frames"):
        long_flow.distance_flow(np.zeros((9, 64, 64), np.uint8), 9)


def test_a_video_without_a_face_is_left_out_with_its_name(cohort, monkeypatch):
    monkeypatch.setattr(
        type(cohort), "frames", lambda self, video, numbers: np.full((len(numbers), 156, 128), 90, np.uint8)
    )
    with pytest.warns(UserWarning, match="left out casme_sq/s01/s01_1: no face found"):
        assert long_flow.flows(cohort, cohort.videos()[:1], (5,)) == [None]
