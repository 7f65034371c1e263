"""Twins of CAS(ME)² and SAMM Long Videos: as many people, videos and expressions, as long and of the same labels.

What each twin keeps of its database, and what of it is ours, stands in ``twin_tables``. Otherwise the videos are those
of ``long_videos``: blinks, words, a head that moves, and a rest that is never the same. Nothing that is measured on
them speaks of the database whose name they bear.
"""

from dataclasses import replace
from functools import lru_cache

import numpy as np

from mxe_lib.compute.seeds import generator
from mxe_lib.errors import MxeError
from mxe_lib.simulation.action_units import Activation
from mxe_lib.simulation.cohort_tables import class_mixes, mixes
from mxe_lib.simulation.cohorts import draw_units
from mxe_lib.simulation.displacement import LIDS
from mxe_lib.simulation.long_timeline import GAP, Script, script
from mxe_lib.simulation.long_videos import STYLES, LongVideos
from mxe_lib.simulation.twin_tables import LONG_TWINS, QUANTILES, LongTwin
from mxe_lib.videos import KINDS, Interval, LongVideo

Wanted = list[tuple[str, float]]
"""Kind and length in seconds of a video's expressions."""


class LongTwinDatabase(LongVideos):
    """A twin of a database of long videos, used like an imported one; also has ``truth``, ``events`` and ``eyes``.

    Args:
        name: one of ``twin_tables.LONG_TWINS``.
        size: (width, height) of a frame in pixels.
        every: keeps every n-th frame alone and numbers them anew: the same movements in fewer pictures, for trying out.

    Raises:
        MxeError: if there is no such twin, or less than three frames a second, or no whole number, are left.
    """

    def __init__(self, name: str, *, size: tuple[int, int] = (128, 156), every: int = 1) -> None:
        if name not in LONG_TWINS:
            raise MxeError(f"unknown twin '{name}': choose one of {', '.join(LONG_TWINS)}")
        fps = LONG_TWINS[name].fps
        if every < 1 or fps % every or fps // every < 3:
            raise MxeError(f"every {every}: choose a divisor of {fps} that leaves three frames a second at least")
        super().__init__(name, subjects=len(LONG_TWINS[name].subjects), size=size)
        self.every = every

    @property
    def twin(self) -> LongTwin:
        """What is known of the database."""
        return LONG_TWINS[self.name]

    def _all(self) -> dict[str, tuple[LongVideo, Script]]:
        return _drawn(self.name, self.every)


@lru_cache(maxsize=2)
def _drawn(name: str, every: int) -> dict[str, tuple[LongVideo, Script]]:
    """Every video with its script; nothing is rendered."""
    twin, style = LONG_TWINS[name], STYLES[name]
    rng = generator("long twin", name)
    names = _names(twin, rng)
    seconds = np.interp(_strata(len(names), rng), QUANTILES, twin.seconds)
    wanted = _shared_out(twin, [subject for subject, _ in names], seconds, rng)
    labels = {kind: _words(twin.counts[kind], rng) for kind in KINDS}
    talks = rng.random(len(names)) < 2 / 3
    found = {}
    for (subject, called), length, mine, speaks in zip(names, seconds, wanted, talks, strict=True):
        own = generator("long twin", name, subject, called)
        written = script(
            *(float(length), twin.fps // every, _rounded(mine, twin.fps // every), style.looks, own),
            **dict(speaks=bool(speaks), strength=style.strength, head=style.head),
        )
        movements = tuple(_labelled(one, labels[one.kind].pop(), style.looks, own) for one in written.movements)
        written = replace(written, movements=movements)
        intervals = tuple(_interval(one, twin) for one in movements)
        last = len(written.closure)
        video = LongVideo(name, subject, called, twin.fps, 1, last, intervals, "simulated")
        found[video.id] = (video, written)
    return found


def _names(twin: LongTwin, rng: np.random.Generator) -> list[tuple[str, str]]:
    """Subject and name of each video, sorted: everybody has as many as the next one, or one more."""
    more = set(rng.permutation(len(twin.subjects))[: twin.videos % len(twin.subjects)].tolist())
    found = []
    for index, subject in enumerate(twin.subjects):
        count = twin.videos // len(twin.subjects) + (index in more)
        takes = sorted(rng.permutation(len(twin.takes))[:count].tolist())
        found += [(subject, f"{subject.removeprefix('s')}_{twin.takes[take]}") for take in takes]
    return found


def _shared_out(twin: LongTwin, people: list[str], seconds: np.ndarray, rng: np.random.Generator) -> list[Wanted]:
    """The expressions of each video, the longest first into those that have room; ``moving`` videos get a macro."""
    room = seconds - 3 * GAP  # frames are rounded, and there is rest before, between and after
    found: list[Wanted] = [[] for _ in seconds]
    lively = rng.permutation([index for index, subject in enumerate(people) if subject not in twin.still])
    moving = lively[: twin.moving]
    waiting = list(moving)
    for kind in reversed(KINDS):
        lengths = np.interp(_strata(twin.total(kind), rng), QUANTILES, twin.lengths[kind])
        for length in sorted(lengths.tolist(), reverse=True):
            needed = length + 1.5 * GAP
            fits = [i for i in (waiting or (moving if kind == "macro" else lively)) if room[i] > needed]
            index = int(fits[rng.integers(len(fits))])
            found[index].append((kind, length))
            room[index] -= needed
            if index in waiting:
                waiting.remove(index)
    return found


def _rounded(wanted: Wanted, fps: int) -> Wanted:
    """So that whole frames, cut off, come out rounded."""
    return [(kind, length + 0.5 / fps) for kind, length in wanted]


def _strata(count: int, rng: np.random.Generator) -> np.ndarray:
    """Places from 0 to 1 that are spread evenly, in any order: the videos keep the quantiles."""
    return ((np.arange(count) + rng.random(count)) / count)[rng.permutation(count)]


def _words(counts: dict[str, int], rng: np.random.Generator) -> list[str]:
    words = [word for word, count in counts.items() for _ in range(count)]
    return [words[i] for i in rng.permutation(len(words))]


def _labelled(one, emotion: str, looks: str, rng: np.random.Generator):
    """The movement under this label, with units of it; a macro-expression's are two letters stronger."""
    if not emotion:  # the database gives none
        return one
    mix = mixes(looks, "others") if emotion == "others" else class_mixes(looks, emotion)
    mix = [(units, weight) for units, weight in mix if not set(units) & set(LIDS)]
    weights = np.array([weight for _, weight in mix])
    units = draw_units(mix[rng.choice(len(mix), p=weights / weights.sum())][0], 0.25, rng)
    if one.kind == "macro":
        units = tuple(Activation(a.unit, a.side, "ABCDE"[min(4, "ABCDE".index(a.letter) + 2)]) for a in units)
    return replace(one, emotion=emotion, units=units)


def _interval(one, twin: LongTwin) -> Interval:
    frames = (one.onset + 1, one.apex + 1, one.offset + 1)
    emotion = one.emotion if "" not in twin.counts[one.kind] else ""
    return Interval(*frames, one.kind, emotion, tuple(unit.code for unit in one.units))
