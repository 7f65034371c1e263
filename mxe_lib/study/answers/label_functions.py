"""Notebook 03: which label teaches a network where the apex is."""

from collections.abc import Callable, Iterator

import pandas as pd

from mxe_lib.evaluation import results
from mxe_lib.study.answers.phrases import found, listed, systems

SLOPES = ("linear", "log", "exponential")


def sentences(read: Callable[[str], pd.DataFrame]) -> Iterator[str]:
    """Of the tables ``label_functions`` and ``feedforward_variants``."""
    rows = read("label_functions").query("source == 'ours' and database == 'pooled' and seed == 'all'")
    honest = rows[~rows["protocol"].str.endswith("_by_clip")]
    errors = honest[honest["metric"] == "mae"]
    error = errors.set_index("variant")["value"]
    middle = errors[errors["model"] == "middle_frame"].iloc[0]
    gaps = honest[honest["metric"] == "mae_difference"].set_index("variant", drop=False)
    linear, log, exponential, impulse = (f"{error[f'label={name};rule=sw_max']:.1f}" for name in (*SLOPES, "impulse"))
    against = gaps.loc["label=impulse;rule=sw_max;than=linear"]
    orders = found(gaps[gaps["variant"].str.contains("than=(?:linear|log)$")])
    yield (
        f"{_opening(against, alone=len(orders) == 1)}: with SW-Max the linear, log and exponential labels err by "
        f"{linear}, {log} and "
        f"{exponential} frames on {middle['n']} {middle['origin']} clips, the impulse by {impulse}, and the middle "
        f"frame, which looks at no pixel, by {middle['value']:.1f}."
    )
    among = found(gaps[gaps["variant"].str.contains("label=(?:log|exponential);.*than=linear")])
    yield (
        "Between the three labels with slopes "
        + (f"these differences are found: {systems(among, 'VGG-M, ')}." if len(among) else "no difference is found.")
    )
    rules = found(gaps[gaps["variant"].str.endswith("rule=sw_max;than=max")]).query("value < 0")
    names = [text.split(";")[0].removeprefix("label=") for text in rules["variant"]]
    yield (
        "That the best window (SW-Max) errs less than the highest frame (Max) is "
        + (f"found with {len(names)} of the four labels: {listed(names)}." if names else "found with no label.")
    )
    better = found(errors[(errors["model"] == "vgg_m") & (errors["value"] < middle["value"])])
    yield (
        (f"These are found to err less than the middle frame: {systems(better, 'VGG-M, ')}" if len(better) else "")
        or "No network is found to err less than the middle frame, so that none has shown yet that it reads a face"
    ) + "."
    bypasses = read("feedforward_variants").query("metric == 'mae_difference' and database == 'pooled'")
    changed = systems(found(bypasses), "VGG-M, ")
    yield (
        (f"These bypasses are found to change the error: {changed}" if changed else "No bypass is found to change it")
        + "; in print, two of eight cells are better than the network without."
    )


def _opening(impulse_against_linear: pd.Series, alone: bool) -> str:
    if not results.found(impulse_against_linear["p_holm"]):
        return "These clips do not tell"
    worse = impulse_against_linear["value"] > 0
    others = ", and no other order of two labels is" if alone else ""
    return f"That an impulse errs {'more' if worse else 'less'} than the linear label is found{others}"
