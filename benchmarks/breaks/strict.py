"""Reads images and clips once more, and stricter than usual readers: what can be known to be damaged is refused.

A byte that is flipped in the middle of a picture may give another picture, and no reader on earth can know. But PNG has
checksums, JPEG an end, GIF a trailer, a video says how many frames it holds, and decoders know when data make no sense.
"""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import av
import cv2
import numpy as np
from PIL import Image, ImageOps, ImageSequence

from breaks.judge import quiet_below


def image(path: Path) -> np.ndarray | None:
    """``(H, W, 3)`` uint8 RGB, upright, 16 bits and floats scaled to 8; None if it is damaged, or no image."""
    if not path.is_file():
        return None
    data = path.read_bytes()
    if not _whole(data):
        return None
    try:
        with Image.open(io.BytesIO(data)) as opened:
            opened.load()
            return rgb(ImageOps.exif_transpose(opened))
    except Exception:
        return None


def rgb(picture: Image.Image) -> np.ndarray:
    if picture.mode.startswith("I;16"):
        picture = Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8))
    elif picture.mode == "I":
        picture = Image.fromarray((np.asarray(picture) // 256).astype(np.uint8))
    elif picture.mode == "F" and (pixels := np.asarray(picture)).max() <= 1:
        picture = Image.fromarray(np.round(255 * pixels).astype(np.uint8))
    return np.asarray(picture.convert("RGB"))


def animation(path: Path) -> list[np.ndarray] | None:
    """The frames of a GIF, PNG or WebP; None if it is damaged."""
    if not path.is_file() or not _whole(path.read_bytes()):
        return None
    try:
        with Image.open(path) as opened:
            frames = [np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(opened)]
            return frames if len(frames) == getattr(opened, "n_frames", 1) else None
    except Exception:
        return None


def video(path: Path) -> list[np.ndarray] | None:
    """The frames of a video; None if it is damaged, or none."""
    if not path.is_file():
        return None
    frames = []
    try:
        with quiet_below() as told, av.open(str(path)) as container:
            stream = container.streams.video[0]
            stream.codec_context.options = {"err_detect": "crccheck+bitstream+buffer+explode"}
            stream.thread_type = "NONE"
            for packet in container.demux(stream):
                if packet.is_corrupt:
                    return None
                frames += [frame.to_ndarray(format="rgb24") for frame in packet.decode()]
            seconds = float(stream.duration * stream.time_base) if stream.duration else None
            seconds = seconds or (container.duration / 1e6 if container.duration else None)
            expected = stream.frames or (round(seconds * float(stream.average_rate)) if seconds else len(frames))
            if told() or abs(expected - len(frames)) > (0 if stream.frames else 1):
                return None
    except Exception:
        return None
    return frames


def _whole(data: bytes) -> bool:
    """Whether the file's own marks of being whole are there."""
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        return _whole_png(data)
    if data[:2] == b"\xff\xd8":
        with quiet_below() as told:
            decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
            return decoded is not None and not told() and b"\xff\xd9" in data[-600:]
    if data[:2] == b"BM":
        return len(data) >= 6 and len(data) >= struct.unpack("<I", data[2:6])[0]
    if data[:3] == b"GIF":
        return _whole_gif(data)
    if data[:4] == b"RIFF":
        return len(data) >= 8 and len(data) >= 8 + struct.unpack("<I", data[4:8])[0]
    return True


def _whole_png(data: bytes) -> bool:
    place, pixels = 8, b""
    while place + 12 <= len(data):
        (length,), kind = struct.unpack(">I", data[place : place + 4]), data[place + 4 : place + 8]
        body = data[place + 8 : place + 8 + length]
        check = data[place + 8 + length : place + 12 + length]
        if len(check) < 4 or zlib.crc32(kind + body) != struct.unpack(">I", check)[0]:
            return False
        pixels += body if kind == b"IDAT" else b""
        if kind == b"IEND":
            try:
                return bool(zlib.decompress(pixels))
            except zlib.error:
                return False
        place += 12 + length
    return False


def _whole_gif(data: bytes) -> bool:
    """Walks over the blocks up to the trailer."""
    try:
        place = 13 + (3 << (data[10] & 7) + 1 if data[10] & 0x80 else 0)
        while data[place] != 0x3B:
            if data[place] == 0x2C:
                flags = data[place + 9]
                place += 11 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
            elif data[place] == 0x21:
                place += 2
            else:
                return False
            while data[place]:
                place += data[place] + 1
            place += 1
        return True
    except IndexError:
        return False
