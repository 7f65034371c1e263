"""What notebook 08 does many times over: GANs and recognisers trained beside each other, drawn fields judged."""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd
import torch
from torch import Tensor

from mxe_lib.compute import parallel
from mxe_lib.learning.crossval import cross_validate_all
from mxe_lib.learning.folds import Fold, trained_also_on
from mxe_lib.learning.samples import Samples, joined, recognition_samples
from mxe_lib.learning.training import Augment, fit, load
from mxe_lib.recognition import generative_metrics
from mxe_lib.recognition.augmentation import Jittered
from mxe_lib.recognition.gan import AugmentFlow, GanAugmentation
from mxe_lib.recognition.linear import logistic_regression
from mxe_lib.recognition.recipe import MAP_SIZE
from mxe_lib.recognition.task import RecognizeEmotion
from mxe_lib.vision.fields import flow_map, resize

KINDS = {"GAN tuned": ("gan", "start=tuned"), "GAN scratch": ("gan", "start=scratch")}
KINDS |= {name: (name, "") for name in ("simulated", "jittered", "resampled")} | {"real halves": ("gan", "")}
"""(model, variant) of the judged fields, as ``gan_augmentation`` has them."""

ASKED = {
    "magnitude": "magnitude",
    "diversity": "diversity",
    "novelty": "novelty",
    "copies": "copies",
    "mean_correlation": "mean correlation",
    "frechet": "Fréchet distance",
    "precision": "precision",
    "recall": "recall",
    "told_from_real": "told from real",
    "class_agreement": "class agreement",
}
"""The measures in words."""


def teach(gans: Sequence[tuple[GanAugmentation, Samples]], cache: Path, workers: int) -> None:
    """Trains each GAN on its samples, several at a time; the cache keeps them."""
    list(parallel.run(GanAugmentation.fit, [(*pair, cache) for pair in gans], workers, "GANs"))


def library_step(gan: AugmentFlow, real: Tensor, classes: Tensor) -> None:
    """One training step of the GAN on these fields, in [-1, 1], without Lightning's trainer."""
    optimizers = gan.configure_optimizers()
    gan.optimizers, gan.manual_backward = lambda: optimizers, Tensor.backward
    gan.training_step((real, classes), 0)


def fields(sources: Mapping[str, Augment], seen: Samples, cache: Path) -> dict[str, tuple[Tensor, Tensor]]:
    """Fields and classes of each source, as many of each class as the largest class of the samples has."""
    enough, found = int(torch.bincount(seen.classes).max()), {}
    for name, source in sources.items():
        more = replace(source, fields_per_class=enough)(seen, 0, cache)
        found[name] = more.inputs[len(seen) :], more.classes[len(seen) :]
    return found


def one_field(seen: Samples, count: int) -> tuple[Tensor, Tensor]:
    """A GAN that has collapsed: of each class one real field, again and again."""
    rows = torch.tensor([int(torch.nonzero(seen.classes == number)[0]) for number in range(3)])
    rows = rows.repeat_interleave(count)
    return seen.inputs[rows], seen.classes[rows]


def judged(drawn: Mapping[str, tuple[Tensor, Tensor]], seen: Samples, unseen: Samples, settings, cache: Path) -> dict:
    """``generative_metrics.judge`` of each source's fields, and of real halves, by name.

    Args:
        drawn: (fields, classes) by name; "GAN tuned" must be among them.
        seen, unseen: a fold's training and test samples.
        settings: a ``Profile``.
    """
    reader = load(fit(_recogniser("vgg_m", settings), seen, 0, cache))
    reports = {
        name: generative_metrics.judge(reader, seen, *of, held_out=unseen, control=name == "GAN tuned")
        for name, of in drawn.items()
    }
    halves = reports["GAN tuned"].query("compared == 'real_halves'")
    return {name: report.query("compared == 'drawn'") for name, report in reports.items()} | {"real halves": halves}


def for_readers(reports: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """A line for each measure over all classes, a column for each kind of fields."""
    whole = {name: report.query("`class` == 'all'").iloc[0] for name, report in reports.items()}
    kept = [key for key in ASKED if all(key in row for row in whole.values())]
    table = pd.DataFrame({name: {ASKED[key]: f"{row[key]:.2f}" for key in kept} for name, row in whole.items()})
    table.loc["collapsed"] = ["yes" if row["collapsed"] else "no" for row in whole.values()]
    return table


def learned(steps: pd.DataFrame) -> pd.DataFrame:
    """The shipped GAN's measures by its steps (``shipped_generator.steps_table``), as ``for_readers``."""
    few = steps.drop(columns=["precision", "recall", "novelty", "mean_correlation"]).groupby("fields", sort=False)
    return for_readers({n if n == "strangers" else f"{int(n):,} steps": part for n, part in few})


def quality_rows(reports: Mapping[str, pd.DataFrame], experiment, kinds: Mapping | None = None) -> list[pd.DataFrame]:
    """The reports as rows of an ``Experiment``'s table; those that ``kinds`` (``KINDS``) does not name are left out."""
    fixed = dict(experiment=experiment.name, protocol=experiment.protocol, origin=experiment.origin)
    of = {name: cell for name, cell in (kinds or KINDS).items() if name in reports}
    rows = [generative_metrics.rows(reports[name], model=m, variant=v, **fixed) for name, (m, v) in of.items()]
    return [pd.DataFrame(part) for part in rows]


def pairs(systems: Mapping[tuple, pd.DataFrame], *, than: str, second: str, first: Sequence[str] = ()) -> list[tuple]:
    """Each network with a variant (``first``; default: any) against itself with ``second``, in a word ``than``."""
    return [
        (system, (system[0], second, system[2]), than)
        for system in systems
        if system[1] in (first or [system[1]]) and system[1] != second and (system[0], second, system[2]) in systems
    ]


def recognisers(
    sources: Mapping[str, Augment | None], samples: Samples, split: Sequence[Fold], settings, cache: Path, workers: int
) -> dict[tuple[str, str, str], pd.DataFrame]:
    """VGG-M and OC-Net, each with each source of more fields (None: nothing added), all folds in one queue.

    Returns:
        Predictions by (model, variant, protocol), as ``Experiment.recognition`` takes them.
    """
    runs, seeds = {}, range(settings.seeds)
    for model in ("vgg_m", "oc_net"):
        for name, source in sources.items():
            task = _recogniser(model, settings, class_weights=name == "augment=class_weights")
            run = dict(task=task, samples=samples, folds=split, augment=source)
            runs |= {(model, name, seed): run | {"seed": seed} for seed in seeds}
    tables = cross_validate_all(runs, cache=cache, workers=workers)
    pairs = dict.fromkeys((model, name) for model, name, _ in runs)
    return {(*pair, settings.folds): pd.concat([tables[(*pair, seed)] for seed in seeds]) for pair in pairs}


def _recogniser(model: str, settings, **more) -> RecognizeEmotion:
    width = {"vgg_m": settings.width, "oc_net": settings.real_large_width}[model]
    training = dict(epochs=settings.clip_epochs, learning_rate=settings.learning_rate)
    return RecognizeEmotion(model, width, **training, batch_size=settings.clip_batch_size, **more)


def by_heart(samples: Samples, split: Sequence[Fold], sees_all: bool, seed: int, copies: int = 20) -> pd.DataFrame:
    """A linear model's predictions where each training fold gains fields that a source has learned by heart.

    The source is a GAN of perfect memory: it draws the clips that it was shown, a little moved and zoomed.

    Args:
        sees_all: it was shown all clips, the test clips among them; else the fold's training clips.
        copies: of each class.
    """
    draw, tables, samples = Jittered(copies, shift=0.01, scale=0.02, noise=0.05, seed=seed), [], _small(samples)
    for fold in split:
        learned = samples if sees_all else samples.subset(fold.train)
        drawn = draw(learned, 0, Path())
        drawn = maps(drawn.subset([clip.id for clip in drawn.clips[len(learned.clips) :]]))
        tables.append(logistic_regression(joined(maps(samples), drawn), trained_also_on([fold], drawn)))
    return pd.concat(tables, ignore_index=True)


def maps(samples: Samples) -> Samples:
    """The flow maps (u, v, strain) of recognition samples."""
    return recognition_samples(samples.clips, flow_map(samples.inputs.numpy()), samples.classes.tolist())


@functools.lru_cache(maxsize=1)
def _small(samples: Samples) -> Samples:
    """Fields as large as maps: their strain is coarser, and they are drawn far quicker."""
    return recognition_samples(samples.clips, resize(samples.inputs.numpy(), MAP_SIZE), samples.classes.tolist())
