"""Numbers that who teaches the class is asked for: computed, or read from the published run's tables."""

from collections.abc import Callable
from functools import cache

import numpy as np
import pandas as pd

from mxe_lib.databases.composite import OFFICIAL_COUNTS, OFFICIAL_SUBJECTS, clip_set
from mxe_lib.evaluation import intervals, metrics, results
from mxe_lib.figures.tables import cell, p_value
from mxe_lib.learning.leaks import random_guesser
from mxe_lib.papers import decode
from mxe_lib.play import be_the_spotter, interval_lab
from mxe_lib.simulation import SimulatedDatabase
from mxe_lib.spotting import naive
from mxe_lib.study.answers import REFERENCE

SEEDS = range(20)


def luck(epochs: int) -> str:
    """UF1 of the luck lab's guesser: the best of so many epochs for each person, mean of twenty."""
    counts = list(OFFICIAL_SUBJECTS.values())
    return f"{np.mean([metrics.uf1_of(random_guesser(counts, epochs, seed)) for seed in SEEDS]):.2f}"


def best_of(k: int) -> str:
    """Mean UF1 of the best of k guessers, chosen once for all clips, as exercise 3 of notebook 07 has it."""
    rng, truth, found = np.random.default_rng(0), np.repeat([0, 1, 2], [250, 109, 83]), []
    for _ in SEEDS:
        guesses = rng.integers(0, 3, (k, len(truth)))
        found.append(max(metrics.uf1_of(np.bincount(3 * truth + one, minlength=9).reshape(3, 3)) for one in guesses))
    return f"{np.mean(found):.2f}"


def game(who: str) -> str:
    """Mean error in *be the spotter*, in frames, of the middle or of our spotter."""
    return f"{be_the_spotter.errors()[who].mean():.1f}"


def chance_of_ten() -> str:
    """Between which means ten clips of the game's kind lie in 95 of 100 draws, by the middle frame's error."""
    shortest, longest = be_the_spotter.SHORTEST, be_the_spotter.LONGEST
    clips = [c for c in _spotting_clips() if c.database == be_the_spotter.COHORT and shortest <= c.length <= longest]
    told, rng = naive.middle_frame(clips), np.random.default_rng(0)
    errors = metrics.errors(told["apex"], told["predicted"])
    means = rng.choice(errors, (2000, be_the_spotter.CLIPS)).mean(axis=1)
    return "{:.0f} and {:.0f}".format(*np.quantile(means, [0.025, 0.975]))


def middle() -> str:
    """The middle frame's error on all simulated clips for spotting, as notebook 00 has it."""
    told = naive.middle_frame(_spotting_clips())
    return f"{metrics.mae(told['apex'], told['predicted']):.1f}"


def spotted(model: str, variant: str = "", protocol: str = "") -> str:
    """An error of notebook 03's table, in frames."""
    rows = _rows("label_functions", "mae", "pooled").query("model == @model and variant == @variant")
    rows = rows[rows["protocol"] == protocol] if protocol else rows
    return f"{rows['value'].iloc[0]:.1f}"


def always_negative(metric: str) -> str:
    """What always negative scores on SAMM."""
    counts = np.array(OFFICIAL_COUNTS["samm"])
    score = getattr(metrics, f"{metric}_of")(np.outer(counts, [1, 0, 0]))
    return f"{score:.0%}".replace("%", " %") if metric == "accuracy" else f"{score:.2f}"


def right_clips(model: str, variant: str) -> str:
    """How many of P1's 441 clips a network had right."""
    table = pd.DataFrame(decode.decoded()).query("database == 'composite' and model == @model and variant == @variant")
    return f"{table['correct'].iloc[0]:.0f}"


def leak(kind: str, origin: str = "real") -> str:
    """What a leak changes, with its interval and corrected p."""
    rows = _rows("leak_ladder", "uf1_difference", "composite").query("origin == @origin")
    return _difference(rows[rows["variant"].str.contains(f"rung={kind};")].iloc[0])


def toy(what: str) -> str:
    """Of the interval lab's two systems: the paired difference, its p, or how often A leads when people are drawn."""
    tables = interval_lab.predictions()
    if what == "ahead":
        counts = [intervals.count(table) for table in tables]
        weights = intervals.weights(counts[0].databases, 2000)
        first, second = (metrics.uf1_of(np.tensordot(weights, one.sums, axes=1)).mean(1) for one in counts)
        return f"{np.mean(first > second):.0%}".replace("%", " %")
    if what == "p":
        return f"{intervals.paired_permutation(*tables, 'uf1'):.2f}"
    return cell(*intervals.paired_interval(*tables, "uf1"), signed=True)


def score(origin: str, protocol: str, model: str) -> str:
    """A system's UF1 in notebook 07."""
    return f"{_order(origin, protocol)[model]:.3f}"


def place(origin: str, protocol: str, model: str) -> str:
    """Its place in its table, such as ``2 of 4``."""
    order = _order(origin, protocol)
    return f"{list(order.index).index(model) + 1} of {len(order)}"


def differences(experiment: str, origin: str) -> pd.DataFrame:
    """Of notebook 03 those between two labels, of 07 those from the linear model."""
    if experiment == "label_functions":
        rows, than = _rows(experiment, "mae_difference", "pooled"), "than=(?:linear|log)$"
    else:
        rows, than = _rows(experiment, "uf1_difference", "composite"), "than=logistic_regression$"
    return rows[(rows["origin"] == origin) & rows["variant"].str.contains(than)]


def how_many_found(experiment: str, origin: str) -> str:
    """Of these differences, with its verb: ``1 is`` found."""
    hits = int(differences(experiment, origin)["p_holm"].map(results.found).sum())
    return f"{hits or 'none'} {'are' if hits > 1 else 'is'}"


def impulse() -> str:
    """The impulse label's error minus the linear one's, with SW-Max."""
    rows = differences("label_functions", "simulated")
    return _difference(rows[rows["variant"] == "label=impulse;rule=sw_max;than=linear"].iloc[0])


def ours() -> str:
    """Our own system and the linear model on real maps, one person left out: the difference, and its corrected p."""
    rows = _rows("recognition_benchmark", "uf1_difference", "composite").query("origin == 'real' and model == 'ours'")
    return _difference(rows[rows["variant"].str.endswith("than=logistic_regression")].iloc[0])


FACTS: dict[str, Callable[[], str]] = {
    **{f"luck-{epochs}": lambda epochs=epochs: luck(epochs) for epochs in (1, 10, 100, 800)},
    "best-of-100": lambda: best_of(100),
    "game-middle": lambda: game("middle"),
    "game-spotter": lambda: game("spotter"),
    "game-range": chance_of_ten,
    "all-middle": middle,
    "03-middle": lambda: spotted("middle_frame"),
    "03-impulse": lambda: spotted("vgg_m", "label=impulse;rule=sw_max"),
    "03-linear": lambda: spotted("vgg_m", "label=linear;rule=sw_max"),
    "03-labels": impulse,
    "03-asked": lambda: str(len(differences("label_functions", "simulated"))),
    "03-found": lambda: how_many_found("label_functions", "simulated"),
    "03-shuffled": lambda: spotted("vgg_m", "label=linear;rule=max", "kfold5_by_clip"),
    "03-apart": lambda: spotted("vgg_m", "label=linear;rule=max", "kfold5"),
    **{f"samm-{metric}": lambda metric=metric: always_negative(metric) for metric in ("accuracy", "uf1", "uar")},
    "oc-net-right": lambda: right_clips("oc_net", "gan=no"),
    "off-apexnet-right": lambda: right_clips("off_apexnet", "gan=no"),
    "dropout-right": lambda: right_clips("oc_net", "dropout=1+2"),
    "no-dropout-right": lambda: right_clips("oc_net", "dropout=none"),
    "leak-best-epoch": lambda: leak("best_test_epoch"),
    "leak-by-clip": lambda: leak("by_clip"),
    "toy-difference": lambda: toy("difference"),
    "toy-ahead": lambda: toy("ahead"),
    "toy-p": lambda: toy("p"),
    "07-real-linear": lambda: score("real", "kfold5", "logistic_regression"),
    "07-real-place": lambda: place("real", "kfold5", "logistic_regression"),
    "07-loso-place": lambda: place("real", "loso", "logistic_regression"),
    "07-simulated-linear": lambda: score("simulated", "kfold5", "logistic_regression"),
    "07-simulated-place": lambda: place("simulated", "kfold5", "logistic_regression"),
    "07-simulated-alexnet": lambda: score("simulated", "kfold5", "alexnet"),
    "07-simulated-alexnet-place": lambda: place("simulated", "kfold5", "alexnet"),
    "07-simulated-asked": lambda: str(len(differences("recognition_benchmark", "simulated"))),
    "07-simulated-found": lambda: how_many_found("recognition_benchmark", "simulated"),
    "07-ours": ours,
}
"""By name what the plan says."""


def _order(origin: str, protocol: str) -> pd.Series:
    rows = _rows("recognition_benchmark", "uf1", "composite").query("origin == @origin and protocol == @protocol")
    rows = rows.assign(model=rows["model"] + np.where(rows["variant"].str.contains("gan=yes"), ", GAN", ""))
    return rows.set_index("model")["value"].sort_values(ascending=False)


def _rows(experiment: str, metric: str, database: str) -> pd.DataFrame:
    table = _table(experiment)
    return table.query("metric == @metric and database == @database and source == 'ours' and seed == 'all'")


@cache
def _table(experiment: str) -> pd.DataFrame:
    return results.read(experiment, REFERENCE)


@cache
def _spotting_clips() -> list:
    return clip_set("p2_spotting", [c for name in ("casme2", "samm") for c in SimulatedDatabase(name).clips()])


def _difference(row: pd.Series) -> str:
    said = "found" if results.found(row["p_holm"]) else "not found"
    digits = 1 if row["unit"] == "frames" else 3
    gap = cell(row["value"], row["ci_low"], row["ci_high"], signed=True, digits=digits)
    return f"{gap}, corrected p {p_value(row['p_holm'])}: {said}"
