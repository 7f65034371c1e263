"""Scores of recognition with other labels: any number of classes, and several action units at once; rows of both.

The same resampling of people as for the three classes (``intervals``): a table is reduced to counts for each subject
and seed, and a score is a function of their sums.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from mxe_lib.errors import MxeError
from mxe_lib.evaluation import intervals, metrics
from mxe_lib.evaluation.intervals import Counts
from mxe_lib.evaluation.results import and_variant

Statistic = Callable[[np.ndarray], np.ndarray]


def class_counts(predictions: pd.DataFrame, classes: int) -> Counts:
    """Confusion matrices ``(subjects, seeds, classes, classes)`` of a table with columns y_true and y_pred.

    Raises:
        MxeError: if a label lies outside 0 ... classes - 1, or the seeds predicted different clips.
    """
    wrong = set(predictions["y_true"]) | set(predictions["y_pred"])
    if wrong := sorted(int(label) for label in wrong if not 0 <= label < classes):
        raise MxeError(f"labels {wrong}: use 0 to {classes - 1} only")

    def add(values: np.ndarray, places: tuple[np.ndarray, np.ndarray]) -> None:
        np.add.at(values, (*places, predictions["y_true"], predictions["y_pred"]), 1)

    return _counts(predictions, (classes, classes), add)


def unit_counts(predictions: pd.DataFrame, units: Sequence[int]) -> Counts:
    """Hits, false alarms, misses and rightly absent ``(subjects, seeds, units, 4)`` of a table of action units."""
    true, said = (predictions[[f"{kind}_{unit}" for unit in units]].to_numpy() for kind in ("true", "said"))
    four = np.stack([true & said, (1 - true) & said, true & (1 - said), (1 - true) & (1 - said)], axis=-1)

    def add(values: np.ndarray, places: tuple[np.ndarray, np.ndarray]) -> None:
        np.add.at(values, places, four)

    return _counts(predictions, four.shape[1:], add)


def kappa_of(matrix: np.ndarray) -> np.ndarray:
    """Cohen's kappa of ``(..., C, C)`` confusion matrices: accuracy above chance, as a share of what is above chance.

    Chance is the accuracy of answers with the same frequencies that know nothing of the clips: 0 is no better than
    that, whatever the number of classes, and 1 is perfect. 0 where chance is perfect.

    >>> kappa_of(np.array([[[8, 0], [2, 0]], [[4, 1], [1, 4]]])).round(2).tolist()
    [0.0, 0.6]
    """
    total = matrix.sum((-2, -1))
    chance = (matrix.sum(-1) * matrix.sum(-2)).sum(-1) / np.maximum(total, 1) ** 2
    above = metrics.accuracy_of(matrix) - chance
    return np.divide(above, 1 - chance, out=np.zeros(np.shape(above)), where=chance < 1)


def class_statistics(classes: Sequence[str]) -> dict[str, Statistic]:
    """UF1, UAR, accuracy, kappa, and F1 of each class, by the metric's name: ``f1_repression``."""
    named = {"uf1": metrics.uf1_of, "uar": metrics.uar_of, "accuracy": metrics.accuracy_of, "kappa": kappa_of}
    for place, name in enumerate(classes):
        named[f"f1_{name}"] = lambda matrix, place=place: metrics.per_class_f1_of(matrix)[..., place]
    return named


def unit_f1_of(sums: np.ndarray) -> np.ndarray:
    """``(..., units)`` F1 of each unit's presence: 2 TP / (2 TP + FP + FN), 0 where it is neither there nor said."""
    hits, alarms, misses = sums[..., 0], sums[..., 1], sums[..., 2]
    below = 2 * hits + alarms + misses
    return np.divide(2 * hits, below, out=np.zeros(below.shape), where=below != 0)


def unit_statistics(units: Sequence[int]) -> dict[str, Statistic]:
    """Mean F1 over the units, the share of right answers over all units and clips, and F1 of each: ``f1_au12``."""
    named: dict[str, Statistic] = {
        "macro_f1": lambda sums: unit_f1_of(sums).mean(-1),
        "accuracy": lambda sums: (sums[..., 0] + sums[..., 3]).sum(-1) / sums.sum((-2, -1)),
    }
    for place, unit in enumerate(units):
        named[f"f1_au{unit}"] = lambda sums, place=place: unit_f1_of(sums)[..., place]
    return named


def score_rows(counts: Counts, statistics: Mapping[str, Statistic], *, resamples: int = 2000, **row) -> pd.DataFrame:
    """A result row for each score, its mean over seeds, with its interval over subjects.

    Args:
        row: experiment, database, origin, model, variant, protocol.
    """
    rows = []
    for metric, statistic in statistics.items():
        low, high = intervals.interval(counts, statistic, resamples=resamples)
        value = float(statistic(counts.sums.sum(0)).mean())
        rows.append(dict(row, metric=metric, value=value, ci_low=low, ci_high=high, n=counts.clips))
    return pd.DataFrame(rows).assign(seed="all", unit="", source="ours")


def difference_row(
    first: Counts,
    second: Counts,
    metric: str,
    statistic: Statistic,
    *,
    than: str,
    resamples: int = 2000,
    test: bool = True,
    **row,
) -> dict:
    """How much the first scores above the second on the same clips: its row, with p for ``results.write`` to correct.

    Args:
        than: the second in a word; it joins the variant.
        test: False gives no p: of two whose classes differ, answers can't be swapped.
        row: as for ``score_rows``.

    Raises:
        MxeError: if the two are not of the same people.
    """
    if len(first.sums) != len(second.sums) or first.clips != second.clips:
        raise MxeError("two systems that predicted different clips cannot be paired: give both the same clips")
    drawn = np.concatenate([np.ones((1, len(first.sums))), intervals.weights(first.databases, resamples)])
    gaps = np.subtract(*(statistic(np.tensordot(drawn, one.sums, axes=1)).mean(1) for one in (first, second)))
    low, high = np.quantile(gaps[1:], [0.025, 0.975])
    cell = and_variant(row.pop("variant", ""), than=than)
    p_value = intervals.permuted(first.sums, second.sums, statistic, resamples) if test else np.nan
    scores = dict(value=float(gaps[0]), ci_low=float(low), ci_high=float(high), p=p_value, n=first.clips)
    fixed = dict(variant=cell, metric=f"{metric}_difference", seed="all", unit="", source="ours")
    return row | fixed | scores


def _counts(predictions: pd.DataFrame, shape: tuple[int, ...], add) -> Counts:
    if predictions.empty:
        raise MxeError("no predictions to score: the table is empty")
    subjects, subject_index = np.unique(predictions["subject"].astype(str), return_inverse=True)
    seeds, seed_index = np.unique(predictions["seed"], return_inverse=True)
    clips = predictions["clip"].nunique()
    if len(predictions) != clips * len(seeds) or predictions.duplicated(["clip", "seed"]).any():
        raise MxeError(
            f"{len(predictions)} predictions of {clips} clips by {len(seeds)} seeds: every seed needs all once"
        )
    values = np.zeros((len(subjects), len(seeds), *shape))
    add(values, (subject_index, seed_index))
    databases = np.empty(len(subjects), dtype=object)
    databases[subject_index] = predictions["database"].to_numpy()
    return Counts(values, databases, clips, tuple(seeds.tolist()))
