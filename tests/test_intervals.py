import time

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from mxe_lib.errors import MxeError
from mxe_lib.evaluation import intervals, metrics
from mxe_lib.spotting.naive import SPOTTING_COLUMNS


def recognition(clips_per_subject=6, subjects=68, seeds=1, hit=0.7, start=0):
    """Predictions of which a share ``hit`` is right; subjects spread over three databases."""
    generator = np.random.default_rng(start)
    rows = []
    for seed in range(seeds):
        truth = np.random.default_rng(99)  # the same clips under every seed
        for s in range(subjects):
            database = ("casme2", "samm", "smic")[s % 3]
            for c in range(clips_per_subject):
                y = int(truth.integers(3))
                guess = y if generator.random() < hit else int((y + generator.integers(1, 3)) % 3)
                rows.append((f"{database}/{s}/{c}", database, f"{database}/{s}", seed, y, guess))
    return pd.DataFrame(rows, columns=["clip", "database", "subject", "seed", "y_true", "y_pred"])


def spotting(subjects=20, start=0, spread=8):
    generator = np.random.default_rng(start)
    rows = [
        (f"c/{s}/{c}", "casme2", f"c/{s}", 0, 0, 30, 60, 200, 30 + int(generator.integers(-spread, spread + 1)))
        for s in range(subjects)
        for c in range(5)
    ]
    return pd.DataFrame(rows, columns=list(SPOTTING_COLUMNS))


def test_counts_hold_every_prediction():
    table = recognition(seeds=2)
    counts = intervals.count(table)
    assert counts.sums.shape == (68, 2, 3, 3)
    assert counts.clips == 68 * 6
    one = table[table["seed"] == 1]
    np.testing.assert_array_equal(counts.sums.sum(0)[1], metrics.confusion(one["y_true"], one["y_pred"]))


def test_resample_equals_scoring_the_drawn_clips():
    """The shortcut by weights gives what drawing subjects' rows one by one gives."""
    table = recognition(subjects=9)
    counts = intervals.count(table)
    drawn = intervals.weights(counts.databases, 3)
    fast = metrics.uf1_of(np.tensordot(drawn, counts.sums, axes=1))[:, 0]
    groups = [group for _, group in table.groupby("subject")]
    for weights, score in zip(drawn, fast, strict=True):
        rows = pd.concat([g for g, w in zip(groups, weights, strict=True) for _ in range(int(w))])
        assert score == pytest.approx(metrics.uf1(rows["y_true"], rows["y_pred"]))


def test_every_database_keeps_its_number_of_subjects():
    databases = np.array(["casme2"] * 5 + ["samm"] * 9 + ["smic"] * 2)
    drawn = intervals.weights(databases, 50)
    for name, size in [("casme2", 5), ("samm", 9), ("smic", 2)]:
        assert (drawn[:, databases == name].sum(1) == size).all()


def test_interval_of_independent_clips_agrees_with_theory():
    """With one clip a subject, the bootstrap of accuracy comes near the exact binomial interval."""
    table = recognition(clips_per_subject=1, subjects=300)
    low, high = intervals.bootstrap_over_subjects(table, "accuracy")
    hits = int((table["y_true"] == table["y_pred"]).sum())
    exact = binomtest(hits, 300).proportion_ci()
    assert low == pytest.approx(exact.low, abs=0.015)
    assert high == pytest.approx(exact.high, abs=0.015)


def test_clips_of_one_subject_count_as_one():
    """Copying each clip ten times adds no subject, so the interval must not shrink."""
    table = recognition(clips_per_subject=2)
    copies = pd.concat([table.assign(clip=table["clip"] + f"-{i}") for i in range(10)])
    assert intervals.bootstrap_over_subjects(copies, "uf1") == intervals.bootstrap_over_subjects(table, "uf1")


def test_same_seeds_twice_do_not_shrink_the_interval():
    table = recognition()
    twice = pd.concat([table, table.assign(seed=1)])
    assert intervals.bootstrap_over_subjects(twice, "uf1") == intervals.bootstrap_over_subjects(table, "uf1")


def test_order_of_rows_is_irrelevant():
    table = recognition(seeds=2)
    shuffled = table.sample(frac=1, random_state=1)
    assert intervals.bootstrap_over_subjects(shuffled, "uar") == intervals.bootstrap_over_subjects(table, "uar")


def test_spotting_interval_holds_its_mean():
    table = spotting()
    low, high = intervals.bootstrap_over_subjects(table, "mae")
    assert low < metrics.mae(table["apex"], table["predicted"]) < high


def test_single_subject_has_no_interval():
    assert np.isnan(intervals.bootstrap_over_subjects(recognition(subjects=1), "uf1")).all()


def test_permutation_sees_a_difference_and_only_then():
    good, same, poor = recognition(hit=0.8), recognition(hit=0.8, start=7), recognition(hit=0.4, start=8)
    assert intervals.paired_permutation(good, poor, "uf1", permutations=500) == pytest.approx(1 / 501)
    assert intervals.paired_permutation(good, same, "uf1", permutations=500) > 0.05
    assert intervals.paired_permutation(good, good, "uf1", permutations=500) == 1
    forth = intervals.paired_permutation(good, same, "uf1")
    assert forth == intervals.paired_permutation(same, good, "uf1")


def test_permutation_is_calibrated():
    """Two equal systems: p below 0.2 in about a fifth of the trials."""
    p = [
        intervals.paired_permutation(spotting(start=2 * i), spotting(start=2 * i + 1), "mae", permutations=200)
        for i in range(100)
    ]
    assert 0.08 <= np.mean(np.array(p) < 0.2) <= 0.34


def test_permutation_of_one_seed_against_many():
    p = intervals.paired_permutation(recognition(seeds=3, hit=0.8), recognition(hit=0.5, start=5), "uar")
    assert p < 0.01
    with pytest.raises(MxeError, match="seeds"):
        intervals.paired_permutation(recognition(seeds=3), recognition(seeds=2), "uar")


def test_permutation_needs_the_same_clips():
    with pytest.raises(MxeError, match="same clips"):
        intervals.paired_permutation(recognition(), recognition(subjects=60), "uf1")


def test_holm_worked_by_hand():
    np.testing.assert_allclose(intervals.holm([0.01, 0.02, 0.03, 0.9]), [0.04, 0.06, 0.06, 0.9])
    np.testing.assert_allclose(intervals.holm([0.5, 0.5]), [1, 1])
    assert intervals.holm([]).size == 0


def test_bad_predictions():
    table = recognition(seeds=2)
    with pytest.raises(MxeError, match="twice"):
        intervals.count(pd.concat([table, table.head(1)]))
    with pytest.raises(MxeError, match="every seed"):
        intervals.count(table.iloc[:-1])
    with pytest.raises(MxeError, match="unknown metric"):
        intervals.bootstrap_over_subjects(table, "f1")
    with pytest.raises(MxeError, match="empty"):
        intervals.count(table.head(0))


if __name__ == "__main__":
    table = recognition(clips_per_subject=7, seeds=5)
    start = time.perf_counter()
    intervals.bootstrap_over_subjects(table, "uf1")
    print(f"2,000 resamples of {len(table)} predictions: {time.perf_counter() - start:.3f} s")


def test_paired_interval_is_narrower_than_two_and_centred_on_the_difference():
    better, worse = recognition(hit=0.8, seeds=2), recognition(hit=0.7, start=1)
    gap, low, high = intervals.paired_interval(better, worse, "uf1")
    first, second = (
        np.mean([metrics.uf1(t.y_true, t.y_pred) for _, t in table.groupby("seed")]) for table in (better, worse)
    )
    assert gap == pytest.approx(first - second)
    assert low < gap < high
    assert intervals.paired_interval(worse, worse, "uf1") == (0, 0, 0)
    with pytest.raises(MxeError, match="different clips"):
        intervals.paired_interval(better, worse[worse["clip"] != worse["clip"].iloc[0]], "uf1")


def test_mcnemar_worked_by_hand():
    truth = np.zeros(20, dtype=int)
    first, second = truth.copy(), truth.copy()
    first[:2], second[5:13] = 1, 2  # the first alone errs on two clips, the second alone on eight
    common = {"clip": [f"c{n}" for n in range(20)], "seed": 0, "y_true": truth}
    tables = [pd.DataFrame(common | {"y_pred": answers}) for answers in (first, second)]
    assert intervals.mcnemar(*tables) == pytest.approx(2 * (1 + 10 + 45) / 2**10)  # two or fewer heads of ten, twice
    assert intervals.mcnemar(tables[0], tables[0]) == 1
    with pytest.raises(MxeError, match="different clips"):
        intervals.mcnemar(tables[0], tables[1].iloc[1:])
