"""Charts of notebook 09: what networks cost, and what a network's choices are worth."""

import re
from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mxe_lib.figures import charts
from mxe_lib.figures.names import PHRASES, words

MOBILE = (3.4e6, 300e6)
"""Parameters and multiply-adds of MobileNetV2 (Sandler et al. 2018, Table 4)."""

SIDES = {
    "vgg_m": (2, -12, "left"),
    "alexnet": (4, -13, "right"),
    "oc_net": (-7, -2, "right"),
    "oc_net channels=compact": (-6, -3, "right"),
    "oc_net pooled=1+2+3": (5, 4, "left"),
    "sme_conv_net": (-6, -3, "right"),
    "spotting_cnn attention=no": (-6, -3, "right"),
}
"""Where a point's name stands, in points; right of it and a little below unless said."""


def cost_map(costs: Mapping[tuple[str, str], object]) -> Axes:
    """Parameters against multiply-adds, both on logarithmic axes; OC-Net's readings are black.

    Args:
        costs: (model, variant) -> ``models.cost.Cost``.
    """
    ax = plt.figure(figsize=(7, 4)).subplots()
    for (model, variant), found in costs.items():
        key = f"{model} {variant}".strip()
        at, (x, y, side) = (found.parameters, found.multiply_adds), SIDES.get(key, (6, -3, "left"))
        main = key == "oc_net"
        ax.plot(*at, "o", color="black" if model == "oc_net" else charts.GREY, ms=9 if main else 5)
        style = dict(ha=side, fontsize=9 if main else 8, fontweight="bold" if main else "normal")
        ax.annotate(words(key), at, (x, y), textcoords="offset points", **style)
    ax.plot(*MOBILE, "D", mfc="white", mec=charts.GREY)
    ax.annotate("MobileNetV2 (published)", MOBILE, (-6, -3), textcoords="offset points", ha="right", fontsize=8)
    ax.set(xscale="log", yscale="log", xlabel="parameters", ylabel="multiply-adds for one sample")
    return ax


def choices(rows: pd.DataFrame, order: Sequence[str]) -> Figure:
    """UF1 and accuracy of a network's variants side by side, with published accuracies.

    Args:
        rows: result rows of one input and database.
        order: ``model variant``, without ``input``, from top to bottom.
    """
    key = rows["variant"].str.replace(r";?input=[^;]+", "", regex=True).str.strip(";")
    rows = rows.assign(variant=key)
    system = (rows["model"] + " " + rows["variant"]).str.strip()
    rows = rows[system.isin(order)].assign(place=system.map({name: n for n, name in enumerate(order)}))
    rows = rows.sort_values("place", kind="stable")
    labels = {name: words(name).removeprefix("OC-Net, ") for name in order}
    figure, axes = plt.subplots(1, 2, figsize=(7, 1.1 + 0.24 * len(order)), sharey=True)
    for ax, metric in zip(axes, ("uf1", "accuracy"), strict=True):
        legend = charts.interval_plot(rows[rows["metric"] == metric], labels=labels, ax=ax).get_legend()
        legend.remove()
    figure.legend(handles=legend.legend_handles, loc="outside upper right", ncols=2)
    return figure


def gains(rows: pd.DataFrame, names: Mapping[str, str]) -> Axes:
    """Paired differences of the paper's choice from others, real and simulated clips in one chart.

    Args:
        rows: difference rows whose variants say ``than=...``.
        names: the word after ``than=`` -> what it was, from top to bottom.
    """
    rows = rows.assign(than=rows["variant"].str.extract("than=([^;]+)")[0])
    rows = rows[rows["than"].isin(names)].sort_values("than", key=lambda than: than.map(list(names).index))
    drawn = rows.assign(model=rows["than"].map(names), variant="")
    ax = charts.interval_plot(drawn, chance={"alike": 0}, labels={text: f"than {text}" for text in names.values()})
    ax.set_xlabel("UF1 of the paper's OC-Net, higher by →")
    return ax


def spelled(rows: pd.DataFrame) -> pd.DataFrame:
    """Difference rows with ``CHOICE_NAMES`` for the words after ``than=``."""
    variants = rows["variant"]
    for word, text in CHOICE_NAMES.items():
        variants = variants.str.replace(rf"than={re.escape(word)}(?=;|$)", f"than={text}", regex=True)
    return rows.assign(variant=variants)


CHOICE_NAMES = {
    "none": "no dropout",
    "1": "dropout in 1",
    "1+2+3": "dropout in 1+2+3",
    "early_pooling": PHRASES["than=early_pooling"],
    "another_seed": "another seed",
}
"""What OC-Net's choices are held against."""
