"""What happens in a long video: expressions of any length, and all else that a face does meanwhile.

A cut clip begins at rest and holds one movement. A long video holds several, or none, and between them blinks, words,
a head that drifts and now and then shifts, and a face whose rest is never the same. Rates and lengths are ours, after
what CAS(ME)2 and SAMM Long Videos are said to hold; movements are denser in time than there (minutes of rest cost
minutes of rendering).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mxe_lib.clips import CLASSES
from mxe_lib.simulation.action_units import Activation
from mxe_lib.simulation.cohort_tables import class_mixes
from mxe_lib.simulation.cohorts import draw_units
from mxe_lib.simulation.displacement import LIDS
from mxe_lib.simulation.timeline import HEAD_MOTION, expression

QUANTILES = (0, 0.05, 0.25, 0.5, 0.75, 0.95, 1)
LENGTHS = {
    "micro": (0.17, 0.20, 0.28, 0.35, 0.42, 0.46, 0.47),
    "macro": (0.55, 0.60, 0.85, 1.2, 1.9, 3.2, 4.0),
}
"""Seconds from onset to offset, by kind, at ``QUANTILES``. A micro-expression is shorter than half a second."""

GAP = 0.9
"""Seconds of rest between two expressions, at least."""

BLINKS, UTTERANCES, SHIFTS = 18.0, 12.0, 2.5
"""A minute: blinks; utterances of someone who speaks in this video; shifts of the head."""


@dataclass(frozen=True)
class Movement:
    """An expression: frame numbers from 0, kind, class, units with side and letter, and a factor on their amplitude."""

    onset: int
    apex: int
    offset: int
    kind: str
    emotion: str
    units: tuple[Activation, ...]
    strength: float


@dataclass(frozen=True)
class Script:
    """All that moves in a video of T frames.

    Attributes:
        movements: the expressions, in their order.
        blinks, words: (first, last) frames.
        intensity: ``(T, movements)`` course of each expression, 1 at its apex.
        speech: ``(T, 3)`` jaw, lips stretched, lips pressed.
        drift: ``(T, 2)`` of the face's rest.
        closure: ``(T,)`` share of the eyes that a blink covers.
        head: ``(T, 6)`` shift x and y, roll, scale - 1, yaw, pitch; as ``timeline.Motion.head``.
    """

    movements: tuple[Movement, ...]
    blinks: tuple[tuple[int, int], ...]
    words: tuple[tuple[int, int], ...]
    intensity: np.ndarray
    speech: np.ndarray
    drift: np.ndarray
    closure: np.ndarray
    head: np.ndarray


def lengths(kind: str, count: int, rng: np.random.Generator) -> np.ndarray:
    """Seconds of ``count`` expressions of one person, spread over the whole range."""
    places = (rng.permutation(count) + rng.random(count)) / max(1, count)
    return np.interp(places, QUANTILES, LENGTHS[kind])


def script(
    seconds: float,
    fps: int,
    wanted: Sequence[tuple[str, float]],
    cohort: str,
    rng: np.random.Generator,
    *,
    speaks: bool,
    strength: float = 1.0,
    head: float = 1.0,
) -> Script:
    """Draw a video.

    Args:
        wanted: kind and length in seconds of each expression, in any order; one that finds no room is left out.
        cohort: whose action units are drawn (``cohort_tables``).
        speaks: whether there are utterances.
        strength, head: factors on the expressions' amplitude and on the head's motion.
    """
    count = round(seconds * fps)
    movements = _movements(count, fps, wanted, cohort, strength, rng)
    intensity = np.zeros((count, len(movements)), np.float32)
    for column, one in enumerate(movements):
        intensity[:, column] = _course(one, count, fps, rng)
    closure, blinks = _blinks(count, fps, rng)
    speech, words = _speech(count, fps, movements, rng) if speaks else (np.zeros((count, 3), np.float32), ())
    t = np.arange(count) / fps
    drift = np.stack([0.6 * rng.normal() * _slow(t, rng) for _ in range(2)], axis=1).astype(np.float32)
    moved = head * _head(t, fps, rng) * (1 + 1.5 * _near(words, count, fps))[:, None]
    return Script(tuple(movements), blinks, words, intensity, speech, drift, closure, moved.astype(np.float32))


def _movements(count, fps, wanted, cohort: str, strength: float, rng: np.random.Generator) -> list[Movement]:
    frames = [(kind, max(4, int(length * fps))) for kind, length in wanted]
    order = rng.permutation(len(frames))
    gap = round(GAP * fps)
    while len(order) and sum(frames[i][1] + gap for i in order) + 2 * gap > count:
        order = order[:-1]
    slack = count - gap - sum(frames[i][1] + gap for i in order)
    parts = np.sort(rng.uniform(0, slack, len(order)))
    found, start = [], gap
    for index, before in zip(order, parts, strict=True):
        kind, length = frames[index]
        onset = int(start + before)
        apex = int(np.clip(round(length * rng.beta(4.0, 4.2)), 2, length - 2))
        emotion = CLASSES[rng.choice(3, p=(0.4, 0.35, 0.25))]
        units = _units(kind, cohort, emotion, rng)
        factor = strength * float(rng.uniform(0.85, 1.15))
        found.append(Movement(onset, onset + apex, onset + length, kind, emotion, units, factor))
        start += length + gap
    return found


def _units(kind: str, cohort: str, emotion: str, rng: np.random.Generator) -> tuple[Activation, ...]:
    """The units of a class, without those that shut an eye; a macro-expression's are two letters stronger."""
    mix = [(units, weight) for units, weight in class_mixes(cohort, emotion) if not set(units) & set(LIDS)]
    weights = np.array([weight for _, weight in mix])
    drawn = draw_units(mix[rng.choice(len(mix), p=weights / weights.sum())][0], 0.25, rng)
    if kind == "micro":
        return drawn
    return tuple(Activation(a.unit, a.side, "ABCDE"[min(4, "ABCDE".index(a.letter) + 2)]) for a in drawn)


def _course(one: Movement, count: int, fps: int, rng: np.random.Generator) -> np.ndarray:
    """0 before the onset; what is left at the offset fades within a second."""
    course = np.zeros(count)
    inside = expression(one.offset - one.onset, one.apex - one.onset, rng)
    course[one.onset : one.offset + 1] = inside
    after = np.arange(count - one.offset - 1) + 1
    fade = np.exp(-((after / fps / rng.uniform(0.25, 0.6)) ** 1.5))
    course[one.offset + 1 :] = 0.6 * inside[-1] * fade + 0.4 * inside[-1] * (fade > 0) * np.exp(-after / fps / 0.08)
    return course


def _blinks(count: int, fps: int, rng: np.random.Generator) -> tuple[np.ndarray, tuple[tuple[int, int], ...]]:
    closure, spans, t = np.zeros(count, np.float32), [], np.arange(count) / fps
    start = rng.exponential(60 / BLINKS)
    while start < t[-1] - 0.5:
        down, hold, up = rng.uniform(0.06, 0.1), rng.uniform(0.01, 0.06), rng.uniform(0.11, 0.22)
        share = np.interp(t - start, np.cumsum([0, down, hold, up]), [0.0, 1.0, 1.0, 0.0], left=0.0, right=0.0)
        closure = np.maximum(closure, rng.uniform(0.8, 1.0) * share * share * (3 - 2 * share)).astype(np.float32)
        spans.append((int(start * fps), int(np.ceil((start + down + hold + up) * fps))))
        start += 0.6 + rng.exponential(60 / BLINKS)
    return closure, tuple(spans)


def _speech(count, fps, movements, rng: np.random.Generator) -> tuple[np.ndarray, tuple[tuple[int, int], ...]]:
    """Words of one to three syllables in utterances of one to four words, none of them during an expression."""
    course, words, t = np.zeros((count, 3)), [], np.arange(count) / fps
    busy = [(one.onset / fps - 0.4, one.offset / fps + 0.6) for one in movements]
    start = 0.5 + rng.exponential(20 / UTTERANCES)
    while start < t[-1] - 1:
        at = start
        for _ in range(rng.integers(1, 5)):
            beats = rng.uniform(0.13, 0.26, rng.integers(1, 4))
            end = at + beats.sum()
            if end < t[-1] - 0.3 and not any(at < last and first < end for first, last in busy):
                for beat, begin in zip(beats, at + np.cumsum(beats) - beats, strict=True):
                    phase = np.clip((t - begin) / (1.25 * beat), 0, 1)
                    opened = np.sin(np.pi * phase)[:, None] ** 2
                    course += opened * (rng.uniform(0.3, 1.0), max(0, rng.normal(0, 0.6)), max(0, rng.normal(0, 0.5)))
                words.append((int(at * fps), int(np.ceil(end * fps))))
            at = end + rng.uniform(0.05, 0.3)
        start = at + 0.8 + rng.exponential(60 / UTTERANCES)
    return course.astype(np.float32), tuple(words)


def _near(words: Sequence[tuple[int, int]], count: int, fps: int) -> np.ndarray:
    """1 during words, smoothly 0 elsewhere: who speaks moves the head."""
    marked = np.zeros(count)
    for first, last in words:
        marked[first : last + 1] = 1
    width = max(3, fps // 2)
    return np.convolve(marked, np.hanning(width + 2) / np.hanning(width + 2).sum(), "same")


def _head(t: np.ndarray, fps: int, rng: np.random.Generator) -> np.ndarray:
    """Slow drift, a tremble, and shifts to another posture, ``(T, 6)``."""
    own = min(4.0, rng.lognormal(0, 0.8))
    course = np.zeros((len(t), len(HEAD_MOTION)))
    for axis, size in enumerate(HEAD_MOTION):
        course[:, axis] = own * size * (12 * _slow(t, rng) + 0.9 * _quick(t, rng))
    for start in np.cumsum(rng.exponential(60 / SHIFTS, 40)):
        if start > t[-1]:
            break
        share = np.clip((t - start) / rng.uniform(0.4, 1.4), 0, 1)
        course += (share * share * (3 - 2 * share))[:, None] * rng.normal(0, 14, len(HEAD_MOTION)) * HEAD_MOTION
    return course


def _slow(t: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A smooth course of about unit size that changes over several seconds."""
    return sum(
        rng.normal() * size * np.sin(2 * np.pi * (rate * rng.uniform(0.7, 1.4) * t + rng.random()))
        for rate, size in ((0.03, 0.9), (0.08, 0.6), (0.2, 0.3))
    )


def _quick(t: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return sum(
        rng.normal() * size * np.sin(2 * np.pi * (rate * rng.uniform(0.8, 1.25) * t + rng.random()))
        for rate, size in ((0.7, 0.6), (1.6, 0.4), (3.5, 0.15))
    )
