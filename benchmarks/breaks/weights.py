"""Weights: those that ship, in a copy of their folder, and those of a user's own training."""

from __future__ import annotations

import pickle
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random

import numpy as np
import torch

from breaks import files
from breaks.judge import Change, Seen
from mxe_lib import weights
from mxe_lib.learning import training
from mxe_lib.recognition import shipped_generator, shipped_recognizer
from mxe_lib.spotting import shipped_spotter

PLACE = weights.WEIGHTS


class Shipped:
    """Read by the functions of the shipped models, from ``weights/``."""

    name, scratch = "shipped weights", ()

    def __init__(self) -> None:
        kinds = files.DAMAGE | files.INSTEAD | files.HARMLESS
        self.breaks = {key: partial(self._file, value) for key, value in kinds.items()}
        own = (self._swapped, self._number, self._program, self._digits)
        self.breaks |= {each.__name__.strip("_"): each for each in own}

    def build(self, folder: Path) -> None:
        shutil.copytree(PLACE, folder / "weights", ignore=shutil.ignore_patterns("__pycache__", "*.md", "*.py"))

    def observe(self, folder: Path) -> Seen:
        modules = [weights, shipped_recognizer, shipped_spotter, shipped_generator]
        for module in modules:
            if hasattr(module, "WEIGHTS"):
                module.WEIGHTS = folder / "weights"
        for kept in (shipped_recognizer.recognizer, shipped_spotter.spotter):
            kept.cache_clear()
        try:
            movement = np.random.default_rng(0).normal(size=(2, 75, 75)).astype(np.float32)
            recognizer = shipped_recognizer.recognizer()
            result = {
                "probabilities": recognizer.probabilities(movement),
                "checked": (recognizer.accuracy, recognizer.checked, recognizer.temperature),
                "spotter": _sum(shipped_spotter.spotter()),
                "steps": shipped_generator.steps_table().to_csv(),
                "fields": {k: float(v.sum()) for k, v in shipped_generator.shown_fields().items()},
                "generator": training.stored(folder / "weights" / "generator.model", folder / "weights").name,
            }
            (folder / "weights" / "models" / result["generator"]).unlink()
            (folder / "weights" / "models").rmdir()
            result["generator"] = _sum(training.load(folder / "weights" / "generator.model"))
        finally:
            for module in modules:
                if hasattr(module, "WEIGHTS"):
                    module.WEIGHTS = PLACE
            shutil.rmtree(folder / "weights" / "models", ignore_errors=True)
            assert not (folder / "weights" / "ran").exists(), "a program in the weights was executed"
        return Seen(result)

    def wrong(self, before: Seen, seen: Seen, change: Change) -> str:
        odd = [name for name, value in before.result.items() if seen.result[name] != value]
        return f"{odd[0]} is another: {seen.result[odd[0]]}"[:200] if odd else ""

    def _picked(self, folder: Path, rng: Random) -> Path:
        return rng.choice([path for path in sorted((folder / "weights").iterdir()) if path.is_file()])

    def _file(self, break_it: Callable[[Path, Random], str], folder: Path, rng: Random) -> Change:
        path = self._picked(folder, rng)
        return Change(f"{path.name}: {break_it(path, rng)}", (path.name,))

    def _swapped(self, folder: Path, rng: Random) -> Change:
        one, other = rng.sample(["spotter.model", "recognizer.model", "generator.model"], 2)
        said = files.swapped(folder / "weights" / one, folder / "weights" / other)
        return Change(f"{one} {said}", (one, other))

    def _number(self, folder: Path, rng: Random) -> Change:
        """Another digit in a small text."""
        path = folder / "weights" / rng.choice(("recognizer.json", "generator_steps.csv"))
        text = path.read_text(encoding="utf-8")
        place = rng.choice([index for index, sign in enumerate(text) if sign.isdigit()])
        digit = str((int(text[place]) + rng.randrange(1, 10)) % 10)
        path.write_text(text[:place] + digit + text[place + 1 :], encoding="utf-8")
        return Change(f"{path.name}: another digit at {place}", (path.name,))

    def _digits(self, folder: Path, rng: Random) -> Change:
        path = folder / "weights" / "recognizer.json"
        path.write_text(rng.choice(("{}", "[]", '{"temperature": null}', "1", '{"temperature": 1, "x": 2}')))
        return Change(f"{path.name}: {path.read_text()}", (path.name,))

    def _program(self, folder: Path, rng: Random) -> Change:
        path = folder / "weights" / rng.choice(("spotter.model", "recognizer.model", "generator_fields.npz"))
        path.write_bytes(_evil(folder / "weights" / "ran", headed=rng.random() < 0.7))
        return Change(f"{path.name}: a program in it", (path.name,))


class Own:
    """A user's model: ``save``, then ``load``."""

    name, scratch = "own weights", ("cache",)

    def __init__(self) -> None:
        kinds = files.DAMAGE | files.INSTEAD | files.HARMLESS
        self.breaks = {key: partial(self._file, value) for key, value in kinds.items()}
        self.breaks |= {each.__name__.strip("_"): each for each in (self._renamed, self._program, self._other_content)}

    def build(self, folder: Path) -> None:
        training.save(training.load(PLACE / "spotter.model"), folder / "my.model")

    def observe(self, folder: Path) -> Seen:
        path = next(iter(folder.glob("*.model")), folder / "my.model")
        try:
            return Seen(_sum(training.load(path)))
        finally:
            assert not (folder / "ran").exists(), "a program in the weights was executed"

    def wrong(self, before: Seen, seen: Seen, change: Change) -> str:
        return "" if seen.result == before.result else "another network"

    def _file(self, break_it: Callable[[Path, Random], str], folder: Path, rng: Random) -> Change:
        return Change(break_it(folder / "my.model", rng), ("my.model",))

    def _renamed(self, folder: Path, rng: Random) -> Change:
        name = rng.choice(("é ü.model", "spotter.model", "a" * 100 + ".model"))
        (folder / "my.model").rename(folder / name)
        return Change(f"called {name}", (name,))

    def _program(self, folder: Path, rng: Random) -> Change:
        (folder / "my.model").write_bytes(_evil(folder / "ran", headed=rng.random() < 0.7))
        return Change("a program in it", ("my.model",))

    def _other_content(self, folder: Path, rng: Random) -> Change:
        """Whole by its hash, and no model of ours."""
        from mxe_lib.compute import store

        content = {"class": "mxe_lib.spotting.whole_clip.SpotApexInClip", "hparams": {}, "weights": {}}
        content |= rng.choice(({"class": "os.system"}, {"class": "x"}, {"hparams": {"y": 1}}, {"weights": 3}, {}))
        torch.save(rng.choice((content, content, 7, [1, 2])), folder / "part")
        store.keep(folder / "my.model", rng.choice(((folder / "part").read_bytes(), b"", b"text")))
        (folder / "part").unlink()
        return Change("another content with a right hash", ("my.model",))


def _sum(model: torch.nn.Module) -> list[float]:
    return [float(tensor.double().sum()) for tensor in model.state_dict().values()]


class _Touch:
    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def _evil(path: Path, headed: bool) -> bytes:
    from mxe_lib.compute import store

    content = pickle.dumps(_Touch(path))
    return store.digest(content).encode() + b"\n" + content if headed else content
