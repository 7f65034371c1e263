"""Rows of runs at the papers' own scale (``reference/full/``), beside those of the run at hand."""

from collections.abc import Callable

import pandas as pd
from IPython.display import Markdown

from mxe_lib.evaluation import results
from mxe_lib.figures import tables
from mxe_lib.figures.names import PROTOCOLS, words
from mxe_lib.papers.verdicts import MADE_WITH


def at_full_scale(
    rows: pd.DataFrame, read: Callable[[str], pd.DataFrame | None] = results.at_full_scale
) -> pd.DataFrame | Markdown:
    """A line for each system that was trained at the paper's scale, with its score here and there.

    Args:
        rows: result rows of one experiment, metric and database.
        read: gives the experiment's table at full scale, or None.

    Returns:
        The table; a sentence where there is none yet.
    """
    experiment, metric, database = (rows[column].iloc[0] for column in ("experiment", "metric", "database"))
    full = read(experiment)
    if full is None:
        return Markdown("*No run at the paper's own scale is published yet. Its rows will stand here.*")
    full = full[(full["metric"] == metric) & (full["database"] == database) & full["seed"].isin(["all", ""])]
    here = {_key(row): row for row in rows.to_dict("records") if row["source"] == "ours"}
    lines = []
    for row in full.to_dict("records"):
        if row["source"] != "ours":
            continue
        own = here.get(_key(row))
        model, variant, protocol, origin = _key(row)
        line = {"system": words(f"{model} {variant}".strip()), "judged by": PROTOCOLS.get(protocol, protocol)}
        line |= {"data": origin, "this run": _cell(own) if own else "–", "at the paper's scale": _cell(row)}
        lines.append(line | {"made with": _made_with(row["variant"])})
    return pd.DataFrame(lines).set_index("system")


def _pairs(variant: str) -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in variant.split(";") if pair)


def _key(row: dict) -> tuple[str, str, str, str]:
    """A system, without what it was made with."""
    kept = {key: value for key, value in _pairs(row["variant"]).items() if key not in MADE_WITH}
    return row["model"], results.variant(**kept), row["protocol"], row["origin"]


def _made_with(variant: str) -> str:
    pairs = _pairs(variant)
    said = {"width": "width {}", "epochs": "{} epochs"}
    return ", ".join(text.format(pairs[key]) for key, text in said.items() if key in pairs) or "–"


def _cell(row: dict) -> str:
    return tables.cell(row["value"], row["ci_low"], row["ci_high"], digits=tables.DIGITS.get(row["metric"], 3))
