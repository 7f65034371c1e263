"""Notebook 12: frames and milliseconds, evidence beside a prior, and what a blink is taken for."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache

import numpy as np

from mxe_lib.clips import CLASSES
from mxe_lib.lessons import Exercise
from mxe_lib.recognition import shipped_recognizer
from mxe_lib.simulation import SimulatedDatabase
from mxe_lib.vision import flow


def _milliseconds(answer: float) -> str | None:
    if abs(answer - 135) < 1e-6:
        return None
    if abs(answer - 140) < 1e-6:
        return "nearly: the onset is frame 1, not frame 0. Count from there"
    if abs(answer - 0.135) < 1e-6:
        return "nearly: that is in seconds"
    if abs(answer - 27 * 200) < 1e-6:
        return "upside down: at 200 frames a second a frame lasts 5 ms, so 27 of them are not longer than a second"
    return f"{answer} ms is not it: how many frames lie between the two, and how long does one last?"


def _odds(p: float) -> float:
    return p / (1 - p)


def _ratio(answer: Callable[[float, float], float]) -> str | None:
    cases = ((0.6, 0.2), (0.5, 0.5), (0.6, 0.57), (0.1, 0.25))
    given = np.array([answer(posterior, prior) for posterior, prior in cases], dtype=float)

    def all_are(formula: Callable[[float, float], float]) -> bool:
        return bool(np.allclose(given, [formula(*case) for case in cases], rtol=1e-3))

    if all_are(lambda posterior, prior: _odds(posterior) / _odds(prior)):
        return None
    if all_are(lambda posterior, prior: posterior / prior):
        return "nearly: this divides probabilities. Bayes' rule divides odds, p / (1 - p)"
    if all_are(lambda posterior, prior: _odds(posterior)):
        return "these are the odds after the look. They say something only beside the odds before it: divide"
    if all_are(lambda posterior, prior: _odds(prior) / _odds(posterior)):
        return "upside down: what the clip adds stands above, so that more than 1 speaks for the class"
    return f"for 0.6 with a prior of 0.2 it says {given[0]:.2f}: the odds are 1.5 and 0.25"


@cache
def _answered(units: tuple[str, ...], frame: str = "apex", back: bool = False) -> dict[str, float]:
    database = SimulatedDatabase("casme2", seed=7)
    clip = database.add_clip(units, length=50, apex=22)
    movement = flow.clip_flow(database, clip, [getattr(clip, frame)], size=shipped_recognizer.FLOW_SIZE)[0]
    return shipped_recognizer.recognizer().probabilities(-movement if back else movement)


UNITS = (("45E",), ("12C",))
"""A blink and a smile."""


def _of_units(answer: Callable[[Sequence[str]], Mapping[str, float]]) -> str | None:
    given = [answer(units) for units in UNITS]
    if not all(isinstance(one, Mapping) and set(one) == set(CLASSES) for one in given):
        return "give all three probabilities, as probabilities(...) does: one class alone hides how sure it is"

    def all_are(other: Callable[[tuple[str, ...]], Mapping[str, float]]) -> bool:
        wanted = [[other(units)[name] for name in CLASSES] for units in UNITS]
        return bool(np.allclose([[one[name] for name in CLASSES] for one in given], wanted, atol=1e-3))

    if all_are(_answered):
        return None
    if all_are(lambda units: _answered(units, "offset")):
        return "this looks at the offset, when the face has nearly come back: take the apex"
    if all_are(lambda units: _answered(units, back=True)):
        return "nearly: this movement goes backwards, from the apex to the onset"
    if all_are(lambda units: dict(zip(CLASSES, shipped_recognizer.prior(), strict=True))):
        return "that is the prior, which looks at nothing"
    return f"for a blink it says {dict(given[0])}: what goes in is the flow from onset to apex, FLOW_SIZE wide"


EXERCISES = (
    Exercise(
        level=1,
        judge=_milliseconds,
        hints=("From frame 1 to frame 28 are 27 frames.", "At 200 frames a second each lasts 1000 / 200 ms."),
        wrong={"the onset as frame 0": 140.0, "seconds": 0.135, "upside down": 5400.0},
    ),
    Exercise(
        level=2,
        judge=_ratio,
        hints=(
            "The odds of a probability p are p / (1 - p).",
            "Posterior odds over prior odds: (posterior / (1 - posterior)) / (prior / (1 - prior)).",
        ),
        wrong={
            "probabilities in place of odds": lambda posterior, prior: posterior / prior,
            "without the prior": lambda posterior, prior: _odds(posterior),
            "upside down": lambda posterior, prior: _odds(prior) / _odds(posterior),
        },
    ),
    Exercise(
        level=3,
        judge=_of_units,
        hints=(
            "The recogniser was trained on flow from the onset to the frame of the strongest movement.",
            "clip_flow takes frame numbers in a list: [clip.apex].",
        ),
        wrong={
            "the offset": lambda units: _answered(tuple(units), "offset"),
            "backwards": lambda units: _answered(tuple(units), back=True),
            "the prior": lambda units: dict(zip(CLASSES, shipped_recognizer.prior(), strict=True)),
            "one class alone": lambda units: "surprise",
        },
    ),
)
