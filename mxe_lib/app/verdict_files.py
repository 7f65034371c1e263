"""Where a verdict is written: under the clip's name, and never over another clip's."""

import itertools
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mxe_lib.app import page
from mxe_lib.app.page import OVERVIEW
from mxe_lib.compute import store
from mxe_lib.errors import MxeError

LONGEST = 200
"""Bytes of a name; file systems allow 255, of which an ending and a temporary name take some."""

TABLE = ".intervals.csv"
"""Ending of the table that a long video gets beside its page, figure and JSON."""

MOVEMENT = (".json", ".png", ".html")
INTERVALS = (TABLE, *MOVEMENT)
"""Endings of a verdict's files: of one movement's, and of a long video's."""

OVERVIEWS = {".html": page.TITLE, ".csv": ",".join(page.COLUMNS)}
"""What stands in the first lines of an overview's files."""

KNOWN = {
    ".avif",
    ".3gp",
    ".apng",
    ".avi",
    ".flv",
    ".gif",
    ".m4v",
    ".mkv",
    ".mov",
    ".mp4",
    ".mpeg",
    ".mpg",
    ".mts",
    ".png",
}
KNOWN |= {".avif", ".tif", ".tiff", ".ts", ".webm", ".webp", ".wmv"}
"""Endings that a verdict's name leaves out; ``take1.5`` keeps its own."""


@dataclass(frozen=True)
class Place:
    """Where a verdict goes.

    Attributes:
        path: without ending.
        source: what the JSON says of where the clip is.
        stale: files of this clip's verdict before that this one does not write over; they go when it is written.
    """

    path: Path
    source: str
    stale: tuple[Path, ...]

    def file(self, ending: str) -> Path:
        return self.path.with_name(f"{self.path.name}{ending}")


def place(clip: Path, out: Path, endings: tuple[str, ...]) -> Place:
    """A name for a clip's verdict under which it overwrites nothing but the same clip's.

    The name is the clip's own, without a film's ending; where another clip's verdict has it, with the ending, then with
    the folders above (``sub02-EP02_01f``).

    Args:
        clip: the file or folder; out: where verdicts are written.
        endings: ``MOVEMENT`` or ``INTERVALS``: the files that will be written.

    Raises:
        MxeError: if all such names are taken.
    """
    source = _source(clip, out)
    for name in _names(Path(os.path.abspath(clip))):
        if name.lower() == OVERVIEW:
            continue
        owner, written = _written_for(out / f"{name}.json")
        if owner not in (None, source):
            continue
        there = {ending for ending in INTERVALS if os.path.lexists(out / f"{name}{ending}")}
        own = there & set(written)
        # Beside a verdict on one movement, which has no table of intervals, such a table is somebody's own.
        if (there - own) & set(endings) or (owner is None and there):
            continue
        return Place(out / name, source, tuple(out / f"{name}{ending}" for ending in own - set(endings)))
    raise MxeError(f"--out {out}: holds verdicts of other clips under every name for {clip.name}: name another folder")


def overview(out: Path) -> Path:
    """Path without ending for page and table of several clips: over those of a call before, and over nothing else.

    Where somebody's own files have the name, it is ``overview-2``, and so on.

    Args:
        out: where verdicts are written.
    """
    for number in itertools.count(1):
        path = out / (OVERVIEW if number == 1 else f"{OVERVIEW}-{number}")
        taken = os.path.lexists(out / f"{path.name}.json")  # a clip has that name
        if not taken and all(_is_ours(out / f"{path.name}{ending}", mark) for ending, mark in OVERVIEWS.items()):
            return path
    raise AssertionError


def _is_ours(path: Path, mark: str) -> bool:
    """Whether a file may be written over: there is none, or it is an overview."""
    if not os.path.lexists(path):
        return True
    try:
        return path.is_file() and mark in path.read_bytes()[:400].decode(errors="replace")
    except OSError:
        return False


def name_of(clip: Path) -> str:
    """As messages call a clip: its last part, also of ``.`` and ``..``."""
    return os.path.basename(os.path.abspath(clip)) or "clip"


def _names(clip: Path) -> Iterator[str]:
    yield _short(clip.stem if clip.suffix.lower() in KNOWN and not clip.is_dir() else clip.name or "clip")
    name = clip.name or "clip"
    yield _short(name)
    for parent in clip.parents:
        if parent.name:
            name = f"{parent.name}-{name}"
            yield _short(name)


def _short(name: str) -> str:
    data = os.fsencode(name)
    if len(data) <= LONGEST:
        return name
    return os.fsdecode(data[: LONGEST - 9]).encode(errors="ignore").decode() + "-" + store.digest(data)[:8]


def _source(clip: Path, out: Path) -> str:
    """The clip's place as seen from the output folder, which says nothing of the machine."""
    try:
        return Path(os.path.relpath(clip, os.path.realpath(out))).as_posix()
    except ValueError:  # another drive
        return os.path.abspath(clip)


def _written_for(report: Path) -> tuple[str | None, tuple[str, ...]]:
    """The clip that a report is about, and the endings of its verdict's files; None where there is no report."""
    if report.exists() and not report.is_file():
        return "?", ()  # a pipe would be waited for
    try:
        found = json.loads(report.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None, ()
    except (OSError, ValueError):
        return "?", ()  # somebody's own file
    if not isinstance(found, dict):
        return "?", ()
    return str(found.get("source", "?")), INTERVALS if "intervals" in found else MOVEMENT
