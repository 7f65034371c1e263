"""Max, SW-Max and the interior rule: ties, windows, short clips, subsampled frames."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mxe_lib.clips import Clip
from mxe_lib.errors import MxeError
from mxe_lib.spotting.labels import label
from mxe_lib.spotting.rules import COLUMNS, RULES, pick, pick_interior, pick_max, pick_sw_max


@pytest.mark.parametrize("rule", RULES.values())
@pytest.mark.parametrize("onset, offset", [(0, 40), (100, 141), (7, 9), (3, 3), (0, 8)])
def test_equal_scores_give_the_middle_of_the_clip(rule, onset, offset):
    numbers = range(onset, offset + 1)
    assert rule(numbers, [0.1] * len(numbers)) == (onset + offset) // 2


def test_a_lone_spike_does_not_win_over_a_plateau():
    scores = np.zeros(40)
    scores[6], scores[20:29] = 1.0, 0.5
    assert pick_max(range(40), scores) == 6
    assert pick_sw_max(range(40), scores) == 24
    assert pick_interior(range(40), scores) == 6


def test_window_lies_wholly_inside():
    scores = np.zeros(30)
    scores[0] = 1.0
    assert pick_max(range(30), scores) == 0
    assert pick_sw_max(range(30), scores) == 4
    assert 4 <= pick_interior(range(30), scores) <= 25


def test_clips_shorter_than_the_window_fall_back_to_max():
    assert pick_sw_max([5, 6, 7], [0, 0, 1]) == 7
    assert pick_sw_max(range(8), [0, 1, 0, 0, 0, 0, 0, 0]) == 1
    assert pick_sw_max(range(9), [0, 1, 0, 0, 0, 0, 0, 0, 0]) == 4  # nine frames hold one window
    assert pick_interior(range(8), [0, 1, 0, 0, 0, 0, 0, 0]) == 1


def test_subsampled_window_spans_the_same_frames():
    numbers = list(range(0, 61, 3))  # a window of 9 frames holds three scores
    scores = np.zeros(len(numbers))
    scores[3], scores[9:12] = 1.0, 0.6
    assert pick_max(numbers, scores) == 9
    assert pick_sw_max(numbers, scores) == 30
    # By eye, every window of the full clip: the mean of the scores within 4 frames.
    means = {n: np.mean([s for m, s in zip(numbers, scores, strict=True) if abs(m - n) <= 4]) for n in numbers[2:-2]}
    assert pick_sw_max(numbers, scores) == max(means, key=means.get)


def test_sw_max_equals_its_definition_on_every_frame():
    rng = np.random.default_rng(0)
    for length in range(9, 60):
        scores = rng.random(length)
        sums = np.convolve(scores, np.ones(9), "valid")
        assert pick_sw_max(range(100, 100 + length), scores) == 100 + 4 + int(sums.argmax())


def test_perfect_linear_labels_err_by_about_one_frame_under_sw_max_only():
    """P1, section 3.3: a window centred on a peak with unequal slopes is pulled to the flatter side."""
    numbers = list(range(0, 71))
    scores = label("linear", numbers, 0, 20, 70)
    assert pick_max(numbers, scores) == 20
    assert 20 < pick_sw_max(numbers, scores) <= 24


def test_perfect_impulse_is_found_by_both_rules_thanks_to_the_middle_of_ties():
    scores = label("impulse", range(0, 71), 0, 30, 70)
    assert pick_max(range(71), scores) == 30
    assert pick_sw_max(range(71), scores) == 30


@given(st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=80), st.integers(0, 9000), st.integers(1, 6))
def test_every_rule_picks_a_frame_of_the_clip_whatever_the_order_of_rows(scores, onset, step):
    numbers = onset + step * np.arange(len(scores))
    shuffled = np.random.default_rng(0).permutation(len(scores))
    for rule in RULES.values():
        chosen = rule(numbers, scores)
        assert chosen in numbers
        assert rule(numbers[shuffled], np.array(scores)[shuffled]) == chosen


def test_bad_scores_are_refused():
    for numbers, scores in [([], []), ([1, 2], [0.5]), ([1, 2], [0.5, float("nan")])]:
        with pytest.raises(MxeError):
            pick_max(numbers, scores)
    with pytest.raises(MxeError, match="odd"):
        pick_sw_max([1, 2], [0, 1], window=4)


def test_pick_gives_one_row_a_clip_and_seed():
    clips = [Clip("casme2", "sub01", name, 200, 10, 20, 40, "happiness") for name in ("b", "a")]
    rows = [
        (c.id, "casme2", c.subject_id, "f", s, n, float(n == 12 + s))
        for c in clips
        for s in (1, 0)
        for n in range(10, 41)
    ]
    scores = pd.DataFrame(rows, columns=["clip", "database", "subject", "fold", "seed", "number", "score"])
    picked = pick(scores, clips, "max")
    assert list(picked.columns) == COLUMNS
    assert picked["clip"].tolist() == ["casme2/sub01/a"] * 2 + ["casme2/sub01/b"] * 2
    assert picked["predicted"].tolist() == [12, 13, 12, 13]
    assert picked[["onset", "apex", "offset", "fps"]].drop_duplicates().to_numpy().tolist() == [[10, 20, 40, 200]]
    with pytest.raises(MxeError, match="unknown spotting rule"):
        pick(scores, clips, "mean")
    with pytest.raises(MxeError, match="sub01/b"):
        pick(scores, clips[1:], "max")
