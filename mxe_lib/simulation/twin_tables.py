"""What is known in public of the databases beside CASME II, SAMM and SMIC, for their simulated twins.

Counts are those of the authors' papers and of public code that reads the databases. What was nowhere to be found is
ours, and ``Twin.ours`` and ``LongTwin.ours`` name it; what is remembered from papers whose text was not at hand is
named below. No row of a workbook is copied: lengths are quantiles, labels and units are counts, and who shows what,
when and together with what is drawn.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from mxe_lib.simulation.cohort_tables import COHORTS

QUANTILES = (0, 0.05, 0.25, 0.5, 0.75, 0.95, 1)
"""The places at which lengths are given."""


@dataclass(frozen=True)
class Twin:
    """A twin of a database of clips.

    Attributes:
        source: the cohort whose faces and action units are taken.
        rates: frames per second, with the share of the clips that have it.
        subjects: how many people.
        emotions: how many clips of each emotion, in the database's own words.
        lengths: seconds from onset to offset at ``QUANTILES``.
        apex_beta: parameters of the relative apex position.
        like: by emotion, those of the source whose units it takes; itself where none is named.
        subject: what the n-th subject is called, from 1 on.
        clip: the clip's name and its onset's number from (subject's name, emotion, how many the subject has already).
        ours: which of these were not to be found: ``subjects``, ``emotions``, ``lengths``, ``apex``, ``rates``,
            ``units``.
        units: how many clips show each action unit; empty where they are the source's.
    """

    source: str
    rates: Mapping[int, float]
    subjects: int
    emotions: Mapping[str, int]
    lengths: tuple[float, ...]
    apex_beta: tuple[float, float]
    like: Mapping[str, tuple[str, ...]]
    subject: Callable[[int], str]
    clip: Callable[[str, str, int], tuple[str, int]]
    ours: tuple[str, ...]
    units: Mapping[int, int] = field(default_factory=dict)

    @property
    def clips(self) -> int:
        return sum(self.emotions.values())


@dataclass(frozen=True)
class LongTwin:
    """A twin of a database of long videos.

    Attributes:
        fps: frames per second.
        subjects: their names.
        videos: how many in all; takes: what a subject's videos add to the subject's number in their names.
        counts: by kind, how many of each emotion; '' where the database gives none.
        lengths: by kind, seconds from onset to offset at ``QUANTILES``.
        seconds: of a video, at ``QUANTILES``.
        moving: how many videos hold a macro-expression at least.
        still: people of whom no video holds an expression.
        ours: which of these were not to be found: ``lengths``, ``seconds``, ``moving``; and ``units``, the source's.
    """

    fps: int
    subjects: tuple[str, ...]
    videos: int
    takes: tuple[str, ...]
    counts: Mapping[str, Mapping[str, int]]
    lengths: Mapping[str, tuple[float, ...]]
    seconds: tuple[float, ...]
    moving: int
    still: tuple[str, ...] = ()
    ours: tuple[str, ...] = ()

    def total(self, kind: str) -> int:
        return sum(self.counts[kind].values())


def _seconds(name: str) -> tuple[float, ...]:
    return tuple(frames / COHORTS[name].fps for frames in COHORTS[name].lengths)


def _frames(fps: int, *frames: float) -> tuple[float, ...]:
    return tuple(count / fps for count in frames)


def _counted(*counts: int, others: int) -> dict[int, int]:
    """Of units 1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15 and 17, and of four others together, which share evenly here."""
    found = dict(zip((1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17), counts, strict=True))
    return found | {unit: others // 4 + (place < others % 4) for place, unit in enumerate((24, 25, 20, 26))}


_MMEW_CODES = {
    "happiness": "01", "surprise": "02", "disgust": "03", "others": "04", "fear": "05", "sadness": "06", "anger": "07",
}  # fmt: skip

TWINS = {
    "casme": Twin(
        source="casme2",
        rates={60: 1},
        subjects=19,
        emotions={"tense": 69, "disgust": 44, "repression": 38, "surprise": 20, "happiness": 9, "sadness": 6,
                  "fear": 2, "contempt": 1},
        lengths=_seconds("casme2"),
        apex_beta=COHORTS["casme2"].apex_beta,
        like={"tense": ("others",), "contempt": ("others",)},
        subject="sub{:02d}".format,
        clip=lambda subject, emotion, n: (f"EP{n // 6 + 1:02d}_{n % 6 + 1}", 8 + 5 * n),
        ours=("lengths", "apex"),
        units=_counted(23, 17, 70, 0, 1, 4, 40, 3, 9, 23, 14, 13, others=37),
    ),
    "casme3a": Twin(
        source="casme2",
        rates={30: 1},
        subjects=100,
        emotions={"disgust": 250, "surprise": 187, "others": 161, "fear": 86, "anger": 64, "sad": 57, "happy": 55},
        lengths=_frames(30, 2, 6, 11, 15, 27, 63, 276),
        apex_beta=(2.2, 4.94),
        like={"disgust": ("disgust", "others"), "fear": ("fear", "others"), "anger": ("disgust", "others"),
              "sad": ("sadness", "repression"), "happy": ("happiness",)},
        subject="spNO.{}".format,
        clip=lambda subject, emotion, n: (f"{chr(97 + n % 13)}_{5 + 300 * (n // 13)}", 5 + 300 * (n // 13)),
        ours=(),
        units=_counted(153, 128, 274, 44, 8, 27, 50, 10, 15, 193, 6, 20, others=149),
    ),
    "mmew": Twin(
        source="casme2",
        rates={90: 1},
        subjects=30,
        emotions={"surprise": 89, "disgust": 72, "others": 66, "happiness": 36, "fear": 16, "sadness": 13, "anger": 8},
        lengths=_frames(90, 13, 21, 30, 37.5, 43, 50, 76),
        apex_beta=(4.51, 7.03),
        like={"fear": ("fear", "others"), "sadness": ("sadness", "repression"), "anger": ("disgust",)},
        subject="S{:02d}".format,
        clip=lambda subject, emotion, n: (f"{subject}-{_MMEW_CODES[emotion]}-{n + 1:03d}", 1),
        ours=(),
        units=_counted(50, 41, 109, 70, 10, 47, 8, 38, 37, 17, 6, 11, others=56),
    ),
    "dfme": Twin(
        source="casme2",
        rates={500: 1118 / 7526, 300: 969 / 7526, 200: 5439 / 7526},
        subjects=165,
        emotions={"disgust": 266, "surprise": 265, "fear": 265, "anger": 265, "sadness": 265, "happiness": 265,
                  "contempt": 265},
        lengths=_seconds("casme2"),
        apex_beta=COHORTS["casme2"].apex_beta,
        like={"fear": ("fear", "others"), "sadness": ("sadness", "repression", "others"),
              "anger": ("disgust", "others"), "contempt": ("others",)},
        subject="sub{:04d}".format,
        clip=lambda subject, emotion, n: (f"{subject}_{n + 1:02d}", 3 * n),
        ours=("subjects", "emotions", "lengths", "apex", "rates", "units"),
    ),
    "4dme": Twin(
        source="samm",
        rates={60: 1},
        subjects=41,
        emotions={"negative": 127, "positive": 34, "others": 31, "surprise": 30, "positive+surprise": 13,
                  "negative+surprise": 8, "positive+repression": 8, "negative+repression": 7, "repression": 6,
                  "surprise+repression": 3},
        lengths=_seconds("samm"),
        apex_beta=COHORTS["samm"].apex_beta,
        like={"negative": ("anger", "disgust", "fear"), "positive": ("happiness",), "others": ("other",),
              "repression": ("contempt", "anger"), "positive+surprise": ("happiness", "surprise"),
              "negative+surprise": ("anger", "surprise"), "positive+repression": ("happiness", "contempt"),
              "negative+repression": ("sadness",), "surprise+repression": ("surprise", "contempt")},
        subject="S{:02d}".format,
        clip=lambda subject, emotion, n: (f"{subject}_1st_{n + 1:03d}_01_1", 1 + 4 * n),
        ours=("lengths", "apex"),
        units=_counted(46, 54, 102, 8, 25, 89, 1, 2, 53, 4, 6, 11, others=53),
    ),
}  # fmt: skip
"""Clips and emotions: as public work on the database gives them; of 4DME the ten groups of its paper, which add up to
its 267. Lengths and apexes of CAS(ME)³: public lists of rows (the first 134 that have a usable apex; the mean relative
apex of all 686 is .308); of MMEW: the first 200 of public work's list without ``others``. Other lengths are those of
the source, in seconds. Action units: counts of twelve units and of all (Varanka et al., "Data leakage and evaluation
issues in micro-expression analysis", 2023, and the notebooks of its package). DFME: the sum is that of the training
part; its people and the share of each frame rate follow the whole database (7,526 clips: 1,118, 969 and 5,439 at 500,
300 and 200 frames a second; 671 people). Remembered: 4DME's groups and DFME's shares of frame rates; both add up to
the printed sums."""

_NUMBERS = (15, 16, *range(19, 28), *range(29, 39), 40)

LONG_TWINS = {
    "casme_sq": LongTwin(
        fps=30,
        subjects=tuple(f"s{number}" for number in _NUMBERS),
        videos=98,
        takes=("0101", "0102", "0401", "0402", "0502", "0503", "0505", "0507", "0508"),
        counts={
            "macro": {"positive": 87, "negative": 95, "surprise": 13, "others": 105},
            "micro": {"positive": 8, "negative": 21, "surprise": 9, "others": 19},
        },
        lengths={
            "micro": (0.2, 0.25, 0.32, 0.38, 0.44, 0.49, 0.5),
            "macro": (0.53, 0.57, 0.73, 0.97, 1.4, 2.6, 4.0),
        },
        seconds=(40, 60, 100, 140, 190, 260, 320),
        moving=90,
        ours=("lengths", "seconds", "moving", "units"),
    ),
    "samm_long": LongTwin(
        fps=200,
        subjects=tuple(f"{number:03d}" for number in range(6, 38)),
        videos=147,
        takes=("1", "2", "3", "4", "5", "6", "7"),
        counts={"macro": {"": 343}, "micro": {"": 159}},
        lengths={
            "micro": _seconds("samm"),
            "macro": (0.505, 0.56, 0.755, 1.075, 1.845, 4.75, 9.0),
        },
        seconds=(12, 18, 28, 36, 43, 52, 58),
        moving=130,
        still=("027", "029"),
        ours=("seconds", "units"),
    ),
}
"""Participants, videos and counts: the third Facial Micro-Expression Grand Challenge (He et al. 2020, table I); the
emotions of CAS(ME)²: its paper. Lengths of SAMM Long Videos: of the micro-expressions, which are SAMM's, all; of the
macro-expressions, quantiles of the 333 that public work on spotting lists, in 130 videos, the longest of 20 s cut to 9
so that their mean is kept. Lengths of CAS(ME)²: ours, around the means that SOFTNet's half-lengths tell (6 and 18
frames). Of its 32 people two show neither a macro-expression in that list nor one of SAMM's micro-expressions. Videos
last 148 and 35.5 s on average, as challenges on them print; the spread is ours. Remembered: the emotions of CAS(ME)²,
which add up to the printed sums, its people's numbers, the mean lengths of videos, and the half-lengths."""
