"""The same clips under several labels, drawn: what naive answers and systems score, and each action unit."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from mxe_lib.figures.charts import COLOURS, GREY
from mxe_lib.figures.names import METRICS, home, name, phrase

STYLES = {
    "always_largest": dict(color=GREY, marker="_", ls=":"),
    "by_frequency": dict(color=GREY, marker="x", ls=":"),
    "logistic_regression": dict(color=COLOURS["simulated"], marker="o", ls="-"),
    "ststnet": dict(color="#009E73", marker="s", ls="-"),
    "from_units": dict(color="black", marker="D", ls="--", mfc="white"),
}
"""Naive answers are grey; who sees every unit looks at no picture."""


def by_scheme(rows: pd.DataFrame, schemes: Sequence[str], metrics: Sequence[str] = ("accuracy", "uf1", "kappa")):
    """A column for each metric, a row for each database; a line for each system over the schemes.

    Args:
        rows: result rows with ``variant`` ``labels=…``.
    """
    databases = list(dict.fromkeys(rows["database"]))
    figure, axes = plt.subplots(
        len(databases), len(metrics), figsize=(7, 0.9 + 1.75 * len(databases)), squeeze=False, sharey=True, sharex=True
    )
    for line, database in zip(axes, databases, strict=True):
        for ax, metric in zip(line, metrics, strict=True):
            for model, style in STYLES.items():
                own = rows[(rows["database"] == database) & (rows["metric"] == metric) & (rows["model"] == model)]
                own = own.set_index("variant").reindex([f"labels={scheme}" for scheme in schemes])
                places = np.arange(len(schemes)) + 0.06 * (list(STYLES).index(model) - 2)
                ax.plot(places, own["value"], ms=4.5, lw=1.1, label=name(model), **style)
                if model in ("logistic_regression", "ststnet"):
                    ax.vlines(places, own["ci_low"], own["ci_high"], color=style["color"], lw=1)
            ax.grid(axis="y", color="0.92", lw=0.6)
            ax.set_ylim(-0.15, 1.05)  # naive kappas may lie below 0
        line[0].set_ylabel(home(database, rows["origin"].iloc[0]))
    for ax, metric in zip(axes[0], metrics, strict=True):
        ax.set_title(METRICS[metric])
    for ax in axes[-1]:
        ax.set_xticks(
            range(len(schemes)), [phrase(f"labels={s}").replace(", ", ",\n").replace(" ", "\n", 1) for s in schemes]
        )
        ax.tick_params(axis="x", labelsize=6.5)
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=3)
    return figure


def each_unit(rows: pd.DataFrame, present: Mapping[str, Mapping[int, float]], models: Sequence[str]) -> Figure:
    """F1 of each action unit, a panel for each database; a grey bar is what naming it in every clip scores.

    Args:
        rows: result rows ``f1_au<unit>``.
        present: by database and unit, the share of clips that show it.
        models: drawn as dots with intervals, in the colours of ``STYLES``.
    """
    figure, axes = plt.subplots(len(present), 1, figsize=(7, 0.7 + 1.6 * len(present)), squeeze=False, sharey=True)
    for ax, (database, shares) in zip(axes[:, 0], present.items(), strict=True):
        places = np.arange(len(shares))
        ax.bar(places, [2 * p / (1 + p) for p in shares.values()], width=0.7, color="0.85", label="in every clip")
        for number, model in enumerate(models):
            own = rows[(rows["database"] == database) & (rows["model"] == model)].set_index("metric")
            own, x = own.loc[[f"f1_au{unit}" for unit in shares]], places + 0.3 * (number - 0.5)
            colour, marker = STYLES[model]["color"], STYLES[model]["marker"]
            ax.vlines(x, own["ci_low"], own["ci_high"], color=colour, lw=1.2)
            ax.plot(x, own["value"], marker, color=colour, ms=4.5, label=name(model))
        ax.set_xticks(places, [f"AU{unit}\n{share:.0%}" for unit, share in shares.items()])
        whose = home(database, rows["origin"].iloc[0])
        ax.set(ylabel="F1", ylim=(0, 1.02), title=f"{whose}; below each unit, how many clips show it")
        ax.tick_params(axis="x", length=0)
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=3)
    return figure
