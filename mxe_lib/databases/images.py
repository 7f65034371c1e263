"""Frames on disk: finding the image tree, listing a clip's frames by number, and reading them strictly.

OpenCV fills the missing part of a truncated JPEG with grey and says so only on stderr; flow computed on it would be
wrong without anyone noticing. Pillow refuses such a file, so it reads the frames here.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from mxe_lib.clips import Clip, Origin, Repair
from mxe_lib.errors import MxeError

MARKER = "SIMULATED.txt"
"""``simulation.writers`` puts a file of this name beside its packages: what lies there is never called real."""

_NUMBERED_IMAGE = re.compile(r"(?P<number>\d+)\.(jpe?g|png|bmp)", re.IGNORECASE)
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
        return read_frames(self.files(clip, numbers), self.folder)

    def fingerprint(self, clip: Clip, numbers: Sequence[int]) -> str:
        """A hash of the files' bytes."""
        return digest(self.files(clip, numbers), self.folder)


def origin_of(folder: Path) -> Origin:
    """Whether a database's folder holds real faces, or simulated ones that ``simulation.writers`` put there."""
    return "simulated" if (folder / MARKER).exists() else "real"


def shown(path: Path, root: Path) -> str:
    """``path`` as an error names it: from the database's own folder on, without the machine's part.

    >>> shown(Path("/data/casme2/Cropped/sub01"), Path("/data/casme2"))
    'casme2/Cropped/sub01'
    """
    return (Path(root.name) / path.relative_to(root)).as_posix()


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


def frame_files(folder: Path, root: Path) -> dict[int, Path]:
    """A clip's images by frame number, in numeric order: ``img9.jpg`` before ``img10.jpg``.

    The number is the last run of digits in the name, which covers ``img46.jpg``, ``reg_img46.jpg``,
    ``006_05562.jpg`` and ``reg_image090823.bmp``. A folder that is missing holds no frames.

    Raises:
        MxeError: if two files claim the same number.
    """
    files: dict[int, Path] = {}
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        match = None if path.name.startswith(".") else _NUMBERED_IMAGE.search(path.name)
        if match is None or match.end() != len(path.name):
            continue
        number = int(match["number"])
        if number in files:
            raise MxeError(
                f"{shown(folder, root)}: {files[number].name} and {path.name} are both frame {number}: remove one"
            )
        files[number] = path
    return dict(sorted(files.items()))


def read_image(path: Path, root: Path) -> np.ndarray:
    """One whole image: ``(H, W)`` uint8 if it is stored grey, else ``(H, W, 3)`` uint8 RGB.

    Raises:
        MxeError: if it is missing, not an image, or cut off.
    """
    try:
        with Image.open(path) as image:
            image.load()
            return np.asarray(image if image.mode == "L" else image.convert("RGB"))
    except FileNotFoundError:
        raise MxeError(f"{shown(path, root)} is missing: unpack the database again, or leave the clip out") from None
    except (OSError, SyntaxError, ValueError) as error:  # Pillow raises SyntaxError for some broken PNGs
        reason = str(error).splitlines()[0] if "cannot identify" not in str(error) else "not an image"
        raise MxeError(f"{shown(path, root)} is unreadable ({reason}): unpack the database again") from None


def read_frames(paths: Sequence[Path], root: Path) -> np.ndarray:
    """The images as one array ``(T, H, W)`` or ``(T, H, W, 3)`` uint8.

    Raises:
        MxeError: as ``read_image``, or if one differs from the first in size or colour.
    """
    frames: np.ndarray | None = None
    for index, path in enumerate(paths):
        image = read_image(path, root)
        if frames is None:
            frames = np.empty((len(paths), *image.shape), np.uint8)
        if image.shape != frames.shape[1:]:
            raise MxeError(
                f"{shown(path, root)} has shape {image.shape}, the clip's first frame {frames.shape[1:]}: "
                "keep one kind of image in a clip's folder"
            )
        frames[index] = image
    if frames is None:
        raise MxeError(f"{root.name}: no frame was asked for: name at least one frame number")
    return frames


def digest(paths: Sequence[Path], root: Path) -> str:
    """A hash of the files' bytes, in this order.

    Raises:
        MxeError: if one is missing or cannot be read.
    """
    total = hashlib.sha256()
    for path in paths:
        try:
            total.update(hashlib.sha256(path.read_bytes()).digest())
        except OSError as error:
            raise MxeError(f"{shown(path, root)} is missing or unreadable ({error.strerror})") from None
    return total.hexdigest()
