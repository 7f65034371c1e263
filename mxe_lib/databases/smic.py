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
from mxe_lib.databases import images
from mxe_lib.databases.frames import frame_files
from mxe_lib.errors import MxeError

CLASS_CODES = {"ne": "negative", "po": "positive", "sur": "surprise"}
KNOWN_EMPTY = "smic/s18/s18_sur_03"
LONGEST_GAP = 2  # frames: what the cropped package is known to lack at most


class Smic(images.ImageDatabase):
    """The database in ``folder``: no workbook, everything stands in the folder names.

    ``SMIC_all_raw/HS/s1/micro/positive/s1_po_01/image090823.bmp``, or ``SMIC_all_cropped/`` with ``reg_image...``, at
    any nesting; ``VIS``, ``NIR`` and ``non_micro`` are passed over. Subjects are not zero-padded. Class = folder, onset
    and offset = first and last frame number in the folder; there is no apex. Raw images are taken where both are there.

    Two faults of the cropped package are repaired: the empty folder s18_sur_03 is left out, and a gap of one or two
    images inside a clip (s3_po_08, s3_sur_01, s3_sur_05, s3_ne_16) is filled by the frame before it, so that frame
    numbers keep counting time (at 100 fps a repeated frame is 10 ms old). A longer gap counts as missing frames.

    Args:
        folder: the database's folder.
        cropped: True or False to demand the cropped or the raw images.

    Raises:
        MxeError: if there is no such tree, or a folder is misnamed, doubled or empty.
    """

    name = "smic"
    fps = 100

    def __init__(self, folder: str | Path, cropped: bool | None = None) -> None:
        super().__init__(folder)
        trees = [
            place
            for place in images.folders(self.folder, lambda path: _is_subject(path) or path.name in ("VIS", "NIR"))
            if any(_is_subject(path) for path in place.iterdir())
        ]
        self.tree = images.choose_tree(trees, self.folder, cropped)
        if self.tree is None:
            raise MxeError(
                f"{self.folder.name}/ holds no folders like HS/s1/micro/positive/s1_po_01/: unpack SMIC_all_raw there"
            )
        self._folders: dict[str, Path] = {}
        for subject in sorted(filter(_is_subject, self.tree.iterdir())):
            for place in sorted(subject.glob("micro/*/*/")):
                self._add(place)
        self._clips.sort(key=images.natural)

    @staticmethod
    def listed(subject: str, name: str) -> tuple[str, str]:
        """``s1``, ``s1_ne_01`` of ``s01``, ``s01_ne_01``."""
        return "s" + subject.removeprefix("s").lstrip("0"), "s" + name.removeprefix("s").lstrip("0")

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
        prefix = "reg_image" if images.is_cropped(self.tree, self.folder) else "image"
        return [
            files.get(n, folder / f"{prefix}{n:06d}.bmp")
            for n in (clip.frame_numbers() if numbers is None else numbers)
        ]

    def _add(self, place: Path) -> None:
        """One clip folder ``<tree>/s1/micro/positive/s1_po_01`` becomes a clip, or a repair, or an error."""
        shown, emotion = images.shown(place, self.folder), place.parent.name.lower()
        match = re.fullmatch(r"s0*(\d+)_(ne|po|sur)_(\d+)", place.name)
        if match is None or emotion not in CLASSES:
            raise MxeError(f"{shown}: not a clip folder like s1/micro/positive/s1_po_01: rename or remove it")
        # Some copies pad the subjects (s01), as the composite's list does; the official package does not.
        subject, name = f"s{match[1]}", f"s{match[1]}_{match[2]}_{match[3]}"
        if CLASS_CODES[match[2]] != emotion or int(place.parents[2].name[1:]) != int(match[1]):
            raise MxeError(f"{shown}: the name contradicts its folders: move it to the right subject and class")
        clip_id = f"smic/{subject}/{name}"
        if clip_id in self._folders:
            raise MxeError(f"{shown}: {clip_id} is there twice: remove one of the folders")
        numbers = list(frame_files(place, self.folder))
        if not numbers and clip_id != KNOWN_EMPTY:
            raise MxeError(f"{shown}: the folder holds no image: unpack the clip again or remove the folder")
        if not numbers:
            reason = "its folder is empty, as in the cropped package: the clip is left out"
            self._repairs.append(Repair(self.name, clip_id, "clip", "no image", "left out", reason))
            return
        for gap, before in _short_gaps(numbers).items():
            reason = "the image is not in the package: the frame before stands in for it"
            self._repairs.append(Repair(self.name, clip_id, "frame", f"{gap} missing", str(before), reason))
        self._folders[clip_id] = place
        self._clips.append(
            Clip(self.name, subject, name, self.fps, numbers[0], None, numbers[-1], emotion, origin=self.origin)
        )


def _is_subject(path: Path) -> bool:
    return re.fullmatch(r"s\d+", path.name) is not None and (path / "micro").is_dir()


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
