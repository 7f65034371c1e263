"""Notebook 03: labels, the window's bias, and a network that answers a constant."""

from collections.abc import Callable

from mxe_lib.lessons import Exercise
from mxe_lib.spotting import rules
from mxe_lib.spotting.labels import label

END = 70


def _window(apex: int, onset: int = 0, offset: int = END) -> int:
    numbers = range(onset, offset + 1)
    return rules.pick_sw_max(numbers, label("linear", numbers, onset, apex, offset)) - apex


def _perfect_error(answer: Callable[[int], int]) -> str | None:
    near, far = answer(20), answer(35)
    if (near, far) == (_window(20), _window(35)):
        return None
    if (near, far) == (0, 0):
        return "no error at all: that is Max, the highest frame. SW-Max takes the centre of the best window"
    if (near, far) == (20 + _window(20), 35 + _window(35)):
        return "nearly: these are the frames that SW-Max picks. The error is their distance from the apex"
    if (near, far) == (-_window(20), -_window(35)):
        return "nearly: right but for the sign. Positive means later than the apex"
    return f"for an apex at 20 and at 35 it says {near} and {far}: look at where the window of nine has its largest sum"


EXERCISES = (
    Exercise(
        level=2,
        judge=_perfect_error,
        hints=(
            "rules.pick_sw_max(numbers, scores) gives the frame that the rule picks.",
            "The scores of a perfect network are the label itself: label('linear', numbers, onset, apex, offset).",
        ),
        wrong={
            "Max in place of SW-Max": lambda apex: 0,
            "the picked frame, not its error": lambda apex: apex + _window(apex),
            "the sign turned": lambda apex: -_window(apex),
        },
    ),
)
