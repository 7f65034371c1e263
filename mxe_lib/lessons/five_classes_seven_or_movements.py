"""Notebook 14: what naming the largest class scores, F1 of a unit, and classes that are merged."""

from collections.abc import Callable, Sequence

import numpy as np

from mxe_lib.lessons import Exercise
from mxe_lib.lessons.given import as_number, function, number

SHARE, CLASSES = 0.4, 5

TRUE = np.array([1, 1, 1, 0, 0, 0, 0, 0, 0, 0])
SAID = np.array([1, 0, 0, 1, 0, 0, 0, 0, 0, 0])


@number
def _largest(answer: float) -> str | None:
    f1 = 2 * SHARE / (1 + SHARE)
    for value, text in (
        (f1 / CLASSES, None),
        (f1, "nearly: that is the F1 of the largest class. UF1 is a mean over all classes"),
        (SHARE, "this is the accuracy: the share of clips that are named rightly"),
        (SHARE / CLASSES, "this divides the accuracy. An F1 joins precision and recall: what are they here?"),
        (1 / CLASSES, "that is the mean recall. An F1 joins recall with precision"),
        (100 * f1 / CLASSES, "nearly: that is in per cent. A UF1 lies between 0 and 1"),
        (f1 * SHARE, "this weighs the class by its clips: UF1 counts all classes alike"),
    ):
        if abs(answer - value) < 0.005 * max(1, abs(value)):
            return text
    return f"{answer:.3f} is not it: what are precision and recall of the largest class, and what of the others?"


_chance = np.random.default_rng(0)
LISTS = [
    (TRUE, SAID),
    (TRUE, TRUE),
    (TRUE, np.zeros(10, int)),
    (TRUE[::-1], np.ones(10, int)),
    (TRUE, 1 - TRUE),
    (np.zeros(10, int), np.zeros(10, int)),
    *((_chance.random((2, 30)) < [[0.4], [0.6]]).astype(int) for _ in range(3)),
]


def _of(hits: Callable[[np.ndarray, np.ndarray], float], below: Callable[[np.ndarray, np.ndarray], float]) -> Callable:
    return lambda true, said: float(hits(true, said) / max(1, below(true, said)))


def _both(true: np.ndarray, said: np.ndarray) -> int:
    return int((true & said).sum())


_precision = _of(_both, lambda true, said: said.sum())
_recall = _of(_both, lambda true, said: true.sum())
_jaccard = _of(_both, lambda true, said: (true | said).sum())


@function
def _f1(answer: Callable[[np.ndarray, np.ndarray], float]) -> str | None:
    given = [as_number(answer(true.copy(), said.copy()), "f1") for true, said in LISTS]
    for formula, text in (
        (_true_f1, None),
        (
            lambda true, said: (true == said).mean(),
            "this is the share of right answers: for a rare unit, 'absent' is nearly always right. Count hits",
        ),
        (_absent, "this is the F1 of absence: count the clips in which the unit is there"),
        (_precision, "nearly: this is the precision alone. The misses are left out"),
        (_recall, "nearly: this is the recall alone. The false alarms are left out"),
        (_jaccard, "nearly: hits count twice, above and below the line"),
        (lambda true, said: 2 * _true_f1(true, said), "nearly: this is twice as much, and goes beyond 1"),
        (
            _of(lambda t, s: 2 * (t == s).sum(), lambda t, s: t.sum() + s.sum()),
            "an absent unit that is not said counts as a hit here: a hit is there and said",
        ),
    ):
        if np.allclose(given, [formula(*case) for case in LISTS]):
            return text
    if abs(given[5]) > 1e-9:
        return f"where the unit is neither there nor said it gives {given[5]:g}, and should give 0"
    return f"3 clips show the unit, 2 are said to, 1 rightly: it says {given[0]:.2f}. How many TP, FP and FN are there?"


def _absent(true: np.ndarray, said: np.ndarray) -> float:
    return _true_f1(1 - true, 1 - said)


def _true_f1(true: np.ndarray, said: np.ndarray) -> float:
    hits = (true & said).sum()
    return float(2 * hits / max(1, true.sum() + said.sum()))


MATRIX = np.array([[9, 4, 1, 0], [5, 6, 0, 1], [1, 0, 7, 3], [0, 2, 2, 8]])
GROUPS = ((0, 1), (2,), (3,))


def merged(matrix: np.ndarray, groups: Sequence[Sequence[int]]) -> np.ndarray:
    """The confusion matrix after the classes of a group became one."""
    sums = np.stack([matrix[list(group)].sum(0) for group in groups])
    return np.stack([sums[:, list(group)].sum(1) for group in groups], axis=1)


_counts = np.random.default_rng(1)
MATRICES = (
    (MATRIX, GROUPS),
    (MATRIX, ((0, 3), (1, 2))),
    (_counts.integers(0, 20, (5, 5)), ((2,), (4, 0), (1, 3))),
    (_counts.integers(0, 20, (5, 5)), ((1, 3, 4), (0, 2))),
)


@function
def _merge(answer: Callable[[np.ndarray, Sequence[Sequence[int]]], np.ndarray]) -> str | None:
    said = [np.array(answer(matrix.copy(), groups)) for matrix, groups in MATRICES]
    right = [merged(*case) for case in MATRICES]
    if any(one.dtype.kind not in "iufb" for one in said):
        return "give back an array of counts"
    if said[0].shape == (3, 4):
        return "the true classes are merged, the answers are not: both have to be"
    if said[0].shape == (4, 3):
        return "the answers are merged, the true classes are not: both have to be"
    same = [one.shape == two.shape and np.allclose(one, two) for one, two in zip(said, right, strict=True)]
    if all(same):
        return None
    if said[0].shape != (3, 3):
        return f"of 4 classes in 3 groups it makes {said[0].shape}: asked is a line and a column for each group"
    if all(one.shape == two.T.shape and np.allclose(one, two.T) for one, two in zip(said, right, strict=True)):
        return "nearly: rows are the true classes, and here they became the columns"
    if same[0]:
        return (
            "right where the classes of a group stand side by side, and wrong where they do not, as in (0, 3), (1, 2)"
        )
    if said[0].sum() < MATRIX.sum():
        return f"clips are lost: {MATRIX.sum()} were answered, and it counts {said[0].sum():.0f}"
    if said[0].sum() > MATRIX.sum():
        return f"clips are counted twice: {MATRIX.sum()} were answered, and it counts {said[0].sum():.0f}"
    return "all clips are there, in other places: does each one stay with its true class and its answer?"


def _member(groups: Sequence[Sequence[int]]) -> np.ndarray:
    return np.array([[float(k in group) for k in range(sum(map(len, groups)))] for group in groups])


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
            "mean recall": 1 / CLASSES,
            "per cent": 200 * SHARE / (1 + SHARE) / CLASSES,
            "nothing": 0,
        },
        right={"rounded": 0.114, "a mean": np.mean([2 * SHARE / (1 + SHARE), 0, 0, 0, 0]), "two digits": 0.11},
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
            "precision": _precision,
            "recall": _recall,
            "hits once": _jaccard,
            "1 where nothing is there": lambda true, said: _true_f1(true, said) if (true | said).any() else 1.0,
            "agreement in place of hits": lambda true, said: 2 * (true == said).sum() / max(1, true.sum() + said.sum()),
        },
        right={
            "lists": lambda true, said: (
                2 * sum(t == s == 1 for t, s in zip(true, said, strict=True)) / (sum(true) + sum(said) or 1)
            ),
            "of precision and recall": lambda true, said: (
                2 * _precision(true, said) * _recall(true, said) / ((_precision(true, said) + _recall(true, said)) or 1)
            ),
            "a product": lambda true, said: float(true @ said) / max(0.5, (true.sum() + said.sum()) / 2),
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
            "columns alone": lambda matrix, groups: np.stack([matrix[:, list(g)].sum(1) for g in groups], axis=1),
            "neighbours only": lambda matrix, groups: merged(
                matrix, np.split(np.arange(len(matrix)), np.cumsum([len(g) for g in groups])[:-1])
            ),
            "a text": lambda matrix, groups: [["a"] * 3] * 3,
            "the first of a group": lambda matrix, groups: matrix[[g[0] for g in groups]][:, [g[0] for g in groups]],
        },
        right={
            "of a product": lambda matrix, groups: _member(groups) @ matrix @ _member(groups).T,
            "lists": lambda matrix, groups: [[int(matrix[np.ix_(g, h)].sum()) for h in groups] for g in groups],
        },
    ),
)
