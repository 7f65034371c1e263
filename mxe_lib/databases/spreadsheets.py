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
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain, islice, product
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
    """A sheet of a workbook that is not empty.

    Attributes:
        title: its name; visible: whether a person sees it on opening the file.
        lines: its rows.
        marks: by row and place in it, of cells whose value is not what somebody typed: ``formula``, ``merged`` for an
            empty one that a merged cell covers, or a number's format that writes it with thousands separators or as a
            power of ten.
    """

    title: str
    visible: bool
    lines: list[Line]
    marks: dict[tuple[int, int], str] = field(default_factory=dict)

    def marks_of(self, row: int, places: Mapping[str, int]) -> dict[str, str]:
        """The marks of a row, by the columns' names."""
        return {column: self.marks[row, place] for column, place in places.items() if (row, place) in self.marks}


def sheets(path: Path, root: Path) -> list[Sheet]:
    """The sheets of a workbook that hold anything (CASME II's sheets 2 and 3 don't), as values, not formulas.

    Raises:
        MxeError: if it cannot be opened, or is larger than any annotation workbook.
    """
    import openpyxl  # only here: who has no workbook needs none

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of styles and validations, which nobody reads here
            plain, formulas, merged = _unfolded(path, root)
            book = openpyxl.load_workbook(plain, read_only=True, data_only=True, keep_links=False)
            found = [Sheet(s.title, s.sheet_state == "visible", *_lines(s)) for s in book.worksheets]
            for sheet, written in zip(found, book.worksheets, strict=True):
                part = written._worksheet_path  # noqa: SLF001 (openpyxl reads no merged cells in this mode)
                sheet.marks.update(_covered(merged.get(part.lstrip("/"), [])))
            if formulas:
                book = openpyxl.load_workbook(plain, read_only=True, keep_links=False)
                for sheet, written in zip(found, book.worksheets, strict=True):
                    sheet.marks.update(_formulas(written))
        return [sheet for sheet in found if sheet.lines]
    except _TooLargeError as error:
        raise MxeError(
            f"{shown(path, root)}: {error}, too large for an annotation workbook: save its table alone as .xlsx"
        ) from None
    except Exception as error:  # a broken workbook raises anything from BadZipFile to KeyError
        raise MxeError(
            f"{shown(path, root)}: cannot be opened as a workbook ({_reason(path, error)}): {_way_out(path)}"
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


def _unfolded(path: Path, root: Path) -> tuple[io.BytesIO, bool, dict[str, list[str]]]:
    """The workbook's XML alone, as an archive that needs no unfolding and lies about nothing.

    Also whether it has formulas, and each sheet's merged cells.

    An archive's own directory may give false sizes, and reading a part at once unfolds it whole: pieces do not.
    """
    limit, total, plain, formulas, merged = MEGABYTES << 20, 0, io.BytesIO(), False, {}
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
            whole = b"".join(pieces)
            formulas |= "worksheets/" in name and re.search(rb"<(\w+:)?f[ >/]", whole) is not None
            merged[name] = re.findall(r'<(?:\w+:)?mergeCell [^>]*?ref="([A-Z0-9:]+)"', whole.decode("utf-8", "ignore"))
            copy.writestr(name, whole)
    plain.seek(0)
    return plain, formulas, merged


def _lines(sheet) -> tuple[list[Line], dict[tuple[int, int], str]]:
    """The rows that hold anything, and the marks of numbers' formats.

    Bounds are given because the sheet's own claim of its size may be false.
    """
    lines, marks = [], {}
    for number, cells in enumerate(sheet.iter_rows(max_row=LAST_ROW, max_col=COLUMNS), start=1):
        values = tuple(cell.value for cell in cells)
        if values.count(None) < len(values):
            lines.append((number, values))
        for place, cell in enumerate(cells):
            if type(cell.value) in (int, float) and _hides(cell.number_format):
                marks[number, place] = cell.number_format
        if len(lines) > ROWS:
            raise _TooLargeError(f"sheet {sheet.title} has over {ROWS} rows")
    return lines, marks


def _covered(merged: list[str]) -> dict[tuple[int, int], str]:
    """The cells of merged ranges but for the first of each, which alone has a value.

    No more of them are looked at than a table of clips can have: ranges cost nothing to write.
    """
    from openpyxl.utils import range_boundaries

    ranges = (range_boundaries(each) for each in merged[:ROWS] if ":" in each)
    cells = chain.from_iterable(
        islice(product(range(top, bottom + 1), range(left - 1, min(right, COLUMNS))), 1, None)
        for left, top, right, bottom in ranges
    )
    return dict.fromkeys(islice(cells, 10 * ROWS), "merged")


def _formulas(sheet) -> dict[tuple[int, int], str]:
    rows = enumerate(sheet.iter_rows(max_row=LAST_ROW, max_col=COLUMNS), start=1)
    return {(n, place): "formula" for n, cells in rows for place, cell in enumerate(cells) if cell.data_type == "f"}


def _hides(number_format: str | None) -> bool:
    r"""Whether a number's format writes thousands separators or powers of ten, as programs choose for 1,215 or 6E+12.

    >>> [_hides(form) for form in ("General", r"0_);[Red]\(0\)", "@", "#,##0", "0.00E+00")]
    [False, False, False, True, True]
    """
    bare = re.sub(r'"[^"]*"|\[[^]]*\]|[\\_*].', "", number_format or "")
    return re.search(r"[0#?],[0#?]|E[-+]", bare) is not None


def _reason(path: Path, error: Exception) -> str:
    try:
        with path.open("rb") as file:
            start = file.read(512)
    except OSError as problem:
        return problem.strerror or type(problem).__name__
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        return "it has a password, or is in the old .xls format"
    if not start:
        return "the file is empty"
    if start.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
        return "it is a web page or XML"
    if not start.startswith(b"PK") and (
        b"\0" not in start or start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    ):
        return "it is plain text, such as a .csv"
    return type(error.__cause__ or error).__name__


def _way_out(path: Path) -> str:
    try:
        with path.open("rb") as file:
            start = file.read(2)
    except OSError:
        return "mend its rights, or get it again"
    if start in (b"", b"PK"):
        return "get a whole copy of it, or move it out of the database's folder"
    return "open it in a spreadsheet program and save it as .xlsx without a password, or move it out of the folder"


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
