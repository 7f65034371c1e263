"""The three databases on disk, in their official layouts: a few short clips of tiny pictures."""

from __future__ import annotations

import hashlib
import os
import shutil
import zlib
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from random import Random

import cv2
import numpy as np

from breaks import files, pictures, strict
from breaks.judge import Change, Seen, command
from mxe_lib.clips import Clip
from mxe_lib.databases.registry import DATABASES
from mxe_lib.errors import MxeError
from mxe_lib.simulation import writers

CLIPS = {
    "casme2": [
        Clip("casme2", "sub01", "EP02_01f", 200, 46, 51, 54, "happiness", ("12",), "simulated"),
        Clip("casme2", "sub01", "EP03_02", 200, 98, 103, 107, "others", ("4", "L10"), "simulated"),
        Clip("casme2", "sub17", "EP01_06", 200, 5, 9, 13, "disgust", ("4", "7"), "simulated"),
    ],
    "samm": [
        Clip("samm", "006", "006_1_2", 200, 562, 567, 570, "anger", ("4",), "simulated"),
        Clip("samm", "006", "006_1_3", 200, 3588, 3590, 3595, "surprise", ("1", "2"), "simulated"),
        Clip("samm", "032", "032_3_2", 200, 99_998, 100_001, 100_004, "other", ("12", "15"), "simulated"),
    ],
    "smic": [
        Clip("smic", "s1", "s1_ne_01", 100, 90_823, None, 90_830, "negative", (), "simulated"),
        Clip("smic", "s1", "s1_po_01", 100, 91_000, None, 91_006, "positive", (), "simulated"),
        Clip("smic", "s11", "s11_sur_02", 100, 120, None, 126, "surprise", (), "simulated"),
    ],
}


class Pictures:
    """Frames for ``simulation.writers``: smooth, each another one, of fewer than 256 colours."""

    origin, size = "simulated", (22, 18)

    def __init__(self, name: str):
        self.name = name

    def clips(self) -> list[Clip]:
        return CLIPS[self.name]

    def frames(self, clip: Clip, numbers: Sequence[int]) -> np.ndarray:
        return np.stack([self._frame(clip, number) for number in numbers])

    def _frame(self, clip: Clip, number: int) -> np.ndarray:
        draw = np.random.default_rng([zlib.crc32(clip.id.encode()), number])
        small = draw.integers(20, 235, (3, 3)).astype(np.float32)
        grey = (cv2.resize(small, self.size[::-1], interpolation=cv2.INTER_LINEAR) // 4 * 4).astype(np.uint8)
        return grey if self.name == "samm" else np.stack([grey, grey // 2, 255 - grey], -1)


class OnDisk:
    """One database in ``data/<name>/``, read by its importer and by ``mxe check --deep``.

    A change's truth: by clip what the broken files say, ``{"frames": {(clip, number): hash or None}}``, None where
    they say nothing; ``{"clips": {clip: its annotation or None}}``, None where the clip is not listed any more.
    """

    scratch: tuple[str, ...] = ()

    def __init__(self, name: str):
        self.name = name
        images = files.DAMAGE | files.INSTEAD | files.HARMLESS | pictures.STORED | pictures.ODD
        self.breaks = {f"image {key}": partial(self._image, value) for key, value in images.items()}
        own = (self._swapped, self._doubled, self._renamed, self._in_another_clip, self._inserted)
        own += (self._clip_folder, self._clip_twice, self._subject_folder, self._junk, self._linked, self._loop)
        self.breaks |= {f"tree {each.__name__.strip('_')}": each for each in own}

    def build(self, folder: Path) -> None:
        write = {"casme2": writers.write_casme2, "samm": writers.write_samm, "smic": writers.write_smic}[self.name]
        write(folder / "data" / self.name, Pictures(self.name))

    def observe(self, folder: Path) -> Seen:
        status, lines = command("check", folder / "data", "--deep")
        problems = {line for line in lines if "problem:" in line}
        assert status == int(bool(problems)), f"status {status} with {len(problems)} problems"
        seen = Seen({"clips": {}, "frames": {}, "problems": problems}, set(map(str.strip, lines)))
        try:
            database = DATABASES[self.name].importer(folder / "data" / self.name)
        except MxeError as error:
            seen.refused["database"] = str(error)
            return seen
        for clip in database.clips():
            seen.result["clips"][clip.id] = clip
            try:
                frames = database.frames(clip)
            except MxeError as error:
                seen.refused[clip.id] = str(error)
                continue
            numbers = clip.frame_numbers()
            seen.result["frames"] |= {(clip.id, n): digest(f) for n, f in zip(numbers, frames, strict=True)}
        return seen

    def wrong(self, before: Seen, seen: Seen, change: Change) -> str:
        if seen.refused and not seen.result["problems"] - before.result["problems"]:
            return f"mxe check finds nothing, but reading says: {next(iter(seen.refused.values()))}"
        if "database" in seen.refused:
            return ""
        truth = change.truth or {}
        clips = before.result["clips"] | truth.get("clips", {})
        frames = {key: {value} for key, value in before.result["frames"].items()}
        for key, value in truth.get("frames", {}).items():
            frames[key] = frames.get(key, set()) | {value}
        for name in sorted({*clips, *seen.result["clips"]}):
            if clips.get(name) != seen.result["clips"].get(name):
                return f"clip {name}: {_short(seen.result['clips'].get(name))} for {_short(clips.get(name))}"
        for (name, number), value in seen.result["frames"].items():
            if value not in frames.get((name, number), {None}):
                return f"another picture is frame {number} of {name}"
        return ""

    # ---- images

    def _place(self, folder: Path, clip: Clip) -> Path:
        return next(path for path in sorted((folder / "data").rglob(clip.name)) if path.is_dir())

    def _picked(self, folder: Path, rng: Random) -> tuple[Clip, int, Path]:
        """A clip, a frame number and its file; the first and last are picked often."""
        clip = rng.choice(CLIPS[self.name])
        numbers = clip.frame_numbers()
        number = rng.choice([numbers[0], numbers[-1], *numbers])
        names = sorted(self._place(folder, clip).iterdir(), key=lambda path: (len(path.name), path.name))
        return clip, number, names[numbers.index(number)]

    def _image(self, break_it: Callable[[Path, Random], str], folder: Path, rng: Random) -> Change:
        clip, number, path = self._picked(folder, rng)
        said = break_it(path, rng)
        picture = strict.image(path)
        truth = {"frames": {(clip.id, number): None if picture is None else digest(picture)}}
        if self.name == "smic" and not os.path.lexists(path):
            truth["clips"] = {clip.id: self._without(clip, number)}
        return Change(f"{path.name}: {said}", (path.name, clip.name), truth)

    def _without(self, clip: Clip, number: int) -> Clip:
        """SMIC has no list: the clip is what its folder holds."""
        numbers = [other for other in clip.frame_numbers() if other != number]
        return Clip(**vars(clip) | {"onset": numbers[0], "offset": numbers[-1]})

    def _swapped(self, folder: Path, rng: Random) -> Change:
        (clip, number, path), (clip2, number2, path2) = self._picked(folder, rng), self._picked(folder, rng)
        said = files.swapped(path, path2)
        truth = {(clip.id, number): digest(strict.image(path)), (clip2.id, number2): digest(strict.image(path2))}
        return Change(f"{path.name} {said}", (path.name, path2.name, clip.name, clip2.name), {"frames": truth})

    def _doubled(self, folder: Path, rng: Random) -> Change:
        clip, _, path = self._picked(folder, rng)
        said, copy = files.doubled(path, rng)
        return Change(f"{path.name} {said}", (path.name, copy.name, clip.name))

    def _renamed(self, folder: Path, rng: Random) -> Change:
        clip, _, path = self._picked(folder, rng)
        name = rng.choice([name for name in files.other_names(path) if name != path.name])
        path.rename(path.with_name(name))
        return Change(f"{path.name} is called {name!r}", (path.name, name, clip.name))

    def _in_another_clip(self, folder: Path, rng: Random) -> Change:
        clip, _, path = self._picked(folder, rng)
        other = self._place(folder, rng.choice([each for each in CLIPS[self.name] if each != clip]))
        path.rename(other / path.name)
        return Change(f"{path.name} moved to {other.name}", (path.name, clip.name, other.name))

    def _inserted(self, folder: Path, rng: Random) -> Change:
        """A picture before the first frame, or after the last, or a number that is far off."""
        clip, _, path = self._picked(folder, rng)
        number = rng.choice((clip.onset - 1, clip.offset + 1, clip.offset + 500))
        name = path.name.replace(path.stem, path.stem.rstrip("0123456789") + str(number))
        shutil.copyfile(path, path.with_name(name))
        truth = {}
        if self.name == "smic" and number != clip.offset + 500:  # what the folder holds is the clip
            ends = {"onset": min(clip.onset, number), "offset": max(clip.offset, number)}
            truth = {"clips": {clip.id: Clip(**vars(clip) | ends)}}
            truth["frames"] = {(clip.id, number): digest(strict.image(path))}
        return Change(f"{name} beside {path.name}", (name, clip.name), truth)

    # ---- folders

    def _clip_folder(self, folder: Path, rng: Random) -> Change:
        clip = rng.choice(CLIPS[self.name])
        place = self._place(folder, clip)
        names = [place.name.upper(), place.name.lower(), f"{place.name} ", f" {place.name}", f"{place.name}_new"]
        names += [place.name.replace("_", "-"), place.name.replace("0", "", 1), place.name[:-1] + "９", "", ".hidden"]
        name = rng.choice(names)
        if name in ("", place.name):
            shutil.rmtree(place)
            if rng.random() < 0.5:
                place.mkdir()
        else:
            place.rename(place.with_name(name))
        return Change(f"folder {place.name} is {name!r}", (clip.name, name or clip.name))

    def _clip_twice(self, folder: Path, rng: Random) -> Change:
        clip = rng.choice(CLIPS[self.name])
        place = self._place(folder, clip)
        name = rng.choice((f"{place.name} (1)", f"{place.name} - copy", f"{place.name}_old", f"old/{place.name}"))
        shutil.copytree(place, place.parent / name)
        return Change(f"{place.name} twice, as {name}", (clip.name, name, f"/{name.partition('/')[0]}:"))

    def _subject_folder(self, folder: Path, rng: Random) -> Change:
        clip = rng.choice(CLIPS[self.name])
        place = next(each for each in self._place(folder, clip).parents if each.name == clip.subject)
        name = rng.choice((f"Sub{clip.subject[-2:]}", clip.subject.replace("0", ""), f"{clip.subject} ", "x"))
        name = name if name != clip.subject else f"{clip.subject}_new"
        place.rename(place.with_name(name))
        return Change(f"subject's folder {place.name} is {name!r}", (clip.subject, name, clip.name))

    def _junk(self, folder: Path, rng: Random) -> Change:
        places = [path for path in sorted((folder / "data").rglob("*")) if path.is_dir()]
        place = rng.choice(places)
        return Change(f"{place.name}: {files.junk(place, rng)}", (place.name,))

    def _linked(self, folder: Path, rng: Random) -> Change:
        """A clip's folder, or the database's, lies elsewhere and is linked."""
        place = rng.choice((self._place(folder, rng.choice(CLIPS[self.name])), folder / "data" / self.name))
        elsewhere = folder / "elsewhere"
        shutil.move(place, elsewhere)
        place.symlink_to(elsewhere)
        return Change(f"{place.name} is a link", (place.name,))

    def _loop(self, folder: Path, rng: Random) -> Change:
        place = rng.choice([path for path in sorted((folder / "data").rglob("*")) if path.is_dir()])
        (place / "loop").symlink_to(rng.choice((".", "..", place.resolve())))
        return Change(f"{place.name}/loop leads back", (place.name, "loop"))


def digest(frame: np.ndarray) -> str:
    """Of an image's shape and colours; grey counts as the colours that it shows."""
    frame = np.stack([frame] * 3, -1) if frame.ndim == 2 else frame
    return hashlib.sha256(repr(frame.shape).encode() + np.ascontiguousarray(frame).tobytes()).hexdigest()[:16]


def _short(clip: Clip | None) -> str:
    return "none" if clip is None else f"{clip.onset}-{clip.apex}-{clip.offset} {clip.emotion}"
