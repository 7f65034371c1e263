"""Rows of a workbook that are known to be mistyped: corrected where they read as they are known to, and told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from mxe_lib.clips import Repair
from mxe_lib.databases.workbook import Row

FRAMES = ("onset", "apex", "offset")


@dataclass(frozen=True)
class Correction:
    """What stands in the place of a row's frame numbers.

    Attributes:
        used: frame numbers by ``onset``, ``apex`` and ``offset``; None for an apex that nobody knows.
        reason: why, for the list of repairs.
    """

    used: Mapping[str, int | None]
    reason: str


def numbers(row: Row, columns: Mapping[str, str]) -> dict[str, int | None]:
    """A row's onset, apex and offset as far as they are numbers.

    Args:
        columns: the workbook's columns under the names of ``FRAMES``.
    """
    texts = {frame: row.text(columns[frame]) for frame in FRAMES}
    return {frame: int(text) if text.isdecimal() and len(text) < 10 else None for frame, text in texts.items()}


def in_order(frames: Mapping[str, int | None]) -> bool:
    """Whether onset <= apex <= offset holds; an apex that is None may lie anywhere."""
    onset, apex, offset = (frames[frame] for frame in FRAMES)
    if onset is None or offset is None:
        return False
    return onset <= offset and (apex is None or onset <= apex <= offset)


def corrected(
    row: Row,
    columns: Mapping[str, str],
    clip_id: str,
    correction: Correction,
    fits: Callable[[Mapping[str, int | None]], bool] = in_order,
) -> tuple[Row, list[Repair]]:
    """The row as it is to be read, and what was changed: nothing, if it fits as printed or not even when corrected.

    An apex of None comes back as an empty cell.

    Args:
        clip_id: of the clip that the row describes, for the list of repairs.
        fits: whether frame numbers can be right.
    """
    printed = numbers(row, columns)
    used = printed | correction.used
    if (fits(printed) and printed["apex"] is not None) or not (fits(used) and in_order(used)):
        return row, []
    changed = [frame for frame in FRAMES if used[frame] != printed[frame]]
    repairs = [
        Repair(
            clip_id.partition("/")[0],
            clip_id,
            columns[frame],
            row.text(columns[frame]) or "(empty)",
            "none" if used[frame] is None else str(used[frame]),
            correction.reason,
        )
        for frame in changed
    ]
    cells = {columns[frame]: used[frame] for frame in changed}
    return replace(row, cells={**row.cells, **cells}), repairs
