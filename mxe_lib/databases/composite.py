"""Clip sets of the literature: the MEGC 2019 composite, to the clip, and what the two papers spotted on.

The composite's rule as its organisers print it (MEGC 2019, "Facial Micro-Expressions Grand Challenge", footnotes of the
class table) and as their list ``combined_3class_gt.csv`` applies it: CASME II negative = disgust + repression only,
SAMM negative = anger, contempt, disgust, fear, sadness; happiness is positive; everything else is left out.
"""

from collections.abc import Iterable
from pathlib import Path

from mxe_lib.clips import CLASSES, Clip
from mxe_lib.compute import tables
from mxe_lib.databases.registry import DATABASES
from mxe_lib.errors import MxeError

SADNESS_IN_2014 = ("casme2/sub24/EP07_01", "casme2/sub24/EP07_04f", "casme2/sub24/EP10_03")
"""The composite and both papers use the 2014 coding; the 2019 coding calls these three surprise."""

LEFT_OUT = {
    "casme2/sub04/EP12_01f": "no apex",
    "casme2/sub05/EP09_05f": "apex = onset, so no flow between them",
    **dict.fromkeys(SADNESS_IN_2014, "sadness in the coding of 2014"),
}
"""Clips of a composite emotion that are not in the composite, and why."""

OFFICIAL_COUNTS = {name: spec.official_counts for name, spec in DATABASES.items() if spec.official_counts}
"""Clips of class negative, positive, surprise: 145 + 133 + 164 = 442."""

MARKED = tuple(name for name in OFFICIAL_COUNTS if DATABASES[name].marks_apex)
"""The databases of the papers whose apexes coders marked."""

OFFICIAL_SUBJECTS = {
    row["subject"]: tuple(int(row[name]) for name in CLASSES)
    for row in tables.read(Path(__file__).with_name("composite_subjects.csv"))
}
"""Clips of class negative, positive, surprise by subject id, counted in the official list; 68 subjects."""


def composite_class(clip: Clip) -> str | None:
    """The clip's class by the composite's rule, or None if it has none.

    >>> composite_class(Clip("casme2", "sub01", "EP02_01f", 200, 46, 59, 86, "fear")) is None
    True
    >>> composite_class(Clip("samm", "006", "006_1_2", 200, 10, 20, 30, "fear"))
    'negative'
    """
    if clip.id in LEFT_OUT:
        return None
    # SMIC and the flow maps are labelled by class; "surprise" is a class and an emotion alike.
    if clip.emotion in CLASSES:
        return clip.emotion
    return DATABASES[clip.database].classes.get(clip.emotion)


def composite(clips: Iterable[Clip]) -> list[Clip]:
    """The clips of the composite, in their order; 442 of all three databases."""
    return [clip for clip in clips if clip.database in OFFICIAL_COUNTS and composite_class(clip) is not None]


def p2_spotting(clips: Iterable[Clip]) -> list[Clip]:
    """The clips on which P2 spots (its table 2): CASME II 246, SAMM 159, less those without an apex (one).

    246 = the five large classes of CASME II's 2014 coding (255 rows less 7 sadness, 2 fear).
    """
    chosen = [clip for clip in clips if clip.database in MARKED and clip.apex is not None]
    chosen = [clip for clip in chosen if clip.emotion not in DATABASES[clip.database].too_rare]
    return [clip for clip in chosen if clip.id not in SADNESS_IN_2014]


def clip_set(name: str, clips: Iterable[Clip]) -> list[Clip]:
    """The clip set of this name: ``megc2019``, ``p1_spotting`` or ``p2_spotting``.

    P1 spots on CASME II and SAMM, each with its own model (sec. 4), and prints no counts; its set is taken to be that
    of the same group's P2.

    Raises:
        MxeError: if there is no set of that name.
    """
    sets = {"megc2019": composite, "p1_spotting": p2_spotting, "p2_spotting": p2_spotting}
    if name not in sets:
        raise MxeError(f"unknown clip set '{name}': choose one of {', '.join(sets)}")
    return sets[name](clips)


def class_counts(clips: Iterable[Clip]) -> tuple[int, int, int]:
    """How many clips of class negative, positive, surprise; clips outside the composite do not count."""
    classes = [composite_class(clip) for clip in clips]
    return tuple(classes.count(name) for name in CLASSES)


def subject_counts(clips: Iterable[Clip]) -> dict[str, tuple[int, int, int]]:
    """``class_counts`` for each subject id that has a clip in the composite."""
    by_subject: dict[str, list[Clip]] = {}
    for clip in composite(clips):
        by_subject.setdefault(clip.subject_id, []).append(clip)
    return {subject: class_counts(group) for subject, group in by_subject.items()}
