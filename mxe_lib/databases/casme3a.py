"""CAS(ME)³ part A: 860 micro-expressions at 30 fps, from the authors' packages.

Li, Dong, Lu, Wang, Yan, Ma, Liu, Huang & Fu, "CAS(ME)³: A third generation facial spontaneous micro-expression database
with depth information and high ecological validity", IEEE Transactions on Pattern Analysis and Machine Intelligence 45
(2023) 2782-2800. Images are licensed for research by the Chinese Academy of Sciences: ask the authors; never publish a
face beyond what the licence allows.
"""

import re
from dataclasses import replace

from mxe_lib.clips import Clip, Repair
from mxe_lib.databases import workbook
from mxe_lib.databases.by_name import ByName
from mxe_lib.databases.corrections import Correction, corrected
from mxe_lib.errors import MxeError, one_line

AS_PRINTED = {
    ("spNO.216", "d", "3647", "2668", "2694"): ({"onset": 2647}, "a digit mistyped: it lies after the offset"),
    ("spNO.216", "e", "0", "0", "25"): ({"onset": 1, "apex": 1}, "there is no frame 0: the first is 1"),
}
"""Rows that are known to the digit (subject, letter, onset, apex, offset), and what is used."""

BY_ROW = {
    130: {"apex": None},
    710: {"offset": 34},
    798: {"offset": 1845},
    800: {"offset": 2403},
}
"""By the workbook's row (the header is row 1): what public code uses. What the rows print is not known here, so each is
used only where the printed numbers contradict each other. For row 130 public code has two apexes (123, 160): none is
used."""

CLASSES = {
    **dict.fromkeys(("disgust", "fear", "anger", "sad", "sadness"), "negative"),
    **dict.fromkeys(("happy", "happiness"), "positive"),
    "surprise": "surprise",
}
"""Negative, positive, surprise as in MEGC 2019; ``others`` has no class."""


class Casme3A(ByName):
    """The database in ``folder``: ``cas(me)3_part_A_ME_label_JpgIndex_v2.xlsx`` and the colour images.

    A subject's letter holds several movements, so a clip is called ``a_355``, after letter and onset. Images:
    ``Part_A_ME_clip/frame/spNO.1_a_355/355.jpg``, or ``ME_A/spNO.1/a/color/355.jpg``, at any nesting and in any case of
    letters; depth images are passed over.

    Six rows are repaired if they need it, see ``AS_PRINTED`` and ``BY_ROW``. Any other row whose numbers contradict
    each other is an error.

    Arguments and errors: ``AnnotatedDatabase``.
    """

    name = "casme3a"
    fps = 30
    columns = ("Subject", "Filename", "Onset", "Apex", "Offset", "AU", "emotion")
    emotions = (*CLASSES, "others", "other")
    subjects, is_folder = "spNO.{}", r"(?i)spno\.\d+.*"
    package = ("spNO.1_a_355/355.jpg ...", "Part_A_ME_clip")
    official = (r"cas\(me\)3_part_A_ME_label_JpgIndex_v(\d).*\.xlsx", "cas(me)3_part_A_ME_label_JpgIndex_v2.xlsx")
    packages = ()
    apart = ("depth", r"(?<![a-z])mae(?![a-z])", "macro")
    called = r"spno\.\d+_[a-z]_\d+"

    def ends(self, clip: Clip) -> tuple[tuple[str, ...], ...]:
        """See ``ByName``; a folder may be called after the onset as it is printed."""
        letter = clip.name.partition("_")[0]
        onsets = [str(clip.onset)]
        for who, its, onset, _, offset in AS_PRINTED:
            onsets += [onset] if (who, its, offset) == (clip.subject, letter, str(clip.offset)) else []
        cut = ((f"{clip.subject}_{letter}_{onset}",) for onset in onsets)
        return (*cut, (clip.subject, letter, "color"), (clip.subject, letter))

    def image_name(self, clip: Clip, number: int) -> str:
        """What a frame's file should be called."""
        return f"{number}.jpg"

    def _read(self, rows: list[workbook.Row]) -> tuple[list[Clip], list[Repair]]:
        read, repairs = [], []
        for row in rows:
            who, letter = self.subject(row), row.name("Filename")
            if re.fullmatch("[A-Za-z]", letter) is None:
                text = one_line(letter)
                raise MxeError(f"{row.where('Filename')}: '{text}' is not a letter, as videos have: correct the cell")
            row, made = self._corrected(row, who, letter.lower())
            name = f"{letter.lower()}_{row.frame('Onset')}"
            read.append(replace(row, cells={**row.cells, "Filename": name}))
            repairs += made
        clips, made = super()._read(read)
        known = {repair.clip for repair in repairs}
        return clips, repairs + [repair for repair in made if repair.clip not in known]

    def _corrected(self, row: workbook.Row, who: str, letter: str) -> tuple[workbook.Row, list[Repair]]:
        frames = [row.text(column) for column in self.columns[2:5]]
        columns = dict(zip(("onset", "apex", "offset"), self.columns[2:5], strict=True))
        if known := AS_PRINTED.get((who, letter, *frames)):
            used, reason = known
            clip_id = f"{self.name}/{who}/{letter}_{used['onset']}"
            return corrected(row, columns, clip_id, Correction(used, reason), lambda f: f["onset"] == used["onset"])
        if row.number not in BY_ROW:
            return row, []
        used = BY_ROW[row.number]
        reason = "the printed frames contradict each other: " + (
            "public code has two apexes, none of which is used"
            if used.get("apex", 1) is None
            else "as public code has it"
        )
        return corrected(row, columns, f"{self.name}/{who}/{letter}_{frames[0]}", Correction(used, reason))

    @staticmethod
    def repair(row: workbook.Row, clip_id: str, apex: str) -> Repair | None:
        """The repair that a row's apex needs: none is left where a correction took it away."""
        if apex or row.number not in BY_ROW:
            return None
        return Repair("casme3a", clip_id, "Apex", "(empty)", "none", "no apex is known")
