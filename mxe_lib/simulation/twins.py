"""Twins of further databases of clips: their counts, frame rates, lengths and labels' shares, with simulated faces.

What each twin keeps of its database, and what of it is ours, stands in ``twin_tables``. Faces, motion, and which
action units go with an emotion are those of the CASME II-like or SAMM-like cohort. A twin serves to write a package in
the official layout and to read it back. Nothing that is measured on it speaks of the database whose name it bears.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import stats

from mxe_lib.clips import Clip, Repair
from mxe_lib.compute.seeds import generator
from mxe_lib.compute.store import digest
from mxe_lib.errors import MxeError
from mxe_lib.simulation.cohort_tables import COHORTS, mixes
from mxe_lib.simulation.cohorts import draw_units
from mxe_lib.simulation.database import SimulatedDatabase
from mxe_lib.simulation.twin_tables import QUANTILES, TWINS, Twin

JITTER = 0.015
"""Seconds: standard deviation of the annotators' apex around the physical one, as in the cohorts."""


@dataclass(frozen=True)
class Hidden:
    """What a twin's clip doesn't say: units with side and letter, and the physical apex as a frame number."""

    units: tuple[str, ...]
    apex: int


class TwinDatabase:
    """A twin, used like an imported database.

    Args:
        name: one of ``twin_tables.TWINS``.
        size: (width, height) of a frame in pixels; None = the source cohort's own.
        every: keeps every n-th frame alone and numbers them anew: the same movements in fewer pictures, for trying out.

    Raises:
        MxeError: if there is no such twin, or no whole number of frames a second is left.
    """

    origin = "simulated"

    def __init__(self, name: str, *, size: tuple[int, int] | None = None, every: int = 1) -> None:
        if name not in TWINS:
            raise MxeError(f"unknown twin '{name}': choose one of {', '.join(TWINS)}")
        if every < 1 or any(rate % every for rate in TWINS[name].rates):
            raise MxeError(f"every {every}: choose a divisor of {', '.join(map(str, TWINS[name].rates))}")
        self.name, self.every = name, every
        self._source = SimulatedDatabase(self.twin.source, size=size)
        self._own: dict[Clip, Clip] = {}

    @property
    def twin(self) -> Twin:
        """What is known of the database; looked up by name, so that worker processes get the twin."""
        return TWINS[self.name]

    def clips(self) -> list[Clip]:
        """The whole twin, sorted by subject and name."""
        return list(_drawn(self.name, self.every))

    def repairs(self) -> list[Repair]:
        """Nothing needed repair."""
        return []

    def frames(self, clip: Clip, numbers: Sequence[int] | None = None) -> np.ndarray:
        """Frames of a clip of the source, each the nearest in time; ``(T, H, W, 3)`` or ``(T, H, W)`` uint8.

        Above the source's frame rate each frame is one of the source's own: the head then moves a little more slowly.

        Raises:
            MxeError: if the clip or a frame number is not of this twin.
        """
        own = self._rendered(clip)
        return self._source.frames(own, self._numbers(clip, own, clip.frame_numbers() if numbers is None else numbers))

    def fingerprint(self, clip: Clip, numbers: Sequence[int]) -> str:
        """A hash of the source's settings and of which of its frames are taken."""
        own = self._rendered(clip)
        return digest(repr((self.name, self._source.fingerprint(own, self._numbers(clip, own, numbers)))))

    def _rendered(self, clip: Clip) -> Clip:
        """The clip of the source whose frames are taken."""
        hidden = _drawn(self.name, self.every).get(clip)
        if hidden is None:
            raise MxeError(f"{clip.id}: not in the simulated {self.name}: take one of clips()")
        if clip not in self._own:
            length = max(4, round(clip.length * self._step(clip)))
            apex = min(length - 1, max(1, round((hidden.apex - clip.onset) * self._step(clip))))
            self._own[clip] = self._source.add_clip(
                hidden.units,
                length=length,
                apex=apex,
                subject=f"{self.name} {clip.subject}",
                emotion=clip.emotion,
                name=clip.name,
            )
        return self._own[clip]

    def _step(self, clip: Clip) -> float:
        """How many of the source's frames pass from one frame of the clip to the next."""
        return max(1.0, self._source.cohort.fps / (clip.fps / self.every))

    def _numbers(self, clip: Clip, own: Clip, numbers: Sequence[int]) -> list[int]:
        for number in numbers:
            if not clip.onset <= number <= clip.offset:
                raise MxeError(f"{clip.id}: frame {number} is not there: choose from {clip.onset} to {clip.offset}")
        return [min(own.offset, own.onset + round((n - clip.onset) * self._step(clip))) for n in numbers]


@lru_cache(maxsize=16)
def _drawn(name: str, every: int) -> dict[Clip, Hidden]:
    """Each clip of a twin with what it hides, sorted by subject and name."""
    twin = TWINS[name]
    rng = generator("twin", name)
    words = [word for word, count in twin.emotions.items() for _ in range(count)]
    words = [words[i] for i in rng.permutation(len(words))]
    lengths = np.interp(_strata(len(words), rng), QUANTILES, twin.lengths)
    relative = stats.beta.ppf(_strata(len(words), rng), *twin.apex_beta)
    units = _units(twin, words, rng)
    jitter = JITTER * np.clip(rng.standard_normal(len(words)), -2, 2)
    people = _people(twin, rng)
    rates = _rates(twin, people)
    found, having = {}, Counter()
    drawn = zip(words, people, lengths, relative, units, jitter, strict=True)
    for word, subject, length, place, codes, missed in drawn:
        rate = rates[subject]
        called, onset = twin.clip(subject, word, having[subject])
        having[subject] += 1
        frames = max(1, round(float(length) * rate / every))
        apex = onset + min(frames, round(float(place) * frames))
        physical = min(onset + frames, max(onset, apex - round(float(missed) * rate / every)))
        coded = tuple(code.rstrip("ABCDE") for code in codes)
        clip = Clip(name, subject, called, rate, onset, apex, onset + frames, word, coded, "simulated")
        found[clip] = Hidden(codes, physical)
    return dict(sorted(found.items(), key=lambda pair: (int(re.sub(r"\D", "", pair[0].subject)), pair[0].name)))


def _strata(count: int, rng: np.random.Generator) -> np.ndarray:
    """Places from 0 to 1 that are spread evenly, in any order: the clips keep the quantiles."""
    return ((np.arange(count) + rng.random(count)) / count)[rng.permutation(count)]


def _people(twin: Twin, rng: np.random.Generator) -> list[str]:
    """Who is filmed in each clip: everybody once at least, some much oftener."""
    weights = rng.gamma(1.2, size=twin.subjects)
    often = 1 + rng.multinomial(twin.clips - twin.subjects, weights / weights.sum())
    return [twin.subject(number) for number, count in enumerate(often, start=1) for _ in range(count)]


def _rates(twin: Twin, people: Sequence[str]) -> dict[str, int]:
    """Each person's frame rate: parts of a database have people of their own, one after the other."""
    edges, found = np.cumsum(list(twin.rates.values())), {}
    for index, subject in enumerate(people):
        place = int(np.searchsorted(edges, index / len(people), side="right"))
        found.setdefault(subject, list(twin.rates)[min(place, len(edges) - 1)])
    return found


def _units(twin: Twin, words: Sequence[str], rng: np.random.Generator) -> list[tuple[str, ...]]:
    """Each clip's units, from those of the source's emotions that its own is like; each as often as it must be."""
    drawn, usual = [], []
    for word in words:
        likes = twin.like.get(word, (word,))
        combinations, weights = zip(*mixes(twin.source, likes[rng.integers(len(likes))]), strict=True)
        drawn.append(combinations[rng.choice(len(weights), p=np.array(weights) / sum(weights))])
        usual.append({unit for like in likes for units, _ in mixes(twin.source, like) for unit in units})
    if twin.units:
        drawn = balanced(drawn, twin.units, usual, rng)
    share = COHORTS[twin.source].unilateral
    return [tuple(unit.code for unit in draw_units(units, share, rng)) for units in drawn]


def balanced(
    drawn: Sequence[tuple[int, ...]], wanted: Mapping[int, int], usual: Sequence[set[int]], rng: np.random.Generator
) -> list[tuple[int, ...]]:
    """The clips' units with as few of them exchanged as it takes for each to occur as often as wanted.

    Args:
        drawn: one unit at least of each clip.
        wanted: how many clips show each unit.
        usual: by clip, the units that it gets rather than others.
    """
    clips = [set(units) for units in drawn]
    surplus = Counter({unit: -count for unit, count in wanted.items()})
    surplus.update(unit for units in clips for unit in units)

    def change(out: int | None, into: int | None) -> None:
        fit = [i for i, units in enumerate(clips) if (out is None or out in units) and into not in units]
        fit = fit if into is not None else [i for i in fit if len(clips[i]) > 1]
        index = int(rng.choice([i for i in fit if into in usual[i]] or fit))
        clips[index] = clips[index] - {out} | ({into} if into is not None else set())
        surplus.update({into: 1} if into is not None else {})
        surplus.subtract({out: 1} if out is not None else {})

    while surplus.total() < 0:
        change(None, min(surplus, key=surplus.get))
    while surplus.total() > 0:
        shared = [unit for unit in surplus if any(unit in units and len(units) > 1 for units in clips)]
        change(max(shared, key=surplus.get), None)
    while any(surplus.values()):
        change(max(surplus, key=surplus.get), min(surplus, key=surplus.get))
    return [tuple(sorted(units)) for units in clips]
