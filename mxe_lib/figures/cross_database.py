"""A laboratory left out, drawn: who teaches and who is tested, what is left of each score, each pair of databases."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from mxe_lib.figures.charts import COLOURS, GREY
from mxe_lib.figures.names import DATABASES, name

TRAINED, TESTED, UNUSED = "0.78", COLOURS["real"], "0.95"
PEOPLE = 5
"""Of each laboratory in the drawing."""


def three_protocols(laboratories: Sequence[str] = ("casme2", "samm", "smic")) -> Figure:
    """One fold of each protocol: a square is a person, a block a laboratory."""
    protocols = {
        "leave one subject out": lambda lab, person: TESTED if (lab, person) == (0, 2) else TRAINED,
        "leave one database out": lambda lab, person: TESTED if lab == 0 else TRAINED,
        "one to another": lambda lab, person: (TESTED, TRAINED, UNUSED)[lab],
    }
    figure, ax = plt.subplots(figsize=(7, 1.75))
    places = [lab * (PEOPLE + 0.9) for lab in range(len(laboratories))]
    for line, colour in enumerate(protocols.values()):
        for lab, start in enumerate(places):
            for person in range(PEOPLE):
                box = (start + person + 0.04, line + 0.14)
                ax.add_patch(Rectangle(box, 0.92, 0.72, color=colour(lab, person), lw=0))
    ax.set_xticks([place + PEOPLE / 2 for place in places], [DATABASES.get(lab, lab) for lab in laboratories])
    ax.set_yticks(np.arange(len(protocols)) + 0.5, list(protocols))
    ax.set(xlim=(-0.2, places[-1] + PEOPLE + 0.2), ylim=(len(protocols), 0))
    ax.xaxis.tick_top()
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    names = {"tested": TESTED, "trained on": TRAINED, "not used": UNUSED}
    handles = [Rectangle((0, 0), 1, 1, color=colour) for colour in names.values()]
    figure.legend(handles, names, loc="outside lower center", ncols=3, handlelength=1, handleheight=1)
    return figure


def person_or_laboratory(rows: pd.DataFrame, one: str, *, naive: pd.Series | None = None) -> Figure:
    """A panel for each database, a line for each system: UF1 with one person left out, and with all of the laboratory.

    Args:
        rows: UF1 rows of the systems, of protocols ``one`` and ``lodo``, and of some that learned from nobody there.
        one: the protocol that leaves people out.
        naive: by database, the UF1 of always negative: a dashed line.
    """
    databases = [key for key in ("composite", *DATABASES) if key != "pooled" and (rows["database"] == key).any()]
    databases = list(dict.fromkeys(databases))
    systems = list(dict.fromkeys(rows["model"]))
    figure, axes = plt.subplots(1, len(databases), figsize=(7, 1.3 + 0.36 * len(systems)), sharey=True, sharex=True)
    for ax, database in zip(np.atleast_1d(axes), databases, strict=True):
        for place, system in enumerate(systems):
            own = rows[(rows["database"] == database) & (rows["model"] == system)]
            for row in own.to_dict("records"):
                person = row["protocol"] == one
                y = place + (-0.14 if person else 0.14)
                colour = GREY if person else COLOURS[row["origin"]]
                ax.plot([row["ci_low"], row["ci_high"]], [y, y], color=colour, lw=1.4, solid_capstyle="butt")
                ax.plot(row["value"], y, "o" if person else "s", color=colour, ms=5, mfc="white" if person else colour)
        if naive is not None:
            ax.axvline(naive[database], color=GREY, lw=1, ls="--", zorder=0)
        ax.set_title(DATABASES.get(database, database))
        ax.tick_params(axis="y", length=0)
        ax.grid(axis="x", color="0.92", lw=0.6)
        ax.set(xlabel="UF1", ylim=(len(systems) - 0.5, -0.5))
    axes[0].set_yticks(range(len(systems)), [name(system) for system in systems])
    handles = [
        plt.Line2D([], [], marker="o", color=GREY, mfc="white", label="one person left out"),
        plt.Line2D([], [], marker="s", color=COLOURS[rows["origin"].iloc[0]], label="nobody of this laboratory seen"),
        plt.Line2D([], [], ls="--", color=GREY, lw=1, label="always negative"),
    ]
    figure.legend(handles=handles, loc="outside upper center", ncols=3)
    return figure


def matrices(tables: Mapping[str, Sequence[pd.DataFrame]]) -> Figure:
    """For each model a square of scores: a row for the laboratory that taught, a column for the one that was tested.

    Args:
        tables: by model the scores and the lower and upper ends of their intervals.
    """
    figure, axes = plt.subplots(1, len(tables), figsize=(7, 3.1), squeeze=False)
    for ax, (model, three) in zip(axes[0], tables.items(), strict=True):
        _matrix(*three, ax).set_title(name(model))
    axes[0, 0].set_ylabel("trained on")
    return figure


def _matrix(table: pd.DataFrame, low: pd.DataFrame, high: pd.DataFrame, ax: Axes) -> Axes:
    values = table.to_numpy(float)
    ax.pcolormesh(values, cmap="Blues", vmin=0.2, vmax=1, edgecolors="white", linewidth=1.5)
    for i, j in np.ndindex(*values.shape):
        colour = "white" if values[i, j] > 0.65 else "black"
        ax.text(j + 0.5, i + 0.42, f"{values[i, j]:.2f}", ha="center", va="center", color=colour)
        ends = f"[{low.iloc[i, j]:.2f}, {high.iloc[i, j]:.2f}]"
        ax.text(j + 0.5, i + 0.72, ends, ha="center", va="center", color=colour, fontsize=6.5)
        if i == j:
            ax.add_patch(Rectangle((i + 0.04, i + 0.04), 0.92, 0.92, fill=False, ec="black", lw=1.2))
    for axis, keys in ((ax.xaxis, table.columns), (ax.yaxis, table.index)):
        axis.set_ticks(np.arange(len(keys)) + 0.5, [DATABASES.get(key, key) for key in keys])
    ax.set(xlabel="tested on", aspect="equal")
    ax.invert_yaxis()
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    return ax
