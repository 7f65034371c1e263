"""Notebook 02: clips behind per cents, a score that treats classes alike, and an interval that draws people."""

from collections.abc import Callable
from functools import cache

import numpy as np

from mxe_lib.evaluation import metrics
from mxe_lib.lessons import Exercise
from mxe_lib.lessons.given import as_number, as_numbers, function, number, often

N, MORE = 441, 11
PRINTED = 0.7853 - 0.7687
"""Of P1's Table 7: with dropout in units 1 and 2, less without any."""

_rng = np.random.default_rng(0)
MATRICES = [np.array([[60, 20, 8], [10, 19, 3], [6, 2, 17]]), *_rng.integers(1, 40, (3, 3, 3))]


@number
def _clips(answer: float) -> str | None:
    for value, within, text in (
        (MORE, 0.1, None),
        (-MORE, 0.1, "nearly: right but for the sign. The first one is ahead"),
        (MORE - 1, 0.1, "nearly: the last step cuts off what lies behind the point. Round in place of cutting"),
        (N * PRINTED, 0.5, "the printed difference was taken for plain accuracy: it forgives a third of every error"),
        (
            N * PRINTED / 1.5,
            0.5,
            "nearly: the factor goes the other way. Plain accuracy moves more than the printed one",
        ),
        (1.5 * PRINTED, 0.002, "nearly: this is a share of the clips. How many clips are that?"),
        (PRINTED, 0.001, "that is the printed difference. What is it in plain accuracy, and how many clips are that?"),
        (150 * PRINTED, 0.01, "nearly: this is in per cent of the clips. How many clips are that?"),
    ):
        if abs(answer - value) < within:
            return text
    return f"{answer:.4g} clips? First turn each printed number into plain accuracy, then count clips"


@function
def _uar(answer: Callable[[np.ndarray], float]) -> str | None:
    said = [as_number(answer(matrix.copy())) for matrix in MATRICES]
    for formula, text in (
        (metrics.uar_of, None),
        (lambda m: metrics.uar_of(m.T), "this divides by how often a class was answered. That is precision"),
        (metrics.accuracy_of, "this is accuracy: a class with many clips weighs more in it"),
        (metrics.uf1_of, "this is UF1. Recall looks at the clips of a class alone, not at other clips called so"),
        (
            lambda m: metrics.accuracy_of(m) / 3,
            "each class's hits are divided by all clips here. Recall asks for the share of the class's own clips",
        ),
        (lambda m: np.trace(m) / 3, "these are the hits, not yet a share of anything"),
        (lambda m: 100 * metrics.uar_of(m), "nearly: that is in per cent. A recall lies between 0 and 1"),
        (lambda m: 3 * metrics.uar_of(m), "nearly: the three recalls are added up. What is their mean?"),
    ):
        if np.allclose(said, [formula(matrix) for matrix in MATRICES], atol=1e-6):
            return text
    if abs(said[0] - metrics.uar_of(MATRICES[0])) < 1e-3:
        return "right for the matrix of the first section, but not for another one: compute it from `matrix`"
    return f"for the matrix of the first section it says {said[0]:.3f}: of how many clips is a recall the share?"


def _cases() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Whether each clip is right, and whose it is."""
    rng = np.random.default_rng(5)
    equal = np.repeat(np.arange(12), 10)
    many = np.repeat(np.arange(40), 6)
    unequal = rng.permutation(np.repeat(np.arange(20), [40, 30, 20, *[4] * 17]))
    likes = np.where(np.arange(20) < 3, 0.9, 0.4)
    return {
        "six": ((equal < 6).astype(float), equal),
        "one": ((equal == 0).astype(float), equal),
        "alike": (np.tile([0.0, 1.0], 60), equal),
        "many": ((rng.random(240) < np.linspace(0, 1, 40)[many]).astype(float), many),
        "unequal": ((rng.random(len(unequal)) < likes[unequal]).astype(float), unequal),
    }


CASES = _cases()


def _by_people(rng: np.random.Generator, person: np.ndarray, share: float = 1, again: bool = True) -> np.ndarray:
    names = np.unique(person)
    people = rng.choice(names, size=round(share * len(names)), replace=again)
    return np.concatenate([np.flatnonzero(person == one) for one in people])


def _drawn(how: Callable[..., np.ndarray], of: Callable = np.mean, ends: tuple = (0.025, 0.975)) -> Callable:
    def interval(right: np.ndarray, person: np.ndarray, draws: int = 500) -> np.ndarray:
        rng = np.random.default_rng(1)
        return np.quantile([of(right[how(rng, person)]) for _ in range(draws)], ends)

    return interval


def _means_of_people(right: np.ndarray, person: np.ndarray, draws: int = 500) -> np.ndarray:
    rng, means = np.random.default_rng(1), np.array([right[person == one].mean() for one in np.unique(person)])
    return np.quantile(rng.choice(means, (draws, len(means))).mean(1), [0.025, 0.975])


def _sums_of_people(right: np.ndarray, person: np.ndarray, draws: int = 500) -> np.ndarray:
    hits, clips = np.bincount(person, right), np.bincount(person)
    people = np.random.default_rng(2).integers(len(clips), size=(draws, len(clips)))
    return np.quantile(hits[people].sum(1) / clips[people].sum(1), [0.025, 0.975])


@cache
def _right_ends(case: str) -> np.ndarray:
    return _sums_of_people(*CASES[case], draws=20000)


def _copies(given: tuple[np.ndarray, ...]) -> tuple[np.ndarray, ...]:
    return tuple(array.copy() for array in given)


@function
def _interval(answer: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> str | None:
    ends = {
        case: np.mean([as_numbers(one, 2, "interval") for one in often(answer, *_copies(given), draws=2000)], axis=0)
        for case, given in CASES.items()
    }
    width = {case: high - low for case, (low, high) in ends.items()}
    right = {case: float(np.ptp(_right_ends(case))) for case in CASES}
    if width["six"] < -1e-9:
        return "nearly: the lower end comes first, then the upper one"
    if max(map(abs, width.values())) < 1e-9:
        return "every draw holds the same people: draw with replacement, so that some come twice and others not at all"
    if ends["six"].max() > 1.5:
        return "nearly: that is in per cent, or a count of clips. Asked is a share"
    if width["alike"] > 1e-9:
        if width["six"] > 0.9:
            return "one person is drawn at a time: draw as many people as there are, and take the clips of all of them"
        if width["many"] < 0.75 * right["many"]:
            return (
                "it draws clips, and takes ten clips of a person for ten people. Draw people, with all of their clips"
            )
        return "where all people are alike it should not matter who is drawn, and it does: draw people, not clips"
    if width["many"] > 1.2 * right["many"]:
        return f"it is {width['many'] / right['many']:.2f} times too wide: are as many people drawn as there are?"
    if not np.allclose(ends["one"], _right_ends("one"), atol=0.04) or width["many"] < 0.88 * right["many"]:
        if abs(width["many"] / right["many"] - 0.84) < 0.035 and width["one"] > 0.15 and ends["one"][1] > 0.24:
            return "nearly: so much holds 90 %. 95 % lie between the quantiles 0.025 and 0.975"
        return (
            "it is too narrow: does a person who is drawn twice count twice, with all clips each time? And are people "
            "drawn with replacement, as many as there are?"
        )
    if not np.allclose(ends["unequal"], _right_ends("unequal"), atol=0.06):
        return "right while all people have as many clips. Asked is a share of clips: who has more of them weighs more"
    if not all(np.allclose(ends[case], _right_ends(case), atol=0.06) for case in CASES if case != "six"):
        return "its ends lie beside where they should: is it the mean over the clips of all drawn people?"
    return None


def _twelve_clips(rng: np.random.Generator, person: np.ndarray) -> np.ndarray:
    return rng.integers(len(person), size=len(np.unique(person)))


def _without_repeats(rng: np.random.Generator, person: np.ndarray) -> np.ndarray:
    return np.flatnonzero(np.isin(person, rng.choice(np.unique(person), len(np.unique(person)))))


EXERCISES = (
    Exercise(
        level=1,
        judge=_clips,
        hints=(
            "Plain accuracy = 1 - 1.5 (1 - printed accuracy).",
            "So a difference of plain accuracies is 1.5 times the printed difference; times 441 it is clips.",
        ),
        wrong={
            "the printed numbers taken at their word": N * PRINTED,
            "the factor upside down": N * PRINTED / 1.5,
            "a share in place of clips": 1.5 * PRINTED,
            "nothing": 0,
            "cut in place of rounded": int(1.5 * N * PRINTED),
            "the sign turned": -MORE,
            "the printed difference": PRINTED,
        },
        right={"whole clips": MORE, "not rounded": 1.5 * N * PRINTED, "of numpy": np.int64(MORE)},
    ),
    Exercise(
        level=2,
        judge=_uar,
        hints=(
            "A class's recall: of its clips, the share that was called so.",
            "np.diag(matrix) holds the hits, matrix.sum(1) the clips of each class.",
        ),
        wrong={
            "columns in place of rows": lambda matrix: np.mean(np.diag(matrix) / matrix.sum(0)),
            "accuracy": lambda matrix: np.trace(matrix) / matrix.sum(),
            "UF1": lambda matrix: metrics.uf1_of(matrix),
            "all clips below the line": lambda matrix: np.mean(np.diag(matrix) / matrix.sum()),
            "hits": lambda matrix: np.mean(np.diag(matrix)),
            "of one matrix": lambda matrix: metrics.uar_of(MATRICES[0]),
            "the sum": lambda matrix: np.sum(np.diag(matrix) / matrix.sum(1)),
        },
        right={
            "a loop": lambda matrix: sum(matrix[k][k] / sum(matrix[k]) for k in range(3)) / 3,
            "shares of rows": lambda matrix: np.trace(matrix / matrix.sum(1, keepdims=True)) / len(matrix),
        },
    ),
    Exercise(
        level=3,
        judge=_interval,
        hints=(
            "First draw people: rng.choice(np.unique(person), size=how many there are). It draws with replacement.",
            "Then gather their clips: np.flatnonzero(person == one) for each drawn one, np.concatenate of all.",
        ),
        wrong={
            "clips are drawn": _drawn(lambda rng, person: rng.integers(len(person), size=len(person))),
            "twelve clips are drawn": _drawn(_twelve_clips),
            "drawn without replacement": _drawn(lambda rng, person: rng.permutation(len(person))),
            "one person is drawn": _drawn(lambda rng, person: np.flatnonzero(person == rng.choice(np.unique(person)))),
            "who comes twice counts once": _drawn(_without_repeats),
            "half of the people": _drawn(lambda rng, person: _by_people(rng, person, 0.5)),
            "half, without replacement": _drawn(lambda rng, person: _by_people(rng, person, 0.5, again=False)),
            "twice as many people": _drawn(lambda rng, person: _by_people(rng, person, 2)),
            "a mean of people": _means_of_people,
            "90 %": _drawn(_by_people, ends=(0.05, 0.95)),
            "the upper end first": _drawn(_by_people, ends=(0.975, 0.025)),
            "counts": _drawn(_by_people, of=np.sum),
        },
        right={
            "counts of each person": _sums_of_people,
            "by people": _drawn(_by_people),
            "five hundred draws": lambda right, person: _drawn(_by_people)(right, person),
            "a tuple": lambda right, person, draws=500: tuple(_drawn(_by_people)(right, person, draws)),
        },
    ),
)
