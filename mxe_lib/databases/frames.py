"""A folder's images as the frames of a clip: their order and their numbers, which the names say."""

import functools
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from mxe_lib.databases.paths import listing, shown
from mxe_lib.errors import MxeError

EXTENSIONS = {".bmp", ".jpeg", ".jpg", ".pgm", ".png", ".pnm", ".ppm", ".tif", ".tiff", ".webp"}
"""Of image files, lower case; what else lies in a clip's folder is passed over."""

LARGEST_NUMBER = 10**9
"""Of a frame. Larger ones are times or dates: they order the frames, and say nothing that can be counted with."""


@dataclass(frozen=True)
class Ordered:
    """A clip's images in the order of their frames.

    Attributes:
        files: by frame number, in order.
        counted: whether the numbers are places in that order, from 1 on, because the names hold no frame numbers.
    """

    files: dict[int, Path]
    counted: bool


def frame_files(folder: Path, root: Path) -> dict[int, Path]:
    """A database's images of one clip by frame number. A folder that is missing holds none.

    Raises:
        MxeError: as ``ordered``, or if the names hold no frame numbers, which the annotations speak of.
    """
    found = ordered(folder, root)
    if found.counted:
        raise MxeError(
            f"{shown(folder, root)}: {next(iter(found.files.values())).name} has no frame number in its name: the "
            "annotations count frames by it: unpack the database again"
        )
    return found.files


def ordered(folder: Path, root: Path) -> Ordered:
    """A clip's images in natural order, over all runs of digits in their names: ``img9.jpg`` before ``img10.jpg``.

    The frame number is the run that differs from image to image, wherever it stands: ``img46.jpg``, ``img (46).jpg``,
    ``46_crop.tif``, ``006_05562.jpg``, ``reg_image090823.bmp``.

    Args:
        folder: a folder that is missing holds no frames.
        root: what errors name paths from.

    Raises:
        MxeError: if the order cannot be told from the names.
    """
    names = [path.name for path in listing(folder, root)] if folder.is_dir() else []
    names = [name for name in names if Path(name).suffix.lower() in EXTENSIONS and not name.startswith(".")]
    try:
        found, counted = _ordered(tuple(names))
    except _Unclear as reason:
        raise MxeError(
            f"{shown(folder, root)}: the order of its images cannot be told ({reason}): keep the clip's frames alone "
            "in a folder, named by their numbers (img1.jpg, img2.jpg, ...)"
        ) from None
    return Ordered({number: folder / name for number, name in found.items()}, counted)


class _Unclear(Exception):
    """Why names do not tell their order."""


@dataclass(frozen=True)
class _Name:
    """A file's name; without its extension it is texts and, between them, numbers."""

    file: str
    texts: tuple[str, ...]
    digits: tuple[str, ...]

    @property
    def numbers(self) -> tuple[int, ...]:
        return tuple(map(int, self.digits))


@functools.lru_cache(maxsize=4096)  # each frame's files are asked for in turn
def _ordered(files: tuple[str, ...]) -> tuple[dict[int, str], bool]:
    """The files by frame number, in order; and whether they had to be counted."""
    if not files:
        return {}, False
    names = [_parts(file) for file in files]
    if len({name.digits for name in names}) == 1:
        return _by_letters(names)
    names, signed = _signs(names)
    names = sorted(_of_one_kind(names), key=lambda name: name.numbers)
    for one, other in pairwise(names):
        if one.numbers == other.numbers:
            raise _Unclear(f"{one.file} and {other.file} have the same number")
    varying = [column for column in zip(*(name.numbers for name in names), strict=True) if len(set(column)) > 1]
    decimals = _decimals(names)
    _demand_one_order(names, varying)
    # Of several that rise from frame to frame, such as a number and a time, the one that counts in ones, else the last.
    rising = [column for column in varying if all(before < after for before, after in pairwise(column))]
    number = next((column for column in rising if _counts(column)), rising[-1] if rising else None)
    plain = number is not None and number[-1] < LARGEST_NUMBER and not signed and not decimals
    numbers = number if plain else range(1, len(names) + 1)
    return {number: name.file for number, name in zip(numbers, names, strict=True)}, not plain


def _parts(file: str) -> _Name:
    parts = re.split(r"(\d+)", _plain(file))
    return _Name(file, tuple(parts[::2]), tuple(parts[1::2]))


def _plain(file: str) -> str:
    return unicodedata.normalize("NFC", Path(file).stem).casefold()


def _by_letters(names: Sequence[_Name]) -> tuple[dict[int, str], bool]:
    """Names that no number tells apart: one image, or a, b, c ..."""
    if len(names) == 1:
        known = bool(names[0].digits) and names[0].numbers[-1] < LARGEST_NUMBER
        return {names[0].numbers[-1] if known else 1: names[0].file}, not known
    stems = sorted((_plain(name.file), name.file) for name in names)
    letters = [set(letter) for letter in zip(*(stem for stem, _ in stems), strict=False)]
    differing = sum(len(letter) > 1 for letter in letters)
    if differing != 1 or len({len(stem) for stem, _ in stems}) > 1 or len(dict(stems)) < len(stems):
        raise _Unclear(f"no number tells {names[0].file} and {names[1].file} apart")
    return dict(enumerate((file for _, file in stems), start=1)), True


def _signs(names: list[_Name]) -> tuple[list[_Name], bool]:
    """Where some names have a minus before their number and some have none, it is a sign: -1 comes before 0."""
    bare = {(name.texts[0].removesuffix("-"), *name.texts[1:]) for name in names}
    if len(bare) == 1 and len({name.texts for name in names}) == 2:
        (texts,) = bare
        return [
            name if name.texts == texts else _Name(name.file, texts, (f"-{name.digits[0]}", *name.digits[1:]))
            for name in names
        ], True
    if all(name.texts[0] == "-" for name in names):
        raise _Unclear(f"does {names[0].file} begin with a dash or a minus?")
    return names, False


def _of_one_kind(names: list[_Name]) -> list[_Name]:
    """Names that are made alike; or that begin alike, and their first number is each one's own (``img7_onset.jpg``)."""
    first = names[0]
    other = next((name for name in names if name.texts != first.texts), None)
    if other is None:
        return names
    begins = {(name.texts[0], bool(name.digits)) for name in names}
    if len(begins) == 1 and first.digits and len({name.numbers[0] for name in names}) == len(names):
        return [_Name(name.file, (name.texts[0], ""), name.digits[:1]) for name in names]
    raise _Unclear(f"{first.file} and {other.file} are named in different ways")


def _demand_one_order(names: Sequence[_Name], varying: Sequence[tuple[int, ...]]) -> None:
    """Natural order stands unless another reading of the names is as good.

    That is a later number that counts the images without a gap, in another order (``x120_frame1``), or decimals with
    more and fewer places (is 1.25 before 1.3?).
    """
    one, other = names[0].file, names[1].file
    if len(names) > 2 and not _counts(varying[0]):
        for column in varying[1:]:
            if _counts(sorted(column)) and list(column) != sorted(column):
                raise _Unclear(f"{one} and {other} rise by one number, and count by another")
    if _decimals(names):
        values = [float(f"{name.digits[-2]}.{name.digits[-1]}") for name in names]
        if values != sorted(values):
            raise _Unclear(f"{one} and {other}: decimals, or two numbers?")


def _decimals(names: Sequence[_Name]) -> bool:
    """Whether what differs at the end of the names is a decimal, as of seconds: ``0.033.jpg``, ``t12.5_face.jpg``."""
    ends = {name.digits[-2:] for name in names}
    return len(ends) > 1 and all(len(name.digits) > 1 and name.texts[-2] == "." for name in names)


def _counts(column: Iterable[int]) -> bool:
    return all(after - before == 1 for before, after in pairwise(column))
