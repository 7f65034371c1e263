"""How well intervals were spotted in long videos: the protocol of the Micro-Expression Grand Challenges 2019-2022.

A spotted and a true interval match where their intersection over union reaches 0.5, counted in frames with both ends
(He et al. 2020, *Spotting macro- and micro-expression intervals in long video sequences*). Each matches one other at
most; of all ways to pair them one with most pairs is taken. Hits (TP), false alarms (FP) and misses (FN) are summed
over all videos of all test folds, and F1 is computed once, of the sums.

**Kinds.** The challenge scores micro- and macro-expressions apart, and ``all`` is the sum of both counts. A spotted
interval is of the kind that its spotter says, as the challenge has it (SOFTNet trains a network for each kind); where a
spotter says none, of ``micro`` below half a second, else of ``macro``. Intervals of different kinds do not match.
``f1_any`` leaves the kind aside: it asks only whether something was found where something was.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from mxe_lib.clips import CLASSES
from mxe_lib.errors import MxeError
from mxe_lib.evaluation import intervals

LEAST = 0.5
"""Intersection over union from which on two intervals match."""

LONGEST_MICRO = 0.5
"""Seconds below which an interval is a micro-expression, where nobody says its kind."""

KINDS = ("micro", "macro")


@dataclass(frozen=True)
class Spotted:
    """An interval that a spotter found.

    Attributes:
        onset, apex, offset: frame numbers; the ends belong to it.
        kind: ``micro`` or ``macro``.
        score: how sure the spotter is; its scale is the spotter's own.
        emotion: a class of ``CLASSES`` where a recogniser was asked, else "".
    """

    onset: int
    apex: int
    offset: int
    kind: str
    score: float = 1.0
    emotion: str = ""

    def __post_init__(self) -> None:
        if not self.onset <= self.apex <= self.offset:
            raise MxeError(
                f"spotted interval {self.onset}, {self.apex}, {self.offset}: give onset, apex and offset in order"
            )
        if self.kind not in KINDS:
            raise MxeError(f"spotted interval of kind '{self.kind}': choose one of {', '.join(KINDS)}")


def kind_of(onset: int, offset: int, fps: float) -> str:
    """By length alone.

    >>> kind_of(10, 24, 30), kind_of(10, 25, 30)
    ('micro', 'macro')
    """
    return "micro" if (offset - onset) / fps < LONGEST_MICRO else "macro"


def iou(one, other) -> float:
    """Shared frames over all frames of two intervals, ends included.

    >>> a, b = Spotted(0, 5, 9, "micro"), Spotted(5, 7, 14, "micro")
    >>> round(iou(a, b), 3), iou(a, a)
    (0.333, 1.0)
    """
    shared = min(one.offset, other.offset) - max(one.onset, other.onset) + 1
    return max(0, shared) / (max(one.offset, other.offset) - min(one.onset, other.onset) + 1) if shared > 0 else 0.0


def match(found: Sequence, true: Sequence, least: float = LEAST) -> list[tuple[int, int]]:
    """Pairs (index of a spotted, index of a true interval): as many as can be, each index once at most."""
    if not len(found) or not len(true):
        return []
    fits = csr_array(np.array([[iou(one, other) >= least for other in true] for one in found]))
    partner = maximum_bipartite_matching(fits, perm_type="column")
    return [(index, int(other)) for index, other in enumerate(partner) if other >= 0]


SUMS = (
    *(f"{kind}_{count}" for kind in (*KINDS, "any") for count in ("tp", "fp", "fn")),
    *("seconds", "rest_alarms", "rest_seconds", "blinks", "blinks_taken", "words", "words_taken", "named"),
    *(f"said_{true}_{said}" for true in CLASSES for said in CLASSES),
)
"""What each video adds to the scores. ``any``: kinds left aside. ``rest``: of videos without an expression. ``taken``:
for an expression. ``named``: hits (kinds left aside) with the right class; ``said``: their confusion matrix."""


def tally(
    videos: Sequence, found: Mapping[str, Sequence[Spotted]], events: Mapping[str, Mapping] | None = None
) -> pd.DataFrame:
    """One row a video: video, subject, and the columns of ``SUMS``.

    Args:
        videos: with their true intervals (``videos.LongVideo``).
        found: by video id what a spotter found; a video that is not named is refused.
        events: by video id, ``blinks`` and ``words`` as (first, last) frames. One is *taken* for an expression if its
            middle lies in a false alarm; one that overlaps a true expression is not counted.

    Raises:
        MxeError: if a video was not searched.
    """
    rows = []
    for video in videos:
        if video.id not in found:
            raise MxeError(f"{video.id}: was not searched: give its intervals, or an empty list")
        mine, true = list(found[video.id]), list(video.intervals)
        row = dict.fromkeys(SUMS, 0.0) | {"seconds": video.seconds}
        for kind in (*KINDS, "any"):
            spotted = [one for one in mine if kind in (one.kind, "any")]
            wanted = [one for one in true if kind in (one.kind, "any")]
            pairs = match(spotted, wanted)
            counts = {"tp": len(pairs), "fp": len(spotted) - len(pairs), "fn": len(wanted) - len(pairs)}
            row |= {f"{kind}_{name}": count for name, count in counts.items()}
        for one, other in ((spotted[i], wanted[j]) for i, j in pairs):  # kinds left aside
            row["named"] += one.emotion == other.emotion and one.emotion in CLASSES
            if one.emotion in CLASSES and other.emotion in CLASSES:
                row[f"said_{other.emotion}_{one.emotion}"] += 1
        if not true:
            row |= {"rest_alarms": len(mine), "rest_seconds": video.seconds}
        hits = {i for i, _ in pairs}
        alarms = [one for i, one in enumerate(spotted) if i not in hits]
        for name, spans in (events or {}).get(video.id, {}).items():
            free = [s for s in spans if not any(one.onset <= s[1] and s[0] <= one.offset for one in true)]
            middles = [(first + last) / 2 for first, last in free]
            row[name] = len(free)
            row[f"{name}_taken"] = sum(any(a.onset <= m <= a.offset for a in alarms) for m in middles)
        rows.append({"video": video.id, "subject": video.subject_id, **row})
    return pd.DataFrame(rows)


def _of(*names: str) -> list[int]:
    return [SUMS.index(name) for name in names]


def _ratio(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """numerator / denominator, and 0 where the denominator is 0."""
    numerator, denominator = np.asarray(numerator, float), np.asarray(denominator, float)
    return np.divide(numerator, denominator, out=np.zeros(np.shape(denominator)), where=denominator != 0)


def counts_of(sums: np.ndarray, kind: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """TP, FP, FN of ``(..., K)`` sums for ``micro``, ``macro``, ``any``, or ``all``: micro and macro added."""
    kinds = KINDS if kind == "all" else (kind,)
    tp, fp, fn = (sums[..., _of(*(f"{one}_{count}" for one in kinds))].sum(-1) for count in ("tp", "fp", "fn"))
    return tp, fp, fn


def f1_of(sums: np.ndarray, kind: str = "all") -> np.ndarray:
    """2 TP / (2 TP + FP + FN); 0 where there is nothing to find and nothing was found."""
    tp, fp, fn = counts_of(sums, kind)
    return _ratio(2 * tp, 2 * tp + fp + fn)


def precision_of(sums: np.ndarray, kind: str = "all") -> np.ndarray:
    tp, fp, _ = counts_of(sums, kind)
    return _ratio(tp, tp + fp)


def recall_of(sums: np.ndarray, kind: str = "all") -> np.ndarray:
    tp, _, fn = counts_of(sums, kind)
    return _ratio(tp, tp + fn)


def named_of(sums: np.ndarray) -> np.ndarray:
    """F1 of intervals that were spotted *and* given the right class: a hit under another name is no hit."""
    tp, fp, fn = counts_of(sums, "any")
    return _ratio(2 * sums[..., SUMS.index("named")], 2 * tp + fp + fn)


def analysis_of(sums: np.ndarray) -> np.ndarray:
    """F1 of the classes given to hits: of the classes' mean precision and mean recall (Liong, See and Chan 2023)."""
    matrix = sums[..., _of(*(f"said_{true}_{said}" for true in CLASSES for said in CLASSES))]
    matrix = matrix.reshape(*matrix.shape[:-1], len(CLASSES), len(CLASSES))
    right = np.diagonal(matrix, axis1=-2, axis2=-1)
    precision, recall = (_ratio(right, matrix.sum(axis)).mean(-1) for axis in (-2, -1))
    return _ratio(2 * precision * recall, precision + recall)


def strs_of(sums: np.ndarray) -> np.ndarray:
    """Spot-then-recognise score: F1 of spotting times F1 of the classes of what was hit (Liong, See and Chan 2023,
    *Spot-then-recognize*, and their evaluator). Kinds are left aside. A recogniser that is asked about hits alone
    is not asked about false alarms: ``named_of`` is the stricter one."""
    return f1_of(sums, "any") * analysis_of(sums)


def _per_minute(sums: np.ndarray, count: str, seconds: str) -> np.ndarray:
    return 60 * _ratio(sums[..., SUMS.index(count)], sums[..., SUMS.index(seconds)])


def _left(sums: np.ndarray, name: str) -> np.ndarray:
    return 1 - _ratio(sums[..., SUMS.index(f"{name}_taken")], sums[..., SUMS.index(name)])


SCORES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    **{f"f1_{kind}": lambda sums, kind=kind: f1_of(sums, kind) for kind in ("micro", "macro", "all", "any")},
    "precision_all": precision_of,
    "recall_all": recall_of,
    "false_alarms": lambda sums: _per_minute(sums, "any_fp", "seconds"),
    "false_alarms_rest": lambda sums: _per_minute(sums, "rest_alarms", "rest_seconds"),
    "blinks_left": lambda sums: _left(sums, "blinks"),
    "words_left": lambda sums: _left(sums, "words"),
}
"""By name the function of ``(..., K)`` sums. ``false_alarms`` are a minute, over all videos and in those without any
expression; ``..._left`` are shares of blinks and spoken words that were not taken for an expression."""

NAMING = {"f1_named": named_of, "strs": strs_of}
"""Scores of what was spotted and then recognised."""


def score(table: pd.DataFrame, metric: str) -> float:
    """A score of a ``tally``."""
    return float(_statistic(metric)(table[list(SUMS)].to_numpy(float).sum(0)))


def interval(table: pd.DataFrame, metric: str, *, resamples: int = 2000, level: float = 0.95) -> tuple[float, float]:
    """Percentile bootstrap interval over subjects; both ends NaN where a single subject leaves nothing to resample."""
    sums = _by_subject(table)
    if len(sums) < 2:
        return float("nan"), float("nan")
    drawn = _statistic(metric)(intervals.weights(np.zeros(len(sums)), resamples) @ sums)
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def difference(
    table: pd.DataFrame, other: pd.DataFrame, metric: str, *, resamples: int = 2000, level: float = 0.95
) -> tuple[float, float, float, float]:
    """How much the first of two spotters scores above the other on the same videos.

    Returns:
        (difference, low, high, p): the bootstrap's interval over subjects, and the two-sided p of a permutation that
        swaps the two spotters' counts subject by subject. Interval and p are NaN with a single subject.

    Raises:
        MxeError: if the two did not search the same videos.
    """
    if set(table["video"]) != set(other["video"]):
        raise MxeError("two spotters that searched different videos cannot be paired: give both the same videos")
    statistic = _statistic(metric)
    first, second = _by_subject(table), _by_subject(other)
    gap = float(statistic(first.sum(0)) - statistic(second.sum(0)))
    if len(first) < 2:
        return gap, float("nan"), float("nan"), float("nan")
    drawn = intervals.weights(np.zeros(len(first)), resamples)
    low, high = np.quantile(statistic(drawn @ first) - statistic(drawn @ second), [(1 - level) / 2, (1 + level) / 2])
    signs = np.random.default_rng(intervals.SEED).choice([-1.0, 1.0], size=(resamples, len(first)))
    total, swapped = (first + second).sum(0), signs @ (first - second)
    gaps = np.abs(statistic((total + swapped) / 2) - statistic((total - swapped) / 2))
    return gap, float(low), float(high), float((1 + (gaps >= abs(gap) - 1e-12).sum()) / (1 + resamples))


def _by_subject(table: pd.DataFrame) -> np.ndarray:
    return table.groupby("subject", sort=True)[list(SUMS)].sum().to_numpy(float)


def _statistic(metric: str) -> Callable[[np.ndarray], np.ndarray]:
    known = SCORES | NAMING
    if metric not in known:
        raise MxeError(f"unknown metric '{metric}': choose one of {', '.join(known)}")
    return known[metric]
