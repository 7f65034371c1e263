"""Notebook 16: what still is a hit, sums or means, and a threshold that has seen the test."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from mxe_lib.evaluation.spotted import Spotted, iou
from mxe_lib.lessons import Exercise
from mxe_lib.lessons.given import as_number, as_numbers, function

TRUE = (100, 129)
"""Frames of the expression of the first exercise."""


def _span(onset: int, offset: int) -> Spotted:
    return Spotted(onset, onset, offset, "macro")


def _longest(answer: Sequence[int]) -> str | None:
    onset, offset = as_numbers(answer, 2, "the answer")
    if not (onset.is_integer() and offset.is_integer()):  # nor is infinity a frame
        return "frames have whole numbers: give the first frame and the last"
    onset, offset = int(onset), int(offset)
    if offset < onset:
        return "the offset lies before the onset: give the first frame, then the last"
    shared = iou(_span(onset, offset), _span(*TRUE))
    frames = offset - onset + 1
    if shared < 0.5:
        barely = "nearly: one frame too long. Both ends count" if frames == 61 else ""
        return f"{barely}{': ' if barely else ''}its intersection over union is {shared:.3f}, and that is no hit"
    if frames == 60:
        return None
    if frames == 30:
        return "that is the expression itself, a perfect hit: how much longer may it be and still be one?"
    return f"a hit, and {frames} frames long: a longer one is a hit, too"


VIDEOS = [(2, 1, 1), (0, 0, 0), (1, 3, 0), (0, 2, 0), (3, 0, 2)]
LISTS = (VIDEOS, [(5, 0, 3)], [(0, 4, 1), (7, 2, 9), (1, 1, 0), (0, 0, 6)], [(0, 2, 2)])
"""(TP, FP, FN) of videos."""


def _pooled(videos: Sequence[tuple[int, int, int]]) -> float:
    tp, fp, fn = np.sum(videos, axis=0)
    return 2 * tp / (2 * tp + fp + fn)


def _mean_f1(videos: Sequence[tuple[int, int, int]]) -> float:
    return float(np.mean([_pooled([one]) if sum(one) else 0.0 for one in videos]))


def _of_sums(formula: Callable[[float, float, float], float]) -> Callable[[Sequence], float]:
    return lambda videos: float(formula(*np.sum(videos, axis=0)))


_precision = _of_sums(lambda tp, fp, fn: tp / max(1, tp + fp))
_recall = _of_sums(lambda tp, fp, fn: tp / max(1, tp + fn))
_once = _of_sums(lambda tp, fp, fn: tp / (tp + fp + fn))


def _of_scored(videos: Sequence[tuple[int, int, int]]) -> float:
    scored = [_pooled([one]) for one in videos if sum(one)]
    return float(np.mean(scored))


@function
def _f1(answer: Callable[[Sequence], float]) -> str | None:
    said = [as_number(answer(list(videos)), "f1") for videos in LISTS]
    for formula, text in (
        (_pooled, None),
        (_mean_f1, "that is a mean over videos: one without an expression can only lower it. Pool them before scoring"),
        (_of_scored, "that is a mean over the videos that have a score. Pool all of them before scoring"),
        (_precision, "that is the precision: the misses are left out"),
        (_recall, "that is the recall: the false alarms are left out"),
        (_once, "nearly: hits count twice, above and below the line"),
        (lambda videos: _pooled(videos[:1]), "that is the first video alone"),
        (lambda videos: _pooled(VIDEOS), "right for one list of videos, and for no other: compute it from `videos`"),
    ):
        if np.allclose(said, [formula(videos) for videos in LISTS]):
            return text
    tp, fp, fn = np.sum(VIDEOS, axis=0)
    return (
        f"of {tp} hits, {fp} false alarms and {fn} misses in five videos it makes {said[0]:.3f}: are all of them in it?"
    )


def _draw(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """F1 of training and test people at ten thresholds."""
    rng = np.random.default_rng(seed)
    shape = 0.5 - 0.05 * np.abs(np.arange(10) - 5)
    return tuple(shape + 0.1 * rng.standard_normal((people, 10)) for people in (9, 3))


def _gain(train: np.ndarray, test: np.ndarray) -> float:
    return float(test.mean(0).max() - test.mean(0)[train.mean(0).argmax()])


GAINS: dict[str, tuple[Callable[[np.ndarray, np.ndarray], float], str | None]] = {
    "right": (_gain, None),
    "the sign turned": (
        lambda train, test: -_gain(train, test),
        "the sign is turned: the dishonest choice scores higher",
    ),
    "chosen on the test people twice": (
        lambda train, test: 0.0,
        "both thresholds were chosen on the same people, so that there is no difference",
    ),
    "the training people's own score": (
        lambda train, test: test.mean(0).max() - train.mean(0).max(),
        "this compares the test people's score with the training people's: take the test people's both times",
    ),
    "the training people's lot": (
        lambda train, test: train.mean(0).max() - train.mean(0)[test.mean(0).argmax()],
        "the two groups are exchanged: it is the test people who are scored",
    ),
    "each person's own threshold": (
        lambda train, test: test.max(1).mean() - test.mean(0)[train.mean(0).argmax()],
        "each person has a threshold of their own here: one is chosen for all test people",
    ),
    "the middle threshold": (
        lambda train, test: test.mean(0).max() - test.mean(0)[5],
        "that threshold is the same in each draw: the training people choose it",
    ),
    "the mean of all thresholds": (
        lambda train, test: test.mean(0).max() - test.mean(),
        "that is the mean over all thresholds: the training people choose one",
    ),
    "all people choose": (
        lambda train, test: test.mean(0).max() - test.mean(0)[np.r_[train, test].mean(0).argmax()],
        "the test people had a say in the honest threshold, too",
    ),
}


@function
def _optimism(answer: Callable[[np.ndarray, np.ndarray], float]) -> str | None:
    draws = [_draw(seed) for seed in range(20)]
    said = [as_number(answer(train.copy(), test.copy()), "flattery") for train, test in draws]
    for formula, text in GAINS.values():
        if np.allclose(said, [formula(*draw) for draw in draws]):
            return text
    return (
        f"over twenty draws it says {np.mean(said):+.3f} on average: who chooses the honest threshold, who is scored?"
    )


EXERCISES = (
    Exercise(
        level=1,
        judge=_longest,
        hints=(
            "If the interval holds the whole expression, the intersection is 30 frames and the union is the interval.",
            "30 / frames must be 0.5 or more. Where it begins does not matter, as long as it holds frames 100 to 129.",
        ),
        wrong={
            "the expression itself": (100, 129),
            "the same length to both sides": (70, 159),
            "not the longest": (95, 134),
            "the wrong order": (129, 100),
            "one frame too long": (100, 160),
            "a length": 60,
            "half frames": (99.5, 158.5),
            "for ever": (100, np.inf),
            "half of it": (100, 114),
        },
        right={"before it": (70, 129), "on both sides": [85, 144], "of numpy": np.array([90, 149])},
    ),
    Exercise(
        level=2,
        judge=_f1,
        hints=(
            "np.sum(videos, axis=0) adds up the hits, the false alarms and the misses of all videos.",
            "F1 is 2 TP / (2 TP + FP + FN) of these three sums.",
        ),
        wrong={
            "a mean over videos": _mean_f1,
            "the precision": _precision,
            "the recall": _recall,
            "hits counted once": _once,
            "a mean over videos with a score": _of_scored,
            "the first": lambda videos: _pooled(videos[:1]),
            "of one list": lambda videos: _pooled(VIDEOS),
            "three numbers": lambda videos: np.sum(videos, 0),
        },
        right={
            "columns": lambda videos: (lambda tp, fp, fn: 2 * tp / (2 * tp + fp + fn))(
                *map(sum, zip(*videos, strict=True))
            ),
            "a half below": lambda videos: np.sum(videos, 0)[0] / (np.sum(videos, 0) @ (1, 0.5, 0.5)),
        },
    ),
    Exercise(
        level=3,
        judge=_optimism,
        hints=(
            "train.mean(0) has a score for each threshold; .argmax() says which one is best there.",
            "The honest score is test.mean(0) at the training people's best threshold, the other test.mean(0).max().",
        ),
        wrong={name: formula for name, (formula, text) in GAINS.items() if text}
        | {"a score for each person": lambda train, test: test.max(1) - test[:, train.mean(0).argmax()]},
        right={
            "sums": lambda train, test: (test.sum(0).max() - test.sum(0)[train.sum(0).argmax()]) / len(test),
            "of pandas": lambda train, test: (
                pd.DataFrame(test).mean().max() - pd.DataFrame(test).mean()[pd.DataFrame(train).mean().idxmax()]
            ),
        },
    ),
)
