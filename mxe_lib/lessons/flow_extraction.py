"""Notebook 01: one pixel's motion from its brightness, maps without a scale, and how strong a smile must be."""

from collections.abc import Callable
from functools import cache

import numpy as np

from mxe_lib.lessons import Exercise
from mxe_lib.simulation import SimulatedDatabase
from mxe_lib.study import flow_errors
from mxe_lib.vision import fields, flow


def _moved(answer: float) -> str | None:
    if abs(answer - 0.5) < 1e-6:
        return None
    if abs(answer + 0.5) < 1e-6:
        return "nearly: right but for the sign. What is brighter lies to the right, and the pixel grew darker"
    if abs(abs(answer) - 2) < 1e-6:
        return "upside down: 20 grey levels are a whole pixel, so 10 are less than one"
    return f"{answer} px is not it: solve I_x u + I_y v + I_t = 0 with I_x = 20, v = 0 and I_t = -10"


FIELDS = np.random.default_rng(0).normal(size=(2, 12, 12)) * np.array([3, 1])[:, None, None] + 0.5
"""A flow field, ``(2, H, W)``, whose u is three times as long as its v."""


def _both(field: np.ndarray) -> np.ndarray:
    return (field - field.min()) / (field.max() - field.min())


def _by_longest(field: np.ndarray) -> np.ndarray:
    return field / np.abs(field).max((1, 2), keepdims=True)


def _by_row(field: np.ndarray) -> np.ndarray:
    low, high = field.min(-1, keepdims=True), field.max(-1, keepdims=True)
    return (field - low) / (high - low)


def _scaled(answer: Callable[[np.ndarray], np.ndarray]) -> str | None:
    given = np.asarray(answer(FIELDS.copy()), dtype=float)
    if given.shape != FIELDS.shape:
        return f"from a field of shape {FIELDS.shape} comes one of shape {given.shape}: the shape stays"
    if np.allclose(given, fields.min_max(FIELDS), atol=1e-5):
        return None
    if np.allclose(given, FIELDS):
        return "that is the field as it was"
    if np.allclose(given, _both(FIELDS), atol=1e-5):
        return (
            "nearly: u and v share one range here. In the public maps each channel has its own: min and max over (1, 2)"
        )
    if np.allclose(given, _by_longest(FIELDS), atol=1e-5):
        return "this divides by the longest and keeps the sign. Min-max takes the smallest value off first"
    if np.allclose(given, _by_row(FIELDS), atol=1e-5):
        return "nearly: each row has a range of its own here. Take min and max over both axes, (1, 2)"
    return f"u goes from {given[0].min():.2f} to {given[0].max():.2f}: it should go from 0 to 1, and so should v"


@cache
def _smile(letter: str) -> tuple[np.ndarray, np.ndarray]:
    """Found and true flow, ``(2, 75, 75)`` pixels."""
    database = SimulatedDatabase("casme2")
    clip = database.add_clip((f"12{letter}",), length=60, apex=30, name=f"smile_{letter}")
    return (
        flow.clip_flow(database, clip, [clip.apex], size=75)[0],
        flow_errors.true_flow(database, clip, clip.apex, 75),
    )


def smile(letter: str) -> tuple[np.ndarray, np.ndarray]:
    """Found (TV-L1) and true flow of a smile of this intensity at its apex, ``(2, 75, 75)`` pixels, A to E."""
    found, truth = _smile(letter)
    return found.copy(), truth.copy()


def _errors(letter: str) -> tuple[float, float, float, float]:
    """Mean endpoint error where the skin moves and everywhere, and that of zero flow."""
    found, truth = _smile(letter)
    error, zero = flow_errors.endpoint_error(found, truth), np.linalg.norm(truth, axis=0)
    moving = zero > flow_errors.MOVING
    return error[moving].mean(), zero[moving].mean(), error.mean(), zero.mean()


def _share(answer: Callable[[str], float]) -> str | None:
    given = np.array([float(answer(letter)) for letter in "AC"])
    error, zero, everywhere, zero_everywhere = np.array([_errors(letter) for letter in "AC"]).T
    if np.allclose(given, error / zero, rtol=1e-3):
        return None
    if np.allclose(given, error, rtol=1e-3):
        return "that is the error in pixels. Which share is it of the error of zero flow, at the same pixels?"
    if np.allclose(given, everywhere / zero_everywhere, rtol=1e-3):
        return "nearly: this averages over the whole crop, most of which stands still. Take the moving pixels alone"
    if np.allclose(given, zero / error, rtol=1e-3):
        return "upside down: the method's error goes above, that of zero flow below"
    return f"for A it says {given[0]:.2f}: mean length of found - truth over mean length of truth, at the moving pixels"


EXERCISES = (
    Exercise(
        level=1,
        judge=_moved,
        hints=(
            "Put the numbers into I_x u + I_y v + I_t = 0; v is 0, so one unknown is left.",
            "u = -I_t / I_x, with I_x = 20 and I_t = -10.",
        ),
        wrong={"the sign turned": -0.5, "upside down": 2.0},
    ),
    Exercise(
        level=2,
        judge=_scaled,
        hints=(
            "field.min((1, 2), keepdims=True) is the smallest value of each channel, ready to be subtracted.",
            "Take the smallest value off, and divide by the largest less the smallest.",
        ),
        wrong={
            "one range for u and v": _both,
            "divided by the longest": _by_longest,
            "each row by itself": _by_row,
            "nothing done": lambda field: field,
        },
    ),
    Exercise(
        level=3,
        judge=_share,
        hints=(
            "np.linalg.norm(field, axis=0) is a field's length at each pixel; the error's field is found - truth.",
            "The error's mean length at the moving pixels, over the truth's mean length there.",
        ),
        wrong={
            "pixels, no share": lambda letter: _errors(letter)[0],
            "the whole crop": lambda letter: _errors(letter)[2] / _errors(letter)[3],
            "upside down": lambda letter: _errors(letter)[1] / _errors(letter)[0],
        },
    ),
)
