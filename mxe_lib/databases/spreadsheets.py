"""Tables as spreadsheet programs save them, read within bounds: workbooks (.xlsx) and lists (.csv).

A workbook is a zip of XML that comes from elsewhere, and a small one can unfold to gigabytes. So its XML is first
unfolded piece by piece, up to a limit, and openpyxl reads only that; it leaves the XML to defusedxml, which refuses
entities. A list may have any separator and encoding that a spreadsheet program writes.
"""

import codecs
import csv
import io
import re
import warnings
import zipfile
from dataclasses import dataclass
from pathlib import Path

from mxe_lib.databases.paths import shown
from mxe_lib.errors import MxeError

MEGABYTES = 5  # of a list, and of a workbook's XML, which takes openpyxl some seconds; official ones have less than one
ROWS, COLUMNS = 10_000, 256  # that a sheet may fill; the official ones fill 255 and 12
LAST_ROW = 1_048_576  # of any sheet

Line = tuple[int, tuple[object, ...]]
"""A row that is not empty: its number as a spreadsheet program shows it, and its cells."""


@dataclass(frozen=True)
class Sheet:
    """A sheet of a workbook that is not empty."""

    title: str
    visible: bool
    lines: list[Line]


def sheets(path: Path, root: Path) -> list[Sheet]:
    """The sheets of a workbook that hold anything (CASME II's sheets 2 and 3 don't), as values, not formulas.

    Raises:
        MxeError: if it cannot be opened, or is larger than any annotation workbook.
    """
    import openpyxl  # only here: who has no workbook needs none

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of styles and validations, which nobody reads here
            book = openpyxl.load_workbook(_unfolded(path, root), read_only=True, data_only=True, keep_links=False)
            found = [Sheet(sheet.title, sheet.sheet_state == "visible", _lines(sheet)) for sheet in book.worksheets]
        return [sheet for sheet in found if sheet.lines]
    except _TooLargeError as error:
        raise MxeError(
            f"{shown(path, root)}: {error}, too large for an annotation workbook: save its table alone as .xlsx"
        ) from None
    except Exception as error:  # a broken workbook raises anything from BadZipFile to KeyError
        raise MxeError(
            f"{shown(path, root)}: cannot be opened as a workbook ({_reason(path, error)}): replace or remove it"
        ) from None


def read_list(path: Path, root: Path) -> list[tuple[int, list[str]]]:
    """The lines of a list that are not empty, with their numbers: in UTF-8, UTF-16 or Latin-1, between , ; or tabs.

    Raises:
        MxeError: if it cannot be read, or is far larger than any list of clips.
    """
    try:
        if path.stat().st_size > MEGABYTES << 20:
            raise MxeError(f"{shown(path, root)}: over {MEGABYTES} MB, no list of clips: move it out of the folder")
        text = _decoded(path.read_bytes())
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text))
        lines = [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader]
    except (OSError, UnicodeError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
        raise MxeError(f"{shown(path, root)}: cannot be read as a list ({reason}): save it as .csv again") from None
    # Excel reads a first line such as "sep=;" as an instruction, and some programs write it.
    return [(number, cells) for number, cells in lines if any(cells) and not _is_instruction(number, cells)]


class _TooLargeError(Exception):
    """A workbook that unfolds to more than an annotation workbook ever holds."""


def _unfolded(path: Path, root: Path) -> io.BytesIO:
    """The workbook's XML alone, as an archive that needs no unfolding and lies about nothing.

    An archive's own directory may give false sizes, and reading a part at once unfolds it whole: pieces do not.
    """
    limit, total, plain = MEGABYTES << 20, 0, io.BytesIO()
    if path.stat().st_size > 4 * limit:  # it may hold pictures, which are not read
        raise _TooLargeError(f"over {4 * MEGABYTES} MB")
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(plain, "w") as copy:
        parts = {part.filename: part for part in archive.infolist() if part.filename.endswith((".xml", ".rels"))}
        if any(part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for part in parts.values()):
            raise zipfile.BadZipFile  # other methods cannot be unfolded in pieces; spreadsheet programs don't use them
        for name, part in parts.items():
            pieces = []
            with archive.open(part) as file:
                while piece := file.read(1 << 20):
                    total += len(piece)
                    if total > limit:
                        raise _TooLargeError(f"unfolds to over {MEGABYTES} MB")
                    pieces.append(piece)
            copy.writestr(name, b"".join(pieces))
    plain.seek(0)
    return plain


def _lines(sheet) -> list[Line]:
    """The rows that hold anything; bounds are given because the sheet's own claim of its size may be false."""
    lines = []
    rows = sheet.iter_rows(max_row=LAST_ROW, max_col=COLUMNS, values_only=True)
    for number, cells in enumerate(rows, start=1):
        if cells.count(None) < len(cells):
            lines.append((number, cells))
        if len(lines) > ROWS:
            raise _TooLargeError(f"sheet {sheet.title} has over {ROWS} rows")
    return lines


def _reason(path: Path, error: Exception) -> str:
    try:
        with path.open("rb") as file:
            if file.read(4) == b"\xd0\xcf\x11\xe0":
                return "it has a password, or is in the old .xls format"
    except OSError as problem:
        return problem.strerror or type(problem).__name__
    return type(error.__cause__ or error).__name__


def _decoded(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16")
    if b"\0" in data[:2]:  # UTF-16 of Latin letters without its mark
        return data.decode("utf-16-le" if data[1:2] == b"\0" else "utf-16-be")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _separator(text: str) -> str:
    """The one that splits the first line with a letter into most cells."""
    lines = (line for line in text.splitlines() if re.search(r"[^\W\d_]", line) and not _is_instruction(1, [line]))
    first = next(lines, "")
    return max(",;\t", key=first.count)


def _is_instruction(number: int, cells: list[str]) -> bool:
    return number == 1 and cells[0].strip().strip('"').lower().startswith("sep=")
