"""Frames on disk: finding the image tree, listing a clip's frames by number, and reading them strictly.

OpenCV fills the missing part of a truncated JPEG with grey and says so only on stderr; flow computed on it would be
wrong without anyone noticing. Pillow refuses such a file, so it reads the frames here.
"""

import hashlib
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
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
        paths = self.files(clip, numbers)
        with bombs_named(paths, self.folder):
            return read_frames(paths, self.folder)

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
    return one_line((Path(root.name) / path.relative_to(root)).as_posix(), 500)


def one_line(text: str, longest: int = 80) -> str:
    """Text of a cell or a file's name as a message quotes it: no line break, nothing unprintable, not too long.

    >>> one_line("EP02\\n01f"), one_line("x" * 90, 9)
    ('EP02?01f', 'xxxxxx...')
    """
    text = "".join(letter if letter.isprintable() else "?" for letter in text[: longest + 1])
    return text if len(text) <= longest else text[: longest - 3] + "..."


def listing(folder: Path, root: Path) -> list[Path]:
    """What a folder holds, sorted.

    Raises:
        MxeError: if it cannot be read.
    """
    try:
        return sorted(folder.iterdir())
    except OSError as error:
        raise _unreadable(folder, root, error) from None


def is_folder(path: Path, root: Path) -> bool:
    """Whether this is a folder; a right to look at it that is lacking is an error, not a no.

    Raises:
        MxeError: if it may not be looked at.
    """
    try:
        return path.is_dir()
    except OSError as error:
        raise _unreadable(path, root, error) from None


def is_file(path: Path) -> bool:
    """Whether this is a file with something in it: no folder, pipe or broken link."""
    try:
        return path.is_file() and path.stat().st_size > 0
    except OSError:
        return False


def _unreadable(path: Path, root: Path, error: OSError) -> MxeError:
    return MxeError(f"{shown(path, root)} cannot be read ({error.strerror}): mend its rights, or unpack it again")


@contextmanager
def bombs_named(paths: Sequence[Path], root: Path) -> Iterator[None]:
    """Turns Pillow's alarm about an image that would fill the memory into an error that names the file.

    Raises:
        MxeError: if reading ``paths`` within raised the alarm.
    """
    alarms = (Image.DecompressionBombWarning, Image.DecompressionBombError)
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            yield
        except alarms:
            raise MxeError(f"{_bomb(paths, root, alarms)} has more pixels than any frame: unpack it again") from None


def _bomb(paths: Sequence[Path], root: Path, alarms: tuple[type[Exception], ...]) -> str:
    for path in paths:
        try:
            Image.open(path).close()
        except alarms:
            return shown(path, root)
        except (OSError, SyntaxError, ValueError):
            continue
    return f"an image in {root.name}/"


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
