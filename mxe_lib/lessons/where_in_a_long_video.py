"""Notebook 16: what still is a hit, sums or means, and a threshold that has seen the test."""

from collections.abc import Callable, Sequence

import numpy as np

from mxe_lib.evaluation.spotted import Spotted, iou
from mxe_lib.lessons import Exercise

TRUE = (100, 129)
"""Frames of the expression of the first exercise."""


def _span(onset: int, offset: int) -> Spotted:
    return Spotted(onset, onset, offset, "macro")


def _longest(answer: Sequence[int]) -> str | None:
    onset, offset = (int(number) for number in answer)
    if offset < onset:
        return "the offset lies before the onset: give the first frame, then the last"
    shared = iou(_span(onset, offset), _span(*TRUE))
    if shared < 0.5:
        return f"its intersection over union is {shared:.2f}: that is no hit"
    frames = offset - onset + 1
    if frames == 60:
        return None
    if frames == 30:
        return "that is the expression itself, a perfect hit: how much longer may it be and still be one?"
    return f"a hit, and {frames} frames long: a longer one is a hit, too"


VIDEOS = [(2, 1, 1), (0, 0, 0), (1, 3, 0), (0, 2, 0), (3, 0, 2)]


def _pooled(videos: Sequence[tuple[int, int, int]]) -> float:
    tp, fp, fn = np.sum(videos, axis=0)
    return 2 * tp / (2 * tp + fp + fn)


def _mean_f1(videos: Sequence[tuple[int, int, int]]) -> float:
    return float(np.mean([_pooled([one]) if sum(one) else 0.0 for one in videos]))


def _f1(answer: Callable[[Sequence], float]) -> str | None:
    said = float(answer(VIDEOS))
    if np.isclose(said, _pooled(VIDEOS)):
        return None
    if np.isclose(said, _mean_f1(VIDEOS)):
        return "that is a mean over videos: one without an expression can only lower it. Add the counts up first"
    tp, fp, fn = np.sum(VIDEOS, axis=0)
    if np.isclose(said, tp / (tp + fp)):
        return "that is the precision: the misses are left out"
    if np.isclose(said, tp / (tp + fp + fn)):
        return "nearly: hits count twice, above and below the line"
    return f"of the example it says {said:.3f}, and it should be {_pooled(VIDEOS):.3f}"


def _draw(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """F1 of training and test people at ten thresholds."""
    rng = np.random.default_rng(seed)
    shape = 0.5 - 0.05 * np.abs(np.arange(10) - 5)
    return tuple(shape + 0.1 * rng.standard_normal((people, 10)) for people in (9, 3))


def _gain(train: np.ndarray, test: np.ndarray) -> float:
    return float(test.mean(0).max() - test.mean(0)[train.mean(0).argmax()])


def _optimism(answer: Callable[[np.ndarray, np.ndarray], float]) -> str | None:
    draws = [_draw(seed) for seed in range(20)]
    said = np.array([float(answer(*draw)) for draw in draws])
    if np.allclose(said, [_gain(*draw) for draw in draws]):
        return None
    if np.allclose(said, [-_gain(*draw) for draw in draws]):
        return "the sign is turned: the dishonest choice scores higher"
    if np.allclose(said, 0):
        return "both thresholds were chosen on the same people, so that there is no difference"
    if np.allclose(said, [test.mean(0).max() - train.mean(0).max() for train, test in draws]):
        return "this compares the test people's score with the training people's: take the test people's both times"
    right = np.mean([_gain(*draw) for draw in draws])
    return f"over twenty draws it says {said.mean():+.3f} on average, and it should say {right:+.3f}"


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
        },
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
            "the precision": lambda videos: np.sum(videos, 0)[0] / np.sum(videos, 0)[:2].sum(),
            "hits counted once": lambda videos: np.sum(videos, 0)[0] / np.sum(videos),
        },
    ),
    Exercise(
        level=3,
        judge=_optimism,
        hints=(
            "train.mean(0) has a score for each threshold; .argmax() says which one is best there.",
            "The honest score is test.mean(0) at the training people's best threshold, the other test.mean(0).max().",
        ),
        wrong={
            "the sign turned": lambda train, test: -_gain(train, test),
            "chosen on the test people twice": lambda train, test: 0.0,
            "the training people's own score": lambda train, test: test.mean(0).max() - train.mean(0).max(),
        },
    ),
)
