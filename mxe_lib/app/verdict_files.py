"""Where a verdict is written: under the clip's name, and never over another clip's."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

from mxe_lib.app.page import OVERVIEW
from mxe_lib.compute import store
from mxe_lib.errors import MxeError

LONGEST = 200
"""Bytes of a name; file systems allow 255, of which an ending and a temporary name take some."""

TABLE = ".intervals.csv"
"""Ending of the table that a long video gets beside its page, figure and JSON."""

KNOWN = {".3gp", ".apng", ".avi", ".flv", ".gif", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".mts", ".png"}
KNOWN |= {".tif", ".tiff", ".ts", ".webm", ".webp", ".wmv"}
"""Endings that a verdict's name leaves out; ``take1.5`` keeps its own."""


def place(clip: Path, out: Path) -> tuple[Path, str]:
    """Path without ending for a clip's verdict, and what the JSON says of where the clip is.

    The name is the clip's own, without a film's ending; where another clip's verdict has it, with the ending, then with
    the folders above (``sub02-EP02_01f``).

    Args:
        clip: the file or folder; out: where verdicts are written.

    Raises:
        MxeError: if all such names are taken.
    """
    source = _source(clip, out)
    for name in _names(Path(os.path.abspath(clip))):
        if name.lower() == OVERVIEW:
            continue
        owner = _written_for(out / f"{name}.json")
        others = [out / f"{name}{ending}" for ending in (".png", ".html", TABLE)]
        if owner == source or (owner is None and not any(other.exists() for other in others)):
            return out / name, source
    raise MxeError(f"--out {out}: holds verdicts of other clips under every name for {clip.name}: name another folder")


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


def _written_for(report: Path) -> str | None:
    """The clip that a report is about; None where there is no report."""
    if report.exists() and not report.is_file():
        return "?"  # a pipe would be waited for
    try:
        found = json.loads(report.read_text(encoding="utf-8"))
        return str(found.get("source", "?")) if isinstance(found, dict) else "?"
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError):
        return "?"  # somebody's own file
