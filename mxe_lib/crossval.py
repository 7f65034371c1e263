"""Train once, keep the weights, never train the same thing again: ``fit``, ``run_fold``, ``cross_validate``.

A model is found again by everything that went into it: the task's settings, the seed, the training clips and the very
bytes of their tensors, the versions of the libraries, the source code that was run. Any notebook may therefore ask for
any model, in any order and after any interruption, and gets what a run without a cache would give, bit for bit.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib
import inspect
import io
import json
import logging
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytorch_lightning as pl
import torch

from mxe_lib import datamodules, labels, models
from mxe_lib.clips import Clip
from mxe_lib.compute import parallel
from mxe_lib.compute.determinism import device, one_thread, own_random_state
from mxe_lib.compute.store import read, read_table, write
from mxe_lib.datamodules import InMemory, Samples
from mxe_lib.errors import MxeError
from mxe_lib.folds import Fold
from mxe_lib.models import layers
from mxe_lib.vision import fields

Augment = Callable[[Samples, int, Path], Samples]
"""Given training samples, a seed and the cache, returns what to train on instead; its ``repr`` names its settings."""


PLACES = {
    "mxe_lib.tasks.SpotApex": "mxe_lib.tasks.SpotApex",
    "mxe_lib.tasks.RecognizeEmotion": "mxe_lib.tasks.RecognizeEmotion",
    "mxe_lib.clip_spotting.SpotApexInClip": "mxe_lib.clip_spotting.SpotApexInClip",
    "mxe_lib.augmentation.AugmentFlow": "mxe_lib.augmentation.AugmentFlow",
}
"""Where the class of an ``identity`` stands now: weights name the identity, and outlive a move of its file."""


def cross_validate(
    task: pl.LightningModule,
    samples: Samples,
    folds: Sequence[Fold],
    *,
    seed: int = 0,
    cache: Path,
    workers: int = 1,
    augment: Augment | None = None,
    start: Path | None = None,
) -> pd.DataFrame:
    """Train on each fold's training clips and predict its test clips; all folds' predictions in one table.

    Args:
        task: settings of what to train; itself left untrained.
        samples: of all clips that the folds name.
        folds: of ``folds.folds``.
        seed: each fold's own seed is drawn from it, the settings and the fold's name.
        cache: folder for weights and predictions; what is there is not computed again.
        workers: processes; the predictions don't depend on it.
        augment: changes the training samples of each fold; it never sees the test clips.
        start: weights that ``fit`` stored, of the same network: each fold goes on from them.

    Returns:
        ``task.predictions`` of every test clip plus columns fold and seed, sorted by clip and frame.

    Raises:
        MxeError: if a fold names a clip that the samples don't hold.
    """
    cache, found = Path(cache), {}
    for fold in folds:
        found[fold.name] = read_table(_predictions_path(task, samples, fold, seed, cache, augment, start))
    missing = [fold for fold in folds if found[fold.name] is None]
    if workers > 1 and len(missing) > 1:
        stored = _store_samples(samples, cache)
        jobs = [(type(task), dict(task.hparams), stored, fold, seed, cache, augment, start) for fold in missing]
        results = parallel.run(_run_stored_fold, jobs, workers, label="folds")
    else:
        jobs = [(task, samples, fold, seed, cache, augment, start) for fold in missing]
        results = parallel.run(run_fold, jobs, 1, label="folds")
    for index, table in results:
        found[missing[index].name] = table
    pooled = pd.concat([found[fold.name] for fold in folds], ignore_index=True)
    return pooled.sort_values([name for name in ("clip", "number") if name in pooled], ignore_index=True)


def run_fold(
    task: pl.LightningModule,
    samples: Samples,
    fold: Fold,
    seed: int,
    cache: Path,
    augment: Augment | None = None,
    start: Path | None = None,
) -> pd.DataFrame:
    """One fold's predictions: read where they are stored, else made by the fitted model and stored."""
    path = _predictions_path(task, samples, fold, seed, cache, augment, start)
    table = read_table(path)
    if table is None:
        weights = fit(task, samples.subset(fold.train), fold_seed(task, seed, fold), cache, augment, start)
        made = load(weights).to(device()).predictions(samples.subset(fold.test))
        made.insert(3, "fold", fold.name)
        made.insert(4, "seed", seed)
        write(path, made.to_csv(index=False, lineterminator="\n").encode())
        table = read_table(path)
    return table


def fit(
    task: pl.LightningModule,
    samples: Samples,
    seed: int,
    cache: Path,
    augment: Augment | None = None,
    start: Path | None = None,
) -> Path:
    """Train a fresh copy of the task on these samples, once.

    Args:
        task: settings; itself left untrained.
        samples: all of them are trained on.
        seed: of initial weights, batches and dropout.
        cache: the weights are stored under ``cache/models``.
        augment: called with the samples, the seed and the cache; training uses what it returns.
        start: weights that ``fit`` stored, to go on from instead of random ones. The scaling of the input and the
            class weights are those of these samples all the same.

    Returns:
        The file with the weights, for ``load``. It appears whole or not at all, and a damaged one is trained again.
    """
    path = Path(cache) / "models" / f"{_model_key(task, samples.digest(), seed, augment, start)}.model"
    if read(path) is None:
        model = _train(task, augment(samples, seed, Path(cache)) if augment else samples, seed, start)
        save(model, path)
    return path


def save(model: pl.LightningModule, path: Path, half: bool = False) -> None:
    """Write a trained task for ``load``, whole or not at all.

    Args:
        half: with 16 bits a weight.
    """
    weights = model.state_dict()
    if half:
        weights = {name: tensor.half() if tensor.is_floating_point() else tensor for name, tensor in weights.items()}
    content = {
        "class": vars(type(model)).get("identity") or f"{type(model).__module__}.{type(model).__qualname__}",
        "hparams": dict(model.hparams),
        "weights": weights,
    }
    buffer = io.BytesIO()
    torch.save(content, buffer)
    write(path, buffer.getvalue())


def load(path: Path) -> pl.LightningModule:
    """The trained task that ``fit`` or ``save`` stored, on the CPU, in evaluation mode."""
    content = torch.load(io.BytesIO(read(path)), map_location="cpu", weights_only=True)
    module, _, name = _place(content["class"]).rpartition(".")
    with own_random_state(0):
        task = getattr(importlib.import_module(module), name)(**content["hparams"])
    task.load_state_dict(content["weights"])
    return task.eval()


def fold_seed(task: pl.LightningModule, seed: int, fold: Fold) -> int:
    """A fold's own seed; not Python's ``hash``, which differs from process to process."""
    digest = hashlib.sha256(f"{_settings(task)}|{seed}|{fold.name}".encode()).digest()
    return int.from_bytes(digest[:8]) >> 1


def _place(name: str) -> str:
    """Module and class of a name that stands in weights; the first ones were written with a colon."""
    name = name.replace(":", ".")
    return PLACES.get(name, name)


def _train(task: pl.LightningModule, samples: Samples, seed: int, start: Path | None = None) -> pl.LightningModule:
    kind = device()
    with one_thread(), own_random_state(seed), _quiet_lightning():
        model = type(task)(**task.hparams)
        if start is not None:
            model.load_state_dict(load(start).state_dict())
        tensors = [tensor.to(kind) for tensor in model.training_data(samples)]
        if getattr(getattr(model, "network", None), "channels_last", False):
            model.to(memory_format=torch.channels_last)
        # A new Trainer for each model: one that is used again believes that its epochs are over and trains nothing.
        # Barebones: no logger, checkpoint, progress bar, model summary, validation or sanity check.
        trainer = pl.Trainer(
            max_epochs=task.hparams.epochs,
            accelerator="gpu" if kind == "cuda" else "cpu",
            devices=1,
            barebones=True,
            deterministic="warn" if kind == "cuda" else None,  # a CPU thread always adds in the same order
        )
        trainer.fit(model, InMemory(tensors, task.hparams.batch_size, seed))
    return model.cpu().eval()


def _model_key(
    task: pl.LightningModule, data: str, seed: int, augment: Augment | None, start: Path | None = None
) -> str:
    if augment and " at 0x" in repr(augment):
        raise MxeError(f"augment {augment!r}: needs a repr that names its settings: make it a frozen dataclass")
    before = Path(start).stem if start else None  # a hash of all that made those weights
    parts = (_settings(task), data, seed, repr(augment) if augment else None, before, _versions(), _code(task, augment))
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _predictions_path(
    task: pl.LightningModule,
    samples: Samples,
    fold: Fold,
    seed: int,
    cache: Path,
    augment: Augment | None,
    start: Path | None,
) -> Path:
    model = _model_key(task, samples.digest(fold.train), fold_seed(task, seed, fold), augment, start)
    key = hashlib.sha256(json.dumps([model, fold.name, seed, samples.digest(fold.test)]).encode()).hexdigest()
    return Path(cache) / "predictions" / f"{key}.csv"


def _settings(task: pl.LightningModule) -> str:
    # A class's own ``identity`` outlives its file: seeds, and with them all numbers, must not change with a move.
    name = vars(type(task)).get("identity") or f"{type(task).__module__}.{type(task).__qualname__}"
    return f"{name} {json.dumps(dict(task.hparams), sort_keys=True)}"


def _versions() -> list[str]:
    python = ".".join(map(str, sys.version_info[:2]))
    return [torch.__version__, pl.__version__, np.__version__, cv2.__version__, python]


def _code(task: pl.LightningModule, augment: Augment | None) -> list[str]:
    """Hashes of the source files that decide what comes out: this one, the task's, those of all its layers."""
    used = [
        datamodules,
        fields,
        labels,
        models,
        layers,
        *type(task).__mro__,
        *(type(layer) for layer in task.modules()),
    ]
    if augment:
        # What it trains (a GAN) is found by a key of its own; what it calls is whatever its module names.
        used += [type(augment), *vars(sys.modules[type(augment).__module__]).values()]
    package = Path(__file__).parent
    files = {Path(__file__)}
    for thing in used:
        with contextlib.suppress(TypeError, OSError):  # a builtin has no file
            files.add(Path(inspect.getsourcefile(thing) or ""))
    # Libraries count by their version; a task or an augmentation of the user's own counts like ours.
    own = [file for file in files if file.is_relative_to(package) or "site-packages" not in file.parts]
    return sorted(_file_hash(file) for file in own if file.is_file())


@functools.cache
def _file_hash(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _run_stored_fold(task_class: type, hparams: dict, stored: Path, *rest) -> pd.DataFrame:
    return run_fold(task_class(**hparams), _load_samples(stored), *rest)


def _store_samples(samples: Samples, cache: Path) -> Path:
    """The samples as a file that every worker maps into memory, instead of a copy sent with every fold."""
    path = Path(cache) / "samples" / f"{samples.digest()}.pt"
    if not path.exists():
        content = {name: getattr(samples, name) for name in ("inputs", "clip_index", "numbers", "classes")}
        content |= {"clips": [vars(clip) for clip in samples.clips], "clip_digests": samples.clip_digests}
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.save(content, partial := path.with_suffix(f".{os.getpid()}.partial"))
        os.replace(partial, path)
    return path


@functools.lru_cache(maxsize=2)
def _load_samples(path: Path) -> Samples:
    content = torch.load(path, mmap=True, weights_only=True)
    clips = tuple(Clip(**clip) for clip in content.pop("clips"))
    return Samples(clips=clips, **content)


@contextlib.contextmanager
def _quiet_lightning() -> Iterator[None]:
    """Without the notices that it prints for each Trainer: there is one for every fold."""
    logger = logging.getLogger("pytorch_lightning")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module=r"pytorch_lightning|lightning_fabric")
            yield
    finally:
        logger.setLevel(level)
