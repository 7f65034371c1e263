"""A folder's images as the frames of a clip: their order and their numbers, which the names say (``names``)."""

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mxe_lib.databases import names
from mxe_lib.databases.paths import listing, shown
from mxe_lib.errors import MxeError

EXTENSIONS = {".bmp", ".jpeg", ".jpg", ".pgm", ".png", ".pnm", ".ppm", ".tif", ".tiff", ".webp"}
"""Of image files, lower case; what else lies in a clip's folder is passed over."""

OTHER_IMAGES = {
    *(".apng", ".avif", ".cr2", ".dng", ".exr", ".gif", ".hdr", ".heic", ".heif", ".j2k", ".jfif", ".jp2", ".jpe"),
    *(".jxl", ".nef", ".pbm", ".pfm", ".raw", ".tga"),
}
"""Of images that are not read under this ending."""


@dataclass(frozen=True)
class Ordered:
    """A clip's images in the order of their frames.

    Attributes:
        files: by frame number, in order.
        counted: whether the numbers are places in that order, from 1 on, because the names hold no frame numbers.
        marks: by frame number, what the names count in: that number, or a time in a unit that they don't say; empty
            where that is not one number.
        notes: what a reader must know of the order.
    """

    files: dict[int, Path]
    counted: bool
    marks: dict[int, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def frame_files(folder: Path, root: Path) -> dict[int, Path]:
    """A database's images of one clip by frame number. A folder that is missing holds none.

    Raises:
        MxeError: as ``ordered``, or if the names hold no frame numbers, which the annotations speak of. Their order
            does not matter, so that numbers may jump.
    """
    found = _order(folder, root)
    if found.counted:
        raise MxeError(
            f"{shown(folder, root)}: {next(iter(found.files.values()))} has no frame number in its name: the "
            "annotations count frames by it: unpack the database again"
        )
    return {number: folder / name for number, name in found.files.items()}


def ordered(folder: Path, root: Path) -> Ordered:
    """A clip's images in natural order, over all runs of digits in their names: ``img9.jpg`` before ``img10.jpg``.

    The frame number is the run that differs from image to image, wherever it stands: ``img46.jpg``, ``img (46).jpg``,
    ``46_crop.tif``, ``006_05562.jpg``, ``reg_image090823.bmp``.

    Args:
        folder: a folder that is missing holds no frames.
        root: what errors name paths from.

    Raises:
        MxeError: if the order cannot be told from the names, or the numbers look as if they had begun anew.
    """
    found = _order(folder, root)
    if found.doubt:
        raise _unclear(folder, root, found.doubt)
    files = {number: folder / name for number, name in found.files.items()}
    return Ordered(files, found.counted, dict(zip(files, found.marks, strict=False)), found.notes)


def _order(folder: Path, root: Path) -> names.Order:
    there = [path.name for path in listing(folder, root)] if folder.is_dir() else []
    there = [name for name in there if Path(name).suffix.lower() in EXTENSIONS and not name.startswith(".")]
    try:
        return names.order(tuple(there))
    except names.Unclear as reason:
        raise _unclear(folder, root, str(reason)) from None


def _unclear(folder: Path, root: Path, reason: str) -> MxeError:
    return MxeError(
        f"{shown(folder, root)}: the order of its images cannot be told ({reason}): keep the clip's frames alone in a "
        "folder, named by their numbers (img1.jpg, img2.jpg, ...)"
    )


def overlooked(folder: Path, files: Mapping[int, Path]) -> list[Path]:
    """Images in a clip's folder or below it that are named like its frames and are none of them.

    Such are hidden ones, those with another ending or none, and the second half of a clip in a folder of its own. What
    has the same number as a frame stands beside it: a mask, a small picture.

    Args:
        files: the clip's frames.
    """
    if not files:
        return []
    used = {path.name for path in files.values()}
    shape = _shape([path.stem for path in files.values()])
    there = {shape(path.stem) for path in files.values()}
    kinds = {kind for kind, _ in there}
    found = []
    for path in _around(folder):
        if path.parent == folder and path.name in used:
            continue
        name, like = path.name.lstrip("._~"), set()
        for _ in range(3):  # img52.png, img52.png.part, img52
            like.add(shape(name))
            name = Path(name).stem
        if like & there or not any(kind in kinds for kind, _ in like):
            continue
        if looks_like_image(path):
            found.append(path)
    return found


def looks_like_image(path: Path) -> bool:
    """Whether a file is an image by one of its endings or its first bytes."""
    try:
        if not path.is_file():
            return False
        if {suffix.lower() for suffix in path.suffixes} & (EXTENSIONS | OTHER_IMAGES):
            return True
        with path.open("rb") as file:
            start = file.read(12)
    except OSError:
        return False
    formats = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"II*\0", b"MM\0*", b"BM", b"\0\0\0\x0cjP")
    return start.startswith(formats) or start[8:] in (b"WEBP", b"avif", b"heic", b"mif1")


def _shape(stems: Sequence[str]) -> Callable[[str], tuple[object, object]]:
    """What tells a stem of this clip from others, and what tells its frames apart."""
    stems = [names.plain(stem) for stem in stems]
    place = names.differing(stems)
    if place is not None and len({names.parts("", stem).digits for stem in stems}) == 1:  # a, b, c
        return lambda stem: ((names.plain(stem)[:place], names.plain(stem)[place + 1 :]), names.plain(stem)[place:][:1])

    labelled = len({names.parts("", stem).texts for stem in stems}) > 1  # img7_onset, img8

    def numbered(stem: str) -> tuple[object, object]:
        name = names.parts("", stem)
        if not name.digits:
            return (), ()
        return (name.texts[:1], name.numbers[:1]) if labelled else (name.texts, name.numbers)

    return numbered


def _around(folder: Path) -> Iterator[Path]:
    """What lies in a folder and in the folders of two levels below it, as far as it may be looked at."""
    levels = [[folder]]
    for _ in range(3):
        below = []
        for place in levels[-1]:
            with contextlib.suppress(OSError), os.scandir(place) as inside:
                for entry in sorted(inside, key=lambda entry: entry.name):
                    below += [Path(entry)] if entry.is_dir() else []
                    yield Path(entry)
        levels.append(below)


def left_out(found: Sequence[Path], folder: Path) -> list[str]:
    """A note on ``overlooked`` images, if there are any."""
    if not found:
        return []
    example = shown(found[0], folder).removeprefix(f"{folder.name}/")
    many = f"{len(found)} images that are named like its frames were not read, first {example}"
    one = f"An image that is named like its frames was not read: {example}"
    return [
        f"{one if len(found) == 1 else many}. What is a frame of the clip belongs beside the others, with an ending "
        "such as .png or .jpg that says what it holds."
    ]
