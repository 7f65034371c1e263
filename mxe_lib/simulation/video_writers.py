"""Simulated long videos in the layouts of SAMM Long Videos and CAS(ME)².

As ``writers``, whose functions these use: a package appears when it is whole, with ``SIMULATED.txt`` beside it. What is
written is any cohort of long videos (``videos.VideoDatabase``); subjects and videos get names of the layout's kind.
"""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import openpyxl
from PIL import Image

from mxe_lib.errors import MxeError
from mxe_lib.simulation import writers
from mxe_lib.videos import LongVideo, VideoDatabase

AT_ONCE = 50  # frames that are held in memory

_NOTES = {  # by row; the header follows on row 10
    1: "SAMM Long Videos: macro- and micro-movements, FACS coded (layout of release 2, simulated content)",
    3: "Frame numbers are those of the long video.",
    9: "Micro - 1/2: a micro-movement lasts half a second at most; longer ones are macro-movements.",
}


def write_samm_long(
    folder: str | Path,
    database: VideoDatabase,
    videos: Sequence[LongVideo] | None = None,
    *,
    release: int = 2,
    extension: str = "jpg",
) -> Path:
    """Write videos as SAMM Long Videos: workbook and ``SAMM_longvideos/006_1/006_1_0001.jpg``.

    The workbook has notes in rows 1-9 and the header on row 10, subjects as numbers, and ``Duration`` as a formula
    without a stored value; it has no emotions.

    Args:
        folder: the database's folder, such as ``MXE_DATA/samm_long``; made if need be.
        videos: which videos (default: all; rendering takes long).
        release: in the workbook's name.
        extension: ``jpg``, or ``png`` for images that come back to the bit.

    Returns:
        The workbook's path.

    Raises:
        MxeError: if the package is there already, or a video is called otherwise.
    """
    videos, folder = _named(database, videos, r"(\d{3})_(\d+)", r"\d{3}", "006_1 of subject 006"), Path(folder)
    with writers.new_package(folder, "SAMM_longvideos") as package:
        for video in videos:
            _write_video(package / video.name, database, video, lambda n, v=video: f"{v.name}_{n:04d}.{extension}")
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "FACS_Movement_Only"
    for number, note in _NOTES.items():
        sheet.cell(number, 1, note)
    frames = ["Onset", "Apex", "Offset", "Duration"]
    sheet.append(["Subject", "Filename", "Inducement Code", *frames, "Type", "Action Units", "Notes"])
    for video in videos:
        for count, one in enumerate(video.intervals, start=1):
            duration = f"=SUM(F{sheet.max_row + 1}-D{sheet.max_row + 1})+1"
            kind = "Micro - 1/2" if one.kind == "micro" else "Macro"
            names = [int(video.subject), f"{video.name}_{count}", int(video.name.split("_")[1])]
            units = "+".join(one.action_units) or None
            sheet.append([*names, one.onset, one.apex or 0, one.offset, duration, kind, units, None])
    return writers.save_book(book, folder / f"SAMM_LongVideos_V{release}_Release.xlsx")


STIMULI = {
    "0101": ("disgust1", "disgustingteeth"),
    "0102": ("disgust2", "eatingworms"),
    "0401": ("anger1", "girlcrashing"),
    "0402": ("anger2", "beatingpregnantwoman"),
    "0502": ("happy1", "funnyerrors"),
    "0503": ("happy2", "unnyfarting"),
    "0505": ("happy3", "funnyinnovations"),
    "0507": ("happy4", "climbingthewall"),
    "0508": ("happy5", "funnydunkey"),
}
"""What was shown, by its code: the name in the workbook, and what the folders add to the code."""


def write_casme_sq(
    folder: str | Path,
    database: VideoDatabase,
    videos: Sequence[LongVideo] | None = None,
    *,
    extension: str = "jpg",
) -> Path:
    """Write videos as CAS(ME)²: workbook and ``rawpic/s15/15_0101disgustingteeth/img001.jpg``.

    The workbook has no header and three sheets: codes, subjects, videos; an apex that nobody coded is 0.

    Args:
        folder: the database's folder, such as ``MXE_DATA/casme_sq``; made if need be.
        videos: which videos (default: all), called as ``15_0101`` of subject ``s15``, with a code of ``STIMULI``.
        extension: ``jpg``, or ``png`` for images that come back to the bit.

    Returns:
        The workbook's path.

    Raises:
        MxeError: if the package is there already, or a video is called otherwise.
    """
    videos = _named(database, videos, rf"\d+_({'|'.join(STIMULI)})", r"s\d+", "15_0101 of subject s15")
    folder = Path(folder)
    with writers.new_package(folder, "rawpic") as package:
        for video in videos:
            place = package / video.subject / f"{video.name}{STIMULI[video.name[-4:]][1]}"
            _write_video(place, database, video, lambda n: f"img{n:03d}.{extension}")
    book = openpyxl.Workbook()
    codes = book.active
    codes.title = "CASFEcode_final"
    subjects = list(dict.fromkeys(video.subject for video in videos))
    for video in videos:
        for count, one in enumerate(video.intervals, start=1):
            names = [subjects.index(video.subject) + 1, f"{STIMULI[video.name[-4:]][0]}_{count}"]
            frames, units = [one.onset, one.apex or 0, one.offset], "+".join(one.action_units) or None
            codes.append([*names, *frames, units, one.emotion, f"{one.kind}-expression", None])
    sheet = book.create_sheet("naming rule1")
    for number, subject in enumerate(subjects, start=1):
        sheet.append([None, subject, number])
    sheet = book.create_sheet("naming rule2")
    for code, (name, _) in STIMULI.items():
        sheet.append([code, name])
    return writers.save_book(book, folder / "CAS(ME)^2code_final.xlsx")


def _named(
    database: VideoDatabase, videos: Sequence[LongVideo] | None, name: str, subject: str, example: str
) -> list[LongVideo]:
    """The videos to write, all of which are called as in the layout."""
    videos = list(database.videos() if videos is None else videos)
    for video in videos:
        fits = re.fullmatch(name, video.name) and re.fullmatch(subject, video.subject)
        if not fits or int(re.sub(r"\D", "", video.subject)) != int(video.name.partition("_")[0]):
            raise MxeError(f"{video.id}: in this layout a video is called as {example}: rename it")
    return videos


def _write_video(place: Path, database: VideoDatabase, video: LongVideo, name: Callable[[int], str]) -> None:
    place.mkdir(parents=True)
    numbers = video.frame_numbers()
    for start in range(0, len(numbers), AT_ONCE):
        some = numbers[start : start + AT_ONCE]
        for number, frame in zip(some, database.frames(video, some), strict=True):
            options = {"quality": 97, "subsampling": 0} if name(number).endswith("jpg") else {}
            Image.fromarray(np.asarray(frame, np.uint8)).save(place / name(number), **options)
