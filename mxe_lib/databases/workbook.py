"""Annotation workbooks: found by their header, read cell by cell, every fault named by file, Excel row and column.

pandas would guess types over whole columns (CASME II's text ``01`` becomes 1, one ``/`` turns the apexes into objects)
and lose the row numbers that an error has to name; so openpyxl's cells are read directly.
"""

import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from mxe_lib.clips import Clip, Origin, Repair
from mxe_lib.databases.images import folders, natural, shown
from mxe_lib.errors import MxeError

HEADER_ROWS = 40  # SAMM's header stands on row 14, below notes


@dataclass(frozen=True)
class Row:
    """One row of a workbook; ``cells`` by the official column name."""

    file: str
    number: int
    cells: Mapping[str, object]

    def where(self, column: str) -> str:
        return f"{self.file}, row {self.number}, column {column}"

    def text(self, column: str) -> str:
        """The cell as text without outer spaces; whole floats without ``.0``; '' for an empty cell."""
        value = self.cells[column]
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        return "" if value is None else str(value).strip()

    def required(self, column: str) -> str:
        text = self.text(column)
        if not text:
            raise MxeError(f"{self.where(column)}: the cell is empty (or a formula without a stored value): fill it in")
        return text

    def frame(self, column: str) -> int:
        text = self.required(column)
        if not text.isdecimal():
            raise MxeError(f"{self.where(column)}: '{text}' is not a frame number: correct the cell")
        return int(text)


def read_rows(folder: Path, columns: tuple[str, ...], is_subject: Callable[[Path], bool]) -> tuple[Path, list[Row]]:
    """The annotation workbook in ``folder`` and its rows.

    A workbook is known by its header, under any file name, on any sheet and any of the first 40 rows. Where several fit
    (the 2014 and 2019 coding of CASME II), the last by name is taken: the names end in their date.

    Raises:
        MxeError: if there is none, one cannot be opened, or the best one lacks a column.
    """
    found: list[tuple[Path, list[Row]]] = []
    near: list[str] = []
    files = [path for place in folders(folder, is_subject) for path in sorted(place.iterdir()) if path.is_file()]
    files = sorted((path for path in files if not path.name.startswith(("~$", "."))), key=lambda path: path.name)
    for path in (path for path in files if path.suffix.lower() == ".xlsx"):
        sheets = _sheets(path, folder)
        for name, grid in sheets:
            place = shown(path, folder) + (f", sheet {name}" if len(sheets) > 1 else "")
            rows, missing = _table(place, grid, columns)
            if rows is not None:
                found.append((path, rows))
                break
            near += missing
    if found:
        return found[-1]
    if near:
        raise MxeError(near[0])
    old = [shown(path, folder) for path in files if path.suffix.lower() == ".xls"]
    if old:
        raise MxeError(f"{old[0]}: workbooks in the old .xls format are not read: save it as .xlsx")
    raise MxeError(
        f"{folder.name}/ holds no annotation workbook (.xlsx with the columns {', '.join(columns)}): "
        "put the database's own workbook there"
    )


def annotated_clips(
    rows: list[Row],
    *,
    database: str,
    subject: Callable[[Row], str],
    fps: int,
    emotions: tuple[str, ...],
    origin: Origin,
    repair: Callable[[Row, str, str], Repair | None],
    columns: Mapping[str, str],
) -> tuple[list[Clip], list[Repair]]:
    """Clips of a workbook's rows, sorted by subject and name, and the repairs made on the way.

    Args:
        subject: the subject's folder name from a row.
        emotions: the words that may stand in the emotion column, lower case.
        repair: gives the repair that a row's apex needs, by (row, clip id, apex cell as text), or None.
        columns: official column names under the keys filename, onset, apex, offset, units, emotion.

    Raises:
        MxeError: for any fault that is no listed repair.
    """
    clips: dict[str, Clip] = {}
    seen: dict[str, int] = {}
    repairs: list[Repair] = []
    for row in rows:
        name = row.required(columns["filename"])
        who = subject(row)
        clip_id = f"{database}/{who}/{name}"
        if clip_id in seen:
            raise MxeError(
                f"{row.where(columns['filename'])}: {clip_id} stands on row {seen[clip_id]} already: remove one"
            )
        seen[clip_id] = row.number
        onset, offset = row.frame(columns["onset"]), row.frame(columns["offset"])
        made = repair(row, clip_id, row.text(columns["apex"]))
        if made is not None:
            repairs.append(made)
            apex = int(made.used) if made.used.isdecimal() else None
        else:
            apex = row.frame(columns["apex"])
        emotion = row.required(columns["emotion"]).lower()
        if emotion not in emotions:
            raise MxeError(
                f"{row.where(columns['emotion'])}: unknown emotion '{emotion}': one of {', '.join(emotions)}"
            )
        _check_order(row, columns, onset, apex, offset)
        units = split_units(row.text(columns["units"]))
        clips[clip_id] = Clip(database, who, name, fps, onset, apex, offset, emotion, units, origin)
    if not clips:
        raise MxeError(
            f"{rows[0].file if rows else database}: no annotated clip below the header: use the whole workbook"
        )
    return sorted(clips.values(), key=natural), repairs


def split_units(text: str) -> tuple[str, ...]:
    """The FACS codes of one cell, as written.

    >>> split_units("(R6 or R12)+R15"), split_units("12+15 "), split_units("")
    (('(R6 or R12)', 'R15'), ('12', '15'), ())
    """
    return tuple(part.strip() for part in re.split(r"\+(?![^(]*\))", text) if part.strip())


def _check_order(row: Row, columns: Mapping[str, str], onset: int, apex: int | None, offset: int) -> None:
    if onset > offset:
        raise MxeError(f"{row.where(columns['onset'])}: onset {onset} lies after offset {offset}: correct the row")
    if apex is not None and apex < onset:
        raise MxeError(f"{row.where(columns['apex'])}: onset {onset} lies after apex {apex}: correct the row")
    if apex is not None and apex > offset:
        raise MxeError(f"{row.where(columns['apex'])}: apex {apex} lies after offset {offset}: correct the row")


def _sheets(path: Path, root: Path) -> list[tuple[str, list[tuple[object, ...]]]]:
    import openpyxl  # only here: who has no workbook needs none

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of styles and validations, which nobody reads here
            book = openpyxl.load_workbook(path, data_only=True)
        sheets = [(sheet.title, list(sheet.iter_rows(values_only=True))) for sheet in book.worksheets]
        return [(name, grid) for name, grid in sheets if grid]  # CASME II's sheets 2 and 3 are empty
    except Exception as error:  # a broken workbook raises anything from BadZipFile to KeyError
        raise MxeError(
            f"{shown(path, root)}: cannot be opened as a workbook ({type(error).__name__}): replace or remove it"
        ) from None


def _table(place: str, grid: list[tuple[object, ...]], columns: tuple[str, ...]) -> tuple[list[Row] | None, list[str]]:
    """The rows below the header, or None with a message if a header is there but lacks columns."""
    near: list[str] = []
    for index, cells in enumerate(grid[:HEADER_ROWS]):
        names = [_plain(cell) for cell in cells]
        missing = [column for column in columns if _plain(column) not in names]
        if not missing:
            where = {column: names.index(_plain(column)) for column in columns}
            rows = []
            for number, line in enumerate(grid[index + 1 :], start=index + 2):
                values = {column: line[position] for column, position in where.items()}
                if any(value is not None and str(value).strip() for value in values.values()):
                    rows.append(Row(place, number, values))
            return rows, []
        # More than half of the names: the table is meant to be this one. CASME2-ObjectiveClasses.xlsx has only two.
        if len(missing) < len(columns) / 2:
            near.append(f"{place}, row {index + 1}: column {' and '.join(missing)} is missing: add it to the header")
    return None, near


def _plain(cell: object) -> str:
    return re.sub(r"[^a-z]", "", str(cell).lower()) if cell is not None else ""
