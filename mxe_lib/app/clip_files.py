"""Frames of a clip that a user points at: a folder of images, a video file, or an animated image."""

import os
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageSequence, UnidentifiedImageError

from mxe_lib.databases import images
from mxe_lib.errors import MxeError

IMAGES = {".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff"}
ANIMATIONS = {".apng", ".gif", ".png", ".webp"}

# FFmpeg would print its own lines about a broken file. Read once, when OpenCV opens its first video.
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")

Frames = Iterator[tuple[int, np.ndarray]]


def open_clip(path: Path | str) -> tuple[Frames, float | None]:
    """The clip's frames one by one, each with its number, and frames per second where the file says them.

    In a folder, the last digits of the names are the frame numbers (``img46.jpg`` is 46), as in the databases; where
    images have no digits, and in videos, frames count from 1.

    Args:
        path: a folder, a video file that OpenCV can read, or an animated GIF, PNG or WebP.

    Returns:
        An iterator of ``(number, frame)``; frames are ``(H, W)`` grey or ``(H, W, 3)`` RGB uint8. It raises MxeError at
        a frame that is cut off or unreadable.

    Raises:
        MxeError: if there is no such path, a folder has no images, or the file is neither video nor animation.
    """
    path = Path(path)
    if not path.exists():
        raise MxeError(f"{path}: no such file or folder: name a folder of frames, a video or an animated GIF")
    if path.is_dir():
        return _folder(path), None
    if path.suffix.lower() in ANIMATIONS | IMAGES:
        return _animation(path), _animation_rate(path)
    return _video(path)


def _folder(folder: Path) -> Frames:
    files = images.frame_files(folder, folder)
    if not files:
        names = sorted(path for path in folder.iterdir() if path.suffix.lower() in IMAGES)
        files = dict(enumerate((path for path in names if not path.name.startswith(".")), start=1))
    if not files:
        raise MxeError(f"{folder.name}: no images in this folder: name the one with the clip's frames (img1.jpg ...)")
    return _read(folder, files)


def _read(folder: Path, files: dict[int, Path]) -> Frames:
    for number, path in files.items():
        try:
            yield number, images.read_image(path, folder)
        except MxeError as error:  # whose advice is for a database
            raise MxeError(f"{str(error).rsplit(': ', 1)[0]}: export this frame again") from None


def _animation(path: Path) -> Frames:
    try:
        with Image.open(path) as animation:
            for number, frame in enumerate(ImageSequence.Iterator(animation), start=1):
                yield number, np.asarray(frame if frame.mode == "L" else frame.convert("RGB"))
    except UnidentifiedImageError:
        raise MxeError(f"{path.name} is not an image: name a folder of frames, a video or an animated GIF") from None
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise MxeError(f"{path.name} is cut off or damaged ({str(error).splitlines()[0]}): export it again") from None


def _animation_rate(path: Path) -> float | None:
    try:
        with Image.open(path) as animation:
            milliseconds = animation.info.get("duration")
    except (OSError, SyntaxError, ValueError):
        return None  # reading the frames will say so
    return 1000 / milliseconds if milliseconds else None


def _video(path: Path) -> tuple[Frames, float | None]:
    level = cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    capture = cv2.VideoCapture(str(path))
    cv2.utils.logging.setLogLevel(level)
    read, first = capture.read()
    if not read:
        raise MxeError(
            f"{path.name}: no frame can be read from it: convert it to MP4 or AVI, or name a folder of frames"
        )
    rate = capture.get(cv2.CAP_PROP_FPS)

    def frames() -> Frames:
        number, frame, more = 1, first, True
        while more:
            yield number, cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)
            more, frame = capture.read()
            number += 1
        capture.release()

    return frames(), rate if 0 < rate < 100_000 else None
