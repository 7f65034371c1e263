"""Cross-validation: each fold is trained and predicted once, whoever asks for it and on however many processes.

A fold is a ``FoldJob``. ``cross_validate`` runs those of one task, ``cross_validate_all`` those of many in one queue.
So no worker waits for the last fold of each task: five folds on two workers are three rounds, the last with one worker
idle; eight networks of five folds are twenty rounds together and twenty-four one after the other.
"""

import contextlib
import functools
import json
from collections.abc import Hashable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import pytorch_lightning as pl
import torch

from mxe_lib.clips import Clip
from mxe_lib.compute import code, parallel, store
from mxe_lib.compute.determinism import device, multiplied, own_random_state, precision
from mxe_lib.errors import MxeError
from mxe_lib.learning import training
from mxe_lib.learning.folds import Fold
from mxe_lib.learning.samples import Samples
from mxe_lib.learning.training import Augment, fit, fold_seed, load, model_key


@dataclass(frozen=True, eq=False)
class FoldJob:
    """A task to train on a fold's training clips, which then predicts its test clips.

    Attributes:
        task: settings of what to train; itself left untrained.
        samples: of all clips that the fold names.
        seed: the fold's own seed is drawn from it, the settings and the fold's name.
        cache: folder for weights and predictions.
        augment: changes the training samples; it never sees the test clips.
        start: weights that ``fit`` stored, of the same network, to go on from.
        epochs: ``last``, or ``every`` for predictions after each epoch too, with a column epoch from 1: for
            ``leaks.best_test_epoch`` alone. Predicting draws no random numbers: the training is the same.
    """

    task: pl.LightningModule
    samples: Samples
    fold: Fold
    seed: int
    cache: Path
    augment: Augment | None = None
    start: Path | None = None
    epochs: Literal["last", "every"] = "last"

    @property
    def id(self) -> str:
        """For messages."""
        return self.fold.name

    def path(self) -> Path:
        """Where the predictions are kept: under a hash of everything that they depend on."""
        trained_on, own_seed = self.samples.digest(self.fold.train), fold_seed(self.task, self.seed, self.fold)
        model = model_key(self.task, trained_on, own_seed, self.augment, self.start)
        key = [model, self.fold.name, self.seed, self.samples.digest(self.fold.test), code.digest(__name__)]
        folder = {"last": "predictions", "every": "epoch_predictions"}[self.epochs]
        return Path(self.cache) / folder / f"{store.digest(json.dumps(key))}.csv"

    def run(self) -> pd.DataFrame:
        """The predictions, read where they are kept, else made and kept: ``task.predictions`` with fold and seed."""
        path = self.path()
        with store.making(path):
            table = _kept(path)
            if table is None:
                made = self._every_epoch() if self.epochs == "every" else self._last_epoch()
                made.insert(3, "fold", self.fold.name)
                made.insert(4, "seed", self.seed)
                store.keep_table(path, made)
                table = store.kept_table(path)
        return table

    def _last_epoch(self) -> pd.DataFrame:
        own_seed = fold_seed(self.task, self.seed, self.fold)
        weights = fit(self.task, self.samples.subset(self.fold.train), own_seed, self.cache, self.augment, self.start)
        with multiplied(precision()):
            return load(weights).to(device()).predictions(self.samples.subset(self.fold.test))

    def _every_epoch(self) -> pd.DataFrame:
        kind, settings = type(self.task), self.task.hparams
        test, tables = self.samples.subset(self.fold.test), []
        with own_random_state(0):
            # Answers come from a copy, as they do when a stored model is loaded: the one in training is only looked at.
            copy = kind(**settings).to(device()).eval()

        class Watched(kind):
            def on_train_epoch_end(self) -> None:
                super().on_train_epoch_end()
                copy.load_state_dict(self.state_dict())
                tables.append(copy.predictions(test).assign(epoch=len(tables) + 1))

        with own_random_state(0):
            watched = Watched(**settings)
        training.train(watched, self.samples.subset(self.fold.train), fold_seed(self.task, self.seed, self.fold))
        return pd.concat(tables, ignore_index=True)


def run_jobs(jobs: Sequence[FoldJob], workers: int | Executor = 1, label: str = "folds") -> list[pd.DataFrame]:
    """What each job's ``run`` returns, in their order; those whose predictions aren't kept are run in one queue."""
    paths = [job.path() for job in jobs]
    found = {path: _kept(path) for path in paths}
    missing = {path: job for path, job in zip(paths, jobs, strict=True) if found[path] is None}
    if parallel.elsewhere(workers, len(missing)):
        queue, function = [_sent(job) for job in missing.values()], _run_sent
    else:
        queue, function = [(job,) for job in missing.values()], FoldJob.run
    for index, table in parallel.run(function, queue, workers, label=label):
        found[list(missing)[index]] = table
    return [found[path] for path in paths]


def cross_validate(
    task: pl.LightningModule,
    samples: Samples,
    folds: Sequence[Fold],
    *,
    seed: int = 0,
    cache: Path,
    workers: int | Executor = 1,
    augment: Augment | None = None,
    start: Path | None = None,
) -> pd.DataFrame:
    """Train on each fold's training clips and predict its test clips; all folds' predictions in one table.

    Args:
        task, samples, seed, cache, augment, start: as in ``FoldJob``.
        folds: of ``folds.folds``.
        workers: processes; the predictions don't depend on it.

    Returns:
        ``task.predictions`` of every test clip plus columns fold and seed, sorted by clip and frame.

    Raises:
        MxeError: if a fold names a clip that the samples don't hold.
    """
    return _pooled(run_jobs([FoldJob(task, samples, fold, seed, cache, augment, start) for fold in folds], workers))


def cross_validate_all(
    runs: Mapping[Hashable, Mapping[str, Any]], *, cache: Path, workers: int | Executor = 1
) -> dict[Hashable, pd.DataFrame]:
    """What ``cross_validate`` returns for each run, bit for bit; all their folds are trained in one queue.

    As there, a fold's seed is drawn from the task's settings, too: one seed does not give two networks, or one network
    with two labels, the same initial weights.

    Args:
        runs: by a name of your choice the arguments of ``cross_validate``: task, samples, folds, and where they are
            not the default seed, augment, start.
        cache: folder for weights and predictions; what is there is not computed again.
        workers: processes; the predictions don't depend on it.

    Raises:
        MxeError: if a fold names a clip that its samples don't hold.
    """
    jobs = {}
    for name, run in runs.items():
        rest = {"seed": 0, "cache": cache} | {key: value for key, value in run.items() if key != "folds"}
        jobs[name] = [FoldJob(fold=fold, **rest) for fold in run["folds"]]
    tables = iter(run_jobs([job for own in jobs.values() for job in own], workers))
    return {name: _pooled([next(tables) for _ in own]) for name, own in jobs.items()}


def _kept(path: Path) -> pd.DataFrame | None:
    """A job's predictions; None if they aren't there, were damaged since, or are no predictions."""
    table = store.kept_table(path)
    return table if table is not None and {"clip", "fold", "seed"} <= set(table) else None


def _pooled(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    pooled = pd.concat(tables, ignore_index=True)
    return pooled.sort_values([name for name in ("clip", "number") if name in pooled], ignore_index=True)


def _sent(job: FoldJob) -> tuple:
    """A job as a worker gets it: settings for weights, and for tensors a file that all workers map into memory."""
    rest = {field.name: getattr(job, field.name) for field in fields(job) if field.name not in ("task", "samples")}
    return type(job.task), dict(job.task.hparams), store_samples(job.samples, job.cache), job.id, rest


def _run_sent(task_class: type, settings: dict, stored: Path, name: str, rest: dict) -> pd.DataFrame:
    return FoldJob(task=task_class(**settings), samples=_samples(stored), **rest).run()


def store_samples(samples: Samples, cache: Path) -> Path:
    path = Path(cache) / "samples" / f"{samples.digest()}.pt"
    with contextlib.suppress(Exception):  # not there, or damaged
        read_samples(path)
        return path
    content = {name: getattr(samples, name) for name in ("inputs", "clip_index", "numbers", "classes")}
    content["clips"] = [vars(clip) for clip in samples.clips]
    with store.whole(path) as partial:
        try:
            torch.save(content, partial)
        except RuntimeError as error:
            raise OSError("torch could not write it: is the disk full?") from error
    return path


def read_samples(path: Path) -> Samples:
    """What ``store_samples`` wrote: every byte is hashed again, once in each process.

    Raises:
        MxeError: if it was damaged since.
    """
    damaged = f"{path}: is missing or damaged: start again, and it is made anew"
    if not path.is_file():  # a pipe would be waited for
        raise MxeError(damaged)
    try:
        content = torch.load(path, mmap=True, weights_only=True)
        clips = tuple(Clip(**clip) for clip in content.pop("clips"))
        samples = Samples(clips=clips, **content)
        if samples.digest() == path.stem:
            return samples
    except Exception as error:  # what bytes that make no sense raise is anybody's guess
        raise MxeError(damaged) from error
    raise MxeError(damaged)


_samples = functools.lru_cache(maxsize=2)(read_samples)
