"""How a micro-expression unfolds, and what else moves meanwhile.

The muscles' pull rises smoothly from the onset, lingers near its peak, and falls, seldom to nothing by the annotated
offset. Around it lie the things that make the apex hard to find in real clips: a head that is never quite still, a face
that drifts, a second small movement, a blink.
"""

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import PchipInterpolator

from mxe_lib.errors import MxeError


@dataclass(frozen=True)
class Distractors:
    """Factors on everything but the expression: 1 is the cohorts' own strength, 0 leaves it out.

    Attributes:
        blinks: on the probability that a clip holds a blink.
        head_motion: on translation, turns (in the image and out of it) and scaling of the head.
        drift: on slow changes of the face's rest.
        second_movement: on the probability of a second, smaller movement.
        noise: on the sensor's noise.
        flicker: on the light's flicker.
    """

    blinks: float = 1.0
    head_motion: float = 1.0
    drift: float = 1.0
    second_movement: float = 1.0
    noise: float = 1.0
    flicker: float = 1.0

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not 0 <= value <= 5:
                raise MxeError(f"distractor {name}={value}: choose a factor from 0 (none) to 5")


NONE = Distractors(0, 0, 0, 0, 0, 0)
"""Only the expression moves; the frames are free of noise."""

BLINK_RATE = 0.25
"""Blinks per second within a clip. People blink oftener (0.3 /s), but coders prefer clips without."""

HEAD_MOTION = np.array([0.0008, 0.0008, 0.0004, 0.0003, 0.0008, 0.0008])
"""Median head motion over a third of a second: shift x and y (face units), roll (radians), scale (share), yaw and pitch
(radians). Heads in these databases are held still, but not always: a clip's own strength is log-normal, and one in
twenty moves six times as far. With these numbers the peak of the flow's magnitude misses the apex by 8 to 16 frames,
about as far as published classical spotters do on cut clips."""
HEAD_SPREAD = 1.1


@dataclass(frozen=True)
class Motion:
    """All time courses of a clip; every array starts at the onset frame and has one value a frame.

    Attributes:
        intensity: the expression, 0 at the onset, 1 at the physical apex.
        second: the second movement's course, relative to the onset.
        drift: the slow change's course, relative to the onset.
        closure: share of the eye that a blink covers.
        head: ``(T, 6)`` shift x, shift y, roll (radians, clockwise in the image), scale - 1, yaw and pitch (radians;
            the nose goes to the image's right and down), relative to the onset.
    """

    intensity: np.ndarray
    second: np.ndarray
    drift: np.ndarray
    closure: np.ndarray
    head: np.ndarray


def expression(length: int, apex: int, rng: np.random.Generator) -> np.ndarray:
    """The intensity of an expression, ``(length + 1,)``: 0 at the first frame, exactly 1 at the apex and nowhere more.

    Args:
        length: offset - onset in frames, 1 or more.
        apex: frames from the onset to the physical apex, 0 ... length.

    Raises:
        MxeError: if either lies outside its range.
    """
    if length < 1:
        raise MxeError(f"length {length}: an expression lasts 1 frame or more")
    if not 0 <= apex <= length:
        raise MxeError(f"apex {apex}: choose a frame from 0 to the length, {length}")
    residual = rng.uniform(0.05, 0.45)
    before, after = rng.uniform(0.05, 0.35, 2)
    near = rng.uniform(0.90, 0.97, 2)
    knots = {0.0: 0.0, float(apex): 1.0, float(length): residual}
    if apex >= 4:
        knots[apex * (1 - before)] = near[0]
        knots[apex * (1 - before) * rng.uniform(0.42, 0.58)] = near[0] / 2
    if length - apex >= 4:
        knots[apex + (length - apex) * after] = near[1]
        knots[apex + (length - apex) * (after + (1 - after) * rng.uniform(0.42, 0.58))] = (near[1] + residual) / 2
    if apex == 0:
        knots[0.0] = 1.0
    elif apex == length:
        knots[float(length)] = 1.0
    times = sorted(knots)
    return np.clip(PchipInterpolator(times, [knots[t] for t in times])(np.arange(length + 1)), 0, 1)


def motion(length: int, apex: int, fps: int, distractors: Distractors, rng: np.random.Generator) -> Motion:
    """Draw a clip's time courses. Frames before the onset do not exist, so all of them start from rest there."""
    intensity = expression(length, apex, rng)
    t = np.arange(length + 1) / fps
    course = np.random.default_rng(rng.integers(2**63))
    closure = np.zeros(length + 1)
    if course.random() < 1 - np.exp(-BLINK_RATE * distractors.blinks * (t[-1] + 0.15)):
        closure = _blink(t, course.uniform(-0.05, t[-1]), course)
    second = np.zeros(length + 1)
    if course.random() < 0.45 * distractors.second_movement:
        centre, width = course.uniform(0, t[-1]), course.uniform(0.03, 0.09)
        second = course.uniform(0.35, 0.8) * np.exp(-0.5 * ((t - centre) / width) ** 2)
        second -= second[0]
    drift = distractors.drift * course.normal() * _wander(t, course)
    spread = HEAD_MOTION * course.lognormal(0, HEAD_SPREAD)
    head = distractors.head_motion * spread * np.stack([_wander(t, course) for _ in HEAD_MOTION], axis=1)
    return Motion(intensity, second, drift, np.clip(closure, 0, 1), head)


def _wander(t: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A smooth random course from 0, about 1 a third of a second later: a slope and slow oscillations."""
    course = rng.normal() * t / 0.33 * 0.7
    for frequency, size in ((0.7, 0.6), (1.6, 0.4), (3.5, 0.15)):
        phase = rng.uniform(0, 2 * np.pi)
        pace = 2 * np.pi * frequency * rng.uniform(0.8, 1.25)
        course = course + size * rng.normal() * (np.sin(pace * t + phase) - np.sin(phase))
    return course


def _blink(t: np.ndarray, start: float, rng: np.random.Generator) -> np.ndarray:
    """Closure of the lids: fast down (0.08 s), slower up (0.15 s)."""
    down, hold, up = rng.uniform(0.06, 0.1), rng.uniform(0.01, 0.05), rng.uniform(0.11, 0.2)
    times = np.array([0, down, down + hold, down + hold + up])
    share = np.interp(t - start, times, [0.0, 1.0, 1.0, 0.0], left=0.0, right=0.0)
    return rng.uniform(0.7, 1.0) * share * share * (3 - 2 * share)
