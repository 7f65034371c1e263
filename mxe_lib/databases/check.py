"""``mxe check DIR``: what a data folder holds, what is missing, what was repaired."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from mxe_lib.clips import Database, Repair
from mxe_lib.databases.composite import OFFICIAL_COUNTS, class_counts, composite
from mxe_lib.databases.pixels import read_image
from mxe_lib.databases.registry import DATABASES, FOLDERS
from mxe_lib.databases.sources import database_folder, open_flowmaps
from mxe_lib.errors import MxeError

NAMED_AT_MOST = 5  # faults of one kind that are named; the rest is counted


def check(root: str | Path, *, deep: bool = False) -> int:
    """Print a report on the data folder.

    Every listed frame is looked up; ``deep`` also decodes each, which finds truncated images and takes minutes.

    Returns:
        0 if all is well, 1 if there is a problem.

    Raises:
        MxeError: if ``root`` is not a folder.
    """
    root = Path(root)
    if not root.is_dir():
        raise MxeError(f"{root} is not a folder: name one that holds {'/, '.join(DATABASES)}/ or flowmaps/")
    if all(database_folder(name, root) is None for name in FOLDERS):
        wanted = "/, ".join(FOLDERS)
        print(f"problem: {root} holds none of {wanted}/: make a folder of that name and put the package in it")
        return 1
    problems = 0
    for name, spec in DATABASES.items():
        folder = database_folder(name, root)
        if folder is None:
            print(f"{name}: absent{', will be simulated' if spec.twin else ''}\n")
            continue
        try:
            problems += _report(spec.importer(folder), deep)
        except MxeError as error:
            problems += _problem(f"{name}: {error}")
        print()
    try:
        problems += _report_maps(root)
    except MxeError as error:
        problems += _problem(f"flowmaps: {error}")
    print(f"\n{'no problem' if not problems else 'problems: ' + str(problems)}")
    return int(problems > 0)


def _report(database: Database, deep: bool) -> int:
    clips, name = database.clips(), database.name
    print(f"{name}: found, {database.origin}, {len(clips)} clips of {len({clip.subject for clip in clips})} subjects")
    for what, place in (("workbook", getattr(database, "workbook", None)), ("images", database.tree)):
        if place is not None:
            print(f"  {what}: {place.relative_to(database.folder).as_posix()}")
    emotions = Counter(clip.emotion for clip in clips)
    print("  clips by emotion: " + ", ".join(f"{word} {n}" for word, n in emotions.most_common()))
    repairs = database.repairs()
    problems = _composite(name, class_counts(clips), repairs) if name in OFFICIAL_COUNTS else 0
    if repairs:
        print(_table(repairs))
    return problems + _frames(database, deep)


def _composite(name: str, found: tuple[int, int, int], repairs: Sequence[Repair]) -> int:
    official = OFFICIAL_COUNTS[name]
    line = f"composite {sum(found)} = {'/'.join(map(str, found))} (negative/positive/surprise)"
    left_out = [repair.clip for repair in repairs if repair.field == "clip"]
    if found == official:
        print(f"  {line}, as MEGC 2019 counts")
        return 0
    if left_out and sum(found) + len(left_out) == sum(official):
        print(f"  {line}; MEGC 2019 counts {sum(official)}: with {', '.join(left_out)}, which the package lacks")
        return 0
    expected = "/".join(map(str, official))
    return _problem(f"{name}: {line}, but MEGC 2019 counts {sum(official)} = {expected}: the package is not whole")


def _frames(database: Database, deep: bool) -> int:
    missing, broken = [], []
    for clip in database.clips():
        paths = database.files(clip)
        absent = [path for path in paths if not path.exists()]
        if absent:
            missing.append(f"{clip.id} lacks {len(absent)} of {len(paths)} frames, first {absent[0].name}")
        for path in dict.fromkeys(paths) if deep else ():
            try:
                if path.exists():
                    read_image(path, database.folder)
            except MxeError as error:
                broken.append(str(error))
    for faults in (missing, broken):
        for fault in faults[:NAMED_AT_MOST]:
            _problem(f"{database.name}: {fault}")
        if len(faults) > NAMED_AT_MOST:
            print(f"  ... and {len(faults) - NAMED_AT_MOST} more")
    if not missing:
        print("  frames: every listed frame is there" + (" and whole" if deep and not broken else ""))
    return len(missing) + len(broken)


def _report_maps(root: Path) -> int:
    if database_folder("flowmaps", root) is None:
        print("flowmaps: absent, experiments on real flow maps are left out")
        return 0
    maps = open_flowmaps(root)
    maps.maps()  # reads every map
    problems = 0
    for name, official in OFFICIAL_COUNTS.items():
        listed = [clip for clip in maps.clips() if clip.database == name]
        found = class_counts(composite(listed))
        print(f"  {name}: {sum(found)} of {sum(official)} maps, {'/'.join(map(str, found))}")
        if any(here > there for here, there in zip(found, official, strict=True)):
            problems += _problem(f"flowmaps: {name} has more maps in a class than MEGC 2019 has clips: check the list")
    return problems


def _table(repairs: Sequence[Repair]) -> str:
    return "\n".join(
        [f"  repaired ({len(repairs)}):"]
        + [f"    {r.clip}  {r.field}: {r.found} -> {r.used}  ({r.reason})" for r in repairs]
    )


def _problem(text: str) -> int:
    print(f"  problem: {text}")
    return 1
