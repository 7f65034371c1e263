"""Videos, by PyAV (FFmpeg): each frame upright and with its time, or a word on where the file is damaged.

Of a damaged file FFmpeg shows what it can: it leaves frames out, repeats them or fills holes. Here each of its
complaints counts, and so does an end that comes too early.
"""

import contextlib
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from mxe_lib.app import containers
from mxe_lib.app.film_parts import Beginning, Orientation
from mxe_lib.errors import MxeError

STRICT = {"err_detect": "crccheck+explode"}
"""FFmpeg's options that make a decoder complain where it would guess."""

DOUBTFUL = 5
"""Frames before a complaint that may be damaged, too: their data are read ahead, and one is made from another. In films
of single pictures it is one."""

NO_TIMES = 0x80
"""FFmpeg's mark of formats that hold no times, such as raw streams: for some it makes up 25 frames a second."""

WIDEST = 8
"""Times that a pixel may be as wide as high, or high as wide. Films have up to 2."""

INTERLACED = (
    "The film is marked as interlaced: each frame then holds two moments, a line of each in turn; for a fine look, "
    "deinterlace it first."
)


def read(path: Path, notes: list[str] | None = None) -> Iterator[tuple[int, np.ndarray, float | None]]:
    """Number from 1, ``(H, W, 3)`` uint8 RGB, and seconds (None where the file has no time stamps) of each frame.

    Args:
        notes: gets, on the way, what a reader must know.

    Raises:
        MxeError: if it is no video, cut off or damaged; names the first damaged frame.
    """
    notes = [] if notes is None else notes
    with _opened(path, notes) as (container, stream):
        if note := containers.followed(path):
            notes.append(note)
        if note := containers.slowed(container, stream):
            notes.append(note)
        if "mov" in container.format.name and containers.fragments(path)[0]:
            notes.append("An MP4 in fragments does not say where it ends: see that nothing is missing at its end.")
        yield from _frames(path, container, stream, notes)


def is_video(path: Path) -> bool:
    """Whether a file whose name says something else holds a film."""
    try:
        with _opened(path) as (container, _):
            return not container.format.name.endswith("_pipe") and container.format.name != "image2"
    except (MxeError, OSError):
        return False


def outlasts(
    path: Path, seconds: float, *, fps: float | None = None, first: int | None = None, last: int | None = None
) -> bool:
    """Whether a video lasts longer than this; nothing is decoded, and no more is read than that takes.

    What cannot be read, or has no stamps, does not.

    Args:
        fps: frames per second; None = by the stamps of the file.
        first, last: frame numbers from 1 between which it counts; None = the video's own.
    """
    try:
        import av
    except ImportError:
        return False
    start, number = None, 0
    try:
        with _opened(path) as (container, stream), av.logging.Capture():
            beginning = Beginning(stream)
            for packet in (one for each in container.demux(stream) for one in beginning.ready(each)):
                stamp = None if _untimed(stream) else packet.dts if packet.pts is None else packet.pts
                number += 1
                if number < (first or 1) or (stamp is None and not fps):
                    continue
                if last is not None and number > last:
                    return False
                place = number / fps if fps else float(stamp * stream.time_base)
                start = place if start is None else min(start, place)
                if place - start > seconds:
                    return True
    except (MxeError, av.FFmpegError, ValueError, OSError):
        pass  # whoever reads it says what is wrong
    return False


def stated_frames(path: Path) -> int | None:
    """How many frames a video says that it has, for a progress bar; None where it does not."""
    try:
        with _opened(path) as (container, stream):
            if stream.frames:
                return stream.frames
            seconds = container.duration / 1e6 if container.duration else None
            return round(seconds * float(stream.average_rate)) if seconds and stream.average_rate else None
    except (MxeError, OSError):
        return None


@contextlib.contextmanager
def _opened(path: Path, notes: list[str] | None = None):
    """The container and its stream of pictures.

    Raises:
        MxeError: if it is no video.
    """
    try:
        import av
    except ImportError:
        raise MxeError("videos need PyAV: pip install av, or name a folder of frames") from None
    av.logging.set_level(av.logging.ERROR)
    av.logging.set_skip_repeated(False)  # a second video may have the same fault, and so may the same one read again
    with path.open("rb") as file:
        try:
            with av.logging.Capture():
                container = _container(file)
                place, note = containers.chosen(container)
                if note is not None:  # packets were looked at
                    container.close()
                    file.seek(0)
                    container = _container(file)
                stream = container.streams[place]
        except (av.FFmpegError, StopIteration, ValueError, OSError) as error:
            raise _nothing_in(path.name, getattr(error, "log", None) or ()) from None
        with container:
            shape = stream.sample_aspect_ratio or 1
            if not 1 / WIDEST <= shape <= WIDEST:
                raise MxeError(
                    f"{path.name}: its header says that pixels are {shape} times as wide as high: write it with square "
                    "ones, or name a folder of frames"
                )
            if notes is not None and note:
                notes.append(note)
            stream.codec_context.options = STRICT
            stream.codec_context.thread_count = 1  # complaints are caught in the thread that made them
            yield container, stream


def _container(file):
    import av

    # FFmpeg gets the file and no name, which it might take for a protocol or a list of other files.
    return av.open(file, metadata_errors="replace", options={"protocol_whitelist": ""})


def _frames(path: Path, container, stream, notes: list[str]) -> Iterator[tuple[int, np.ndarray, float | None]]:
    name, beginning, orientation = path.name, Beginning(stream), Orientation(notes)
    margin = 1 if stream.codec_context.codec.intra_only else DOUBTFUL
    number, end, held, complaint = 0, None, deque(), None
    for frames, complaint in _decoded(container, stream, beginning):
        if frames and not number and not held:
            notes += [beginning.note] if beginning.note else []
            notes += [INTERLACED] if frames[0].interlaced_frame else []
        held.extend(frames)
        while len(held) > margin:
            frame = held.popleft()
            number += 1
            yield number, _upright(frame, stream, orientation), _time(frame, stream)
        if complaint:
            break
    if complaint is None and container.format.name == "mpegts" and container.size % 188 and container.size % 192:
        complaint = "it ends within a packet"
    if complaint is None and "mov" in container.format.name and containers.fragments(path)[1]:
        complaint = "it ends within a fragment"
    if complaint is None and (number or held):
        last = _time(held[-1], stream) if held else None
        end = _expected_end(container, stream)
        step = 1 / stream.average_rate if stream.average_rate else 0
        if end is not None and last is not None and step and end - last > 1.75 * step:
            complaint = f"its last {round((end - last) / step) - 1} frames are missing"
            margin = 0
    if complaint is None or margin == 0:
        for frame in held:
            number += 1
            yield number, _upright(frame, stream, orientation), _time(frame, stream)
    if beginning.nowhere and number == 0:
        raise MxeError(f"{name} begins in the middle of a film and holds no whole picture (keyframe): cut it out anew")
    if complaint:
        way = f"cut the clip before it with --offset {number}, or copy" if number > 1 else "copy"
        raise MxeError(f"{name} is cut off or damaged from frame {number + 1} on ({complaint}): {way} it again")
    if number == 0:
        raise _nothing_in(name)


def _time(frame, stream) -> float | None:
    return None if frame.pts is None or _untimed(stream) else float(frame.pts * stream.time_base)


def _untimed(stream) -> bool:
    return bool(stream.container.format.flags & NO_TIMES)


def _nothing_in(name: str, log: tuple = ()) -> MxeError:
    why = f" ({' '.join(log[2].split())})" if log else ""
    return MxeError(f"{name}: no frame can be read from it{why}: convert it to MP4 or AVI, or name a folder of frames")


def _decoded(container, stream, beginning: Beginning) -> Iterator[tuple[list, str | None]]:
    """Frames as they come, and FFmpeg's complaint that ends them."""
    import av

    packets, what_is_odd = container.demux(stream), _oddities(container, stream)
    while True:
        packet, frames, complaint = None, [], None
        with av.logging.Capture() as log:
            try:
                packet = next(packets, None)
                ready = beginning.ready(packet) if packet is not None else []
                frames = [frame for each in ready for frame in each.decode()]
                beginning.shown(frames)
            except (av.FFmpegError, ValueError) as error:
                complaint = getattr(error, "strerror", None) or str(error)
        complaint = next((text for level, _, text in log if level <= av.logging.ERROR), complaint)
        if complaint is None and (any(frame.is_corrupt for frame in frames) or (ready and packet.is_corrupt)):
            complaint = "its data are damaged"
        if complaint is None and packet is not None and packet.size:
            complaint = what_is_odd(packet, frames)
        if complaint is not None:
            yield [], " ".join(complaint.split())[:80]
            return
        yield frames, None
        if packet is None:
            return


def _oddities(container, stream) -> Callable[[object, list], str | None]:
    """What FFmpeg does not complain of: says what is odd in a packet and its frames, if anything is."""
    codec = stream.codec_context.codec
    # An AVI lists the sizes of its frames at its end; where one is overwritten, FFmpeg takes the next that it finds.
    listed = [entry.size for entry in stream.index_entries if entry.size] if container.format.name == "avi" else []
    number, ends = 0, True

    def odd(packet, frames: list) -> str | None:
        nonlocal number, ends
        number += 1
        if codec.intra_only and not frames:
            return "no picture in its data"
        if number <= len(listed) and packet.size != listed[number - 1]:
            return "not where the file's index has it"
        if codec.name == "mjpeg":
            ended = bytes(packet).rstrip(b"\0").endswith(b"\xff\xd9")
            if number == 1:
                ends = ended  # some cameras leave the mark out
            if ends and not ended:
                return "its end is missing"
        return None

    return odd


def _upright(frame, stream, orientation: Orientation) -> np.ndarray:
    """Turned as the file says, with square pixels."""
    shape, width = stream.sample_aspect_ratio, frame.width
    if shape and shape != 1:
        width = max(1, round(frame.width * float(shape)))
    image = frame.to_ndarray(format="rgb24", width=width, height=frame.height)
    return np.ascontiguousarray(orientation.upright(image, frame))


def _expected_end(container, stream) -> float | None:
    """Seconds at which the file says that its pictures end, on the clock of the frames; None where it does not.

    MP4 and MOV don't count: their tables may list more than is shown, and what is missing is noticed in reading.
    """
    if "mov" in container.format.name:
        return None
    start = float((stream.start_time or 0) * stream.time_base)
    if container.format.name.startswith(("matroska", "asf")):  # whose lengths count from nought, not from the start
        length = container.duration if len(container.streams) == 1 else None
        return length / 1e6 if length else None
    if stream.frames and stream.average_rate:
        return start + float(stream.frames / stream.average_rate)
    if stream.duration:
        return start + float(stream.duration * stream.time_base)
    if container.duration and len(container.streams) == 1:
        return (container.start_time or 0) / 1e6 + container.duration / 1e6
    return None
