"""Notebook 01: one pixel's motion from its brightness, maps without a scale, and how strong a smile must be."""

from collections.abc import Callable
from functools import cache

import numpy as np

from mxe_lib.lessons import Exercise
from mxe_lib.lessons.given import as_array, as_number, function, number
from mxe_lib.simulation import SimulatedDatabase
from mxe_lib.study import flow_errors
from mxe_lib.vision import fields, flow


@number
def _moved(answer: float) -> str | None:
    for value, text in (
        (0.5, None),
        (-0.5, "nearly: right but for the sign. What is brighter lies to the right, and the pixel grew darker"),
        (2, "upside down: 20 grey levels are a whole pixel, so 10 are less than one"),
        (-2, "upside down, and the sign is turned: 10 grey levels are less than the 20 of a whole pixel"),
        (-200, "this multiplies the two. How far must one go for 10 levels, if a pixel further there are 20 more?"),
        (200, "this multiplies the two. How far must one go for 10 levels, if a pixel further there are 20 more?"),
    ):
        if abs(answer - value) < 1e-6:
            return text
    return f"{answer:g} px is not it: brightness constancy has three terms here, and two of them are told"


FIELDS = [
    np.random.default_rng(seed).normal(size=shape) * np.array([3, 1])[:, None, None] + 0.5
    for seed, shape in enumerate(((2, 12, 12), (2, 9, 16), (2, 30, 7)))
]
"""Flow fields, ``(2, H, W)``, whose u is three times as long as its v."""


def _by(axes: int | tuple[int, ...] | None) -> Callable[[np.ndarray], np.ndarray]:
    def scaled(field: np.ndarray) -> np.ndarray:
        low, high = field.min(axes, keepdims=True), field.max(axes, keepdims=True)
        return (field - low) / (high - low)

    return scaled


_both = _by(None)


def _by_longest(field: np.ndarray) -> np.ndarray:
    return field / np.abs(field).max((1, 2), keepdims=True)


@function
def _scaled(answer: Callable[[np.ndarray], np.ndarray]) -> str | None:
    given = [as_array(answer(field.copy()), field.shape, "scaled") for field in FIELDS]
    for formula, text in (
        (fields.min_max, None),
        (lambda field: field, "that is the field as it was"),
        (_both, "nearly: u and v share one range here. In the public maps each channel has a range of its own"),
        (_by_longest, "this divides by the longest and keeps the sign: the smallest value has to become 0"),
        (_by(2), "nearly: each row has a range of its own here. A channel has one, over its rows and columns"),
        (_by(1), "nearly: each column has a range of its own here. A channel has one, over its rows and columns"),
        (
            _by(0),
            "axis 0 holds the channels: here u and v of each pixel are held against each other, and only 0 and 1 come",
        ),
        (
            lambda field: (field - field.mean((1, 2), keepdims=True)) / field.std((1, 2), keepdims=True),
            "that is mean 0 and spread 1: asked is smallest 0 and largest 1",
        ),
        (lambda field: field - field.min((1, 2), keepdims=True), "nearly: the smallest is 0. The largest is not 1 yet"),
        (lambda field: 2 * fields.min_max(field) - 1, "nearly: this goes from -1 to 1, and should from 0"),
    ):
        if all(np.allclose(one, formula(field), atol=1e-5) for one, field in zip(given, FIELDS, strict=True)):
            return text
    ends = [(channel.min(), channel.max()) for one in given for channel in one]
    if np.allclose(ends, [(0, 1)] * len(ends), atol=1e-5):
        return "each channel goes from 0 to 1, but what lies between is not in proportion"
    (low, high), (low_v, high_v) = ends[:2]
    return f"u goes from {low:.2f} to {high:.2f} and v from {low_v:.2f} to {high_v:.2f}: each should go from 0 to 1"


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


def _mean(letter: str, of: str, where: str = "moving") -> float:
    """The mean error of TV-L1 (``found``), of zero flow (``zero``) or their ratio, over the pixels of a kind."""
    found, truth = _smile(letter)
    error, zero = flow_errors.endpoint_error(found, truth), np.linalg.norm(truth, axis=0)
    kept = {
        "moving": zero > flow_errors.MOVING,
        "found moving": np.linalg.norm(found, axis=0) > flow_errors.MOVING,
        "still": zero <= flow_errors.MOVING,
        "all": zero >= 0,
    }[where]
    if of == "ratio":
        return float((error[kept] / zero[kept]).mean())
    return float({"found": error, "zero": zero, "length": np.linalg.norm(found, axis=0)}[of][kept].mean())


def _of(above: str, below: str | None, where: str = "moving") -> Callable[[str], float]:
    return lambda letter: _mean(letter, above, where) / (_mean(letter, below, where) if below else 1)


@function
def _share(answer: Callable[[str], float]) -> str | None:
    given = np.array([as_number(answer(letter)) for letter in "ACE"])
    for formula, text in (
        (_of("found", "zero"), None),
        (
            _of("found", None),
            "that is the error in pixels. Which share is it of the error of zero flow, at the same pixels?",
        ),
        (_of("found", "zero", "all"), "nearly: this averages over the whole crop, most of which stands still"),
        (
            _of("found", "zero", "found moving"),
            "nearly: these are the pixels that TV-L1 says are moving. Which truly move?",
        ),
        (_of("found", "zero", "still"), "these are the pixels that stand still: the others are asked for"),
        (_of("zero", "found"), "upside down: the method's error goes above, that of zero flow below"),
        (_of("length", "zero"), "that is how long the found flow is. Its error is its distance from the true flow"),
        (
            _of("ratio", None),
            "nearly: this is a mean of shares, one for each pixel. Take both means first, then divide",
        ),
        (lambda letter: 100 * _of("found", "zero")(letter), "nearly: that is in per cent. A share of all is 1"),
        (
            lambda letter: 1 - _of("found", "zero")(letter),
            "that is the share that TV-L1 takes away: asked is what it leaves",
        ),
    ):
        if np.allclose(given, [formula(letter) for letter in "ACE"], rtol=1e-3):
            return text
    return f"for A it says {given[0]:.2f}: which error stands above the line, and at which pixels?"


EXERCISES = (
    Exercise(
        level=1,
        judge=_moved,
        hints=(
            "Put the numbers into I_x u + I_y v + I_t = 0; v is 0, so one unknown is left.",
            "u = -I_t / I_x, with I_x = 20 and I_t = -10.",
        ),
        wrong={
            "the sign turned": -0.5,
            "upside down": 2.0,
            "multiplied": 200,
            "a whole pixel": 1,
            "two numbers": (0.5, 0),
        },
        right={"with the formula": 10 / 20, "of numpy": np.float32(0.5), "an array": np.array([0.5])},
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
            "each row by itself": _by(2),
            "each column by itself": _by(1),
            "each pixel by itself": _by(0),
            "nothing done": lambda field: field,
            "mean and spread": lambda field: (
                (field - field.mean((1, 2), keepdims=True)) / field.std((1, 2), keepdims=True)
            ),
            "ranked": lambda field: np.stack(
                [c.ravel().argsort().argsort().reshape(c.shape) / (c.size - 1) for c in field]
            ),
            "u alone": lambda field: _both(field[0]),
        },
        right={
            "channel by channel": lambda field: np.stack([_both(channel) for channel in field]),
            "a list of two": lambda field: [_both(field[0]), _both(field[1])],
            "never divided by 0": lambda field: (
                (field - field.min((1, 2))[:, None, None]) / (np.ptp(field, axis=(1, 2))[:, None, None] + 1e-8)
            ),
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
            "pixels, no share": _of("found", None),
            "the whole crop": _of("found", "zero", "all"),
            "found to move": _of("found", "zero", "found moving"),
            "upside down": _of("zero", "found"),
            "the length of what is found": _of("length", "zero"),
            "a mean of shares": _of("ratio", None),
            "what is taken away": lambda letter: 1 - _of("found", "zero")(letter),
            "a map": lambda letter: smile(letter)[0],
        },
        right={
            "sums": lambda letter: _sums(*smile(letter)),
            "of hypot": lambda letter: _sums(*(field.astype(float) for field in smile(letter))),
        },
    ),
)


def _sums(found: np.ndarray, truth: np.ndarray) -> float:
    zero = np.hypot(*truth)
    return np.hypot(*(found - truth))[zero > 0.25].sum() / zero[zero > 0.25].sum()
