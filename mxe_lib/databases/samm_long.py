"""SAMM Long Videos: 147 videos of 32 subjects at 200 fps, grey, with 343 macro- and 159 micro-expressions.

Yap, Kendrick & Yap, "SAMM Long Videos: A spontaneous facial micro- and macro-expressions dataset", IEEE FG 2020. The
micro-expressions are those of SAMM. Images are licensed for research by Manchester Metropolitan University: ask the
authors; never publish a face beyond what the licence allows.
"""

import re
from pathlib import Path

from mxe_lib.clips import Clip, Repair
from mxe_lib.databases import workbook
from mxe_lib.databases.long_videos import LongVideoDatabase, Movement, interval_numbers, kind_of, movements
from mxe_lib.databases.samm import Samm
from mxe_lib.databases.units import read_units, told
from mxe_lib.errors import MxeError, one_line

PAST_THE_END = {"samm_long/020/020_6_5": (3532, 5476), "samm_long/036/036_7_4": (5873, 8298)}
"""Intervals that end after their video's last image (5001 and 8201), as public code has them."""

BEYOND = "samm_long/012/012_4_1"
"""The interval of which public code finds no image at all; its frames are not known here."""


class SammLongVideos(LongVideoDatabase):
    """The database in ``folder``: a workbook ``SAMM_LongVideos_V2_Release.xlsx`` and the videos' images.

    Of several releases the newest is read (V1 to V3 are known); the header is found by its column names, below ten
    lines of notes. There is no column for an emotion, so clips have none. Images:
    ``SAMM_longvideos/006_1/006_1_0001.jpg``, found by the name of the video's folder at any nesting; the number is
    padded to four digits or more. A folder of a video that no row names is a video without an expression.

    Repairs: an onset or offset of 0 becomes the apex; an apex of 0 or outside of its interval is dropped (SAMM's two
    mistyped ones among them); three intervals are known to leave their videos, and are cut at the last image or left
    out (020_6_5, 036_7_4, 012_4_1). Any other frame that is not there counts as missing.

    Args:
        folder: the database's folder.
        cropped: True or False to demand the cropped or the raw images.

    Raises:
        MxeError: if the workbook is missing or has a fault; the message names file, row and column.
    """

    name = "samm_long"
    fps = 200
    columns = ("Subject", "Filename", "Onset", "Apex", "Offset", "Type", "Action Units")
    package = ("006_1/006_1_0001.jpg ...", "the package SAMM_longvideos")
    official = (r"SAMM_LongVideos_V(\d)_Release\.xlsx", "SAMM_LongVideos_V2_Release.xlsx")
    past_the_end = PAST_THE_END

    def __init__(self, folder: str | Path, cropped: bool | None = None) -> None:
        super().__init__(folder, cropped)
        book, self.notes = workbook.read_book(self.folder, self.columns, self.official, self._read, self._is_video)
        self.workbook, self._repairs = book.path, list(book.repairs)
        places = {}
        for (name,) in self.folders.names():
            if re.fullmatch(r"\d{3}_\d+", name):
                place = self.folders.find((name,))
                if place is not None:
                    places[name[:3], name] = place
        self.past_the_end = PAST_THE_END | {c.id: (c.onset, c.offset) for c in book.clips if c.id == BEYOND}
        self._settle(book.clips, places)
        self.notes += told(self._clips)

    def image_name(self, subject: str, video: str, number: int) -> str:
        """What a frame's file should be called."""
        return f"{video}_{number:04d}.jpg"

    def _read(self, rows: list[workbook.Row]) -> tuple[list[Clip], list[Repair]]:
        found, repairs = [], []
        for row in rows:
            name, who = row.name("Filename"), Samm.subject_id(row.required("Subject"))
            if who is None:
                text = one_line(row.text("Subject"))
                raise MxeError(f"{row.where('Subject')}: '{text}' is not a subject number: correct the cell")
            match = re.fullmatch(r"(\d{3})_\d+_\w+", name)
            if match is None or match[1] != who:
                raise MxeError(
                    f"{row.where('Filename')}: '{one_line(name)}' is not a movement of subject {who}, such as "
                    f"{who}_1_1: correct the cell"
                )
            onset, apex, offset = interval_numbers(row, self.columns[2:5], f"{self.name}/{who}/{name}", repairs)
            units = read_units(row, "Action Units")
            video = "_".join(name.split("_")[:2])
            clip = Movement(
                self.name, who, name, self.fps, onset, apex, offset, "", units, self.origin,
                kind_of(row, "Type"), video,
            )  # fmt: skip
            found.append((row, "Filename", clip))
        return movements(found), repairs

    @staticmethod
    def _is_video(path: Path) -> bool:
        return re.fullmatch(r"\d{3}_\d+", path.name) is not None
