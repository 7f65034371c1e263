"""What is known in public of the three databases: people and classes, lengths, relative apexes, action units.

Sources: class counts per subject of the composite (MEGC 2019), the databases' emotion totals, and aggregates of the
public coding sheets. How the clips that the composite omits are spread over subjects is our own guess.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np

from mxe_lib.clips import CLASSES
from mxe_lib.compute import tables


@dataclass(frozen=True)
class Cohort:
    """The statistics of one database.

    Attributes:
        fps: frames per second.
        subjects: negative, positive and surprise clips of each.
        colour: whether frames are RGB.
        frame_size: (width, height) of a rendered frame in pixels.
        lengths: minimum, 5, 25, 50, 75 and 95 % quantiles and maximum of offset - onset in frames. Quantiles, because a
            log-normal, which fits the other two, comes out 5 frames too short where SAMM ends its clips at 0.5 s.
        apex_beta: parameters of the relative apex position.
        apex_length_correlation: between relative apex and length.
        unilateral: share of clips with a unit on one side only.
        jitter: standard deviation of the annotators' apex around the physical one, in frames.
        strength: factor on the expression's amplitude; head: on the head's motion; noise: on the sensor's noise.
        marks_apex: whether coders marked the apex.
        codes_emotions: whether they named emotions and action units; else only the class is given.
        negatives: the composite's negative clips by emotion.
        by_subject: by emotion, how many clips each subject has. Negative emotions that are not in it are shared out at
            random.
        unlettered: share of the units that are coded without an intensity.
        onsets: range of the onset's number within its video; None = the number is a camera's clock.
        episodes: whether clips are named after a video (``EP02_01f``), else after the subject (``006_1_2``).
        tones: of the skin, 0 light to 1 dark; all_dark: whether hair and eyes always are; hair_styles: how many of
            ``people.Identity.hair_style`` occur; oldest: largest age of an ``Identity``.
    """

    name: str
    fps: int
    subjects: Mapping[str, tuple[int, int, int]]
    colour: bool
    frame_size: tuple[int, int]
    lengths: tuple[float, ...]
    apex_beta: tuple[float, float]
    apex_length_correlation: float
    unilateral: float
    jitter: float
    strength: float = 1.0
    head: float = 1.0
    noise: float = 1.0
    marks_apex: bool = True
    codes_emotions: bool = True
    negatives: Mapping[str, int] = field(default_factory=dict)
    by_subject: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    unlettered: float = 1.0
    onsets: tuple[int, int] | None = None
    episodes: bool = False
    tones: tuple[float, float] = (0.0, 1.0)
    all_dark: bool = False
    hair_styles: int = 3
    oldest: float = 0.4


INTENSITIES = {"A": 25, "B": 25, "C": 15, "D": 5, "E": 4}
"""How often each letter is coded in SAMM (122 further units carry none); all cohorts' hidden strengths follow it."""
LETTER_EDGES = np.cumsum(list(INTENSITIES.values())) / sum(INTENSITIES.values())


def _clips(database: str) -> dict[str, dict]:
    """``subjects`` and ``by_subject`` of a cohort."""
    rows = {row["subject"]: row for row in _CLIPS if row["database"] == database}
    emotions = [name for name in _CLIPS[0] if name not in ("database", "subject", *CLASSES)]
    return {
        "subjects": {subject: tuple(int(row[name]) for name in CLASSES) for subject, row in rows.items()},
        "by_subject": {
            name: {subject: int(row[name]) for subject, row in rows.items()}
            for name in emotions
            if all(row[name] for row in rows.values())
        },
    }


_CLIPS = tables.read(Path(__file__).with_name("clips_of_subjects.csv"))
COHORTS = {
    "casme2": Cohort(
        name="casme2",
        fps=200,
        **_clips("casme2"),
        negatives={"disgust": 61, "repression": 27},
        onsets=(20, 260),
        episodes=True,
        tones=(0.05, 0.35),
        all_dark=True,
        colour=True,
        frame_size=(140, 170),
        lengths=(23, 35, 50, 61, 85, 99, 140),
        apex_beta=(4.17, 3.95),
        apex_length_correlation=-0.17,
        unilateral=0.28,
        jitter=3.0,
    ),
    "samm": Cohort(
        name="samm",
        fps=200,
        **_clips("samm"),
        negatives={"anger": 57, "contempt": 12, "disgust": 9, "fear": 8, "sadness": 6},
        unlettered=122 / 196,
        onsets=(60, 12000),
        hair_styles=4,
        oldest=1.0,
        colour=False,
        frame_size=(140, 170),
        lengths=(29, 38.8, 58, 77, 89, 99, 100),
        apex_beta=(3.74, 4.39),
        apex_length_correlation=-0.23,
        unilateral=0.23,
        jitter=3.0,
        strength=0.75,
        head=0.6,
    ),
    "smic": Cohort(
        name="smic",
        fps=100,
        **_clips("smic"),
        marks_apex=False,
        codes_emotions=False,
        tones=(0.0, 0.6),
        colour=True,
        frame_size=(120, 146),
        lengths=(10, 19, 25.8, 32, 40, 48.9, 57),
        apex_beta=(3.94, 3.80),
        apex_length_correlation=-0.04,
        unilateral=0.25,
        jitter=1.5,
        strength=0.75,
        noise=1.6,
    ),
}
"""Lengths, relative apex and unilateral units: statistics of the public coding sheets; frame rates: the papers of the
databases (Yan et al. 2014; Davison et al. 2018; Li et al. 2013). Frame sizes are ours, kept small; strength, head and
noise are chosen so that spotting and recognition are about as hard as published."""

UNIT_MIXES = {
    (row["database"], row["emotion"]): row["combinations"]
    for row in tables.read(Path(__file__).with_name("units_of_emotions.csv"))
}
"""Combinations with their weights; SMIC, whose units were never coded, draws from both databases' composite classes."""

SMIC_AMBIGUITY = 0.25
"""Share of SMIC-like clips whose units say nothing of the class: its labels are what people reported to have felt, and
no coder checked them against action units."""

_SMIC_SOURCES = {
    "negative": (("casme2", "disgust"), ("casme2", "repression"), ("samm", "anger"), ("samm", "contempt"),
                 ("samm", "disgust"), ("samm", "fear"), ("samm", "sadness")),
    "positive": (("casme2", "happiness"), ("samm", "happiness")),
    "surprise": (("casme2", "surprise"), ("samm", "surprise")),
}  # fmt: skip

# A unit that people show on one side, the more often the higher.
ONE_SIDED = {2: 3, 4: 2, 7: 2, 10: 4, 12: 4, 14: 6, 15: 3, 1: 1, 9: 1, 20: 3, 43: 1, 6: 1, 5: 1}

SMALL_MOVEMENTS = ((1,), (2,), (4,), (7,), (12,), (14,), (15,), (17,), (24,), (1, 2))
"""What a face does besides its expression, much weaker."""


def mixes(name: str, emotion: str) -> list[tuple[tuple[int, ...], float]]:
    """The unit combinations of an emotion in a cohort, with weights that add up to 1."""
    if not COHORTS[name].codes_emotions:
        own, anyone = _pooled((emotion,)), _pooled(tuple(_SMIC_SOURCES))
        own_total, any_total = sum(own.values()), sum(anyone.values())
        return [
            (units, (1 - SMIC_AMBIGUITY) * own[units] / own_total + SMIC_AMBIGUITY * count / any_total)
            for units, count in anyone.items()
        ]
    counted = _read_mix(UNIT_MIXES[name, emotion])
    total = sum(count for _, count in counted)
    return [(units, count / total) for units, count in counted]


@lru_cache(maxsize=16)
def class_mixes(name: str, emotion_class: str) -> list[tuple[tuple[int, ...], float]]:
    """The unit combinations of a composite class (MEGC 2019) in a cohort, with weights that add up to 1."""
    if not COHORTS[name].codes_emotions or emotion_class == "surprise":
        return mixes(name, emotion_class)
    if emotion_class == "positive":
        return mixes(name, "happiness")
    shares, pooled = COHORTS[name].negatives, Counter()
    for emotion, count in shares.items():
        for units, weight in mixes(name, emotion):
            pooled[units] += weight * count / sum(shares.values())
    return list(pooled.items())


def _pooled(classes: tuple[str, ...]) -> Counter:
    """Both coded databases' combinations for these composite classes, counted."""
    pooled: Counter = Counter()
    for emotion_class in classes:
        for source in _SMIC_SOURCES[emotion_class]:
            for units, count in _read_mix(UNIT_MIXES[source]):
                pooled[units] += count
    return pooled


def _read_mix(text: str) -> list[tuple[tuple[int, ...], int]]:
    mix = []
    for item in text.split():
        units, _, count = item.partition("*")
        mix.append((tuple(int(unit) for unit in units.split("+")), int(count or 1)))
    return mix
