"""SAMM: 159 micro-expressions of 29 subjects at 200 fps, grey, from the authors' packages.

Davison, Lansley, Costen, Tan & Yap, "SAMM: A spontaneous micro-facial movement dataset", IEEE Transactions on Affective
Computing 9 (2018) 116-129. Images are licensed for research by Manchester Metropolitan University: ask the authors;
never publish a face beyond what the licence allows.
"""

import re

from mxe_lib.clips import Clip, Repair
from mxe_lib.databases import subjects, workbook
from mxe_lib.databases.annotated import AnnotatedDatabase

APEX_TYPOS = {
    "samm/028/028_4_1": ("1143", "1134", "lies after the offset 1134: two digits swapped"),
    "samm/032/032_3_1": ("1930", "4930", "lies before the onset 4896: first digit mistyped"),
}
"""Apex as printed in the workbook, as used, and why; a copy that carries another number is taken at its word."""


class Samm(AnnotatedDatabase):
    """The database in ``folder``: ``SAMM_Micro_FACS_Codes_v2.xlsx``, or a workbook of any name, and the image tree.

    The header is found by its column names (row 14 in the official file); the formula column ``Duration`` is never
    read. Images: ``SAMM/006/006_1_2/006_05562.jpg`` or ``SAMM_CROP/`` with the same tree, jpg or png; the number is the
    frame's in the long video and equals the workbook's. Raw images are taken where both are there.

    Arguments and errors: ``AnnotatedDatabase``.
    """

    name = "samm"
    fps = 200
    columns = ("Subject", "Filename", "Onset Frame", "Apex Frame", "Offset Frame", "Action Units", "Estimated Emotion")
    emotions = ("anger", "contempt", "disgust", "fear", "sadness", "happiness", "surprise", "other")
    subjects, is_folder = "{:03d}", r"\d{3}"
    package = ("006/ ...", "the package SAMM")
    official = (r"SAMM_Micro_FACS_Codes_v(\d)\.xlsx", "SAMM_Micro_FACS_Codes_v2.xlsx")
    packages = ("samm", "sammcrop(ped)?")

    @classmethod
    def listed(cls, subject: str, name: str) -> tuple[str, str]:
        """``006``, ``006_1_2`` of 6 and ``6_1_2``."""
        return cls.subject_id(subject) or subject, re.sub(r"^\d+(?=_)", lambda match: match[0].zfill(3), name)

    def demand_same(self, row: workbook.Row, subject: str) -> None:
        """The subject of the row must be that of the clip's name: ``006`` of ``006_1_2``."""
        subjects.demand_same(subject, row.text("Filename"), row.where("Filename"), subjects.NUMBERED)

    @staticmethod
    def repair(row: workbook.Row, clip_id: str, apex: str) -> Repair | None:
        """The repair that a row's apex needs: one of ``APEX_TYPOS``."""
        typo, used, reason = APEX_TYPOS.get(clip_id, ("", "", ""))
        return Repair("samm", clip_id, "Apex Frame", apex, used, f"{apex} {reason}") if typo and apex == typo else None

    def image_name(self, clip: Clip, number: int) -> str:
        """What a frame's file should be called."""
        return f"{clip.subject}_{number:05d}.jpg"
