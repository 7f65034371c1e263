"""The charts that more than one notebook draws, in one style. Faces and flow are drawn by ``pictures.py``.

Colour says where the data come from: blue is real, orange is simulated. A filled dot is ours and has an interval, a
hollow diamond is published; of differences a hollow dot is not found. Chance is a dashed grey line. Every function
draws into ``ax`` (default: a new figure) and returns it.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from mxe_lib.clips import CLASSES
from mxe_lib.compute import store
from mxe_lib.errors import MxeError
from mxe_lib.figures.names import METRICS, PROTOCOLS, difference, words

COLOURS = {"real": "#0072B2", "simulated": "#D55E00"}
GREY = "#767676"
LEVEL = 0.05
"""Of the corrected p: below it a difference is *found*."""

STYLE = ("default", Path(__file__).with_name("study.mplstyle"))
"""Of matplotlib, from its defaults on: what a user has set for all programs (LaTeX, say) changes no figure."""


def use_style() -> None:
    """Sets the study's look for all figures that follow."""
    plt.style.use(list(STYLE))


def save(figure: Figure | Axes, name: str, folder: Path | str) -> None:
    """Writes ``folder/<name>.png`` if the figure holds an image, else ``.svg``; the same figure gives the same bytes.

    Args:
        name: without an ending; says ``real`` or ``simulated`` where the figure shows results.
    """
    figure = figure.figure if isinstance(figure, Axes) else figure
    kind = "png" if any(ax.images for ax in figure.axes) else "svg"
    with store.whole(Path(folder) / f"{name}.{kind}") as partial:
        figure.savefig(partial, format=kind, metadata={"Date": None} if kind == "svg" else {"Software": None})


def caption(
    figure: Figure | Axes, origin: str, *, protocol: str = "", n: int | str | None = None, note: str = ""
) -> None:
    """Writes below the figure what it was made of: data, protocol, number of clips, and anything else worth a note."""
    figure = figure.figure if isinstance(figure, Axes) else figure
    judged = PROTOCOLS.get(protocol, protocol) if protocol else ""
    parts = [f"{origin[:1].upper()}{origin[1:]} data", judged, f"n = {n} clips" if n is not None else "", note]
    figure.supxlabel("; ".join(part for part in parts if part), x=0.01, ha="left", fontsize=7.5, color=GREY)


def interval_plot(
    rows: pd.DataFrame,
    *,
    chance: float | Mapping[str, float] | None = None,
    labels: Mapping[str, str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """A line for each system, with a dot and its 95 % interval, and published numbers beside it.

    Args:
        rows: result rows of one metric and one database (``results.read``, filtered); a system is drawn once, in the
            order of its first row. Rows of single seeds are left out. Of differences those with a corrected p below
            0.05 are filled. A model that all systems share is not named.
        chance: values to be drawn as dashed lines, with their names.
        labels: how to write a system, by ``model`` or ``model variant``.

    Raises:
        MxeError: if rows of several metrics or databases are mixed.
    """
    rows = rows[rows["seed"].astype(str).isin(["all", ""])]
    for column in ("metric", "database"):
        if len(set(rows[column])) != 1:
            raise MxeError(f"interval_plot of {len(set(rows[column]))} values of '{column}': filter the rows to one")
    systems = (rows["model"] + " " + rows["variant"]).str.strip()
    order = {system: place for place, system in enumerate(dict.fromkeys(systems))}
    ax = ax or plt.figure(figsize=(7, 0.9 + 0.24 * len(order))).subplots()

    several, tested = len(set(rows["origin"])) > 1, _tested(rows)
    for system, (_, row) in zip(systems, rows.iterrows(), strict=True):
        ours = row["source"] == "ours"
        shift = {"real": -0.15, "simulated": 0.15}[row["origin"]] if several else 0
        y, colour = order[system] + shift, COLOURS[row["origin"]]
        if not np.isnan(row["ci_low"]):
            ax.plot([row["ci_low"], row["ci_high"]], [y, y], color=colour, lw=1.6, solid_capstyle="butt", zorder=2)
        face = colour if ours and not (tested and row["p_holm"] >= LEVEL) else "white"
        ax.plot(row["value"], y, "o" if ours else "D", mfc=face, mec=colour, ms=5.5 if ours else 5, zorder=3)

    _chance_lines(ax, chance, vertical=True)
    labels, said = labels or {}, difference if rows["metric"].iloc[0].endswith("_difference") else words
    texts = [labels.get(system, labels.get(system.split(" ")[0], said(system))) for system in order]
    if len(set(rows["model"])) == 1:
        texts = [text.removeprefix(words(rows["model"].iloc[0])).lstrip(",: ") or text for text in texts]
    ax.set_yticks(range(len(order)), texts)
    ax.set_ylim(len(order) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x", color="0.92", lw=0.6)
    metric = rows["metric"].iloc[0]
    ax.set_xlabel(METRICS.get(metric, metric))
    _sources_legend(ax, rows)
    return ax


def interval_panels(
    rows: pd.DataFrame,
    titles: Mapping[str, str],
    *,
    chance: Mapping[str, Mapping[str, float]] | None = None,
    labels: Mapping[str, str] | None = None,
) -> Figure:
    """An ``interval_plot`` for each database, one below the other on one scale.

    Args:
        rows: result rows of one metric; databases without a row are left out.
        titles: database -> the title of its panel, from top to bottom.
        chance: database -> its chance lines.
        labels: as in ``interval_plot``.
    """
    panels = {name: rows[rows["database"] == name] for name in titles if (rows["database"] == name).any()}
    lines = [len(part[["model", "variant"]].drop_duplicates()) for part in panels.values()]
    figure = plt.figure(figsize=(7, 0.5 + sum(0.55 + 0.2 * count for count in lines)))
    axes = figure.subplots(len(panels), 1, sharex=True, squeeze=False, height_ratios=[count + 0.5 for count in lines])
    for ax, (name, part) in zip(axes[:, 0], panels.items(), strict=True):
        interval_plot(part, chance=(chance or {}).get(name), labels=labels, ax=ax)
        ax.set_title(titles[name], pad=13)  # leaves a line for the names of the chance lines
        ax.get_legend().remove()
        if ax is not axes[-1, 0]:
            ax.set_xlabel("")
    _sources_legend(axes[0, 0], rows, above=2.6)
    return figure


def ladder(
    steps: Sequence[tuple], *, chance: float | Mapping[str, float] | None = None, ax: Axes | None = None
) -> Axes:
    """Steps that lead from one score to another: what each change of protocol adds.

    Args:
        steps: (name, value) or (name, value, low, high), from the first rung to the last.
    """
    ax = ax or plt.figure(figsize=(7, 0.9 + 0.3 * len(steps))).subplots()
    values = [step[1] for step in steps]
    places = np.arange(len(steps))
    ax.plot(np.repeat(values, 2), np.repeat(places, 2) + np.tile([-0.5, 0.5], len(steps)), color="0.75", lw=1, zorder=1)
    for place, (_, value, *ends) in zip(places, steps, strict=True):
        if ends:
            ax.plot(ends, [place, place], color=COLOURS["real"], lw=1.6, solid_capstyle="butt")
        ax.plot(value, place, "o", color=COLOURS["real"])
        ax.annotate(f"{value:.2f}", (value, place), (5, 4), textcoords="offset points", fontsize=8)
    _chance_lines(ax, chance, vertical=True)
    ax.set_yticks(places, [step[0] for step in steps])
    ax.set_ylim(len(steps) - 0.4, -0.7)
    return ax


def learning_curve(
    rows: pd.DataFrame, amounts: Sequence[float], *, label: str = "", ax: Axes, style: str = "o-"
) -> Axes:
    """A score over the amount of training data, with its interval as a band; the amounts on a logarithmic axis.

    Args:
        rows: one result row for each amount, in their order.
        label: written at the curve's end.
    """
    colour = COLOURS[rows["origin"].iloc[0]]
    ax.fill_between(amounts, rows["ci_low"], rows["ci_high"], color=colour, alpha=0.12, lw=0)
    ax.plot(amounts, rows["value"], style, color=colour, ms=4, mfc="white" if "--" in style else colour)
    if label:
        ax.annotate(label, (amounts[0], rows["value"].iloc[0]), (4, 6), textcoords="offset points", fontsize=8)
    ax.set_xscale("log")
    ax.set_xticks(amounts, [f"{amount:,}" for amount in amounts])
    ax.minorticks_off()
    return ax


def confusion_matrix(matrix: np.ndarray, *, title: str = "", ax: Axes | None = None) -> Axes:
    """Counts of clips by true and predicted class; shade is the share of the true class."""
    ax = ax or plt.figure(figsize=(3.5, 2.9)).subplots()
    matrix = np.asarray(matrix)
    shares = matrix / np.maximum(matrix.sum(1, keepdims=True), 1)
    ax.pcolormesh(shares, cmap="Blues", vmin=0, vmax=1, edgecolors="white", linewidth=1.5)
    for i, j in np.ndindex(*matrix.shape):
        colour = "white" if shares[i, j] > 0.55 else "black"
        ax.text(j + 0.5, i + 0.5, f"{matrix[i, j]}\n{shares[i, j]:.0%}", ha="center", va="center", color=colour)
    places = np.arange(len(CLASSES)) + 0.5
    ax.set_xticks(places, CLASSES)
    ax.set_yticks(places, CLASSES)
    ax.set(xlabel="predicted", ylabel="true", title=title, aspect="equal")
    ax.invert_yaxis()
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    return ax


def label_curves(
    numbers: Sequence[int],
    curves: Mapping[str, np.ndarray],
    *,
    apex: int | None = None,
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Labels over a clip's frames, named in the colours of their curves."""
    ax = ax or plt.figure(figsize=(3.5, 2.4)).subplots()
    apex = numbers[int(np.argmax(next(iter(curves.values()))))] if apex is None else apex
    for name, values in curves.items():
        ax.plot(numbers, values, label=name)
    ax.legend(loc="upper left", bbox_to_anchor=(0.98, 1), handlelength=0, labelcolor="linecolor")
    _apex_line(ax, apex)
    ax.set(xlabel="frame", ylabel="label", ylim=(-0.03, 1.12), title=title)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
    return ax


def score_curve(
    numbers: Sequence[int],
    scores: np.ndarray,
    *,
    apex: int | None = None,
    predicted: int | None = None,
    label: tuple[Sequence[int], np.ndarray] | None = None,
    ylabel: str = "score",
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """A network's score over a clip's frames, with the true and the picked apex.

    Args:
        label: the frames and values of the label that it was trained on, drawn as a dotted line.
    """
    ax = ax or plt.figure(figsize=(3.5, 2.4)).subplots()
    ax.plot(numbers, scores, color="black", lw=1.4)
    if label is not None:
        ax.plot(*label, color=GREY, lw=1, ls=":", label="label")
    if apex is not None:
        _apex_line(ax, apex)
    if predicted is not None:
        height = np.interp(predicted, numbers, scores)
        ax.plot(predicted, height, "o", color=COLOURS["simulated"])
        ax.annotate(
            f"picked {predicted}", (predicted, height), (6, 4), textcoords="offset points", fontsize=8, color="#B34E00"
        )
    ax.set(xlabel="frame", ylabel=ylabel, title=title)
    ax.margins(y=0.15)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
    return ax


def _apex_line(ax: Axes, apex: int) -> None:
    ax.axvline(apex, color=COLOURS["real"], lw=1, zorder=1)
    place = dict(xycoords=("data", "axes fraction"), textcoords="offset points")
    ax.annotate("apex", (apex, 1), (3, -9), **place, color=COLOURS["real"], fontsize=8)


def _chance_lines(ax: Axes, chance: float | Mapping[str, float] | None, *, vertical: bool) -> None:
    if chance is None:
        return
    named = chance if isinstance(chance, Mapping) else {"chance": chance}
    for name, value in named.items():
        (ax.axvline if vertical else ax.axhline)(value, color=GREY, lw=1, ls="--", zorder=1)
        place, side = ((value, 1.0), "center") if vertical else ((1.0, value), "right")
        coords = ("data", "axes fraction") if vertical else ("axes fraction", "data")
        offset = dict(xycoords=coords, textcoords="offset points")
        ax.annotate(name, place, (0, 2), **offset, ha=side, va="bottom", color=GREY, fontsize=8)


def _tested(rows: pd.DataFrame) -> bool:
    """Whether these are differences of which it is known if they are found."""
    return rows["metric"].iloc[0].endswith("_difference") and bool(rows["p_holm"].notna().any())


def _sources_legend(ax: Axes, rows: pd.DataFrame, above: float = 1.6) -> None:
    """What the markers mean, ``above`` the axes by as many letter heights: chance lines have their names there."""
    kinds = rows[["source", "origin"]].drop_duplicates().sort_values(["source", "origin"])
    handles, colour = [], COLOURS[rows["origin"].iloc[0]] if len(kinds) == 1 else "black"
    if _tested(rows):
        marks = {"found": colour, "not found": "white"}
        handles = [Line2D([], [], marker="o", ls="", mec=colour, mfc=mfc, label=text) for text, mfc in marks.items()]
    for source, origin in kinds.itertuples(index=False) if len(kinds) > 1 or not handles else ():
        colour, ours = COLOURS[origin], source == "ours"
        text = f"{'' if _tested(rows) else 'ours, '}{origin} data" if ours else "published, real data"
        handles.append(
            Line2D([], [], marker="o" if ours else "D", ls="", mec=colour, mfc=colour if ours else "white", label=text)
        )
    ax.legend(
        handles=handles,
        loc="lower left",
        bbox_to_anchor=(0, 1),
        borderaxespad=above,
        ncols=len(handles),
        handletextpad=0.2,
    )
