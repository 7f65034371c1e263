"""Notebook 04: how many folds a small difference needs, the attention block, and how often five folds mislead."""

from collections.abc import Callable

import numpy as np
import torch
from scipy import stats
from torch import Tensor

from mxe_lib.lessons import Exercise
from mxe_lib.lessons.given import as_array, as_number, function, often

CASES = ((0.27, 1.4, 1.98), (1.0, 2.5, 1.98), (0.5, 6.0, 1.98), (0.27, 1.4, 3.0))
"""Difference, spread and the t that is asked for."""


@function
def _folds_needed(answer: Callable[..., float]) -> str | None:
    said = [as_number(answer(*case[: 2 if case[2] == 1.98 else 3])) for case in CASES]

    def near(formula: Callable[[float, float, float], float]) -> bool:
        right = np.array([formula(*case) for case in CASES])
        return bool((np.abs(said - right) < np.maximum(0.01 * right, 1e-6)).all())

    needed = np.array([(t * spread / difference) ** 2 for difference, spread, t in CASES])
    if (np.abs(said - needed) <= np.maximum(1.0001, 0.01 * needed)).all():  # rounded up, or not
        return None
    for formula, text in (
        (
            lambda difference, spread, t: t * spread / difference,
            "nearly: this is the root of the number. A mean's error falls with the root of n, so n is a square",
        ),
        (
            lambda difference, spread, t: (t * difference / spread) ** 2,
            "upside down: a smaller difference needs more folds, not fewer",
        ),
        (
            lambda difference, spread, t: (spread / difference) ** 2,
            "nearly: at that number t is 1. It has to reach 1.98",
        ),
        (lambda difference, spread, t: difference / spread, "that is the t of a single fold: how many make it 1.98?"),
        (
            lambda difference, spread, t: (1.98 * spread / difference) ** 2,
            "nearly: right for a t of 1.98, and the function is given another one, too",
        ),
        (lambda difference, spread, t: t * (spread / difference) ** 2, "nearly: t stands outside the square"),
    ):
        if near(formula):
            return text
    return f"for a difference of 0.27 and a spread of 1.4 it says {said[0]:.1f}: with so many folds, would t be 1.98?"


@function
def _attend(answer: Callable[[Tensor, Tensor], Tensor]) -> str | None:
    generator = torch.Generator().manual_seed(0)
    cases = [[torch.randn(*shape, generator=generator) for _ in range(2)] for shape in ((2, 3, 4, 4), (1, 5, 2, 7))]
    said = [answer(x.clone(), branch.clone()) for x, branch in cases]
    said = [
        as_array(one.detach() if isinstance(one, Tensor) else one, x.shape)
        for one, (x, _) in zip(said, cases, strict=True)
    ]
    for formula, text in (
        (lambda x, branch: x + x * branch.sigmoid(), None),
        (
            lambda x, branch: x * branch.sigmoid(),
            "the residual is missing: where the mask is near 0 nothing of X is left",
        ),
        (lambda x, branch: x + branch.sigmoid(), "nearly: the mask is added, and should weigh X before it is added"),
        (lambda x, branch: x + x * branch, "nearly: a mask lies between 0 and 1, and the branch is any number"),
        (lambda x, branch: x + branch, "this is the control of the same size: no mask, no product"),
        (lambda x, branch: x + x * branch.tanh(), "nearly: this mask goes below 0, and a mask lies between 0 and 1"),
        (
            lambda x, branch: x + x * branch.softmax(1),
            "nearly: this mask is shared out among channels, each weighs for itself",
        ),
        (lambda x, branch: branch + branch * x.sigmoid(), "the two are exchanged: the mask is made of the branch"),
        (lambda x, branch: branch.sigmoid(), "that is the mask alone"),
        (lambda x, branch: x, "that is X as it came in"),
    ):
        if all(np.allclose(one, formula(*case), atol=1e-5) for one, case in zip(said, cases, strict=True)):
            return text
    return "this is not X + X · M: what makes a mask M, between 0 and 1, of the branch?"


@function
def _false_alarms(answer: Callable[..., float]) -> str | None:
    said = [np.mean([as_number(one) for one in often(answer, folds, repetitions=6000)]) for folds in (5, 3, 20)]
    share = said[0]
    if all(abs(one - 0.05) < 0.014 for one in said):
        return None
    if 0.4 <= share <= 0.6:
        return "half of them: this counts means below 0. Count the intervals that do not hold 0"
    if share > 0.9:
        return (
            "the other way round: these intervals hold 0"
            if share < 0.97
            else "all of them: half a width is more than 0"
        )
    if 0.015 <= share < 0.036:
        return "nearly: one side only. An interval can lie above 0 as well as below"
    if 0.1 <= share <= 0.15 and said[2] < 0.1:
        return "nearly: 1.96 is for many folds. With five, t is larger"
    if share > 0.15:
        return f"of five folds {share:.2f} find what is not there: is half the width t times an error?"
    if share < 0.015:
        return f"of five folds {share:.3f} miss 0: so wide an interval is that of one fold. A mean's is narrower"
    return (
        f"of five folds {share:.3f} miss 0, of three {said[1]:.3f}: nearly. Of how many is the spread the mean square?"
    )


def _alarms(wrong: Callable[[np.ndarray], bool], folds: int = 5, repetitions: int = 2000, seed: int = 0) -> float:
    rng = np.random.default_rng(seed)
    return float(np.mean([wrong(rng.normal(0, 1.4, folds)) for _ in range(repetitions)]))


def _alarm(wrong: Callable[[np.ndarray], bool]) -> Callable[..., float]:
    return lambda folds=5, repetitions=2000: _alarms(wrong, folds, repetitions)


def _t(d: np.ndarray) -> float:
    return stats.t.ppf(0.975, len(d) - 1)


def _error(differences: np.ndarray) -> float:
    return differences.std(ddof=1) / len(differences) ** 0.5


EXERCISES = (
    Exercise(
        level=1,
        judge=_folds_needed,
        hints=(
            "t is difference / (spread / sqrt(n)). Set it to 1.98 and solve for n.",
            "sqrt(n) is t * spread / difference; n is its square.",
        ),
        wrong={
            "the root": lambda difference, spread, t=1.98: t * spread / difference,
            "upside down": lambda difference, spread, t=1.98: (t * difference / spread) ** 2,
            "t left out": lambda difference, spread, t=1.98: (spread / difference) ** 2,
            "t of one fold": lambda difference, spread, t=1.98: difference / spread,
            "another t forgotten": lambda difference, spread, t=1.98: (1.98 * spread / difference) ** 2,
        },
        right={
            "rounded up": lambda difference, spread, t=1.98: int(np.ceil((t * spread / difference) ** 2)),
            "in steps": lambda difference, spread, t=1.98: next(
                n for n in range(1, 10**4) if difference / (spread / n**0.5) >= t
            ),
        },
    ),
    Exercise(
        level=2,
        judge=_attend,
        hints=(
            "A sigmoid brings every number between 0 and 1: branch.sigmoid() is the mask M.",
            "What goes on is X itself, plus X weighed by M.",
        ),
        wrong={
            "no residual": lambda x, branch: x * branch.sigmoid(),
            "the mask added": lambda x, branch: x + branch.sigmoid(),
            "no sigmoid": lambda x, branch: x + x * branch,
            "the control": lambda x, branch: x + branch,
            "from -1 to 1": lambda x, branch: x + x * branch.tanh(),
            "shared out": lambda x, branch: x * (1 + branch.softmax(1)),
            "exchanged": lambda x, branch: branch * (1 + x.sigmoid()),
            "the mask alone": lambda x, branch: branch.sigmoid(),
        },
        right={
            "one product": lambda x, branch: x * (1 + torch.sigmoid(branch)),
            "in place": lambda x, branch: x.add_(x * branch.sigmoid()),
            "of numpy": lambda x, branch: x.numpy() * (1 + 1 / (1 + np.exp(-branch.numpy()))),
        },
    ),
    Exercise(
        level=3,
        judge=_false_alarms,
        hints=(
            "An interval misses 0 where the mean lies further from 0 than half its width.",
            "Half the width is stats.t.ppf(0.975, folds - 1) * d.std(ddof=1) / folds**0.5.",
        ),
        wrong={
            "means below 0": _alarm(lambda d: d.mean() < 0),
            "1.96 for five folds": _alarm(lambda d: abs(d.mean()) > 1.96 * _error(d)),
            "one side": _alarm(lambda d: d.mean() < -_t(d) * _error(d)),
            "intervals that hold 0": _alarm(lambda d: abs(d.mean()) <= _t(d) * _error(d)),
            "the spread of one fold": _alarm(lambda d: abs(d.mean()) > _t(d) * d.std(ddof=1)),
            "divided by five": _alarm(lambda d: abs(d.mean()) > _t(d) * d.std() / len(d) ** 0.5),
            "divided by n, not by its root": _alarm(lambda d: abs(d.mean()) > _t(d) * d.std(ddof=1) / len(d)),
        },
        right={
            "another seed": lambda folds=5, repetitions=2000: _alarms(
                lambda d: abs(d.mean()) > _t(d) * _error(d), folds, repetitions, 9
            ),
            "a test": lambda folds: _alarms(lambda d: stats.ttest_1samp(d, 0).pvalue < 0.05, folds, 1500),
        },
    ),
)
