"""Databases with an annotation workbook beside an image tree: CASME II and SAMM."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from mxe_lib.clips import Clip, Repair
from mxe_lib.databases import choice, images, paths, subjects, units, workbook
from mxe_lib.databases.frames import frame_files
from mxe_lib.errors import MxeError, one_line


class AnnotatedDatabase(images.ImageDatabase):
    """Reads the workbook and finds the images; the importers say how theirs look.

    Attributes:
        name, fps: as in ``Clip``.
        columns: the workbook's columns for subject, file name, onset, apex, offset, action units and emotion; then
            others that it must have.
        emotions: the words that may stand in its emotion column, lower case.
        subjects: what a subject's folder is called, as a format of its number; is_folder: the same as a pattern.
        package: an example of the image tree and the package it comes in, for the message that it is missing.
        official: the workbook's official name: as a pattern with its date or version, and as messages write it.
        packages: names of the official image packages, and layers: of folders inside them; see ``choice.choose_tree``.
        synonyms: other words for its emotions that folders may be called after.
        lacking: clips of which the official cropped package lacks images, and how many; see ``_lacking``.

    Args:
        folder: the database's folder.
        cropped: True or False to demand the cropped or the raw images.

    Raises:
        MxeError: if the workbook is missing or has a fault; the message names file, row and column. Or if there are
            two workbooks or image trees, and neither is the official one by its name.
    """

    name: str
    fps: int
    columns: tuple[str, ...]
    emotions: tuple[str, ...]
    subjects: str
    is_folder: str
    package: tuple[str, str]
    official: tuple[str, str]
    packages: tuple[str, ...]
    layers: tuple[str, ...] = ()
    synonyms: Mapping[str, str] = MappingProxyType({})
    lacking: Mapping[str, int] = MappingProxyType({})

    def __init__(self, folder: str | Path, cropped: bool | None = None) -> None:
        super().__init__(folder)
        self._cropped = cropped
        book, notes = self._find_book()
        self.workbook, self._clips, self._repairs = book.path, list(book.clips), list(book.repairs)
        self.tree, passed_over = self._find_tree()
        self.notes = notes + passed_over + self._without_row() + self._other_class() + units.told(self._clips)
        self._stand_ins = {clip.id: self._lacking(clip) for clip in self._clips if clip.id in self.lacking}

    def is_subject(self, path: Path) -> bool:
        """Whether this is a subject's folder of images."""
        return re.fullmatch(self.is_folder, paths.plain(path.name), re.IGNORECASE) is not None and paths.is_folder(
            path, self.folder
        )

    @classmethod
    def subject_id(cls, text: str) -> str | None:
        """``sub01`` of ``01``, ``1`` or ``Sub01``: spreadsheet programs turn the text 01 into the number 1."""
        digits = text.lower().removeprefix(cls.subjects.partition("{")[0].lower())
        return cls.subjects.format(int(digits)) if digits.isdecimal() and len(digits) < 5 else None

    @classmethod
    def listed(cls, subject: str, name: str) -> tuple[str, str]:
        """Our names of a subject and clip of the composite's list; a subject that is none stays as it is."""
        return cls.subject_id(subject) or subject, name

    def subject(self, row: workbook.Row) -> str:
        """The subject's folder."""
        text = row.required("Subject")
        subject = self.subject_id(text)
        if subject is None:
            raise MxeError(f"{row.where('Subject')}: '{one_line(text)}' is not a subject number: correct the cell")
        self.demand_same(row, subject)
        return subject

    def demand_same(self, row: workbook.Row, subject: str) -> None:
        """The subject of the row must be that of the clip's name, if it begins with one; see ``subjects``."""
        column = self.columns[1]
        subjects.demand_same(subject, row.text(column), row.where(column))

    def place(self, clip: Clip) -> Path:
        """The folder of a clip's images, whether it exists or not."""
        return paths.below(paths.below(self.tree, clip.subject, self.folder), clip.name, self.folder)

    def files(self, clip: Clip, numbers: Sequence[int] | None = None) -> list[Path]:
        """The image files of these frames, whether they exist or not.

        Raises:
            MxeError: if the folder holds no image tree.
        """
        if self.tree is None:
            example, package = self.package
            raise MxeError(
                f"{self.folder.name}/ holds no image folder ({example}): unpack {package} there{self._hint()}"
            )
        folder = self.place(clip)
        files = frame_files(folder, self.folder)
        files |= {n: files[used] for n, used in self._stand_ins.get(clip.id, {}).items() if used in files}
        numbers = clip.frame_numbers() if numbers is None else numbers
        return [files.get(n, folder / self.image_name(clip, n)) for n in numbers]

    def _find_book(self) -> tuple[choice.Candidate, list[str]]:
        """The workbook, read, and a line for each that is passed over."""
        return workbook.read_book(self.folder, self.columns, self.official, self._read, self.is_subject)

    def _find_tree(self) -> tuple[Path | None, list[str]]:
        """The image tree, or None, and a line for each that is passed over."""
        trees = [
            place
            for place in images.folders(self.folder, self.is_subject)
            if any(self.is_subject(path) for path in paths.listing(place, self.folder))
        ]
        return choice.choose_tree(trees, self.folder, self._cropped, self.packages, self.layers)

    def _read(self, rows: list[workbook.Row]) -> tuple[list[Clip], list[Repair]]:
        keys = ("filename", "onset", "apex", "offset", "units", "emotion")
        return workbook.annotated_clips(
            rows,
            database=self.name,
            subject=self.subject,
            fps=self.fps,
            emotions=self.emotions,
            origin=self.origin,
            repair=self.repair,
            columns=dict(zip(keys, self.columns[1:7], strict=True)),
        )

    def _without_row(self) -> list[str]:
        """A line on clips that have images and do not stand in the workbook, if there are any."""
        if self.tree is None:
            return []
        listed = {self.place(clip) for clip in self._clips}
        found = [
            clip
            for subject in paths.listing(self.tree, self.folder)
            if self.is_subject(subject)
            for clip in paths.listing(subject, self.folder)
            if clip.is_dir() and not clip.name.startswith(".") and clip not in listed
        ]
        if not found:
            return []
        book = paths.shown(self.workbook, self.folder)
        return [f"{book} does not list {len(found)} clips that have images, first {paths.shown(found[0], self.folder)}"]

    def _hint(self) -> str:
        """What else to say where there is no image folder."""
        return ""

    def _other_class(self) -> list[str]:
        """A line on clips that lie in a folder called after another emotion than the workbook's, if there are any."""
        if self.tree is None:
            return []
        words = {word: word for emotion in self.emotions for word in emotion.split("+")}
        words |= {"other": "others", "happy": "happiness", "sad": "sadness", **self.synonyms}
        found = []
        for clip in self._clips:
            place = self.place(clip)
            mine = {words.get(word, word) for word in clip.emotion.split("+")}
            said = [part for part in place.relative_to(self.folder).parts[:-1] if part.lower() in words]
            if said and not mine & {words[part.lower()] for part in said}:
                found.append((clip, place))
        if not found:
            return []
        clip, place = found[0]
        several = f"{len(found)} clips lie" if len(found) > 1 else "1 clip lies"
        return [
            f"{several} in the folder of another emotion than {paths.shown(self.workbook, self.folder)} says, first "
            f"{paths.shown(place, self.folder)}, there {clip.emotion}: the workbook's is used; check which is right"
        ]

    def _lacking(self, clip: Clip) -> dict[int, int]:
        """Stand-ins for the images that the official cropped package lacks: exactly as many, else none."""
        if self.tree is None:
            return {}
        files = frame_files(self.place(clip), self.folder)
        # A package that was unpacked into a folder of another name still has its images' prefix.
        cropped = images.is_cropped(self.tree, self.folder) or any(p.name.startswith("reg_") for p in files.values())
        missing = [number for number in clip.frame_numbers() if number not in files]
        if not cropped or len(missing) != self.lacking[clip.id] or len(missing) > clip.length:
            return {}
        reason = "the official cropped package lacks these images: the frame before stands in for each"
        found = f"{images.spans(missing)} missing"
        self._repairs.append(Repair(self.name, clip.id, "frame", found, "the frame before", reason))
        return images.stand_ins(missing, [number for number in clip.frame_numbers() if number in files])
