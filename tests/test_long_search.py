"""What notebook 16 does in one call: the table, its pairs, its drawings; and the spotter that learned from scripts."""

from __future__ import annotations

from dataclasses import replace

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest

from mxe_lib.clips import CLASSES
from mxe_lib.evaluation import results, spotted
from mxe_lib.evaluation.spotted import Spotted
from mxe_lib.figures import tables, timelines
from mxe_lib.recognition import spot_then_recognize
from mxe_lib.simulation.long_videos import LongVideos
from mxe_lib.spotting import searches
from mxe_lib.spotting.interval_spotter import GRID, HEAD, LENGTHS
from mxe_lib.spotting.simulated_moments import simulated
from mxe_lib.study import long_search


@pytest.fixture(autouse=True)
def no_figures_left():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def cohort():
    return LongVideos(subjects=5, seconds=(15, 18))


def systems(cohort) -> dict:
    videos, parts = cohort.videos(), searches.folds("loso", cohort.videos())
    right = spot_then_recognize.true_intervals(videos)
    some = {name: own[::2] for name, own in right.items()}
    found = {
        ("interval_spotter", "taught=others", "simulated"): right,
        ("softnet", "threshold=chosen", "loso"): some,
        ("softnet", "threshold=published", "loso"): some,
        ("strain_peaks", "threshold=chosen", "loso"): {name: own[::3] for name, own in right.items()},
        ("at_rest", "", "none"): searches.at_rest(videos),
    }
    tallies = {key: spotted.tally(videos, own, cohort.events()) for key, own in found.items()}
    return tallies | {("random_intervals", "", "annotations"): long_search.random_tally(videos, parts, cohort.events())}


def test_the_table_has_every_system_and_corrected_differences(cohort, tmp_path):
    tallies = systems(cohort)
    experiment = long_search.LongExperiment("long_videos", "simulated", 200, tmp_path)
    ours = ("interval_spotter", "taught=others", "simulated")
    rows = experiment.written(tallies, long_search.pairs(tallies), {ours: tallies[ours]})
    assert rows.equals(results.read("long_videos", tmp_path))
    scores = rows[rows["metric"] == "f1_all"].set_index("model")["value"]
    assert scores["interval_spotter"] == 1
    assert scores["at_rest"] == 0 < scores["random_intervals"] < 0.3
    gaps = rows[rows["metric"] == "f1_all_difference"]
    assert len(gaps) == 6
    assert gaps["p_holm"].notna().all()
    assert gaps.set_index("variant").loc["than=published;threshold=chosen", "p_holm"] == 1, "they found the same"
    assert set(rows["metric"]) >= set(spotted.SCORES) | set(spotted.NAMING)
    kinds = long_search.by_kind(rows)
    assert next(iter(kinds)) == "interval spotter (ours), taught by other people"
    assert "=" not in tables.scores(rows[rows["metric"].isin(["f1_all", "words_left"])], by="metric").to_string()
    assert len(timelines.kinds_apart(kinds).get_yticks()) == len(tallies)


def test_random_sums_are_a_mean_of_draws(cohort):
    videos, parts = cohort.videos(), searches.folds("loso", cohort.videos())
    mean = long_search.random_tally(videos, parts)
    assert (mean["micro_tp"] + mean["micro_fn"]).sum() == pytest.approx(
        sum(i.kind == "micro" for v in videos for i in v.intervals)
    )


def test_spotted_intervals_get_a_class_each(cohort):
    video = next(video for video in cohort.videos() if len(video.intervals) > 1)
    true = spot_then_recognize.true_intervals([video])
    assert [(i.onset, i.apex, i.offset) for i in true[video.id]] == [
        (i.onset, i.apex, i.offset) for i in video.intervals
    ]
    named = spot_then_recognize.named(cohort, [video], true)
    assert all(one.emotion in CLASSES for one in named[video.id])
    assert spot_then_recognize.named(cohort, [video], {video.id: []}) == {video.id: []}
    later = {video.id: [replace(one, apex=one.offset, score=0.5) for one in true[video.id][:1]]}
    asked = {"right": true, "later": later, "none": {video.id: []}}
    each = {key: spot_then_recognize.named(cohort, [video], found) for key, found in asked.items()}
    assert spot_then_recognize.named_each(cohort, [video], asked) == each, "together as one by one"


def test_scripts_become_moments_of_other_people_and_the_same_again():
    few = simulated(2, 4)
    assert [inputs.shape[1] for inputs in few.inputs] == [2 * (2 * GRID**2 + HEAD)] * len(few.videos)
    again = simulated(2, 4)
    assert all((a == b).all() for a, b in zip(few.inputs, again.inputs, strict=True))
    assert few.digest() == again.digest() != simulated(2, 5).digest()
    assert few.videos[0].intervals != LongVideos(subjects=2).videos()[0].intervals, "the study's own people are others"


def test_moments_of_scripts_move_where_the_expression_does():
    few = simulated(3, 4)
    for video, inputs in zip(few.videos, few.inputs, strict=True):
        energy = (inputs[:, : 4 * GRID**2] ** 2).mean(1)
        for one in video.intervals:
            if one.kind == "macro" and any(unit[-1] == "E" for unit in one.action_units):
                rise = energy[(one.onset - 1) // 2 : (one.apex - 1) // 2 + 1].max()
                assert rise > np.median(energy)


def test_timelines_are_drawn():
    rows = {"true": [(1, 2, "macro"), (3, 3.3, "micro")], "blinks": [(5, 5.2, "")]}
    figure = timelines.timeline(10, rows, curve=(np.arange(10), np.arange(10), "strain"))
    assert len(figure.axes) == 2
    assert len(figure.axes[0].patches) == 3
    ax = timelines.heat_map(np.zeros((150, len(LENGTHS))), LENGTHS, 10, [(3, 0.5)])
    assert len(ax.lines) == 1
    assert timelines.over_thresholds([0.1, 0.5], [0.2, 0.3], 0.55).get_xlabel() == "threshold p"


def test_a_name_that_is_wrong_is_no_hit(cohort):
    video = next(video for video in cohort.videos() if video.intervals)
    one = video.intervals[0]
    wrong = next(name for name in CLASSES if name != one.emotion)
    for emotion, value in ((one.emotion, 1), (wrong, 0)):
        found = [Spotted(i.onset, i.apex, i.offset, i.kind, emotion=emotion) for i in video.intervals[:1]]
        table = spotted.tally([video], {video.id: found})
        assert (spotted.score(table, "f1_named") > 0) == bool(value)
