"""Notebook 02: clips behind per cents, a score that treats classes alike, and an interval that draws people."""

from collections.abc import Callable

import numpy as np

from mxe_lib.evaluation import metrics
from mxe_lib.lessons import Exercise

N, MORE = 441, 11
PRINTED = 0.7853 - 0.7687
"""Of P1's Table 7: with dropout in units 1 and 2, less without any."""

MATRIX = np.array([[60, 20, 8], [10, 19, 3], [6, 2, 17]])

PEOPLE, CLIPS = 12, 10


def _clips(answer: float) -> str | None:
    answer = float(answer)
    if abs(answer - MORE) < 0.5:
        return None
    if abs(answer - N * PRINTED) < 0.5:
        return "the printed difference was taken for plain accuracy: it forgives a third of every error"
    if abs(answer - N * PRINTED / 1.5) < 0.5:
        return "nearly: the factor is right, but it goes the other way. Plain accuracy moves more than the printed one"
    if abs(answer) < 1:
        return "nearly: this is a share of the clips. How many clips are that?"
    return f"{answer:.4g} clips? First turn each printed number into plain accuracy, then count clips"


def _uar(answer: Callable[[np.ndarray], float]) -> str | None:
    said = float(answer(MATRIX))
    for value, mistake in (
        (metrics.uar_of(MATRIX), None),
        (metrics.uar_of(MATRIX.T), "this divides by the columns: by how often a class was answered. That is precision"),
        (metrics.accuracy_of(MATRIX), "this is accuracy: a class with many clips weighs more in it"),
        (
            metrics.uf1_of(MATRIX),
            "this is UF1. Recall looks at the clips of a class alone, not at other clips called so",
        ),
    ):
        if abs(said - value) < 1e-9:
            return mistake
    return f"for the matrix of the first section it says {said:.3f}: divide the diagonal by the clips of each class"


def _interval(answer: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> str | None:
    person = np.repeat(np.arange(PEOPLE), CLIPS)
    low, high = answer(np.isin(person, range(PEOPLE // 2)).astype(float), person)
    width = high - low
    if 0.42 < width < 0.68:
        return None
    if width < 1e-9:
        return "every draw holds the same people: draw with replacement, so that some come twice and others not at all"
    if 0.1 < width < 0.25:
        return "the interval is a third as wide as it should be: it draws clips. Draw people, with all of their clips"
    return f"for people who are right always or never it is {width:.2f} wide: draw as many people as there are"


def _drawn(how: Callable[[np.random.Generator, np.ndarray], np.ndarray]) -> Callable:
    def interval(right, person):
        rng = np.random.default_rng(0)
        return np.quantile([right[how(rng, person)].mean() for _ in range(500)], [0.025, 0.975])

    return interval


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
        },
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
            "drawn without replacement": _drawn(lambda rng, person: rng.permutation(len(person))),
            "one person is drawn": _drawn(lambda rng, person: np.flatnonzero(person == rng.integers(PEOPLE))),
        },
    ),
)
