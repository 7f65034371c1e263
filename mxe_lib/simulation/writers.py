"""Simulated clips in the databases' official layouts, with the quirks of the originals.

They let the importers be tested without a licensed face, and show a student what the packages look like. Every package
gets a file ``SIMULATED.txt`` beside it, which the importers read: simulated clips are never called real.
"""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import openpyxl
from PIL import Image

from mxe_lib.clips import Clip, Database
from mxe_lib.compute import store
from mxe_lib.errors import MxeError

MARKER = "SIMULATED.txt"
"""A file of this name beside a package says that simulated faces lie there."""

# What is odd about single clips of the originals; the importers know these independently.
_NO_APEX = "casme2/sub04/EP12_01f"
_SADNESS_IN_2014 = ("casme2/sub24/EP07_01", "casme2/sub24/EP07_04f", "casme2/sub24/EP10_03")
_SAMM_TYPOS = {"samm/028/028_4_1": (1134, 1143), "samm/032/032_3_1": (4930, 1930)}  # true apex, as printed
_SMIC_EMPTY = "smic/s18/s18_sur_03"
_OBJECTIVE_CLASS = {"happiness": 1, "surprise": 2, "anger": 3, "disgust": 4, "sadness": 5, "fear": 6}  # all else: 7
_SMIC_MISSING = {"s3_po_08": 2, "s3_sur_01": 1, "s3_sur_05": 1, "s3_ne_16": 1}  # images the cropped package lacks

_SAMM_NOTES = {  # by row; the header follows on row 14
    1: "SAMM: micro-facial movements, FACS coded (layout of SAMM_Micro_FACS_Codes_v2, simulated content)",
    3: "Frame numbers are those of the long video.",
    4: "Intensity letters A-E follow the action unit; L, R, A, T stand before it.",
    13: "Micro - 1/2: a micro-movement lasts half a second at most.",
}


def write_casme2(
    folder: str | Path,
    database: Database,
    clips: Sequence[Clip] | None = None,
    *,
    year: int = 2014,
    nested: bool = True,
    cropped: bool = False,
) -> Path:
    """Write clips as CASME II distributes them: workbook and ``sub01/EP02_01f/img46.jpg``.

    The workbook has the blank columns C and G, the empty sheets 2 and 3, text subjects, action units as numbers where
    one alone stands there, and '/' for the apex of sub04 EP12_01f. The coding of 2019 adds ``Objective Classes`` and
    calls three clips of sub24 surprise that the one of 2014 calls sadness.

    Args:
        folder: the database's folder, such as ``MXE_DATA/casme2``; made if need be.
        clips: which clips (default: all; rendering all frames takes long).
        year: of the coding, 2014 or 2019.
        nested: ``CASME2_RAW_selected/CASME2_RAW_selected/`` as the package unpacks; raw images only.
        cropped: ``Cropped/`` with ``reg_img46.jpg``; simulated frames show the face alone and are not cropped further.

    Returns:
        The workbook's path.

    Raises:
        MxeError: if the year is none of the two, or the package is there already.
    """
    if year not in (2014, 2019):
        raise MxeError(f"year {year}: the codings are of 2014 and 2019")
    clips, folder = list(database.clips() if clips is None else clips), Path(folder)
    name, prefix = ("Cropped", "reg_img") if cropped else ("CASME2_RAW_selected", "img")
    with new_package(folder, name) as package:
        tree = package / name if nested and not cropped else package
        for clip in clips:
            write_frames(tree / clip.subject / clip.name, database, clip, lambda n: f"{prefix}{n}.jpg")
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Sheet1"
    book.create_sheet("Sheet2")
    book.create_sheet("Sheet3")
    header = ["Subject", "Filename", None, "OnsetFrame", "ApexFrame", "OffsetFrame", None, "Action Units"]
    header.append("Estimated Emotion")
    sheet.append(header + (["Objective Classes"] if year == 2019 else []))
    for clip in clips:
        apex = "/" if clip.id == _NO_APEX else clip.apex
        emotion = clip.emotion
        if clip.id in _SADNESS_IN_2014:
            emotion = "surprise" if year == 2019 else "sadness"
        numbers = [clip.onset, apex, clip.offset]
        row = [clip.subject.removeprefix("sub"), clip.name, None, *numbers, None, units_cell(clip), emotion]
        sheet.append(row + ([_OBJECTIVE_CLASS.get(emotion, 7)] if year == 2019 else []))
    return save_book(book, folder / f"CASME2-coding-{20140508 if year == 2014 else 20190701}.xlsx")


def write_samm(
    folder: str | Path,
    database: Database,
    clips: Sequence[Clip] | None = None,
    *,
    cropped: bool = False,
    extension: str = "jpg",
) -> Path:
    """Write clips as SAMM distributes them: workbook and ``SAMM/006/006_1_2/006_05562.jpg``.

    The workbook has notes in rows 1-13 and the header on row 14, ``Duration`` as a formula without a stored value,
    capitalised emotions, a trailing space after some action units, and the two mistyped apexes (028_4_1, 032_3_1).

    Args:
        folder: the database's folder, such as ``MXE_DATA/samm``; made if need be.
        clips: which clips (default: all; rendering all frames takes long).
        cropped: ``SAMM_CROP/``; simulated frames show the face alone and are not cropped further.
        extension: ``jpg`` or ``png``.

    Returns:
        The workbook's path.

    Raises:
        MxeError: if the package is there already.
    """
    clips, folder = list(database.clips() if clips is None else clips), Path(folder)
    with new_package(folder, "SAMM_CROP" if cropped else "SAMM") as package:
        for clip in clips:
            name = f"{clip.subject}_{{:05d}}.{extension}".format
            write_frames(package / clip.subject / clip.name, database, clip, name)
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "MICRO_ONLY"
    for number, note in _SAMM_NOTES.items():
        sheet.cell(number, 1, note)
    frames = ["Onset Frame", "Apex Frame", "Offset Frame"]
    coding = ["Action Units", "Estimated Emotion", "Objective Classes", "Notes"]
    sheet.append(["Subject", "Filename", "Inducement Code", *frames, "Duration", "Micro", *coding])
    for number, clip in enumerate(clips, start=15):
        true, typo = _SAMM_TYPOS.get(clip.id, (clip.apex, clip.apex))
        apex = typo if clip.apex == true else clip.apex
        units = "12+15 " if clip.action_units == ("12", "15") else units_cell(clip)
        frames = [clip.onset, apex, clip.offset]
        coding = [units, clip.emotion.capitalize(), _OBJECTIVE_CLASS.get(clip.emotion, 7), None]
        duration = f"=SUM(F{number}-D{number})+1"
        sheet.append([clip.subject, clip.name, int(clip.name.split("_")[1]), *frames, duration, "Micro - 1/2", *coding])
    return save_book(book, folder / "SAMM_Micro_FACS_Codes_v2.xlsx")


def write_smic(
    folder: str | Path, database: Database, clips: Sequence[Clip] | None = None, *, cropped: bool = False
) -> Path:
    """Write clips as SMIC distributes them, without a workbook.

    The layout is ``SMIC_all_raw/HS/s1/micro/positive/s1_po_01/image090823.bmp``, beside an empty ``non_micro``.

    Args:
        folder: the database's folder, such as ``MXE_DATA/smic``; made if need be.
        clips: which clips (default: all; rendering all frames takes long).
        cropped: ``SMIC_all_cropped/`` with ``reg_image...``, and without the images that the original lacks: all of
            s18_sur_03, one or two inside four clips of s3. Simulated frames are not cropped further.

    Returns:
        The image tree's path.

    Raises:
        MxeError: if the package is there already.
    """
    clips, folder = list(database.clips() if clips is None else clips), Path(folder)
    name, prefix = ("SMIC_all_cropped", "reg_image") if cropped else ("SMIC_all_raw", "image")
    with new_package(folder, name) as package:
        for clip in clips:
            subject = package / "HS" / clip.subject
            (subject / "non_micro").mkdir(parents=True, exist_ok=True)
            numbers = clip.frame_numbers()
            if cropped:
                middle, missing = len(numbers) // 2, _SMIC_MISSING.get(clip.name, 0)
                numbers = [] if clip.id == _SMIC_EMPTY else numbers[:middle] + numbers[middle + missing :]
            place = subject / "micro" / clip.emotion / clip.name
            write_frames(place, database, clip, f"{prefix}{{:06d}}.bmp".format, numbers)
    return folder / name / "HS"


def units_cell(clip: Clip) -> int | str | None:
    """Action units as the workbooks hold them: a lone number as a number, else text."""
    text = "+".join(clip.action_units)
    return int(text) if text.isdecimal() else text or None


def write_frames(
    place: Path,
    database: Database,
    clip: Clip,
    name: Callable[[int], str],
    numbers: Sequence[int] | None = None,
) -> None:
    place.mkdir(parents=True, exist_ok=True)
    numbers = clip.frame_numbers() if numbers is None else numbers
    if not numbers:
        return
    for number, frame in zip(numbers, database.frames(clip, numbers), strict=True):
        options = {"quality": 97, "subsampling": 0} if name(number).endswith("jpg") else {}
        Image.fromarray(np.asarray(frame, np.uint8)).save(place / name(number), **options)


@contextmanager
def new_package(folder: Path, name: str) -> Iterator[Path]:
    """A folder to fill that appears under its name only when it is whole."""
    partial = folder / f"{name}.partial"
    if (folder / name).exists():
        raise MxeError(f"{folder.name}/{name} is there already: name an empty folder")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MARKER).exists():
        raise MxeError(f"{folder.name}/ holds other files: name an empty folder for simulated clips")
    shutil.rmtree(partial, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    # First: a folder in which this process is killed can be filled again.
    (folder / MARKER).write_text("Simulated faces written by mxe_lib.simulation.writers: no person is shown.\n")
    partial.mkdir()
    try:
        yield partial
        os.replace(partial, folder / name)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        if [path.name for path in folder.iterdir()] == [MARKER]:
            (folder / MARKER).unlink()  # it failed: leave nothing that looks like a database


def save_book(book: openpyxl.Workbook, path: Path) -> Path:
    with store.whole(path) as partial:
        book.save(partial)
    return path
