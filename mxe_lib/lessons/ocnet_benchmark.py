"""Notebook 07: the interval of an accuracy, a choice that others make, and what the best of many guessers has."""

import functools
from collections.abc import Callable

import numpy as np
from scipy import stats

from mxe_lib.evaluation import metrics
from mxe_lib.lessons import Exercise
from mxe_lib.lessons.given import as_number, as_numbers, function

SHARE, CLIPS = 0.678, 441
"""P1's accuracy of OC-Net, and its clips."""


def _near(given: float, wanted: float, by: float = 1e-6) -> bool:
    return abs(float(given) - wanted) < by


@function
def _interval(answer: Callable[[float, int], tuple[float, float]]) -> str | None:
    cases = ((SHARE, CLIPS), (0.2, 50), (0.5, 1000))
    ends = [as_numbers(answer(*case), 2, "interval") for case in cases]
    for (low, high), (share, _) in zip(ends, cases, strict=True):
        if high < low:
            return "the lower end comes first, then the upper one"
        if not _near((low + high) / 2, share, 1e-4):
            return (
                f"for a share of {share} the interval's middle is {(low + high) / 2:.3f}: it must be the share itself"
            )
    halves = [(high - low) / 2 for low, high in ends]
    for formula, text in (
        (lambda share, n: 1.96 * (share * (1 - share) / n) ** 0.5, None),
        (
            lambda share, n: (share * (1 - share) / n) ** 0.5,
            "nearly: this is one standard error. 95 % of a normal distribution lie within 1.96 of them",
        ),
        (lambda share, n: 1.96 * share * (1 - share) / n, "nearly: this is the variance, and the error is its root"),
        (
            lambda share, n: 1.96 * (share * (1 - share)) ** 0.5,
            "this is how much single clips scatter. A mean of n clips scatters less, by the root of n",
        ),
        (
            lambda share, n: 1.96 * (share * (1 - share)) ** 0.5 / n,
            "nearly: n stands outside the root, and belongs inside",
        ),
        (lambda share, n: 1.96 * (share / n) ** 0.5, "nearly: a share of 0 and one of 1 are both sure. Here only 0 is"),
        (lambda share, n: 1.96 * (SHARE * (1 - SHARE) / CLIPS) ** 0.5, "right for the paper's share, and for no other"),
    ):
        if np.allclose(halves, [formula(*case) for case in cases], rtol=0.03 if text is None else 0.003):
            return text
    return f"for 0.678 of 441 clips it goes from {ends[0][0]:.3f} to {ends[0][1]:.3f}: is it 1.96 errors to each side?"


def _half(half: float) -> Callable[[float, int], tuple[float, float]]:
    return lambda share, n: _around(share, half)


def _around(share: float, half: float) -> tuple[float, float]:
    return share - half, share + half


def _systems(seed: int, groups: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Whether each of 40 systems is right on each clip, and the group of people of each clip."""
    rng = np.random.default_rng(seed)
    group = rng.permutation(np.repeat(np.arange(len(groups)), groups))
    skill = rng.uniform(0.35, 0.65, (40, 1)) + 0.15 * rng.normal(size=(40, len(groups)))[:, group]
    right = rng.random((40, len(group))) < skill
    for tested in range(len(groups)):  # no two systems share a first place, which codes would break in their own ways
        known = right[:, group != tested].sum(1)
        assert (known == known.max()).sum() == 1
    return right, group


def _chosen(known: Callable[[np.ndarray, int], np.ndarray]) -> Callable[[np.ndarray, np.ndarray], float]:
    """The share of right answers when each group's system is the best one on the clips that ``known`` names."""

    def share(right: np.ndarray, group: np.ndarray) -> float:
        got = np.empty(len(group), dtype=bool)
        for tested in np.unique(group):
            best = int(right[:, known(group, tested)].mean(1).argmax())
            got[group == tested] = right[best, group == tested]
        return float(got.mean())

    return share


SYSTEMS = ((3, (20,) * 5), (5, (60, 25, 10, 5, 12)), (7, (8, 30, 17)))
"""Seed of the systems, and the numbers of clips of the groups."""

_by_others = _chosen(lambda group, tested: group != tested)
_by_all = _chosen(lambda group, tested: group >= 0)
_by_themselves = _chosen(lambda group, tested: group == tested)


def _mean_of_groups(right: np.ndarray, group: np.ndarray) -> float:
    shares = []
    for tested in np.unique(group):
        best = right[:, group != tested].mean(1).argmax()
        shares.append(right[best, group == tested].mean())
    return float(np.mean(shares))


@functools.cache
def _data() -> list[tuple[np.ndarray, np.ndarray]]:
    return [_systems(*case) for case in SYSTEMS]


@function
def _honest(answer: Callable[[np.ndarray, np.ndarray], float]) -> str | None:
    found = [as_number(answer(right.copy(), group.copy()), "honest_share") for right, group in _data()]
    for formula, text in (
        (_by_others, None),
        (_by_themselves, "each group chose its own winner. The people tested must have no say"),
        (_by_all, "the choice saw all clips, those of the people tested too"),
        (
            _mean_of_groups,
            "nearly: this is a mean over groups. Asked is a share of clips, and groups differ in size",
        ),
        (lambda right, group: right[0].mean(), "this is the first system, whoever is tested: who chose it?"),
        (_worst, "this is the system that the others find worst"),
        (lambda right, group: right.mean(), "this is the mean of all systems: none is chosen"),
    ):
        if np.allclose(found, [formula(*case) for case in _data()]):
            return text
    return f"the check's first systems get {found[0]:.2f}: for each group, which system do the others choose?"


def _worst(right: np.ndarray, group: np.ndarray) -> float:
    return 1 - _by_others(~right, group)


TRUTH = np.repeat([0, 1, 2], [250, 109, 83])


@functools.cache
def _of_guessers(summary: Callable, score: Callable = metrics.uf1, seed: int = 0) -> Callable[[int], float]:
    @functools.cache
    def mean(k: int, repeats: int = 20) -> float:
        rng = np.random.default_rng(seed)
        found = [
            summary([score(TRUTH, guess) for guess in rng.integers(0, 3, (k, len(TRUTH)))]) for _ in range(repeats)
        ]
        return float(np.mean(found))

    return mean


@function
def _best_of(answer: Callable[[int], float]) -> str | None:
    said = [as_number(answer(k), "best_of") for k in (1, 10)]
    names = {
        "right": (_of_guessers(max), None),
        "mean": (
            _of_guessers(np.mean),
            "ten guessers score as one does: that is their mean, or one of them. The wrong way reports the best",
        ),
        "accuracy": (
            _of_guessers(max, metrics.accuracy),
            "nearly: this is the best accuracy. UF1 counts the three classes alike",
        ),
        "worst": (_of_guessers(min), "this is the worst of them: who wants to impress takes the best"),
    }
    errors = (0.005, 0.0035)  # of the mean of twenty repetitions
    off = {
        name: max(abs(a - b) / error for a, b, error in zip(said, (of(1), of(10)), errors, strict=True))
        for name, (of, _) in names.items()
    }
    nearest = min(off, key=off.__getitem__)
    if off[nearest] < 5:
        return names[nearest][1]
    if said[1] > 1:
        return "a score is never above 1: is something added up, or in per cent?"
    return f"it says {said[0]:.3f} for one guesser and {said[1]:.3f} for the best of ten: is it one guesser's UF1?"


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
            "n outside the root": lambda share, n: _around(share, 1.96 * (share * (1 - share)) ** 0.5 / n),
            "the paper's share only": lambda share, n: _around(share, 1.96 * (SHARE * (1 - SHARE) / CLIPS) ** 0.5),
            "turned round": lambda share, n: _around(share, -1.96 * (share * (1 - share) / n) ** 0.5),
        },
        right={
            "of scipy": lambda share, n: stats.norm.interval(0.95, share, (share * (1 - share) / n) ** 0.5),
            "of t": lambda share, n: np.array(stats.t.interval(0.95, n - 1, share, (share * (1 - share) / n) ** 0.5)),
        },
    ),
    Exercise(
        level=2,
        judge=_honest,
        hints=(
            "right[:, known] holds all systems' answers to the clips of the other people.",
            "Its mean over axis 1 is a share for each system; argmax gives the number of the largest.",
        ),
        wrong={
            "all clips choose": _by_all,
            "each group chooses for itself": _by_themselves,
            "a mean of groups": _mean_of_groups,
            "the worst": _worst,
            "the first": lambda right, group: right[0].mean(),
            "all systems": lambda right, group: right.mean(),
        },
        right={
            "clips right, counted": lambda right, group: (
                sum(
                    right[right[:, group != tested].sum(1).argsort()[-1], group == tested].sum()
                    for tested in set(group.tolist())
                )
                / len(group)
            ),
            "a list": lambda right, group: np.mean(
                [right[right[:, group != g].mean(1).argmax(), i] for i, g in enumerate(group)]
            ),
        },
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
            "one of them": lambda k: _of_guessers(max)(1),
            "the first times the best": lambda k: 0.315 * _of_guessers(max)(k),
        },
        right={
            "another seed": lambda k: _of_guessers(max, seed=5)(k),
            "sorted": lambda k: _of_guessers(lambda scores: sorted(scores)[-1], seed=6)(k),
        },
    ),
)
