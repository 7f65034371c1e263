"""Notebook 07: the interval of an accuracy, a choice that others make, and what the best of many guessers has."""

import functools
from collections.abc import Callable

import numpy as np

from mxe_lib.evaluation import metrics
from mxe_lib.lessons import Exercise

SHARE, CLIPS = 0.678, 441
"""P1's accuracy of OC-Net, and its clips."""


def _near(given: float, wanted: float, by: float = 1e-6) -> bool:
    return abs(float(given) - wanted) < by


def _interval(answer: Callable[[float, int], tuple[float, float]]) -> str | None:
    low, high = answer(SHARE, CLIPS)
    half, variance = (high - low) / 2, SHARE * (1 - SHARE)
    error = (variance / CLIPS) ** 0.5
    if not _near((low + high) / 2, SHARE):
        return f"the interval's middle is {(low + high) / 2:.3f}: it must be the share itself, {SHARE}"
    if _near(half, 1.96 * error):
        return None
    if _near(half, error):
        return "nearly: this is one standard error. 95 % of a normal distribution lie within 1.96 of them"
    if _near(half, 1.96 * variance / CLIPS):
        return "nearly: the root is missing. share (1 - share) / n is the variance"
    if _near(half, 1.96 * variance**0.5):
        return "this is how much single clips scatter. A mean of n clips scatters less, by the root of n"
    return f"from {low:.3f} to {high:.3f}: the half width should be near {1.96 * error:.3f}"


def _half(half: float) -> Callable[[float, int], tuple[float, float]]:
    return lambda share, n: (share - half, share + half)


def _systems() -> tuple[np.ndarray, np.ndarray]:
    """Whether each of 40 systems is right on each of 100 clips, and the group of people of each clip."""
    return np.random.default_rng(3).random((40, 100)) < 0.5, np.arange(100) % 5


def _chosen(known: Callable[[np.ndarray, int], np.ndarray]) -> Callable[[np.ndarray, np.ndarray], float]:
    """The share of right answers when each group's system is the best one on the clips that ``known`` names."""

    def share(right: np.ndarray, group: np.ndarray) -> float:
        got = np.empty(len(group), dtype=bool)
        for tested in np.unique(group):
            best = int(right[:, known(group, tested)].mean(1).argmax())
            got[group == tested] = right[best, group == tested]
        return float(got.mean())

    return share


_by_others = _chosen(lambda group, tested: group != tested)
_by_all = _chosen(lambda group, tested: group >= 0)
_by_themselves = _chosen(lambda group, tested: group == tested)


def _honest(answer: Callable[[np.ndarray, np.ndarray], float]) -> str | None:
    right, group = _systems()
    found = float(answer(right, group))
    if _near(found, _by_others(right, group)):
        return None
    if _near(found, _by_themselves(right, group)):
        return f"{found:.2f}: each group chose its own winner. The people tested must have no say"
    if _near(found, _by_all(right, group)):
        return f"{found:.2f}: the choice saw all clips, those of the people tested too"
    return (
        f"a share of {found:.2f}: of these guessers, whom other people choose, {_by_others(right, group):.2f} is right"
    )


TRUTH = np.repeat([0, 1, 2], [250, 109, 83])


@functools.cache
def _of_guessers(summary: Callable, score: Callable = metrics.uf1) -> Callable[[int], float]:
    @functools.cache
    def mean(k: int, repeats: int = 20) -> float:
        rng = np.random.default_rng(0)
        found = [
            summary([score(TRUTH, guess) for guess in rng.integers(0, 3, (k, len(TRUTH)))]) for _ in range(repeats)
        ]
        return float(np.mean(found))

    return mean


def _best_of(answer: Callable[[int], float]) -> str | None:
    one, many = float(answer(1)), float(answer(10))
    right_one, right_many = (_of_guessers(max)(k) for k in (1, 10))
    if _near(one, right_one, 0.01) and _near(many, right_many, 0.008):
        return None
    if _near(many, right_one, 0.008):
        return "ten guessers score as one does: that is their mean. The wrong way reports the best of them"
    if _near(many, _of_guessers(max, metrics.accuracy)(10), 0.008):
        return "nearly: this is the best accuracy. UF1 counts the three classes alike: metrics.uf1"
    if _near(many, _of_guessers(min)(10), 0.008):
        return "this is the worst of them: who wants to impress takes the best"
    return f"one guesser {one:.3f}, the best of ten {many:.3f}: they should be {right_one:.3f} and {right_many:.3f}"


EXERCISES = (
    Exercise(
        level=1,
        judge=_interval,
        hints=(
            "The variance of a share of n clips is share * (1 - share) / n.",
            "The standard error is its root, ** 0.5, and 1.96 of them reach to each side.",
        ),
        wrong={
            "one standard error": _half((SHARE * (1 - SHARE) / CLIPS) ** 0.5),
            "the variance": _half(1.96 * SHARE * (1 - SHARE) / CLIPS),
            "the scatter of single clips": _half(1.96 * (SHARE * (1 - SHARE)) ** 0.5),
        },
    ),
    Exercise(
        level=2,
        judge=_honest,
        hints=(
            "right[:, known] holds all systems' answers to the clips of the other people.",
            "Its mean over axis 1 is a share for each system; argmax gives the number of the largest.",
        ),
        wrong={"all clips choose": _by_all, "each group chooses for itself": _by_themselves},
    ),
    Exercise(
        level=3,
        judge=_best_of,
        hints=(
            "metrics.uf1(truth, guess) is the score of one of the k guessers.",
            "The best of them: max(metrics.uf1(truth, guess) for guess in guesses).",
        ),
        wrong={
            "the mean of the guessers": _of_guessers(np.mean),
            "accuracy": _of_guessers(max, metrics.accuracy),
            "the worst": _of_guessers(min),
        },
    ),
)
