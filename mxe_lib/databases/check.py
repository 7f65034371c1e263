"""``mxe check DIR``: what a data folder holds, what is missing, what was repaired."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from mxe_lib.clips import Clip, Database, Repair
from mxe_lib.databases import cameras, frames, paths, pixels
from mxe_lib.databases.composite import OFFICIAL_COUNTS, OFFICIAL_SUBJECTS, class_counts, subject_counts
from mxe_lib.databases.paths import is_file, listing
from mxe_lib.databases.registry import DATABASES, FOLDERS, DatabaseSpec
from mxe_lib.databases.sources import database_folder, open_flowmaps
from mxe_lib.errors import MxeError, one_line

NAMED_AT_MOST = 5  # faults of one kind that are named; the rest is counted


def check(root: str | Path, *, deep: bool = False) -> int:
    """Print a report on the data folder.

    Clips are counted against the authors' whole package and the composite's list, and every listed frame is looked up;
    ``deep`` also decodes each, which finds truncated images and takes minutes. What is missing is a problem, unless the
    official package is known to lack it: then it is told as a repair.

    Returns:
        0 if all is well, 1 if there is a problem.

    Raises:
        MxeError: if ``root`` is not a folder, or may not be looked at.
    """
    root = Path(root)
    named = one_line(str(root), 200)
    try:
        there = root.is_dir()
    except OSError as error:  # a folder above that may not be entered, a name longer than any
        raise MxeError(f"{named} cannot be looked at ({error.strerror}): mend its rights, or name another") from None
    if not there:
        raise MxeError(f"{named} is not a folder: name one that holds {'/, '.join(DATABASES)}/ or flowmaps/")
    if not any(path.name.lower() in FOLDERS for path in listing(root, root)):
        wanted = "/, ".join(FOLDERS)
        print(f"problem: {named} holds none of {wanted}/: make a folder of that name and put the package in it")
        return 1
    problems = 0
    here = {name: spec for name, spec in DATABASES.items() if spec.twin or _holds(root, name)}
    for name, spec in here.items():
        problems += _told(name, lambda name=name, spec=spec: _database(name, spec, root, deep))
        print()
    if others := [name for name in DATABASES if name not in here]:
        print(f"{', '.join(others)}: absent\n")
    _tell_strangers(root)
    problems += _told("flowmaps", lambda: _maps(root))
    print(f"\n{'no problem' if not problems else 'problems: ' + str(problems)}")
    return int(problems > 0)


def _tell_strangers(root: Path) -> None:
    """A line on folders that are called like no database: CASME II/ is not casme2/, which would be absent."""
    names = [
        one_line(path.name)
        for path in listing(root, root)
        if path.is_dir() and path.name.lower() not in FOLDERS and not path.name.startswith((".", "__"))
    ]
    if names:
        more = f" and {len(names) - 3} more are" if len(names) > 3 else " is" if len(names) == 1 else " are"
        first = ", ".join(f"{name}/" for name in names[:3])
        print(f"note: {first}{more} passed over: no database's folder is called so\n")


def _holds(root: Path, name: str) -> bool:
    return any(path.name.lower() == name for path in listing(root, root))


def _told(name: str, report: Callable[[], int]) -> int:
    """The number of problems that a part's report finds; what stops it is one."""
    try:
        return report()
    except MxeError as error:
        return _problem(f"{name}: {error}")
    except BrokenPipeError:  # nobody reads the report any more: no fault of the database's
        raise
    except OSError as error:  # a disk that fails, a name that no file can have
        return _problem(f"{name}: {one_line(str(error.filename or name), 200)} cannot be read ({error.strerror})")


def _database(name: str, spec: DatabaseSpec, root: Path, deep: bool) -> int:
    folder = database_folder(name, root)
    if folder is None:
        print(f"{name}: absent{', will be simulated' if spec.twin else ''}")
        return 0
    database = spec.importer(folder)
    clips = database.clips()
    print(f"{name}: found, {database.origin}, {len(clips)} clips of {len({clip.subject for clip in clips})} subjects")
    for what, place in (("workbook", getattr(database, "workbook", None)), ("images", database.tree)):
        if place is not None:
            print(f"  {what}: {one_line(place.relative_to(folder).as_posix(), 500)}")
    for note in getattr(database, "notes", ()):
        print(f"  note: {note}")
    if hasattr(database, "described"):
        print(f"  {database.described()}")
    if emotions := Counter(clip.emotion for clip in clips if clip.emotion):
        print("  clips by emotion: " + ", ".join(f"{word} {n}" for word, n in emotions.most_common()))
    repairs = database.repairs()
    problems = _counts(spec, clips, [repair.clip for repair in repairs if repair.field == "clip"])
    if repairs:
        print(_table(repairs))
    return problems + _frames(database, deep)


def _counts(spec: DatabaseSpec, clips: Sequence[Clip], left_out: Sequence[str]) -> int:
    """Whether these are all clips of the composite, and all of the package, but for those left out as repairs."""
    name, official = spec.name, spec.official_counts
    if official is not None:
        found = class_counts(clips)
        line = f"composite {sum(found)} = {'/'.join(map(str, found))} (negative/positive/surprise)"
        elsewhere = _differing_subjects(name, clips, left_out)
        if not elsewhere and found == official:
            print(f"  {line}, as MEGC 2019 counts")
        elif not elsewhere:
            print(f"  {line}; MEGC 2019 counts {sum(official)}: with {', '.join(left_out)}, which the package lacks")
        else:
            expected = f"{sum(official)} = {'/'.join(map(str, official))}"
            where = f", first {elsewhere[0]}" if found == official else ""
            what = "has them of other subjects" if found == official else f"counts {expected}"
            return _problem(f"{name}: {line}, but MEGC 2019 {what}{where}: the package is not whole")
    here = (len(clips) + len(left_out), len({clip.subject for clip in clips}))
    if spec.whole is not None and any(b is not None and a != b for a, b in zip(here, spec.whole, strict=True)):
        (clips_here, subjects_here), (clips_there, subjects_there) = here, spec.whole
        whose = f" of {subjects_there}" if subjects_there is not None else ""
        return _problem(
            f"{name}: {clips_here} clips of {subjects_here} subjects, but the authors' package has {clips_there}"
            f"{whose}: put the whole package there"
        )
    if spec.printed not in (None, here[0]):
        print(f"  note: public work on it counts {spec.printed} clips, here are {here[0]}: is the package whole?")
    return 0


def _differing_subjects(name: str, clips: Iterable[Clip], left_out: Sequence[str] = ()) -> list[str]:
    """Subjects with other clips in the composite than the official list; of those with a left-out clip, the sum."""
    official = {subject: row for subject, row in OFFICIAL_SUBJECTS.items() if subject.startswith(f"{name}/")}
    found, lost = subject_counts(clips), Counter(clip.rpartition("/")[0] for clip in left_out)
    return [
        subject
        for subject in {**official, **found}
        if (mine := found.get(subject, (0, 0, 0))) != (row := official.get(subject, (0, 0, 0)))
        and not (lost[subject] and sum(mine) + lost[subject] == sum(row))
    ]


def _frames(database: Database, deep: bool) -> int:
    lacking: dict[str | Path, list[str]] = {}
    broken, strange, mixed = [], [], []
    for clip in database.clips():
        paths = database.files(clip)
        strange += _of_another(clip, paths, database)
        absent = [path for path in paths if not is_file(path)]
        if absent:
            line = f"{clip.id} lacks {len(absent)} of {len(paths)} frames, first {one_line(absent[0].name)}"
            place = absent[0].parent  # of several clips, if they lie in a long video
            lacking.setdefault(clip.id if place.is_dir() else place, []).append(line)
    missing = [
        line + (f"; its video's folder is not there, which holds {len(more)} more of the clips" if more else "")
        for line, *more in lacking.values()
    ]
    missing += [*_gaps(database), *_overlooked(database)]
    # Of long videos all frames, those between the intervals, too: who spots in them reads them.
    for part in (database.videos() if hasattr(database, "videos") else database.clips()) if deep else ():
        broken += _broken([path for path in dict.fromkeys(database.files(part)) if is_file(path)], database, mixed)
    if mixed:
        several = f"of {len(mixed)} folders, first {mixed[0]}," if len(mixed) > 1 else f"of {mixed[0]}"
        print(
            f"  note: every image {several} is like the last but one and unlike the last: are they two cameras' under "
            "one counter? keep one camera's there"
        )
    if strange:
        several = f"{len(strange)} clips' images are" if len(strange) > 1 else "1 clip's images are"
        print(
            f"  note: {several} called after another clip or subject, first {strange[0]}: look whether they are its own"
        )
    _name_some(database.name, missing)
    _name_some(database.name, broken)
    if not missing:
        print("  frames: every listed frame is there" + (" and whole" if deep and not broken else ""))
    return len(missing) + len(broken)


def _gaps(database: Database) -> list[str]:
    """What the database finds wrong beside its clips; of a gap in a long video what its clips don't tell already."""
    faults = getattr(database, "faults", ())
    told, found = set(), []
    for video in database.videos() if hasattr(database, "videos") else ():
        told |= {fault for fault in faults if fault.startswith(f"{video.id} lacks ")}
        files = dict(zip(video.frame_numbers(), database.files(video), strict=True))
        there = [n for n, path in files.items() if path.exists()]  # also those that are empty
        lost = [n for n in files if there and there[0] <= n <= there[-1] and not is_file(files[n])]
        gaps = [n for n in lost if not any(i.onset <= n <= i.offset for i in video.intervals)]
        if gaps:
            lacking = f"{len(gaps)} frame{'s' if len(gaps) > 1 else ''}"
            found.append(f"{video.id} lacks {lacking} between its intervals, first {gaps[0]}: unpack it again")
    return [fault for fault in faults if fault not in told] + found


def _overlooked(database: Database) -> list[str]:
    """Of each long video the images that are named like its frames and are not read: it would be a shorter one."""
    found = []
    for video in database.videos() if hasattr(database, "videos") else ():
        wanted = database.files(video)
        if files := [path for path in wanted if is_file(path)]:
            place = files[0].parent
            more = [path for path in frames.overlooked(place, dict(enumerate(files))) if path not in wanted]
            found += [f"{video.id}: {line}" for line in frames.left_out(more, place)]
    return found


def _of_another(clip: Clip, files: Sequence[Path], database: Database) -> list[str]:
    """The first of a clip's images whose name begins with other numbers than the package's own, such as SAMM's subject.

    Names that begin with none are not looked at: packages are often renamed.
    """
    if not hasattr(database, "image_name"):
        return []

    def numbers(name: str) -> list[int]:
        return [int(number) for number in re.findall(r"\d+", re.sub(r"\d+\.\w+$", "", name))]

    whose = (clip.subject, clip.video) if hasattr(clip, "video") else (clip,)
    own = numbers(database.image_name(*whose, clip.onset))
    found = [path for path in files if own and numbers(path.name) not in ([], own)]
    return [one_line(f"{found[0].parent.name}/{found[0].name}")] if found else []


def _broken(files: Sequence[Path], database: Database, mixed: list[str]) -> list[str]:
    """What is wrong with a clip's images, which are read as the study reads them; those of two cameras to ``mixed``."""
    faults, first, small = [], None, []
    try:
        scale = pixels.scale_of(files, database.folder)
    except MxeError as error:
        return [str(error)]
    if scale.note:
        print(f"  note: {scale.note}")
    for path in files:
        try:
            if complaint := pixels.damage(path):
                raise MxeError(f"{paths.shown(path, database.folder)} is damaged ({complaint}): unpack it again")
            image = pixels.read_image(path, database.folder, scale.factor)
            first = image.shape if first is None else first
            pixels.demand_shape(image, first, paths.shown(path, database.folder))
            small.append(cameras.small(image))
        except MxeError as error:
            faults.append(str(error))
    if cameras.alternate(small):
        mixed.append(paths.shown(files[0].parent, database.folder))
    return faults


def _name_some(name: str, faults: Sequence[str]) -> None:
    for fault in faults[:NAMED_AT_MOST]:
        _problem(f"{name}: {fault}")
    if len(faults) > NAMED_AT_MOST:
        print(f"  ... and {len(faults) - NAMED_AT_MOST} more")


def _maps(root: Path) -> int:
    if database_folder("flowmaps", root) is None:
        print("flowmaps: absent, experiments on real flow maps are left out")
        return 0
    maps = open_flowmaps(root)
    maps.maps()  # reads every map
    missing = [f"{clip_id}: {maps.list.name} lists it, but its map is not on disk" for clip_id in maps.missing]
    _name_some("flowmaps", missing)
    problems = len(missing)
    for name, official in OFFICIAL_COUNTS.items():
        clips = [clip for clip in maps.clips() if clip.database == name]
        found, lacking = class_counts(clips), [i for i in maps.missing if i.startswith(f"{name}/")]
        print(f"  {name}: {sum(found)} of {sum(official)} maps, {'/'.join(map(str, found))}")
        elsewhere = _differing_subjects(name, clips, lacking)
        if elsewhere:
            problems += _problem(
                f"flowmaps: the maps of {name} are not MEGC 2019's {'/'.join(map(str, official))}, first of "
                f"{elsewhere[0]}: get the whole list and its maps"
            )
    return problems


def _table(repairs: Sequence[Repair]) -> str:
    return "\n".join(
        [f"  repaired ({len(repairs)}):"]
        + [f"    {r.clip}  {r.field}: {r.found} -> {r.used}  ({r.reason})" for r in repairs]
    )


def _problem(text: str) -> int:
    print(f"  problem: {text}")
    return 1
