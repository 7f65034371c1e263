"""Annotation workbooks: found by their header, read cell by cell, every fault named by file, Excel row and column.

pandas would guess types over whole columns (CASME II's text ``01`` becomes 1, one ``/`` turns the apexes into objects)
and lose the row numbers that an error has to name; so openpyxl's cells are read directly.
"""

import datetime
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mxe_lib.clips import Clip, Origin, Repair
from mxe_lib.databases import spreadsheets
from mxe_lib.databases.choice import Candidate, official_version, settle
from mxe_lib.databases.images import folders, natural
from mxe_lib.databases.paths import listing, shown
from mxe_lib.databases.units import read_units
from mxe_lib.errors import MxeError, one_line

HEADER_ROWS = 40  # SAMM's header stands on row 14, below notes
LONGEST = 10_000  # frames of one clip; the longest real one has 141
OTHER_FORMATS = (".xls", ".xlsm", ".xlsb", ".ods", ".numbers")
LISTS = (".csv", ".tsv", ".txt")


@dataclass(frozen=True)
class Row:
    """One row of a workbook.

    Attributes:
        file, number: where it stands.
        cells: by the official column name; marks: as ``spreadsheets.Sheet`` has them.
        beside: the cells of all columns, by what the header writes over them, in small letters and without spaces.
    """

    file: str
    number: int
    cells: Mapping[str, object]
    marks: Mapping[str, str] = field(default_factory=dict)
    beside: Mapping[str, object] = field(default_factory=dict)

    def where(self, column: str) -> str:
        return f"{self.file}, row {self.number}, column {column}"

    def text(self, column: str) -> str:
        """The cell as text without outer spaces; whole floats without ``.0``; '' for an empty cell.

        Raises:
            MxeError: for what a spreadsheet program made of the text: a date, TRUE or FALSE, an error such as #N/A.
        """
        value = self.cells[column]
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool | datetime.date | datetime.time | datetime.timedelta):
            kind = "TRUE or FALSE" if isinstance(value, bool) else "a date or time"
            raise MxeError(f"{self.where(column)}: the cell holds {kind} ({value}): format it as text and correct it")
        text = "" if value is None else str(value).strip()
        if text.startswith("#"):
            raise MxeError(f"{self.where(column)}: the cell holds the error {one_line(text)}: correct the cell")
        return text

    def required(self, column: str) -> str:
        if not (text := self.text(column)):
            raise MxeError(
                f"{self.where(column)}: the cell is empty (or merged, or a formula without a stored value): fill it in"
                ", or take the row out if it is a note or a sum"
            )
        return text

    def name(self, column: str) -> str:
        """The name of a folder: nothing that would lead out of the one above it."""
        text = self.required(column)
        if not re.fullmatch(r"\w[\w .()+-]{0,99}", text):
            raise MxeError(f"{self.where(column)}: '{one_line(text)}' is not the name of a clip: correct the cell")
        return text

    def frame(self, column: str) -> int:
        text = self.required(column)
        if not text.isdecimal() or len(text) > 9:
            raise MxeError(f"{self.where(column)}: '{one_line(text)}' is not a frame number: correct the cell")
        return int(text)


Reader = Callable[[list[Row]], tuple[list[Clip], list[Repair]]]
"""What an importer makes of a workbook's rows."""


def read_book(
    folder: Path,
    columns: tuple[str, ...],
    official: tuple[str, str],
    read: Reader,
    is_subject: Callable[[Path], bool],
    only: Callable[[Path], bool] = lambda path: True,
) -> tuple[Candidate, list[str]]:
    """The annotation workbook in ``folder``, and a line for each that says something else and is passed over.

    A workbook is known by its header, under any file name, on any sheet and any of the first 40 rows. Where several
    fit, that of the official name and the newest date is taken; see ``choice``.

    Args:
        official: the official name as a pattern, with the date or version as its group, and as messages write it.
        only: which files are looked at.

    Raises:
        MxeError: if there is none, the best has a fault, or two differ and their names do not settle it.
    """
    files = [path for place in folders(folder, is_subject) for path in listing(place, folder)]
    files = [path for path in files if os.path.isfile(path) and not path.name.startswith(("~$", "."))]
    files = [path for path in files if only(path)]
    files.sort(key=lambda path: path.name)
    books = [path for path in files if path.suffix.lower() == ".xlsx"]
    found = [fit for path in books for fit in _candidates(path, folder, columns, official[0], read)]
    if found:
        return settle(found, official[1])
    demand_no_other_format(files, folder, lambda lines: _is_table(lines, columns))
    raise MxeError(
        f"{folder.name}/ holds no annotation workbook (.xlsx with the columns {', '.join(columns)}): "
        "put the database's own workbook there"
    )


def demand_no_other_format(files: list[Path], folder: Path, fits: Callable[[list[spreadsheets.Line]], bool]) -> None:
    """Where no workbook is found: whether there is one in a format that is not read, or a list with its cells.

    Args:
        fits: whether the lines of a list are those of the workbook that is sought.

    Raises:
        MxeError: if there is; the message says how to save it.
    """
    files = [path for path in files if os.path.isfile(path) and not path.name.startswith(("~$", "."))]
    files.sort(key=lambda path: path.name)
    for path in files:
        if path.suffix.lower() in OTHER_FORMATS:
            kind = "the old .xls format" if path.suffix.lower() == ".xls" else f"the format {path.suffix}"
            raise MxeError(f"{shown(path, folder)}: workbooks in {kind} are not read: save it as .xlsx")
    for path in files:
        if path.suffix.lower() in LISTS:
            try:
                lines = spreadsheets.read_list(path, folder)
            except MxeError:
                continue
            if fits([(number, tuple(cells)) for number, cells in lines]):
                raise MxeError(
                    f"{shown(path, folder)}: a list is not read for the workbook: put the database's own there, "
                    "or open the list in a spreadsheet program, all columns as text, and save it as .xlsx"
                )


def _is_table(lines: list[spreadsheets.Line], columns: tuple[str, ...]) -> bool:
    try:
        return _table("", spreadsheets.Sheet("", True, lines), columns) is not None
    except MxeError:
        return True


def _candidates(path: Path, folder: Path, columns: tuple[str, ...], official: str, read: Reader) -> Iterator[Candidate]:
    """Each sheet that holds such a table, read; a sheet that lacks columns only where no other fits."""
    version = official_version(path.name, official)
    try:
        sheets = spreadsheets.sheets(path, folder)
    except MxeError as fault:
        yield Candidate(path, shown(path, folder), version, fault=fault)
        return
    near, fits = [], False
    for sheet in sheets:
        place = shown(path, folder) + (f", sheet {one_line(sheet.title)}" if len(sheets) > 1 else "")
        try:
            rows = _table(place, sheet, columns)
        except MxeError as fault:
            near.append(Candidate(path, place, version, sheet.visible, fault=fault, meant=False))
            continue
        if rows is None:
            continue
        try:
            if not rows:
                raise MxeError(f"{place}: no annotated clip below the header: use the whole workbook")
            clips, repairs = read(rows)
            candidate = Candidate(path, place, version, sheet.visible, tuple(clips), tuple(repairs))
        except MxeError as fault:
            candidate = Candidate(path, place, version, sheet.visible, fault=fault, meant=bool(rows))
        if rows:
            fits = True
            yield candidate
        else:  # a header alone
            near.append(candidate)
    yield from () if fits else near


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
        name = row.name(columns["filename"])
        who = subject(row)
        clip_id = f"{database}/{who}/{name}"
        if clip_id in seen:
            raise MxeError(
                f"{row.where(columns['filename'])}: {clip_id} stands on row {seen[clip_id]} already: correct one"
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
                f"{row.where(columns['emotion'])}: unknown emotion '{one_line(emotion)}': one of {', '.join(emotions)}"
            )
        _check_order(row, columns, onset, apex, offset)
        units = read_units(row, columns["units"])
        clips[clip_id] = Clip(database, who, name, fps, onset, apex, offset, emotion, units, origin)
    if not clips:
        raise MxeError(
            f"{rows[0].file if rows else database}: no annotated clip below the header: use the whole workbook"
        )
    return sorted(clips.values(), key=natural), repairs


def _check_order(row: Row, columns: Mapping[str, str], onset: int, apex: int | None, offset: int) -> None:
    if onset > offset:
        raise MxeError(f"{row.where(columns['onset'])}: onset {onset} lies after offset {offset}: correct the row")
    if offset - onset > LONGEST:
        raise MxeError(
            f"{row.where(columns['offset'])}: offset {offset} lies {offset - onset} frames after the onset, more than "
            f"{LONGEST}: correct the row"
        )
    if apex is not None and apex < onset:
        raise MxeError(f"{row.where(columns['apex'])}: onset {onset} lies after apex {apex}: correct the row")
    if apex is not None and apex > offset:
        raise MxeError(f"{row.where(columns['apex'])}: apex {apex} lies after offset {offset}: correct the row")


def _table(place: str, sheet: spreadsheets.Sheet, columns: tuple[str, ...]) -> list[Row] | None:
    """The rows below the header; None where there is none.

    Raises:
        MxeError: if a header is there, but lacks columns or has one twice.
    """
    near = None
    for index, (header_row, cells) in enumerate(sheet.lines):
        if header_row > HEADER_ROWS:
            break
        places = {column: _places(column, cells) for column in columns}
        missing = [column for column in columns if not places[column]]
        if not missing:
            twice = [column for column in columns if len(places[column]) > 1]
            if twice:
                raise MxeError(f"{place}, row {header_row}: column {twice[0]} is there twice: rename one in the header")
            where = {column: places[column][0] for column in columns}
            titles = {re.sub(r"\s", "", str(cell)).lower(): n for n, cell in enumerate(cells) if cell is not None}
            rows = []
            for number, line in sheet.lines[index + 1 :]:
                values = {column: line[position] for column, position in where.items()}
                if any(value is not None and str(value).strip() for value in values.values()):
                    beside = {title: line[position] for title, position in titles.items()}
                    rows.append(Row(place, number, values, sheet.marks_of(number, where), beside))
            return rows
        # More than half of the names: the table is meant to be this one. CASME2-ObjectiveClasses.xlsx has only two.
        if len(missing) < len(columns) / 2 and near is None:
            near = f"{place}, row {header_row}: column {' and '.join(missing)} is missing: add it to the header"
    if near is not None:
        raise MxeError(near)
    return None


def _places(column: str, cells: tuple[object, ...]) -> list[int]:
    """Where a column's name stands, whatever its spaces and capitals; digits count if the name itself has one."""
    apart = r"[^a-z0-9]" if re.search(r"\d", column) else r"[^a-z]"
    names = [re.sub(apart, "", str(cell).lower()) if cell is not None else "" for cell in cells]
    return [index for index, name in enumerate(names) if name == re.sub(apart, "", column.lower())]
