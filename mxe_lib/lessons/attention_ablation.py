"""Notebook 04: how many folds a small difference needs, the attention block, and how often five folds mislead."""

from collections.abc import Callable
from math import isclose

import numpy as np
import torch
from scipy import stats
from torch import Tensor

from mxe_lib.lessons import Exercise


def _folds_needed(answer: Callable[[float, float], float]) -> str | None:
    difference, spread, t = 0.27, 1.4, 1.98
    said, right = float(answer(difference, spread)), (t * spread / difference) ** 2
    if isclose(said, right, rel_tol=0.01):
        return None
    if isclose(said, right**0.5, rel_tol=0.01):
        return "nearly: this is the root of the number. A mean's error falls with the root of n, so n is a square"
    if isclose(said, (t * difference / spread) ** 2, rel_tol=0.01):
        return "upside down: a smaller difference needs more folds, not fewer"
    if isclose(said, (spread / difference) ** 2, rel_tol=0.01):
        return "nearly: at that number t is 1. It has to reach 1.98"
    return (
        f"for a difference of 0.27 and a spread of 1.4 it says {said:.1f}: solve t = difference / (spread / √n) for n"
    )


def _attend(answer: Callable[[Tensor, Tensor], Tensor]) -> str | None:
    generator = torch.Generator().manual_seed(0)
    x, branch = (torch.randn(2, 3, 4, 4, generator=generator) for _ in range(2))
    said, mask = answer(x, branch), branch.sigmoid()
    for right, text in (
        (x + x * mask, None),
        (x * mask, "the residual is missing: where the mask is near 0 nothing of X is left"),
        (x + mask, "nearly: the mask is added, and should weigh X before it is added"),
        (x + x * branch, "nearly: without the sigmoid it is no mask, but any number, negative ones too"),
        (x + branch, "this is the control of the same size: no sigmoid, no product"),
    ):
        if said.shape == right.shape and torch.allclose(said, right, atol=1e-6):
            return text
    return "neither a mask nor a sum of one: M is branch.sigmoid(), and X + X * M goes on"


def _false_alarms(answer: Callable[[int], float]) -> str | None:
    share = float(answer(5))
    if 0.035 <= share <= 0.065:
        return None
    if 0.4 <= share <= 0.6:
        return "half of them: this counts means below 0. Count the intervals that do not hold 0"
    if 0.1 <= share <= 0.14:
        return "nearly: 1.96 is for many folds. With five, t is stats.t.ppf(0.975, 4)"
    if 0.02 <= share < 0.035:
        return "nearly: one side only. An interval can lie above 0 as well as below"
    if share > 0.9:
        return "the other way round: these intervals hold 0"
    return f"of five folds it says {share:.3f}: a 95 % interval should miss the truth about once in twenty"


def _alarms(wrong: Callable[[np.ndarray], bool], folds: int = 5, repetitions: int = 2000) -> float:
    rng = np.random.default_rng(0)
    return float(np.mean([wrong(rng.normal(0, 1.4, folds)) for _ in range(repetitions)]))


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
            "t left out": lambda difference, spread: (spread / difference) ** 2,
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
            "means below 0": lambda folds: _alarms(lambda d: d.mean() < 0, folds),
            "1.96 for five folds": lambda folds: _alarms(lambda d: abs(d.mean()) > 1.96 * _error(d), folds),
            "one side": lambda folds: _alarms(lambda d: d.mean() < -stats.t.ppf(0.975, len(d) - 1) * _error(d), folds),
            "intervals that hold 0": lambda folds: (
                1 - _alarms(lambda d: abs(d.mean()) > stats.t.ppf(0.975, len(d) - 1) * _error(d), folds)
            ),
        },
    ),
)
