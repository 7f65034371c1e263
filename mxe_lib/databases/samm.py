"""SAMM: 159 micro-expressions of 29 subjects at 200 fps, grey, from the authors' packages.

Davison, Lansley, Costen, Tan & Yap, "SAMM: A spontaneous micro-facial movement dataset", IEEE Transactions on Affective
Computing 9 (2018) 116-129. Images are licensed for research by Manchester Metropolitan University: ask the authors;
never publish a face beyond what the licence allows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mxe_lib.clips import Clip, Repair
from mxe_lib.databases import images, workbook
from mxe_lib.errors import MxeError

COLUMNS = ("Subject", "Filename", "Onset Frame", "Apex Frame", "Offset Frame", "Action Units", "Estimated Emotion")
EMOTIONS = ("anger", "contempt", "disgust", "fear", "sadness", "happiness", "surprise", "other")

APEX_TYPOS = {
    "samm/028/028_4_1": ("1143", "1134", "lies after the offset 1134: two digits swapped"),
    "samm/032/032_3_1": ("1930", "4930", "lies before the onset 4896: first digit mistyped"),
}
"""Apex as printed in the workbook, as used, and why; a copy that carries another number is taken at its word."""


class Samm:
    """The database in ``folder``: ``SAMM_Micro_FACS_Codes_v2.xlsx`` under any name, and the image tree.

    The header is found by its column names (row 14 in the official file); the formula column ``Duration`` is never
    read. Images: ``SAMM/006/006_1_2/006_05562.jpg`` or ``SAMM_CROP/`` with the same tree, jpg or png; the number is the
    frame's in the long video and equals the workbook's. Raw images are taken where both are there.

    Args:
        folder: the database's folder.
        cropped: True or False to demand the cropped or the raw images.

    Raises:
        MxeError: if the workbook is missing or has a fault; the message names file, row and column.
    """

    name = "samm"
    fps = 200

    def __init__(self, folder: str | Path, cropped: bool | None = None) -> None:
        self.folder = Path(folder)
        self.origin = images.origin_of(self.folder)
        self.workbook, rows = workbook.read_rows(self.folder, COLUMNS, _is_subject)
        self._clips, self._repairs = workbook.annotated_clips(
            rows,
            database=self.name,
            subject=_subject,
            fps=self.fps,
            emotions=EMOTIONS,
            origin=self.origin,
            repair=_repair,
            columns=dict(zip(("filename", "onset", "apex", "offset", "units", "emotion"), COLUMNS[1:], strict=True)),
        )
        trees = [
            place for place in images.folders(self.folder, _is_subject) if any(_is_subject(p) for p in place.iterdir())
        ]
        self.tree = images.choose_tree(trees, self.folder, cropped)

    def clips(self) -> list[Clip]:
        """All clips, sorted by subject and name."""
        return list(self._clips)

    def repairs(self) -> list[Repair]:
        """The apexes of ``APEX_TYPOS`` that were found and corrected."""
        return list(self._repairs)

    def files(self, clip: Clip, numbers: Sequence[int] | None = None) -> list[Path]:
        """The image files of these frames, whether they exist or not.

        Raises:
            MxeError: if the folder holds no image tree.
        """
        if self.tree is None:
            raise MxeError(f"{self.folder.name}/ holds no image folder (006/ ...): unpack the package SAMM there")
        folder = self.tree / clip.subject / clip.name
        files = images.frame_files(folder, self.folder)
        return [
            files.get(n, folder / f"{clip.subject}_{n:05d}.jpg")
            for n in (clip.frame_numbers() if numbers is None else numbers)
        ]

    def frames(self, clip: Clip, numbers: Sequence[int] | None = None) -> np.ndarray:
        """``(T, H, W)`` uint8 grey; see ``clips.Database``."""
        return images.read_frames(self.files(clip, numbers), self.folder)

    def fingerprint(self, clip: Clip, numbers: Sequence[int]) -> str:
        """A hash of the files' bytes."""
        return images.digest(self.files(clip, numbers), self.folder)


def _is_subject(path: Path) -> bool:
    return re.fullmatch(r"\d{3}", path.name) is not None and path.is_dir()


def _subject(row: workbook.Row) -> str:
    """``006`` of ``006`` or 6."""
    text = row.required("Subject")
    if not text.isdecimal():
        raise MxeError(f"{row.where('Subject')}: '{text}' is not a subject number: correct the cell")
    return f"{int(text):03d}"


def _repair(row: workbook.Row, clip_id: str, apex: str) -> Repair | None:
    typo, used, reason = APEX_TYPOS.get(clip_id, ("", "", ""))
    return Repair("samm", clip_id, "Apex Frame", apex, used, f"{apex} {reason}") if typo and apex == typo else None
