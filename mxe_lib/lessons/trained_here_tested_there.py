"""Notebook 15: clips of other laboratories, what is left above chance, and a mark that gives a laboratory away."""

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import pandas as pd

from mxe_lib.lessons import Exercise
from mxe_lib.lessons.given import Unfinished, as_array, as_number, function

IDS = ["casme2/sub01/EP02_01f", "casme2/sub17/EP01_15", "samm/006/006_1_2", "samm/011/011_1_1", "smic/s3/s3_po_01"]
"""A clip's id names its database, its person and itself."""

CASES = ((0.72, 0.64, 0.24), (0.88, 0.80, 0.25), (0.50, 0.24, 0.24), (0.6, 0.7, 0.3))
"""(one person left out, a laboratory left out, always negative)."""


def _others(answer: Sequence[str]) -> str | None:
    if isinstance(answer, (str, bytes)) or not isinstance(answer, Iterable):
        return "give a list of ids"
    given = list(answer)
    if any(item is ... for item in given):
        raise Unfinished
    if given and all(not isinstance(item, str) for item in given):
        return "give the ids themselves, not their numbers, and not True or False for each"
    said, right = sorted(map(str, given)), sorted(i for i in IDS if not i.startswith("samm/"))
    if said == right:
        return None
    if not said:
        return "no clip is kept: which laboratories are left?"
    if not set(said) <= set(IDS):
        return f"'{(set(said) - set(IDS)).pop()}' is none of the five ids"
    if said == sorted(set(IDS) - set(right)):
        return "these are the clips to test on: the training clips are all the others"
    if any(i.startswith("samm/") for i in said):
        return "a clip of SAMM is still trained on: leave out the laboratory, not one of its people"
    if len(said) > len(set(said)):
        return "a clip stands there twice"
    return "nearly: a clip of another laboratory is left out, too. It may be trained on"


@function
def _left(answer: Callable[[float, float, float], float]) -> str | None:
    said = [as_number(answer(*case), "left_above") for case in CASES]
    for formula, text in (
        (lambda here, there, naive: (there - naive) / (here - naive), None),
        (
            lambda here, there, naive: there / here,
            "nearly: this counts what always negative has for nothing. Asked is a share of what lies above it",
        ),
        (lambda here, there, naive: (here - there) / (here - naive), "this is the share that is lost: what is left?"),
        (
            lambda here, there, naive: (here - naive) / (there - naive) if there != naive else np.inf,
            "upside down: what is left stands above the line, what there was below",
        ),
        (lambda here, there, naive: there - naive, "that is how much is left: which share is it of what there was?"),
        (lambda here, there, naive: (there - naive) / here, "nearly: below the line stands all of the score yet"),
        (lambda here, there, naive: there / (here - naive), "nearly: above the line stands all of the score yet"),
        (lambda here, there, naive: 100 * (there - naive) / (here - naive), "nearly: that is in per cent"),
    ):
        if np.allclose(said, [formula(*case) for case in CASES]):
            return text
    return f"for {CASES[0]} it says {said[0]:.2f}: what lies above always negative, before and after?"


def laboratories(seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """A made case: ``(N, 6)`` numbers, classes, people and laboratories of 3 x 20 x 6 clips.

    Three numbers tell the class a little. The other three rise with the light of the laboratory's lamp and say nothing
    of the face. In the middle laboratory class 1 is the most frequent, in the darker and the brighter one class 0.
    """
    rng = np.random.default_rng(seed)
    lab, person = np.repeat(np.arange(3), 120), np.repeat(np.arange(60), 6)
    shares = ([0.7, 0.15, 0.15], [0.15, 0.7, 0.15], [0.7, 0.15, 0.15])
    classes = np.concatenate([rng.choice(3, 120, p=share) for share in shares])
    numbers = rng.normal(size=(360, 6))
    numbers[np.arange(360), classes] += 1
    numbers[:, 3:] += 1.5 * lab[:, None]
    return numbers, classes, person, lab


def right_with(numbers: np.ndarray, classes: np.ndarray, groups: np.ndarray) -> float:
    """The share of clips that a linear model names rightly, each group tested by a model of the others."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import LeaveOneGroupOut, cross_val_predict

    said = cross_val_predict(LogisticRegression(), numbers, classes, groups=groups, cv=LeaveOneGroupOut())
    return float((said == classes).mean())


def _cases() -> list[tuple[np.ndarray, ...]]:
    """The made case, and one of it whose laboratories have unlike numbers of clips, in another order."""
    made = laboratories(1)
    numbers, classes, person, lab = laboratories(2)
    kept = np.random.default_rng(0).permutation(np.r_[0:120, 120:160, 240:330])
    return [made, (numbers[kept], classes[kept], person[kept], 3 + 4 * lab[kept])]


@function
def _unmarked(answer: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> str | None:
    for numbers, classes, person, lab in _cases():
        given = answer(numbers.copy(), lab.copy())
        if np.ndim(given) == 2 and len(given) == len(numbers) and np.shape(given)[1] < numbers.shape[1]:
            return "You dropped columns: of a real face nobody knows which those would be. Use all six"
        given = as_array(given, numbers.shape, "without_lamp")
        if not np.isfinite(given).all():
            return "some of its numbers are not finite"
        if (mistake := _mark(numbers, given, lab)) is not None:
            kept = right_with(given, classes, person), right_with(given, classes, lab)
            return f"right with a person left out {kept[0]:.2f}, with a laboratory left out {kept[1]:.2f}. {mistake}"
    return None


def _mark(numbers: np.ndarray, given: np.ndarray, lab: np.ndarray) -> str | None:
    labs = np.unique(lab)
    for one in labs:
        before, after = (array[lab == one] - array[lab == one].mean(0) for array in (numbers, given))
        spreads = np.maximum(before.std(0) * after.std(0), 1e-12)
        if ((before * after).mean(0) / spreads < 0.9).any():
            return "Not the lamp alone is gone: within a laboratory the clips should differ as they did"
    means = np.stack([given[lab == one].mean(0) for one in labs])
    if np.ptp(means, axis=0).max() < 1e-6:
        return None
    if np.abs(given.mean(0)).max() < 1e-6:
        return "The mean of all clips is gone, and each laboratory's own is still there"
    if np.ptp(means, axis=0).max() < 0.3:
        return "Nearly: laboratories are close to each other, and their means still differ a little"
    return "A laboratory's mean still shows which one it is"


def _by_lab(numbers: np.ndarray, lab: np.ndarray, of: Callable) -> np.ndarray:
    cleaned = numbers.copy()
    for one in np.unique(lab):
        cleaned[lab == one] = of(numbers[lab == one])
    return cleaned


def _scaled(rows: np.ndarray) -> np.ndarray:
    return (rows - rows.mean(0)) / rows.std(0)


EXERCISES = (
    Exercise(
        level=1,
        judge=_others,
        hints=(
            "A clip's id begins with its database: ask each one whether it starts with 'samm/'.",
            "[i for i in ids if not i.startswith('samm/')]",
        ),
        wrong={
            "the tested ones": [i for i in IDS if i.startswith("samm/")],
            "one person left out": [i for i in IDS if not i.startswith("samm/006")],
            "all": IDS,
            "one laboratory": IDS[:2],
            "True and False": [True, True, False, False, True],
            "numbers": [0, 1, 4],
            "the databases": ["casme2", "smic"],
        },
        right={
            "in another order": (IDS[4], *IDS[:2]),
            "of numpy": np.array(IDS)[[0, 1, 4]],
            "a set": {*IDS[:2], IDS[4]},
        },
    ),
    Exercise(
        level=2,
        judge=_left,
        hints=(
            "Always negative needs no laboratory: only what lies above it can be lost.",
            "(there - naive) / (here - naive)",
        ),
        wrong={
            "chance counted as well": lambda here, there, naive: there / here,
            "the share that is lost": lambda here, there, naive: (here - there) / (here - naive),
            "upside down": lambda here, there, naive: (here - naive) / (there - naive + 1e-300),
            "no share": lambda here, there, naive: there - naive,
            "taken away above only": lambda here, there, naive: (there - naive) / here,
            "taken away below only": lambda here, there, naive: there / (here - naive),
        },
        right={
            "what is not lost": lambda here, there, naive: 1 - (here - there) / (here - naive),
            "of numpy": lambda here, there, naive: np.divide(*(np.array([there, here]) - naive)),
        },
    ),
    Exercise(
        level=3,
        judge=_unmarked,
        hints=(
            "The mark moves all numbers of a laboratory by the same amount: its mean over that laboratory's clips.",
            "For each laboratory: numbers[lab == n] - numbers[lab == n].mean(0). No class is looked at.",
        ),
        wrong={
            "the mean of all": lambda numbers, lab: numbers - numbers.mean(0),
            "the mark's columns dropped": lambda numbers, lab: numbers[:, :3],
            "nothing done": lambda numbers, lab: numbers,
            "zeros": lambda numbers, lab: 0 * numbers,
            "noise": lambda numbers, lab: np.random.default_rng(0).normal(size=numbers.shape),
            "the mean of one column": lambda numbers, lab: _by_lab(numbers, lab, lambda rows: rows - rows.mean()),
            "medians": lambda numbers, lab: _by_lab(numbers, lab, lambda rows: rows - np.median(rows, axis=0)),
            "its mean in place of it": lambda numbers, lab: _by_lab(numbers, lab, lambda rows: rows.mean(0)),
            "the first laboratory only": lambda numbers, lab: (
                numbers - np.where(lab[:, None] == lab.min(), numbers[lab == lab.min()].mean(0), 0)
            ),
        },
        right={
            "with its spread": lambda numbers, lab: _by_lab(numbers, lab, _scaled),
            "the common mean put back": lambda numbers, lab: (
                _by_lab(numbers, lab, lambda rows: rows - rows.mean(0)) + numbers.mean(0)
            ),
            "of pandas": lambda numbers, lab: numbers - pd.DataFrame(numbers).groupby(lab).transform("mean").to_numpy(),
        },
    ),
)
