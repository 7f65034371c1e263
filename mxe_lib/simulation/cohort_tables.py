"""What is known in public of the three databases: people and classes, lengths, relative apexes, action units.

Sources: class counts per subject of the composite (MEGC 2019), the databases' emotion totals, and aggregates of the
public coding sheets. How the clips that the composite omits are spread over subjects is our own guess.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np


@dataclass(frozen=True)
class Cohort:
    """The statistics of one database.

    Attributes:
        fps: frames per second.
        subjects: negative, positive and surprise clips of each; composite: of those of whom MEGC 2019 takes fewer.
        colour: whether frames are RGB.
        frame_size: (width, height) of a rendered frame in pixels.
        lengths: minimum, 5, 25, 50, 75 and 95 % quantiles and maximum of offset - onset in frames. Log-normals fit too,
            but cut off at SAMM's 0.5 s theirs is 5 frames too short; so the quantiles themselves are used.
        apex_beta: parameters of the relative apex position.
        apex_length_correlation: between relative apex and length.
        unilateral: share of clips with a unit on one side only.
        jitter: standard deviation of the annotators' apex around the physical one, in frames.
        strength: factor on the expression's amplitude; head: on the head's motion; noise: on the sensor's noise.
        marks_apex: whether coders marked the apex.
        codes_emotions: whether they named emotions and action units; else only the class is given.
        negatives: the composite's negative clips by emotion.
        by_subject: clips of an emotion by subject, where the study fixes them; all other negatives are shared out.
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
    composite: Mapping[str, tuple[int, int, int]] = field(default_factory=dict)
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

# Composite classes per subject (negative, positive, surprise): MEGC 2019. The two disgust clips that its rule drops
# for want of an apex (sub04, sub05) count here. Then what the composite omits: others, sadness, fear.
CASME2 = {
    "sub01": (2, 1, 0), "sub02": (5, 1, 3), "sub03": (4, 0, 1), "sub04": (3, 0, 0), "sub05": (1, 1, 5),
    "sub06": (1, 1, 2), "sub07": (5, 0, 0), "sub08": (1, 0, 0), "sub09": (5, 5, 0), "sub10": (0, 0, 0),
    "sub11": (4, 0, 0), "sub12": (5, 2, 4), "sub13": (0, 2, 0), "sub14": (0, 3, 0), "sub15": (1, 1, 1),
    "sub16": (1, 2, 0), "sub17": (23, 7, 1), "sub18": (0, 0, 0), "sub19": (3, 3, 5), "sub20": (2, 0, 0),
    "sub21": (1, 0, 0), "sub22": (2, 0, 0), "sub23": (7, 1, 0), "sub24": (2, 0, 1), "sub25": (3, 0, 2),
    "sub26": (9, 2, 0),
}  # fmt: skip
_OTHERS = {
    "sub01": 6, "sub02": 4, "sub03": 2, "sub04": 2, "sub05": 11, "sub06": 1, "sub07": 4, "sub08": 2, "sub09": 4,
    "sub10": 12, "sub11": 6, "sub12": 1, "sub13": 5, "sub14": 1, "sub16": 1, "sub17": 5, "sub18": 3, "sub19": 4,
    "sub20": 7, "sub21": 1, "sub23": 3, "sub24": 5, "sub25": 2, "sub26": 7,
}  # fmt: skip
_REPRESSION = {"sub17": 15, "sub09": 2, "sub26": 2, "sub23": 3, "sub03": 2, "sub02": 1, "sub15": 1, "sub19": 1}
_SADNESS = {"sub24": 3, "sub23": 1, "sub02": 1, "sub26": 1, "sub05": 1}
_FEAR = {"sub10": 1, "sub18": 1}
CASME2_BY_SUBJECT = {"repression": _REPRESSION, "others": _OTHERS, "sadness": _SADNESS, "fear": _FEAR}

SAMM = {
    "006": (9, 0, 2), "007": (1, 5, 2), "009": (3, 0, 1), "010": (4, 0, 0), "011": (13, 7, 0), "012": (2, 0, 1),
    "013": (6, 0, 0), "014": (2, 7, 1), "015": (2, 0, 1), "016": (2, 1, 2), "017": (3, 0, 1), "018": (2, 0, 1),
    "019": (0, 1, 0), "020": (2, 2, 0), "021": (2, 0, 0), "022": (3, 2, 0), "023": (1, 0, 0), "024": (1, 0, 0),
    "025": (0, 0, 0), "026": (9, 0, 0), "028": (1, 0, 2), "030": (3, 0, 0), "031": (1, 0, 0), "032": (4, 0, 0),
    "033": (4, 1, 0), "034": (3, 0, 0), "035": (7, 0, 1), "036": (1, 0, 0), "037": (1, 0, 0),
}  # fmt: skip
SAMM_OTHER = {
    "006": 2, "007": 1, "010": 1, "012": 1, "013": 1, "014": 2, "016": 1, "017": 2, "018": 2, "020": 1, "022": 1,
    "023": 1, "025": 2, "026": 2, "030": 1, "031": 1, "033": 1, "034": 1, "035": 1, "037": 1,
}  # fmt: skip

SMIC = {
    "s1": (3, 2, 1), "s2": (0, 1, 5), "s3": (22, 11, 6), "s4": (10, 4, 5), "s5": (1, 0, 1), "s6": (2, 0, 2),
    "s8": (9, 4, 0), "s9": (0, 1, 3), "s11": (3, 3, 1), "s12": (0, 8, 1), "s13": (0, 10, 0), "s14": (3, 2, 5),
    "s15": (1, 1, 2), "s18": (2, 0, 5), "s19": (0, 1, 1), "s20": (14, 3, 5),
}  # fmt: skip

COHORTS = {
    "casme2": Cohort(
        name="casme2",
        fps=200,
        subjects=CASME2,
        composite={"sub04": (2, 0, 0), "sub05": (0, 1, 5)},
        negatives={"disgust": 61, "repression": 27},
        by_subject=CASME2_BY_SUBJECT,
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
        subjects=SAMM,
        negatives={"anger": 57, "contempt": 12, "disgust": 9, "fear": 8, "sadness": 6},
        by_subject={"other": SAMM_OTHER},
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
        subjects=SMIC,
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

# How often each combination of units occurs with each emotion. The columns add up to the units' shares by class and
# emotion in the coding sheets (CASME II: disgust AU4 87 %, AU7 49 %, ...; SAMM: contempt AU14 100 %, ...).
UNIT_MIXES = {
    "casme2": {
        "disgust": "4+7*17 4*11 4+10*10 4+7+9*5 4+9*3 4+7+10*4 10*3 4+6+7*3 4+17*2 7*2 10+17 9 6+7",
        "repression": "17*12 15*6 15+17*4 12+15*2 12+17 4+15+17*2",
        "happiness": "12*21 14*4 12+15*2 6+12*2 7+12 12+25 4+12",
        "surprise": "1+2*14 1*3 2*4 1+2+5 1+2+25 2+5 25",
        "others": "4*32 4+7*17 7*8 14*8 12*6 17*6 1*4 2*3 1+2*3 15*3 4+17*2 12+14*2 1+4*2 4+10 9 10",
        "sadness": "1*2 2 1+2 1+4 15+17 4+15",
        "fear": "1+4 20",
    },
    "samm": {
        "anger": "7*29 4*13 4+7*4 7+43*4 4+7+43*2 7+17*2 4+17 43 4+7+9",
        "contempt": "14*6 12+14*4 14+17 14+24",
        "disgust": "9*3 4+9 10*4 10+17",
        "fear": "20*4 7+20 20+25 20+26 1+2+4",
        "sadness": "17 15+17*2 1*2 43",
        "happiness": "12*13 7+12*3 6+12*3 12+15*2 12+24*2 12+25 12+14 2+12",
        "surprise": "5*8 1+2*3 1+2+5 26*2 25",
        "other": "4*5 7*4 14*3 12*3 1+2*2 2 17*2 24*2 23 45 25 20",
    },
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


def class_counts(name: str) -> dict[str, tuple[int, int, int]]:
    """(negative, positive, surprise) of each subject in the MEGC 2019 composite."""
    table = {**COHORTS[name].subjects, **COHORTS[name].composite}
    return {subject: counts for subject, counts in table.items() if sum(counts)}


def mixes(name: str, emotion: str) -> list[tuple[tuple[int, ...], float]]:
    """The unit combinations of an emotion in a cohort, with weights that add up to 1."""
    if not COHORTS[name].codes_emotions:
        own, anyone = _pooled((emotion,)), _pooled(tuple(_SMIC_SOURCES))
        own_total, any_total = sum(own.values()), sum(anyone.values())
        return [
            (units, (1 - SMIC_AMBIGUITY) * own[units] / own_total + SMIC_AMBIGUITY * count / any_total)
            for units, count in anyone.items()
        ]
    counted = _read_mix(UNIT_MIXES[name][emotion])
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
        for source, emotion in _SMIC_SOURCES[emotion_class]:
            for units, count in _read_mix(UNIT_MIXES[source][emotion]):
                pooled[units] += count
    return pooled


def _read_mix(text: str) -> list[tuple[tuple[int, ...], int]]:
    mix = []
    for item in text.split():
        units, _, count = item.partition("*")
        mix.append((tuple(int(unit) for unit in units.split("+")), int(count or 1)))
    return mix
