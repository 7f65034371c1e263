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


def write_casme3a(
    folder: str | Path,
    database: Database,
    clips: Sequence[Clip] | None = None,
    *,
    videos: bool = False,
    extension: str = "jpg",
) -> Path:
    """Write clips as CAS(ME)³ part A: workbook and ``Part_A_ME_clip/frame/spNo.1_a_355/355.jpg``.

    The workbook says ``spNO``, the folders ``spNo``; ``Filename`` is a letter, of which a subject may have several
    movements; action units stand between commas.

    Args:
        folder: the database's folder, such as ``MXE_DATA/casme3a``; made if need be.
        clips: which clips (default: all; rendering all frames takes long).
        videos: the other layout, ``ME_A/spNO.1/a/color/355.jpg``.
        extension: ``jpg``, or ``png`` for images that come back to the bit.

    Returns:
        The workbook's path.

    Raises:
        MxeError: if the package is there already.
    """
    clips, folder = list(database.clips() if clips is None else clips), Path(folder)
    with writers.new_package(folder, "ME_A" if videos else "Part_A_ME_clip") as package:
        for clip in clips:
            cut = f"{clip.subject.replace('NO', 'No')}_{clip.name}"
            place = package / clip.subject / clip.name[0] / "color" if videos else package / "frame" / cut
            writers.write_frames(place, database, clip, _namer("", 1, extension))
    book = openpyxl.Workbook()
    book.active.title = "label"
    book.active.append(["Subject", "Filename", "Onset", "Apex", "Offset", "AU", "Objective class", "emotion"])
    for clip in clips:
        units = ",".join(clip.action_units) or None
        frames = [clip.onset, clip.apex, clip.offset]
        book.active.append([clip.subject, clip.name[0], *frames, units, "VII", clip.emotion])
    return writers.save_book(book, folder / "cas(me)3_part_A_ME_label_JpgIndex_v2.xlsx")


def write_mmew(
    folder: str | Path, database: Database, clips: Sequence[Clip] | None = None, *, extension: str = "jpg"
) -> Path:
    """Write clips as MMEW: workbook and ``Micro_Expression/anger/S13-07-001/1.jpg``.

    Args:
        folder: the database's folder, such as ``MXE_DATA/mmew``; made if need be.
        clips: which clips (default: all; rendering all frames takes long).
        extension: ``jpg``, or ``png`` for images that come back to the bit.

    Returns:
        The workbook's path.

    Raises:
        MxeError: if the package is there already.
    """
    clips, folder = list(database.clips() if clips is None else clips), Path(folder)
    with writers.new_package(folder, "Micro_Expression") as package:
        for clip in clips:
            writers.write_frames(package / clip.emotion / clip.name, database, clip, _namer("", 1, extension))
    header = ["Subject", "Filename", "OnsetFrame", "ApexFrame", "OffsetFrame", "Action Units", "Estimated Emotion"]
    rows = [
        [
            int(clip.subject[1:]),
            clip.name,
            clip.onset,
            clip.apex,
            clip.offset,
            writers.units_cell(clip),
            clip.emotion,
            None,
        ]
        for clip in clips
    ]
    return _write_table(folder / "MMEW_Micro_Exp.xlsx", "Sheet1", [*header, "remarks"], rows)


def write_dfme(
    folder: str | Path,
    database: Database,
    clips: Sequence[Clip] | None = None,
    *,
    part: str = "training",
    extension: str = "png",
) -> Path:
    """Write clips as a part of DFME: workbook and ``DFME_train/sub0003_01/00012.png``.

    Args:
        folder: the database's folder, such as ``MXE_DATA/dfme``; made if need be.
        clips: which clips (default: all; rendering all frames takes long).
        part: ``training``, ``testA`` or ``testB``.
        extension: of the images.

    Returns:
        The workbook's path.

    Raises:
        MxeError: if the package is there already.
    """
    clips, folder = list(database.clips() if clips is None else clips), Path(folder)
    with writers.new_package(folder, f"DFME_{part.removesuffix('ing')}") as package:
        for clip in clips:
            writers.write_frames(package / clip.name, database, clip, _namer("", 5, extension))
    emotions = sorted({clip.emotion for clip in clips})
    header = ["Subject", "Filename", "OnsetFrame", "ApexFrame", "OffsetFrame", "Emotion", "EmotionId", "Fps", "AU"]
    rows = []
    for clip in clips:
        emotion = [clip.emotion, emotions.index(clip.emotion)]
        units = "+".join(clip.action_units) or None
        rows.append([clip.subject, clip.name, clip.onset, clip.apex, clip.offset, *emotion, clip.fps, units])
    return _write_table(folder / f"{part}_full_with_AU.xlsx", "Sheet1", header, rows)


def write_4dme(
    folder: str | Path,
    database: Database,
    clips: Sequence[Clip] | None = None,
    *,
    cropped: bool = False,
    extension: str = "jpg",
) -> Path:
    """Write clips as 4DME: workbook and ``gray_micro/S01/S01_1st_001_01_1/12.jpg``.

    Args:
        folder: the database's folder, such as ``MXE_DATA/4dme``; made if need be.
        clips: which clips (default: all; rendering all frames takes long).
        cropped: ``gray_micro_crop/``; simulated frames are not cropped further.
        extension: ``jpg``, or ``png`` for images that come back to the bit.

    Returns:
        The workbook's path.

    Raises:
        MxeError: if the package is there already.
    """
    clips, folder = list(database.clips() if clips is None else clips), Path(folder)
    with writers.new_package(folder, "gray_micro_crop" if cropped else "gray_micro") as package:
        for clip in clips:
            writers.write_frames(package / clip.subject / clip.name, database, clip, _namer("", 1, extension))
    units = sorted({unit.strip("LRABCDE") for clip in clips for unit in clip.action_units}, key=int)
    header = ["sub_ID", "fold_name", "Onset", "Apex", "Offset", "AUs", "Emotion", *[f"AU{unit}" for unit in units]]
    rows = []
    for clip in clips:
        coded = {unit.strip("LRABCDE") for unit in clip.action_units}
        emotion = " & ".join(word.capitalize() for word in clip.emotion.split("+"))
        frames = [clip.onset, clip.apex, clip.offset]
        rows.append(
            [clip.subject, clip.name, *frames, writers.units_cell(clip), emotion, *[int(u in coded) for u in units]]
        )
    return _write_table(folder / "4DME_Labelling_Micro_release v1.xlsx", "Sheet1", header, rows)


def _write_table(path: Path, title: str, header: list, rows: list[list]) -> Path:
    book = openpyxl.Workbook()
    book.active.title = title
    for row in (header, *rows):
        book.active.append(row)
    return writers.save_book(book, path)


def _namer(stem: str, digits: int, extension: str):
    return lambda number: f"{stem}{number:0{digits}d}.{extension}"
