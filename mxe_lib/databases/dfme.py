"""DFME: thousands of micro-expressions at 500, 300 and 200 fps; its training part has 1,856 rows.

Zhao, Tang, Mao, Liu, Zhang, Wang, Xu & Chen, "DFME: A new benchmark for dynamic facial micro-expression recognition",
IEEE Transactions on Affective Computing 15 (2024) 1371-1386. Images are licensed for research by the University of
Science and Technology of China: ask the authors; never publish a face beyond what the licence allows.
"""

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

from mxe_lib.clips import Clip, Repair
from mxe_lib.databases import images, workbook
from mxe_lib.databases.by_name import ByName
from mxe_lib.databases.choice import Candidate
from mxe_lib.databases.paths import listing, shown
from mxe_lib.errors import MxeError, one_line

PARTS = ("training", "testA", "testB")
RATES = (500, 300, 200)

CLASSES = {
    **dict.fromkeys(("anger", "contempt", "disgust", "fear", "sadness"), "negative"),
    "happiness": "positive",
    "surprise": "surprise",
}
"""Negative, positive, surprise as in MEGC 2019."""


class Dfme(ByName):
    """The database in ``folder``: up to three workbooks, and the images of their clips.

    Workbooks: ``training_full_with_AU.xlsx``, ``testA_full_with_AU.xlsx``, ``testB_full_with_AU.xlsx``; those that are
    there are read together. Which part one is, its name says (``testA`` or ``test_A`` anywhere in it; else it is taken
    for the training part). Every clip has the frame rate of its row.

    Images: ``DFME_train/sub0003_01/00012.png``, with or without a folder ``sub0003`` between; a clip's folder is found
    by its name at any nesting. Nothing is repaired; where the column ``EmotionId`` contradicts the emotion, it is told
    among the repairs.

    Arguments and errors: ``AnnotatedDatabase``; also if a clip stands in two parts.
    """

    name = "dfme"
    fps = 200  # of clips without a row, of which there are none
    columns = ("Subject", "Filename", "OnsetFrame", "ApexFrame", "OffsetFrame", "AU", "Emotion", "Fps")
    emotions = tuple(CLASSES)
    subjects, is_folder = "sub{:04d}", r"(?i)sub\d{4}(_\d+)?"
    package = ("sub0003_01/00012.png ...", "the image folders of training and test")
    official = (r"(?:DFME_)?(?:training|test_?[AB])_full(?:_with_AU)?\.xlsx", "training_full_with_AU.xlsx")
    packages = ()
    called = r"sub\d+_\d+"

    def ends(self, clip: Clip) -> tuple[tuple[str, ...], ...]:
        """See ``ByName``."""
        return ((clip.name,),)

    def image_name(self, clip: Clip, number: int) -> str:
        """What a frame's file should be called."""
        return f"{number:05d}.png"

    @staticmethod
    def part(path: Path) -> str:
        """Which part a workbook is, by its name.

        >>> [Dfme.part(Path(f"{stem}.xlsx")) for stem in ("DFME_test_A_full", "TESTB", "testAfull", "DFME_latest_all")]
        ['testA', 'testB', 'testA', 'training']
        """
        apart = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=test[AB])(?=[a-z])", "_", path.stem)
        match = re.search(r"(?<![a-z])test[^a-z]*([ab])(?![a-z])", apart.lower())
        return f"test{match[1].upper()}" if match else PARTS[0]

    def _unlisted(self) -> list[Path]:
        """Those of a part without a workbook are told with it."""
        found = []
        for path in super()._unlisted():
            names = path.relative_to(self.folder).parts
            test = any(re.search(r"(?<![a-z])test", name.lower()) for name in names)
            parts = {self.part(Path(name)) for name in names} - {PARTS[0]} or set(PARTS[1:] if test else PARTS[:1])
            found += [path] if parts & self._parts else []
        return found

    @staticmethod
    def repair(row: workbook.Row, clip_id: str, apex: str) -> None:
        """No apex is repaired."""

    def _find_book(self) -> tuple[Candidate, list[str]]:
        places = list(images.folders(self.folder, self.is_subject))
        files = [path for place in places for path in listing(place, self.folder) if path.suffix.lower() == ".xlsx"]
        known = {self.part(path) for path in files if not path.name.startswith(("~$", "."))}
        self._parts = known or {PARTS[0]}
        books, notes = [], []
        for part in [part for part in PARTS if part in known] or PARTS[:1]:
            book, passed_over = workbook.read_book(
                self.folder,
                self.columns,
                self.official,
                self._read,
                self.is_subject,
                lambda path, part=part: self.part(path) == part,
            )
            if part == PARTS[0] and re.search(r"(?<![a-z])test(?![a-z])", book.path.stem.lower()):
                raise MxeError(f"{book.place}: is it testA or testB? call it testA_full.xlsx or testB_full.xlsx")
            books.append(book)
            notes += passed_over
        lacking = [part for part in PARTS if part not in known]
        every = [path for place in places for path in listing(place, self.folder)]
        notes += [
            f"{shown(path, self.folder)} is not read: save it as .xlsx"
            for path in every
            if path.suffix.lower() in workbook.OTHER_FORMATS and self.part(path) in lacking
        ]
        notes += [f"no workbook of {' and '.join(lacking)}: their clips are not read"] if lacking else []
        clips: dict[str, tuple[Clip, str]] = {}
        for book in books:
            for clip in book.clips:
                if clip.id in clips:
                    raise MxeError(f"{book.place}: {clip.id} stands in {clips[clip.id][1]} as well: keep one of them")
                clips[clip.id] = clip, shown(book.path, self.folder)
        both = tuple(sorted((clip for clip, _ in clips.values()), key=images.natural))
        return replace(books[0], clips=both), notes

    def _read(self, rows: list[workbook.Row]) -> tuple[list[Clip], list[Repair]]:
        clips, repairs = super()._read(rows)
        repairs += self._other_ids(rows)
        rates = {(self.subject(row), row.name("Filename")): self._rate(row) for row in rows}
        return [replace(clip, fps=rates[clip.subject, clip.name]) for clip in clips], repairs

    def _other_ids(self, rows: list[workbook.Row]) -> list[Repair]:
        """The rows whose ``EmotionId``, where there is one, is that of another emotion in most of the others."""
        numbers = [(row, row.beside.get("emotionid")) for row in rows]
        said = [
            (row, str(number).strip(), row.text("Emotion").lower()) for row, number in numbers if number is not None
        ]
        often = Counter((number, word) for _, number, word in said)
        of_number = {number: word for (number, word), _ in reversed(often.most_common())}
        of_word = {word: number for (number, word), _ in reversed(often.most_common())}
        reason = "the row contradicts itself, by the ids of the others: the word is used"
        return [
            Repair(
                self.name,
                f"{self.name}/{self.subject(row)}/{row.name('Filename')}",
                "Emotion",
                f"{word}, EmotionId {one_line(number)}",
                word,
                reason,
            )
            for row, number, word in said
            if of_number[number] != word or of_word[word] != number
        ]

    @staticmethod
    def _rate(row: workbook.Row) -> int:
        text = row.required("Fps")
        if text not in map(str, RATES):
            rates = ", ".join(map(str, RATES))
            raise MxeError(f"{row.where('Fps')}: '{one_line(text)}' is not one of {rates}: correct the cell")
        return int(text)
