"""Notebook 00: who gives the clips, a score that hides two databases, and folds that flatter."""

from collections.abc import Callable
from functools import cache

import numpy as np

from mxe_lib.databases.composite import OFFICIAL_SUBJECTS
from mxe_lib.evaluation import metrics
from mxe_lib.lessons import Exercise

COUNTS = np.array(list(OFFICIAL_SUBJECTS.values()))
TRUTH = np.repeat(np.tile([0, 1, 2], len(COUNTS)), COUNTS.ravel())
PEOPLE = np.repeat(np.arange(len(COUNTS)), COUNTS.sum(1))
DATABASE = np.array([subject.split("/")[0] for subject in OFFICIAL_SUBJECTS])[PEOPLE]


def _busiest(answer: float) -> str | None:
    clips = np.sort(COUNTS.sum(1))
    if abs(answer - clips[-3:].sum() / clips.sum()) < 1e-6:
        return None
    if abs(answer - clips[-3:].sum()) < 1e-6:
        return "nearly: these are their clips. The share is what they are divided by, all clips"
    if abs(answer - 3 / len(clips)) < 1e-6:
        return "that is their share of the people. How many of the clips are theirs?"
    if abs(answer - clips[:3].sum() / clips.sum()) < 1e-6:
        return "these are the three with the fewest clips: numpy sorts from small to large"
    return f"{answer:.3f} is not it: add the three largest of counts.sum(1), and divide by the sum of all"


def _specialist(database: str) -> np.ndarray:
    return np.where(database == DATABASE, TRUTH, 0)


def _hidden(answer: Callable[[str], float]) -> str | None:
    names = ("casme2", "samm", "smic")
    given = np.array([answer(name) for name in names])
    if np.allclose(given, [metrics.uf1(TRUTH, _specialist(name)) for name in names], atol=1e-6):
        return None
    if np.allclose(given, [metrics.accuracy(TRUTH, _specialist(name)) for name in names], atol=1e-6):
        return "that is the accuracy. It counts clips, and most clips are negative: UF1 counts classes"
    if np.allclose(given, [_mean_of_databases(name) for name in names], atol=1e-6):
        return "that is the mean of three databases' UF1. The field pools: all clips' answers first, then one score"
    if np.allclose(given, 1):
        return "1 is the score on its own database alone. The others' clips belong in as well, answered negative"
    return f"for CASME II it says {given[0]:.3f}: perfect is composed.DATABASE == known"


def _mean_of_databases(name: str) -> float:
    told, owns = _specialist(name), [database == DATABASE for database in ("casme2", "samm", "smic")]
    return float(np.mean([metrics.uf1(TRUTH[own], told[own]) for own in owns]))


def fold_mean(answers: np.ndarray) -> float:
    """UF1 averaged over people, over the classes that a person shows or is said to show."""
    tables = np.bincount(9 * PEOPLE + 3 * TRUTH + answers, minlength=9 * len(COUNTS)).reshape(-1, 3, 3)
    occurs = (tables.sum(1) + tables.sum(2)) > 0
    return float(((metrics.per_class_f1_of(tables) * occurs).sum(1) / occurs.sum(1)).mean())


@cache
def guessed(draws: int, mixed: bool = True) -> tuple[float, float]:
    """UF1 averaged over people, and pooled, of guesses: means over the seeds 0 to ``draws`` - 1.

    Args:
        mixed: the true classes in random order; else each class equally often.
    """
    scores = []
    for seed in range(draws):
        rng = np.random.default_rng(seed)
        told = rng.permutation(TRUTH) if mixed else rng.integers(3, size=len(TRUTH))
        scores.append((fold_mean(told), metrics.uf1(TRUTH, told)))
    averaged, pooled = np.mean(scores, axis=0)
    return float(averaged), float(pooled)


def _guessing(answer: Callable[[int], tuple[float, float]]) -> str | None:
    averaged, pooled = answer(20)
    right = guessed(20)
    if np.allclose((averaged, pooled), right, atol=1e-6):
        return None
    if np.allclose((pooled, averaged), right, atol=1e-6):
        return "nearly: the averaged score comes first, the pooled one second"
    if np.allclose((averaged, pooled), (1, 1)):
        return "that guess is the truth itself: put it into a random order"
    if np.allclose((averaged, pooled), guessed(1), atol=1e-6):
        return "every draw is the same guess: each needs a generator of its own seed"
    if np.allclose((averaged, pooled), guessed(20, mixed=False), atol=0.01):
        return "this guesser says each class equally often. Ours knows how frequent they are: a permutation keeps that"
    if np.allclose((averaged, pooled), right, atol=0.02):
        return "nearly: with the seeds 0 to draws - 1 the second digit is another one"
    return f"it says {averaged:.3f} and {pooled:.3f}: a guess is the array TRUTH in a random order"


EXERCISES = (
    Exercise(
        level=1,
        judge=_busiest,
        hints=(
            "counts.sum(1) is how many clips each person gives.",
            "np.sort(...)[-3:] are the three largest numbers; their sum goes over counts.sum().",
        ),
        wrong={
            "clips, not their share": float(np.sort(COUNTS.sum(1))[-3:].sum()),
            "share of the people": 3 / len(COUNTS),
            "the three smallest": float(np.sort(COUNTS.sum(1))[:3].sum() / COUNTS.sum()),
        },
    ),
    Exercise(
        level=2,
        judge=_hidden,
        hints=(
            "A comparison of an array with a word gives True or False for each clip; times a class, False gives 0.",
            "The comparison is composed.DATABASE == known.",
        ),
        wrong={
            "accuracy in place of UF1": lambda known: metrics.accuracy(TRUTH, _specialist(known)),
            "the mean of three databases": _mean_of_databases,
            "its own database only": lambda known: 1.0,
        },
    ),
    Exercise(
        level=3,
        judge=_guessing,
        hints=(
            "Each draw needs its own generator, np.random.default_rng(seed).",
            "Its permutation(TRUTH) has the right class frequencies, and knows nothing else.",
        ),
        wrong={
            "the two scores swapped": lambda draws: guessed(20)[::-1],
            "the truth as the guess": lambda draws: (fold_mean(TRUTH), metrics.uf1(TRUTH, TRUTH)),
            "one seed for all draws": lambda draws: guessed(1),
            "all classes equally often": lambda draws: guessed(20, mixed=False),
        },
    ),
)
