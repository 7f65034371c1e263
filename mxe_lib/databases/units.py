"""Action units as annotation workbooks hold them: one reader for all databases.

Coders write numbers of the Facial Action Coding System (FACS) with a side or part of the face before or after and an
intensity: ``4+L12C``. A spreadsheet program makes a date, a decimal, a power of ten or one large number of some such
lists, where it is not told that they are text. What it made of them is refused, since nobody can tell what stood there;
words and marks that are no FACS codes stay as they are written, and are told.
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mxe_lib.clips import Clip
from mxe_lib.errors import MxeError, one_line

if TYPE_CHECKING:
    from mxe_lib.databases import workbook

NUMBERS = frozenset({*range(1, 47), *range(50, 67), *range(68, 77), *range(80, 99)})
"""The numbers that FACS gives to units, action descriptors, movements of head and eyes, and gross behaviour, and those
between the last: a list whose comma got lost is more than two digits, or known by its cell's format."""

WORDS = ("soft focus", "/", "-", "--", "?", "nan", "none", "null", "neutral")
"""What stands in official cells beside codes, or says that there are none, in small letters."""

_SPLIT = re.compile(r"(?:[+,;&、\n]|\band\b)(?![^(]*\))")
_CODE = re.compile(r"(?:AU|AD|EM|M)?([LRATBUV]?)0*(\d{1,2})([A-EXYZ](?:/[A-EXYZ])?)?([LR]?)(\?*)", re.IGNORECASE)
_NUMERIC = re.compile(r"(?:AU|AD|EM|M)?[LRATBUV]?[-–−.':·]?\d[\d .':·–−-]*(?:E[-+]?\d+)?%?[A-EXYZ]?[LR]?\?*", re.I)
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: " "}
_AS_TEXT = "write the units as text, such as 4+7"


def read_units(row: "workbook.Row", column: str) -> tuple[str, ...]:
    """The FACS codes of one cell.

    Raises:
        MxeError: if it holds what a spreadsheet program makes of a list of units, or a number that is no unit.
    """
    value, mark = row.cells[column], row.marks.get(column, "")
    shown, text = one_line(str(value)), row.text(column)
    if mark == "formula":
        raise MxeError(
            f"{row.where(column)}: a formula stands there, whose value is {shown} (+4+7 becomes one): {_AS_TEXT}"
        )
    if mark == "merged":
        raise MxeError(f"{row.where(column)}: the cell is merged with another: unmerge it, and {_AS_TEXT}, in each row")
    if text and mark:
        raise MxeError(
            f"{row.where(column)}: the number {shown} stands there in the format {one_line(mark)}, as a spreadsheet "
            f"program makes it of a list such as 4,7 or 6E+12: {_AS_TEXT}"
        )
    units = split_units(text)
    for unit in units:
        if (code := _CODE.fullmatch(unit)) and int(code[2]) in NUMBERS:
            continue
        # Nobody writes 0 for a unit, but coders may for none, or for the neutral face.
        if _NUMERIC.fullmatch(unit) and not re.fullmatch("0+", unit):
            raise MxeError(
                f"{row.where(column)}: '{one_line(unit)}' is no action unit (did a spreadsheet program make a number "
                f"of a list?): {_AS_TEXT}"
            )
    return units


def split_units(text: str) -> tuple[str, ...]:
    """The FACS codes of a text, each as it is written, but for ``AU`` before it and a side behind it.

    They stand between ``+``, commas, semicolons, ``&`` or ``and``; codes may also stand between spaces. What has a
    full-width form, as Chinese keyboards type it, is read like its plain one.

    >>> split_units("(R6 or R12)+R15"), split_units("12+15 "), split_units("")
    (('(R6 or R12)', 'R15'), ('12', '15'), ())
    >>> split_units("AU4，l7B"), split_units("AU 4 AU12R"), split_units("soft focus")
    (('4', 'l7B'), ('4', 'R12'), ('soft focus',))
    """
    text = re.sub(r"(?i)\b(AU|AD)\s+(?=[LRATBUV]?\d)", r"\1", text.translate(_FULL_WIDTH))
    found = []
    for part in (part.strip() for part in _SPLIT.split(text)):
        pieces = part.split()
        found += pieces if all(map(_CODE.fullmatch, pieces)) else [part]
    return tuple(map(_plain, filter(None, found)))


def is_code(unit: str) -> bool:
    """Whether this is a FACS code, several between ``or``, or another thing that official workbooks say.

    >>> [is_code(unit) for unit in ("L12C", "10A/B", "ref(7B)", "(R6 or R12)", "soft focus", "smile", "4(k")]
    [True, True, True, True, True, False, False]
    """
    if unit.lower() in WORDS:
        return True
    unit = re.sub(r"(?i)^ref\s*(?=\()", "", unit)
    unit = unit[1:-1] if unit.startswith("(") and unit.endswith(")") else unit
    codes = [_CODE.fullmatch(piece.strip()) for piece in re.split(r"\bor\b", unit)]
    return all(code and int(code[2]) in NUMBERS for code in codes)


def told(clips: Sequence[Clip]) -> list[str]:
    """A line on clips with units that are no FACS codes, if there are any."""
    odd = [(clip, unit) for clip in clips for unit in clip.action_units if not is_code(unit)]
    if not odd:
        return []
    clip, unit = odd[0]
    several = len({clip.id for clip, _ in odd})
    return [
        f"{several} clip{'s have' if several > 1 else ' has'} action units that are no FACS codes, first {clip.id}: "
        f"'{one_line(unit)}': they stay as they are written, and the clip counts as one without known units"
    ]


def _plain(unit: str) -> str:
    """``12`` of ``AU12``, ``R12B`` of ``12BR``."""
    code = _CODE.fullmatch(unit)
    if code is None:
        return unit
    side, _, _, behind, doubt = code.groups()
    bare = re.sub("(?i)^AU", "", unit)
    if behind and not side:
        return behind.upper() + bare.removesuffix(doubt)[:-1] + doubt
    return bare
