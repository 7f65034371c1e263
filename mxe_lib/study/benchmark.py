"""The recognition benchmark of notebooks 07 and 09: the clips and maps, how each network is trained, what it will take.

A notebook says which network is tested on which folds; this is the rest.
"""

from collections.abc import Hashable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd

from mxe_lib import models
from mxe_lib.databases import composite
from mxe_lib.databases.sources import open_flowmaps
from mxe_lib.figures.names import name
from mxe_lib.learning import folds
from mxe_lib.learning.crossval import cross_validate_all
from mxe_lib.learning.flow_samples import apex_samples
from mxe_lib.learning.samples import Samples, recognition_samples
from mxe_lib.recognition import linear
from mxe_lib.recognition.gan import GanAugmentation
from mxe_lib.recognition.task import RecognizeEmotion
from mxe_lib.study.inputs import for_recognition, recognition_clips
from mxe_lib.study.profiles import Profile
from mxe_lib.vision import fields

NETWORKS = tuple(key for key, entry in models.NETWORKS.items() if entry.benchmark)
"""The networks of P1's comparison."""

SMALL = ("ststnet",)
"""Cheap enough for more epochs and seeds; a network that is to be compared with these needs as many."""


@dataclass(frozen=True)
class Source:
    """Clips that recognisers read.

    Attributes:
        origin: ``real`` or ``simulated``.
        samples: what networks are fed.
        maps: what simple predictors are fed: 28 x 28, u, v and strain, each in [0, 1].
        signed: what a network is fed beside a GAN's fields, which have a sign.
        standardize: ``flow`` or ``map``, as ``RecognizeEmotion`` has it.
    """

    origin: str
    samples: Samples
    maps: Samples
    signed: Samples
    standardize: str

    def __str__(self) -> str:
        people, counts = len(set(self.maps.subject_ids)), composite.class_counts(self.maps.clips)
        shares = ", ".join(f"{n} {word}" for n, word in zip(counts, ("negative", "positive", "surprise"), strict=True))
        what = "clips" if self.standardize == "flow" else "maps"
        return f"{len(self.maps)} {self.origin} {what} of {people} people: {shares}"


def sources(paths, settings: Profile, workers: int = 1) -> dict[str, Source]:
    """``frames``, the study's clips, and ``public_maps``, the real flow maps, where they are at hand."""
    databases, clips, origin = recognition_clips(paths, settings)
    spotted, spotter = for_recognition(databases, clips, paths, settings, workers)
    if spotted:
        print(f"{len(spotted)} clips without an apex: its place is what the {name(spotter)} says")
    flow = apex_samples(databases, clips, spotted, size=settings.flow_size, cache=paths.cache, workers=workers)
    maps = recognition_samples(flow.clips, fields.flow_map(flow.inputs.numpy()), flow.classes.tolist())
    found = {"frames": Source(origin, flow, maps, flow, "flow")}
    if flowmaps := open_flowmaps(paths.data):
        listed = flowmaps.clips()
        drawn, classes = flowmaps.maps(listed), [clip.emotion for clip in listed]
        real, signed = (recognition_samples(listed, part, classes) for part in (drawn, 2 * drawn[:, :2] - 1))
        found["public_maps"] = Source(flowmaps.origin, real, real, signed, "map")
    return found


def width(model: str, settings: Profile) -> float:
    """The factor on a network's channels in this profile."""
    narrowed = models.NETWORKS[model].benchmark.width
    return getattr(settings, narrowed) if narrowed else 1.0


def widths(settings: Profile) -> dict[str, str]:
    """The width of each network for readers: ``1/32``, or ``full``."""
    found = {model: Fraction(width(model, settings)).limit_denominator(64) for model in NETWORKS}
    return {model: "full" if factor >= 1 else str(factor) for model, factor in found.items()}


def task(model: str, source: Source, settings: Profile, network_args: dict | None = None) -> RecognizeEmotion:
    """How a network is trained on these clips; clips are fewer than maps: fewer epochs, of smaller batches."""
    batch, small = models.NETWORKS[model].benchmark.batch_size, model in SMALL
    epochs = settings.small_epochs if small else settings.real_epochs
    if source.standardize == "flow" and not small:
        epochs, batch = settings.clip_epochs, batch * settings.clip_batch_size // 16
    how = dict(learning_rate=settings.learning_rate, standardize=source.standardize, network_args=network_args)
    return RecognizeEmotion(model, width=width(model, settings), epochs=epochs, batch_size=batch, **how)


def runs(
    model: str,
    source: Source,
    protocol: str,
    settings: Profile,
    *,
    augment: GanAugmentation | None = None,
    network_args: dict | None = None,
) -> list[dict]:
    """What to ask of ``cross_validate``, once for each seed of the profile."""
    samples = source.signed if augment else source.samples
    one = dict(task=task(model, source, settings, network_args), samples=samples, augment=augment)
    one |= dict(folds=folds.folds(protocol, samples))
    return [one | {"seed": seed} for seed in range(settings.small_seeds if model in SMALL else settings.seeds)]


def gan(settings: Profile) -> GanAugmentation:
    """The GAN of notebook 08, which learns from each fold's training clips."""
    how = dict(steps=settings.gan_steps, tuned=settings.gan_tuned, width=settings.width, seed=0)
    return GanAugmentation(settings.gan_fields_per_class, **how)


def train(
    asked: Mapping[Hashable, Sequence[dict]], cache: Path, workers: int | Executor = 1
) -> dict[Hashable, pd.DataFrame]:
    """The predictions of each system, all its seeds in one table; the folds of all of them wait in one queue."""
    queue = {(key, number): run for key, each in asked.items() for number, run in enumerate(each)}
    tables = cross_validate_all(queue, cache=cache, workers=workers)
    return {key: pd.concat([tables[key, number] for number in range(len(each))]) for key, each in asked.items()}


def compared(source: Source, settings: Profile, cache: Path, workers: int | Executor = 1) -> dict:
    """(model, setting, folds) -> predictions of all networks on the folds of the large ones.

    STSTNet is tested on one person at a time, too, and OC-Net learns once more with fields of a GAN.
    """
    large, small = settings.folds, settings.small_folds
    asked = {(model, "", large): runs(model, source, large, settings) for model in NETWORKS}
    asked |= {(model, "", small): runs(model, source, small, settings) for model in SMALL}
    asked["oc_net", "gan=yes", large] = runs("oc_net", source, large, settings, augment=gan(settings))
    return train(asked, cache, workers)


def simple(
    maps: Samples, protocols: Sequence[str], names: Sequence[str] = ("logistic_regression", "pca_svm")
) -> dict[tuple[str, str, str], pd.DataFrame]:
    """What has to be beaten, on the same folds: always negative, and the linear models of these names."""
    found = {("always_negative", "", "none"): linear.always_negative(maps)}
    for protocol in protocols:
        split = folds.folds(protocol, maps)
        found |= {(model, "", protocol): getattr(linear, model)(maps, split) for model in names}
    return found


def side_by_side(
    found: Mapping[tuple[str, str, str], pd.DataFrame], protocol: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What all systems of a protocol answer, ``(systems, clips)``; the true classes; the fold of each clip."""
    tables = [table for key, table in found.items() if key[2] == protocol]
    tables = [table[table["seed"] == 0].sort_values("clip") for table in tables]
    return np.stack([t["y_pred"] for t in tables]), tables[0]["y_true"].to_numpy(), tables[0]["fold"].to_numpy()


def plan(found: Mapping[str, Source], settings: Profile) -> pd.DataFrame:
    """A line for each network: its width, its batches, and the minutes of one core that its five folds take."""
    lines = []
    for model in NETWORKS:
        known = models.NETWORKS[model].benchmark
        line = {"network": name(model), "width": widths(settings)[model], "batch": known.batch_size}
        for source in found.values():
            k = len(folds.folds(settings.folds, source.maps))
            epochs = task(model, source, settings).hparams.epochs * len(runs(model, source, settings.folds, settings))
            seconds = (k - 1) * len(source.maps) * epochs * known.milliseconds / 1000
            line[f"minutes, {source.origin}"] = f"{seconds / 60:.1f}"
        lines.append(line)
    return pd.DataFrame(lines).set_index("network")
