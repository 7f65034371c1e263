"""Choosing between recognisers without a look at who is tested: inner folds, averages, and mirrored faces.

A *system* here is anything that is trained on folds and predicts their test clips: ``crossval.cross_validate`` with its
settings bound, ``linear.logistic_regression``, an average of others. It may be asked as often as one likes which one is
best, as long as only training clips answer. ``chosen_inside`` asks anew for each group of test subjects, on clips of
the other subjects only.
"""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from mxe_lib.clips import CLASSES
from mxe_lib.errors import MxeError
from mxe_lib.evaluation import metrics
from mxe_lib.learning import crossval
from mxe_lib.learning.folds import Fold, trained_also_on
from mxe_lib.learning.samples import Samples, joined
from mxe_lib.recognition import shipped_recognizer, transfer
from mxe_lib.recognition.linear import logistic_regression
from mxe_lib.recognition.recipe import Recipe

System = Callable[[Samples, Sequence[Fold]], pd.DataFrame]
"""Given samples and folds, the predictions of each fold's test clips by what its training clips taught."""

PROBABILITIES = [f"p_{name}" for name in CLASSES]


def ours(recipe: Recipe, cache: Path, workers: int = 1, at_most: int = 1000) -> dict[str, System]:
    """The systems of ours that are chosen from, for flow maps (``(N, 3, 28, 28)``, each channel in [0, 1]).

    ``linear``: logistic regression; ``linear_mirrored``: with every map seen from both sides; ``linear_mixed``: with
    simulated maps beside the training maps; ``pretrained``: the shipped committee of five FlowCnn, trained on simulated
    maps, then on the training maps; ``average``: the mean probability of the last three. On rendered simulated clips of
    other people the committee gains by training (UF1 0.83 against 0.77 of ``linear``) and nothing by mirrors (0.83).

    What the inner folds choose depends on training clips alone. What there is to choose from does not quite: the public
    real maps had been scored before the recipe of simulated maps and the committee were settled
    (``reference/looks.md``).

    Args:
        recipe: of the simulated maps.
        at_most: upper limit of epochs.
    """
    simulated = recipe.maps(transfer.MIXED_MAPS)
    task = transfer.task("flow_cnn", transfer.GOING_ON, at_most, network_args={"members": 5})

    def committee(samples: Samples, folds: Sequence[Fold]) -> pd.DataFrame:
        start = shipped_recognizer.stored_recognizer(cache)
        return crossval.cross_validate(task, samples, folds, cache=cache, workers=workers, start=start)

    linear = logistic_regression
    systems = {
        "linear": linear,
        "linear_mirrored": mirrored(linear),
        "linear_mixed": mixed(linear, simulated),
        "pretrained": committee,
    }
    return systems | {"average": averaged(*(systems[name] for name in list(systems)[1:]))}


def chosen_inside(
    systems: Mapping[str, System],
    samples: Samples,
    folds: Sequence[Fold],
    groups: Sequence[Fold],
    inner: Callable[[Samples], Sequence[Fold]],
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Each fold's test clips, predicted by the system that was best on folds made of other subjects' clips alone.

    The choice is made once for each group of test subjects, and never on a clip of that group.

    Args:
        systems: by name.
        folds: what is reported, such as leave-one-subject-out.
        groups: coarser folds of the same clips (``kfold5``): for each of them one choice is made on its training clips.
            Each fold's test clips must lie within one group's.
        inner: gives the folds for that choice, of a group's training samples.

    Returns:
        (predictions of all folds, the chosen system by group).

    Raises:
        MxeError: if a fold's test clips do not all lie in one and only one group.
    """
    for fold in folds:
        inside = [group for group in groups if set(fold.test) & set(group.test)]
        if len(inside) != 1 or not set(fold.test) <= set(inside[0].test):
            raise MxeError(
                f"fold {fold.name}: its test clips lie in {len(inside)} groups: choose groups of whole folds"
            )
    tables, chosen = [], {}
    for group in groups:
        held_out = set(group.test)
        mine = [fold for fold in folds if held_out & set(fold.test)]
        known = samples.subset(group.train)
        scores = {name: _uf1(system(known, inner(known))) for name, system in systems.items()}
        chosen[group.name] = max(scores, key=scores.get)  # the first of equals
        tables.append(systems[chosen[group.name]](samples, mine))
    pooled = pd.concat(tables, ignore_index=True).sort_values("clip", ignore_index=True)
    return pooled.assign(seed=0), chosen


def averaged(*systems: System) -> System:
    """The mean of several systems' probabilities, each first averaged over its own seeds."""

    def average(samples: Samples, folds: Sequence[Fold]) -> pd.DataFrame:
        tables = [_over_seeds(system(samples, folds)) for system in systems]
        mean = sum(table[PROBABILITIES].to_numpy() for table in tables) / len(tables)
        return _answered(tables[0], mean)

    return average


def mirrored(system: System) -> System:
    """The system, trained on every training map and its mirror image, asked about a test map from both sides.

    Faces are near enough to symmetric that a movement seen in a mirror is a movement of the same class.
    """

    def both_sides(samples: Samples, folds: Sequence[Fold]) -> pd.DataFrame:
        doubled = joined(samples, mirror(samples))
        wider = [Fold(f"{f.name}+mirror", _twice(f.train), _twice(f.test)) for f in folds]
        table = system(doubled, wider)
        other = table["clip"].str.endswith(MIRROR)
        unmirrored = table.assign(clip=table["clip"].str.removesuffix(MIRROR))
        given, turned = (_over_seeds(unmirrored[rows]) for rows in (~other, other))
        return _answered(given, (given[PROBABILITIES].to_numpy() + turned[PROBABILITIES].to_numpy()) / 2)

    return both_sides


def mixed(system: System, simulated: Samples) -> System:
    """The system, trained on simulated maps as well."""
    return lambda samples, folds: system(joined(samples, simulated), trained_also_on(folds, simulated))


MIRROR = "~mirror"
"""What the name of a mirrored clip ends in."""


def mirror(samples: Samples) -> Samples:
    """Flow maps as seen in a mirror: left is right, and u points the other way (1 - u, as maps lie in [0, 1]).

    Raises:
        MxeError: if values lie outside [0, 1]: flow in pixels has its zero elsewhere.
    """
    if samples.inputs.min() < 0 or samples.inputs.max() > 1:
        raise MxeError("mirror: it turns flow maps, whose values lie in [0, 1]: make them with fields.flow_map")
    flipped = samples.inputs.flip(-1)
    u = flipped[:, :1]
    u = torch.where(u.amax((2, 3), keepdim=True) > 0, 1 - u, u)  # a constant u was scaled to 0, not to 1/2
    flipped = torch.cat([u, flipped[:, 1:]], 1)
    clips = tuple(dataclasses.replace(clip, name=clip.name + MIRROR) for clip in samples.clips)
    return Samples(inputs=flipped, clips=clips, clip_index=samples.clip_index, classes=samples.classes)


def _twice(ids: Sequence[str]) -> tuple[str, ...]:
    return (*ids, *(f"{clip_id}{MIRROR}" for clip_id in ids))


def _over_seeds(table: pd.DataFrame) -> pd.DataFrame:
    """One row a clip, its probabilities averaged over seeds; sorted by clip."""
    kept = table.drop_duplicates("clip").sort_values("clip", ignore_index=True)
    means = table.groupby("clip")[PROBABILITIES].mean()
    return _answered(kept, means.loc[kept["clip"]].to_numpy())


def _answered(table: pd.DataFrame, probabilities: np.ndarray) -> pd.DataFrame:
    """The table with these probabilities, and what they say."""
    columns = dict(zip(PROBABILITIES, probabilities.T, strict=True))
    return table.assign(y_pred=probabilities.argmax(1), seed=0, **columns)


def _uf1(table: pd.DataFrame) -> float:
    return metrics.uf1(table["y_true"], table["y_pred"])
