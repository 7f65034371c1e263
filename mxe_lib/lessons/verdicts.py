"""Notebook 13: the smallest surplus of clips that is told from a coin, the rule in words, and five folds."""

from collections.abc import Callable, Mapping

import numpy as np
from scipy import stats

from mxe_lib.lessons import Exercise
from mxe_lib.papers import published, verdicts

SMALLEST = next(k for k in range(1, 20) if 2 * 0.5**k <= 0.05)

CASES = ((-1.8, 0.03), (-3.0, 0.07), (1.8, 0.03), (-0.1, 0.001), (-2.0, 0.05))
"""(value, corrected p) of a claim that one system errs less."""


def _word(value: float, p: float) -> str:
    return verdicts.word(value, p, sign=-1)


def _surplus(answer: int) -> str | None:
    answer = int(answer)
    if answer == SMALLEST:
        return None
    if answer == SMALLEST - 1:
        return "nearly: this counts one side only. Nobody said before which network would be ahead, so both sides count"
    if answer > 200:
        return "the other clips, on which both are right or both are wrong, say nothing about who is better"
    if answer == 1:
        return "one clip more is what a coin gives in each throw: its p is 1"
    return (
        f"with {answer} clips p is {min(1.0, 2 * 0.5**answer):.3f}: is a smaller number enough, or is this too small?"
    )


def _rule(answer: Callable[[float, float], str]) -> str | None:
    said = [answer(*case) for case in CASES]
    if said == [_word(*case) for case in CASES]:
        return None
    if "undecided" not in said:
        return "every difference is called something: the corrected p decides whether one may speak of it at all"
    if said == [word if value < 0 else "undecided" for (value, _), word in zip(CASES, said, strict=True)]:
        return "a difference found the other way is no 'undecided': it is 'opposite'"
    if said[3] == "undecided":
        return "a small difference with a small p is found, too: size is not what the rule asks for"
    if said[4] == "holds":
        return "nearly: a corrected p of exactly 0.05 is not below 0.05"
    return f"for differences and p of {CASES} it says {said}"


def _gaps() -> np.ndarray:
    folds, name = published.fold_errors(), "attention={};layers=5;normalization=lrn".format
    return np.subtract(folds["Table 7", name("yes")], folds["Table 7", name("no")])


def _factor(answer: Callable[[np.ndarray], float]) -> str | None:
    gaps = _gaps()
    said, right = float(answer(gaps)), _needed(gaps)
    if abs(said - right) < 0.01 * right:
        return None
    if abs(said - _needed(gaps, ddof=0)) < 0.01 * right:
        return "nearly: the spread of five numbers around their own mean is divided by four, not by five (ddof=1)"
    if abs(said - _needed(gaps, bound=1.96)) < 0.01 * right:
        return "nearly: five folds are few. Take the t distribution with four degrees of freedom, not the normal one"
    if abs(said * right - 1) < 0.01:
        return "upside down: how many times smaller must the spread be?"
    if abs(said - right * 5**0.5) < 0.01 * said:
        return "the mean of five differences is surer than one of them: its error is the spread divided by root 5"
    return f"for P2's folds it says {said:.2f}: the interval reaches 0 where half its width is the mean difference"


def _needed(gaps: np.ndarray, ddof: int = 1, bound: float | None = None) -> float:
    bound = stats.t.ppf(0.975, len(gaps) - 1) if bound is None else bound
    return bound * np.std(gaps, ddof=ddof) / len(gaps) ** 0.5 / abs(np.mean(gaps))


WRONG_RULES: Mapping[str, Callable[[float, float], str]] = {
    "the sign alone": lambda value, p: "holds" if value < 0 else "opposite",
    "the other way is undecided": lambda value, p: "holds" if value < 0 and p < 0.05 else "undecided",
    "0.05 itself": lambda value, p: "undecided" if p > 0.05 else "holds" if value < 0 else "opposite",
}

EXERCISES = (
    Exercise(
        level=1,
        judge=_surplus,
        hints=(
            "Where two networks disagree, a coin would give each of them half. k times the same side: 0.5 to the k.",
            "Either network might have been ahead: p = 2 · 0.5 to the k. Find the first k with p of 0.05 or less.",
        ),
        wrong={"one side only": SMALLEST - 1, "five per cent of the clips": 22, "half of the clips and one": 221},
    ),
    Exercise(
        level=2,
        judge=_rule,
        hints=("First ask whether p is below 0.05.", "Then ask for the sign: a claim of a smaller error is below 0."),
        wrong=WRONG_RULES,
    ),
    Exercise(
        level=3,
        judge=_factor,
        hints=(
            "The interval is the mean ± t · spread / root 5, where t = stats.t.ppf(0.975, 4).",
            "It just reaches 0 when t · spread / root 5 is as large as the mean. Divide one by the other.",
        ),
        wrong={
            "divided by five": lambda gaps: _needed(gaps, ddof=0),
            "the normal distribution": lambda gaps: _needed(gaps, bound=1.96),
            "upside down": lambda gaps: 1 / _needed(gaps),
            "one fold's spread": lambda gaps: _needed(gaps) * 5**0.5,
        },
    ),
)
