"""CASME II: 255 micro-expressions of 26 subjects at 200 fps, from the authors' packages.

Yan, Li, Wang, Zhao, Liu, Chen & Fu, "CASME II: An improved spontaneous micro-expression database and the baseline
evaluation", PLoS ONE 9 (2014) e86041. Images are licensed for research by the Chinese Academy of Sciences: ask the
authors; never publish a face beyond what the licence allows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mxe_lib.clips import Clip, Repair
from mxe_lib.databases import images, workbook
from mxe_lib.errors import MxeError

COLUMNS = ("Subject", "Filename", "OnsetFrame", "ApexFrame", "OffsetFrame", "Action Units", "Estimated Emotion")
EMOTIONS = ("happiness", "surprise", "disgust", "repression", "sadness", "fear", "others")
NO_APEX = "casme2/sub04/EP12_01f"


class Casme2:
    """The database in ``folder``: a coding workbook and an image tree, at any of the usual nestings.

    Workbook: ``CASME2-coding-20140508.xlsx`` or ``-20190701.xlsx`` under any name, with or without the blank columns.
    Images: ``CASME2_RAW_selected/`` (once or twice nested), ``CASME2-RAW/``, ``Cropped/``; ``sub01/EP02_01f/img46.jpg``
    or ``reg_img46.jpg``. Raw images are taken where both are there.

    One repair is made: sub04 EP12_01f has no apex ('/' in the official workbook, a patched number in some copies). The
    clip stays, with apex None.

    Args:
        folder: the database's folder.
        cropped: True or False to demand the cropped or the raw images.

    Raises:
        MxeError: if the workbook is missing or has a fault; the message names file, row and column.
    """

    name = "casme2"
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
        """All clips, sorted by subject and name; sub04 EP12_01f has apex None."""
        return list(self._clips)

    def repairs(self) -> list[Repair]:
        """The one repair of the class's docstring."""
        return list(self._repairs)

    def files(self, clip: Clip, numbers: Sequence[int] | None = None) -> list[Path]:
        """The image files of these frames, whether they exist or not.

        Raises:
            MxeError: if the folder holds no image tree.
        """
        if self.tree is None:
            raise MxeError(f"{self.folder.name}/ holds no image folder (sub01/ ...): unpack CASME2_RAW_selected there")
        folder = self.tree / clip.subject / clip.name
        files = images.frame_files(folder, self.folder)
        prefix = "reg_img" if images.is_cropped(self.tree, self.folder) else "img"
        return [
            files.get(n, folder / f"{prefix}{n}.jpg") for n in (clip.frame_numbers() if numbers is None else numbers)
        ]

    def frames(self, clip: Clip, numbers: Sequence[int] | None = None) -> np.ndarray:
        """``(T, H, W, 3)`` uint8 RGB; see ``clips.Database``."""
        return images.read_frames(self.files(clip, numbers), self.folder)

    def fingerprint(self, clip: Clip, numbers: Sequence[int]) -> str:
        """A hash of the files' bytes."""
        return images.digest(self.files(clip, numbers), self.folder)


def _is_subject(path: Path) -> bool:
    return re.fullmatch(r"sub\d\d", path.name) is not None and path.is_dir()


def _subject(row: workbook.Row) -> str:
    """``sub01`` of ``01``, ``1`` or ``sub01``: spreadsheet programs turn the text 01 into the number 1."""
    text = row.required("Subject").lower().removeprefix("sub")
    if not text.isdecimal():
        raise MxeError(f"{row.where('Subject')}: '{text}' is not a subject number: correct the cell")
    return f"sub{int(text):02d}"


def _repair(row: workbook.Row, clip_id: str, apex: str) -> Repair | None:
    if clip_id != NO_APEX:
        return None
    reason = "the official workbook gives no apex ('/'): the clip stays, but spotting and the composite leave it out"
    return Repair("casme2", clip_id, "ApexFrame", apex or "(empty)", "none", reason)
