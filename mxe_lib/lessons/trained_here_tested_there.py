"""Notebook 15: clips of other laboratories, what is left above chance, and a mark that gives a laboratory away."""

from collections.abc import Callable, Sequence

import numpy as np

from mxe_lib.lessons import Exercise

IDS = ["casme2/sub01/EP02_01f", "casme2/sub17/EP01_15", "samm/006/006_1_2", "samm/011/011_1_1", "smic/s3/s3_po_01"]
"""A clip's id names its database, its person and itself."""

CASES = ((0.72, 0.64, 0.24), (0.88, 0.80, 0.25), (0.50, 0.24, 0.24))
"""(one person left out, a laboratory left out, always negative)."""


def _others(answer: Sequence[str]) -> str | None:
    said, right = sorted(answer), sorted(i for i in IDS if not i.startswith("samm/"))
    if said == right:
        return None
    if said == sorted(set(IDS) - set(right)):
        return "these are the clips to test on: the training clips are all the others"
    if "samm/011/011_1_1" in said:
        return "a clip of SAMM is still trained on: leave out the laboratory, not one of its people"
    return f"it keeps {len(said)} of {len(IDS)} clips: three are of other laboratories"


def _left(answer: Callable[[float, float, float], float]) -> str | None:
    said = [float(answer(*case)) for case in CASES]
    right = [(there - naive) / (here - naive) for here, there, naive in CASES]
    if np.allclose(said, right):
        return None
    if np.allclose(said, [there / here for here, there, _ in CASES]):
        return "nearly: this counts what always negative has for nothing. Take it away above and below the line"
    if np.allclose(said, [(here - there) / (here - naive) for here, there, naive in CASES]):
        return "this is the share that is lost: asked is what is left"
    if np.allclose(said, [1 / value if value else np.inf for value in right]):
        return "upside down: the laboratory left out stands above the line"
    return f"for {CASES[0]} it says {said[0]:.2f}: what lies above always negative there, divided by the same here"


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


def _unmarked(answer: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> str | None:
    numbers, classes, person, lab = laboratories(1)
    given = np.asarray(answer(numbers.copy(), lab), dtype=float)
    if given.ndim != 2 or len(given) != len(numbers):
        return f"it gives {given.shape}: give a row for each of the {len(numbers)} clips"
    means = np.stack([given[lab == number].mean(0) for number in range(3)])
    kept = right_with(given, classes, person), right_with(given, classes, lab)
    said = f"right with a person left out {kept[0]:.2f}, with a laboratory left out {kept[1]:.2f}. "
    if given.shape[1] < numbers.shape[1]:
        return said + "You dropped columns: of a real face nobody knows which those would be. Use all six"
    if np.abs(given.mean(0)).max() < 1e-6 and np.abs(means).max() > 1e-3:
        return said + "The mean of all clips is gone, and each laboratory's own is still there: take that one"
    if np.abs(means).max() > 1e-3:
        return said + "A laboratory's mean still shows which one it is"
    return None


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
        },
    ),
    Exercise(
        level=3,
        judge=_unmarked,
        hints=(
            "The mark moves all numbers of a laboratory by the same amount: its mean over that laboratory's clips.",
            "For each laboratory: numbers[lab == n] -= numbers[lab == n].mean(0). No class is looked at.",
        ),
        wrong={
            "the mean of all": lambda numbers, lab: numbers - numbers.mean(0),
            "the mark's columns dropped": lambda numbers, lab: numbers[:, :3],
            "nothing done": lambda numbers, lab: numbers,
        },
    ),
)
