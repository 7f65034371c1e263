"""Notebook 03: which label teaches a network where the apex is."""

from collections.abc import Callable, Iterator

import pandas as pd

from mxe_lib.study.answers.phrases import found, systems


def sentences(read: Callable[[str], pd.DataFrame]) -> Iterator[str]:
    """Of the tables ``label_functions`` and ``feedforward_variants``."""
    rows = read("label_functions").query("source == 'ours' and database == 'pooled' and seed == 'all'")
    honest = rows[~rows["protocol"].str.endswith("_by_clip")]
    errors = honest[honest["metric"] == "mae"]
    error = errors.set_index("variant")["value"]
    middle = errors[errors["model"] == "middle_frame"].iloc[0]
    linear, log, exponential, impulse = (
        f"{error[f'label={name};rule=sw_max']:.1f}" for name in ("linear", "log", "exponential", "impulse")
    )
    yield (
        f"A label with slopes does: with SW-Max the linear, log and exponential labels err by {linear}, {log} and "
        f"{exponential} frames on {middle['n']} {middle['origin']} clips, the impulse by {impulse}, and the middle "
        f"frame, which looks at no pixel, by {middle['value']:.1f}."
    )
    gaps = found(honest[honest["metric"] == "mae_difference"])
    labels = gaps[gaps["variant"].str.contains("than=(?:linear|log)$")]
    yield f"Differences between labels that are found: {systems(labels, 'VGG-M, ') or 'none'}."
    rules = gaps[gaps["variant"].str.contains("rule=sw_max;than=(?:max|interior)$")]
    better = systems(rules, "VGG-M, ") or "none"
    yield f"That the best window (SW-Max) errs less than the highest frame is found for: {better}."
    bypasses = read("feedforward_variants").query("metric == 'mae_difference' and database == 'pooled'")
    yield (
        f"Of the four bypasses these are found to change the error: {systems(found(bypasses), 'VGG-M, ') or 'none'}; "
        "in print, two of eight cells are better than the network without."
    )
