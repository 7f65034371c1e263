"""Train once, keep the weights, never train the same thing again: ``fit``, ``save``, ``load``.

A model is found again by everything that went into it: the task's settings, the seed, the training clips and the very
bytes of their tensors, the code that is run, the versions of its libraries, the kind of device. Any notebook may
therefore ask for any model, in any order and after any interruption, and gets what a run without a cache would give,
bit for bit.
"""

import contextlib
import importlib
import io
import json
import logging
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytorch_lightning as pl
import torch
from pytorch_lightning.plugins.environments import LightningEnvironment

from mxe_lib.compute import code, seeds, store
from mxe_lib.compute.determinism import device, engine, multiplied, one_thread, own_random_state, precision
from mxe_lib.errors import MxeError
from mxe_lib.learning import loop
from mxe_lib.learning.batches import InMemory
from mxe_lib.learning.folds import Fold
from mxe_lib.learning.samples import Samples

Augment = Callable[[Samples, int, Path], Samples]
"""Given training samples, a seed and the cache, returns what to train on instead; its ``repr`` names its settings."""


PLACES = {
    "mxe_lib.tasks.SpotApex": "mxe_lib.spotting.task.SpotApex",
    "mxe_lib.tasks.RecognizeEmotion": "mxe_lib.recognition.task.RecognizeEmotion",
    "mxe_lib.clip_spotting.SpotApexInClip": "mxe_lib.spotting.whole_clip.SpotApexInClip",
    "mxe_lib.augmentation.AugmentFlow": "mxe_lib.recognition.gan.AugmentFlow",
}
"""Where the class of an ``identity`` stands now: weights name the identity, and outlive a move of its file."""


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
            class weights are still those of these samples.

    Returns:
        The file with the weights, for ``load``. It appears whole or not at all, and a damaged one is trained again.
    """
    path = Path(cache) / "models" / f"{model_key(task, samples.digest(), seed, augment, start)}.model"
    if store.kept(path) is None:
        with store.making(path):
            if store.kept(path) is None:
                model = train(task, augment(samples, seed, Path(cache)) if augment else samples, seed, start)
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
    store.keep(path, buffer.getvalue())


def load(path: Path) -> pl.LightningModule:
    """The trained task that ``fit`` or ``save`` stored, on the CPU, in evaluation mode; under whatever name.

    Raises:
        MxeError: if there is no such file, it was damaged since, or it holds no network that this library knows.
    """
    content = store.content_of(path)
    if content is None:
        raise MxeError(f"{path}: is missing or damaged: get this file of weights again, or train them again")
    try:
        content = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
        module, _, name = _place(content["class"]).rpartition(".")
        kind = getattr(importlib.import_module(module), name)
        if not issubclass(kind, pl.LightningModule):  # nothing else is called, whatever a file says
            raise TypeError(f"{name} is no network")
        with own_random_state(0):
            task = kind(**content["hparams"])
        task.load_state_dict(content["weights"])
    except Exception as error:  # a file of another program, or of another version, fails in any of these steps
        reason = f"{type(error).__name__}: {' '.join(str(error).split())[:100]}"
        raise MxeError(f"{path}: holds no network of this library ({reason}): train it again") from error
    return task.eval()


def stored(weights: Path, cache: Path) -> Path:
    """Weights that ship with the package as a ``start`` for ``fit``: in the cache, under a hash of their file.

    Raises:
        MxeError: if there is no such file, or it was damaged since.
    """
    content = store.content_of(weights)
    if content is None:
        raise MxeError(f"{weights}: is missing or damaged: get this file of weights again")
    path = Path(cache) / "models" / f"{store.digest(weights.read_bytes())}.model"
    if store.kept(path) is None:  # not there, or damaged
        store.keep(path, content)
    return path


def fold_seed(task: pl.LightningModule, seed: int, fold: Fold) -> int:
    """A fold's own seed: another for each task, settings of a task, seed of the run, and fold."""
    return seeds.of_training(_settings(task), seed, fold.name)


def _place(name: str) -> str:
    """Module and class of a name that stands in weights; the first ones were written with a colon."""
    name = name.replace(":", ".")
    return PLACES.get(name, name)


def train(task: pl.LightningModule, samples: Samples, seed: int, start: Path | None = None) -> pl.LightningModule:
    kind = device()
    with one_thread(), own_random_state(seed), quiet_lightning(), multiplied(precision()):
        model = type(task)(**task.hparams)
        if start is not None:
            model.load_state_dict(load(start).state_dict())
        tensors = [tensor.to(kind) for tensor in model.training_data(samples)]
        if getattr(getattr(model, "network", None), "channels_last", False):
            model.to(memory_format=torch.channels_last)
        batches = InMemory(tensors, task.hparams.batch_size, seed)
        if kind == "cuda" and loop.suits(model):
            loop.train(model.to(kind), batches.batches, task.hparams.epochs, bf16=precision() == "bf16")
        else:
            # A new Trainer for each model: one that is used again believes that its epochs are over and trains nothing.
            # Barebones: no logger, checkpoint, progress bar, model summary, validation or sanity check.
            trainer = pl.Trainer(
                max_epochs=task.hparams.get("epochs", -1),  # one without says itself when it has had enough
                accelerator="gpu" if kind == "cuda" else "cpu",
                devices=1,
                barebones=True,
                # A fold is one process whatever job it runs in: SLURM's environment would ask for as many as the job.
                plugins=[LightningEnvironment()],
            )
            try:
                trainer.fit(model, batches)
            except SystemExit:  # that is how Lightning passes on an interruption: Ctrl-C, or SIGTERM
                raise KeyboardInterrupt from None
    return model.cpu().eval()


def model_key(
    task: pl.LightningModule, data: str, seed: int, augment: Augment | None, start: Path | None = None
) -> str:
    if augment and " at 0x" in repr(augment):
        raise MxeError(f"augment {augment!r}: needs a repr that names its settings: make it a frozen dataclass")
    before = Path(start).stem if start else None  # a hash of all that made those weights
    # The layers themselves: a task asks a registry for its network, and depends on none of the others.
    roots = [__name__, *type(task).__mro__, *{type(layer) for layer in task.modules()}]
    roots += [type(augment)] if augment else []
    made_by = (code.digest(*roots), code.versions(*roots), engine())
    return store.digest(json.dumps([_settings(task), data, seed, repr(augment) if augment else None, before, made_by]))


def _settings(task: pl.LightningModule) -> str:
    # A class's own ``identity`` outlives its file: seeds, and with them all numbers, must not change with a move.
    name = vars(type(task)).get("identity") or f"{type(task).__module__}.{type(task).__qualname__}"
    return f"{name} {json.dumps(dict(task.hparams), sort_keys=True)}"


@contextlib.contextmanager
def quiet_lightning() -> Iterator[None]:
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
