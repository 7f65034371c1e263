"""Ways to store an image otherwise, under the name it had. Most lose nothing."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from random import Random

import cv2
import numpy as np
from PIL import Image


def _opened(path: Path) -> Image.Image:
    with Image.open(path) as image:
        image.load()
        return image.convert("L" if image.mode == "L" else "RGB")


def other_format(path: Path, rng: Random) -> str:
    kind = rng.choice(("PNG", "BMP", "TIFF", "GIF", "WEBP", "JPEG", "PPM"))
    options = {"WEBP": {"lossless": True}, "JPEG": {"quality": 97, "subsampling": 0}}.get(kind, {})
    _opened(path).save(path, format=kind, **options)
    return f"{kind} inside"


def sixteen_bits(path: Path, rng: Random) -> str:
    pixels = np.asarray(_opened(path)).astype(np.uint16) * 257
    kind = rng.choice((".png", ".tif"))
    ok, data = cv2.imencode(kind, pixels[..., ::-1] if pixels.ndim == 3 else pixels)
    assert ok
    path.write_bytes(data.tobytes())
    return f"16 bits, {kind[1:]} inside"


def palette(path: Path, rng: Random) -> str:
    _opened(path).quantize(256, dither=Image.Dither.NONE).save(path, format=rng.choice(("PNG", "GIF", "BMP")))
    return "palette"


def alpha(path: Path, rng: Random) -> str:
    """Nothing is transparent."""
    image = _opened(path)
    image.putalpha(255)
    image.save(path, format=rng.choice(("PNG", "TIFF", "WEBP")), lossless=True)
    return f"alpha ({image.mode})"


def cmyk(path: Path, rng: Random) -> str:
    kind = rng.choice(("JPEG", "TIFF"))
    _opened(path).convert("RGB").convert("CMYK").save(path, format=kind, **({"quality": 97} if kind == "JPEG" else {}))
    return f"CMYK, {kind} inside"


def grey_or_colour(path: Path, rng: Random) -> str:
    image = _opened(path)
    image.convert("RGB" if image.mode == "L" else "L").save(path)
    return f"{image.mode} turned into the other"


def turned(path: Path, rng: Random) -> str:
    """Stored lying on its side, with the note that says so."""
    back = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
    tag = rng.choice(list(back))
    exif = Image.Exif()
    exif[0x0112] = tag
    kind = rng.choice(("PNG", "JPEG", "TIFF"))
    options = {"quality": 97, "subsampling": 0} if kind == "JPEG" else {}
    _opened(path).transpose(back[tag]).save(path, format=kind, exif=exif, **options)
    return f"orientation {tag}, {kind} inside"


def other_size(path: Path, rng: Random) -> str:
    image = _opened(path)
    factor = rng.choice((0.5, 0.75, 2))
    size = [max(1, round(side * factor)) for side in image.size]
    if rng.random() < 0.3:
        size = [image.size[0], image.size[1] - 1]
    image.resize(size).save(path)
    return f"{size[0]} x {size[1]} pixels"


def on_its_side(path: Path, rng: Random) -> str:
    _opened(path).transpose(Image.Transpose.ROTATE_90).save(path)
    return "turned by 90 degrees"


def progressive(path: Path, rng: Random) -> str:
    _opened(path).save(path, format="JPEG", quality=97, subsampling=0, progressive=True, optimize=True)
    return "progressive JPEG inside"


def floats(path: Path, rng: Random) -> str:
    """Grey levels as floats, from 0 to 255 or, as many programs have them, from 0 to 1."""
    pixels = np.asarray(_opened(path).convert("L"), np.float32) / rng.choice((1, 255))
    Image.fromarray(pixels).save(path, format="TIFF")
    return f"floats up to {pixels.max():.1f}, TIFF inside"


def several(path: Path, rng: Random) -> str:
    """Two pictures in one file; the first is the one that it held."""
    image = _opened(path)
    other = Image.new(image.mode, image.size, 0)
    kind = rng.choice(("TIFF", "PNG", "GIF"))
    image.save(path, format=kind, save_all=True, append_images=[other])
    return f"two pictures in one file, {kind} inside"


def bomb(path: Path, rng: Random) -> str:
    """A few kilobytes that say they are 900 million pixels."""
    rows = zlib.compressobj()
    data = b"".join([*(rows.compress(bytes(3751 * 100)) for _ in range(300)), rows.flush()])
    head = struct.pack(">IIBBBBB", 30_000, 30_000, 1, 0, 0, 0, 0)
    parts = [(b"IHDR", head), (b"IDAT", data), (b"IEND", b"")]
    chunks = [struct.pack(">I", len(b)) + k + b + struct.pack(">I", zlib.crc32(k + b)) for k, b in parts]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(chunks))
    return "30,000 x 30,000 pixels in a small file"


STORED: dict[str, Callable[[Path, Random], str]] = {
    each.__name__: each
    for each in (other_format, sixteen_bits, palette, alpha, cmyk, grey_or_colour, turned, progressive, several)
}
"""The picture is the same, but for what the format rounds; ``strict.image`` says what it is now."""

ODD: dict[str, Callable[[Path, Random], str]] = {
    each.__name__: each for each in (other_size, on_its_side, floats, bomb)
}
"""Another picture, or none: must be told."""
