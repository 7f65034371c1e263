"""How films lie in files: some hold several, side by side or one behind the other, of which one is read."""

import contextlib
import struct
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

GOES_ON = ("avi", "mkv")
"""Formats of which FFmpeg reads on where a second one begins."""

WRITING = ("ansi", "bintext", "idf", "xbin")
"""Decoders that draw a text file's letters: a film of notes.txt."""

ENOUGH = 600
"""Packets after which a stream that has had one picture is no film."""

OLD_QUICKTIME = (b"moov", b"mdat", b"wide", b"free", b"skip")
"""How a film may begin that does not say its kind."""

WMV = bytes.fromhex("3026b2758e66cf11")
WMV_PARTS = tuple(map(bytes.fromhex, ("3626b2758e66cf11", "90080033b1e5cf11", "d329e2d6da35d111")))
"""How the parts of a Windows Media file begin: its head; its data and indexes."""


def films(path: Path) -> list[str]:
    """The formats of the films that begin in a file, in their order: ``["mp4", "mp4"]``.

    Nothing is decoded. MPEG streams and live recordings, which say nowhere how long they are, are one; where they were
    joined, their clock starts again.
    """
    with path.open("rb") as file:
        return [kind for kind, _ in _begun(file)]


def followed(path: Path) -> str | None:
    """A note where another film follows after the end of a file's first one."""
    kinds = films(path)
    if len(kinds) < 2:
        return None
    both = kinds[0] == kinds[1] and kinds[0] in GOES_ON
    what = "they are read as one" if both else "only the first is read"
    return f"The file holds {len(kinds)} films, one after the other, as if files had been joined: {what}."


def fragments(path: Path) -> tuple[bool, bool]:
    """Of an MP4: whether it is in fragments and has no list of them at its end; and whether it ends within one."""
    place, kinds, size = 0, set(), path.stat().st_size
    with path.open("rb") as file:
        while place + 8 <= size:
            file.seek(place)
            head = file.read(16)
            kinds.add(head[4:8])
            length = int.from_bytes(head[8:16] if head[:4] == b"\0\0\0\1" else head[:4], "big")
            place = place + length if length >= 8 else size  # 0: as far as the file goes
    without = b"moof" in kinds and b"mfra" not in kinds
    return without, without and place != size


def slowed(container, stream) -> str | None:
    """A note where the camera says that it took more or fewer frames a second than the file shows."""
    try:
        taken = float(container.metadata.get("com.android.capture.fps", "nan"))
    except ValueError:
        return None
    shown = float(stream.average_rate or 0)
    if not shown or not 0 < taken < 100_000 or abs(taken / shown - 1) <= 0.05:
        return None
    return (
        f"The camera took {taken:.4g} frames a second, and the file shows {shown:.4g}: slow motion or time lapse, "
        f"whose times are right with --fps {taken:.4g}."
    )


def _begun(file: BinaryIO) -> Iterator[tuple[str, int]]:
    """Format and place of each film's first byte."""
    place = movies = 0
    while True:
        file.seek(place)
        head = file.read(24)
        kind = _kind(head)
        if kind is None and place == 0 and head[4:8] in OLD_QUICKTIME:
            kind = "mp4"
        movies += head[4:8] == b"moov"
        if kind is not None or movies == 2:
            yield kind or "mp4", place
            movies = int(head[4:8] == b"moov")
        length = _length(file, place, head, kind)
        if length is None:
            return
        place += length


def _kind(head: bytes) -> str | None:
    if head[4:8] == b"ftyp":
        return "mp4"
    if head[:4] == b"RIFF" and head[8:12] in (b"AVI ", b"WEBP"):
        return "avi" if head[8:12] == b"AVI " else "webp"
    starts = {b"\x1a\x45\xdf\xa3": "mkv", b"\x89PNG\r\n\x1a\n": "png", b"GIF87a": "gif", b"GIF89a": "gif"}
    starts |= {b"FLV\x01": "flv", WMV: "wmv"}
    return next((kind for start, kind in starts.items() if head.startswith(start)), None)


def _length(file: BinaryIO, place: int, head: bytes, kind: str | None) -> int | None:
    """Bytes of the part of a file that begins here; None where that cannot be told, or the file ends."""
    walk: Callable[[BinaryIO, int], int | None] | None = {"png": _png, "gif": _gif, "flv": _flv}.get(kind)
    if walk:
        return walk(file, place)
    if head.startswith((WMV, *WMV_PARTS)):
        size = int.from_bytes(head[16:24], "little")
        return size if size >= 24 else None
    if head[:4] == b"RIFF":
        size = int.from_bytes(head[4:8], "little")
        return 8 + size + size % 2 if size > 4 else None
    if head[:4] in (b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67"):
        return _ebml(head)
    name = head[4:8]
    if len(head) < 8 or not (name.isalnum() and name.isascii()):
        return None
    size = int.from_bytes(head[:4], "big")
    if size == 1 and len(head) >= 16:
        size = int.from_bytes(head[8:16], "big")
    return size if size >= 8 else None


def _ebml(head: bytes) -> int | None:
    """Of Matroska's head and segment, whose names have four bytes."""
    if len(head) < 12 or not head[4]:
        return None
    width = 9 - head[4].bit_length()
    size = int.from_bytes(head[4 : 4 + width], "big") & ((1 << 7 * width) - 1)
    return 4 + width + size if size != (1 << 7 * width) - 1 else None  # all ones: unknown, as of a live recording


def _flv(file: BinaryIO, place: int) -> int | None:
    file.seek(place)
    end = place + int.from_bytes(file.read(9)[5:9], "big")
    while True:
        file.seek(end)
        head = file.read(15)  # the length of the part before, and a part's kind and length
        if head[4:8] == b"FLV\x01":
            return end + 4 - place
        if len(head) < 15 or head[4] & 31 not in (8, 9, 18):
            return None
        end += 15 + int.from_bytes(head[5:8], "big")


def _png(file: BinaryIO, place: int) -> int | None:
    end = place + 8
    while True:
        file.seek(end)
        head = file.read(8)
        if len(head) < 8:
            return None
        size, name = struct.unpack(">I4s", head)
        end += 12 + size
        if name == b"IEND":
            return end - place


def _gif(file: BinaryIO, place: int) -> int | None:
    def skip_colours(flags: int) -> None:
        file.seek(3 << (flags & 7) + 1 if flags & 128 else 0, 1)

    def skip_blocks() -> None:
        while size := file.read(1):
            if size == b"\0":
                return
            file.seek(size[0], 1)

    file.seek(place)
    head = file.read(13)
    skip_colours(head[10] if len(head) == 13 else 0)
    while mark := file.read(1):
        if mark == b";":
            return file.tell() - place
        if mark == b"!":
            file.seek(1, 1)
        elif mark == b",":
            about = file.read(9)
            skip_colours(about[8] if len(about) == 9 else 0)
            file.seek(1, 1)
        else:
            return None
        skip_blocks()
    return None


def chosen(container) -> tuple[int, str | None]:
    """Index of the stream with the film; and what to say of others, None where nothing was looked at to tell.

    Still pictures are none, whatever their place: covers, thumbnails, the first of an AVIF. Of several films it is the
    one that the file marks as the one to show, else the first.

    Raises:
        StopIteration: if there is no film.
    """
    import av

    marks = av.stream.Disposition
    drawn = [each for each in container.streams.video if each.codec_context and each.codec_context.name not in WRITING]
    films = [each for each in drawn if not each.disposition & (marks.attached_pic | marks.timed_thumbnails)]
    first = next(iter(films))
    if len(films) == 1:
        return first.index, None
    seen: Counter[int] = Counter()
    with contextlib.suppress(av.FFmpegError, ValueError):  # whoever reads it says what is wrong
        for number, packet in enumerate(container.demux(films)):
            seen[packet.stream.index] += packet.size > 0
            if number >= ENOUGH or all(seen[each.index] > 1 for each in films):
                break
    films = [each for each in films if seen[each.index] > 1] or films
    shown = next((each for each in films if each.disposition & marks.default), films[0])
    if len(films) == 1:
        return shown.index, ""
    which = "which it marks as the one to show" if shown.disposition & marks.default else "the first"
    return shown.index, (
        f"The file holds {len(films)} films side by side: number {films.index(shown) + 1}, {which}, is read; for "
        "another, write it into a file of its own."
    )
