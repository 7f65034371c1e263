"""P2's benchmarks without learning: each finds the apex of a clean clip; the parts are right by hand."""

from __future__ import annotations

import numpy as np
import pytest

from mxe_lib.errors import MxeError
from mxe_lib.learning import training
from mxe_lib.learning.samples import spotting_samples
from mxe_lib.simulation import NONE, SimulatedDatabase
from mxe_lib.simulation.face import MEAN_SHAPE
from mxe_lib.spotting import appearance, classical, rules
from mxe_lib.spotting.task import SpotApex
from mxe_lib.vision import faces, flow, landmarks

STEP = 2


@pytest.fixture(scope="module")
def clean():
    """A strong smile of 40 frames without anything else moving, its frames, and their numbers."""
    database = SimulatedDatabase("casme2", distractors=NONE)
    clip = database.add_clip(("12E", "6D"), length=40, apex=18, name="clean")
    assert np.hypot(*database.true_flow(clip, clip.apex)).max() >= 4
    numbers = clip.frame_numbers(STEP)
    return clip, database.frames(clip, numbers), numbers


def missed_by(clip, numbers, index):
    return abs(numbers[index] - clip.apex) / clip.length


def test_strain_peaks_at_the_apex(clean):
    clip, frames, numbers = clean
    scores = classical.strain_scores(flow.crop_flow(frames[0], frames, size=75))
    assert scores[0] == pytest.approx(0, abs=1e-6)
    assert missed_by(clip, numbers, scores.argmax()) <= 0.1


def test_tracked_landmarks_are_furthest_at_the_apex(clean):
    clip, frames, numbers = clean
    scores = classical.landmark_scores(landmarks.track(frames))
    assert missed_by(clip, numbers, scores.argmax()) <= 0.1


@pytest.mark.parametrize("rule", ["max", "divide_and_conquer"])
def test_patterns_differ_most_at_the_apex(clean, rule):
    clip, frames, numbers = clean
    alignment = faces.align(frames[0])
    crops = np.stack([faces.face_crop(frame, alignment, 120) for frame in frames])
    scores = classical.lbp_scores(crops)
    assert scores[0] == pytest.approx(0)
    assert abs(rules.RULES[rule](numbers, scores) - clip.apex) <= 0.1 * clip.length


def test_the_appearance_of_a_clip(clean, tmp_path):
    clip, frames, numbers = clean
    look = appearance.appearance(frames)
    count = len(numbers)
    assert (look.shapes.shape, look.crops.shape, look.eyes.shape) == (
        (count, 68, 2),
        (count, 120, 120),
        (count, 64, 64),
    )
    database = SimulatedDatabase("casme2", distractors=NONE)
    database.add_clip(("12E", "6D"), length=40, apex=18, name="clean")
    first, again = (appearance.appearances(database, [clip], [numbers], cache=tmp_path)[0] for _ in range(2))
    for name in ("shapes", "crops", "eyes"):
        np.testing.assert_array_equal(getattr(first, name), getattr(look, name))
        np.testing.assert_array_equal(getattr(again, name), getattr(look, name))
    (file,) = (tmp_path / "appearance").iterdir()
    file.write_bytes(b"damaged")
    np.testing.assert_array_equal(
        appearance.appearances(database, [clip], [numbers], cache=tmp_path)[0].eyes, look.eyes
    )


def test_a_clip_without_a_face_is_left_out_and_named(clean):
    clip, _, numbers = clean

    class Faceless:
        name = "casme2"

        def frames(self, clip, numbers):
            return np.zeros((len(numbers), 170, 140), np.uint8)

    with pytest.warns(UserWarning, match=f"left out {clip.id}: no face"):
        assert appearance.appearances(Faceless(), [clip], [numbers]) == [None]


def test_a_clip_that_cannot_be_seen_leaves_the_samples():
    database = SimulatedDatabase("casme2", distractors=NONE)
    clips = [database.add_clip(("12E",), length=8, apex=4, name=name, subject="sub05") for name in "ab"]
    samples = spotting_samples(clips, [np.zeros((2, 2, 15, 15), np.float32)] * 2, [[1, 5]] * 2)

    class HalfBlind:
        name = "casme2"

        def frames(self, clip, numbers):
            return database.frames(clip, numbers) * (clip.name == "b")

    with pytest.warns(UserWarning, match="left out casme2/sub05/a"):
        kept, looks = appearance.seen([HalfBlind()], samples)
    assert [clip.name for clip in kept.clips] == ["b"]
    assert len(looks) == 1 and len(looks[0].shapes) == 2


def test_the_small_cnn_learns_the_frames_near_the_apex(tmp_path):
    """P2's second benchmark: a frame near the apex against all others, the window's mean decides."""
    database = SimulatedDatabase("casme2", distractors=NONE)
    clips = [
        database.add_clip(("12E", "6D", "25C"), length=40, apex=14 + 4 * n, name=f"clean{n}", subject="sub05")
        for n in range(4)
    ]
    numbers = [clip.frame_numbers(STEP) for clip in clips]
    looks = appearance.appearances(database, clips, numbers)
    samples = classical.faces_of(clips, looks, numbers)
    assert samples.inputs.shape == (84, 1, 64, 64)
    task = SpotApex("sme_conv_net", "near", output="class", epochs=30, learning_rate=1e-3)
    weights = training.fit(task, samples.subset([clip.id for clip in clips[:3]]), 0, tmp_path)
    scores = training.load(weights).predictions(samples.subset([clips[3].id])).assign(seed=0)
    assert scores["score"].between(0, 1).all()
    picked = rules.pick(scores, clips, "sw_max")
    assert abs(picked["predicted"][0] - clips[3].apex) <= 0.1 * clips[3].length


def test_a_head_that_moves_as_a_whole_scores_nothing():
    shape = 60 * MEAN_SHAPE
    turn = np.array([[np.cos(0.1), -np.sin(0.1)], [np.sin(0.1), np.cos(0.1)]])
    moved = 1.1 * shape @ turn.T + [5, -3]
    assert classical.landmark_scores(np.stack([shape, moved])) == pytest.approx(0, abs=1e-9)
    smile = shape.copy()
    smile[48] += [8, -8]
    gone = np.hypot(8, 8) / 60 / 68  # one point of 68, in eye distances; the best similarity spreads it over the others
    assert 0.9 * gone < classical.landmark_scores(np.stack([shape, smile]))[1] < 3 * gone


def test_a_blink_strains_the_masked_eyes_only():
    moving = np.zeros((2, 2, 75, 75), np.float32)
    mask = classical.eye_mask(75)
    inner = np.zeros_like(mask)
    inner[1:-1, 1:-1] = mask[1:-1, 1:-1] & mask[2:, 1:-1] & mask[:-2, 1:-1] & mask[1:-1, 2:] & mask[1:-1, :-2]
    core = inner & np.roll(inner, 2, 0) & np.roll(inner, -2, 0) & np.roll(inner, 2, 1) & np.roll(inner, -2, 1)
    moving[1, 1, core] = 2
    assert core.any()
    assert classical.strain_scores(moving).tolist() == [0, 0]
    assert classical.strain_scores(moving, mask_eyes=False)[1] > 0
    assert 0.05 < mask.mean() < 0.35
    assert (mask == mask[:, ::-1]).mean() > 0.97


@pytest.mark.parametrize(
    ("scores", "apex"),
    [
        ([0, 1, 0, 0, 0, 0, 0, 9, 0, 0], 7),
        ([0, 4, 0, 4, 0, 0, 7, 0], 1),  # 8 beats 7, then 4 and 4 tie: left
        ([0, 1, 2, 3, 4], 4),  # no peak: the highest
        ([5], 0),
        ([2, 2, 2], 1),
        ([0, 3, 3, 0, 1, 0], 1),  # a plateau peaks at its first frame
        ([-5, -4, -5, -3, -5, -5, -5, -6], 3),  # below 0 as well: peaks of 2 and 3 above the least
    ],
)
def test_divide_and_conquer_by_hand(scores, apex):
    assert rules.pick_divide_and_conquer(range(len(scores)), scores) == apex


def test_a_score_that_is_no_number_is_refused():
    with pytest.raises(MxeError, match="finite"):
        rules.pick_divide_and_conquer([0, 1], [0, float("nan")])


def test_uniform_patterns():
    flat = np.full((30, 30), 100, np.uint8)
    histogram = classical.lbp_histogram(flat, 1)
    assert histogram.argmax() == 57  # all neighbours as bright as the centre: code 255, the last uniform one
    assert histogram.sum() == 28 * 28
    assert sorted(set(classical.UNIFORM)) == list(range(59))
