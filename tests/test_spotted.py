"""The protocol for intervals in long videos: matching, sums, scores, intervals over subjects."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mxe_lib.errors import MxeError
from mxe_lib.evaluation import spotted
from mxe_lib.evaluation.spotted import SUMS, Spotted, iou, match, tally
from mxe_lib.videos import Interval, LongVideo


def some(onset: int, offset: int, kind: str = "macro", **more) -> Spotted:
    return Spotted(onset, (onset + offset) // 2, offset, kind, **more)


def video(*intervals: Interval, subject: str = "s1", name: str = "v", frames: int = 600) -> LongVideo:
    return LongVideo("casme_sq", subject, name, 30, 1, frames, intervals, "simulated")


spans = st.tuples(st.integers(1, 60), st.integers(0, 30)).map(lambda span: some(span[0], sum(span)))


@given(spans, spans)
def test_iou_is_that_of_sets_of_frames(one, other):
    a, b = set(range(one.onset, one.offset + 1)), set(range(other.onset, other.offset + 1))
    assert iou(one, other) == pytest.approx(len(a & b) / len(a | b))
    assert iou(one, other) == iou(other, one) <= 1 == iou(one, one)


@given(st.lists(spans, max_size=5), st.lists(spans, max_size=5))
@settings(deadline=None)
def test_matching_is_one_to_one_and_no_other_has_more_pairs(found, true):
    pairs = match(found, true)
    assert all(iou(found[i], true[j]) >= 0.5 for i, j in pairs)
    assert len({i for i, _ in pairs}) == len({j for _, j in pairs}) == len(pairs)
    if len(found) > len(true):
        found, true = true, found
    best = max(
        (sum(iou(one, true[j]) >= 0.5 for one, j in zip(found, order, strict=True)))
        for order in itertools.permutations(range(len(true)), len(found))
    )
    assert len(pairs) == best


def test_a_greedy_pairing_would_lose_a_hit():
    """The first interval fits both, the second one only the one that a greedy search takes away."""
    true = [some(10, 19), some(13, 24)]
    found = [some(11, 22), some(8, 17)]
    assert iou(found[0], true[0]) >= 0.5 <= iou(found[0], true[1])
    assert sorted(match(found, true)) == [(0, 1), (1, 0)]


@given(st.lists(spans, max_size=6), st.lists(spans, max_size=6))
@settings(deadline=None)
def test_sums_add_up(found, true):
    wanted = sorted((Interval(o.onset, o.apex, o.offset, "macro") for o in true), key=lambda o: o.onset)
    row = tally([video(*wanted)], {"casme_sq/s1/v": found}).iloc[0]
    assert row["macro_tp"] + row["macro_fp"] == len(found) == row["any_tp"] + row["any_fp"]
    assert row["macro_tp"] + row["macro_fn"] == len(wanted)
    assert row["micro_tp"] == row["micro_fp"] == row["micro_fn"] == 0
    assert row["rest_alarms"] == (0 if wanted else len(found))


def test_perfect_nothing_and_everything():
    videos = [
        video(Interval(10, 15, 20, "micro", "negative"), Interval(100, 120, 150, "macro", "positive")),
        video(name="rest"),
    ]
    right = [some(10, 20, "micro", emotion="negative"), some(100, 150, emotion="positive")]
    perfect = tally(videos, {videos[0].id: right, videos[1].id: []})
    assert all(spotted.score(perfect, name) == 1 for name in ("f1_micro", "f1_macro", "f1_all", "f1_any", "f1_named"))
    assert spotted.score(perfect, "false_alarms") == 0
    assert spotted.score(perfect, "strs") == pytest.approx(2 / 3), (
        "surprise has no clip, and its zero stays in the mean"
    )
    nothing = tally(videos, {one.id: [] for one in videos})
    assert spotted.score(nothing, "f1_all") == spotted.score(nothing, "strs") == 0
    alarms = tally(videos, {videos[0].id: right, videos[1].id: [some(1, 50), some(90, 99, "micro")]})
    assert spotted.score(alarms, "false_alarms_rest") == pytest.approx(2 * 60 / 20)
    assert spotted.score(alarms, "precision_all") == 0.5
    assert spotted.score(alarms, "recall_all") == 1


def test_a_kind_is_what_the_spotter_says():
    one = video(Interval(10, 15, 20, "micro"))
    table = tally([one], {one.id: [some(10, 20, "macro")]})
    assert (spotted.score(table, "f1_micro"), spotted.score(table, "f1_all"), spotted.score(table, "f1_any")) == (
        0,
        0,
        1,
    )
    assert spotted.kind_of(0, 14, 30) == "micro" != spotted.kind_of(0, 15, 30)


def test_blinks_and_words_are_taken_only_by_false_alarms():
    one = video(Interval(100, 110, 130, "macro"))
    events = {one.id: {"blinks": ((20, 28), (60, 68), (120, 128)), "words": ((300, 320),)}}
    table = tally([one], {one.id: [some(98, 132), some(15, 40), some(290, 309)]}, events)
    assert (table["blinks"].iloc[0], table["blinks_taken"].iloc[0]) == (2, 1), "one lies in an expression"
    assert (table["words"].iloc[0], table["words_taken"].iloc[0]) == (1, 0), "its middle, 310, lies outside"
    assert spotted.score(table, "blinks_left") == 0.5


def people(hits: np.ndarray) -> tuple[list[LongVideo], dict]:
    videos = [video(Interval(100, 110, 130, "macro"), subject=f"s{n}") for n in range(len(hits))]
    return videos, {v.id: [some(100, 130)] if hit else [some(300, 330)] for v, hit in zip(videos, hits, strict=True)}


def test_intervals_and_differences_over_subjects():
    videos, all_right = people(np.ones(12))
    _, half = people(np.arange(12) % 2)
    first, second = tally(videos, all_right), tally(videos, half)
    assert spotted.interval(first, "f1_all") == (1, 1)
    low, high = spotted.interval(second, "f1_all", resamples=500)
    assert low < 0.5 < high
    gap, low, high, p = spotted.difference(first, second, "f1_all", resamples=999)
    assert gap == 0.5
    assert 0 < low < 0.5 < high < 1
    assert p < 0.05
    assert spotted.difference(second, second, "f1_all", resamples=99)[::3] == (0, 1)
    assert spotted.difference(second, first, "f1_all", resamples=999)[3] == p, "two-sided"
    alone = tally(videos[:1], {videos[0].id: []})
    assert np.isnan(spotted.interval(alone, "f1_all")).all()


def test_faults_are_one_line():
    one = video()
    with pytest.raises(MxeError, match="casme_sq/s1/v: was not searched"):
        tally([one], {})
    with pytest.raises(MxeError, match="in order"):
        Spotted(5, 4, 9, "micro")
    with pytest.raises(MxeError, match="unknown metric 'f1'"):
        spotted.score(tally([one], {one.id: []}), "f1")
    with pytest.raises(MxeError, match="different videos"):
        other = video(name="w")
        spotted.difference(tally([one], {one.id: []}), tally([other], {other.id: []}), "f1_all")


def test_the_named_score_is_stricter():
    rng, rows = np.random.default_rng(0), []
    for _ in range(50):
        row = np.zeros(len(SUMS))
        said = rng.multinomial(12, np.full(9, 1 / 9))
        row[-9:] = said
        row[SUMS.index("any_tp")], row[SUMS.index("any_fp")], row[SUMS.index("any_fn")] = 12, rng.integers(9), 4
        row[SUMS.index("named")] = said[[0, 4, 8]].sum()
        rows.append(row)
    sums = np.stack(rows)
    assert (spotted.named_of(sums) <= spotted.f1_of(sums, "any")).all()
    assert (spotted.strs_of(sums) <= spotted.f1_of(sums, "any")).all()
