"""Notebook 03: the formula of a label, the window's bias, and what a window is worth when scores are noisy."""

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np

from mxe_lib.lessons import Exercise
from mxe_lib.lessons.given import as_array, as_number, function, often
from mxe_lib.spotting import rules
from mxe_lib.spotting.labels import label

END = 70
U = np.linspace(0, 1, 5)
STEEP = (1.0, 3.0, 0.5, 6)


@function
def _exponential(answer: Callable[[np.ndarray, float], np.ndarray]) -> str | None:
    said = [as_array(answer(U.copy(), k), U.shape, "for five values of u the function") for k in STEEP]
    for formula, text in (
        (lambda k: np.expm1(k * U) / np.expm1(k), None),
        (
            lambda k: np.log1p(np.expm1(k) * U) / k,
            "that is the log label, its inverse: a blunt peak in place of a sharp one",
        ),
        (lambda k: np.exp(k * U), "nearly: it says 1 at the onset and more at the apex: 0 and 1 are asked for"),
        (lambda k: np.expm1(k * U), "nearly: 0 at the onset is right. At the apex it should be 1, and is more"),
        (
            lambda k: np.exp(k * U) / np.exp(k),
            "nearly: 1 at the apex is right. At the onset it should be 0, and is more",
        ),
        (lambda k: np.expm1(U) / np.expm1(1), "nearly: right for a steepness of 1. Where does k go for any other?"),
        (lambda k: U**k, "from 0 to 1, but this is a power of u: in an exponential u stands above, in the exponent"),
        (lambda k: U, "that is the linear label: k does nothing in it"),
    ):
        if all(np.allclose(one, formula(k), atol=1e-5) for one, k in zip(said, STEEP, strict=True)):
            return text
    onset, middle, apex = said[1][[0, 2, 4]]
    place = "onset" if abs(onset) > 1e-5 else "apex" if abs(apex - 1) > 1e-5 else "middle between the two"
    return f"with k = 3 it says {onset:.2f} at u = 0, {middle:.2f} at ½ and {apex:.2f} at 1: look at the {place}"


APEXES = ((10,), (20,), (35,), (60,), (30, 5, 45))
"""Apex, and where it is not 0 and 70, onset and offset."""


def _picked(apex: int, onset: int = 0, offset: int = END, function: str = "linear", rule: str = "pick_sw_max") -> int:
    numbers = range(onset, offset + 1)
    return getattr(rules, rule)(numbers, label(function, numbers, onset, apex, offset)) - apex


@function
def _perfect_error(answer: Callable[..., int]) -> str | None:
    said = [as_number(answer(*case)) for case in APEXES]
    error, apex = np.array([_picked(*case) for case in APEXES]), np.array([case[0] for case in APEXES])
    for right, text in (
        (error, None),
        (
            0 * error,
            "no error at all: scores that fall alike on both sides of the apex, or stand at one frame only, give that. "
            "The label of a clip whose apex lies beside its middle falls in two ways",
        ),
        (apex + error, "nearly: these are the frames that SW-Max picks. The error is their distance from the apex"),
        (-error, "nearly: right but for the sign. Positive means later than the apex"),
        (abs(error), "nearly: the sign is lost. Positive means later than the apex, negative earlier"),
        (
            [_picked(*case, function="exponential") for case in _whole()],
            "that is for the exponential label: take the linear one",
        ),
        ([_picked(*case, function="log") for case in _whole()], "that is for the log label: take the linear one"),
    ):
        if np.allclose(said, right):
            return text
    if np.allclose(said[:4], error[:4]):
        return "nearly: right for onset 0 and offset 70, and wrong for 5 and 45, which the function is given, too"
    return (
        f"for an apex at 20 and at 35 it says {said[1]:g} and {said[2]:g}: at which frame is a perfect score highest?"
    )


def _whole() -> list[tuple[int, int, int]]:
    return [(*case, 0, END)[:3] if len(case) == 1 else case for case in APEXES]


def _with_scores(scores: Callable[[int, np.ndarray], Sequence[float]]) -> Callable[..., int]:
    def perfect_error(apex: int, onset: int = 0, offset: int = END) -> int:
        numbers = np.arange(onset, offset + 1)
        return rules.pick_sw_max(numbers, scores(apex, numbers)) - apex

    return perfect_error


NOISES = (0.0, 0.1, 0.3)


def _gain(noise: float, clips: int = 200, of: Callable = lambda high, window: abs(high) - abs(window), seed: int = 0):
    rng, gaps = np.random.default_rng(seed), []
    for _ in range(clips):
        apex = rng.integers(15, 55)
        scores = label("linear", range(END + 1), 0, apex, END) + rng.normal(0, noise, END + 1)
        picked = [pick(range(END + 1), scores) - apex for pick in (rules.pick_max, rules.pick_sw_max)]
        gaps.append(of(*picked))
    return float(np.mean(gaps))


MISTAKES: dict[str, tuple[Callable, str | None]] = {
    "right": (lambda high, window: abs(high) - abs(window), None),
    "the sign turned": (
        lambda high, window: abs(window) - abs(high),
        "nearly: right but for the sign. A gain is positive where SW-Max errs less",
    ),
    "errors without absolute values": (
        lambda high, window: high - window,
        "an error of +9 and one of -9 cancel here, and both rules look alike: how far off is each, early or late?",
    ),
    "SW-Max's error alone": (lambda high, window: abs(window), "this is SW-Max's own error: hold Max's against it"),
    "Max's error alone": (lambda high, window: abs(high), "this is Max's own error: hold SW-Max's against it"),
    "squares": (lambda high, window: high**2 - window**2, "these are squares: by how many frames does Max err more?"),
}


@cache
def _expected(mistake: str) -> np.ndarray:
    return np.array([_gain(noise, 3000, MISTAKES[mistake][0], seed=1) for noise in NOISES])


@function
def _noisy(answer: Callable[[float], float]) -> str | None:
    said = np.array([np.mean([as_number(one) for one in often(answer, noise, clips=1000)]) for noise in NOISES])
    off = {mistake: np.abs(said - _expected(mistake)).max() for mistake in MISTAKES}
    nearest = min(off, key=off.__getitem__)
    if off[nearest] < 1.3:
        return MISTAKES[nearest][1]
    return (
        f"without noise it says {said[0]:+.2f}, with noise of 0.3 it says {said[2]:+.2f}: errors are counted in frames"
    )


def _by(mistake: str, seed: int = 0) -> Callable[..., float]:
    return lambda noise, clips=200: _gain(noise, clips, MISTAKES[mistake][0], seed)


def _old_generator(noise: float) -> float:
    np.random.seed(3)  # noqa: NPY002 - learners know it
    total = 0
    for _ in range(400):
        apex = np.random.randint(15, 55)  # noqa: NPY002
        scores = label("linear", range(71), 0, apex, 70) + noise * np.random.randn(71)  # noqa: NPY002
        total += abs(rules.pick_max(range(71), scores) - apex) - abs(rules.pick_sw_max(range(71), scores) - apex)
    return total / 400


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
            "1 at the apex only": lambda u, k: np.exp(k * u) / np.exp(k),
            "0 at the onset only": lambda u, k: np.expm1(k * u),
            "a power": lambda u, k: u**k,
            "the linear label": lambda u, k: u,
            "half as steep": lambda u, k: np.expm1(k * u / 2) / np.expm1(k / 2),
        },
        right={
            "e to the": lambda u, k: (np.e ** (k * u) - 1) / (np.e**k - 1),
            "a list": lambda u, k: [float((np.exp(k * one) - 1) / (np.exp(k) - 1)) for one in u],
            "from the apex down": lambda u, k: (np.exp(k * (u - 1)) - np.exp(-k)) / (1 - np.exp(-k)),
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
            "Max in place of SW-Max": lambda apex, onset=0, offset=70: 0,
            "the picked frame, not its error": lambda apex, *ends: apex + _picked(apex, *ends),
            "the sign turned": lambda apex, *ends: -_picked(apex, *ends),
            "no sign": lambda apex, *ends: abs(_picked(apex, *ends)),
            "one frame alone": _with_scores(lambda apex, numbers: numbers == apex),
            "a triangle by hand": _with_scores(lambda apex, numbers: -np.abs(numbers - apex)),
            "all alike": _with_scores(lambda apex, numbers: 0 * numbers),
            "onset and offset forgotten": lambda apex, *ends: _picked(apex),
            "the frames' numbers": _with_scores(lambda apex, numbers: numbers),
        },
        right={
            "by hand": _with_scores(
                lambda apex, numbers: np.where(
                    numbers < apex,
                    (numbers - numbers[0]) / (apex - numbers[0]),
                    (numbers[-1] - numbers) / (numbers[-1] - apex),
                )
            ),
            "a float": lambda apex, onset=0, offset=70: float(_picked(apex, onset, offset)),
        },
    ),
    Exercise(
        level=3,
        judge=_noisy,
        hints=(
            "pick_max(numbers, scores) and pick_sw_max(numbers, scores) give the frames that the two rules pick.",
            "The gain in a clip is abs(Max's frame - apex) - abs(SW-Max's frame - apex).",
        ),
        wrong={name: _by(name) for name in MISTAKES if name != "right"} | {"another seed": _by("the sign turned", 4)},
        right={
            "another seed": _by("right", 4),
            "its own number of clips": lambda noise: _gain(noise, seed=2),
            "the old generator": _old_generator,
        },
    ),
)
