"""Notebook 13: the smallest surplus of clips that is told from a coin, the rule in words, and five folds."""

from collections.abc import Callable, Mapping

import numpy as np
from scipy import stats

from mxe_lib.lessons import Exercise
from mxe_lib.lessons.given import as_number, function, number
from mxe_lib.papers import published, verdicts

SMALLEST = next(k for k in range(1, 20) if 2 * 0.5**k <= 0.05)

CASES = ((-1.8, 0.03), (-3.0, 0.07), (1.8, 0.03), (-0.1, 0.001), (-2.0, 0.05))
"""(value, corrected p) of a claim that one system errs less."""


def _word(value: float, p: float) -> str:
    return verdicts.word(value, p, sign=-1)


@number
def _surplus(answer: float) -> str | None:
    if answer == SMALLEST:
        return None
    if answer != int(answer) or answer < 0:
        return f"{answer:g} is no number of clips"
    if answer == SMALLEST - 1:
        return "nearly: this counts one side only. Nobody said before which network would be ahead, so both sides count"
    if answer > 200:
        return "the other clips, on which both are right or both are wrong, say nothing about who is better"
    if answer in (0, 1):
        return "so few clips more are what a coin gives in each throw: p is 1"
    return (
        f"with {answer:g} clips p is {min(1.0, 2 * 0.5**answer):.3f}: is a smaller number enough, or is this too small?"
    )


@function
def _rule(answer: Callable[[float, float], str]) -> str | None:
    said = [answer(*case) for case in CASES]
    if any(not isinstance(one, str) for one in said):
        return "give back one of three words, in quotes: holds, opposite or undecided"
    said = [one.strip().lower() for one in said]
    right = [_word(*case) for case in CASES]
    if said == right:
        return None
    if set(said) - {"holds", "opposite", "undecided"}:
        return f"'{(set(said) - {'holds', 'opposite', 'undecided'}).pop()}' is none of the three words"
    if "undecided" not in said:
        return "every difference is called something: may one speak of it at all?"
    if said == [word if value < 0 else "undecided" for (value, _), word in zip(CASES, right, strict=True)]:
        return "a difference found the other way is no 'undecided': it is 'opposite'"
    if said == [_word(-value, p) for value, p in CASES]:
        return "the other way round: the claim is that the error is smaller, and 'opposite' means larger"
    if said[:3] == right[:3] and said[4] == "holds":
        return "nearly: a corrected p of exactly 0.05 is not below 0.05"
    if said[0] == right[0] and said[3] == "undecided":
        return "a small difference with a small p is found, too: size is not what the rule asks for"
    (value, p), one = next((case, one) for case, one, word in zip(CASES, said, right, strict=True) if one != word)
    return f"a difference of {value:+g} with a corrected p of {p:g} is called '{one}'"


def _gaps() -> np.ndarray:
    folds, name = published.fold_errors(), "attention={};layers=5;normalization=lrn".format
    return np.subtract(folds["Table 7", name("yes")], folds["Table 7", name("no")])


@function
def _factor(answer: Callable[[np.ndarray], float]) -> str | None:
    cases = [_gaps(), np.array([0.4, 0.1, -0.2, 0.5, 0.3]), np.array([-2.0, -1, -4, -1.5, -3])]
    said = np.array([as_number(answer(gaps.copy()), "factor") for gaps in cases])
    for formula, text in (
        (_needed, None),
        (lambda g: -_needed(g), "nearly: a factor has no sign, even where the mean is below 0"),
        (
            lambda g: np.sign(np.mean(g)) * _needed(g),
            "nearly: a factor has no sign, even where the mean is below 0",
        ),
        (
            lambda g: _needed(g, ddof=0),
            "nearly: the spread of five numbers around their own mean is divided by four, not by five",
        ),
        (
            lambda g: _needed(g, bound=1.96),
            "nearly: five folds are few. The t distribution with four degrees of freedom is wider than the normal one",
        ),
        (
            lambda g: _needed(g, bound=stats.t.ppf(0.975, 5)),
            "nearly: with five differences around their own mean four are free",
        ),
        (lambda g: _needed(g, bound=stats.t.ppf(0.95, 4)), "nearly: 95 % in the middle leave 2.5 % on each side"),
        (lambda g: 1 / _needed(g), "upside down: how many times smaller must the spread be?"),
        (
            lambda g: _needed(g) * 5**0.5,
            "the mean of five differences is surer than one of them: what is the error of a mean?",
        ),
        (lambda g: 2 * _needed(g), "nearly: this is the whole width. The mean lies half a width from each end"),
    ):
        if np.allclose(said, [formula(gaps) for gaps in cases], rtol=0.01):
            return text
    return f"for P2's folds it says {said[0]:.2f}: the interval reaches 0 where half its width is the mean difference"


def _needed(gaps: np.ndarray, ddof: int = 1, bound: float | None = None) -> float:
    bound = stats.t.ppf(0.975, len(gaps) - 1) if bound is None else bound
    return bound * np.std(gaps, ddof=ddof) / len(gaps) ** 0.5 / abs(np.mean(gaps))


WRONG_RULES: Mapping[str, Callable[[float, float], str]] = {
    "the sign alone": lambda value, p: "holds" if value < 0 else "opposite",
    "the other way is undecided": lambda value, p: "holds" if value < 0 and p < 0.05 else "undecided",
    "the other way round": lambda value, p: _word(-value, p),
    "a stricter p": lambda value, p: _word(value, 5 * p),
    "large differences only": lambda value, p: _word(value, p) if abs(value) > 1 else "undecided",
    "true or false": lambda value, p: p < 0.05,
    "another word": lambda value, p: "yes",
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
        wrong={
            "one side only": SMALLEST - 1,
            "five per cent of the clips": 22,
            "half of the clips and one": 221,
            "a half": 5.5,
            "one": 1,
        },
        right={"a float": float(SMALLEST), "of numpy": np.int64(SMALLEST), "a logarithm": int(np.ceil(np.log2(40)))},
    ),
    Exercise(
        level=2,
        judge=_rule,
        hints=("First ask whether p is below 0.05.", "Then ask for the sign: a claim of a smaller error is below 0."),
        wrong=WRONG_RULES,
        right={
            "the sign first": lambda value, p: "undecided" if not p < 0.05 else ("holds", "opposite")[value > 0],
            "in capitals": lambda value, p: _word(value, p).upper(),
        },
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
            "five degrees of freedom": lambda gaps: _needed(gaps, bound=stats.t.ppf(0.975, 5)),
            "one side": lambda gaps: _needed(gaps, bound=stats.t.ppf(0.95, 4)),
            "the whole width": lambda gaps: 2 * _needed(gaps),
            "with its sign": lambda gaps: _needed(gaps) * np.sign(gaps.mean()),
        },
        right={
            "an interval": lambda gaps: (
                np.ptp(stats.t.interval(0.95, 4, gaps.mean(), stats.sem(gaps))) / 2 / abs(gaps.mean())
            ),
            "from t itself": lambda gaps: stats.t.ppf(0.975, 4) / abs(stats.ttest_1samp(gaps, 0).statistic),
        },
    ),
)
