"""Writes and reads the result tables: one CSV an experiment, long form, the same columns everywhere.

Figures, tables and the report read these files; no number is typed anywhere else. Times never stand here, they change
from run to run: ``write_timings`` puts them into a folder of their own.

Columns: ``database`` is ``casme2``, ``samm``, ``smic``, ``composite`` (all recognition clips at hand; ``n`` tells how
many of the composite's 442) or ``pooled`` (all spotting clips). ``origin`` says whether the *data* are real or
simulated; ``source`` whether the number is ours or published. ``variant`` holds ``key=value`` pairs, see
:func:`variant`. ``seed`` is a number, or ``all`` for the mean over seeds, which alone carries an interval. ``ci_low``
and ``ci_high`` bound the 95 % interval of ``intervals.py``, ``p_holm`` is corrected over the systems that were held
against one reference on one input and protocol. ``n`` counts clips. A cell that says nothing is empty.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from mxe_lib import intervals, metrics, published
from mxe_lib.errors import MxeError

COLUMNS = (
    "experiment",
    "database",
    "origin",
    "model",
    "variant",
    "protocol",
    "seed",
    "metric",
    "value",
    "unit",
    "ci_low",
    "ci_high",
    "p_holm",
    "n",
    "source",
)
KEY = ("experiment", "database", "origin", "model", "variant", "protocol", "seed", "metric", "unit", "source")
NUMBERS = ("value", "ci_low", "ci_high", "p_holm")
DATABASES = ("casme2", "samm", "smic", "composite", "pooled")


def variant(**pairs: object) -> str:
    """The ``variant`` cell of these settings: sorted by key, so that two notebooks write the same one.

    >>> variant(rule="sw_max", k=1)
    'k=1;rule=sw_max'
    """
    return ";".join(f"{key}={value}" for key, value in sorted(pairs.items()))


def and_variant(text: str, **pairs: object) -> str:
    """The ``variant`` cell of these settings and of those that ``text`` holds already.

    >>> and_variant("gan=yes", input="frames", than="none")
    'gan=yes;input=frames;than=none'
    """
    return variant(**dict(pair.split("=", 1) for pair in text.split(";") if pair), **pairs)


def recognition_rows(
    predictions: pd.DataFrame,
    *,
    experiment: str,
    model: str,
    variant: str = "",
    protocol: str,
    origin: str,
    resamples: int = 2000,
) -> pd.DataFrame:
    """UF1, UAR, accuracy, P1's pooled accuracy and each class's F1, over all clips (``composite``) and each database.

    A class of which a database has neither a clip nor a prediction has an F1 of 0 there (``metrics``).

    Args:
        predictions: one row a clip and seed, columns of ``crossval.cross_validate``.

    Returns:
        A row for each score with ``seed`` = ``all`` and its interval, and, of several seeds, one for each.
    """
    fixed = dict(experiment=experiment, origin=origin, model=model, variant=variant, protocol=protocol)
    return _score_rows(predictions, "composite", metrics.RECOGNITION, fixed, resamples)


def spotting_rows(
    predictions: pd.DataFrame,
    *,
    experiment: str,
    model: str,
    variant: str = "",
    protocol: str,
    origin: str,
    resamples: int = 2000,
) -> pd.DataFrame:
    """MAE (``mae`` in frames, ``mae_ms``), ``within_5`` and ``skill``, over all clips (``pooled``) and each database.

    Args:
        predictions: one row a clip and seed, columns of ``spotting.pick``; every clip needs a known apex.
    """
    fixed = dict(experiment=experiment, origin=origin, model=model, variant=variant, protocol=protocol)
    return _score_rows(predictions, "pooled", metrics.SPOTTING, fixed, resamples)


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


def published_rows(experiment: str) -> pd.DataFrame:
    """What the papers and the rivals print that belongs beside this experiment; always about real data.

    Where one number is printed in several tables, it stands once.
    """
    rows = [
        dict(
            experiment=experiment,
            database=number.database,
            origin="real",
            model=number.model,
            variant=number.variant,
            protocol=number.protocol,
            seed="",
            metric=number.metric,
            value=number.value,
            unit=metrics.UNITS.get(number.metric, ""),
            ci_low=number.ci[0] if number.ci else np.nan,
            ci_high=number.ci[1] if number.ci else np.nan,
            n=number.n,
            source=number.source,
        )
        for number in published.of_experiment(experiment)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS)).drop_duplicates(list(COLUMNS), ignore_index=True)


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
    on all clips stands beside it as an extra.

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
    if whole == "composite":
        p_value = intervals.mcnemar(predictions, other)
        rows.append(dict(rows[0], metric="mcnemar_p", unit="", value=p_value, ci_low=np.nan, ci_high=np.nan))
    return pd.DataFrame(rows)


def full_grid(experiment: str) -> pd.DataFrame | None:
    """The committed table of a ``full`` run on real maps (``reference/full/``); None outside a checkout."""
    folder = Path(__file__).parent.parent / "reference" / "full"
    return read(experiment, folder) if (folder / f"{experiment}.csv").is_file() else None


def write(experiment: str, rows: pd.DataFrame | Iterable, folder: Path | str) -> None:
    """Writes ``folder/<experiment>.csv``: UTF-8, LF, sorted, six decimals, all at once or not at all.

    Args:
        rows: a table, or a list of tables and of dicts; a dict may leave out cells that may be empty.

    Raises:
        MxeError: if a column is missing or unknown, a row belongs to another experiment, has an unknown origin, source
            or database, no value, an unsorted variant, or the same key as another.
    """
    table = _table(rows)
    _check(experiment, table)
    table = table.sort_values(list(KEY), kind="stable")
    for name in NUMBERS:
        table[name] = [("" if np.isnan(value) else f"{value + 0.0:.6f}") for value in table[name]]
    text = table.to_csv(index=False, lineterminator="\n").replace("-0.000000", "0.000000")
    _write(Path(folder) / f"{experiment}.csv", text)


def read(experiment: str, folder: Path | str) -> pd.DataFrame:
    """A result table as it was written: text columns as text, numbers as floats, ``n`` as nullable integers.

    Raises:
        MxeError: if there is no such table, or its columns are others.
    """
    path = Path(folder) / f"{experiment}.csv"
    if not path.is_file():
        raise MxeError(f"{experiment}.csv is not in {Path(folder).name}/: run the notebook that writes it first")
    table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")
    if tuple(table.columns) != COLUMNS:
        raise MxeError(f"{path.name}: columns {list(table.columns)} are not those of a result table: write it again")
    for name in NUMBERS:
        table[name] = pd.to_numeric(table[name])
    table["n"] = pd.to_numeric(table["n"]).astype("Int64")
    return table


def show(
    experiment: str,
    folder: Path | str,
    *,
    metrics: Iterable[str] | None = None,
    databases: Iterable[str] | None = None,
    decimals: int = 3,
) -> pd.DataFrame:
    """A result table for reading: a line for each system, a column for each database and score, ``value [low, high]``.

    Args:
        metrics, databases: which, and in which order; default all.
    """
    table = read(experiment, folder)
    table = table[table["seed"].isin(["all", ""])]
    metrics = list(metrics) if metrics else list(dict.fromkeys(table["metric"]))
    databases = list(databases) if databases else [name for name in DATABASES if name in set(table["database"])]
    table = table[table["metric"].isin(metrics) & table["database"].isin(databases)]
    cells = [
        f"{value:.{decimals}f}" + ("" if np.isnan(low) else f" [{low:.{decimals}f}, {high:.{decimals}f}]")
        for value, low, high in zip(table["value"], table["ci_low"], table["ci_high"], strict=True)
    ]
    index = [name for name in ("origin", "source", "model", "variant", "protocol") if (table[name] != "").any()]
    wide = table.assign(cell=cells).pivot_table(
        index=index, columns=["database", "metric"], values="cell", aggfunc="first", sort=False
    )
    order = [pair for pair in ((d, m) for d in databases for m in metrics) if pair in wide.columns]
    return wide[order].fillna("")


def write_timings(name: str, rows: Iterable[Mapping], folder: Path | str) -> None:
    """Writes ``folder/<name>.csv`` with whatever columns the rows have: seconds, milliseconds, worker counts."""
    _write(Path(folder) / f"{name}.csv", pd.DataFrame(list(rows)).to_csv(index=False, lineterminator="\n"))


def _score_rows(predictions, whole: str, statistics: Mapping, fixed: dict, resamples: int) -> pd.DataFrame:
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


def _table(rows) -> pd.DataFrame:
    """One table with exactly COLUMNS of tables and dicts; only cells that may be empty may be missing."""
    parts = (
        [rows] if isinstance(rows, pd.DataFrame) else [pd.DataFrame([r] if isinstance(r, Mapping) else r) for r in rows]
    )
    parts = [part for part in parts if len(part)]
    if not parts:
        raise MxeError("no rows: a result table needs at least one")
    optional = {"ci_low", "ci_high", "p_holm", "n", "unit", "variant", "protocol"}
    for part in parts:
        if missing := set(COLUMNS) - set(part.columns) - optional:
            raise MxeError(f"result rows lack {', '.join(sorted(missing))}: give each row every column of the contract")
        if extra := set(part.columns) - set(COLUMNS):
            raise MxeError(
                f"result rows have unknown columns {', '.join(sorted(extra))}: use only {', '.join(COLUMNS)}"
            )
    table = pd.concat([part.reindex(columns=list(COLUMNS)).astype(object) for part in parts], ignore_index=True)
    for name in set(COLUMNS) - set(NUMBERS):
        table[name] = ["" if pd.isna(value) else str(value) for value in table[name]]
    table["n"] = [str(int(float(value))) if value else "" for value in table["n"]]
    for name in NUMBERS:
        table[name] = pd.to_numeric(table[name].replace("", np.nan)).astype(float)
    return table


def _check(experiment: str, table: pd.DataFrame) -> None:
    allowed = {"experiment": {experiment}, "origin": {"real", "simulated"}, "source": {"ours", "published"}}
    allowed["database"] = set(DATABASES)
    for name, values in allowed.items():
        if wrong := set(table[name]) - values:
            raise MxeError(f"{experiment}: {name} '{sorted(wrong)[0]}' is not one of {', '.join(sorted(values))}")
    for name in ("model", "metric"):
        if (table[name] == "").any():
            raise MxeError(f"{experiment}: a row has no {name}: name it")
    if not np.isfinite(table["value"]).all():
        row = table[~np.isfinite(table["value"])].iloc[0]
        raise MxeError(f"{experiment}: {row['model']} {row['metric']} on {row['database']} has no value: leave it out")
    for text in set(table["variant"]) - {""}:
        keys = [pair.split("=")[0] for pair in text.split(";")]
        if keys != sorted(set(keys)) or any("=" not in pair for pair in text.split(";")):
            raise MxeError(
                f"{experiment}: variant '{text}' is not key=value pairs sorted by key: use results.variant()"
            )
    if (repeated := table.duplicated(list(KEY))).any():
        row = table[repeated].iloc[0]
        raise MxeError(f"{experiment}: two rows of {'/'.join(row[name] for name in KEY[1:] if row[name])}: write one")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(text.encode("utf-8"))
    os.replace(partial, path)
