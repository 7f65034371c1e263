"""The experiments at the papers' own scale: which networks, in the order of their worth. ``gpu_run`` trains them."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import pandas as pd

from mxe_lib import models
from mxe_lib.compute import store
from mxe_lib.databases.sources import open_flowmaps
from mxe_lib.learning import folds
from mxe_lib.learning.crossval import FoldJob
from mxe_lib.learning.flow_samples import sampled_flow
from mxe_lib.learning.samples import Samples, recognition_samples
from mxe_lib.recognition.gan import GanAugmentation
from mxe_lib.recognition.task import RecognizeEmotion
from mxe_lib.spotting.labels import LABELS
from mxe_lib.spotting.task import SpotApex
from mxe_lib.study import profiles
from mxe_lib.study.inputs import maps_to_read, spotting_clips

BASE = "layers=5;normalization=lrn"
RIVALS = ("vgg_m", "alexnet", "off_apexnet", "dual_inception", "ststnet")


@dataclass(frozen=True)
class Scale:
    """How much of everything; the defaults are the papers'.

    Attributes:
        profile: whose clips, frames and size of flow are taken.
        epochs: of recognition networks (P1: 500).
        spotting_epochs: of VGG-M (P1: 1,000) and of P2's networks (200): fewer, as at profile ``full``.
        gan_steps: of each fold's GAN, which then adds gan_fields a class (P1: 100).
        more: further seeds of OC-Net, at the end.
    """

    profile: str = "full"
    width: float = 1.0
    epochs: int = 500
    spotting_epochs: int = 100
    gan_steps: int = 10_000
    gan_fields: int = 100
    folds: str = "kfold5"
    more: int = 2


TINY = Scale("smoke", 1 / 32, 1, 1, 2, 2, "kfold2", 1)


@dataclass
class System:
    """One line of a table: a network, trained on each fold.

    Attributes:
        tables: the predictions of its folds, once it is trained.
    """

    experiment: str
    model: str
    variant: str
    task: RecognizeEmotion | SpotApex
    samples: Samples
    protocol: str
    seed: int = 0
    augment: GanAugmentation | None = None
    tables: list[pd.DataFrame] = field(default_factory=list)

    def jobs(self, cache: Path) -> list[FoldJob]:
        """Its folds, as ``cross_validate`` has them."""
        split = folds.folds(self.protocol, self.samples)
        return [FoldJob(self.task, self.samples, fold, self.seed, cache, self.augment) for fold in split]


class Clock:
    """Whether there is time for another job: as much as the longest of its kind took, or, of a new kind, of any kind.

    Args:
        minutes: from now on.
        kept: a file in which the seconds of each kind are remembered from run to run.
    """

    def __init__(self, minutes: float, kept: Path | None = None):
        self.end, self.kept = time.monotonic() + 60 * minutes, kept
        self.longest: dict[str, float] = {}
        if kept and kept.is_file():
            with contextlib.suppress(
                OSError, ValueError, TypeError, AttributeError
            ):  # damaged: as if nothing were known
                known = json.loads(kept.read_text(encoding="utf-8"))
                self.longest = {kind: float(seconds) for kind, seconds in known.items()}

    def allows(self, kind: str) -> bool:
        needed = self.longest.get(kind, max(self.longest.values(), default=0.0))
        return time.monotonic() + needed < self.end

    def timed(self, kind: str, call: Callable[[], object]) -> object:
        started = time.monotonic()
        found = call()
        self.longest[kind] = max(self.longest.get(kind, 0.0), time.monotonic() - started)
        if self.kept:
            store.write(self.kept, json.dumps(self.longest))
        return found


@dataclass
class Inputs:
    """What the networks are trained on, made when it is first asked for."""

    scale: Scale
    paths: profiles.Paths
    workers: int
    clock: Clock

    @cached_property
    def settings(self) -> profiles.Profile:
        return profiles.load(self.scale.profile)

    @cached_property
    def maps(self) -> Samples:
        """Public flow maps, or those of simulated clips."""
        flowmaps = open_flowmaps(self.paths.data)
        if flowmaps is None:
            return maps_to_read(self.paths, self.settings, self.workers)[0]
        clips = flowmaps.clips()
        return recognition_samples(clips, flowmaps.maps(clips), [clip.emotion for clip in clips])

    @cached_property
    def signed(self) -> Samples:
        """The same with grey as zero: a GAN draws flow, which has a sign."""
        return recognition_samples(self.maps.clips, 2 * self.maps.inputs[:, :2].numpy() - 1, self.maps.classes.tolist())

    def frames(self) -> Samples | None:
        """Flow to every frame of the spotting clips, some clips at a time; None when the minutes are over before."""
        databases, clips, _ = spotting_clips(self.paths, self.settings)
        common = dict(step=self.settings.frame_step, size=self.settings.flow_size)
        common |= dict(cache=self.paths.cache, workers=self.workers)
        for start in range(0, len(clips), 4 * self.workers):
            if not self.clock.allows("flow"):
                return None
            part = clips[start : start + 4 * self.workers]
            self.clock.timed("flow", lambda part=part: sampled_flow(databases, part, **common))
        return sampled_flow(databases, clips, **common)


Step = Callable[[Inputs], "list[System] | None"]
"""The systems of a step; None when the minutes were over before their inputs were made."""


def recognizer(scale: Scale, name: str, args: dict | None = None) -> RecognizeEmotion:
    batch = models.NETWORKS[name].benchmark.batch_size
    settings = dict(width=scale.width, epochs=scale.epochs, batch_size=batch, network_args=args)
    return RecognizeEmotion(name, standardize="map", **settings)


def network(given: Inputs, name: str) -> System:
    task = recognizer(given.scale, name)
    return System("recognition_benchmark", name, "", task, given.maps, given.scale.folds)


def oc_nets(given: Inputs) -> list[System]:
    """P1's network, then without dropout, pooled early, and with dropout in a third place."""
    kinds = {"dropout=1+2": None, "dropout=none": {"dropout": ()}, "dropout=1+2;pooled=1+2+3": {"pooled": (1, 2, 3)}}
    kinds |= {"dropout=1+2+3": {"dropout": (1, 2, 3)}}
    common = (given.maps, given.scale.folds)
    return [
        System("ocnet_dropout", "oc_net", name, recognizer(given.scale, "oc_net", args), *common)
        for name, args in kinds.items()
    ]


def rivals(given: Inputs) -> list[System]:
    """The benchmark's networks, OC-Net among them, on the same folds."""
    return [network(given, name) for name in ("oc_net", *RIVALS)]


def with_gan(given: Inputs) -> list[System]:
    """P1's GAN of each fold, and two networks with and without it."""
    gan = GanAugmentation(given.scale.gan_fields, steps=given.scale.gan_steps, width=given.scale.width)
    found = []
    for name in ("oc_net", "vgg_m"):
        task = recognizer(given.scale, name)
        for cell, augment in {"gan=no": None, "gan=yes": gan}.items():
            args = (name, cell, task, given.signed, given.scale.folds)
            found.append(System("gan_augmentation", *args, augment=augment))
    return [*found, replace(found[1], experiment="recognition_benchmark", tables=[])]


def spotters(given: Inputs) -> list[System] | None:
    """P1's VGG-M with each label and bypass, P2's CNN with attention and with as many weights without."""
    samples, scale = given.frames(), given.scale
    if samples is None:
        return None
    common = dict(width=scale.width, epochs=scale.spotting_epochs)

    def vgg_m(label: str, bypass: int = 0) -> SpotApex:
        return SpotApex("vgg_m", label, batch_size=64, network_args={"variant": bypass}, **common)

    def cnn(**args) -> SpotApex:
        return SpotApex("spotting_cnn", "linear", output="linear", batch_size=128, network_args=args, **common)

    found = [("label_functions", "vgg_m", f"label={name}", vgg_m(name)) for name in LABELS]
    found += [("attention", "spotting_cnn", f"attention=no;{BASE}", cnn(layers=5, normalization="lrn"))]
    for word, args in {"yes": {"attention": True}, "same_size": {"attention": True, "combine": "add"}}.items():
        found += [("attention", "spotting_cnn", f"attention={word};{BASE}", cnn(**args))]
    found += [("feedforward_variants", "vgg_m", "label=log", vgg_m("log"))]
    for n in (1, 2, 3, 4):
        found += [("feedforward_variants", "vgg_m", f"feedforward={n};label=log", vgg_m("log", n))]
    return [System(*one, samples, scale.folds) for one in found]


def more(given: Inputs) -> list[System]:
    """Further seeds of P1's network, then leave one subject out."""
    seeds = [replace(network(given, "oc_net"), seed=1 + number) for number in range(given.scale.more)]
    if given.scale == TINY:
        return seeds
    return [*seeds, *(replace(network(given, name), protocol="loso") for name in ("ststnet", "oc_net"))]


STEPS: dict[str, Step] = {
    "OC-Net": oc_nets,
    "its rivals": rivals,
    "the GAN": with_gan,
    "spotting": spotters,
    "more seeds, and leave one subject out": more,
}
"""In the order of their worth."""

RULES = ("max", "sw_max")


Pair = tuple[tuple[str, str], tuple[str, str], str]


def pairs(experiment: str) -> list[Pair]:
    """What is held against what: the papers' claims, and the notebooks' other differences.

    Returns:
        (model and variant of the first, of the other, the word for the other in ``than=``).
    """
    both = [(f"{{}};rule={rule}", f"{{}};rule={rule}") for rule in RULES]
    found: list[tuple[str, str, str, str]] = []
    if experiment == "label_functions":
        for one, other in both:
            labels = [name for name in LABELS if name != "linear"]
            found += [("vgg_m", one.format(f"label={n}"), other.format("label=linear"), "linear") for n in labels]
        found += [("vgg_m", "label=impulse;rule=max", "label=log;rule=max", "log")]
        found += [("vgg_m", f"label={n};rule=sw_max", f"label={n};rule=max", "max") for n in LABELS]
    if experiment == "feedforward_variants":
        for one, other in both:
            cells = [one.format(f"feedforward={n};label=log") for n in (1, 2, 3, 4)]
            found += [("vgg_m", cell, other.format("label=log"), "base") for cell in cells]
    if experiment == "attention":
        for one, other in both:
            for word, name in {"no": "no_attention", "same_size": "same_size"}.items():
                first, second = one.format(f"attention=yes;{BASE}"), other.format(f"attention={word};{BASE}")
                found += [("spotting_cnn", first, second, name)]
    if experiment == "ocnet_dropout":
        others = {"dropout=none": "none", "dropout=1+2+3": "1+2+3", "dropout=1+2;pooled=1+2+3": "early_pooling"}
        found += [("oc_net", "dropout=1+2", other, word) for other, word in others.items()]
    if experiment == "gan_augmentation":
        found += [(model, "gan=yes", "gan=no", "none") for model in ("oc_net", "vgg_m")]
    if experiment == "recognition_benchmark":
        found += [("oc_net", "gan=yes", "", "none")]
    same = [((model, one), (model, other), word) for model, one, other, word in found]
    rivals = RIVALS if experiment == "recognition_benchmark" else ()
    return same + [(("oc_net", ""), (rival, ""), rival) for rival in rivals]
