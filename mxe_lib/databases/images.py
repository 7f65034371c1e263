"""What the importers share: a database's folder, its image tree, and the frames of its clips."""

import copy
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Self

import numpy as np

from mxe_lib.clips import Clip, Origin, Repair
from mxe_lib.compute import code, store
from mxe_lib.databases import pixels
from mxe_lib.databases.paths import is_folder, listing

MARKER = "SIMULATED.txt"
"""``simulation.writers`` puts a file of this name beside its packages: what lies there is never called real."""

_DEPTH = 4  # CASME2_preprocessed_Li Xiaobai/Cropped/... and twice-nested packages lie two levels below the database


class ImageDatabase:
    """What the importers share once they know their clips; each says in ``files`` where a clip's images lie.

    Args:
        folder: the database's folder.

    Attributes:
        notes: lines that say what was passed over, and for what; whoever opens the database prints them.
        faults: lines that say what the package should hold and doesn't, although its clips can be read.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.origin = origin_of(self.folder)
        self.tree: Path | None = None
        self.notes: list[str] = []
        self.faults: list[str] = []
        self._clips: list[Clip] = []
        self._repairs: list[Repair] = []
        self._factors: dict[str, float] = {}

    @staticmethod
    def listed(subject: str, name: str) -> tuple[str, str]:
        """Our names of a subject and clip of the composite's list."""
        return subject, name

    def clips(self) -> list[Clip]:
        """All usable clips, sorted by subject and name."""
        return list(self._clips)

    def reader(self) -> Self:
        """Itself without its lists, for a job that reads frames: with them, the jobs of n clips carry n lists of n."""
        lean = copy.copy(self)
        lean._clips, lean._repairs = [], []  # noqa: SLF001 (its own)
        return lean

    def repairs(self) -> list[Repair]:
        """What the importer's docstring says that it repairs, as far as it was found."""
        return list(self._repairs)

    def frames(self, clip: Clip, numbers: Sequence[int] | None = None) -> np.ndarray:
        """``(T, H, W)`` uint8 for grey images (SAMM), else ``(T, H, W, 3)`` uint8 RGB; see ``clips.Database``."""
        return pixels.read_frames(self.files(clip, numbers), self.folder, self._factor(clip))

    def fingerprint(self, clip: Clip, numbers: Sequence[int]) -> str:
        """A hash of the files' bytes, and of all else that the pixels depend on."""
        read = (pixels.digest(self.files(clip, numbers), self.folder), self._factor(clip), code.digest(pixels))
        return store.digest(repr(read))

    def _factor(self, clip: Clip) -> float:
        """``pixels.factor_of`` of the whole clip, whichever of its frames are asked for."""
        if clip.id not in self._factors:
            self._factors[clip.id] = pixels.factor_of(self.files(clip), self.folder)
        return self._factors[clip.id]


def origin_of(folder: Path) -> Origin:
    """Whether a database's folder holds real faces, or simulated ones that ``simulation.writers`` put there."""
    return "simulated" if (folder / MARKER).exists() else "real"


def natural(clip: Clip) -> tuple[int, str]:
    """Sorting key: subjects by number (s2 before s11), then clips by name."""
    return int(re.sub(r"\D", "", clip.subject)), clip.name


def folders(root: Path, stop: Callable[[Path], bool], depth: int = _DEPTH) -> Iterator[Path]:
    """``root`` and the folders below it in sorted order; those for which ``stop`` holds are not entered or given.

    Links are followed, but not back to a folder on the way.

    Raises:
        MxeError: if a folder cannot be read.
    """

    def walk(place: Path, way: tuple[Path, ...]) -> Iterator[Path]:
        yield place
        if len(way) > depth:
            return
        for child in listing(place, root):
            # __MACOSX and dot folders repeat a package's names without its images.
            if child.name.startswith((".", "__")) or not is_folder(child, root) or stop(child):
                continue
            if (target := child.resolve()) not in way:
                yield from walk(child, (*way, target))

    yield from walk(root, (root.resolve(),))


def is_cropped(tree: Path, root: Path) -> bool:
    """Whether a tree's path says that its images are cropped to the face (``Cropped``, ``SAMM_CROP``, ...)."""
    return any(word in part.lower() for part in tree.relative_to(root).parts for word in ("crop", "preprocessed"))


def stand_ins(numbers: Sequence[int], present: Sequence[int]) -> dict[int, int]:
    """For each number that is not present the present one before it, or the first where none is before.

    >>> stand_ins(range(6, 12), [7, 8, 10])
    {6: 7, 9: 8, 11: 10}
    """
    there = sorted(present)
    return {n: max((p for p in there if p < n), default=there[0]) for n in numbers if n not in set(there)}


def spans(numbers: Sequence[int]) -> str:
    """Sorted numbers, runs of them by their ends.

    >>> spans([3, 4, 5, 9])
    '3-5, 9'
    """
    runs = [list(run) for _, run in groupby(enumerate(numbers), lambda pair: pair[1] - pair[0])]
    return ", ".join(str(run[0][1]) if len(run) == 1 else f"{run[0][1]}-{run[-1][1]}" for run in runs)
