"""Notebook 15: who is asked on which folds when a whole laboratory is left out, and the rows that say what it costs."""

from collections.abc import Iterator, Mapping
from concurrent.futures import Executor
from pathlib import Path

import numpy as np
import pandas as pd

from mxe_lib.databases.composite import OFFICIAL_COUNTS, clip_set
from mxe_lib.databases.registry import DATABASES
from mxe_lib.databases.sources import open_flowmaps
from mxe_lib.databases.subset import subset
from mxe_lib.evaluation import intervals
from mxe_lib.evaluation.rows import difference_rows, recognition_rows
from mxe_lib.figures.names import DATABASES as DATABASE_NAMES
from mxe_lib.figures.names import name
from mxe_lib.learning import cross_database, folds
from mxe_lib.learning.flow_samples import apex_samples
from mxe_lib.learning.samples import Samples, recognition_samples
from mxe_lib.recognition import selection, shipped_recognizer
from mxe_lib.recognition.linear import always_negative, logistic_regression
from mxe_lib.recognition.recipe import Recipe
from mxe_lib.study import benchmark, kept_answers
from mxe_lib.study.benchmark import Source
from mxe_lib.study.profiles import Profile
from mxe_lib.vision import fields

LINEAR, STSTNET, OURS = "logistic_regression", "ststnet", ("ours", "choice=inner_folds")

System = tuple[str, str, str]
"""Model, variant, protocol."""


def source(paths, settings: Profile, workers: int = 1) -> Source:
    """The maps: the public real ones where they are, else those of rendered simulated clips of each laboratory.

    Args:
        paths, settings: ``profiles.Paths`` and ``profiles.Profile``.
    """
    flowmaps = open_flowmaps(paths.data)
    if flowmaps is not None:
        clips = flowmaps.clips()
        maps = recognition_samples(clips, flowmaps.maps(clips), [clip.emotion for clip in clips])
        return Source(flowmaps.origin, maps, maps, maps, "map")
    databases = [DATABASES[name].twin(name) for name in OFFICIAL_COUNTS if DATABASES[name].twin]
    usable = clip_set("megc2019", [clip for database in databases for clip in database.clips()])
    clips = subset(usable, settings.recognition_clips, settings.laboratory_people)
    flow = apex_samples(databases, clips, size=settings.flow_size, cache=paths.cache, workers=workers)
    maps = recognition_samples(flow.clips, fields.flow_map(flow.inputs.numpy()), flow.classes.tolist())
    return Source("simulated", maps, maps, maps, "map")


def left_out(
    given: Source, settings: Profile, cache: Path, workers: int | Executor = 1
) -> tuple[dict[System, pd.DataFrame], dict[str, str]]:
    """Every system's predictions, one person and one laboratory left out; what inner folds chose for ours, by fold.

    Settings are notebook 07's. Ours chooses on five folds of the training laboratories' people.
    """
    maps, one = given.maps, settings.small_folds
    splits = {protocol: cross_database.parts(protocol, maps) for protocol in (one, "lodo")}
    found = {("always_negative", "", "none"): always_negative(maps)}
    found |= {(LINEAR, "", protocol): logistic_regression(maps, split) for protocol, split in splits.items()}
    as_many = cross_database.same_size(splits[one], splits["lodo"], maps)
    found[LINEAR, "control=as_many_clips", one] = logistic_regression(maps, as_many)
    asked = {(STSTNET, "", protocol): _runs(given, split, settings) for protocol, split in splits.items()}
    found |= benchmark.train(asked, cache, workers)
    made = selection.ours(Recipe(), cache, workers, at_most=settings.real_epochs)
    systems = kept_answers.ours(made, f"{Recipe()!r} {settings.real_epochs}", cache)
    groups = {one: folds.folds(settings.folds, maps), "lodo": splits["lodo"]}
    for protocol, split in splits.items():
        chosen = selection.chosen_inside(systems, maps, split, groups[protocol], lambda part: _inner(part, settings))
        found[*OURS, protocol], choice = chosen
    read = shipped_recognizer.recognizer().task.predictions(maps)
    found["shipped", "training=simulated", "simulated"] = read.assign(fold="simulated", seed=0)
    return found, choice


def pairwise(given: Source, settings: Profile, cache: Path, workers: int | Executor = 1) -> dict[System, pd.DataFrame]:
    """Trained on one laboratory, tested on another, and on other people of its own: the linear model and STSTNet."""
    splits = {fold.name: [fold] for fold in cross_database.pairs(given.maps)}
    splits["kfold5"] = cross_database.within(given.maps, 5)
    named = {protocol: "trained_on=own" if protocol == "kfold5" else "" for protocol in splits}
    found = {(LINEAR, named[key], key): logistic_regression(given.maps, split) for key, split in splits.items()}
    asked = {(STSTNET, named[key], key): _runs(given, split, settings) for key, split in splits.items()}
    return found | benchmark.train(asked, cache, workers)


def rows(
    found: Mapping[System, pd.DataFrame], crossed: Mapping[System, pd.DataFrame], one: str, **common
) -> Iterator[pd.DataFrame]:
    """The rows beside the systems' own scores: what a change of laboratory costs, and each pair of laboratories.

    A p stands with the differences that notebook 15 asks for, on all clips and on each database: another laboratory
    minus another person, for each system that learns. Their correction (Holm) is over all of these together with the
    control's and the simulated-only system's on all clips.

    Args:
        found, crossed: of ``left_out`` and ``pairwise``.
        one: the protocol that leaves single people out.
        common: experiment, origin, resamples.
    """
    for model, variant in ((LINEAR, ""), (STSTNET, ""), OURS):
        pair = found[model, variant, "lodo"], found[model, variant, one]
        named = dict(model=model, variant=variant, than="another_person", protocol="lodo")
        yield _with_p(difference_rows(*pair, "uf1", **named, **common), *pair, common["resamples"])
    linear = found[LINEAR, "", "lodo"]
    named = dict(model=LINEAR, variant="", than="as_many_clips", protocol="lodo")
    yield difference_rows(linear, found[LINEAR, "control=as_many_clips", one], "uf1", **named, **common)
    named = dict(model="shipped", variant="training=simulated", than=LINEAR, protocol="simulated")
    yield difference_rows(found["shipped", "training=simulated", "simulated"], linear, "uf1", **named, **common)
    for (model, variant, protocol), table in crossed.items():
        scored = recognition_rows(table, model=model, variant=variant, protocol=protocol, **common)
        yield scored[scored["database"] != "composite"]


def survives(table: pd.DataFrame, one: str) -> pd.DataFrame:
    """Of each system and database, UF1 with a person and with a laboratory left out, and the share that is left.

    Args:
        table: the result table of notebook 15.

    Returns:
        Indexed by model and database; columns person, laboratory (UF1), share, gap, low, high, p.
    """
    mine = table[(table["seed"] == "all") & (table["source"] == "ours")]
    uf1 = mine[(mine["metric"] == "uf1") & ~mine["variant"].str.contains("as_many_clips")]
    scores = {protocol: uf1[uf1["protocol"] == protocol].set_index(["model", "database"]) for protocol in (one, "lodo")}
    gaps = mine[(mine["metric"] == "uf1_difference") & mine["variant"].str.contains("than=another_person")]
    gaps = gaps.set_index(["model", "database"])
    found = pd.DataFrame({"person": scores[one]["value"], "laboratory": scores["lodo"]["value"]}).dropna()
    found["share"] = found["laboratory"] / found["person"]
    columns = {"gap": "value", "low": "ci_low", "high": "ci_high", "p": "p_holm"}
    return found.join(gaps[list(columns.values())].set_axis(list(columns), axis=1))


def kept(left: pd.DataFrame) -> pd.DataFrame:
    """For readers: of each system the share of UF1 that is left, on all clips and on each database.

    Args:
        left: of ``survives``.
    """
    shares = {}
    for (model, database), share in left["share"].items():
        shares.setdefault(name(model), {})[DATABASE_NAMES.get(database, database)] = f"{share:.0%}"
    order = [DATABASE_NAMES.get(key, key) for key in ("composite", *DATABASES)]
    table = pd.DataFrame.from_dict(shares, orient="index").rename_axis("system")
    return table[[column for column in order if column in table]]


def matrix(table: pd.DataFrame, model: str, column: str = "value") -> pd.DataFrame:
    """UF1 by the database trained on (rows) and tested on (columns); the diagonal is five folds of its own people.

    Args:
        table: the result table of notebook 15.
        column: ``value``, or ``ci_low`` or ``ci_high``.
    """
    mine = table[(table["seed"] == "all") & (table["metric"] == "uf1") & (table["model"] == model)]
    pairs = mine[mine["protocol"].str.contains(">")]
    pairs = pairs.assign(trained=pairs["protocol"].str.split(">").str[0])
    own = mine[mine["variant"] == "trained_on=own"]
    both = pd.concat([pairs, own.assign(trained=own["database"])])
    order = [name for name in DATABASES if name in set(both["trained"])]
    return both.pivot_table(index="trained", columns="database", values=column).loc[order, order]


def _runs(given: Source, split: list, settings: Profile) -> list[dict]:
    one = dict(task=benchmark.task(STSTNET, given, settings), samples=given.samples, folds=split)
    return [one | {"seed": seed} for seed in range(settings.small_seeds)]


def _inner(part: Samples, settings: Profile) -> list:
    return folds.folds(settings.folds, part)


def _with_p(rows: pd.DataFrame, first: pd.DataFrame, second: pd.DataFrame, permutations: int) -> pd.DataFrame:
    """The rows of single databases have a p, too."""
    for index, row in rows.iterrows():
        if row["metric"] == "uf1_difference" and row["database"] != "composite" and np.isfinite(row["ci_low"]):
            parts = [table[table["database"] == row["database"]] for table in (first, second)]
            rows.loc[index, "p"] = intervals.paired_permutation(*parts, "uf1", permutations=permutations)
    return rows
