"""Result tables as people read them: words for codes, ``score [low, high]`` in a cell, nothing that isn't a number.

They take rows of a result table (``results.read``, filtered) and give a ``DataFrame`` to be shown.
"""

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from mxe_lib.errors import MxeError
from mxe_lib.figures.names import DATABASES, METRICS, PROTOCOLS, words

DIGITS = {"mae": 1, "mae_difference": 1, "mae_ms": 0, "false_alarms": 1, "false_alarms_rest": 1}
"""Digits after the point; 3 for any other score."""


def cell(value: float, low: float = np.nan, high: float = np.nan, *, digits: int = 3, signed: bool = False) -> str:
    """A score and its interval; one that can't be told is a dash.

    >>> cell(7.02, 4.93, 9.8, digits=1), cell(0.03, 0.003, 0.058, signed=True), cell(float("nan"))
    ('7.0 [4.9, 9.8]', '+0.030 [+0.003, +0.058]', '–')
    """
    if np.isnan(value):
        return "–"
    sign = "+" if signed else ""
    texts = [f"{number + 0.0:{sign}.{digits}f}" for number in (value, low, high) if not np.isnan(number)]
    return texts[0] if len(texts) < 3 else f"{texts[0]} [{texts[1]}, {texts[2]}]"


def p_value(p: float) -> str:
    """A corrected p: below 0.05 a difference is *found*.

    >>> p_value(0.0004), p_value(0.33), p_value(float("nan"))
    ('< 0.001', '0.33', '–')
    """
    if np.isnan(p):
        return "–"
    return "< 0.001" if p < 0.001 else f"{p:.3f}" if p < 0.1 else f"{p:.2f}"


def scores(
    rows: pd.DataFrame,
    *,
    by: str = "database",
    against: str = "",
    best_first: bool = True,
    notes: Mapping | None = None,
    gaps: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """A line for each system, a column for each database (or metric), ``score [low, high]``.

    Args:
        rows: result rows of one origin; single seeds are left out.
        by: ``database`` (then of one metric) or ``metric`` (then of one database).
        against: what the systems were held against; names the column of corrected p, which is left out without it.
        best_first: in the order of the scores on all clips; else in the rows' own.
        notes: column -> by model, what stands there beside the system, such as the width of a narrowed network.
        gaps: rows of the paired differences from ``against``; their p stand in that column then, and not the scores'
            own, which are corrected for other questions. No pair has two.

    Raises:
        MxeError: if rows of several origins, or of several metrics or databases, are mixed.
    """
    rows = rows[rows["seed"].astype(str).isin(["all", ""])]
    for name in ({"origin", "metric", "database"} - {by}) | {"origin"}:
        if len(set(rows[name])) > 1:
            raise MxeError(f"a table of {len(set(rows[name]))} values of '{name}': filter the rows to one")
    names = DATABASES if by == "database" else METRICS
    mixed = len(set(zip(rows["protocol"], rows["source"], strict=True))) > 1
    asked = {
        (row["model"], re.sub(r";?than=[^;]+", "", row["variant"]), row["protocol"]): row["p_holm"]
        for row in ([] if gaps is None else gaps[gaps["database"].isin(["composite", "pooled"])].to_dict("records"))
    }
    lines: dict[tuple, dict] = {}
    order: dict[tuple, float] = {}
    for row in rows.to_dict("records"):
        system = words(f"{row['model']} {row['variant']}".strip())
        key = system, row["protocol"], row["source"]
        line = lines.setdefault(key, {"system": system})
        line |= {column: texts.get(row["model"], "–") for column, texts in (notes or {}).items()}
        if mixed:
            printed = row["source"] == "published"
            line["judged by"] = "in print" if printed else PROTOCOLS.get(row["protocol"], row["protocol"])
        digits = DIGITS.get(row["metric"], 3)
        line[names.get(row[by], row[by])] = cell(row["value"], row["ci_low"], row["ci_high"], digits=digits)
        if key not in order or row["database"] in ("composite", "pooled"):
            order[key] = row["value"] * (1 if row["metric"].startswith("mae") else -1)
        p = row["p_holm"]
        if gaps is not None:
            p = asked.get((row["model"], row["variant"], row["protocol"]), np.nan)
        if against and not np.isnan(p):
            line[f"p against {against}"] = p_value(p)
    keys = sorted(lines, key=order.__getitem__) if best_first else list(lines)
    columns = [names.get(name, name) for name in (DATABASES if by == "database" else dict.fromkeys(rows["metric"]))]
    table = _shown([lines[key] for key in keys], "system")
    first = [name for name in (*(notes or {}), "judged by", "all", *columns) if name in table]
    return table[[*dict.fromkeys(first), *(name for name in table if name not in first)]]


def differences(rows: pd.DataFrame, *, found_first: bool = False) -> pd.DataFrame:
    """A line for each paired difference: which two, by how much, the corrected p, and what it allows one to say.

    Args:
        rows: result rows of one ``…_difference`` metric.
        found_first: those with the smallest p first.
    """
    rows = rows[rows["metric"].str.endswith("_difference")]
    if found_first:
        rows = rows.sort_values("p_holm", kind="stable")
    lines = []
    for row in rows.to_dict("records"):
        digits = DIGITS.get(row["metric"], 3)
        gap = cell(row["value"], row["ci_low"], row["ci_high"], digits=digits, signed=True)
        said = "–" if np.isnan(row["p_holm"]) else "found" if row["p_holm"] < 0.05 else "not found"
        lines.append(
            {
                "first − second": words(f"{row['model']} {row['variant']}".strip()),
                METRICS.get(row["metric"], row["metric"]): gap,
                "corrected p": p_value(row["p_holm"]),
                "so": said,
            }
        )
    return _shown(lines, "first − second")


def verdicts(aloud: pd.DataFrame, columns: Sequence[str] = ("settled by", "difference", "verdict", "shows")):
    """Verdicts (``papers.claims`` and ``verdicts.read_aloud``) with their claims in front."""
    shown = aloud[["claim", *columns]].map(lambda text: ", ".join(map(_said, str(text).split(", "))))
    return _shown(shown.rename(columns=HEADS).to_dict("records"), "claim")


HEADS = {"settled by": "evidence", "shows": "seen there"}
"""How columns of ``verdicts.read_aloud`` are headed: evidence of simulated clips settles nothing."""

SEEN = {"holds": "found as claimed", "opposite": "the opposite is found", "undecided": "not found"} | DATABASES


def _said(part: str) -> str:
    return SEEN.get(part, f"{part} as claimed" if re.fullmatch(r"\d+ of \d+ (cells|folds)", part) else part)


def _shown(lines: list[dict], index: str) -> pd.DataFrame:
    table = pd.DataFrame(lines).fillna("–")
    return table.set_index(index) if len(table) else table
