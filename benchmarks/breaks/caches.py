"""What is kept to be found again: flow, weights and predictions of folds, samples for workers.

Whatever happens to a kept file, the result is the same, to the last bit, or one line names the file.
"""

from __future__ import annotations

import os
import pickle
import shutil
from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import partial
from pathlib import Path
from random import Random

import numpy as np
import pandas as pd
import torch

from breaks import files
from breaks.clips import face
from breaks.judge import Change, Seen, warned
from breaks.places import files_at_most
from mxe_lib.clips import Clip
from mxe_lib.compute import store
from mxe_lib.databases.smic import Smic
from mxe_lib.learning.crossval import cross_validate
from mxe_lib.learning.folds import folds
from mxe_lib.learning.samples import recognition_samples
from mxe_lib.recognition.task import RecognizeEmotion
from mxe_lib.simulation import writers
from mxe_lib.vision import flow

CLIPS = [
    Clip("smic", "s1", f"s1_{code}_01", 100, 1, None, 4, word, (), "simulated")
    for code, word in (("ne", "negative"), ("po", "positive"))
]


class Kept(ABC):
    """A cache in ``cache/``; a result made from it and from what lies beside it."""

    scratch: tuple[str, ...] = ("cache",)
    kinds: tuple[str, ...] = ()
    """Endings of the files that are broken."""

    def __init__(self) -> None:
        kinds = files.DAMAGE | files.INSTEAD | files.HARMLESS
        self.breaks = {f"file {key}": partial(self._file, value) for key, value in kinds.items()}
        own = (self._swapped, self._other_name, self._folder, self._all_damaged, self._left_over, self._program)
        own += (self._no_room, self._making)
        self.breaks |= {each.__name__.strip("_"): each for each in own}
        self._limit: int | None = None

    def observe(self, folder: Path) -> Seen:
        limit, self._limit = self._limit, None
        try:
            with warned() as told:
                if limit is None:
                    result = self.compute(folder)
                else:
                    with files_at_most(limit):
                        result = self.compute(folder)
        finally:
            assert not (folder / "cache" / "ran").exists(), "a program in a kept file was executed"
        return Seen(result, told)

    @abstractmethod
    def compute(self, folder: Path) -> object:
        """The result."""

    def wrong(self, before: Seen, seen: Seen, change: Change) -> str:
        return "" if seen.result == before.result else "another number"

    def _paths(self, folder: Path) -> list[Path]:
        return [path for path in sorted((folder / "cache").rglob("*")) if path.suffix in self.kinds]

    def _file(self, break_it: Callable[[Path, Random], str], folder: Path, rng: Random) -> Change:
        path = rng.choice(self._paths(folder))
        return Change(f"{path.suffix} {break_it(path, rng)}", (path.name, path.stem))

    def _swapped(self, folder: Path, rng: Random) -> Change:
        """Each is whole, and stands under the other's name."""
        kind = rng.choice(self.kinds)
        one, other = rng.sample([path for path in self._paths(folder) if path.suffix == kind], 2)
        return Change(f"{kind} {files.swapped(one, other)}", (one.name, other.name))

    def _other_name(self, folder: Path, rng: Random) -> Change:
        """A file of one kind under the name of another."""
        one, other = rng.sample(self._paths(folder), 2)
        shutil.copyfile(one, other)
        return Change(f"{one.suffix} copied over {other.suffix}", (one.name, other.name))

    def _folder(self, folder: Path, rng: Random) -> Change:
        """The cache, or a part of it, is a file, a link or a pipe."""
        place = rng.choice([folder / "cache", *{path.parent for path in self._paths(folder)}])
        shutil.rmtree(place)
        how = rng.choice(("file", "link", "pipe"))
        {"file": Path.touch, "link": lambda path: path.symlink_to("nowhere"), "pipe": os.mkfifo}[how](place)
        return Change(f"a {how} in place of {place.name}/", (place.name,))

    def _all_damaged(self, folder: Path, rng: Random) -> Change:
        paths = self._paths(folder)
        said = [rng.choice(list((files.DAMAGE | files.INSTEAD).values()))(path, rng) for path in paths]
        return Change(f"all {len(paths)} files, the first: {said[0]}", tuple(path.name for path in paths))

    def _left_over(self, folder: Path, rng: Random) -> Change:
        """Of a process that was killed."""
        path = rng.choice(self._paths(folder))
        path.with_name(f"{path.name}.host-12345678.partial").write_bytes(path.read_bytes()[:40])
        path.with_name(f"{path.name}.making").touch()
        if rng.random() < 0.5:
            path.unlink()
        return Change(f"{path.suffix} .partial and .making left over", (path.name,))

    def _making(self, folder: Path, rng: Random) -> Change:
        """Something odd where a process says that it makes the file."""
        path = rng.choice(self._paths(folder))
        claim, how = path.with_name(f"{path.name}.making"), rng.choice(("folder", "pipe", "link", "read only"))
        path.unlink()
        if how == "folder":
            claim.mkdir()
        elif how == "pipe":
            os.mkfifo(claim)
        elif how == "link":
            claim.symlink_to("nowhere/at/all")
        else:
            claim.touch(0o400)
        return Change(f"{path.suffix}.making: {how}", (path.name,))

    def _program(self, folder: Path, rng: Random) -> Change:
        """Whole by its hash, and a pickle inside that would execute something."""
        path = rng.choice(self._paths(folder))
        evil = _Touch(folder / "cache" / "ran")
        how = rng.choice(("pickle", "torch", "numpy"))
        if how == "pickle":
            content = pickle.dumps(evil)
        elif how == "torch":
            torch.save({"weights": evil}, part := path.with_suffix(".part"))
            content = part.read_bytes()
            part.unlink()
        else:
            np.savez(part := path.with_suffix(".npz"), flow=np.array([evil], object))
            content = part.read_bytes()
            part.unlink()
        if rng.random() < 0.5:
            store.keep(path, content)
        else:
            path.write_bytes(content)
        return Change(f"{path.suffix}: a program in it ({how})", (path.name,))

    def _no_room(self, folder: Path, rng: Random) -> Change:
        for path in self._paths(folder):
            path.unlink()
        self._limit = rng.choice((0, 100, 3000))
        return Change(f"nothing kept, and no file of more than {self._limit} bytes", ("cache", "kept", *self.kinds))


class _Touch:
    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


class Flow(Kept):
    """Onset flow of two clips on disk."""

    name, kinds = "cache of flow", (".flow",)

    def build(self, folder: Path) -> None:
        class Faces:
            name = "smic"

            def frames(self, clip: Clip, numbers: list[int]) -> np.ndarray:
                start = CLIPS.index(clip)
                return face(True)[[start + number for number in numbers]]

        writers.write_smic(folder / "data" / "smic", Faces(), CLIPS)
        self.compute(folder)

    def compute(self, folder: Path) -> list[bytes | None]:
        database = Smic(folder / "data" / "smic")
        numbers = [[2, 4]] * len(CLIPS)
        found = flow.flows(database, CLIPS, numbers, size=32, method="dis", cache=folder / "cache")
        return [None if each is None else each.tobytes() for each in found]


class Here(Executor):
    """An executor that does each job at once, as a worker does."""

    def submit(self, call: Callable, /, *arguments: object) -> Future:
        future: Future = Future()
        try:
            future.set_result(call(*arguments))
        except Exception as error:
            future.set_exception(error)
        return future


class Folds(Kept):
    """Weights and predictions of a small cross-validation."""

    name, kinds = "cache of folds", (".csv", ".model")
    workers: int | Executor = 1

    def build(self, folder: Path) -> None:
        self.compute(folder)

    def compute(self, folder: Path) -> str:
        table = self._table(folder / "cache")
        return table.to_csv(float_format="%.17g")

    def _table(self, cache: Path) -> pd.DataFrame:
        draw = np.random.default_rng(0)
        people = [
            Clip("smic", f"s{n // 2}", f"c{n}", 100, 0, None, 30, "positive", origin="simulated") for n in range(12)
        ]
        maps = draw.normal(size=(12, 3, 28, 28)).astype(np.float32)
        samples = recognition_samples(people, maps, [n % 3 for n in range(12)])
        task = RecognizeEmotion("ststnet", epochs=1, learning_rate=1e-3, batch_size=8)
        return cross_validate(task, samples, folds("kfold2", people), cache=cache, workers=self.workers)


class SentFolds(Folds):
    """The same where workers read samples from a file."""

    name, kinds = "samples for workers", (".pt",)
    workers = Here()

    def compute(self, folder: Path) -> str:
        from mxe_lib.learning import crossval

        for name in ("predictions", "models"):
            shutil.rmtree(folder / "cache" / name, ignore_errors=True)
        for kept in vars(crossval).values():  # a new worker has read no file
            if hasattr(kept, "cache_clear"):
                kept.cache_clear()
        return super().compute(folder)

    def _swapped(self, folder: Path, rng: Random) -> Change:
        """Samples with other annotations under the name of these."""
        (path,) = self._paths(folder)
        content = torch.load(path, weights_only=True)
        content["clips"] = [clip | {"name": f"{clip['name']}x"} for clip in content["clips"]]
        torch.save(content, path)
        return Change("samples of other clips", (path.name,))

    def _other_name(self, folder: Path, rng: Random) -> Change:
        (path,) = self._paths(folder)
        content = torch.load(path, weights_only=True)
        content["clip_digests"] = ["0" * 64] * len(content["clips"])
        torch.save(content, path)
        return Change("samples with the hashes of other clips", (path.name,))
