"""Videos, by PyAV (FFmpeg): each frame upright and with its time, or a word on where the file is damaged.

Of a damaged file FFmpeg shows what it can: it leaves frames out, repeats them or fills holes. Here each of its
complaints counts, and so does an end that comes too early.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from mxe_lib.errors import MxeError

STRICT = {"err_detect": "crccheck+explode"}
"""FFmpeg's options that make a decoder complain where it would guess."""


def read(path: Path) -> Iterator[tuple[int, np.ndarray, float | None]]:
    """Number from 1, ``(H, W, 3)`` uint8 RGB, and seconds (None where the file has no time stamps) of each frame.

    Raises:
        MxeError: if it is no video, cut off or damaged; names the first damaged frame.
    """
    try:
        import av
    except ImportError:
        raise MxeError("videos need PyAV: pip install av, or name a folder of frames") from None
    av.logging.set_level(av.logging.ERROR)
    with path.open("rb") as file:
        try:
            # FFmpeg gets the file and no name, which it might take for a protocol or a list of other files.
            with av.logging.Capture():
                container = av.open(file, metadata_errors="replace", options={"protocol_whitelist": ""})
            cover = av.stream.Disposition.attached_pic  # a sound file's still picture is a video stream, too
            stream = next(each for each in container.streams.video if not each.disposition & cover)
        except (av.FFmpegError, StopIteration, ValueError, OSError) as error:
            raise _nothing_in(path.name, getattr(error, "log", None) or ()) from None
        with container:
            stream.codec_context.options = STRICT
            stream.codec_context.thread_count = 1  # complaints are caught in the thread that made them
            yield from _frames(path.name, container, stream)


def _frames(name: str, container, stream) -> Iterator[tuple[int, np.ndarray, float | None]]:
    number, end = 0, None
    for frames, complaint in _decoded(container, stream):
        for frame in frames:
            number += 1
            time = None if frame.pts is None else float(frame.pts * stream.time_base)
            if time is not None:
                end = time + _step(frame, stream)
            yield number, _upright(frame, stream), time
        if complaint is None and frames is _END and number and end is not None:
            missing = (_expected_end(container, stream) or 0) - end
            if _step(None, stream) and missing > 2.5 * _step(None, stream):
                complaint = f"the file ends {missing:.1f} s too early"
        if complaint:
            way = f"cut the clip before it with --offset {number}, or copy" if number > 1 else "copy"
            raise MxeError(f"{name} is cut off or damaged from frame {number + 1} on ({complaint}): {way} it again")
    if number == 0:
        raise _nothing_in(name)


def _nothing_in(name: str, log: tuple = ()) -> MxeError:
    why = f" ({' '.join(log[2].split())})" if log else ""
    return MxeError(f"{name}: no frame can be read from it{why}: convert it to MP4 or AVI, or name a folder of frames")


_END: list = []


def _decoded(container, stream) -> Iterator[tuple[list, str | None]]:
    """Frames as they come, and FFmpeg's complaint about what follows them; ``_END`` when all is read."""
    import av

    packets = container.demux(stream)
    while True:
        packet, frames, complaint = None, [], None
        with av.logging.Capture() as log:
            try:
                packet = next(packets, None)
                frames = packet.decode() if packet is not None else _END
            except (av.FFmpegError, ValueError) as error:
                complaint = getattr(error, "strerror", None) or str(error)
        complaint = next((text for level, _, text in log if level <= av.logging.ERROR), complaint)
        if complaint is None and any(frame.is_corrupt for frame in frames):
            complaint = "its data are damaged"
        if complaint is not None:
            bad = None if packet is None else packet.pts
            frames = [frame for frame in frames if not frame.is_corrupt and frame.pts != bad]
            frames += _buffered(stream, after=frames[-1].pts if frames else None, bad=bad)
            complaint = " ".join(complaint.split())[:80]
        yield frames, complaint
        if packet is None or complaint:
            return


def _buffered(stream, after: int | None, bad: int | None) -> list:
    """Whole frames that a decoder still holds when it meets a damaged one."""
    import av

    try:
        with av.logging.Capture():
            held = stream.codec_context.decode(None)
    except (av.FFmpegError, ValueError):
        return []
    return [
        frame
        for frame in held
        if not frame.is_corrupt and (bad is None or frame.pts is None or frame.pts < bad) and frame.pts != after
    ]


def _upright(frame, stream) -> np.ndarray:
    """Turned as the file says, with square pixels."""
    shape, width = stream.sample_aspect_ratio, frame.width
    if shape and shape != 1:
        width = max(1, round(frame.width * float(shape)))
    image = frame.to_ndarray(format="rgb24", width=width, height=frame.height)
    return np.ascontiguousarray(np.rot90(image, round(frame.rotation / 90) % 4))


def _step(frame, stream) -> float:
    """Seconds that a frame is shown."""
    if frame is not None and frame.duration:
        return float(frame.duration * stream.time_base)
    return float(1 / stream.average_rate) if stream.average_rate else 0.0


def _expected_end(container, stream) -> float | None:
    """Seconds at which the file says that its pictures end, on the clock of the frames; None where it does not.

    MP4 and MOV don't count: their tables may list more than is shown, and what is missing is noticed in reading.
    """
    if "mov" in container.format.name:
        return None
    start = float((stream.start_time or 0) * stream.time_base)
    if stream.frames and stream.average_rate:
        return start + float(stream.frames / stream.average_rate)
    if stream.duration:
        return start + float(stream.duration * stream.time_base)
    if container.duration and len(container.streams) == 1:
        return (container.start_time or 0) / 1e6 + container.duration / 1e6
    return None
