"""Where things are written: no room, no right, something in the way, or the input itself."""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from random import Random

import numpy as np

from breaks import clips, files, movies
from breaks.judge import Change, Seen
from mxe_lib.compute import store
from mxe_lib.evaluation import results


@contextlib.contextmanager
def files_at_most(size: int) -> Iterator[None]:
    """No file may grow larger, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextlib.contextmanager
def small_disk(place: Path, options: str) -> Iterator[None]:
    """A disk of its own at ``place``, where this machine lets us; else files of at most 4 kB."""
    place.mkdir(exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
    if subprocess.run(command, capture_output=True).returncode:
        with files_at_most(4096):
            yield
        return
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


class Place:
    """``mxe analyze`` of a good clip, a result table and a kept file, written where there is something wrong."""

    name, scratch = "output", ("out",)

    def __init__(self) -> None:
        ways = (self._file, self._link, self._pipe, self._below_a_file, self._endless, self._name, self._deep)
        ways += (self._no_room, self._no_bytes, self._no_inodes, self._read_only, self._limit, self._old_output)
        self.breaks = {f"{way.__name__.strip('_')}": partial(self._way, way) for way in ways}
        own = (self._into_the_clip, self._over_the_clip, self._twice_into_the_clip)
        self.breaks |= {each.__name__.strip("_"): each for each in own}
        self._disk: Callable[[Path], contextlib.AbstractContextManager] = lambda out: contextlib.nullcontext()
        self._out, self._clip = "out", "clip/EP02_01f"

    def build(self, folder: Path) -> None:
        clips.Folder(".png", colour=False).build(folder)

    def observe(self, folder: Path) -> Seen:
        disk, out, clip = self._disk, folder / self._out, folder / self._clip
        self._disk, self._out, self._clip = lambda out: contextlib.nullcontext(), "out", "clip/EP02_01f"
        with disk(out):
            halves: list[str] = []
            try:
                return Seen(*clips.verdict(clip, out))
            finally:
                with contextlib.suppress(OSError):  # a name that is too long
                    halves = [path.name for path in out.glob("*.partial")] if out.is_dir() else []
                assert not halves, f"left half-written: {halves}"

    def wrong(self, before: Seen, seen: Seen, change: Change) -> str:
        return clips.differs(seen.result, change.truth or before.result)

    def _way(self, way: Callable[[Path, Random], str], folder: Path, rng: Random) -> Change:
        out = folder / "out"
        shutil.rmtree(out, ignore_errors=True)
        said = way(out, rng)
        return Change(said, ("--out", "out", "EP02_01f"))

    def _file(self, out: Path, rng: Random) -> str:
        out.write_text("something")
        return "out is a file"

    def _link(self, out: Path, rng: Random) -> str:
        out.symlink_to(rng.choice(("nowhere", "out")))
        return "out is a link to nothing"

    def _pipe(self, out: Path, rng: Random) -> str:
        out.mkdir()
        os.mkfifo(out / f"EP02_01f{rng.choice(('.png', '.json'))}")
        return "a pipe where the figure or the report goes"

    def _endless(self, out: Path, rng: Random) -> str:
        out.mkdir()
        (out / f"EP02_01f{rng.choice(('.png', '.json'))}").mkdir()
        return "a folder where the figure or the report goes"

    def _below_a_file(self, out: Path, rng: Random) -> str:
        out.write_text("something")
        self._out = "out/deeper/still"
        return "out lies below a file"

    def _name(self, out: Path, rng: Random) -> str:
        self._out = "out/ab" + rng.choice((" é ü 你", "x" * 240, "'\"`$;", "{0}", "%s", "[1]", "\\n", "-", " "))
        return f"out is called {self._out}"

    def _deep(self, out: Path, rng: Random) -> str:
        self._out = "out/" + "/".join(["d" * 100] * rng.choice((3, 45)))
        return f"out has {len(self._out)} letters"

    def _no_room(self, out: Path, rng: Random) -> str:
        self._disk = partial(small_disk, options=f"size={rng.choice((4, 16, 64))}k")
        return "a disk of a few kilobytes"

    def _no_bytes(self, out: Path, rng: Random) -> str:
        @contextlib.contextmanager
        def full(out: Path) -> Iterator[None]:
            with small_disk(out, "size=256k"):
                with contextlib.suppress(OSError), open(out / ".full", "wb") as file:
                    file.write(bytes(300_000))
                yield

        self._disk = full
        return "a full disk"

    def _no_inodes(self, out: Path, rng: Random) -> str:
        self._disk = partial(small_disk, options=f"size=8m,nr_inodes={rng.choice((1, 2))}")
        return "a disk for a single file"

    def _read_only(self, out: Path, rng: Random) -> str:
        self._disk = partial(small_disk, options="size=8m,ro")
        return "a disk that is only read"

    def _limit(self, out: Path, rng: Random) -> str:
        size = rng.choice((0, 100, 1000, 20_000))
        self._disk = lambda out: files_at_most(size)
        return f"no file of more than {size} bytes"

    def _old_output(self, out: Path, rng: Random) -> str:
        """What an earlier call wrote, broken."""
        out.mkdir()
        path = out / f"EP02_01f{rng.choice(('.png', '.json'))}"
        path.write_bytes(rng.randbytes(1000))
        return f"an old {path.name}: {rng.choice(list(files.DAMAGE.values()))(path, rng)}"

    def _into_the_clip(self, folder: Path, rng: Random) -> Change:
        """The figure lies among the frames afterwards, where it must not count as one of them."""
        self._out = self._clip
        written = tuple(f"clip/EP02_01f/EP02_01f{ending}" for ending in (".html", ".json", ".png"))
        return Change("out is the clip's own folder", ("--out", "EP02_01f"), written=written)

    def _twice_into_the_clip(self, folder: Path, rng: Random) -> Change:
        name = rng.choice(("EP02_01", "img", "7"))
        written = tuple(f"clip/{name}/{name}{ending}" for ending in (".html", ".json", ".png"))
        (folder / self._clip).rename(folder / "clip" / name)
        self._clip = f"clip/{name}"
        with contextlib.suppress(ValueError, AssertionError):
            clips.verdict(folder / self._clip, folder / self._clip)
        return Change(
            f"a second time, the first wrote into the folder of frames {name}", ("EP02", name, "--out"), None, written
        )

    def _over_the_clip(self, folder: Path, rng: Random) -> Change:
        ending = rng.choice((".png", ".gif"))
        movies.write(folder / "clip" / f"smile{ending}", np.stack([clips.face(False)] * 3, -1))
        truth = clips.verdict(folder / "clip" / f"smile{ending}", folder / "true")[0]
        shutil.rmtree(folder / "true")
        self._clip, self._out = f"clip/smile{ending}", "clip"
        return Change(
            f"out is where smile{ending} lies",
            ("--out", "smile"),
            truth,
            ("clip/smile.html", "clip/smile.json", "clip/smile.png"),
        )


class Written:
    """``store`` and result tables on a disk with no room: whole files, or one line, and never a half one."""

    name, scratch = "writing", ("place",)

    def __init__(self) -> None:
        self.breaks = {f"{what} {how}": partial(self._choose, what, how) for what in self._WHAT for how in self._HOW}
        self._chosen: tuple[str, str, Random] | None = None

    _WHAT = ("table", "kept", "arrays", "timings")
    _HOW = ("no_room", "limit", "read_only", "file_in_the_way", "folder_in_the_way", "pipe_in_the_way", "dangling")

    def build(self, folder: Path) -> None:
        (folder / "place").mkdir()

    def _choose(self, what: str, how: str, folder: Path, rng: Random) -> Change:
        self._chosen = (what, how, rng)
        return Change(f"{what}: {how}", ("depth", "place"))

    def observe(self, folder: Path) -> Seen:
        what, how, rng = self._chosen or ("table", "", Random(0))
        self._chosen = None
        out = folder / "place" / "in"
        target = out / ("depth.csv" if what in ("table", "timings") else "depth.kept")
        disk: contextlib.AbstractContextManager = contextlib.nullcontext()
        if how == "no_room":
            disk = small_disk(out, "size=4k,nr_inodes=3")
        elif how == "read_only":
            disk = small_disk(out, "size=8m,ro")
        elif how == "limit":
            disk = files_at_most(rng.choice((0, 10, 100)))
        elif how == "file_in_the_way":
            out.write_text("x")
        elif how:
            out.mkdir()
            {"folder_in_the_way": Path.mkdir, "pipe_in_the_way": os.mkfifo, "dangling": _dangle}[how](target)
        with disk:
            try:
                _write(what, target)
            finally:
                left = [path.name for path in out.iterdir() if path != target] if out.is_dir() else []
                assert not left, f"left: {left}"
            return Seen(_read(what, target))

    def wrong(self, before: Seen, seen: Seen, change: Change) -> str:
        return "" if seen.result is True else f"what was written is not what is read: {seen.result}"


def _dangle(path: Path) -> None:
    path.symlink_to("nowhere")


_ROWS = [
    dict(experiment="depth", database="pooled", origin="simulated", model=f"m{n}", variant="", protocol="loso")
    | dict(seed="all", metric="mae", value=n / 7, unit="frames", n=60, source="ours")
    for n in range(60)
]
_ARRAYS = {"flow": np.arange(3000, dtype=np.float32).reshape(2, 30, 50)}


def _write(what: str, path: Path) -> None:
    if what == "table":
        results.write(path.stem, _ROWS, path.parent)
    elif what == "timings":
        results.write_timings(path.stem, _ROWS, path.parent)
    elif what == "kept":
        store.keep(path, _ARRAYS["flow"].tobytes())
    else:
        store.keep_arrays(path, _ARRAYS)


def _read(what: str, path: Path) -> bool:
    if what == "table":
        return bool(results.read(path.stem, path.parent)["n"].sum() == 60 * 60)
    if what == "timings":
        return path.read_text(encoding="utf-8").count("\n") == 61
    if what == "kept":
        return store.kept(path) == _ARRAYS["flow"].tobytes()
    return np.array_equal(store.kept_arrays(path)["flow"], _ARRAYS["flow"])
