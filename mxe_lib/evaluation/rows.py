"""From predictions to the rows of a result table: scores, intervals, paired differences, corrected p values."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from mxe_lib.errors import MxeError
from mxe_lib.evaluation import intervals, metrics
from mxe_lib.evaluation.results import COLUMNS, and_variant


def recognition_rows(predictions: pd.DataFrame, **row) -> pd.DataFrame:
    """UF1, UAR, accuracy, P1's pooled accuracy and each class's F1, over all clips (``composite``) and each database.

    A class of which a database has neither a clip nor a prediction has an F1 of 0 there (``metrics``).

    Args:
        predictions: one row a clip and seed, columns of ``crossval.cross_validate``.
        row: experiment, model, variant ("" unless given), protocol and origin; and resamples (2000 unless given).

    Returns:
        A row for each score with ``seed`` = ``all`` and its interval, and, of several seeds, one for each.
    """
    return _score_rows(predictions, "composite", metrics.RECOGNITION, **row)


def spotting_rows(predictions: pd.DataFrame, **row) -> pd.DataFrame:
    """MAE (``mae`` in frames, ``mae_ms``), ``within_5`` and ``skill``, over all clips (``pooled``) and each database.

    Args:
        predictions: one row a clip and seed, columns of ``rules.pick``; every clip needs a known apex.
        row: as for ``recognition_rows``.
    """
    return _score_rows(predictions, "pooled", metrics.SPOTTING, **row)


def recognition_table(
    systems: Mapping[tuple[str, str, str], pd.DataFrame],
    reference: tuple[str, str],
    *,
    experiment: str,
    origin: str,
    resamples: int = 2000,
) -> pd.DataFrame:
    """``recognition_rows`` of many systems, with ``p_holm`` of UF1 on all clips against the reference.

    Args:
        systems: (model, variant, protocol) -> predictions.
        reference: (model, variant); each system is held against it on its own protocol, if it ran there.
    """
    fixed = dict(experiment=experiment, origin=origin, resamples=resamples)
    parts = []
    for protocol in dict.fromkeys(protocol for *_, protocol in systems):
        mine = {(model, cell): table for (model, cell, p), table in systems.items() if p == protocol}
        rows = [recognition_rows(t, model=m, variant=v, protocol=protocol, **fixed) for (m, v), t in mine.items()]
        rows = pd.concat(rows, ignore_index=True)
        if reference in mine:
            rows = add_p_holm(rows, mine, reference, "uf1", database="composite", permutations=resamples)
        parts.append(rows)
    return pd.concat(parts, ignore_index=True)


def spotting_table(
    systems: Mapping[tuple[str, str], pd.DataFrame],
    reference: tuple[str, str],
    *,
    experiment: str,
    protocols: Mapping[str, str],
    origin: str,
    resamples: int = 2000,
) -> pd.DataFrame:
    """``spotting_rows`` of many systems, with ``p_holm`` of the pooled MAE against the reference.

    Args:
        systems: (model, variant) -> predictions.
        protocols: by model; one that is not named learned nothing (``none``).
    """
    fixed = dict(experiment=experiment, origin=origin, resamples=resamples)
    parts = [
        spotting_rows(table, model=model, variant=variant_, protocol=protocols.get(model, "none"), **fixed)
        for (model, variant_), table in systems.items()
    ]
    rows = pd.concat(parts, ignore_index=True)
    return add_p_holm(rows, systems, reference, "mae", database="pooled", permutations=resamples)


def add_p_holm(
    rows: pd.DataFrame,
    systems: Mapping[tuple[str, str], pd.DataFrame],
    reference: tuple[str, str],
    metric: str,
    *,
    database: str,
    permutations: int = 2000,
) -> pd.DataFrame:
    """Fills ``p_holm`` of each system's ``seed`` = ``all`` row: its paired difference from the reference system.

    Args:
        rows: result rows that hold all these systems once, of one protocol and origin.
        systems: (model, variant) -> the predictions that the rows were made of.
        reference: the (model, variant) that the others are compared with; its own cell stays empty.
        database: which database's rows; ``composite`` and ``pooled`` mean all clips.
    """
    rows = rows.copy()
    others = [system for system in systems if system != reference]
    whole = database in ("composite", "pooled")
    chosen = {key: table if whole else table[table["database"] == database] for key, table in systems.items()}
    p_values = [
        intervals.paired_permutation(chosen[system], chosen[reference], metric, permutations=permutations)
        for system in others
    ]
    for (model, variant_), p_value in zip(others, intervals.holm(p_values), strict=True):
        cell = (rows["model"] == model) & (rows["variant"] == variant_) & (rows["metric"] == metric)
        cell &= (rows["database"] == database) & (rows["seed"].astype(str) == "all") & (rows["source"] == "ours")
        if cell.sum() != 1:
            raise MxeError(f"{cell.sum()} rows of {model} {variant_} {metric} on {database}: p_holm needs exactly one")
        rows.loc[cell, "p_holm"] = p_value
    return rows


def difference_rows(
    predictions: pd.DataFrame,
    other: pd.DataFrame,
    metric: str,
    *,
    experiment: str,
    model: str,
    variant: str,
    than: str,
    protocol: str,
    origin: str,
    resamples: int = 2000,
) -> pd.DataFrame:
    """How much a system scores above another on the same clips, paired: metric ``<metric>_difference``.

    Over all clips (``pooled`` or, of recognition, ``composite``) and for each database. Of recognition, ``mcnemar_p``
    on all clips stands beside it as an extra. The row of all clips brings ``p``, which ``results.write`` corrects.

    Args:
        predictions, other: of the two systems; the difference is the first one's score minus the other's.
        model, variant: of the first system; than: the other one, in a word (``than=...`` joins the variant).
    """
    whole = "composite" if "y_pred" in predictions else "pooled"
    fixed = dict(experiment=experiment, origin=origin, model=model, protocol=protocol, seed="all", source="ours")
    cell = and_variant(variant, than=than)
    rows = []
    for database in [whole, *sorted(predictions["database"].unique())]:
        parts = [t if database == whole else t[t["database"] == database] for t in (predictions, other)]
        value, low, high = intervals.paired_interval(*parts, metric, resamples=resamples)
        unit = metrics.UNITS.get(metric, "")
        row = dict(fixed, database=database, variant=cell, metric=f"{metric}_difference", unit=unit)
        rows.append(dict(row, value=value, ci_low=low, ci_high=high, n=parts[0]["clip"].nunique()))
        if database == whole and np.isfinite(low):
            rows[-1]["p"] = intervals.paired_permutation(*parts, metric, permutations=resamples)
    if whole == "composite":
        p_value = intervals.mcnemar(predictions, other)
        extra = dict(metric="mcnemar_p", unit="", value=p_value, ci_low=np.nan, ci_high=np.nan, p=np.nan)
        rows.append(rows[0] | extra)
    return pd.DataFrame(rows)


def _score_rows(
    predictions: pd.DataFrame,
    whole: str,
    statistics: Mapping,
    *,
    experiment: str,
    model: str,
    variant: str = "",
    protocol: str,
    origin: str,
    resamples: int = 2000,
) -> pd.DataFrame:
    fixed = dict(experiment=experiment, origin=origin, model=model, variant=variant, protocol=protocol)
    rows = []
    databases = sorted(predictions["database"].unique())
    for database in [whole, *databases]:
        chosen = predictions if database == whole else predictions[predictions["database"] == database]
        counts = intervals.count(chosen)
        for metric, statistic in statistics.items():
            scores = statistic(counts.sums.sum(0))
            low, high = intervals.interval(counts, statistic, resamples=resamples)
            row = dict(fixed, database=database, metric=metric, unit=metrics.UNITS.get(metric, ""), n=counts.clips)
            rows.append(dict(row, seed="all", value=scores.mean(), ci_low=low, ci_high=high))
            if len(counts.seeds) > 1:
                rows += [dict(row, seed=seed, value=score) for seed, score in zip(counts.seeds, scores, strict=True)]
    return pd.DataFrame([dict(row, source="ours") for row in rows], columns=list(COLUMNS))
