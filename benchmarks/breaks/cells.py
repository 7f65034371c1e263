"""Ways to break a table: a CSV file's text, a workbook's cells."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from random import Random

import openpyxl

Grid = list[list[object]]


def read_csv(path: Path) -> Grid:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [list(row) for row in csv.reader(file)]


def write_csv(path: Path, grid: Grid, **how: object) -> None:
    text = io.StringIO()
    csv.writer(text, **({"lineterminator": "\n"} | how)).writerows(grid)
    path.write_text(text.getvalue(), encoding="utf-8", newline="")


def csv_strict(path: Path) -> Grid | None:
    """Rows of a CSV file in UTF-8; None if it can't be read or rows differ in length."""
    try:
        grid = [row for row in read_csv(path) if any(cell.strip() for cell in row)]
    except (OSError, ValueError, csv.Error):
        return None
    return grid if grid and all(len(row) == len(grid[0]) for row in grid) else None


# ---- the same table, said otherwise


def column_order(grid: Grid, rng: Random, head: int) -> str:
    order = list(range(len(grid[head])))
    rng.shuffle(order)
    for index in range(head, len(grid)):
        grid[index] = [grid[index][place] for place in order]
    return f"columns in the order {order}"


def row_order(grid: Grid, rng: Random, head: int) -> str:
    rows = grid[head + 1 :]
    rng.shuffle(rows)
    grid[head + 1 :] = rows
    return "rows in another order"


def blank_rows(grid: Grid, rng: Random, head: int) -> str:
    place = rng.randrange(head + 1, len(grid) + 1)
    grid[place:place] = [[None] * len(grid[head])] * rng.choice((1, 3))
    return f"blank rows before {place}"


def one_more_column(grid: Grid, rng: Random, head: int) -> str:
    place = rng.randrange(len(grid[head]) + 1)
    for number, row in enumerate(grid[head:]):
        row.insert(place, "Comment" if number == 0 else rng.choice(("", "x", 12)))
    return f"one more column at {place}"


def header_letters(grid: Grid, rng: Random, head: int) -> str:
    change = rng.choice((str.upper, str.lower, lambda text: f" {text} "))
    grid[head] = [change(str(cell)) if cell else cell for cell in grid[head]]
    return f"header {grid[head][0]!r} ..."


SAME: dict[str, Callable[[Grid, Random, int], str]] = {
    each.__name__: each for each in (column_order, row_order, blank_rows, one_more_column)
}

# ---- another table


def column_gone(grid: Grid, rng: Random, head: int) -> str:
    place = rng.choice([index for index, cell in enumerate(grid[head]) if cell])
    name = grid[head][place]
    for row in grid[head:]:
        del row[place]
    return f"column {name} gone"


def column_renamed(grid: Grid, rng: Random, head: int) -> str:
    place = rng.choice([index for index, cell in enumerate(grid[head]) if cell])
    name = grid[head][place]
    grid[head][place] = rng.choice((f"{name} new", "x", "", f"{name}2", "Unnamed: 4"))
    return f"column {name} is called {grid[head][place]!r}"


def column_twice(grid: Grid, rng: Random, head: int) -> str:
    """A second column of the same name, with other cells."""
    place = rng.choice([index for index, cell in enumerate(grid[head]) if cell])
    at = rng.choice((0, len(grid[head])))
    for number, row in enumerate(grid[head:]):
        row.insert(at, row[place] if number == 0 else rng.choice((None, 1, "x")))
    return f"column {grid[head][at]} twice"


def header_gone(grid: Grid, rng: Random, head: int) -> str:
    del grid[head]
    return "header gone"


def only_the_header(grid: Grid, rng: Random, head: int) -> str:
    del grid[head + 1 :]
    return "rows gone"


def row_shifted(grid: Grid, rng: Random, head: int) -> str:
    row = grid[rng.randrange(head + 1, len(grid))]
    row.insert(rng.randrange(len(row)), "")
    row.pop()
    return "the cells of a row one column further"


OTHER: dict[str, Callable[[Grid, Random, int], str]] = {
    each.__name__: each for each in (column_gone, column_renamed, column_twice, header_gone, only_the_header)
}

# ---- the text of a CSV file


def _again(path: Path, encoding: str, newline: str = "\n", before: bytes = b"") -> None:
    text = path.read_text(encoding="utf-8")
    path.write_bytes(before + text.replace("\n", newline).encode(encoding))


def crlf(path: Path, rng: Random) -> str:
    newline = rng.choice(("\r\n", "\r"))
    _again(path, "utf-8", newline)
    return f"lines end with {newline!r}"


def byte_order_mark(path: Path, rng: Random) -> str:
    _again(path, "utf-8-sig")
    return "byte order mark"


def utf16(path: Path, rng: Random) -> str:
    kind = rng.choice(("utf-16", "utf-16-le", "utf-16-be", "utf-32"))
    _again(path, kind)
    return f"in {kind}"


def latin1(path: Path, rng: Random) -> str:
    """With one letter that is no ASCII."""
    text = path.read_text(encoding="utf-8")
    place = rng.randrange(len(text))
    path.write_bytes((text[:place] + "é" + text[place:]).encode("latin-1"))
    return f"in latin-1, with é at {place}"


def delimiter(path: Path, rng: Random) -> str:
    sign = rng.choice((";", "\t", "|"))
    write_csv(path, read_csv(path), delimiter=sign)
    return f"delimiter {sign!r}"


def quoted(path: Path, rng: Random) -> str:
    write_csv(path, read_csv(path), quoting=csv.QUOTE_ALL)
    return "all cells quoted"


def open_quote(path: Path, rng: Random) -> str:
    text = path.read_text(encoding="utf-8")
    place = rng.choice([index for index, sign in enumerate(text) if sign in ",\n"]) + 1
    path.write_text(text[:place] + '"' + text[place:], encoding="utf-8")
    return f"a quote that never ends at {place}"


def nul(path: Path, rng: Random) -> str:
    text = path.read_text(encoding="utf-8")
    place = rng.randrange(len(text))
    path.write_text(text[:place] + "\0" + text[place:], encoding="utf-8")
    return f"a NUL at {place}"


TEXT: dict[str, Callable[[Path, Random], str]] = {
    each.__name__: each for each in (crlf, byte_order_mark, utf16, latin1, delimiter, quoted, open_quote, nul)
}


def on_csv(change: Callable[[Grid, Random, int], str], path: Path, rng: Random) -> str:
    grid = read_csv(path)
    said = change(grid, rng, 0)
    write_csv(path, [["" if cell is None else cell for cell in row] for row in grid])
    return said


# ---- workbooks


def on_book(change: Callable[[Grid, Random, int], str], path: Path, rng: Random, head: int) -> str:
    """Changes the first sheet's cells.

    Args:
        head: index of the header's row.
    """
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    grid = [list(row) for row in sheet.iter_rows(values_only=True)]
    said = change(grid, rng, head)
    sheet.delete_rows(1, sheet.max_row)
    for number, row in enumerate(grid, start=1):
        for place, value in enumerate(row, start=1):
            sheet.cell(number, place).value = value
    book.save(path)
    return said


NO_NUMBERS = ("", "abc", "/", "?", "12a", "1e3", "-5", "3.7", 3.7, -5, 10**12, "1,046", "#REF!", "=1/0", True, "ｘ")
"""Cells that are no frame number."""


def as_said(value: int, rng: Random) -> object:
    """The same number, as spreadsheet programs and people write it."""
    return rng.choice((float(value), str(value), f" {value} ", f"{value}\n", value))
