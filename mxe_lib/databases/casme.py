"""CASME: 189 micro-expressions of 19 subjects at 60 fps, from the authors' packages.

Yan, Wu, Liu, Wang & Fu, "CASME database: A dataset of spontaneous micro-expressions collected from neutralized faces",
IEEE FG 2013. The paper counts 195; public code reads 189 from the workbook. Images are licensed for research by the
Chinese Academy of Sciences: ask the authors; never publish a face beyond what the licence allows.
"""

from collections.abc import Mapping

from mxe_lib.clips import Clip, Repair
from mxe_lib.databases import images, paths, workbook
from mxe_lib.databases.annotated import AnnotatedDatabase
from mxe_lib.databases.corrections import Correction, corrected, in_order
from mxe_lib.databases.frames import frame_files

CORRECTIONS = {
    42: {"onset": 100, "offset": 149},
    44: {"onset": 101, "offset": 119},
    45: {"onset": 57, "offset": 74},
    56: {"offset": 40},
    142: {"offset": 142},
}
"""By the workbook's row (the header is row 1): the frames for which there are images, as public code has them. What the
rows print is not known here, so each is used only where the printed numbers contradict each other or the images."""

CLASSES = {
    **dict.fromkeys(("disgust", "repression", "sadness", "fear", "contempt"), "negative"),
    **dict.fromkeys(("happiness", "amusement"), "positive"),
    "surprise": "surprise",
}
"""Negative, positive, surprise as in MEGC 2019; ``tense`` has no class there."""


class Casme(AnnotatedDatabase):
    """The database in ``folder``: a workbook of any name and an image tree, at any of the usual nestings.

    Workbook: the columns of ``columns``, besides others (``ApexF2`` is not read). Images: ``CASME_raw_selected/`` or
    ``Cropped/``; ``sub01/EP01_5/EP01_5-46.jpg`` or ``reg_EP01_5-46.jpg``, the number padded or not. Raw images are
    taken where both are there.

    Five rows are repaired if they need it, see ``CORRECTIONS``; an apex that lies outside of the corrected frames is
    dropped, not replaced. Any other row whose numbers contradict each other is an error.

    Arguments and errors: ``AnnotatedDatabase``.
    """

    name = "casme"
    fps = 60
    columns = ("Subject", "Filename", "OnsetF", "ApexF1", "OffsetF", "AUs", "Emotion")
    emotions = (*CLASSES, "tense")
    subjects, is_folder = "sub{:02d}", r"sub\d\d"
    package = ("sub01/ ...", "CASME_raw_selected")
    official = (r"CASME(?:-coding)?\.xlsx", "casme.xlsx")
    packages = ("casmerawselected", "casmeraw", "casme", "cropped")

    def _read(self, rows: list[workbook.Row]) -> tuple[list[Clip], list[Repair]]:
        self.tree, _ = self._find_tree()  # the corrections ask the images
        read, repairs = [], []
        for row in rows:
            if row.number in CORRECTIONS:
                row, made = self._corrected(row)
                repairs += made
            read.append(row)
        clips, made = super()._read(read)
        return clips, repairs + [repair for repair in made if repair.clip not in {r.clip for r in repairs}]

    def _corrected(self, row: workbook.Row) -> tuple[workbook.Row, list[Repair]]:
        who, name = self.subject(row), row.name("Filename")
        place = self.tree and paths.below(paths.below(self.tree, who, self.folder), name, self.folder)
        files = frame_files(place, self.folder) if place else {}

        def fits(frames: Mapping[str, int | None]) -> bool:
            if not in_order(frames):
                return False
            return not files or all(number in files for number in range(frames["onset"], frames["offset"] + 1))

        columns = dict(zip(("onset", "apex", "offset"), self.columns[2:5], strict=True))
        used = CORRECTIONS[row.number]
        reason = "the printed frames do not fit the images: the frames of the images are used"
        for change in (used, {**used, "apex": None}):
            read, repairs = corrected(row, columns, f"{self.name}/{who}/{name}", Correction(change, reason), fits)
            if repairs:
                return read, repairs
        return row, []

    @staticmethod
    def repair(row: workbook.Row, clip_id: str, apex: str) -> Repair | None:
        """The repair that a row's apex needs: none is left where a correction of the frames took it away."""
        if row.number not in CORRECTIONS or apex:
            return None
        reason = "it lies outside of the images: the clip has no apex"
        return Repair("casme", clip_id, "ApexF1", "(empty)", "none", reason)

    def image_name(self, clip: Clip, number: int) -> str:
        """What a frame's file should be called."""
        return f"{'reg_' if images.is_cropped(self.tree, self.folder) else ''}{clip.name}-{number}.jpg"
