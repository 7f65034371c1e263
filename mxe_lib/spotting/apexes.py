"""Apexes for clips whose coders marked none (SMIC), and out-of-fold apexes for the others.

Several spotters are tried on annotated clips, and the one that errs least there spots in the others. No clip has a say
in the choice of its own spotter: for annotated clips the choice is made anew in each fold, on its training clips.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from mxe_lib.evaluation import metrics
from mxe_lib.learning.folds import Fold
from mxe_lib.learning.samples import Samples
from mxe_lib.spotting import classical, naive, rules, shipped_spotter

Spotter = Callable[[Samples, Samples], pd.DataFrame]
"""Given annotated samples to learn from and samples to spot in, one predicted apex for each of the latter's clips."""


def candidates() -> dict[str, Spotter]:
    """Spotters that cost nothing to ask: no network has to be trained for them.

    The papers' networks are not among them, since every inner fold would have to train them again. What P1 did for SMIC
    is a control in notebook 06: VGG-M with a bypass and the linear label. Which bypass, and that both other databases
    train it, is assumed. The relative position is the median over all annotated clips, because a clip's own database
    may have none.
    """
    return {
        "middle_frame": lambda known, asked: naive.middle_frame(asked.clips),
        "median_relative_position": _by_position,
        "flow_magnitude_peak": lambda known, asked: naive.flow_magnitude_peak(asked),
        "optical_strain_peak": lambda known, asked: _picked(
            classical.table(asked, [classical.strain_scores(flow) for _, flow, _ in asked.per_clip()]), asked, "max"
        ),
        "clip_spotter": lambda known, asked: _picked(
            shipped_spotter.spotter().predictions(asked).assign(seed=0), asked, "max"
        ),
    }


def errors(spotters: Mapping[str, Spotter], annotated: Samples, split: Sequence[Fold]) -> pd.Series:
    """Each spotter's MAE in frames on all folds' test clips, learned from their training clips."""
    found = {}
    for name, spotter in spotters.items():
        tables = [spotter(annotated.subset(fold.train), annotated.subset(fold.test)) for fold in split]
        pooled = pd.concat(tables)
        found[name] = metrics.mae(pooled["apex"], pooled["predicted"])
    return pd.Series(found).rename("MAE in frames")


def out_of_fold(
    spotters: Mapping[str, Spotter], annotated: Samples, split: Sequence[Fold], inner: Callable[[Samples], Sequence]
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Annotated clips, each spotted in by the spotter that errs least on the other folds' clips.

    Args:
        inner: gives the folds in which the choice is made, of an outer fold's training samples.

    Returns:
        (one predicted apex for each clip, the chosen spotter by fold).
    """
    tables, chosen = [], {}
    for fold in split:
        known = annotated.subset(fold.train)
        chosen[fold.name] = errors(spotters, known, inner(known)).idxmin()
        tables.append(spotters[chosen[fold.name]](known, annotated.subset(fold.test)))
    return pd.concat(tables, ignore_index=True), chosen


def unannotated(
    spotters: Mapping[str, Spotter], annotated: Samples, split: Sequence[Fold], asked: Samples
) -> tuple[dict[str, int], str]:
    """Clips without an apex, spotted in by the spotter that errs least on the annotated clips, over these folds.

    Returns:
        (predicted frame by clip id, the chosen spotter).
    """
    best = errors(spotters, annotated, split).idxmin()
    table = spotters[best](annotated, asked)
    return dict(zip(table["clip"], table["predicted"].astype(int), strict=True)), best


def _by_position(known: Samples, asked: Samples) -> pd.DataFrame:
    share = np.median([(clip.apex - clip.onset) / max(1, clip.length) for clip in known.clips])
    table = naive.middle_frame(asked.clips)
    length = table["offset"] - table["onset"]
    return table.assign(predicted=(table["onset"] + np.floor(share * length + 0.5)).astype(int))


def _picked(scores: pd.DataFrame, asked: Samples, rule: str) -> pd.DataFrame:
    return rules.pick(scores, asked.clips, rule)
