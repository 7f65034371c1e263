"""Clips of the simulated twins in the layouts of CASME and of the databases that came after CASME II.

As ``writers``, whose functions these use: a package appears when it is whole, with ``SIMULATED.txt`` beside it.
"""

from collections.abc import Sequence
from pathlib import Path

import openpyxl

from mxe_lib.clips import Clip, Database
from mxe_lib.simulation import writers


def write_casme(
    folder: str | Path,
    database: Database,
    clips: Sequence[Clip] | None = None,
    *,
    cropped: bool = False,
    extension: str = "jpg",
) -> Path:
    """Write clips as CASME distributes them: workbook and ``CASME_raw_selected/sub01/EP01_5/EP01_5-46.jpg``.

    The workbook has the blank columns C and H, two columns for the apex, and subjects as numbers; from the 93rd clip
    on, the images' numbers have three digits or more.

    Args:
        folder: the database's folder, such as ``MXE_DATA/casme``; made if need be.
        clips: which clips (default: all; rendering all frames takes long).
        cropped: ``Cropped/`` with ``reg_EP01_5-46.jpg``; simulated frames are not cropped further.
        extension: ``jpg``, or ``png`` for images that come back to the bit.

    Returns:
        The workbook's path.

    Raises:
        MxeError: if the package is there already.
    """
    clips, folder = list(database.clips() if clips is None else clips), Path(folder)
    with writers.new_package(folder, "Cropped" if cropped else "CASME_raw_selected") as package:
        for index, clip in enumerate(clips):
            digits = 3 if index >= 92 else 1
            stem = f"{'reg_' if cropped else ''}{clip.name}-"
            place = package / clip.subject / clip.name
            writers.write_frames(place, database, clip, _namer(stem, digits, extension))
    book = openpyxl.Workbook()
    book.active.title = "Sheet1"
    frames = ["OnsetF", "ApexF1", "ApexF2", "OffsetF"]
    book.active.append(["Subject", "Filename", None, *frames, None, "AUs", "Emotion"])
    for clip in clips:
        frames = [clip.onset, clip.apex, None, clip.offset]
        subject = int(clip.subject.removeprefix("sub"))
        book.active.append([subject, clip.name, None, *frames, None, writers.units_cell(clip), clip.emotion])
    return writers.save_book(book, folder / "CASME.xlsx")


def _namer(stem: str, digits: int, extension: str):
    return lambda number: f"{stem}{number:0{digits}d}.{extension}"
