"""Trained in one laboratory, tested in another: folds of whole databases, and a control of the same size.

Within a database all people sat before one camera, under one lamp, and were coded by the same hands. Leaving out a
*subject* keeps all of that on both sides; leaving out a *database* keeps none of it (the protocols are those of MEGC
2018's holdout task and of MEGC 2019's composite, which is ``folds.loso`` of all databases at once).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np

from mxe_lib.clips import Clip
from mxe_lib.errors import MxeError
from mxe_lib.learning import folds
from mxe_lib.learning.folds import Fold

PEOPLE_OF = {
    "casme": "Institute of Psychology, Chinese Academy of Sciences",
    "casme2": "Institute of Psychology, Chinese Academy of Sciences",
    "casme_sq": "Institute of Psychology, Chinese Academy of Sciences",
    "casme3a": "Institute of Psychology, Chinese Academy of Sciences",
    "samm": "Manchester Metropolitan University",
    "samm_long": "Manchester Metropolitan University",
    "smic": "University of Oulu",
    "4dme": "University of Oulu",
    "mmew": "Shandong University",
    "dfme": "University of Science and Technology of China",
}
"""Who invited the people of each database. Two databases of one house may show the same people under other numbers:
SAMM and its long videos do, of the others nobody has published whether they do. So they are never trained and tested on
against each other. Of CASME II, SAMM and SMIC, three houses in three countries, no shared person is known."""


def house(database: str) -> str:
    """Who invited its people.

    Raises:
        MxeError: if nobody has declared it: whether it shares people with another database is then not known.
    """
    if database not in PEOPLE_OF:
        raise MxeError(f"{database}: who invited its people is not declared: add it to PEOPLE_OF in {__name__}")
    return PEOPLE_OF[database]


def may_share_people(first: str, second: str) -> bool:
    """Whether two databases may show the same person.

    >>> may_share_people("casme2", "casme"), may_share_people("casme2", "samm")
    (True, False)
    """
    return house(first) == house(second)


def parts(protocol: str, clips: Sequence[Clip], seed: int = 0) -> list[Fold]:
    """The folds of a protocol between databases, or of one of ``folds.folds``.

    Args:
        protocol: ``lodo`` (leave one database out), ``casme2>samm`` (train on the first, test on the second), or any
            of ``folds.folds``.
        clips: the clips, or Samples that hold them.

    Raises:
        MxeError: for an unknown protocol, a database without a clip here, or two that may share people.

    >>> pair = [Clip(name, "s1", "a", 100, 0, None, 9, "positive") for name in ("casme2", "samm")]
    >>> [fold.name for fold in parts("lodo", pair)], parts("casme2>samm", pair)[0].test
    (['lodo-casme2', 'lodo-samm'], ('samm/s1/a',))
    """
    if protocol == "lodo":
        return lodo(clips)
    if match := re.fullmatch(r"(\w+)>(\w+)", protocol):
        return [between(clips, match[1], match[2])]
    return folds.folds(protocol, clips, seed)


def lodo(clips: Sequence[Clip]) -> list[Fold]:
    """Leave one database out: a fold for each, trained on the others less those that may share people with it.

    Raises:
        MxeError: if nothing is left to train on.
    """
    names = _databases(clips)
    found = []
    for held_out in names:
        known = [name for name in names if name != held_out and not may_share_people(name, held_out)]
        if not known:
            raise MxeError(
                f"protocol lodo: {held_out} has no other database to learn from that surely shows other people: "
                f"add one of another laboratory"
            )
        found.append(_fold(f"lodo-{held_out}", clips, known, [held_out]))
    return found


def between(clips: Sequence[Clip], trained: str, tested: str) -> Fold:
    """Trained on all clips of one database, tested on all of another.

    Raises:
        MxeError: if one of them has no clip here, or the two may share people.
    """
    for name in (trained, tested):
        if name not in _databases(clips):
            raise MxeError(f"protocol {trained}>{tested}: no clip of {name} is here: open that database, too")
    if may_share_people(trained, tested):
        raise MxeError(
            f"protocol {trained}>{tested}: both show people of the {house(trained)}, maybe the same: "
            f"take databases of two laboratories"
        )
    return _fold(f"{trained}>{tested}", clips, [trained], [tested])


def pairs(clips: Sequence[Clip]) -> list[Fold]:
    """``between`` for each ordered pair of databases that surely show different people."""
    names = _databases(clips)
    return [between(clips, one, other) for one in names for other in names if not may_share_people(one, other)]


def within(clips: Sequence[Clip], k: int) -> list[Fold]:
    """Each database by itself: ``k`` folds that share no subject, or as many as it has subjects."""
    found = []
    for name in _databases(clips):
        ids = [clip.id for clip in _listed(clips) if clip.database == name]
        own = clips.subset(ids) if hasattr(clips, "subset") else [c for c in clips if c.database == name]
        people = len({clip.subject_id for clip in _listed(own)})
        found += [Fold(f"{name}-{fold.name}", fold.train, fold.test) for fold in folds.kfold(own, min(k, people))]
    return found


def same_size(tested: Sequence[Fold], like: Sequence[Fold], clips: Sequence[Clip], seed: int = 0) -> list[Fold]:
    """The control: training clips thinned to as many as the fold of ``like`` has that tests the same clips.

    Whole subjects are drawn, of all databases, the last one cut short. What is left between the two is where the clips
    were recorded, and no longer how many there are. A fold that tests clips of several folds of ``like`` becomes
    several; one that has fewer training clips anyway keeps them all.

    Args:
        tested: such as leave-one-subject-out; like: such as leave-one-database-out, of the same clips.

    Raises:
        MxeError: if a test clip lies in no fold of ``like``.
    """
    subject, thinned = {clip.id: clip.subject_id for clip in _listed(clips)}, []
    there = {i for other in like for i in other.test}
    for number, fold in enumerate(tested):
        if lost := sorted(set(fold.test) - there):
            raise MxeError(f"fold {fold.name}: {lost[0]} is tested in no fold to be like: give folds of the same clips")
        order = sorted({subject[i] for i in fold.train})
        np.random.default_rng([seed, number]).shuffle(order)
        place = {person: rank for rank, person in enumerate(order)}
        drawn = sorted(fold.train, key=lambda i: (place[subject[i]], i))
        for other in like:
            if test := tuple(i for i in fold.test if i in set(other.test)):
                kept = tuple(sorted(drawn[: len(other.train)]))
                thinned.append(Fold(f"{fold.name}-as_{other.name}-{seed}", kept, test))
    return thinned


def checked(fold: Fold, clips: Sequence[Clip]) -> Fold:
    """The fold itself, if no person and no house with unknown people is on both of its sides.

    Raises:
        MxeError: if one is; it is named.
    """
    of = {clip.id: clip for clip in _listed(clips)}
    sides = [{of[i].subject_id for i in side} for side in (fold.train, fold.test)]
    if both := sorted(sides[0] & sides[1]):
        raise MxeError(f"fold {fold.name}: {both[0]} is trained and tested on: make the folds from whole subjects")
    names = [{of[i].database for i in side} for side in (fold.train, fold.test)]
    for one, other in ((a, b) for a in sorted(names[0]) for b in sorted(names[1]) if a != b):
        if may_share_people(one, other):
            raise MxeError(f"fold {fold.name}: {one} and {other} may share people: leave {one} out of its training")
    return fold


def _fold(name: str, clips: Sequence[Clip], trained: Sequence[str], tested: Sequence[str]) -> Fold:
    sides = [tuple(sorted(c.id for c in _listed(clips) if c.database in names)) for names in (trained, tested)]
    return checked(Fold(name, *sides), clips)


def _databases(clips: Sequence[Clip]) -> list[str]:
    """In the order of their first clips.

    Raises:
        MxeError: if there are fewer than two.
    """
    counts = Counter(clip.database for clip in _listed(clips))
    if len(counts) < 2:
        raise MxeError(f"clips of {len(counts)} database(s): protocols between databases need at least two")
    return list(counts)


def _listed(clips: Sequence[Clip]) -> Sequence[Clip]:
    return clips.clips if hasattr(clips, "clips") else clips
