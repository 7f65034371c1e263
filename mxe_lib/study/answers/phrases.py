"""How things are said in a sentence; scores and their intervals are ``figures.tables.cell``."""

from collections.abc import Iterable

import pandas as pd

import mxe_lib.models  # noqa: F401  It brings the networks' names.
from mxe_lib.evaluation import results
from mxe_lib.figures.names import words
from mxe_lib.figures.tables import p_value


def listed(parts: Iterable[str], mark: str = ",") -> str:
    """Parts in a row; those that have commas themselves are parted by another mark.

    >>> listed(["a", "b", "c"]), listed(["a, b", "c"], ";"), listed(["a"])
    ('a, b and c', 'a, b; and c', 'a')
    """
    parts = list(parts)
    if len(parts) < 2:
        return "".join(parts)
    return f"{mark} ".join(parts[:-1]) + (" and " if mark == "," else f"{mark} and ") + parts[-1]


def found(gaps: pd.DataFrame) -> pd.DataFrame:
    """Those of the difference rows that the study's rule lets one speak of."""
    return gaps[gaps["p_holm"].map(results.found)]


def of_ours(rows: pd.DataFrame, **wanted: str) -> pd.DataFrame:
    """Our own rows over all seeds that have these values."""
    for name, value in (wanted | {"source": "ours", "seed": "all"}).items():
        rows = rows[rows[name] == value]
    return rows


def one(rows: pd.DataFrame, metric: str, model: str) -> pd.Series:
    """The first row of a system and a score."""
    return rows[(rows["metric"] == metric) & (rows["model"] == model)].iloc[0]


def together(gap: pd.Series, table: pd.DataFrame) -> int:
    """For how many differences of its table a difference's p is corrected: all of all clips, its origin and input."""
    mine = table[table["metric"].str.endswith("_difference") & table["p_holm"].notna()]
    mine = mine[mine["database"].isin(["composite", "pooled"])]
    fed = "input=([^;]+)"
    inputs = mine["variant"].str.extract(fed)[0].fillna("")
    own = "".join(pd.Series([gap["variant"]]).str.extract(fed)[0].fillna(""))
    return int(((mine["origin"] == gap["origin"]) & (inputs == own)).sum())


def weighed(gap: pd.Series, table: pd.DataFrame) -> str:
    """What the rule lets one say of a difference, with its p and for how many differences that is corrected."""
    word = "found" if results.found(gap["p_holm"]) else "not found"
    return f"{word}, p {p_value(gap['p_holm'])} over {together(gap, table)}"


def doubted(gap: pd.Series) -> str:
    """What is to be said besides of a difference that is not found though its interval leaves out 0; else nothing."""
    if results.found(gap["p_holm"]) or not gap["ci_low"] > 0:
        return ""
    return " Its interval, for this one difference, leaves out 0: we claim nothing from it."


def systems(rows: pd.DataFrame, less: str = "") -> str:
    """The rows' systems in a row; ``less`` is a name that all of them begin with and that need not be said."""
    texts = [words(f"{model} {variant}".strip()) for model, variant in zip(rows["model"], rows["variant"], strict=True)]
    return listed([text.removeprefix(less) for text in texts], ";")
