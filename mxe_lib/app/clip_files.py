"""Frames of a clip that a user points at: a folder of images, a video file, or an animated image."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageSequence

from mxe_lib.app import containers, videos
from mxe_lib.databases import depth, frames, paths, pixels
from mxe_lib.errors import MxeError, one_line

ANIMATIONS = {".apng", ".gif"}

SLOWEST = 12
"""Frames a second below which half a second is too few frames to say anything."""

MOVING = ("GIF", "PNG", "TIFF", "WEBP")
"""Formats of images that may hold several."""

SUBFILE, THUMBNAIL, MASK = 254, 1, 4
"""TIFF's tag that says what a picture is to the others, and its bits (TIFF 6.0, section 8)."""

STAND_INS = "The file holds a picture that stands for the clip (default image, thumbnail or mask): it is left out."

SEE_THROUGH = "is transparent in part: the colours below are taken as they are stored, whatever a viewer shows."


class Frame(NamedTuple):
    """One frame of a clip.

    Attributes:
        number: as the clip counts it.
        image: ``(H, W)`` grey or ``(H, W, 3)`` RGB uint8, upright.
        time: seconds since some moment, by the file's own stamps; None where it has none.
    """

    number: int
    image: np.ndarray
    time: float | None


@dataclass
class OpenedClip:
    """A clip whose frames can be read once, one by one.

    Attributes:
        frames: raises MxeError at a frame that is cut off, unreadable, or unlike the first.
        notes: what a reader must know of how it was read; some come while frames are read.
        marks: ``frames.Ordered.marks`` of a folder.
    """

    frames: Iterator[Frame]
    notes: list[str] = field(default_factory=list)
    marks: dict[int, int] = field(default_factory=dict)


def open_clip(path: Path | str) -> OpenedClip:
    """The clip's frames and, where the file says it, their times.

    In a folder, frame numbers stand in the names of the images, as in the databases (``frames.ordered``); where there
    are none, and in videos and animations, frames count from 1.

    Args:
        path: a folder, a video that FFmpeg can read, or an animated GIF, PNG, WebP or TIFF.

    Raises:
        MxeError: if there is no such path, a folder has no images or does not tell their order, or the file is neither
            video nor animation.
    """
    path = Path(path)
    try:
        if not path.exists():
            raise MxeError(f"{path}: no such file or folder: name a folder of frames, a video or an animated GIF")
        if path.is_dir():
            opened = _folder(path)
        elif not path.is_file():
            raise MxeError(f"{path.name} is a pipe or a device: name a folder of frames, a video or an animated GIF")
        else:
            notes: list[str] = []
            film = (Frame(*each) for each in videos.read(path, notes)) if is_film(path) else _animation(path, notes)
            opened = OpenedClip(film, notes)
    except OSError as error:
        raise MxeError(f"{one_line(str(path))}: cannot be read ({error.strerror}): name another, or copy it") from None
    opened.frames = _alike(opened.frames, path.name)
    return opened


def _folder(folder: Path) -> OpenedClip:
    found = frames.ordered(folder, folder)
    if not found.files:
        others = [path.name for path in paths.listing(folder, folder) if frames.looks_like_image(path)]
        example = f" that are read here ({one_line(others[0])} is not): save them as PNG or JPEG, or" if others else ":"
        raise MxeError(
            f"{folder.name}: no images in this folder{example} name the one with the clip's frames (img1.jpg ...)"
        )
    files, notes = list(found.files.values()), list(found.notes)
    if found.counted and len(files) > 1:
        notes.append(
            f"The names hold no frame numbers: frames are counted from 1 ({files[0].name}) to {len(files)} "
            f"({files[-1].name})."
        )
    notes += frames.left_out(frames.overlooked(folder, found.files), folder)
    return OpenedClip(_read(folder, found.files, notes), notes, found.marks)


def _read(folder: Path, files: dict[int, Path], notes: list[str]) -> Iterator[Frame]:
    try:
        scale, told = pixels.scale_of(list(files.values()), folder), False
        notes += [scale.note] if scale.note else []
        for number, path in files.items():
            if complaint := pixels.damage(path):
                raise MxeError(f"{paths.shown(path, folder)} is damaged ({complaint}): export this frame again")
            if not told and pixels.see_through(path):
                told = notes.append(f"{path.name} {SEE_THROUGH}") is None
            yield Frame(number, pixels.read_image(path, folder, scale.factor), None)
    except MxeError as error:  # whose advice is for a database
        if "unpack the database" not in str(error):
            raise
        raise MxeError(f"{str(error).rsplit(': ', 1)[0]}: export this frame again") from None


def is_film(path: Path) -> bool:
    """Whether FFmpeg reads it, not Pillow: by what it holds, whatever its name says."""
    named = path.suffix.lower() in ANIMATIONS | frames.EXTENSIONS
    try:
        with pixels.opened(path) as image:
            return not named and image.format not in MOVING
    except Image.UnidentifiedImageError:
        return not named or videos.is_video(path)
    except pixels.UNREADABLE:
        return not named


def outlasts(
    path: Path, seconds: float, *, fps: float | None = None, first: int | None = None, last: int | None = None
) -> bool:
    """As ``videos.outlasts``, of an animation; one of fewer than ``SLOWEST`` pictures a second is shown slowly."""
    start, time = None, 0.0
    with contextlib.suppress(MxeError), contextlib.closing(_pictures(path)) as pictures:
        for number, (_, shown) in enumerate(pictures, start=1):
            if last is not None and number > last:
                return False
            if number >= (first or 1):
                place = number / fps if fps else time
                if place is None:
                    return False
                start = (number, place) if start is None else start
                if place - start[1] > seconds:
                    return number - start[0] > 0.95 * SLOWEST * seconds
            time = time + shown if shown and time is not None else None
    return False


def _animation(path: Path, notes: list[str]) -> Iterator[Frame]:
    if note := containers.followed(path):
        notes.append(note)
    deep = next((image.dtype != np.uint8 for image, _ in _pictures(path)), False)
    scale = depth.Scale(1.0)
    if deep:
        scale = depth.scale_of_arrays((image, path.name) for image, _ in _pictures(path))
        notes += [scale.note] if scale.note else []
    time: float | None = 0.0
    for number, (image, seconds) in enumerate(_pictures(path, notes), start=1):
        image = depth.to_8_bits(image, scale.factor, path.name)
        # A GIF may be grey up to a frame that needs colours.
        yield Frame(number, image if image.ndim == 3 else np.repeat(image[..., None], 3, axis=2), time)
        # A delay of nothing, which each program shows in its own way, says no time for what follows.
        time = time + seconds if seconds and time is not None else None


def _pictures(path: Path, notes: list[str] | None = None) -> Iterator[tuple[np.ndarray, float | None]]:
    """Each picture, and the seconds that it is shown; ``notes`` gets a word on those left out or transparent."""
    try:
        with pixels.opened(path) as animation:
            for place, frame in enumerate(ImageSequence.Iterator(animation)):
                if _is_stand_in(frame, place):
                    if notes is not None and STAND_INS not in notes:
                        notes.append(STAND_INS)
                    continue
                if notes is not None and not any(SEE_THROUGH in note for note in notes) and pixels.transparent(frame):
                    notes.append(f"{path.name} {SEE_THROUGH}")
                image = pixels.pixels(frame)
                milliseconds = frame.info.get("duration")
                yield image, milliseconds / 1000 if milliseconds else None
                if animation.format == "MPO":  # a phone's photograph, with its map of depth
                    return
    except Image.UnidentifiedImageError:
        raise MxeError(f"{path.name} is not an image: name a folder of frames, a video or an animated GIF") from None
    except pixels.UNREADABLE as error:
        raise MxeError(f"{path.name} is cut off or damaged ({pixels.reason(error)}): export it again") from None


def _is_stand_in(frame: Image.Image, place: int) -> bool:
    """Whether a picture of a file is no frame: what programs show that play no APNG, or a TIFF's thumbnail or mask."""
    if frame.format == "PNG":
        return place == 0 and getattr(frame, "n_frames", 1) > 1 and bool(getattr(frame, "default_image", False))
    return frame.format == "TIFF" and bool(frame.tag_v2.get(SUBFILE, 0) & (THUMBNAIL | MASK))


def _alike(read: Iterator[Frame], name: str) -> Iterator[Frame]:
    with contextlib.closing(read):
        first = None
        for frame in read:
            first = first or frame
            where, before = f"{name}: frame {frame.number}", f"frame {first.number}"
            pixels.demand_shape(frame.image, first.image.shape, where, before)
            yield frame
