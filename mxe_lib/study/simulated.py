"""What notebooks 10 and 11 ask of simulated people: how hard they are, what they add, and the luck of a best seed."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from mxe_lib.databases.composite import clip_set, composite_class
from mxe_lib.evaluation import intervals, metrics, results
from mxe_lib.figures import tables
from mxe_lib.figures.names import DATABASES
from mxe_lib.learning.folds import Fold, trained_only_on
from mxe_lib.learning.samples import Samples, joined, recognition_samples
from mxe_lib.recognition.linear import logistic_regression
from mxe_lib.recognition.recipe import Recipe
from mxe_lib.simulation.cohort_tables import COHORTS
from mxe_lib.simulation.database import SimulatedDatabase
from mxe_lib.vision import fields


def gains(systems: Mapping[tuple, pd.DataFrame], rows: pd.DataFrame) -> pd.DataFrame:
    """What each network gains in UF1 where it is trained otherwise than on real people alone, paired, for readers.

    Args:
        systems: (model, variant, protocol) -> predictions; rows: the result table, for the corrected p.
    """
    whole = rows.query("metric == 'uf1' and database == 'composite' and seed == 'all'").set_index(["model", "variant"])
    found = []
    for (model, variant, protocol), table in systems.items():
        real = systems.get((model, "training=real", protocol))
        if real is not None and variant != "training=real":
            value, low, high = intervals.paired_interval(table, real, "uf1")
            row = dict(metric="uf1_difference", value=value, ci_low=low, ci_high=high)
            variant, p = variant + ";than=real", whole.loc[(model, variant), "p_holm"]
            found.append(row | dict(model=model, variant=variant, p_holm=p))
    return tables.differences(pd.DataFrame(found))


def people_in_fold(split: Sequence[Fold], samples: Samples) -> int:
    """How many people a training fold holds, in the mean."""
    subject = {clip.id: clip.subject_id for clip in samples.clips}
    return round(np.mean([len({subject[clip] for clip in fold.train}) for fold in split]))


def worth(rows: pd.DataFrame, counts: Sequence[int], in_fold: int) -> pd.DataFrame:
    """What simulated weights add, by real people in the training fold, for readers; the last count is everybody."""
    of = rows.query("metric == 'uf1_difference' and database == 'composite'").set_index("variant")
    table = tables.differences(of.loc[[f"people={n};than=real;training=pretrained" for n in counts]].reset_index())
    names = [*map(str, counts[:-1]), f"{in_fold} (all)"]
    return table.set_axis(pd.Index(names, name="real people to learn from"))


def as_much_as(score: float, reached: Sequence[float], counts: Sequence[int]) -> str:
    """How many people it takes to reach a score, of ``reached`` with ``counts`` people.

    >>> as_much_as(0.5, [0.3, 0.4, 0.6], [1, 2, 5]), as_much_as(0.7, [0.3, 0.6], [1, 5]), as_much_as(0.1, [0.3], [1])
    ('more than 2, at most 5', 'more than 5', 'at most 1')
    """
    there = [value >= score for value in reached]
    first = there.index(True) if any(there) else len(counts)
    below = [f"more than {n}" for n in counts[:first][-1:]]
    return ", ".join(below + [f"at most {n}" for n in counts[first:][:1]])


def linear_models(tested: Samples, recipe: Recipe, models: int = 20, maps: int = 300) -> list[pd.DataFrame]:
    """What linear models answer that learned from a few simulated maps; they differ in nothing but the seed."""
    drawn = [recipe.maps(maps, seed=1000 + seed) for seed in range(models)]
    return [logistic_regression(joined(tested, each), trained_only_on(each, tested)) for each in drawn]


def best_seed(answers: Sequence[pd.DataFrame], people: int = 5, looks: int = 200) -> pd.DataFrame:
    """Of seeds, the one that scores best on a few people: its UF1 there, and on everybody else.

    Args:
        answers: the predictions of each seed; people: how many the choice looks at; looks: how often they are drawn.

    Returns:
        A row for each draw: ``best`` and ``mean`` of the seeds on the people chosen on, ``best_elsewhere`` and
        ``mean_elsewhere`` on all others.
    """
    counts = np.stack([_confusions(table) for table in answers])
    rng, rows = np.random.default_rng(0), []
    for _ in range(looks):
        chosen = np.isin(np.arange(counts.shape[1]), rng.permutation(counts.shape[1])[:people])
        here, elsewhere = (metrics.uf1_of(counts[:, part].sum(1)) for part in (chosen, ~chosen))
        best = here.argmax()
        row = dict(best=here[best], mean=here.mean())
        rows.append(row | dict(best_elsewhere=elsewhere[best], mean_elsewhere=elsewhere.mean()))
    return pd.DataFrame(rows)


def _confusions(table: pd.DataFrame) -> np.ndarray:
    """``(people, 3, 3)``."""
    return np.stack([metrics.confusion(own["y_true"], own["y_pred"]) for _, own in table.groupby("subject")])


class Plan(NamedTuple):
    """How a network is trained here; some have one seed, or fewer maps, because their time is better spent elsewhere.

    Attributes:
        name: of its rows; network, args: for ``transfer.task``.
        protocol: of its folds on real maps, or ``simulated`` if it never learns from them.
        seeds, maps: of what learns from simulated maps; real_seeds: of what learns from real ones.
    """

    name: str
    network: str
    args: dict
    protocol: str
    seeds: range
    maps: int
    real_seeds: range


def plans(settings) -> list[Plan]:
    """FlowCnn, STSTNet, OC-Net where the profile has it, and a committee of FlowCnns."""
    maps, seeds, large = settings.simulated_maps, range(settings.simulated_seeds), settings.simulated_large
    protocol = settings.small_folds if large else settings.folds
    found = [
        Plan("flow_cnn", "flow_cnn", {}, protocol, seeds, maps, seeds),
        Plan("ststnet", "ststnet", {}, protocol, seeds, maps, seeds[:1]),
        Plan("oc_net", "oc_net", {"width": 1 / 16}, "kfold5", seeds[:1], maps // 5, seeds[:1]),
    ]
    committee = {"network_args": {"members": settings.committee}}
    return [
        *(found if large else found[:2]),
        Plan("committee", "flow_cnn", committee, "simulated", seeds, maps, seeds[:0]),
    ]


def by_database(predictions: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """UF1 over all clips and in each database, a line for each name."""
    lines = {}
    for name, table in predictions.items():
        parts = {"all": table} | dict(list(table.groupby("database")))
        scores = {DATABASES.get(key, key): metrics.uf1(part["y_true"], part["y_pred"]) for key, part in parts.items()}
        order = sorted(list(scores)[1:], key=scores.get)
        lines[name] = {"clips": str(len(table))} | {key: f"{score:.2f}" for key, score in scores.items()}
        lines[name] |= {"easiest": order[-1], "hardest": order[0]}
    return pd.DataFrame(lines).T


def true_motion(settings) -> Samples:
    """Flow maps of the simulated cohorts' true motion, of every so many clips: nothing is measured."""
    clips, flows = [], []
    for name in COHORTS:
        database = SimulatedDatabase(name)
        mine = clip_set("megc2019", database.clips())[:: settings.frame_step]
        clips += mine
        true = (database.true_flow(clip, database.truth(clip).apex) for clip in mine)
        flows += [fields.resize(flow, settings.flow_size) for flow in true]
    return recognition_samples(clips, fields.flow_map(np.stack(flows)), [composite_class(clip) for clip in clips])


def missed(uf1: pd.DataFrame) -> pd.DataFrame:
    """The change in UF1 without each ingredient, largest loss first, for readers.

    Args:
        uf1: rows of ``simulator_ablation`` over all clips.
    """
    rows = uf1[uf1["model"] == "flow_cnn"]
    rows = rows.set_index(rows["variant"].str.removeprefix("without="))
    whole, rows = rows.loc["nothing"], rows.drop(index="nothing").sort_values("value")
    lines = {
        name: {
            "UF1": tables.cell(row["value"], row["ci_low"], row["ci_high"]),
            "change": f"{row['value'] - whole['value']:+.3f}",
            "corrected p": tables.p_value(row["p_holm"]),
            "so": "found" if results.found(row["p_holm"]) else "not found",
        }
        for name, row in rows.iterrows()
    }
    return pd.DataFrame(lines).T.rename_axis("without")
