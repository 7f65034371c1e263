"""Notebook 10: what a simulated face must get right, for a network that then reads other people."""

from collections.abc import Callable, Iterator

import pandas as pd

from mxe_lib.evaluation import results
from mxe_lib.figures.tables import cell, p_value
from mxe_lib.study.answers.phrases import listed


def sentences(read: Callable[[str], pd.DataFrame]) -> Iterator[str]:
    """Of the table ``simulator_ablation``."""
    rows = read("simulator_ablation").query("metric == 'uf1' and database == 'composite' and seed == 'all'")
    scores = rows[rows["model"] == "flow_cnn"]
    scores = scores.set_index(scores["variant"].str.removeprefix("without="))
    whole, scores = scores.loc["nothing"], scores.drop(index="nothing").sort_values("value")
    most, next_ = scores.iloc[0], scores.iloc[1]
    maps = f"{whole['n']} {'real maps' if whole['origin'] == 'real' else 'maps of rendered simulated clips'}"
    change = f"UF1 is {most['value']:.3f} in the place of {whole['value']:.3f} on {maps} (corrected p {_p(most)})"
    if results.found(most["p_holm"]):
        yield f"Above all {most.name}: without that ingredient {change}, and that it is missed is found."
    else:
        yield f"No single ingredient is found to be missed: most is lost without {most.name}, where {change}."
    hurts, helps = (_found(scores, whole, sign) for sign in (-1, 1))
    above = (scores["value"] > whole["value"]).sum()
    yield (
        f"Of {len(scores)} ingredients, leaving one out is found to hurt for: {listed(hurts) or 'none'}; to help for: "
        f"{listed(helps) or 'none'}. {above} of the {len(scores)} score higher without, which is not found for any."
        if not helps
        else f"Of {len(scores)} ingredients, leaving one out is found to hurt for: {listed(hurts) or 'none'}; to help "
        f"for: {listed(helps)}."
    )
    yield (
        f"Next comes {next_.name}: {next_['value'] - whole['value']:+.3f} without it, "
        f"{'found' if results.found(next_['p_holm']) else 'not found'} (corrected p {_p(next_)})."
    )
    naive = rows.query("model == 'always_negative'")["value"].iloc[0]
    yield (
        "A network that saw the whole recipe and no real person scores "
        f"{cell(whole['value'], whole['ci_low'], whole['ci_high'])}; always negative gives {naive:.3f}."
    )


def _found(scores: pd.DataFrame, whole: pd.Series, sign: int) -> list[str]:
    found = scores["p_holm"].map(results.found) & (sign * (scores["value"] - whole["value"]) > 0)
    return list(scores.index[found])


def _p(row: pd.Series) -> str:
    return p_value(row["p_holm"])
