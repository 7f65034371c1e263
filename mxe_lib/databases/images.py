"""What the importers share: a database's folder, its image tree, and the frames of its clips."""

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from mxe_lib.clips import Clip, Origin, Repair
from mxe_lib.compute import code, store
from mxe_lib.databases import pixels
from mxe_lib.databases.frames import shown

MARKER = "SIMULATED.txt"
"""``simulation.writers`` puts a file of this name beside its packages: what lies there is never called real."""

_DEPTH = 4  # CASME2_preprocessed_Li Xiaobai/Cropped/... and twice-nested packages lie two levels below the database


class ImageDatabase:
    """What the importers share once they know their clips; each says in ``files`` where a clip's images lie.

    Args:
        folder: the database's folder.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.origin = origin_of(self.folder)
        self.tree: Path | None = None
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
    """``root`` and the folders below it in sorted order; those for which ``stop`` holds are not entered or given."""
    yield root
    if depth == 0:
        return
    for child in sorted(root.iterdir()):
        # __MACOSX and dot folders repeat a package's names without its images.
        if child.is_dir() and not child.name.startswith((".", "__")) and not stop(child):
            yield from folders(child, stop, depth - 1)


def is_cropped(tree: Path, root: Path) -> bool:
    """Whether a tree's path says that its images are cropped to the face (``Cropped``, ``SAMM_CROP``, ...)."""
    return any(word in part.lower() for part in tree.relative_to(root).parts for word in ("crop", "preprocessed"))


def choose_tree(trees: Sequence[Path], root: Path, cropped: bool | None) -> Path | None:
    """The tree to read: raw unless only a cropped one is there, or as ``cropped`` demands; ``selected`` first."""
    if cropped is not None:
        trees = [tree for tree in trees if is_cropped(tree, root) == cropped]
    return min(
        trees,
        key=lambda tree: (is_cropped(tree, root), "selected" not in shown(tree, root).lower(), tree),
        default=None,
    )
