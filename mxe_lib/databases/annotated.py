"""Databases with an annotation workbook beside an image tree: CASME II and SAMM."""

import re
from collections.abc import Sequence
from pathlib import Path

from mxe_lib.clips import Clip
from mxe_lib.databases import images, workbook
from mxe_lib.databases.frames import frame_files
from mxe_lib.errors import MxeError


class AnnotatedDatabase(images.ImageDatabase):
    """Reads the workbook and finds the images; the importers say how theirs look.

    Attributes:
        name, fps: as in ``Clip``.
        columns: the workbook's columns for subject, file name, onset, apex, offset, action units and emotion.
        emotions: the words that may stand in its emotion column, lower case.
        subjects: what a subject's folder is called, as a format of its number; is_folder: the same as a pattern.
        package: an example of the image tree and the package it comes in, for the message that it is missing.

    Args:
        folder: the database's folder.
        cropped: True or False to demand the cropped or the raw images.

    Raises:
        MxeError: if the workbook is missing or has a fault; the message names file, row and column.
    """

    name: str
    fps: int
    columns: tuple[str, ...]
    emotions: tuple[str, ...]
    subjects: str
    is_folder: str
    package: tuple[str, str]

    def __init__(self, folder: str | Path, cropped: bool | None = None) -> None:
        super().__init__(folder)
        self.workbook, rows = workbook.read_rows(self.folder, self.columns, self.is_subject)
        keys = ("filename", "onset", "apex", "offset", "units", "emotion")
        self._clips, self._repairs = workbook.annotated_clips(
            rows,
            database=self.name,
            subject=self.subject,
            fps=self.fps,
            emotions=self.emotions,
            origin=self.origin,
            repair=self.repair,
            columns=dict(zip(keys, self.columns[1:], strict=True)),
        )
        trees = [
            place
            for place in images.folders(self.folder, self.is_subject)
            if any(self.is_subject(path) for path in place.iterdir())
        ]
        self.tree = images.choose_tree(trees, self.folder, cropped)

    def is_subject(self, path: Path) -> bool:
        """Whether this is a subject's folder of images."""
        return re.fullmatch(self.is_folder, path.name) is not None and path.is_dir()

    def subject(self, row: workbook.Row) -> str:
        """``sub01`` of ``01``, ``1`` or ``sub01``: spreadsheet programs turn the text 01 into the number 1."""
        text = row.required("Subject").lower().removeprefix(self.subjects.partition("{")[0])
        if not text.isdecimal():
            raise MxeError(f"{row.where('Subject')}: '{text}' is not a subject number: correct the cell")
        return self.subjects.format(int(text))

    def files(self, clip: Clip, numbers: Sequence[int] | None = None) -> list[Path]:
        """The image files of these frames, whether they exist or not.

        Raises:
            MxeError: if the folder holds no image tree.
        """
        if self.tree is None:
            example, package = self.package
            raise MxeError(f"{self.folder.name}/ holds no image folder ({example}): unpack {package} there")
        folder = self.tree / clip.subject / clip.name
        files = frame_files(folder, self.folder)
        numbers = clip.frame_numbers() if numbers is None else numbers
        return [files.get(n, folder / self.image_name(clip, n)) for n in numbers]
