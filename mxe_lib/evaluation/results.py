"""Writes and reads the result tables: one CSV an experiment, long form, the same columns everywhere.

Figures, tables and the report read these files; no number is typed anywhere else. Times change from run to run, so
they are never here: ``write_timings`` puts them into a folder of their own.

Columns: ``database`` is ``casme2``, ``samm``, ``smic``, ``composite`` (all recognition clips at hand; ``n`` tells how
many of the composite's 442) or ``pooled`` (all spotting clips). ``origin`` says whether the *data* are real or
simulated; ``source`` whether the number is ours or published. ``variant`` holds ``key=value`` pairs, see
:func:`variant`. ``seed`` is a number, or ``all`` for the mean over seeds, which alone carries an interval. ``ci_low``
and ``ci_high`` bound the 95 % interval of ``intervals.py``. ``n`` counts clips. A cell that says nothing is empty.

One rule says what counts as found: ``p_holm`` below ``SIGNIFICANT``. It is the p of a paired permutation over subjects,
corrected (Holm 1979) over all that is read together: the systems that were held against one reference on one input and
protocol; the differences of one table on one origin and input, which are brought as ``p`` and corrected when the table
is written. Intervals say how large a difference may be, and are not corrected.
"""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from mxe_lib.compute import store
from mxe_lib.errors import MxeError
from mxe_lib.evaluation import intervals

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
SIGNIFICANT = 0.05
DATABASES = ["casme2", "samm", "smic", "composite", "pooled"]

_written: set[str] = set()  # by this process, which may read them


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


def found(p_holm: float) -> bool:
    """Whether a corrected p lets one speak of a difference; without one (NaN) nobody can."""
    return bool(p_holm < SIGNIFICANT)


def said(p_holm: float) -> str:
    """The rule in words.

    >>> said(0.012), said(0.3), said(float("nan"))
    ('found, p 0.012', 'not found, p 0.300', 'not tested')
    """
    if np.isnan(p_holm):
        return "not tested"
    return f"{'found' if found(p_holm) else 'not found'}, p {p_holm:.3f}"


def write(experiment: str, rows: pd.DataFrame | Iterable, folder: Path | str) -> None:
    """Writes ``folder/<experiment>.csv``: UTF-8, LF, sorted, six decimals, all at once or not at all.

    Args:
        rows: a table, or a list of tables and of dicts; a dict may leave out cells that may be empty. A column ``p``
            may stand there besides, and becomes ``p_holm``.

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
    store.write(Path(folder) / f"{experiment}.csv", text)
    _written.add(experiment)


def read(experiment: str, folder: Path | str) -> pd.DataFrame:
    """A result table as it was written: text columns as text, numbers as floats, ``n`` as nullable integers.

    Raises:
        MxeError: if there is no such table, it is not what ``write`` would write, or a run executes a notebook that
            does not say that it reads this table: it would not be executed again when the table changes.
    """
    path = Path(folder) / f"{experiment}.csv"
    reads, ours = os.environ.get("MXE_READS"), path.parent == Path(os.environ.get("MXE_OUT", "")) / "results"
    if reads is not None and ours and experiment not in {*reads.split(","), *_written}:
        raise MxeError(f"{experiment}.csv: the notebook does not write it: name it under mxe, reads, in its metadata")
    if not path.is_file():
        raise MxeError(f"{experiment}.csv is not in {Path(folder).name}/: run the notebook that writes it first")
    again = "run the notebook that writes it again"
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")
        if tuple(table.columns) != COLUMNS:
            raise MxeError(
                f"{path.name}: columns {list(table.columns)} are not those of a result table: write it again"
            )
        for name in NUMBERS:
            table[name] = pd.to_numeric(table[name])
        table["n"] = pd.to_numeric(table["n"]).astype("Int64")
        _check(experiment, table)
    except MxeError:
        raise
    except (OSError, ValueError, TypeError) as error:  # cut, another encoding, a word for a number
        raise MxeError(f"{path.name}: cannot be read ({str(error).splitlines()[0][:100]}): {again}") from error
    return table


def at_full_scale(experiment: str) -> pd.DataFrame | None:
    """The committed table of a run at the papers' own scale (``reference/full/``); None where there is none."""
    folder = Path(__file__).parents[2] / "reference" / "full"
    return read(experiment, folder) if (folder / f"{experiment}.csv").is_file() else None


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
    store.write(Path(folder) / f"{name}.csv", pd.DataFrame(list(rows)).to_csv(index=False, lineterminator="\n"))


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
        if extra := set(part.columns) - set(COLUMNS) - {"p"}:
            raise MxeError(
                f"result rows have unknown columns {', '.join(sorted(extra))}: use only {', '.join(COLUMNS)}"
            )
    columns = [*COLUMNS, "p"]
    table = pd.concat([part.reindex(columns=columns).astype(object) for part in parts], ignore_index=True)
    for name in set(COLUMNS) - set(NUMBERS):
        table[name] = ["" if pd.isna(value) else str(value) for value in table[name]]
    table["n"] = [str(int(float(value))) if value else "" for value in table["n"]]
    for name in (*NUMBERS, "p"):
        table[name] = pd.to_numeric(table[name].replace("", np.nan)).astype(float)
    inputs = table["variant"].str.extract(r"(?:^|;)input=([^;]+)")[0].fillna("")
    for _, part in table[table["p"].notna()].groupby(["origin", inputs]):
        table.loc[part.index, "p_holm"] = intervals.holm(part["p"])
    return table.drop(columns="p")


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
