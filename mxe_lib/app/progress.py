"""How far a long video is, on a terminal; a pipe or a log file gets no line of it, unless it is asked for."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path

from mxe_lib.app import videos
from mxe_lib.databases import frames
from mxe_lib.errors import MxeError, one_line

STEADY = 0.05
"""Weight of the last moments in the time that is said to remain: it does not jump with each frame that takes longer."""

SIZE = (79, 24)
"""Columns and rows of a terminal that does not say how large it is."""

ASKED_FOR = 30.0
"""Seconds from line to line where ``MXE_PROGRESS=1`` asks for progress and no terminal shows it."""


def bar(name: str, unit: str, *, total: int | None = None, of: Iterable | None = None):
    """A bar, which is gone when it ends: it counts what it iterates over, or is told by ``update()``.

    Args:
        total: how many there will be; None = that is not known.
    """
    from tqdm import tqdm

    terminal, wanted = sys.stderr.isatty(), os.environ.get("MXE_PROGRESS")
    sized = _sized()
    return tqdm(
        of,
        total=total,
        desc=one_line(name, 40),
        unit=f" {unit}",
        disable=not (wanted == "1" or (wanted != "0" and terminal)),
        file=sys.stderr,
        leave=False,
        dynamic_ncols=sized,
        ncols=None if sized else SIZE[0],
        nrows=None if sized else SIZE[1],
        smoothing=STEADY,
        mininterval=0.2 if terminal else ASKED_FOR,
    )


def _sized() -> bool:
    """Whether the terminal says how large it is; one without a window has no rows, in which nothing would be shown."""
    try:
        return min(os.get_terminal_size(sys.stderr.fileno())) > 0
    except (OSError, ValueError):
        return False


def expected(clip: Path, offset: int | None) -> int | None:
    """Frames that will be read, up to this frame number; None where the clip does not say how many it has."""
    try:
        if clip.is_dir():
            return sum(offset is None or number <= offset for number in frames.ordered(clip, clip).files)
        stated = videos.stated_frames(clip) if clip.is_file() else None
    except (MxeError, OSError):
        return None
    return min((count for count in (stated, offset) if count is not None), default=None)
