"""MMEW: 300 micro-expressions of 36 subjects at 90 fps, from the authors' package.

Ben, Ren, Zhang, Wang, Kpalma, Meng & Liu, "Video-based facial micro-expression analysis: A survey of datasets, features
and algorithms", IEEE Transactions on Pattern Analysis and Machine Intelligence 44 (2022) 5826-5846. Images are licensed
for research by Shandong University: ask the authors; never publish a face beyond what the licence allows.
"""

from types import MappingProxyType

from mxe_lib.clips import Clip, Repair
from mxe_lib.databases import workbook
from mxe_lib.databases.by_name import ByName

NO_OFFSET = (35, *range(37, 45), 144, 145, 147, 148, 150, 156, 158)
"""Rows of the workbook (the header is row 1) that are known to lack apex and offset."""

EMPTY = ("", "/", "-", "?", "nan", "none", "null")
"""What may stand in a cell that says nothing, in small letters."""

CLASSES = {
    **dict.fromkeys(("disgust", "fear", "anger", "sadness"), "negative"),
    "happiness": "positive",
    "surprise": "surprise",
}
"""Negative, positive, surprise as in MEGC 2019; ``others``, which some works call repression, has no class."""


class Mmew(ByName):
    """The database in ``folder``: ``MMEW_Micro_Exp.xlsx`` and the images of the micro-expressions.

    Images: ``Micro_Expression/anger/S13-07-001/1.jpg``; a clip's folder is found by its name at any nesting, where no
    folder above is called macro. Subjects may be numbers or ``S13``.

    Sixteen rows lack apex and offset: those clips are left out, where the cells are empty (or say ``/``). Public code
    fills them in with its own estimates; none is used here. Any other row without a number is an error.

    Arguments and errors: ``AnnotatedDatabase``.
    """

    name = "mmew"
    fps = 90
    columns = ("Subject", "Filename", "OnsetFrame", "ApexFrame", "OffsetFrame", "Action Units", "Estimated Emotion")
    emotions = (*CLASSES, "others", "other")
    subjects, is_folder = "S{:02d}", r"(?i)s\d\d-.*"
    package = ("anger/S13-07-001/1.jpg ...", "Micro_Expression")
    official = (r"MMEW_Micro_Exp(?:_v(\d+))?\.xlsx", "MMEW_Micro_Exp.xlsx")
    packages = ()
    apart = ("macro",)
    called = r"s\d+-\d+-\d+"
    synonyms = MappingProxyType({"repression": "others"})

    def ends(self, clip: Clip) -> tuple[tuple[str, ...], ...]:
        """See ``ByName``."""
        return ((clip.emotion, clip.name), (clip.name,))

    def image_name(self, clip: Clip, number: int) -> str:
        """What a frame's file should be called."""
        return f"{number}.jpg"

    def _read(self, rows: list[workbook.Row]) -> tuple[list[Clip], list[Repair]]:
        left_out, read = [], []
        for row in rows:
            ends = [row.text(column) for column in ("ApexFrame", "OffsetFrame")]
            if row.number in NO_OFFSET and all(text.lower() in EMPTY for text in ends):
                clip_id = f"{self.name}/{self.subject(row)}/{row.name('Filename')}"
                found = " and ".join(text or "(empty)" for text in ends)
                reason = "the workbook gives neither apex nor offset: the clip is left out"
                left_out.append(Repair(self.name, clip_id, "clip", found, "left out", reason))
            else:
                read.append(row)
        clips, repairs = super()._read(read or rows)
        return clips, left_out + repairs

    @staticmethod
    def repair(row: workbook.Row, clip_id: str, apex: str) -> None:
        """No apex is repaired."""
