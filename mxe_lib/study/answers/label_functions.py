"""Notebook 03: which label teaches a network where the apex is."""

from collections.abc import Callable, Iterator
from fractions import Fraction

import pandas as pd

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
    labels = gaps[gaps["variant"].str.contains("than=(?:linear|log)$")]
    yield (
        f"{_opening(found(labels), len(labels))}; with SW-Max the impulse errs by {impulse} frames and the linear "
        f"label by {linear} on {middle['n']} {middle['origin']} clips, the middle frame, which looks at no pixel, by "
        f"{middle['value']:.1f}."
    )
    among = found(gaps[gaps["variant"].str.contains("label=(?:log|exponential);.*than=linear")])
    yield (
        f"The labels with slopes, linear, log and exponential, err by {linear}, {log} and {exponential} frames with "
        "SW-Max; between them "
        + (f"these differences are found: {systems(among, 'VGG-M, ')}. " if len(among) else "no difference is found. ")
        + f"Each network was trained once{_size(read.settings)}."
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
        (
            f"These bypasses are found to change the error: {changed}"
            if changed
            else "No bypass is found to change the error"
        )
        + "; in print, two of eight cells are better than the network without."
    )


def _opening(hits: pd.DataFrame, asked: int) -> str:
    """What is found among the differences between two labels under one rule, and no more."""
    if not len(hits):
        return f"These clips do not tell: none of {asked} differences between two labels is found"
    worse = hits["variant"].str.contains("label=impulse;") & (hits["value"] > 0)
    said = "Not the impulse, and more these clips do not tell:" if worse.all() else "In part these clips tell:"
    verb = "is" if len(hits) == 1 else "are"
    many = "only one" if len(hits) == 1 else f"{len(hits)}"
    return f"{said} of {asked} differences between two labels {many} {verb} found, {systems(hits, 'VGG-M, ')}"


def _size(settings) -> str:
    """Of the networks and of what they look at, where it is less than the papers'."""
    width = Fraction(settings.width).limit_denominator(64)
    step = settings.frame_step
    return (f", at {width} of the paper's width" if width < 1 else "") + (
        f", and looks at one frame in {step}, so that SW-Max has {9 // step} to {-(-9 // step)} scores in place of nine"
        if step > 1
        else ""
    )
