"""Notebook 10: one side of a face, what is found to be missed, and units that are more than their sum."""

from collections.abc import Callable, Mapping

import numpy as np

from mxe_lib.errors import MxeError
from mxe_lib.lessons import Exercise
from mxe_lib.simulation import NONE, SimulatedDatabase, parse


def _flow(*codes: str) -> np.ndarray:
    database = SimulatedDatabase("casme2", distractors=NONE)
    clip = database.add_clip(codes, length=8, apex=4, name="_".join(codes))
    return database.true_flow(clip, clip.onset + 4)


def _one_side(answer: str) -> str | None:
    try:
        unit = parse(answer)
    except MxeError as error:
        return str(error)
    left, right = (np.hypot(*half).max() for half in np.array_split(_flow(answer), 2, axis=2))
    if unit.unit != 12:
        return f"that is unit {unit.unit}; unit 12 pulls the mouth's corner"
    if unit.side == "both":
        return f"both sides move, by {left:.1f} and {right:.1f} pixels: put the owner's side before the number"
    if unit.side == "right":
        return "nearly: that is the owner's right, which stands on the image's left"
    return None


SCORES = {
    "nothing": (0.66, float("nan")),
    "crop": (0.38, 0.005),
    "jitter": (0.62, 0.2),
    "noise": (0.71, 0.02),
    "blinks": (0.65, 0.04),
}


def _missed(answer: Callable[[Mapping[str, tuple[float, float]]], list[str]]) -> str | None:
    found = set(answer(SCORES))
    if found == {"crop", "blinks"}:
        return None
    if "nothing" in found:
        return "'nothing' is the whole recipe: all others are held against it"
    if "jitter" in found:
        return "'jitter' scores less, but its corrected p is 0.2: that it is missed is not found"
    if "noise" in found:
        return "'noise' differs, but it scores more without: it is found to hurt, not to be missed"
    return f"it says {sorted(found)}: two of the four have a p below 0.05 and a score below the whole recipe's"


def _beyond(answer: Callable[[str, str], float]) -> str | None:
    one, other = answer("1D", "4D"), answer("1D", "12D")
    wanted = [np.linalg.norm(_flow(a, b) - _sum(a, b)) / np.linalg.norm(_sum(a, b)) for a, b in PAIRS]
    if np.allclose((one, other), wanted, atol=1e-3):
        return None
    if abs(one) < 1e-6:
        return "no difference at all: is what you call together not the sum itself? Ask for both units in one clip"
    if other > 0.3:
        return (
            "units 1 and 12 share neither muscle nor skin: their sum is what both do. Add the flow of both, each alone"
        )
    return f"it says {one:.2f} for units 1 and 4 and {other:.2f} for 1 and 12: together = flow(first, second)"


PAIRS = (("1D", "4D"), ("1D", "12D"))


def _sum(first: str, second: str) -> np.ndarray:
    return _flow(first) + _flow(second)


EXERCISES = (
    Exercise(
        level=1,
        judge=_one_side,
        hints=("A code is a side (L or R, the owner's), a number and an intensity from A to E.", "'L12D'"),
        wrong={"both sides": "12D", "the other side": "R12D", "another unit": "L4D", "no code": "12left"},
    ),
    Exercise(
        level=2,
        judge=_missed,
        hints=(
            "An ingredient is found to be missed if p < 0.05 and the score without it lies below scores['nothing'][0].",
            "[name for name, (uf1, p) in scores.items() if p < 0.05 and uf1 < scores['nothing'][0]]",
        ),
        wrong={
            "every lower score": lambda scores: [n for n, (uf1, _) in scores.items() if uf1 < scores["nothing"][0]],
            "every small p": lambda scores: [n for n, (_, p) in scores.items() if p < 0.05],
            "the whole recipe too": lambda scores: ["nothing", "crop", "blinks"],
        },
    ),
    Exercise(
        level=3,
        judge=_beyond,
        hints=(
            "flow(first, second) draws both in one clip, flow(first) one of them.",
            "together, alone = flow(first, second), flow(first) + flow(second)",
        ),
        wrong={
            "the sum twice": lambda first, second: 0.0,
            "one of the two alone": lambda first, second: float(
                np.linalg.norm(_flow(first, second) - _flow(first)) / np.linalg.norm(_flow(first))
            ),
        },
    ),
)
