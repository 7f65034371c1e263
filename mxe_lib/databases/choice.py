"""Which of several workbooks, lists or image trees is read: the official one by its name, the newest by its date.

Where neither settles it, none is taken for the other: the error names both. What is passed over is told, unless it says
the same, or the importer's docstring says that it comes second.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mxe_lib.clips import Clip, Repair
from mxe_lib.databases import images, paths
from mxe_lib.errors import MxeError

NO_OFFICIAL_NAME = -1


@dataclass(frozen=True)
class Candidate:
    """A workbook's sheet or a list that fits, read.

    Attributes:
        path: of its file.
        place: how messages name it.
        official: the date or version in its official name; ``NO_OFFICIAL_NAME`` without one.
        visible: whether a person sees it on opening the file.
        clips, repairs: what the study would read.
        fault: why it cannot be read; ``meant`` is False if it also lacks columns, and so may be something else.
    """

    path: Path
    place: str
    official: int = NO_OFFICIAL_NAME
    visible: bool = True
    clips: tuple[Clip, ...] = ()
    repairs: tuple[Repair, ...] = ()
    fault: MxeError | None = None
    meant: bool = True

    @property
    def rank(self) -> tuple[int, bool, bool]:
        return self.official, self.meant, self.visible


def official_version(name: str, pattern: str) -> int:
    """The date or version of a file of the official name.

    >>> official_version("casme2-coding-20140508.XLSX", r"CASME2-coding-([0-9]{8})\\.xlsx")
    20140508
    >>> official_version("CASME2-coding-20140508 (copy).xlsx", r"CASME2-coding-([0-9]{8})\\.xlsx")
    -1
    """
    match = re.fullmatch(pattern, name, re.IGNORECASE)
    if match is None:
        return NO_OFFICIAL_NAME
    return int(match[1] or 0) if match.re.groups else 0


def settle(candidates: Sequence[Candidate], official: str) -> tuple[Candidate, list[str]]:
    """The candidate to read, and a line for each that says something else and is passed over.

    Args:
        candidates: at least one.
        official: the official name, for the message.

    Raises:
        MxeError: if the first by name, date and visibility has a fault, or there are two that differ.
    """
    best = max(candidate.rank for candidate in candidates)
    first = [candidate for candidate in candidates if candidate.rank == best]
    for candidate in first:
        if candidate.fault is not None:
            raise candidate.fault
    chosen = first[0]
    for other in first[1:]:
        if other.clips != chosen.clips:
            raise MxeError(
                f"{chosen.place} and {other.place} both fit, and {_difference(chosen, other)}: move one out of "
                f"{chosen.place.split('/')[0]}/, or give the database's own its official name ({official})"
            )
    notes = [
        f"{other.place} is passed over ({_difference(chosen, other)}): {chosen.place} {_advantage(chosen, other)}"
        for other in candidates
        if other.rank != best and (other.fault is not None or other.clips != chosen.clips)
    ]
    if not chosen.visible:
        notes.append(f"{chosen.place} is read, a hidden sheet: no other fits")
    return chosen, notes


def choose_tree(
    trees: Sequence[Path], root: Path, cropped: bool | None, packages: Sequence[str], layers: Sequence[str] = ()
) -> tuple[Path | None, list[str]]:
    """The image tree to read, and a line for each that is passed over.

    Trees of which every folder below ``root`` is a package's own go first, then one such package inside other folders,
    then a tree of any name if it is the only one. Raw images go before cropped ones.

    Args:
        trees: folders that hold subjects' folders.
        cropped: True or False to demand the cropped or the raw images.
        packages: patterns of the official packages' names, as ``_plain`` writes them, the preferred one first.
        layers: names of folders inside a package.

    Returns:
        (tree or None, notes).

    Raises:
        MxeError: if there are several trees, and the names do not say which one is the package.
    """
    known: dict[Path, Path] = {}  # by where it really lies: a link to a tree is not a second one
    for tree in trees:
        if cropped is None or images.is_cropped(tree, root) == cropped:
            known.setdefault(tree.resolve(), tree)

    def parts(tree: Path) -> list[int | str]:
        """Of each folder below the root: its package's place in the order of preference, or a stranger's name."""
        names = [name for name in tree.relative_to(root).parts if _plain(name) not in layers]
        ranks = [next((i for i, p in enumerate(packages) if re.fullmatch(p, _plain(name))), name) for name in names]
        return ranks or [len(packages)]  # the subjects lie in the database's own folder

    def strangers(tree: Path) -> tuple[str, ...]:
        return tuple(part for part in parts(tree) if isinstance(part, str))

    def rank(tree: Path) -> tuple[int, bool]:
        unknown = 0 if not strangers(tree) else 1 if isinstance(parts(tree)[-1], int) else 2
        return unknown, images.is_cropped(tree, root)

    if not known:
        return None, []
    best = min(map(rank, known.values()))
    first = [tree for tree in known.values() if rank(tree) == best]
    if best[0] == 2:
        first = list(known.values())  # a name that is no package's says nothing of raw or cropped either
    if len(set(map(strangers, first))) > 1:
        names = " and ".join(paths.shown(tree, root) for tree in first[:3])
        more = f" and {len(first) - 3} more" if len(first) > 3 else ""
        raise MxeError(
            f"{names}{more} all look like image folders, and none has a package's own name: give the official images "
            f"theirs, or move the others out of {root.name}/"
        )
    chosen = min(first, key=lambda tree: (parts(tree)[-1] if best[0] < 2 else 0, len(tree.parts), tree))
    place = paths.shown(chosen, root)
    notes = [f"{place} is read, under a name that is no package's: nothing else is there"] if best[0] else []
    notes += [
        f"{paths.shown(tree, root)} is passed over: {place} is read"
        for tree in known.values()
        if tree != chosen and (rank(tree)[0] or rank(tree)[1] == best[1])
    ]
    return chosen, notes


def _plain(name: str) -> str:
    """``CASME2-RAW`` and ``casme2_raw`` alike."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _difference(chosen: Candidate, other: Candidate) -> str:
    if other.fault is not None:
        return "it has a fault"
    mine, theirs = ({clip.id: clip for clip in candidate.clips} for candidate in (chosen, other))
    ids = [clip_id for clip_id in {**mine, **theirs} if mine.get(clip_id) != theirs.get(clip_id)]
    return f"{len(ids)} clip{'s differ' if len(ids) > 1 else ' differs'}, first {ids[0]}"


def _advantage(chosen: Candidate, other: Candidate) -> str:
    if other.official == chosen.official:
        return "lies open" if other.visible < chosen.visible else "has all columns"
    return "has the official name" if other.official == NO_OFFICIAL_NAME else "is newer"
