"""Ways to label the same clips: three, five or seven emotions, objective classes, action units.

What a database's coders wrote is one word for the emotion and a list of FACS codes. A *scheme* makes classes of it; a
clip that has none in it is left out, and told.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from mxe_lib.clips import CLASSES, Clip
from mxe_lib.databases.composite import composite_class
from mxe_lib.errors import MxeError

EMOTIONS = {
    "four": {
        "casme2": ("happiness", "disgust", "surprise", "repression"),
        "samm": ("anger", "contempt", "happiness", "surprise"),
    },
    "five": {
        "casme2": ("happiness", "disgust", "surprise", "repression", "others"),
        "samm": ("anger", "contempt", "happiness", "surprise", "other"),
    },
    "seven": {
        "casme2": ("happiness", "disgust", "surprise", "repression", "sadness", "fear", "others"),
        "samm": ("anger", "contempt", "disgust", "fear", "happiness", "sadness", "surprise"),
    },
}
"""Of each database the emotions that papers tell apart, in its coders' words. Five are those with the most clips (the
five of Yan et al. 2014 for CASME II; for SAMM those that most papers report). Four are the same without ``others``.
Seven are all of CASME II's, and SAMM's basic emotions with contempt, without ``other``."""

OBJECTIVE = {
    "I": "6 12 6+12 6+7+12 7+12",
    "II": "1+2 5 25 1+2+25 25+26 5+24",
    "III": "23 4 4+7 4+5 4+5+7 17+24 4+6+7 4+38",
    "IV": "10 9 4+9 4+40 4+5+40 4+7+9 4+9+17 4+7+10 4+5+7+9 7+10",
    "V": "1 15 1+4 6+15 15+17",
    "VI": "1+2+4 20",
    "VII": "",
}
"""Davison, Merghani & Yap, "Objective classes for micro-facial expression recognition", J. Imaging 4 (2018) 119,
as their table stands again in Merghani, Davison & Yap, "A review on facial micro-expressions analysis" (arXiv
1805.02397), Table 9 (its "A23" is read as unit 23). Class VII is every other combination. Assumed, for the paper does
not say it of each clip: sides and intensities do not count, and a combination is of a class only if it is listed
exactly."""

_OF_UNITS = {
    frozenset(int(unit) for unit in combination.split("+")): name
    for name, listed in OBJECTIVE.items()
    for combination in listed.split()
}

_CODE = re.compile(r"[LRAT]?(\d{1,2})(?:[A-E](?:/[A-E])?)?", re.IGNORECASE)
"""One unit as coders write it: a side or part of the face, the number, an intensity."""


@dataclass(frozen=True)
class Scheme:
    """Classes and the rule that gives a clip one of them.

    Attributes:
        name: ``three``, ``four``, ``five``, ``seven`` or ``objective``.
        classes: in their order; a class number is a place in it.
        of: the class of a clip by name, or None.
    """

    name: str
    classes: tuple[str, ...]
    of: Callable[[Clip], str | None] = field(repr=False)

    def number(self, clip: Clip) -> int | None:
        """Of the clip's class, or None where it has none in this scheme."""
        word = self.of(clip)
        return self.classes.index(word) if word in self.classes else None


def scheme(name: str, database: str, clips: Iterable[Clip] = ()) -> Scheme:
    """The classes of a database under a scheme.

    Args:
        name: ``three`` (the composite's), ``four``, ``five``, ``seven``, or ``objective`` (I to VII by action units).
        clips: of ``objective``, the clips whose classes are kept: one that no clip has is no class. None given: all.

    Raises:
        MxeError: if there is no such scheme, or the database has no emotions in it (SMIC's three classes are all it
            has).

    >>> scheme("five", "casme2").classes[0], scheme("three", "smic").classes
    ('happiness', ('negative', 'positive', 'surprise'))
    """
    if name == "three":
        return Scheme(name, CLASSES, composite_class)
    if name == "objective":
        there = {objective_class(clip) for clip in clips} or set(OBJECTIVE)
        return Scheme(name, tuple(kind for kind in OBJECTIVE if kind in there), objective_class)
    if name not in EMOTIONS:
        raise MxeError(f"unknown label scheme '{name}': choose three, {', '.join(EMOTIONS)} or objective")
    if database not in EMOTIONS[name]:
        raise MxeError(f"{database}: has no {name} emotions: choose one of {', '.join(EMOTIONS[name])}, or three")
    return Scheme(name, EMOTIONS[name][database], lambda clip: clip.emotion)


def labelled(clips: Sequence[Clip], chosen: Scheme) -> tuple[list[Clip], list[int], Counter]:
    """The clips that have a class, its number for each, and how many were left out by the emotion they have."""
    kept = [(clip, number) for clip in clips if (number := chosen.number(clip)) is not None]
    ids = {clip.id for clip, _ in kept}
    return [c for c, _ in kept], [n for _, n in kept], Counter(c.emotion for c in clips if c.id not in ids)


def units(clip: Clip) -> frozenset[int] | None:
    """The clip's action units, without sides and intensities; None where coders left one open or wrote none.

    >>> sorted(units(Clip("samm", "6", "a", 200, 1, 2, 3, "anger", ("L4", "7B"))))
    [4, 7]
    >>> units(Clip("samm", "6", "a", 200, 1, 2, 3, "anger", ("(R6 or R12)", "R15"))) is None
    True
    """
    found = [_CODE.fullmatch(code.strip()) for code in clip.action_units]
    return frozenset(int(match[1]) for match in found) if found and all(found) else None


def objective_class(clip: Clip) -> str | None:
    """``I`` to ``VII`` by ``OBJECTIVE``; None where the clip's units are not known.

    >>> objective_class(Clip("casme2", "1", "a", 200, 1, 2, 3, "others", ("4", "L7")))
    'III'
    >>> objective_class(Clip("casme2", "1", "a", 200, 1, 2, 3, "others", ("14",)))
    'VII'
    """
    coded = units(clip)
    return None if coded is None else _OF_UNITS.get(coded, "VII")


def frequent_units(clips: Sequence[Clip], at_least: int = 10, people: int = 5) -> tuple[int, ...]:
    """The units that occur in enough clips of enough people to be learned and tested at all, in their order."""
    coded = {clip: units(clip) or frozenset() for clip in clips}
    every = sorted({unit for own in coded.values() for unit in own})
    having: Mapping[int, list[Clip]] = {unit: [clip for clip, own in coded.items() if unit in own] for unit in every}
    return tuple(
        unit
        for unit, own in having.items()
        if len(own) >= at_least and len({clip.subject_id for clip in own}) >= people
    )
