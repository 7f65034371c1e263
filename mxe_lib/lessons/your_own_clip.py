"""Notebook 12: frames and milliseconds, evidence beside a prior, and what a blink is taken for."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache

import numpy as np
import pandas as pd

from mxe_lib.clips import CLASSES
from mxe_lib.lessons import Exercise
from mxe_lib.lessons.given import as_number, function, number
from mxe_lib.recognition import shipped_recognizer
from mxe_lib.simulation import SimulatedDatabase
from mxe_lib.vision import flow


@number
def _milliseconds(answer: float) -> str | None:
    for value, text in (
        (135, None),
        (140, "nearly: the onset is frame 1, not frame 0. Count from there"),
        (0.135, "nearly: that is in seconds"),
        (0.14, "nearly: that is in seconds, and the onset is frame 1, not frame 0"),
        (27 * 200, "upside down: at 200 frames a second so few frames do not last for seconds"),
        (28 * 200, "upside down: at 200 frames a second so few frames do not last for seconds"),
        (27, "these are frames: how long does one last?"),
        (5, "so long lasts one frame: how many are there?"),
        (900, "that is for 30 frames a second: this clip has 200"),
    ):
        if abs(answer - value) < 1e-3 * value:
            return text
    return f"{answer:g} ms is not it: how many frames lie between the two, and how long does one last?"


def _odds(p: float) -> float:
    return p / (1 - p)


@function
def _ratio(answer: Callable[[float, float], float]) -> str | None:
    cases = ((0.6, 0.2), (0.5, 0.5), (0.6, 0.57), (0.1, 0.25))
    given = np.array([as_number(answer(*case), "likelihood_ratio") for case in cases])

    def all_are(formula: Callable[[float, float], float]) -> bool:
        return bool(np.allclose(given, [formula(*case) for case in cases], rtol=1e-3))

    if all_are(lambda posterior, prior: _odds(posterior) / _odds(prior)):
        return None
    if all_are(lambda posterior, prior: posterior / prior):
        return "nearly: this divides probabilities. Bayes' rule divides odds"
    if all_are(lambda posterior, prior: _odds(posterior)):
        return "these are the odds after the look. They say something only beside the odds before it"
    if all_are(lambda posterior, prior: _odds(prior) / _odds(posterior)):
        return "upside down: what the clip adds stands above, so that more than 1 speaks for the class"
    if all_are(lambda posterior, prior: posterior / _odds(prior)):
        return "nearly: what stands above is a probability, and below stand odds. Odds belong in both places"
    if all_are(lambda posterior, prior: np.log(_odds(posterior) / _odds(prior))):
        return "nearly: that is the logarithm of the ratio"
    if all_are(lambda posterior, prior: _odds(posterior) - _odds(prior)):
        return "this is a difference of odds: a ratio is asked for"
    return f"for 0.6 with a prior of 0.2 it says {given[0]:.2f}: what are the posterior odds of 0.6?"


@cache
def _answered(units: tuple[str, ...], frame: str | int = "apex", back: bool = False) -> dict[str, float]:
    database = SimulatedDatabase("casme2", seed=7)
    clip = database.add_clip(units, length=50, apex=22)
    movement = flow.clip_flow(
        database, clip, [frame if isinstance(frame, int) else getattr(clip, frame)], size=shipped_recognizer.FLOW_SIZE
    )[0]
    return shipped_recognizer.recognizer().probabilities(-movement if back else movement)


UNITS = (("45E",), ("12C",))
"""A blink and a smile."""


@function
def _of_units(answer: Callable[[Sequence[str]], Mapping[str, float]]) -> str | None:
    given = [answer(units) for units in UNITS]
    if not all(hasattr(one, "keys") and set(one.keys()) == set(CLASSES) for one in given):
        return "give all three probabilities, as probabilities(...) does: one class alone hides how sure it is"

    def all_are(other: Callable[[tuple[str, ...]], Mapping[str, float]]) -> bool:
        wanted = [[other(units)[name] for name in CLASSES] for units in UNITS]
        return bool(np.allclose([[one[name] for name in CLASSES] for one in given], wanted, atol=1e-3))

    if all_are(_answered):
        return None
    if all_are(lambda units: _answered(units, "onset")):
        return "this looks at the onset, before anything has moved"
    if all_are(lambda units: _answered(units, 22)):
        return (
            "nearly: the clip begins with frame 1, so that apex=22 is not frame 22. The clip itself knows its numbers"
        )
    if all_are(lambda units: _answered(units, "offset")):
        return "this looks at the offset, when the face has nearly come back"
    if all_are(lambda units: _answered(units, back=True)):
        return "nearly: this movement goes backwards, from the apex to the onset"
    if all_are(lambda units: dict(zip(CLASSES, shipped_recognizer.prior(), strict=True))):
        return "that is the prior, which looks at nothing"
    said = ", ".join(f"{name} {float(given[0][name]):.2f}" for name in CLASSES)
    return f"for a blink it says {said}: at which frame is the movement strongest?"


EXERCISES = (
    Exercise(
        level=1,
        judge=_milliseconds,
        hints=("From frame 1 to frame 28 are 27 frames.", "At 200 frames a second each lasts 1000 / 200 ms."),
        wrong={"the onset as frame 0": 140.0, "seconds": 0.135, "upside down": 5400.0, "frames": 27, "one frame": 5},
        right={"a whole number": 135, "in steps": sum([1000 / 200] * 27), "of numpy": np.float32(135)},
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
            "the logarithm": lambda posterior, prior: np.log(_odds(posterior) / _odds(prior)),
            "a difference": lambda posterior, prior: _odds(posterior) - _odds(prior),
            "a probability above": lambda posterior, prior: posterior / _odds(prior),
            "two numbers": lambda posterior, prior: (_odds(posterior), _odds(prior)),
        },
        right={
            "one fraction": lambda posterior, prior: posterior * (1 - prior) / (prior * (1 - posterior)),
            "an array": lambda posterior, prior: np.array([_odds(posterior) / _odds(prior)]),
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
            "the onset": lambda units: _answered(tuple(units), "onset"),
            "frame 22": lambda units: _answered(tuple(units), 22),
            "numbers without names": lambda units: list(_answered(tuple(units)).values()),
        },
        right={
            "frame 23": lambda units: _answered(tuple(units), 23),
            "of pandas": lambda units: pd.Series(_answered(tuple(units))),
        },
    ),
)
