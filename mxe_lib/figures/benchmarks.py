"""Charts of the recognition benchmark: systems by protocol, beside published scores, and what they confuse.

A network whose channels were narrowed has its factor behind its name: ``OC-Net × 1/32``.
"""

import re
from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from mxe_lib.evaluation import metrics
from mxe_lib.figures import charts
from mxe_lib.figures.names import DATABASES, METRICS, PROTOCOLS, words


def spelled(rows: pd.DataFrame, widths: Mapping[str, str]) -> pd.DataFrame:
    """The rows with systems as they are read in ``model`` and nothing in ``variant``.

    Args:
        widths: by model, the factor on its channels, or ``full``.
    """
    systems = []
    for model, variant in zip(rows["model"], rows["variant"], strict=True):
        own = re.sub(r";?than=[^;]*", "", variant).strip(";")
        factor = widths.get(model, "full")
        first, *rest = words(f"{model} {own}".strip()).split(", ")
        systems.append(", ".join([first + (f" × {factor}" if factor != "full" else ""), *rest]))
    return rows.assign(model=systems, variant="")


def by_protocol(
    rows: pd.DataFrame, widths: Mapping[str, str], *, chance: Mapping[str, float] | None = None, xlabel: str = ""
) -> Figure:
    """A panel for each protocol, a line for each system, best first.

    Args:
        rows: result rows of ours, of one metric and database.
        chance: as in ``charts.interval_plot``.
        xlabel: in place of the metric's name.
    """
    rows = spelled(rows.sort_values(["origin", "value"], ascending=[True, False]), widths)  # in the order on real maps
    panels = {protocol: part for protocol, part in rows.groupby("protocol", sort=False) if protocol != "none"}
    panels = dict(sorted(panels.items(), key=lambda one: -len(one[1])))
    lines = [part["model"].nunique() for part in panels.values()]
    figure = plt.figure(figsize=(7, 0.75 + sum(0.42 + 0.21 * count for count in lines)))
    axes = figure.subplots(len(panels), 1, sharex=True, squeeze=False, height_ratios=[n + 0.5 for n in lines])[:, 0]
    for ax, (protocol, part) in zip(axes, panels.items(), strict=True):
        charts.interval_plot(part, chance=chance if ax is axes[0] else None, ax=ax, labels=_as_they_are(part))
        if ax is not axes[0]:
            for value in (chance or {}).values():
                ax.axvline(value, color=charts.GREY, lw=1, ls="--", zorder=1)
        ax.set_title(PROTOCOLS.get(protocol, protocol), pad=13 if ax is axes[0] and chance else 4, loc="right")
        legend = ax.get_legend()
        handles = legend.legend_handles
        legend.remove()
        ax.set_xlabel(xlabel or ax.get_xlabel() if ax is axes[-1] else "")
    if len(set(rows["origin"])) > 1 or rows["metric"].iloc[0].endswith("_difference"):
        figure.legend(handles=handles, loc="outside upper left", ncols=len(handles), handletextpad=0.2)
    return figure


def beside_published(rows: pd.DataFrame, widths: Mapping[str, str], systems: Mapping[str, str]) -> Figure:
    """A column for each database, a line for each network: ours by protocol, and what is in print of the same name.

    Args:
        rows: result rows of one metric, ours and published.
        systems: the model of each line -> its name, from top to bottom; one without a row is left out.
    """
    systems = {model: text for model, text in systems.items() if (rows["model"] == model).any()}
    databases = [name for name in ("composite", "casme2", "samm", "smic") if (rows["database"] == name).any()]
    figure, axes = plt.subplots(1, len(databases), figsize=(7, 1.2 + 0.24 * len(systems)), sharey=True)
    places = {model: place for place, model in enumerate(systems)}
    colour = charts.COLOURS["real"]
    styles = {"loso": ("o", colour, -0.14), "folds": ("s", colour, 0.14), "print": ("D", "white", 0.0)}
    for ax, database in zip(np.atleast_1d(axes), databases, strict=True):
        for row in rows[(rows["database"] == database) & rows["model"].isin(places)].to_dict("records"):
            kind = "print" if row["source"] == "published" else "loso" if row["protocol"] == "loso" else "folds"
            marker, face, shift = styles[kind]
            y = places[row["model"]] + shift
            ax.plot([row["ci_low"], row["ci_high"]], [y, y], color=colour, lw=1.3, zorder=2)
            ax.plot(row["value"], y, marker, mfc=face, mec=colour, ms=4.5, zorder=3)
        ax.set_title("all 442" if database == "composite" else DATABASES[database])
        ax.grid(axis="x", color="0.92", lw=0.6)
        ax.grid(axis="y", color="0.95", lw=0.6)
        ax.set_xlabel(METRICS.get(rows["metric"].iloc[0], ""))
        ax.tick_params(axis="y", length=0)
    narrow = {model: f" × {factor}" for model, factor in widths.items() if factor != "full"}
    axes[0].set_yticks(range(len(systems)), [text + narrow.get(model, "") for model, text in systems.items()])
    axes[0].set_ylim(len(systems) - 0.5, -0.5)
    said = {"loso": "ours, leave one subject out", "folds": "ours, five folds of people", "print": "in print"}
    handles = [Line2D([], [], marker=styles[k][0], ls="", mec=colour, mfc=styles[k][1], label=said[k]) for k in said]
    figure.legend(handles=handles, loc="outside upper left", ncols=3, handletextpad=0.2)
    return figure


def confusions(tables: Mapping[str, pd.DataFrame]) -> Figure:
    """A confusion matrix for each system, side by side.

    Args:
        tables: title -> predictions (``crossval.cross_validate``).
    """
    figure, axes = plt.subplots(1, len(tables), figsize=(7, 2.8), squeeze=False)
    for ax, (title, table) in zip(axes[0], tables.items(), strict=True):
        charts.confusion_matrix(metrics.confusion(table["y_true"], table["y_pred"]), title=title, ax=ax)
    return figure


def _as_they_are(rows: pd.DataFrame) -> dict[str, str]:
    return {model: model for model in rows["model"]}
