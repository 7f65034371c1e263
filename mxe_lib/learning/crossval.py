"""Train once, keep the weights, never train the same thing again: ``fit``, ``run_fold``, ``cross_validate``.

A model is found again by everything that went into it: the task's settings, the seed, the training clips and the very
bytes of their tensors, the versions of the libraries, the source code that was run. Any notebook may therefore ask for
any model, in any order and after any interruption, and gets what a run without a cache would give, bit for bit.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pytorch_lightning as pl
import torch

from mxe_lib.clips import Clip
from mxe_lib.compute import parallel
from mxe_lib.compute.determinism import device
from mxe_lib.compute.store import read_table, write
from mxe_lib.learning.folds import Fold
from mxe_lib.learning.samples import Samples
from mxe_lib.learning.training import Augment, fit, fold_seed, load, model_key


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


def _predictions_path(
    task: pl.LightningModule,
    samples: Samples,
    fold: Fold,
    seed: int,
    cache: Path,
    augment: Augment | None,
    start: Path | None,
) -> Path:
    model = model_key(task, samples.digest(fold.train), fold_seed(task, seed, fold), augment, start)
    key = hashlib.sha256(json.dumps([model, fold.name, seed, samples.digest(fold.test)]).encode()).hexdigest()
    return Path(cache) / "predictions" / f"{key}.csv"


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
