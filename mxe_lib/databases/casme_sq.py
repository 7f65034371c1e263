"""CAS(ME)²: 98 long videos of 22 subjects at 30 fps, with 300 macro- and 57 micro-expressions.

Qu, Wang, Yan, Li, Wu & Fu, "CAS(ME)²: A database for spontaneous macro-expression and micro-expression spotting and
recognition", IEEE Transactions on Affective Computing 9 (2018) 424-436. Images are licensed for research by the Chinese
Academy of Sciences: ask the authors; never publish a face beyond what the licence allows.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from mxe_lib.clips import Repair
from mxe_lib.databases import images, spreadsheets, workbook
from mxe_lib.databases.choice import Candidate, official_version, settle
from mxe_lib.databases.long_videos import LongVideoDatabase, Movement, interval_numbers, kind_of, movements
from mxe_lib.databases.paths import listing, shown
from mxe_lib.databases.units import read_units, told
from mxe_lib.errors import MxeError, one_line

EMOTIONS = ("negative", "positive", "surprise", "others")
"""The authors' four categories, in the column before the type; what people reported stands after it and is not read."""

OFFICIAL = r"(?:CAS\(ME\)\^?2|CASME_sq|)[ _-]?code_?final(?:\(Updated\))?\.xlsx"

_COLUMNS = ("subject (A)", "video (B)", "onset (C)", "apex (D)", "offset (E)", "units (F)", "emotion (G)", "type (H)")


class CasmeSq(LongVideoDatabase):
    """The database in ``folder``: ``CAS(ME)^2code_final.xlsx`` and the long videos' images.

    The workbook has no header and three sheets, which are known by what they hold. The codes: subject, video
    (``disgust1_1``), onset, apex, offset, action units, emotion, type, self report. The subjects: number in the third
    column and folder (``s15``) in the second. The videos: code (``0101``) in the first column and name (``disgust1``)
    in the second. A first row of words is taken for a header and passed over.

    Images: ``rawpic/s15/15_0101disgustingteeth/img001.jpg``, the number padded to three digits or more; a video's
    folder is found by subject and code at any nesting, and is called ``15_0101`` here. A folder that no row names is a
    video without an expression. ``selectedpic`` and other folders of cut clips are passed over.

    Repairs: an onset or offset of 0 becomes the apex, as public code reads it; an apex of 0 or outside of its interval
    is dropped.

    Args:
        folder: the database's folder.
        cropped: True or False to demand the cropped or the raw images.

    Raises:
        MxeError: if the workbook is missing or has a fault; the message names file, sheet, row and column.
    """

    name = "casme_sq"
    fps = 30
    apart = ("selectedpic",)
    package = ("s15/15_0101disgustingteeth/img001.jpg ...", "rawpic")

    def __init__(self, folder: str | Path, cropped: bool | None = None) -> None:
        self.past_the_end = {}
        super().__init__(folder, cropped)
        places = [place for place in images.folders(self.folder, _is_video) if not _is_video(place)]
        files = [path for place in places for path in listing(place, self.folder) if path.suffix.lower() == ".xlsx"]
        files = sorted((path for path in files if not path.name.startswith(("~$", "."))), key=lambda path: path.name)
        found = [fit for path in files for fit in self._candidates(path)]
        if not found:
            every = [path for place in places for path in listing(place, self.folder)]
            workbook.demand_no_other_format(
                every, self.folder, lambda lines: any(_is_code(cells) for _, cells in lines)
            )
            raise MxeError(
                f"{self.folder.name}/ holds no annotation workbook (CAS(ME)^2code_final.xlsx: codes, subjects and "
                "videos on three sheets): put the database's own workbook there"
            )
        book, self.notes = settle(found, "CAS(ME)^2code_final.xlsx")
        self.workbook, self._repairs = book.path, list(book.repairs)
        self._settle(book.clips, self._video_folders())
        self.notes += told(self._clips)

    def image_name(self, subject: str, video: str, number: int) -> str:
        """What a frame's file should be called."""
        return f"img{number:03d}.jpg"

    def _video_folders(self) -> dict[tuple[str, str], Path]:
        """By subject and video: ``s15/15_0101disgustingteeth`` is video ``15_0101`` of ``s15``."""
        found = {}
        named = self.folders.names(2, apart=True)
        self.hint = self.folders.passed_over(*[ends for ends in named if re.fullmatch(r"\d+_\d{4}(?!\d).*", ends[1])])
        for subject, name in self.folders.names(2):
            match = re.fullmatch(r"(\d+)_(\d{4})(?!\d).*", name)
            if re.fullmatch(r"s\d+", subject) is None or match is None:
                continue
            if int(match[1]) != int(subject[1:]):
                place = shown(self.folders.every((subject, name))[0], self.folder)
                raise MxeError(f"{place}: the video's name says subject {match[1]}: move it there, or correct its name")
            key = (subject, f"{subject[1:]}_{match[2]}")
            place = self.folders.find((subject, name))
            if place is not None and key in found:
                raise MxeError(
                    f"{shown(found[key], self.folder)} and {shown(place, self.folder)} are both video {match[2]} of "
                    f"{subject}: move one out of {self.folder.name}/"
                )
            if place is not None:
                found[key] = place
        return found

    def _candidates(self, path: Path) -> Iterator[Candidate]:
        """A workbook that has such a sheet, read."""
        version, place = official_version(path.name, OFFICIAL), shown(path, self.folder)
        try:
            sheets = spreadsheets.sheets(path, self.folder)
        except MxeError as fault:
            yield Candidate(path, place, version, fault=fault)
            return
        codes = [sheet for sheet in sheets if any(_is_code(cells) for _, cells in sheet.lines)]
        if not codes:
            if version >= 0:
                fault = MxeError(
                    f"{place}: no sheet has micro-expression or macro-expression in its eighth column: use the "
                    "database's own workbook"
                )
                yield Candidate(path, place, version, fault=fault)
            return
        try:
            clips, repairs = self._read(place, codes, [sheet for sheet in sheets if sheet not in codes])
            yield Candidate(path, place, version, clips=tuple(clips), repairs=tuple(repairs))
        except MxeError as fault:
            yield Candidate(path, place, version, fault=fault)

    def _read(
        self, place: str, codes: list[spreadsheets.Sheet], others: list[spreadsheets.Sheet]
    ) -> tuple[list[Movement], list[Repair]]:
        if len(codes) > 1:
            raise MxeError(
                f"{place}: sheets {codes[0].title} and {codes[1].title} both hold codes: move "
                f"one of them into another workbook, outside of {place.split('/')[0]}/"
            )
        subjects = _names(place, others, lambda a, b, c: (_number(c), _match(r"s\d+", b)), "the subjects (1, s15)")
        videos = _names(
            place, others, lambda a, b, c: (_match(r"(?!s\d)[a-z]+\d+", b), _code(a)), "the videos (0101, disgust1)"
        )
        found, repairs = [], []
        where = f"{place}, sheet {one_line(codes[0].title)}"
        for number, cells in codes[0].lines:
            cells = (*cells, *[None] * 8)[:8]
            marks = codes[0].marks_of(number, {column: place for place, column in enumerate(_COLUMNS)})
            row = workbook.Row(where, number, dict(zip(_COLUMNS, cells, strict=True)), marks)
            if number == 1 and not any(_number(cell) for cell in (cells[0], *cells[2:5])) and not _is_code(cells):
                continue  # a header
            if not any(cell is not None and str(cell).strip() for cell in cells):
                continue
            found.append((row, _COLUMNS[1], self._movement(row, subjects, videos, repairs)))
        return movements(found), repairs

    def _movement(
        self, row: workbook.Row, subjects: dict[str, str], videos: dict[str, str], repairs: list[Repair]
    ) -> Movement:
        who, name = row.required(_COLUMNS[0]), row.name(_COLUMNS[1])
        subject, code = subjects.get(str(_number(who))), videos.get(name.lower().partition("_")[0])
        if subject is None:
            raise MxeError(f"{row.where(_COLUMNS[0])}: no sheet says which folder subject {one_line(who)} has: add it")
        if code is None:
            raise MxeError(f"{row.where(_COLUMNS[1])}: no sheet says which code video {one_line(name)} has: add it")
        onset, apex, offset = interval_numbers(row, _COLUMNS[2:5], f"{self.name}/{subject}/{name}", repairs)
        emotion = re.sub("^other$", "others", row.required(_COLUMNS[6]).lower())
        if emotion not in EMOTIONS:
            raise MxeError(
                f"{row.where(_COLUMNS[6])}: unknown emotion '{one_line(emotion)}': one of {', '.join(EMOTIONS)}"
            )
        units = read_units(row, _COLUMNS[5])
        video = f"{subject[1:]}_{code}"
        return Movement(
            self.name, subject, name, self.fps, onset, apex, offset, emotion, units, self.origin,
            kind_of(row, _COLUMNS[7]), video,
        )  # fmt: skip


def _names(place: str, sheets: list[spreadsheets.Sheet], pair, what: str) -> dict[str, str]:
    """The pairs of the one sheet whose rows all hold one; a first row may be a header.

    Raises:
        MxeError: if there is none, or it says two things of one name.
    """
    for sheet in sheets:
        rows = [(number, pair(*(*cells, None, None, None)[:3])) for number, cells in sheet.lines]
        if rows and not all(rows[0][1]):
            rows = rows[1:]
        if not rows or not all(all(found) for _, found in rows):
            continue
        names: dict[str, str] = {}
        for number, (key, value) in rows:
            if names.setdefault(str(key), str(value)) != str(value):
                raise MxeError(
                    f"{place}, sheet {one_line(sheet.title)}, row {number}: {key} stands there twice: correct it"
                )
        return names
    raise MxeError(f"{place}: no sheet gives {what}: use the database's own workbook")


def _is_code(cells: tuple) -> bool:
    return len(cells) > 7 and _match(r"(micro|macro)\b.*", cells[7]) is not None


def _is_video(path: Path) -> bool:
    return re.fullmatch(r"\d+_\d{4}.*", path.name) is not None


def _match(pattern: str, cell: object) -> str | None:
    text = str(cell).strip().lower()
    return text if re.fullmatch(pattern, text) else None


def _number(cell: object) -> int | None:
    """Of a cell that holds a whole number, whatever its type."""
    text = str(cell).strip().removesuffix(".0")
    return int(text) if text.isdecimal() and len(text) < 10 else None


def _code(cell: object) -> str | None:
    """A video's four digits: a spreadsheet program turns 0101 into 101."""
    number = _number(cell)
    return f"{number:04d}" if number else None
