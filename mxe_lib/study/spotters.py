"""What a notebook on spotting trains and asks: the folds of all networks of a call wait in one queue."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from mxe_lib.clips import Clip
from mxe_lib.evaluation import results
from mxe_lib.learning import folds
from mxe_lib.learning.crossval import cross_validate_all
from mxe_lib.learning.samples import Samples
from mxe_lib.spotting import rules
from mxe_lib.spotting.labels import LABELS
from mxe_lib.spotting.task import SpotApex
from mxe_lib.study.profiles import Paths, Profile

RULES = ("max", "sw_max", "interior")
STEEPER = (2.302585, 5.0)
"""Steepness of the labels that the larger profiles train besides: ln 10, whose log label is log10(1 + 9u), and 5."""

Pair = tuple[tuple[str, str], tuple[str, str], str]
"""(first, second, the second in a word), as ``Experiment.spotting`` takes them."""


@dataclass(frozen=True)
class Spotters:
    """Trains and asks spotting networks, and notes under ``timings/`` how long each call took.

    Attributes:
        notebook: its name, for the timings.
        network: how the result tables call what is trained.
        samples: the clips' frames.
        settings, paths, workers, seed: of the run.
    """

    notebook: str
    network: str
    samples: Samples
    settings: Profile
    paths: Paths
    workers: int
    seed: int = 0
    times: list[dict] = field(default_factory=list, repr=False)

    def scores(
        self, tasks: Mapping[str, SpotApex], protocol: str = "", alone: Iterable[str] = ()
    ) -> dict[str, pd.DataFrame]:
        """Each network's scores of all frames, given by copies that were trained on the other folds' clips.

        Args:
            tasks: variant -> what is trained.
            protocol: of the folds; the profile's own unless given.
            alone: variants that the larger profiles also train on each database by itself, as P1 did it; they come
                as ``...;trained_on=own``.
        """
        started, jobs = time.perf_counter(), {}
        for variant, task in tasks.items():
            jobs[variant, "all"] = self._job(task, self.samples, protocol)
        databases = sorted({clip.database for clip in self.samples.clips})
        for variant, database in ((v, d) for v in alone for d in databases if self.settings.whole_grid):
            part = self.samples.subset([clip.id for clip in self.samples.clips if clip.database == database])
            jobs[results.and_variant(variant, trained_on="own"), database] = self._job(tasks[variant], part, protocol)
        found = cross_validate_all(jobs, cache=self.paths.cache, workers=self.workers)
        self.times.append({"step": " and ".join(tasks), "seconds": round(time.perf_counter() - started, 1)})
        results.write_timings(self.notebook, self.times, self.paths.timings)
        names = dict.fromkeys(name for name, _ in jobs)
        return {n: pd.concat([t for (m, _), t in found.items() if m == n], ignore_index=True) for n in names}

    def apexes(self, scores: Mapping[str, pd.DataFrame], chosen: Iterable[str] = RULES) -> dict:
        """(network, variant with its rule) -> predicted apexes, as ``Experiment.spotting`` takes them."""
        names = [(variant, rule) for variant in scores for rule in chosen]
        return {
            (self.network, results.and_variant(variant, rule=rule)): rules.pick(scores[variant], self.samples, rule)
            for variant, rule in names
        }

    def steeper(self, make: Callable[[str, float], SpotApex]) -> dict[str, SpotApex]:
        """What the larger profiles train besides: the two bent labels, steeper; ``make(label, steepness)``."""
        kinds = [(name, k) for name in ("exponential", "log") for k in STEEPER if self.settings.whole_grid]
        return {f"k={k:.3g};label={name}": make(name, k) for name, k in kinds}

    def _job(self, task: SpotApex, samples: Samples, protocol: str) -> dict:
        split = folds.folds(protocol or self.settings.folds, samples, self.seed)
        return dict(task=task, samples=samples, folds=split, seed=self.seed)


def clip_of_median_error(table: pd.DataFrame, clips: Iterable[Clip]) -> Clip:
    """The clip whose error is the median of a spotter's, among those whose apex is neither onset nor offset.

    Args:
        table: predicted apexes, as ``Spotters.apexes`` gives them.
    """
    inside = table.query("onset < apex < offset")
    order = (inside["predicted"] - inside["apex"]).abs().sort_values(kind="stable").index
    return next(clip for clip in clips if clip.id == inside.loc[order[len(order) // 2], "clip"])


def pairs_of_labels(network: str = "vgg_m") -> list[Pair]:
    """Which labels and rules are held against each other: the curved labels and the impulse against the linear one,
    each label's SW-Max against its other rules, the impulse against the log label."""
    systems = {(name, rule): (network, f"label={name};rule={rule}") for name in LABELS for rule in RULES}
    pairs = [(systems[name, r], systems["linear", r], "linear") for name in LABELS[1:] for r in RULES[:2]]
    pairs += [(systems[name, "sw_max"], systems[name, r], r) for name in LABELS for r in ("max", "interior")]
    return [*pairs, (systems["impulse", "max"], systems["log", "max"], "log")]


def pairs_of_bypasses(network: str = "vgg_m") -> list[Pair]:
    """Each bypass against the network without one, under both of the papers' rules."""
    ends = [(n, f"label=log;rule={rule}") for n in (1, 2, 3, 4) for rule in RULES[:2]]
    return [((network, f"feedforward={n};{end}"), (network, end), "base") for n, end in ends]


def pairs_of_ablations() -> dict[str, list[tuple[str, str, str]]]:
    """Of P2's three ablations, (first, second, the second in a word) by the name of their result table."""
    cnn = {(n, norm): f"layers={n};normalization={norm}" for n in (3, 4, 5) for norm in ("bn", "lrn")}
    yes, same, no = (f"attention={word};{cnn[5, 'lrn']}" for word in ("yes", "same_size", "no"))
    return {
        "depth": [(cnn[n, norm], cnn[3, norm], "3_layers") for norm in ("bn", "lrn") for n in (4, 5)],
        "normalization": [(cnn[n, "lrn"], cnn[n, "bn"], "bn") for n in (3, 4, 5)],
        "attention": [(yes, no, "no_attention"), (yes, same, "same_size"), (same, no, "no_attention")],
    }


def under_both_rules(pairs: Iterable[tuple[str, str, str]], network: str) -> list[Pair]:
    """Variants without a rule, each pair under Max and under SW-Max."""
    ends = [(first, second, than, f"rule={rule}") for first, second, than in pairs for rule in RULES[:2]]
    return [((network, f"{first};{end}"), (network, f"{second};{end}"), than) for first, second, than, end in ends]
