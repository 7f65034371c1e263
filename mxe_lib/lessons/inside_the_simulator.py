"""Notebook 10: one side of a face, what is found to be missed, and units that are more than their sum."""

from collections.abc import Callable, Iterable, Mapping

import numpy as np

from mxe_lib.errors import MxeError
from mxe_lib.lessons import Exercise
from mxe_lib.lessons.given import as_number, function
from mxe_lib.simulation import NONE, SimulatedDatabase, parse


def _flow(*codes: str) -> np.ndarray:
    database = SimulatedDatabase("casme2", distractors=NONE)
    clip = database.add_clip(codes, length=8, apex=4, name="_".join(codes))
    return database.true_flow(clip, clip.onset + 4)


def _one_side(answer: str) -> str | None:
    if not isinstance(answer, str):
        return "a code is a text: write it in quotes"
    try:
        unit = parse(answer.strip())
    except MxeError as error:
        return str(error)
    if unit.unit != 12:
        return f"that is unit {unit.unit}; unit 12 pulls the mouth's corner"
    if unit.side == "both":
        left, right = (np.hypot(*half).max() for half in np.array_split(_flow(answer.strip()), 2, axis=2))
        return f"both sides move, by {left:.1f} and {right:.1f} pixels: one side is asked for"
    if unit.side == "right":
        return "nearly: that is the owner's right, which stands on the image's left"
    if unit.letter != "D":
        return f"nearly: the intensity is {unit.letter or 'not said'}, and D is asked for"
    return None


SCORES = {
    "nothing": (0.66, float("nan")),
    "crop": (0.38, 0.005),
    "jitter": (0.62, 0.2),
    "noise": (0.71, 0.02),
    "blinks": (0.65, 0.04),
}


OTHERS = {"looks": (0.61, 0.05), "nothing": (0.6, float("nan")), "light": (0.4, 0.04), "heads": (0.5, 0.9)}
EQUAL = {"crop": (0.55, 0.01), "noise": (0.5, 0.03), "nothing": (0.5, 0.8), "tilt": (0.49, 0.049)}
TABLES = (SCORES, OTHERS, EQUAL)


def _found(scores: Mapping[str, tuple[float, float]]) -> set[str]:
    whole = scores["nothing"][0]
    return {name for name, (uf1, p) in scores.items() if p < 0.05 and uf1 < whole}


@function
def _missed(answer: Callable[[Mapping[str, tuple[float, float]]], list[str]]) -> str | None:
    said = []
    for table in TABLES:
        given = answer(dict(table))
        if (
            isinstance(given, str)
            or not isinstance(given, Iterable)
            or not set(map(str, given := list(given))) <= set(table)
        ):
            return "give back a list of names, keys of scores"
        said.append(set(given))
    found = said[0]
    if said == [_found(table) for table in TABLES]:
        return None
    if "nothing" in found:
        return "'nothing' is the whole recipe: all others are held against it"
    if not found:
        return "it names none: with which of them left out does the score fall, and is that found?"
    if "jitter" in found:
        return "'jitter' scores less, but its corrected p is 0.2: that it is missed is not found"
    if "noise" in found:
        return "'noise' differs, but it scores more without: it is found to hurt, not to be missed"
    if found == _found(SCORES):
        return "right for the first table, and not for others: compute it from scores, each with its own whole recipe"
    return f"it says {sorted(found)}: is each of them found, does the score fall without it, and are these all?"


@function
def _beyond(answer: Callable[[str, str], float]) -> str | None:
    found = [as_number(answer(*pair), "beyond_the_sum") for pair in PAIRS]
    if np.allclose(found, [_apart(_flow(*pair), _sum(*pair)) for pair in PAIRS], atol=1e-3):
        return None
    if max(map(abs, found)) < 1e-6:
        return "no difference at all: are the two the same? One is of a clip that shows both units"
    if np.allclose(found, [_apart(_sum(*pair), _flow(*pair)) for pair in PAIRS], atol=1e-3):
        return "nearly: the two are exchanged. What is divided by is the sum of both, each alone"
    if found[1] > 0.3:
        return "units 1 and 12 share neither muscle nor skin, so that their sum is what both do: is it their sum?"
    return f"it says {found[0]:.2f} for units 1 and 4 and {found[1]:.2f} for 1 and 12: how many clips are compared?"


PAIRS = (("1D", "4D"), ("1D", "12D"), ("2C", "4E"))


def _apart(together: np.ndarray, alone: np.ndarray) -> float:
    return float(np.linalg.norm(together - alone) / np.linalg.norm(alone))


def _sum(first: str, second: str) -> np.ndarray:
    return _flow(first) + _flow(second)


EXERCISES = (
    Exercise(
        level=1,
        judge=_one_side,
        hints=("A code is a side (L or R, the owner's), a number and an intensity from A to E.", "'L12D'"),
        wrong={
            "both sides": "12D",
            "the other side": "R12D",
            "another unit": "L4D",
            "no code": "12left",
            "intensity A": "L12A",
            "a list": ["L12D"],
        },
        right={"with a space": "L12D ", "of numpy": np.str_("L12D")},
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
            "none": lambda scores: [],
            "0.05 itself": lambda scores: [n for n, (u, p) in scores.items() if p <= 0.05 and n != "nothing"],
            "of the first table": lambda scores: ["crop", "blinks"] if "crop" in scores else [],
            "one name": lambda scores: "crop",
        },
        right={
            "a set": _found,
            "by sorting": lambda scores: tuple(
                name for name in sorted(scores) if scores[name][1] < 0.05 and scores[name][0] - scores["nothing"][0] < 0
            ),
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
            "exchanged": lambda first, second: _apart(_sum(first, second), _flow(first, second)),
            "their mean": lambda first, second: _apart(_flow(first, second), _sum(first, second) / 2),
            "two maps": lambda first, second: (_flow(first, second), _sum(first, second)),
        },
        right={
            "in the other order": lambda first, second: _apart(_flow(second, first), _sum(second, first)),
            "a root": lambda first, second: (
                (np.square(_flow(first, second) - _sum(first, second)).sum() / np.square(_sum(first, second)).sum())
                ** 0.5
            ),
        },
    ),
)
