"""Notebook 11: a recipe, and what the best of many seeds is worth."""

from collections.abc import Callable

import numpy as np

from mxe_lib.lessons import Exercise
from mxe_lib.recognition.recipe import Recipe


def _surprise(answer: Recipe) -> str | None:
    if not isinstance(answer, Recipe):
        return "give a Recipe"
    classes = answer.maps(30).classes.tolist()
    if set(classes) == {2}:
        return None
    if len(set(classes)) > 1:
        return f"of 30 maps {classes.count(2)} are of class 2, surprise: the others' weights must be 0"
    return f"one class, but number {classes[0]}: the order is negative, positive, surprise"


def _flattery(answer: Callable[[np.ndarray], tuple[float, float]]) -> str | None:
    scores = np.random.default_rng(0).normal(0.6, 0.05, (20, 2))
    here, elsewhere = (float(value) for value in answer(scores))
    best, mean = scores[:, 0].argmax(), scores.mean(0)
    if np.allclose((here, elsewhere), scores[best] - mean):
        return None
    if np.allclose((here, elsewhere), scores.max(0) - mean):
        return "you chose a best seed of each column. Choose once, in the first column, and look at that seed in both"
    if np.allclose((here, elsewhere), scores[best]):
        return "nearly: these are the chosen seed's scores. Take the mean of the twenty away in each column"
    if np.allclose((here, elsewhere), (scores[best] - mean)[::-1]):
        return "nearly: the first column, on which it was chosen, comes first"
    return f"it says {here:.3f} and {elsewhere:.3f}: row scores.argmax(0)[0], minus the mean of all rows"


def _best_of(answer: Callable[[int, np.random.Generator], float]) -> str | None:
    one, twenty = (np.mean([answer(k, np.random.default_rng(seed)) for seed in range(60)]) for k in (1, 20))
    said = f"mean of 60 repetitions: one guesser {one:.2f}, the best of twenty {twenty:.2f}. "
    if abs(one - 1 / 3) > 0.05:
        return said + "One guesser of three classes is right a third of the time"
    if twenty < 0.4:
        return said + "Twenty are no better than one: take the best of them, not their mean"
    if twenty > 0.75:
        return said + "That is more than luck gives: the best guesser is one of the twenty, for all clips"
    return None


def _guesses(k: int, rng: np.random.Generator) -> np.ndarray:
    truth = rng.integers(3, size=30)
    return rng.integers(3, size=(k, 30)) == truth


EXERCISES = (
    Exercise(
        level=1,
        judge=_surprise,
        hints=(
            "Recipe has an argument weights: the relative frequencies of negative, positive and surprise.",
            "Recipe(weights=(0, 0, 1))",
        ),
        wrong={"the composite's shares": Recipe(), "all negative": Recipe(weights=(1, 0, 0))},
    ),
    Exercise(
        level=2,
        judge=_flattery,
        hints=(
            "best = scores[:, 0].argmax() is the row of the seed that is best where the choice is made.",
            "scores[best] - scores.mean(0) has both numbers.",
        ),
        wrong={
            "a best seed of each column": lambda scores: tuple(scores.max(0) - scores.mean(0)),
            "no mean taken away": lambda scores: tuple(scores[scores[:, 0].argmax()]),
            "the columns swapped": lambda scores: tuple((scores[scores[:, 0].argmax()] - scores.mean(0))[::-1]),
        },
    ),
    Exercise(
        level=3,
        judge=_best_of,
        hints=(
            "right has a share for each guesser. The report names the best one only.",
            "chosen = right.argmax()",
        ),
        wrong={
            "the mean of the guessers": lambda k, rng: _guesses(k, rng).mean(),
            "another guesser for each clip": lambda k, rng: _guesses(k, rng).any(0).mean(),
        },
    ),
)
