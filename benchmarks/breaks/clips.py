"""A folder of frames that ``mxe analyze`` is pointed at."""

from __future__ import annotations

import functools
import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from random import Random
from unittest import mock

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from breaks import files, pictures, strict
from breaks.judge import Change, Seen, command
from mxe_lib.app import analyze
from mxe_lib.simulation.database import SimulatedDatabase
from mxe_lib.vision import tvl1

FIRST, COUNT = 46, 10
KNOWN_NOTES = ("The face hardly moves", "The spotter takes", "This recogniser got", "Apex given")
"""Notes that say nothing of the file."""


@functools.cache
def face(colour: bool) -> np.ndarray:
    """A smile of ten frames: ``(10, H, W[, 3])`` uint8."""
    database = SimulatedDatabase("casme2" if colour else "samm")
    clip = database.add_clip(("12D", "6C"), length=COUNT - 1)
    return database.frames(clip)


def quick() -> None:
    """Coarser flow, in half the time: for all of the process."""
    tvl1.PARAMETERS |= {"warps": 2, "outerIterations": 1}


def verdict(clip: Path, out: Path) -> tuple[dict, set[str]]:
    """What ``mxe analyze`` says of a clip: its numbers, and its notes but the usual ones."""
    status, lines = command("analyze", clip, "--out", out)
    assert status == 0 and lines, f"status {status} and {len(lines)} lines"
    # Its name may be told with escapes, and a pipe may have the name that it would have had.
    written = max((path for path in out.glob("*.json") if path.is_file()), key=lambda path: path.stat().st_mtime_ns)
    report = json.loads(written.read_text(encoding="utf-8"))
    with Image.open(written.with_name(f"{written.name.removesuffix('.json')}.png")) as figure:
        figure.load()
    left = [path.name for path in out.glob("*.partial")]
    assert not left, f"left half-written: {left}"
    notes = {note for note in report["notes"] if not note.startswith(KNOWN_NOTES)}
    scored = report["apex_probability"]
    return {
        "onset": report["onset"],
        "apex": report["apex"],
        "offset": report["offset"],
        "scores": {int(number): score for number, score in (scored or {}).items()},
        "motion": report["motion"],
        "probabilities": list(report["probabilities"].values()),
    }, notes


_kept: dict[str, dict | str] = {}


def true_verdict(frames: Mapping[int, np.ndarray]) -> dict | str:
    """Of these frames, by number, as whole PNG files; the message if there is none."""
    parts = [f"{number} {frame.shape} {frame.tobytes()}" for number, frame in sorted(frames.items())]
    key = hashlib.sha256("".join(parts).encode()).hexdigest()
    if key not in _kept:
        with tempfile.TemporaryDirectory() as name, mock.patch.object(analyze, "draw", lambda *_: Figure((1, 1))):
            (place := Path(name, "clip")).mkdir()
            for number, frame in frames.items():
                Image.fromarray(frame).save(place / f"img{number}.png")
            try:
                _kept[key] = verdict(place, Path(name, "out"))[0]
            except ValueError as error:
                _kept[key] = str(error)
    return _kept[key]


def differs(one: dict, other: dict | str, loose: bool = False, numbers: bool = True) -> str:
    """Which number of two verdicts is not the same; '' if none is.

    Args:
        loose: the frames may be a grey level off, as another decoder has them.
        numbers: frame numbers must agree, too, and not only their order.
    """
    if isinstance(other, str):
        return f"a verdict where none can be: {other}"
    if len(one["scores"]) != len(other["scores"]):
        return f"{len(one['scores'])} frames for {len(other['scores'])}"
    shift = 0 if numbers else one["onset"] - other["onset"]
    for name in ("onset", "apex", "offset"):
        if abs(one[name] - shift - other[name]) > (loose and name == "apex"):
            return f"{name} {one[name]} for {other[name] + shift}"
    if numbers and list(one["scores"]) != list(other["scores"]):
        return f"frames {list(one['scores'])} for {list(other['scores'])}"
    far = 0.08 if loose else 1e-6
    for name in ("motion", "probabilities", "scores"):
        ours, theirs = (list(each.values()) if name == "scores" else each for each in (one[name], other[name]))
        if not np.allclose(ours, theirs, rtol=far, atol=far):
            return f"{name} {np.round(ours, 3)} for {np.round(theirs, 3)}"
    return ""


class Folder:
    """``clip/EP02_01f/img46.<ending>`` and so on, in ten frames.

    A change's truth: what the frames truly are, by number; ``differs`` compares with the verdict on them.
    """

    scratch = ("out",)

    def __init__(self, ending: str, colour: bool):
        self.name, self._ending, self._colour = f"folder of {ending}", ending, colour
        single = files.DAMAGE | files.INSTEAD | files.HARMLESS | pictures.STORED | pictures.ODD
        del single["gone"]  # which ``_gone`` does
        self.breaks = {f"frame {key}": partial(self._frame, value) for key, value in single.items()}
        self.breaks |= {f"all {key}": partial(self._all, value) for key, value in pictures.STORED.items()}
        own = (self._gone, self._swapped, self._doubled, self._renamed, self._all_renamed, self._no_digits, self._junk)
        own += (self._two_takes, self._other_endings, self._folder, self._link, self._one_frame)
        self.breaks |= {each.__name__.strip("_"): each for each in own}

    def build(self, folder: Path) -> None:
        (place := folder / "clip" / "EP02_01f").mkdir(parents=True)
        for number, frame in enumerate(face(self._colour), start=FIRST):
            Image.fromarray(frame).save(place / f"img{number}{self._ending}")

    def observe(self, folder: Path) -> Seen:
        place = next(path for path in (folder / "clip").iterdir())
        return Seen(*verdict(place, folder / "out"))

    def wrong(self, before: Seen, seen: Seen, change: Change) -> str:
        said = differs(seen.result, before.result)
        if not said or change.truth is None:
            return said
        frames, how = change.truth
        return differs(seen.result, true_verdict(frames), **how)

    def _files(self, folder: Path) -> dict[int, Path]:
        place = folder / "clip" / "EP02_01f"
        return {number: place / f"img{number}{self._ending}" for number in range(FIRST, FIRST + COUNT)}

    def _frames(self, folder: Path) -> dict[int, np.ndarray]:
        return {number: strict.image(path) for number, path in self._files(folder).items()}

    def _truth(self, folder: Path) -> tuple[dict, dict] | None:
        """What the files say as they are now; None if one of them is damaged."""
        frames = self._frames(folder)
        sizes = {None if frame is None else frame.shape for frame in frames.values()}
        return None if None in sizes or len(sizes) > 1 else (frames, {"loose": True})

    def _frame(self, break_it: Callable[[Path, Random], str], folder: Path, rng: Random) -> Change:
        number = rng.choice((FIRST, FIRST + COUNT - 1, *range(FIRST, FIRST + COUNT)))
        path = self._files(folder)[number]
        said = break_it(path, rng)
        odd = break_it in pictures.ODD.values()
        return Change(f"{path.name}: {said}", (path.name, f"frame {number}"), None if odd else self._truth(folder))

    def _all(self, break_it: Callable[[Path, Random], str], folder: Path, rng: Random) -> Change:
        seed, said = rng.random(), ""
        for path in self._files(folder).values():
            said = break_it(path, Random(seed))
        return Change(f"all frames: {said}", ("img46", "frame 46", "EP02_01f"), self._truth(folder))

    def _gone(self, folder: Path, rng: Random) -> Change:
        frames = self._frames(folder)
        numbers = rng.sample(range(FIRST, FIRST + COUNT), rng.choice((1, 1, 2, 5)))
        for number in numbers:
            self._files(folder)[number].unlink()
            del frames[number]
        names = tuple(f"{number}" for number in numbers)
        return Change(f"frames {sorted(numbers)} gone", names, (frames, {"loose": True}))

    def _swapped(self, folder: Path, rng: Random) -> Change:
        one, other = rng.sample(list(self._files(folder).values()), 2)
        return Change(f"{one.name} {files.swapped(one, other)}", (one.name,), self._truth(folder))

    def _doubled(self, folder: Path, rng: Random) -> Change:
        path = rng.choice(list(self._files(folder).values()))
        said, copy = files.doubled(path, rng)
        return Change(f"{path.name} {said}", (path.name, copy.name))

    def _renamed(self, folder: Path, rng: Random) -> Change:
        path = rng.choice(list(self._files(folder).values()))
        name = rng.choice([name for name in files.other_names(path) if name != path.name])
        path.rename(path.with_name(name))
        return Change(f"{path.name} is called {name!r}", (path.name, name, f"frame {path.stem[3:]}"))

    def _all_renamed(self, folder: Path, rng: Random) -> Change:
        """All alike: numbers, or at least their order, are what they were."""
        patterns = [
            "img{:06d}{}",
            "{:d}{}",
            "frame_{:d}{}",
            "reg_img{:d}{}",
            "clip2_{:03d}{}",
            "img-{:d}{}",
            "img {:d}{}",
        ]
        patterns += ["img({:d}){}", "img{:d}_crop{}", "{:d}-left{}", "take1 {:03d} of 10{}", "é{:d}{}", "IMG_{:d}_.{}"]
        pattern = rng.choice(patterns)
        for number, path in self._files(folder).items():
            path.rename(path.with_name(pattern.format(number, self._ending)))
        truth = (dict(enumerate(self._frames_before(), FIRST)), {"numbers": False, "loose": True})
        return Change(f"all renamed like {pattern}", ("img", "frame", "name", "number"), truth)

    def _no_digits(self, folder: Path, rng: Random) -> Change:
        """Letters count: a, b, c."""
        for index, path in enumerate(self._files(folder).values()):
            path.rename(path.with_name(f"{chr(97 + index)}{self._ending}"))
        truth = (dict(enumerate(self._frames_before(), 1)), {"loose": True})
        return Change("names of letters", ("a.", "number"), truth)

    def _frames_before(self) -> np.ndarray:
        return face(self._colour)

    def _junk(self, folder: Path, rng: Random) -> Change:
        return Change(files.junk(folder / "clip" / "EP02_01f", rng), ("img",))

    def _two_takes(self, folder: Path, rng: Random) -> Change:
        """A second clip's frames in the same folder, under names of their own."""
        prefix, shift = rng.choice((("take2_", 0), ("b", 0), ("second_", 4), ("img_", 0), ("zz", 20)))
        for number, path in self._files(folder).items():
            shutil.copyfile(path, path.with_name(f"{prefix}{number + shift}{self._ending}"))
        return Change(f"a second row of frames, {prefix}{FIRST + shift}", (prefix, "EP02_01f"))

    def _other_endings(self, folder: Path, rng: Random) -> Change:
        """Each frame once more in another format."""
        ending = rng.choice([each for each in (".png", ".bmp", ".jpg", ".tif", ".webp") if each != self._ending])
        for path in self._files(folder).values():
            with Image.open(path) as image:
                image.save(path.with_suffix(ending))
        return Change(f"each frame as {ending}, too", ("EP02_01f", "img"))

    def _folder(self, folder: Path, rng: Random) -> Change:
        place = folder / "clip" / "EP02_01f"
        name = rng.choice(
            ("EP02 01f", "EP02_01f.png", "é ü 你", "a" * 200, "-x", "EP.02.01", ".hidden", "EP02_01f.mp4")
        )
        place.rename(place.with_name(name))
        return Change(f"the folder is called {name}", (name,))

    def _link(self, folder: Path, rng: Random) -> Change:
        place = folder / "clip" / "EP02_01f"
        place.rename(folder / "elsewhere")
        place.symlink_to(folder / "elsewhere")
        return Change("the folder is a link", ("EP02_01f",))

    def _one_frame(self, folder: Path, rng: Random) -> Change:
        left = rng.choice((0, 1))
        for path in list(self._files(folder).values())[left:]:
            path.unlink()
        return Change(f"{left} frames left", ("EP02_01f",))
