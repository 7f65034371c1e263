"""Images on disk, strictly read: whole, upright, and in 8 bits whatever they are stored in.

OpenCV fills the missing part of a truncated JPEG with grey and says so only on stderr; flow computed on it would be
wrong without anyone noticing. Pillow refuses such a file, so it reads the frames here.
"""

import contextlib
import hashlib
import struct
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from mxe_lib.databases import depth
from mxe_lib.databases.paths import shown
from mxe_lib.errors import MxeError


def read_image(path: Path, root: Path, factor: float = 1.0) -> np.ndarray:
    """One whole image: ``(H, W)`` uint8 if it is stored grey, else ``(H, W, 3)`` uint8 RGB; upright, as its EXIF says.

    Args:
        factor: of ``factor_of``, where the clip's images have more than eight bits.

    Raises:
        MxeError: if it is missing, not an image, cut off, or holds several.
    """
    return depth.to_8_bits(read_raw(path, root), factor, shown(path, root))


def read_frames(paths: Sequence[Path], root: Path, factor: float = 1.0) -> np.ndarray:
    """The images as one array ``(T, H, W)`` or ``(T, H, W, 3)`` uint8.

    Raises:
        MxeError: as ``read_image``, or if one differs from the first in size or colour.
    """
    frames: np.ndarray | None = None
    for index, path in enumerate(paths):
        image = read_image(path, root, factor)
        if frames is None:
            frames = np.empty((len(paths), *image.shape), np.uint8)
        demand_shape(image, frames.shape[1:], shown(path, root))
        frames[index] = image
    if frames is None:
        raise MxeError(f"{root.name}: no frame was asked for: name at least one frame number")
    return frames


def demand_shape(image: np.ndarray, first: tuple[int, ...], where: str, before: str = "the clip's first frame") -> None:
    """Raises MxeError if an image differs from the clip's first one, whose alignment serves all of them."""
    if image.shape != first:
        raise MxeError(f"{where} is {_kind(image.shape)}, {before} {_kind(first)}: cut all frames alike")


def factor_of(paths: Sequence[Path], root: Path) -> float:
    """What a clip's values are multiplied by to fit eight bits; one for the clip, so that no frame gets brighter.

    It is 1 where images are stored in eight bits, and where deeper ones hold no larger values. Else it drops as many of
    the lower bits as the brightest value has above eight: 10 or 12 bits are as good in files of 16. Floating-point
    values up to 1 become 255. Some pixels that are far brighter than all others do not count: see ``depth``.

    Args:
        paths: the clip's images, of which those count that are there.

    Raises:
        MxeError: as ``read_image``.
    """
    return scale_of(paths, root).factor


def scale_of(paths: Sequence[Path], root: Path) -> depth.Scale:
    """``factor_of``, and what a reader must know of it.

    Raises:
        MxeError: as there.
    """
    paths = [path for path in paths if path.exists()]
    if not any(_is_deep(path) for path in paths):
        return depth.Scale(1.0)
    return depth.scale_of_arrays((read_raw(path, root), shown(path, root)) for path in paths)


def read_raw(path: Path, root: Path) -> np.ndarray:
    """As ``read_image``, but deep images in their own type: uint16, int32 or float32.

    Raises:
        MxeError: as there.
    """
    name = shown(path, root)
    try:
        with opened(path) as image:
            if getattr(image, "n_frames", 1) > 1 and image.format != "MPO":  # a phone's JPEG with its depth map
                raise MxeError(f"{name} holds {image.n_frames} pictures: export each as a file, or name it as the clip")
            return pixels(image, path)
    except FileNotFoundError:
        raise MxeError(f"{name} is missing: unpack the database again, or leave the clip out") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise MxeError(f"{name} has more pixels than any frame: unpack it again") from None
    except UNREADABLE as error:
        raise MxeError(f"{name} is unreadable ({reason(error)}): unpack the database again") from None


def damage(path: Path) -> str | None:
    """What is wrong with the data of a JPEG that Pillow would show nonetheless; None for nothing, and other formats.

    A JPEG has no checksum: what still makes sense to a decoder is not noticed (one in twenty files that lost a hundred
    bytes, one in two with as many zeros, nine in ten with one other bit).
    """
    if path.suffix.lower() not in (".jpg", ".jpeg") or not path.is_file():
        return None
    import simplejpeg

    try:
        simplejpeg.decode_jpeg(path.read_bytes(), "GRAY", strict=True)
    except (ValueError, OSError) as error:
        # What is no JPEG under this ending, or of colours that it does not make grey, is Pillow's to judge.
        text = str(error).splitlines()[0] if str(error) else ""
        return text if text.startswith("Corrupt JPEG data") else None
    return None


def see_through(path: Path) -> bool:
    """Whether part of an image is transparent: its colours are read as they are, whatever a viewer shows there."""
    try:
        with opened(path) as image:
            return transparent(image)
    except UNREADABLE:
        return False  # reading it will say so


def transparent(image: Image.Image) -> bool:
    """The same of a picture that Pillow has open."""
    if not image.has_transparency_data or image.mode[:1] in "IF":  # Pillow knows no alpha of deep greys
        return False
    least, most = image.convert("RGBA").getchannel("A").getextrema()
    return least < 255 and not (image.format == "BMP" and most == 0)  # whose fourth byte mostly says nothing


FORMATS = ("BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP")
"""Of Pillow's formats those that frames come in. Of others, some are programs (EPS)."""

UNREADABLE = (
    OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, OverflowError, MemoryError,
    ZeroDivisionError, struct.error, Image.DecompressionBombError, Image.DecompressionBombWarning,
)  # fmt: skip
"""What Pillow raises for files that are broken or would fill the memory."""


def reason(error: Exception) -> str:
    """What one of ``UNREADABLE`` says, in a few words."""
    text = (str(error) or type(error).__name__).splitlines()[0]
    return "not an image" if "cannot identify" in text else text[:100]


def pixels(image: Image.Image, path: Path | None = None) -> np.ndarray:
    """A picture that Pillow has open, upright: grey ``(H, W)`` or RGB ``(H, W, 3)``; deep ones in their own type.

    Args:
        path: its file. Pillow keeps 16 bits of grey and cuts those of colour to eight, so OpenCV reads these.
    """
    deep, orientation = _deep(image), image.getexif().get(_ORIENTATION, 1)
    stored = [(tile[2], tile[3]) for tile in image.tile if tile[0] == "raw"]
    image.load()  # first of all, because it refuses what is cut off
    if image.format == "BMP" and path is not None:
        # Its rows end in idle bytes, whose lack Pillow does not mind: one byte that is gone moves all behind it.
        for offset, (_, row, *_) in stored:
            if path.stat().st_size < offset + row * image.height:
                raise ValueError("cut off")
    if deep and image.mode[:1] not in "IF" and path is not None:
        flags = cv2.IMREAD_ANYDEPTH | cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
        try:
            colours = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), flags)[..., ::-1]
        except (cv2.error, TypeError):
            raise ValueError("16 bits of colour, which cannot be read here") from None
        return _upright(colours, orientation)
    if image.format == "TIFF":
        orientation = 1  # Pillow has turned it
    if image.mode[:1] not in "IF" and image.mode != "L":
        image = image.convert("L" if image.mode in ("1", "LA") else "RGB")
    return _upright(np.asarray(image), orientation)


_ORIENTATION = 0x0112  # EXIF's tag


def _upright(image: np.ndarray, orientation: int) -> np.ndarray:
    """Turned and mirrored as the tag of EXIF says (1 = as it is)."""
    if orientation in (5, 6, 7, 8):
        image = image.swapaxes(0, 1)
    rows = -1 if orientation in (3, 4, 7, 8) else 1
    columns = -1 if orientation in (2, 3, 6, 7) else 1
    return np.ascontiguousarray(image[::rows, ::columns])


@contextlib.contextmanager
def opened(path: Path) -> Iterator[Image.Image]:
    """An image file, whose pixels are not read yet; one that would fill the memory raises one of ``UNREADABLE``."""
    if path.exists() and not path.is_file():
        raise OSError("not a file")  # a pipe would wait without end
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        # By its bytes: of a TIFF that it may map into memory by its name, Pillow turns the sides and not the pixels.
        with path.open("rb") as file, Image.open(file, formats=FORMATS) as image:
            yield image


def _is_deep(path: Path) -> bool:
    try:
        with opened(path) as image:  # by its content: a name may say JPEG of anything
            return _deep(image)
    except UNREADABLE:
        return False  # reading it will say so


def _deep(image: Image.Image) -> bool:
    return image.mode[:1] in "IF" or any(";16" in str(tile[3]) for tile in image.tile)


def _kind(shape: tuple[int, ...]) -> str:
    return f"{shape[1]} x {shape[0]} pixels in {'colour' if len(shape) == 3 else 'grey'}"


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
