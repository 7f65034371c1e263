"""How sure a score is: bootstrap over subjects, paired permutation, Holm's correction.

Clips of one person are alike, so subjects are drawn, not clips, and each database keeps its number of subjects. Several
seeds of one system are not more data: the score is averaged over seeds inside each resample.

A table of predictions is first reduced to one array of counts for each subject and seed; a resample is then a weighted
sum of those, so 2,000 resamples are one matrix product.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from mxe_lib.errors import MxeError
from mxe_lib.evaluation import metrics

SEED = 20220524
"""Of all resampling: fixed, so that a table is the same byte for byte whenever it is computed again."""


def bootstrap_over_subjects(
    predictions: pd.DataFrame, metric: str, *, resamples: int = 2000, level: float = 0.95
) -> tuple[float, float]:
    """Percentile interval of a score of recognition or spotting predictions.

    Args:
        predictions: one row a clip and seed (columns as ``crossval.cross_validate`` and ``rules.pick`` return them).
        metric: a name of ``metrics.RECOGNITION`` or ``metrics.SPOTTING``.

    Returns:
        (low, high); both NaN where a single subject leaves nothing to resample.

    Raises:
        MxeError: if the metric is unknown, or the seeds did not predict the same clips.
    """
    return interval(count(predictions), statistic_of(metric), resamples=resamples, level=level)


def paired_permutation(
    predictions: pd.DataFrame, other: pd.DataFrame, metric: str, *, permutations: int = 2000
) -> float:
    """Two-sided p of the difference between two systems: their predictions are swapped, subject by subject.

    A system with one seed (a baseline without chance in it) is held against every seed of the other.

    Raises:
        MxeError: if the two did not predict the same clips, or have different numbers of seeds (and neither has one).
    """
    statistic = statistic_of(metric)
    if set(predictions["clip"]) != set(other["clip"]):
        raise MxeError("two systems that predicted different clips cannot be paired: give both the same clips")
    first, second = count(predictions).sums, count(other).sums
    return permuted(first, second, statistic, permutations)


def permuted(
    first: np.ndarray, second: np.ndarray, statistic: Callable[[np.ndarray], np.ndarray], permutations: int = 2000
) -> float:
    """``paired_permutation`` of two systems' counts, ``(subjects, seeds, ...)`` of the same subjects (``Counts.sums``).

    Raises:
        MxeError: if they have different numbers of seeds (and neither has one).
    """
    seeds = max(first.shape[1], second.shape[1])
    if {first.shape[1], second.shape[1]} - {1, seeds}:
        raise MxeError(f"{first.shape[1]} and {second.shape[1]} seeds cannot be paired: give both as many seeds")
    shape = (len(first), seeds, *first.shape[2:])
    first, second = np.broadcast_to(first, shape), np.broadcast_to(second, shape)

    total, difference = first + second, first - second
    signs = np.random.default_rng(SEED).choice([-1.0, 1.0], size=(permutations, len(first)))
    signs = np.concatenate([np.ones((1, len(first))), signs])  # the first one swaps nothing: the observed difference
    swapped = np.tensordot(signs, difference, axes=1)
    gaps = statistic((total.sum(0) + swapped) / 2) - statistic((total.sum(0) - swapped) / 2)
    gaps = np.abs(gaps.mean(1))
    return float((1 + (gaps[1:] >= gaps[0] - 1e-12).sum()) / (1 + permutations))


def paired_interval(
    predictions: pd.DataFrame, other: pd.DataFrame, metric: str, *, resamples: int = 2000, level: float = 0.95
) -> tuple[float, float, float]:
    """How much the first system scores above the other, with its percentile interval: both on the same subjects.

    Each system's score is averaged over its own seeds, of which they may have different numbers.

    Returns:
        (difference, low, high); both bounds NaN where a single subject leaves nothing to resample.

    Raises:
        MxeError: if the two did not predict the same clips.
    """
    statistic = statistic_of(metric)
    if set(predictions["clip"]) != set(other["clip"]):
        raise MxeError("two systems that predicted different clips cannot be paired: give both the same clips")
    first, second = count(predictions), count(other)
    drawn = np.concatenate([np.ones((1, len(first.sums))), weights(first.databases, resamples)])
    gaps = [statistic(np.tensordot(drawn, counts.sums, axes=1)).mean(1) for counts in (first, second)]
    difference = gaps[0] - gaps[1]
    low, high = np.quantile(difference[1:], [(1 - level) / 2, (1 + level) / 2])
    if len(first.sums) < 2:
        low = high = np.nan
    return float(difference[0]), float(low), float(high)


def mcnemar(predictions: pd.DataFrame, other: pd.DataFrame) -> float:
    """Two-sided exact p of McNemar's test: of the clips that just one of the systems got right, has each got half?

    It is an extra beside ``paired_permutation``: it compares hits, not UF1, and it takes a person's clips for
    independent. Of several seeds the first is taken.

    Raises:
        MxeError: if the two did not predict the same clips.
    """
    hits = []
    for table in (predictions, other):
        first = table[table["seed"] == table["seed"].min()].set_index("clip").sort_index()
        hits.append(first["y_true"] == first["y_pred"])
    if not hits[0].index.equals(hits[1].index):
        raise MxeError("two systems that predicted different clips cannot be paired: give both the same clips")
    mine, its = int((hits[0] & ~hits[1]).sum()), int((hits[1] & ~hits[0]).sum())
    return float(stats.binomtest(mine, mine + its).pvalue) if mine + its else 1.0


def holm(p_values: Sequence[float]) -> np.ndarray:
    """Holm's step-down correction: p values that may be read together.

    >>> holm([0.01, 0.04, 0.03]).round(3).tolist()
    [0.03, 0.06, 0.06]
    """
    p = np.asarray(p_values, dtype=float)
    order = np.argsort(p, kind="stable")
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)))
    return adjusted


@dataclass(frozen=True)
class Counts:
    """What each subject and seed adds to a score.

    Attributes:
        sums: ``(subjects, seeds, ...)``: a 3×3 confusion matrix, or the five sums of ``metrics.clip_sums``.
        databases: ``(subjects,)`` the strata.
        clips: how many clips each seed predicted.
        seeds: their names, sorted.
    """

    sums: np.ndarray
    databases: np.ndarray
    clips: int
    seeds: tuple


def count(predictions: pd.DataFrame) -> Counts:
    """Reduces a table of recognition or spotting predictions to counts.

    Raises:
        MxeError: if the table is empty, a clip stands twice under one seed, or the seeds predicted different clips.
    """
    if predictions.empty:
        raise MxeError("no predictions to score: the table is empty")
    subjects, subject_index = np.unique(predictions["subject"].astype(str), return_inverse=True)
    seeds, seed_index = np.unique(predictions["seed"], return_inverse=True)
    if predictions.duplicated(["clip", "seed"]).any():
        clip = predictions.loc[predictions.duplicated(["clip", "seed"]), "clip"].iloc[0]
        raise MxeError(f"{clip}: predicted twice under one seed: score one model, rule and protocol at a time")
    clips = predictions["clip"].nunique()
    if len(predictions) != clips * len(seeds):
        raise MxeError(f"{len(predictions)} predictions of {clips} clips by {len(seeds)} seeds: every seed needs all")

    if "y_pred" in predictions:
        matrix = metrics.confusion(predictions["y_true"], predictions["y_pred"])  # checks the labels
        values = np.zeros((len(subjects), len(seeds), *matrix.shape))
        np.add.at(values, (subject_index, seed_index, predictions["y_true"], predictions["y_pred"]), 1)
    else:
        sums = metrics.clip_sums(*(predictions[name] for name in ("apex", "predicted", "onset", "offset", "fps")))
        values = np.zeros((len(subjects), len(seeds), sums.shape[1]))
        np.add.at(values, (subject_index, seed_index), sums)
    databases = np.empty(len(subjects), dtype=object)
    databases[subject_index] = predictions["database"].to_numpy()
    return Counts(values, databases, clips, tuple(seeds.tolist()))


def statistic_of(metric: str) -> Callable[[np.ndarray], np.ndarray]:
    """The function of counts that a metric's name stands for."""
    known = {**metrics.RECOGNITION, **metrics.SPOTTING}
    if metric not in known:
        raise MxeError(f"unknown metric '{metric}': choose one of {', '.join(known)}")
    return known[metric]


def interval(
    counts: Counts, statistic: Callable[[np.ndarray], np.ndarray], *, resamples: int = 2000, level: float = 0.95
) -> tuple[float, float]:
    """Percentile bootstrap interval of ``statistic``, averaged over seeds within each resample."""
    if len(counts.sums) < 2:
        return float("nan"), float("nan")
    totals = np.tensordot(weights(counts.databases, resamples), counts.sums, axes=1)
    scores = statistic(totals).mean(1)
    low, high = np.quantile(scores, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def weights(databases: np.ndarray, resamples: int) -> np.ndarray:
    """``(resamples, subjects)``: how often each subject is drawn, as many from each database as it has."""
    generator = np.random.default_rng(SEED)
    drawn = np.zeros((resamples, len(databases)))
    for name in sorted(set(databases)):
        members = np.flatnonzero(databases == name)
        drawn[:, members] = generator.multinomial(len(members), np.full(len(members), 1 / len(members)), size=resamples)
    return drawn
