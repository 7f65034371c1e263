"""Notebook 11: whether faces that do not exist teach a network to read real ones."""

from collections.abc import Callable, Iterator

import pandas as pd

from mxe_lib.evaluation import results
from mxe_lib.figures.tables import cell
from mxe_lib.study.answers.phrases import listed

ARMS = {
    "simulated": "simulated people only",
    "pretrained": "simulated people first",
    "mixed": "both at once",
}


def sentences(read: Callable[[str], pd.DataFrame]) -> Iterator[str]:
    """Of the table ``sim_to_real``; without real maps, rendered clips of other simulated people are what is read."""
    rows = read("sim_to_real").query("database == 'composite' and seed == 'all'")
    scores = rows[rows["metric"] == "uf1"].set_index(["model", "variant"])
    alone, naive = scores.loc[("committee", "training=simulated")], scores.loc[("always_negative", "training=none")]
    maps = f"{alone['n']} {'real maps' if alone['origin'] == 'real' else 'maps of rendered simulated clips'}"
    taught = alone["ci_low"] > naive["value"]
    yield (
        f"{'Yes' if taught else 'That they do is not shown'}: a committee of networks that learned from simulated "
        f"people only reads {maps} with a UF1 of {_cell(alone)}; always negative gives {naive['value']:.3f}."
    )
    linear, own = (scores.loc[(model, "training=real"), "value"] for model in ("logistic_regression", "flow_cnn"))
    gaps = {arm: scores.loc[("flow_cnn", f"training={arm}")] for arm in ARMS}
    differ = [ARMS[arm] for arm, row in gaps.items() if results.found(row["p_holm"])]
    changes = listed(f"{row['value'] - own:+.3f} ({ARMS[arm]})" for arm, row in gaps.items())
    yield (
        f"Having learned from other people of the tested kind, a linear model scores {linear:.3f} and the network "
        f"FlowCnn {own:.3f}. For FlowCnn the simulator changes UF1 by {changes}; {listed(differ) or 'none of these'} "
        f"{'are' if len(differ) > 1 else 'is'} found to differ."
    )
    gains = rows[rows["metric"] == "uf1_difference"].assign(people=lambda t: _count(t["variant"], "people"))
    gains = gains.sort_values("people")
    few, everybody = gains.iloc[0], gains.iloc[-1]
    real = [int(n) for n, p in zip(gains["people"], gains["p_holm"], strict=True) if results.found(p)]
    counted = f"with {listed(map(str, real))} people to learn from" if real else "with no number of people"
    yield (
        f"Where few people are at hand the simulator's weights add most: {_cell(few, True)} of UF1 with "
        f"{'one' if few['people'] == 1 else few['people']} to learn from, {_cell(everybody, True)} with "
        f"all of a training fold. A gain is found {counted}."
    )
    solo = scores.loc[("flow_cnn", "training=simulated"), "value"]
    curve = scores.loc["flow_cnn"].reset_index()
    curve = curve[curve["variant"].str.contains("people=.*training=real")].assign(
        people=lambda t: _count(t["variant"], "people")
    )
    curve = curve.sort_values("people")
    short = [n for n, value in zip(curve["people"], curve["value"], strict=True) if value < solo]
    if len(short) == len(curve):
        told = "even all of a training fold do not reach that"
    else:
        told = f"{max(short)} do not reach that, all of a training fold do" if short else "one is enough"
        if short and max(short) < curve["people"].iloc[-2]:
            told = f"{max(short)} do not reach that, {min(n for n in curve['people'] if n > max(short))} do"
    yield f"FlowCnn scores {solo:.3f} without any of them; from random weights, {told}."


def _cell(row: pd.Series, signed: bool = False) -> str:
    return cell(row["value"], row["ci_low"], row["ci_high"], signed=signed)


def _count(variants: pd.Series, key: str) -> pd.Series:
    return variants.str.extract(rf"{key}=(\d+)")[0].astype(int)
