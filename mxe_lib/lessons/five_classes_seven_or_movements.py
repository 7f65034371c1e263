"""Notebook 14: what naming the largest class scores, F1 of a unit, and classes that are merged."""

from collections.abc import Callable, Sequence

import numpy as np

from mxe_lib.lessons import Exercise

SHARE, CLASSES = 0.4, 5

TRUE = np.array([1, 1, 1, 0, 0, 0, 0, 0, 0, 0])
SAID = np.array([1, 0, 0, 1, 0, 0, 0, 0, 0, 0])


def _largest(answer: float) -> str | None:
    said, f1 = float(answer), 2 * SHARE / (1 + SHARE)
    if abs(said - f1 / CLASSES) < 0.005:
        return None
    if abs(said - f1) < 0.005:
        return "nearly: that is the F1 of the largest class. UF1 is the mean over five classes, and four of them have 0"
    if abs(said - SHARE) < 0.005:
        return "this is the accuracy: the share of clips that are named rightly"
    if abs(said - SHARE / CLASSES) < 0.005:
        return "this divides the accuracy. F1 joins precision, 0.4, and recall, 1: 2 · 0.4 / 1.4"
    return f"it says {said:.3f}: precision is 0.4 and recall 1 for the largest class; the other four have an F1 of 0"


def _f1(answer: Callable[[np.ndarray, np.ndarray], float]) -> str | None:
    cases = [(TRUE, SAID), (TRUE, TRUE), (TRUE, np.zeros(10, int)), (TRUE[::-1], np.ones(10, int))]
    said = [float(answer(true.copy(), given.copy())) for true, given in cases]
    right = [_true_f1(*case) for case in cases]
    if np.allclose(said, right):
        return None
    if np.allclose(said, [(true == given).mean() for true, given in cases]):
        return "this is the share of right answers: for a rare unit, 'absent' is nearly always right. Count hits"
    if np.allclose(said, [_true_f1(1 - true, 1 - given) for true, given in cases]):
        return "this is the F1 of absence: count the clips in which the unit is there"
    if abs(said[0] - 0.5) < 1e-9 or abs(said[0] - 1 / 3) < 1e-9:
        return "nearly: precision or recall alone. F1 is 2 TP / (2 TP + FP + FN)"
    return f"3 clips show the unit, 2 are said to, 1 rightly: it says {said[0]:.2f}, F1 is 2 · 1 / (2 · 1 + 1 + 2)"


def _true_f1(true: np.ndarray, said: np.ndarray) -> float:
    hits = (true & said).sum()
    return float(2 * hits / max(1, true.sum() + said.sum()))


MATRIX = np.array([[9, 4, 1, 0], [5, 6, 0, 1], [1, 0, 7, 3], [0, 2, 2, 8]])
GROUPS = ((0, 1), (2,), (3,))


def merged(matrix: np.ndarray, groups: Sequence[Sequence[int]]) -> np.ndarray:
    """The confusion matrix after the classes of a group became one."""
    sums = np.stack([matrix[list(group)].sum(0) for group in groups])
    return np.stack([sums[:, list(group)].sum(1) for group in groups], axis=1)


def _merge(answer: Callable[[np.ndarray, Sequence[Sequence[int]]], np.ndarray]) -> str | None:
    said, right = np.asarray(answer(MATRIX.copy(), GROUPS)), merged(MATRIX, GROUPS)
    if said.shape == right.shape and np.allclose(said, right):
        return None
    if said.shape == (3, 4):
        return "the true classes are merged, the answers are not: both have to be"
    if said.shape == right.shape and np.allclose(said, right.T):
        return "nearly: rows are the true classes, and here they became the columns"
    if said.shape == right.shape and said.sum() < MATRIX.sum():
        return f"clips are lost: {MATRIX.sum()} were answered, and it counts {said.sum():.0f}. Add them up"
    return f"it gives {said.shape} with a sum of {np.sum(said):.0f}: it should be (3, 3), with all {MATRIX.sum()} clips"


EXERCISES = (
    Exercise(
        level=1,
        judge=_largest,
        hints=(
            "The largest class is always named: its recall is 1, its precision its share.",
            "F1 = 2 · 0.4 / (1 + 0.4) for that class, 0 for the other four; UF1 is their mean.",
        ),
        wrong={
            "F1 of one class": 2 * SHARE / (1 + SHARE),
            "accuracy": SHARE,
            "accuracy by classes": SHARE / CLASSES,
        },
    ),
    Exercise(
        level=2,
        judge=_f1,
        hints=(
            "Count hits (TP), false alarms (FP) and misses (FN).",
            "2 * (true & said).sum() / (true.sum() + said.sum())",
        ),
        wrong={
            "the share of right answers": lambda true, said: (true == said).mean(),
            "F1 of absence": lambda true, said: _true_f1(1 - true, 1 - said),
            "precision": lambda true, said: (true & said).sum() / max(1, said.sum()),
        },
    ),
    Exercise(
        level=3,
        judge=_merge,
        hints=(
            "Add the rows of a group, then add the columns of a group.",
            "rows = np.stack([matrix[list(g)].sum(0) for g in groups]); then the same with rows[:, list(g)].sum(1).",
        ),
        wrong={
            "rows alone": lambda matrix, groups: np.stack([matrix[list(g)].sum(0) for g in groups]),
            "turned over": lambda matrix, groups: merged(matrix, groups).T,
            "the first of a group": lambda matrix, groups: matrix[[g[0] for g in groups]][:, [g[0] for g in groups]],
        },
    ),
)
