"""A clip in one file that ``mxe analyze`` is pointed at: a video, or an animated image."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from pathlib import Path
from random import Random

import numpy as np
from PIL import Image

from breaks import clips, files, strict
from breaks.judge import Change, Seen

ANIMATED = {".gif": {"duration": 20}, ".png": {"duration": 20}, ".webp": {"duration": 20, "lossless": True}}
VIDEOS = {".avi": ("mjpeg", "yuvj420p"), ".mp4": ("mpeg4", "yuv420p"), ".mkv": ("ffv1", "yuv420p")}
"""Codec and pixels of each container."""


def write(path: Path, frames: np.ndarray, codec: str = "", pixels: str = "yuv420p", rate: int = 50) -> None:
    """Frames ``(T, H, W, 3)`` as a video or an animation, by the path's ending or the codec given."""
    if path.suffix in ANIMATED and not codec:
        images = [Image.fromarray(frame) for frame in frames]
        images[0].save(path, save_all=True, append_images=images[1:], loop=0, **ANIMATED[path.suffix])
        return
    import av

    codec, pixels = (codec, pixels) if codec else VIDEOS[path.suffix]
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=Fraction(rate))
        stream.height, stream.width = frames.shape[1:3]
        stream.pix_fmt, stream.bit_rate = pixels, 4_000_000
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode(None))


def even(frames: np.ndarray) -> np.ndarray:
    """Sides that every codec takes."""
    return frames[:, : frames.shape[1] // 2 * 2, : frames.shape[2] // 2 * 2]


class Movie:
    """``clip/smile<ending>``. A change's truth: the frames, where another way to read them finds no damage."""

    scratch = ("out",)

    def __init__(self, ending: str):
        self.name, self._ending = f"clip{ending}", ending
        kinds = files.DAMAGE | files.INSTEAD | files.HARMLESS
        self.breaks = {key: partial(self._file, value) for key, value in kinds.items()}
        for key in ("flip_bits", "cut", "random_bytes", "chunk_gone", "zero_chunk"):
            self.breaks[f"{key}, again"] = self.breaks[key]
        own = (self._renamed, self._other_ending, self._other_codec, self._other_rate, self._swapped, self._short)
        self.breaks |= {each.__name__.strip("_"): each for each in own}

    def build(self, folder: Path) -> None:
        (folder / "clip").mkdir()
        write(folder / "clip" / f"smile{self._ending}", even(clips.face(True)))

    def observe(self, folder: Path) -> Seen:
        names = sorted((folder / "clip").iterdir(), key=lambda path: path.name.startswith("."))
        return Seen(*clips.verdict(names[0] if names else folder / "clip" / "smile", folder / "out"))

    def wrong(self, before: Seen, seen: Seen, change: Change) -> str:
        said = clips.differs(seen.result, before.result)
        if not said or change.truth is None:
            return said
        return clips.differs(seen.result, clips.true_verdict(dict(enumerate(change.truth, 1))), loose=True)

    def _path(self, folder: Path) -> Path:
        return folder / "clip" / f"smile{self._ending}"

    def _change(self, path: Path, said: str) -> Change:
        read = strict.animation if self._ending in ANIMATED else strict.video
        return Change(f"{path.name}: {said}", (path.name, "frame", "damaged", "cut"), read(path) or None)

    def _file(self, break_it: Callable[[Path, Random], str], folder: Path, rng: Random) -> Change:
        return self._change(self._path(folder), break_it(self._path(folder), rng))

    def _renamed(self, folder: Path, rng: Random) -> Change:
        path = self._path(folder)
        stem = rng.choice(
            ("SMILE", "my smile", "é ü 你", "a" * 200, "smile.final.v2", "-smile", "smile\n2", "%03d", "*")
        )
        path.rename(path.with_name(stem + rng.choice((self._ending, self._ending.upper()))))
        return Change(f"called {stem!r}", (stem.split("\n")[0], "name"))

    def _other_ending(self, folder: Path, rng: Random) -> Change:
        path = self._path(folder)
        ending = rng.choice((".avi", ".mp4", ".mkv", ".mov", ".gif", ".png", ".webp", ".jpg", ".txt", "", ".tif"))
        path.rename(path.with_suffix(ending))
        return Change(f"called smile{ending}", (f"smile{ending}",))

    def _other_codec(self, folder: Path, rng: Random) -> Change:
        path, frames = self._path(folder), even(clips.face(True))
        if self._ending in ANIMATED:
            small = frames
            write(path, small)
            return self._change(path, "written again")
        kinds = [("mjpeg", "yuvj420p"), ("mjpeg", "yuvj444p"), ("mpeg4", "yuv420p"), ("ffv1", "yuv444p")]
        kinds += [("ffv1", "gray"), ("rawvideo", "yuv420p"), ("huffyuv", "yuv422p"), ("png", "rgb24")]
        codec, pixels = rng.choice([*kinds, ("ffv1", "gray16le")])
        other = path.with_suffix(".avi" if codec in ("rawvideo", "huffyuv") else ".mkv")
        path.unlink()
        write(other, frames, codec, pixels)
        return self._change(other, f"as {codec}, {pixels}")

    def _other_rate(self, folder: Path, rng: Random) -> Change:
        path, rate = self._path(folder), rng.choice((1, 25, 200, 1000))
        if self._ending in ANIMATED:
            images = [Image.fromarray(frame) for frame in even(clips.face(True))]
            how = ANIMATED[self._ending] | {"duration": [rng.choice((0, 10, 20, 5000)) for _ in images]}
            images[0].save(path, save_all=True, append_images=images[1:], **how)
        else:
            write(path, even(clips.face(True)), rate=rate)
        return self._change(path, f"{rate} frames a second")

    def _swapped(self, folder: Path, rng: Random) -> Change:
        """The file holds another kind of clip than its name says."""
        path = self._path(folder)
        other = path.with_suffix(rng.choice([each for each in (*ANIMATED, *VIDEOS) if each != self._ending]))
        write(other, even(clips.face(True)))
        shutil.move(other, path)
        return Change(f"{path.name} holds a {other.suffix}", (path.name, "frame"), even(clips.face(True)))

    def _short(self, folder: Path, rng: Random) -> Change:
        path, count = self._path(folder), rng.choice((1, 2))
        write(path, even(clips.face(True))[:count])
        return self._change(path, f"{count} frames")
