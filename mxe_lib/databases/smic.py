"""SMIC-HS: 164 micro-expressions of 16 subjects at 100 fps, from the authors' packages.

Li, Pfister, Huang, Zhao & Pietikainen, "A spontaneous micro-expression database: Inducement, collection and baseline",
IEEE FG 2013. Images are licensed for research by the University of Oulu: ask the authors; never publish a face beyond
what the licence allows.
"""

import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from mxe_lib.clips import CLASSES, Clip, Repair
from mxe_lib.databases import choice, images, paths
from mxe_lib.databases.frames import frame_files, left_out, overlooked
from mxe_lib.errors import MxeError

CLASS_CODES = {"ne": "negative", "po": "positive", "sur": "surprise"}
KNOWN_EMPTY = "smic/s18/s18_sur_03"
KNOWN_GAPS = {"smic/s3/s3_po_08": 2, "smic/s3/s3_sur_01": 1, "smic/s3/s3_sur_05": 1, "smic/s3/s3_ne_16": 1}
"""Clips of which the official cropped package lacks images, and how many."""

LONGEST_GAP = 2  # frames: what the cropped package is known to lack at most
LONGEST = 10_000  # from the first to the last frame number of a clip; the longest real one has 58
PACKAGES = ("smicallraw", "smic", "smicallcropped")


class Smic(images.ImageDatabase):
    """The database in ``folder``: no workbook, everything stands in the folder names.

    ``SMIC_all_raw/HS/s1/micro/positive/s1_po_01/image090823.bmp``, or ``SMIC_all_cropped/`` with ``reg_image...``, at
    any nesting; ``VIS``, ``NIR`` and ``non_micro`` are passed over. Subjects are not zero-padded. Class = folder, onset
    and offset = first and last frame number in the folder; there is no apex. Raw images are taken where both are there.

    Two faults of the cropped package are repaired: s18_sur_03, whose folder is empty, is left out, and a gap of one or
    two images inside a clip (s3_po_08, s3_sur_01, s3_sur_05, s3_ne_16) is filled by the frame before it, so that frame
    numbers keep counting time (at 100 fps a repeated frame is 10 ms old). Such a gap in another clip, or in the raw
    package, is filled, too, but is one of ``faults``. A longer gap counts as missing frames.

    Args:
        folder: the database's folder.
        cropped: True or False to demand the cropped or the raw images.

    Raises:
        MxeError: if there is no such tree, or several of which none is the package by its name, or a folder is
            misnamed, doubled or empty.
    """

    name = "smic"
    fps = 100

    def __init__(self, folder: str | Path, cropped: bool | None = None) -> None:
        super().__init__(folder)
        trees = [
            place
            for place in images.folders(
                self.folder, lambda path: self._is_subject(path) or paths.plain(path.name) in ("vis", "nir")
            )
            if any(map(self._is_subject, paths.listing(place, self.folder)))
        ]
        self.tree, self.notes = choice.choose_tree(trees, self.folder, cropped, PACKAGES, layers=("hs",))
        if self.tree is None:
            raise MxeError(
                f"{self.folder.name}/ holds no folders like HS/s1/micro/positive/s1_po_01/: unpack SMIC_all_raw there"
            )
        self._folders: dict[str, Path] = {}
        self.cropped = images.is_cropped(self.tree, self.folder)
        subjects = []
        for path in paths.listing(self.tree, self.folder):
            if self._is_subject(path):
                subjects.append(path)
            elif path.name.startswith((".", "__")):
                continue
            elif path.is_dir() and (
                re.fullmatch(r"s\d+", re.sub(r"\W|_", "", path.name.lower())) or (path / "micro").is_dir()
            ):
                raise MxeError(
                    f"{paths.shown(path, self.folder)}: like a subject's folder, and none: call it s1, s2, ..."
                )
        for subject in subjects:
            for emotion in self._folders_in(paths.below(subject, "micro", self.folder)):
                for place in self._folders_in(emotion):
                    self._add(place)
        there = {clip.id for clip in self._clips} | {repair.clip for repair in self._repairs}
        # Not every program that copies or unpacks keeps an empty folder.
        if (
            self.cropped
            and KNOWN_EMPTY not in there
            and any(int(paths.plain(path.name)[1:]) == 18 for path in subjects)
        ):
            self._leave_out(KNOWN_EMPTY, "no folder")
        self._clips.sort(key=images.natural)

    @staticmethod
    def listed(subject: str, name: str) -> tuple[str, str]:
        """``s1``, ``s1_ne_01`` of ``s01``, ``s01_ne_01``; also of 1 and ``S01_NE_01``."""
        return tuple("s" + text.lower().removeprefix("s").lstrip("0") for text in (subject, name))

    def files(self, clip: Clip, numbers: Sequence[int] | None = None) -> list[Path]:
        """The image files of these frames; short gaps filled, what else is missing named as it should be.

        Raises:
            MxeError: if the clip is not of this folder.
        """
        if clip.id not in self._folders:
            raise MxeError(f"{self.folder.name}/ holds no clip {clip.id}: take one of clips()")
        folder = self._folders[clip.id]
        files = frame_files(folder, self.folder)
        files |= {gap: files[before] for gap, before in _short_gaps(list(files)).items()}
        prefix = "reg_image" if self.cropped else "image"
        return [
            files.get(n, folder / f"{prefix}{n:06d}.bmp")
            for n in (clip.frame_numbers() if numbers is None else numbers)
        ]

    def _add(self, place: Path) -> None:
        """One clip folder ``<tree>/s1/micro/positive/s1_po_01`` becomes a clip, or a repair, or an error."""
        shown, emotion = paths.shown(place, self.folder), paths.plain(place.parent.name)
        match = re.fullmatch(r"s0*(\d+)_(ne|po|sur)_(\d+)", paths.plain(place.name))
        if match is None or emotion not in CLASSES:
            raise MxeError(
                f"{shown}: not a clip folder like s1/micro/positive/s1_po_01: rename it or move it out of micro/"
            )
        # Some copies pad the subjects (s01), as the composite's list does; the official package does not.
        subject, name = f"s{match[1]}", f"s{match[1]}_{match[2]}_{match[3]}"
        if CLASS_CODES[match[2]] != emotion or int(paths.plain(place.parents[2].name)[1:]) != int(match[1]):
            raise MxeError(f"{shown}: the name contradicts its folders: move it to the right subject and class")
        clip_id = f"smic/{subject}/{name}"
        if clip_id in self._folders:
            twin = paths.shown(self._folders[clip_id], self.folder)
            raise MxeError(f"{shown}: {clip_id} is there twice, also as {twin}: rename the wrong one")
        found = frame_files(place, self.folder)
        numbers = list(found)
        self.faults += [f"{clip_id}: {line}" for line in left_out(overlooked(place, found), place)]
        if not numbers and self.cropped and clip_id == KNOWN_EMPTY:
            self._leave_out(clip_id, "no image")
            return
        if not numbers:
            raise MxeError(f"{shown}: the folder holds no image: unpack the clip again")
        if numbers[-1] - numbers[0] > LONGEST:
            raise MxeError(
                f"{shown}: frame numbers from {numbers[0]} to {numbers[-1]} are no one clip's: move what is not of "
                "the package out of it"
            )
        gaps = _short_gaps(numbers)
        known = self.cropped and len(gaps) == KNOWN_GAPS.get(clip_id)
        if gaps and not known:
            lost = f"{len(gaps)} of {numbers[-1] - numbers[0] + 1} frames ({images.spans(list(gaps))})"
            self.faults.append(
                f"{clip_id} lacks {lost}, which no official package is known to lack: unpack it again; until then the "
                "frame before stands in for each"
            )
        for gap, before in gaps.items():
            reason = f"the image is not in the package{'' if known else ' here'}: the frame before stands in for it"
            self._repairs.append(Repair(self.name, clip_id, "frame", f"{gap} missing", str(before), reason))
        self._folders[clip_id] = place
        self._clips.append(
            Clip(self.name, subject, name, self.fps, numbers[0], None, numbers[-1], emotion, origin=self.origin)
        )

    def _leave_out(self, clip_id: str, found: str) -> None:
        reason = "its folder is empty in the cropped package: the clip is left out"
        self._repairs.append(Repair(self.name, clip_id, "clip", found, "left out", reason))

    def _is_subject(self, path: Path) -> bool:
        named = re.fullmatch(r"s\d{1,4}", paths.plain(path.name)) is not None
        return named and paths.is_folder(paths.below(path, "micro", self.folder), self.folder)

    def _folders_in(self, place: Path) -> list[Path]:
        return [path for path in paths.listing(place, self.folder) if paths.is_folder(path, self.folder)]


def _short_gaps(numbers: list[int]) -> dict[int, int]:
    """Missing number -> the present one before it, for gaps of at most ``LONGEST_GAP``.

    >>> _short_gaps([7, 8, 10, 20, 21])
    {9: 8}
    """
    return {
        gap: before
        for before, after in pairwise(numbers)
        if after - before - 1 <= LONGEST_GAP
        for gap in range(before + 1, after)
    }
