"""4DME: 267 micro-expressions of 41 subjects; of its modalities the grey videos, at 60 fps.

Li, Cheng, Li, Behzad, Shen, Zafeiriou, Pantic & Zhao, "4DME: A spontaneous 4D micro-expression dataset with
multimodalities", IEEE Transactions on Affective Computing 14 (2023) 3031-3047. Images are licensed for research by the
University of Oulu: ask the authors; never publish a face beyond what the licence allows.
"""

import re
from dataclasses import replace
from itertools import combinations

from mxe_lib.clips import Clip, Repair
from mxe_lib.databases import workbook
from mxe_lib.databases.by_name import ByName
from mxe_lib.databases.units import split_units
from mxe_lib.errors import MxeError, one_line

WORDS = ("positive", "negative", "surprise", "repression", "others")
"""The authors' five categories; a clip may have several, which stand here in this order, between ``+``."""

EMOTIONS = tuple("+".join(some) for n in range(1, len(WORDS) + 1) for some in combinations(WORDS, n))

_CLASS = {"positive": "positive", "negative": "negative", "surprise": "surprise", "repression": "negative"}

CLASSES = {
    words: _CLASS[words.partition("+")[0]]
    for words in EMOTIONS
    if len({_CLASS.get(word) for word in words.split("+")}) == 1 and words != "others"
}
"""Negative, positive, surprise where all of a clip's words say so; repression is negative as in MEGC 2019."""


_MARKED = re.compile(r"(?:AU\s*)?[LRATBUV]?(?<!\d)\d{1,2}[A-E]?\s*[(（]\s*k\s*[)）]", re.IGNORECASE)


class FourDme(ByName):
    """The database in ``folder``: ``4DME_Labelling_Micro_release v1.xlsx`` and the grey images.

    Images: ``gray_micro/<sub_ID>/<fold_name>/...`` or ``gray_micro_crop/``, found by these two names at any nesting,
    where no folder above says colour, RGB, depth or macro; how the images are called is not established, but their
    numbers must be the workbook's. Emotions may stand between ``+``, ``,``, ``/``, ``;``, ``&`` or ``and``.

    A unit that is marked ``(k)`` is left out of a clip's units, as public code does; what the mark means is not
    established. Public code also swaps the units of rows 146 and 147 with each other; since nothing in the workbook
    tells whether they are wrong, they stay as they are.

    Arguments and errors: ``AnnotatedDatabase``.
    """

    name = "4dme"
    fps = 60
    columns = ("sub_ID", "fold_name", "Onset", "Apex", "Offset", "AUs", "Emotion")
    emotions = EMOTIONS
    subjects, is_folder = "{}", r"gray_micro\w*"
    package = ("gray_micro/ ...", "the grey videos' images")
    official = (r"4DME_Labelling_Micro_release[ _]v(\d+)\.xlsx", "4DME_Labelling_Micro_release v1.xlsx")
    packages = ()
    apart = ("rgb", "colou?r", "depth", "macro")

    def ends(self, clip: Clip) -> tuple[tuple[str, ...], ...]:
        """See ``ByName``."""
        return ((clip.subject, clip.name),)

    def image_name(self, clip: Clip, number: int) -> str:
        """What a frame's file should be called, as far as it is known."""
        return f"{number}.jpg"

    def subject(self, row: workbook.Row) -> str:
        """The subject's folder, as it is written; it must hold a number, by which subjects are sorted."""
        text = row.name("sub_ID")
        if re.search(r"\d", text) is None:
            raise MxeError(f"{row.where('sub_ID')}: '{one_line(text)}' is not a subject: correct the cell")
        self.demand_same(row, text)
        return text

    @staticmethod
    def repair(row: workbook.Row, clip_id: str, apex: str) -> None:
        """No apex is repaired."""

    def _read(self, rows: list[workbook.Row]) -> tuple[list[Clip], list[Repair]]:
        read, repairs = [], []
        for row in rows:
            text = row.text("AUs")
            repairs += self._other_columns(row)
            unmarked = _MARKED.sub("+", text)
            if unmarked != text:
                kept = "+".join(split_units(unmarked))
                clip_id = f"{self.name}/{self.subject(row)}/{row.name('fold_name')}"
                reason = "units marked (k) are left out"
                repairs.append(Repair(self.name, clip_id, "AUs", text, kept or "none", reason))
                row = replace(row, cells={**row.cells, "AUs": kept})
            read.append(replace(row, cells={**row.cells, "Emotion": _emotion(row)}))
        clips, made = super()._read(read)
        return clips, repairs + made

    def _other_columns(self, row: workbook.Row) -> list[Repair]:
        """Whether the columns of single units (``AU4``), where there are any, say other units than ``AUs``."""
        columns = {int(title[2:]): cell for title, cell in row.beside.items() if re.fullmatch(r"au\d{1,2}", title)}
        here = {unit for unit, cell in columns.items() if str(cell).strip() in ("1", "1.0")}
        if not here:
            return []
        every, kept = (
            {int(number) for unit in split_units(text) for number in re.findall(r"\d+", unit)} & set(columns)
            for text in (_MARKED.sub(lambda match: f"+{match[0]}+", row.text("AUs")), _MARKED.sub("+", row.text("AUs")))
        )
        if kept <= here <= every:
            return []
        clip_id = f"{self.name}/{self.subject(row)}/{row.name('fold_name')}"
        found = f"{row.text('AUs')}, but columns {' '.join(f'AU{unit}' for unit in sorted(here))}"
        return [Repair(self.name, clip_id, "AUs", found, "AUs", "the row contradicts itself: the list is used")]


def _emotion(row: workbook.Row) -> str:
    """The words of the cell, in the order of ``WORDS``."""
    text = row.required("Emotion")
    words = [word for word in re.split(r"[+,，、/;&\s]+|\band\b", text.lower()) if word]
    words = ["others" if word == "other" else word for word in words]
    if not words or set(words) - set(WORDS):
        raise MxeError(
            f"{row.where('Emotion')}: unknown emotion '{one_line(text)}': one or several of {', '.join(WORDS)}"
        )
    return "+".join(word for word in WORDS if word in words)
