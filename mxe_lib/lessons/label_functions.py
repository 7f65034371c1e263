"""Notebook 03: the formula of a label, the window's bias, and what a window is worth when scores are noisy."""

from collections.abc import Callable

import numpy as np

from mxe_lib.lessons import Exercise
from mxe_lib.spotting import rules
from mxe_lib.spotting.labels import label

END = 70


def _exponential(answer: Callable[[np.ndarray, float], np.ndarray]) -> str | None:
    u = np.linspace(0, 1, 5)
    said = {k: np.asarray(answer(u, k), dtype=float) for k in (1.0, 3.0)}
    if all(np.allclose(said[k], np.expm1(k * u) / np.expm1(k)) for k in said):
        return None
    if all(np.allclose(said[k], np.log1p(np.expm1(k) * u) / k) for k in said):
        return "that is the log label, its inverse: a blunt peak in place of a sharp one"
    if np.allclose(said[3.0], np.exp(3 * u)):
        return (
            "nearly: it says 1 at the onset and more at the apex. Shift it and divide it, so that it runs from 0 to 1"
        )
    if np.allclose(said[1.0], np.expm1(u) / np.expm1(1)):
        return "nearly: right for a steepness of 1. Where does k go for any other?"
    return f"at u = 0, ½, 1 and k = 3 it says {said[3.0][0]:.2f}, {said[3.0][2]:.2f}, {said[3.0][4]:.2f}"


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


def _gain(
    noise: float, clips: int = 200, of: Callable[[int, int], float] = lambda high, window: abs(high) - abs(window)
):
    rng, gaps = np.random.default_rng(0), []
    for _ in range(clips):
        apex = rng.integers(15, 55)
        scores = label("linear", range(END + 1), 0, apex, END) + rng.normal(0, noise, END + 1)
        picked = [pick(range(END + 1), scores) - apex for pick in (rules.pick_max, rules.pick_sw_max)]
        gaps.append(of(*picked))
    return float(np.mean(gaps))


def _noisy(answer: Callable[[float], float]) -> str | None:
    quiet, loud = float(answer(0.0)), float(answer(0.3))
    right = _gain(0.0), _gain(0.3)
    if np.allclose((quiet, loud), right):
        return None
    if np.allclose((quiet, loud), np.negative(right)):
        return "nearly: right but for the sign. A gain is positive where SW-Max errs less"
    if np.allclose(
        (quiet, loud), (_gain(0.0, of=lambda high, window: high - window), _gain(0.3, of=lambda h, w: h - w))
    ):
        return "without absolute values: an error of +9 and one of -9 cancel, and both rules look alike"
    if np.allclose(loud, _gain(0.3, of=lambda high, window: abs(window))):
        return "this is SW-Max's own error: hold Max's against it"
    return f"without noise it says {quiet:+.2f}, with noise of 0.3 it says {loud:+.2f}"


EXERCISES = (
    Exercise(
        level=1,
        judge=_exponential,
        hints=(
            "np.exp(k * u) runs from 1 to e^k. Make it run from 0 to 1.",
            "Take 1 away, and divide by what is left at u = 1; np.expm1(x) is e^x - 1.",
        ),
        wrong={
            "not made to run from 0 to 1": lambda u, k: np.exp(k * u),
            "the log label": lambda u, k: np.log1p(np.expm1(k) * u) / k,
            "the steepness left out": lambda u, k: np.expm1(u) / np.expm1(1),
        },
    ),
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
    Exercise(
        level=3,
        judge=_noisy,
        hints=(
            "pick_max(numbers, scores) and pick_sw_max(numbers, scores) give the frames that the two rules pick.",
            "The gain in a clip is abs(Max's frame - apex) - abs(SW-Max's frame - apex).",
        ),
        wrong={
            "the sign turned": lambda noise: -_gain(noise),
            "errors without absolute values": lambda noise: _gain(noise, of=lambda high, window: high - window),
            "SW-Max's error alone": lambda noise: _gain(noise, of=lambda high, window: abs(window)),
        },
    ),
)
