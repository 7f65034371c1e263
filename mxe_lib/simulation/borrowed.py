"""Twins of further databases: clips of the simulated cohorts at another frame rate, under other names and words.

Nobody has measured these databases' statistics for a cohort of their own. What is kept of them is the frame rate, the
emotions' words and counts, and how subjects and clips are called; faces, movements and action units are those of the
CASME II-like or SAMM-like cohort. A twin serves to write a package in the official layout and to read it back. Nothing
that is measured on it speaks of the database whose name it bears.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from mxe_lib.clips import Clip, Repair
from mxe_lib.compute.store import digest
from mxe_lib.errors import MxeError
from mxe_lib.simulation.cohorts import cohort_rows
from mxe_lib.simulation.database import SimulatedDatabase


@dataclass(frozen=True)
class Borrowing:
    """How a twin is made.

    Attributes:
        source: the cohort whose clips are taken.
        fps: the database's frame rate; frames are picked, never made, so it can't be above the source's.
        emotions: how many clips of each emotion.
        like: by emotion, those of the source that stand in for it; itself where none is named.
        subject: what the n-th subject is called, from 1 on.
        clip: the clip's name and its onset's number from (subject's name, emotion, how many the subject has already).
    """

    source: str
    fps: int
    emotions: Mapping[str, int]
    like: Mapping[str, tuple[str, ...]]
    subject: Callable[[int], str]
    clip: Callable[[str, str, int], tuple[str, int]]


BORROWED = {
    "casme": Borrowing(
        "casme2",
        60,
        {"tense": 69, "disgust": 44, "repression": 38, "surprise": 20, "happiness": 9, "sadness": 6, "fear": 2,
         "contempt": 1},
        {"tense": ("others",), "contempt": ("others",)},
        "sub{:02d}".format,
        lambda subject, emotion, n: (f"EP{n // 6 + 1:02d}_{n % 6 + 1}", 8 + 5 * n),
    ),
    "casme3a": Borrowing(
        "casme2",
        30,
        {"disgust": 250, "surprise": 187, "others": 161, "fear": 86, "anger": 64, "sad": 57, "happy": 55},
        {"disgust": ("disgust", "others"), "fear": ("fear", "others"), "anger": ("disgust", "others"),
         "sad": ("sadness", "repression"), "happy": ("happiness",)},
        "spNO.{}".format,
        lambda subject, emotion, n: (f"{chr(97 + n % 13)}_{5 + 60 * (n // 13)}", 5 + 60 * (n // 13)),
    ),
    "mmew": Borrowing(
        "casme2",
        90,
        {"surprise": 89, "disgust": 72, "others": 66, "happiness": 36, "fear": 16, "sadness": 13, "anger": 8},
        {"fear": ("fear", "others"), "sadness": ("sadness", "repression"), "anger": ("disgust",)},
        "S{:02d}".format,
        lambda subject, emotion, n: (f"{subject}-{len(emotion):02d}-{n + 1:03d}", 1 + n),
    ),
    "dfme": Borrowing(
        "casme2",
        200,
        {"disgust": 266, "surprise": 265, "fear": 265, "anger": 265, "sadness": 265, "happiness": 265, "contempt": 265},
        {"fear": ("fear", "others"), "sadness": ("sadness", "repression", "others"), "anger": ("disgust", "others"),
         "contempt": ("others",)},
        "sub{:04d}".format,
        lambda subject, emotion, n: (f"{subject}_{n + 1:02d}", 3 * n),
    ),
    "4dme": Borrowing(
        "samm",
        60,
        {"negative": 120, "others": 40, "positive": 34, "surprise": 30, "repression": 30, "negative+repression": 13},
        {"negative": ("anger", "disgust", "fear"), "others": ("other",), "positive": ("happiness",),
         "repression": ("contempt", "anger"), "negative+repression": ("sadness",)},
        "S{:02d}".format,
        lambda subject, emotion, n: (f"{subject}_1st_{n + 1:03d}_01_1", 1 + 4 * n),
    ),
}  # fmt: skip
"""Counts of emotions: as public work on the database gives them (CASME, CAS(ME)³, MMEW). DFME's and 4DME's are not
known here: the sums are those of the training part and the paper, their shares are ours."""


class BorrowedDatabase:
    """A twin, used like an imported database.

    Args:
        name: one of ``BORROWED``.
        size: (width, height) of a frame in pixels; None = the cohort's own.

    Raises:
        MxeError: if there is no such twin.
    """

    origin = "simulated"

    def __init__(self, name: str, *, size: tuple[int, int] | None = None) -> None:
        if name not in BORROWED:
            raise MxeError(f"unknown twin '{name}': choose one of {', '.join(BORROWED)}")
        self.name = name
        self.size = size
        self._sources: dict[int, SimulatedDatabase] = {}

    def clips(self) -> list[Clip]:
        """The whole twin, sorted by subject and name."""
        return list(_borrowed(self.name))

    def repairs(self) -> list[Repair]:
        """Nothing needed repair."""
        return []

    def frames(self, clip: Clip, numbers: Sequence[int] | None = None) -> np.ndarray:
        """Frames of the source's clip, each the nearest in time; ``(T, H, W, 3)`` or ``(T, H, W)`` uint8.

        Raises:
            MxeError: if the clip or a frame number is not of this twin.
        """
        source, own = self._source(clip)
        return source.frames(own, self._numbers(clip, own, clip.frame_numbers() if numbers is None else numbers))

    def fingerprint(self, clip: Clip, numbers: Sequence[int]) -> str:
        """A hash of the source's settings and of which of its frames are taken."""
        source, own = self._source(clip)
        return digest(repr((self.name, source.fingerprint(own, self._numbers(clip, own, numbers)))))

    def _source(self, clip: Clip) -> tuple[SimulatedDatabase, Clip]:
        if clip not in _borrowed(self.name):
            raise MxeError(f"{clip.id}: not in the simulated {self.name}: take one of clips()")
        seed, own = _borrowed(self.name)[clip]
        if seed not in self._sources:
            self._sources[seed] = SimulatedDatabase(BORROWED[self.name].source, seed, size=self.size)
        return self._sources[seed], own

    @staticmethod
    def _numbers(clip: Clip, own: Clip, numbers: Sequence[int]) -> list[int]:
        for number in numbers:
            if not clip.onset <= number <= clip.offset:
                raise MxeError(f"{clip.id}: frame {number} is not there: choose from {clip.onset} to {clip.offset}")
        return [min(own.offset, own.onset + round((n - clip.onset) * own.fps / clip.fps)) for n in numbers]


@lru_cache(maxsize=16)
def _borrowed(name: str) -> dict[Clip, tuple[int, Clip]]:
    """Each clip of a twin with the seed and the clip of its source, sorted by subject and name."""
    how = BORROWED[name]
    wanted, having = Counter(how.emotions), Counter()
    found, seed, people = {}, 0, {}
    while wanted:
        for row in cohort_rows(how.source, seed):
            own = row.clip
            fitting = [word for word in wanted if own.emotion in how.like.get(word, (word,))]
            if own.apex is None or not fitting:
                continue
            word = max(fitting, key=lambda word: wanted[word] / how.emotions[word])
            subject = how.subject(people.setdefault((seed, own.subject), len(people) + 1))
            called, onset = how.clip(subject, word, having[subject])
            having[subject] += 1
            wanted[word] -= 1
            wanted += Counter()  # drops what is complete
            clip = _renamed(name, how.fps, own, subject, called, onset, word)
            found[clip] = (seed, own)
        seed += 1
    return dict(sorted(found.items(), key=lambda pair: (int(re.sub(r"\D", "", pair[0].subject)), pair[0].name)))


def _renamed(name: str, fps: int, own: Clip, subject: str, called: str, onset: int, word: str) -> Clip:
    length, apex = (max(1, round(frames * fps / own.fps)) for frames in (own.length, own.apex - own.onset))
    apex = onset + min(apex, length)
    return Clip(name, subject, called, fps, onset, apex, onset + length, word, own.action_units, "simulated")
