"""Notebook 00: who gives the clips, a score that hides two databases, and folds that flatter."""

import random
from collections.abc import Callable

import numpy as np

from mxe_lib.databases.composite import OFFICIAL_SUBJECTS
from mxe_lib.evaluation import metrics
from mxe_lib.lessons import Exercise
from mxe_lib.lessons.given import as_array, as_number, function, number

COUNTS = np.array(list(OFFICIAL_SUBJECTS.values()))
TRUTH = np.repeat(np.tile([0, 1, 2], len(COUNTS)), COUNTS.ravel())
PEOPLE = np.repeat(np.arange(len(COUNTS)), COUNTS.sum(1))
DATABASE = np.array([subject.split("/")[0] for subject in OFFICIAL_SUBJECTS])[PEOPLE]
for _kept in (TRUTH, DATABASE):
    _kept.setflags(write=False)  # whoever shuffles it in its place would change every later check

CLIPS = np.sort(COUNTS.sum(1))
NAMES = ("casme2", "samm", "smic")


@number
def _busiest(answer: float) -> str | None:
    share = CLIPS[-3:].sum() / CLIPS.sum()
    for value, text in (
        (share, None),
        (100 * share, "nearly: that is in per cent. A share lies between 0 and 1"),
        (CLIPS[-3:].sum(), "nearly: so many clips they give. Which share of all clips is that?"),
        (3 / len(CLIPS), "that is their share of the people. How many of the clips are theirs?"),
        (CLIPS[:3].sum() / CLIPS.sum(), "these are the three with the fewest clips: numpy sorts from small to large"),
        (CLIPS[-1] / CLIPS.sum(), "that is one person alone: three are asked for"),
        (
            np.sort(COUNTS.ravel())[-3:].sum() / CLIPS.sum(),
            "these are the three largest numbers of the table, and a person has three of them: one for each class",
        ),
    ):
        if abs(answer - value) < 5e-4:
            return text
    return f"{answer:.3f} is not it: whose clips stand above the line, and whose below?"


def _specialist(database: str) -> np.ndarray:
    return np.where(database == DATABASE, TRUTH, 0)


@function
def _hidden(answer: Callable[[str], float]) -> str | None:
    given = np.array([as_number(answer(name)) for name in NAMES])
    for formula, text in (
        (lambda name: metrics.uf1(TRUTH, _specialist(name)), None),
        (
            lambda name: metrics.accuracy(TRUTH, _specialist(name)),
            "that is the accuracy. It counts clips, and most clips are negative: UF1 counts classes",
        ),
        (
            _mean_of_databases,
            "that is the mean of three databases' UF1. The field pools: all clips' answers first, then one score",
        ),
        (lambda name: 1, "1 is perfect on every clip, or on its own database alone. The others' clips belong in, too"),
        (
            lambda name: metrics.uf1(TRUTH, np.where(name == DATABASE, 0, TRUTH)),
            "the other way round: this one is perfect on the two databases that it does not know",
        ),
        (lambda name: metrics.uf1(TRUTH, 0 * TRUTH), "this one is perfect nowhere: that is always negative"),
    ):
        if np.allclose(given, [formula(name) for name in NAMES], atol=1e-6):
            return text
    return (
        f"for CASME II it says {given[0]:.3f}: right on each clip of CASME II, and negative on each clip of the others?"
    )


def _mean_of_databases(name: str) -> float:
    told, owns = _specialist(name), [database == DATABASE for database in NAMES]
    return float(np.mean([metrics.uf1(TRUTH[own], told[own]) for own in owns]))


def fold_mean(answers: np.ndarray) -> float:
    """UF1 averaged over people, over the classes that a person shows or is said to show."""
    tables = np.bincount(9 * PEOPLE + 3 * TRUTH + answers, minlength=9 * len(COUNTS)).reshape(-1, 3, 3)
    occurs = (tables.sum(1) + tables.sum(2)) > 0
    return float(((metrics.per_class_f1_of(tables) * occurs).sum(1) / occurs.sum(1)).mean())


@function
def _guess(answer: Callable[[int], np.ndarray]) -> str | None:
    drawn = np.array([as_array(answer(seed), TRUTH.shape, "a guess") for seed in range(100)])
    if (drawn == TRUTH).all():
        return "that guess is the truth itself: the order has to be a random one"
    if (drawn == 0).all():
        return "that is always negative, the other system"
    if not np.isin(drawn, (0, 1, 2)).all():
        return f"a guess is a class for each clip, 0, 1 or 2: here is a {drawn[~np.isin(drawn, (0, 1, 2))][0]:g}"
    if (drawn == drawn[0]).all():
        return "every draw is the same guess: what does the seed do?"
    shares = np.stack([(drawn == k).mean(1) for k in range(3)], axis=1)
    true = np.bincount(TRUTH) / len(TRUTH)
    if not np.allclose(shares, true):
        if np.abs(shares.mean(0) - 1 / 3).max() < 0.02:
            return "this guesser says each class equally often. Ours says each as often as it truly occurs"
        if np.abs(shares.mean(0) - true).max() < 0.02:
            return "nearly: each class comes as often as it occurs, but on average only. A new order keeps each once"
        return "it does not say each class as often as it truly occurs: a new order of TRUTH would"
    alike = np.append((drawn == TRUTH).mean(1), (drawn[1:] == drawn[:-1]).mean(1))
    if alike.max() > 0.6 or abs(alike.mean() - (true**2).sum()) > 0.015:
        return "these are the true classes in other orders, but not in random ones: they tell of the truth"
    return None


EXERCISES = (
    Exercise(
        level=1,
        judge=_busiest,
        hints=(
            "counts.sum(1) is how many clips each person gives.",
            "np.sort(...)[-3:] are the three largest numbers; their sum goes over counts.sum().",
        ),
        wrong={
            "clips, not their share": float(CLIPS[-3:].sum()),
            "share of the people": 3 / len(COUNTS),
            "the three smallest": float(CLIPS[:3].sum() / COUNTS.sum()),
            "per cent": 100 * CLIPS[-3:].sum() / CLIPS.sum(),
            "one person": CLIPS[-1] / CLIPS.sum(),
            "three numbers of the table": np.sort(COUNTS.ravel())[-3:].sum() / COUNTS.sum(),
            "the three persons' numbers": np.sort(COUNTS.sum(1))[-3:],
        },
        right={
            "one by one": sum(sorted(map(sum, COUNTS.tolist()))[-3:]) / COUNTS.sum(),
            "rounded": round(float(CLIPS[-3:].sum() / CLIPS.sum()), 3),
            "an array of one": np.sort(CLIPS)[::-1][:3].sum(keepdims=True) / CLIPS.sum(),
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
            "the other two": lambda known: metrics.uf1(TRUTH, TRUTH * (known != DATABASE)),
            "nowhere": lambda known: metrics.uf1(TRUTH, TRUTH * 0),
            "one database for all": lambda known: metrics.uf1(TRUTH, TRUTH * (DATABASE == "samm")),
        },
        right={
            "a list": lambda known: metrics.uf1(TRUTH, TRUTH * np.array([int(name == known) for name in DATABASE])),
            "where": lambda known: metrics.uf1(TRUTH, _specialist(known)),
        },
    ),
    Exercise(
        level=3,
        judge=_guess,
        hints=(
            "Each draw needs its own generator, np.random.default_rng(seed).",
            "Its permutation(TRUTH) has the right class frequencies, and knows nothing else.",
        ),
        wrong={
            "the truth as the guess": lambda seed: TRUTH,
            "one seed for all draws": lambda seed: np.random.default_rng(0).permutation(TRUTH),
            "all classes equally often": lambda seed: np.random.default_rng(seed).integers(3, size=len(TRUTH)),
            "drawn with replacement": lambda seed: np.random.default_rng(seed).choice(TRUTH, len(TRUTH)),
            "pushed along": lambda seed: np.roll(TRUTH, seed),
            "always negative": lambda seed: 0 * TRUTH,
            "shuffled in its place": lambda seed: np.random.default_rng(seed).shuffle(TRUTH.copy()),
            "too few": lambda seed: np.random.default_rng(seed).permutation(3),
        },
        right={
            "the old generator": lambda seed: np.random.RandomState(seed).permutation(TRUTH),
            "Python's own": lambda seed: random.Random(seed).sample(TRUTH.tolist(), len(TRUTH)),
            "without replacement": lambda seed: np.random.default_rng(seed).choice(TRUTH, len(TRUTH), replace=False),
            "sorted by chance": lambda seed: TRUTH[np.random.default_rng(seed + 7).random(len(TRUTH)).argsort()],
        },
    ),
)
