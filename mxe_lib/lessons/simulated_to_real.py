"""Notebook 11: a recipe, and what the best of many seeds is worth."""

from collections.abc import Callable

import numpy as np

from mxe_lib.lessons import Exercise
from mxe_lib.lessons.given import as_number, as_numbers, function
from mxe_lib.recognition.recipe import Recipe


def _surprise(answer: Recipe) -> str | None:
    if not isinstance(answer, Recipe):
        return "give a recipe: Recipe(...), with brackets"
    classes = answer.maps(30).classes.tolist()
    weights = np.array(answer.weights, dtype=float)
    if set(classes) == {2} and weights[2] > 0 and not weights[:2].any():
        return None
    if len(set(classes)) > 1 or weights[2] > 0:
        return f"of 30 maps {classes.count(2)} are of class 2, surprise, and others may come: can they?"
    return f"one class, but number {classes[0]}: the order is negative, positive, surprise"


DRAWS = [np.random.default_rng(seed).normal(0.6, 0.05, (20, 2)) for seed in range(5)]


@function
def _flattery(answer: Callable[[np.ndarray], tuple[float, float]]) -> str | None:
    said = [as_numbers(answer(scores.copy()), 2, "flattery") for scores in DRAWS]
    for formula, text in (
        (lambda scores: _best(scores) - scores.mean(0), None),
        (
            lambda scores: scores.max(0) - scores.mean(0),
            "you chose a best seed of each column. Choose once, on the first half, and look at that seed in both",
        ),
        (_best, "nearly: these are the chosen seed's scores. How far above the mean of the twenty are they?"),
        (lambda scores: (_best(scores) - scores.mean(0))[::-1], "nearly: the half on which it was chosen comes first"),
        (
            lambda scores: scores[scores[:, 1].argmax()] - scores.mean(0),
            "this seed is the best on the second half: it is to be chosen on the first",
        ),
        (
            lambda scores: scores[scores.mean(1).argmax()] - scores.mean(0),
            "this seed is the best on both halves together: the second half has to stay unseen",
        ),
        (lambda scores: scores[0] - scores.mean(0), "this is the first seed, which nobody chose"),
        (lambda scores: scores[scores[:, 0].argmin()] - scores.mean(0), "this seed is the worst on the first half"),
    ):
        if np.allclose(said, [formula(scores) for scores in DRAWS]):
            return text
    return f"it says {said[0][0]:.3f} and {said[0][1]:.3f}: which seed is that, and what is taken away from its scores?"


def _best(scores: np.ndarray) -> np.ndarray:
    return scores[scores[:, 0].argmax()]


@function
def _best_of(answer: Callable[[int, np.random.Generator], float]) -> str | None:
    one, five, twenty = (
        np.mean([as_number(answer(k, np.random.default_rng(seed)), "best_of") for seed in range(300)])
        for k in (1, 5, 20)
    )
    said = f"mean of 300 repetitions: one guesser {one:.2f}, the best of twenty {twenty:.2f}. "
    if one > 1.5:
        return said + "That is a count, or in per cent: asked is a share"
    if abs(one - 1 / 3) > 0.025:
        return said + "One guesser of three classes is right a third of the time"
    if twenty < 0.28:
        return said + "This is the worst of them"
    if twenty < 0.38:
        return said + "Twenty are no better than one: it is not the best of them who is reported"
    right = [np.mean([_guesses(k, np.random.default_rng(seed)).mean(1).max() for seed in range(300)]) for k in (5, 20)]
    if twenty > right[1] + 0.05:
        return said + "That is more than luck gives: the best guesser is one of the twenty, for all clips"
    if np.allclose((five, twenty), right, atol=0.02):
        return None
    return (
        said + "The best of twenty has more luck than that: is it the one who is right most often, over all 30 clips?"
    )


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
        wrong={
            "the composite's shares": Recipe(),
            "all negative": Recipe(weights=(1, 0, 0)),
            "nearly all": Recipe(weights=(0.01, 0, 1)),
            "weights": (0, 0, 1),
            "the class": Recipe,
        },
        right={"any number": Recipe(weights=(0, 0, 0.3)), "floats": Recipe(weights=(0.0, 0.0, 1.0))},
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
            "chosen on the second half": lambda scores: scores[scores[:, 1].argmax()] - scores.mean(0),
            "chosen on both": lambda scores: scores[scores.mean(1).argmax()] - scores.mean(0),
            "the first": lambda scores: scores[0] - scores.mean(0),
            "the worst": lambda scores: scores[scores[:, 0].argmin()] - scores.mean(0),
            "one number": lambda scores: scores[:, 0].max() - scores[:, 0].mean(),
        },
        right={
            "an array": lambda scores: _best(scores) - scores.mean(0),
            "sorted": lambda scores: [a - m for a, m in zip(max(scores.tolist()), scores.mean(0), strict=True)],
        },
    ),
    Exercise(
        level=3,
        judge=_best_of,
        hints=(
            "right has a share for each guesser. The report names the best one only.",
            "right.max() is the best one's share.",
        ),
        wrong={
            "the mean of the guessers": lambda k, rng: _guesses(k, rng).mean(),
            "another guesser for each clip": lambda k, rng: _guesses(k, rng).any(0).mean(),
            "chosen on half of the clips": lambda k, rng: (lambda g: g[g[:, :15].sum(1).argmax()].mean())(
                _guesses(k, rng)
            ),
            "the worst": lambda k, rng: _guesses(k, rng).mean(1).min(),
            "the first": lambda k, rng: _guesses(k, rng)[0].mean(),
            "a count": lambda k, rng: _guesses(k, rng).sum(1).max(),
        },
        right={
            "sorted": lambda k, rng: sorted(_guesses(k, rng).mean(1))[-1],
            "other draws": lambda k, rng: rng.binomial(30, 1 / 3, k).max() / 30,
        },
    ),
)
