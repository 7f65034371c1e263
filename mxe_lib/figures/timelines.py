"""Long videos along time: what is in them, what spotters found, and what they saw."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mxe_lib.figures.charts import COLOURS, GREY

KINDS = {"micro": "#CC79A7", "macro": "#009E73"}
"""Of intervals."""


def timeline(
    seconds: float,
    rows: Mapping[str, Sequence[tuple[float, float, str]]],
    *,
    curve: tuple[np.ndarray, np.ndarray, str] | None = None,
) -> Figure:
    """A line for each row of intervals, and below them a curve over the same time.

    Args:
        seconds: of the video.
        rows: name -> (start, end, kind) in seconds; a kind that is neither micro nor macro is grey.
        curve: seconds, values, name.
    """
    height = 0.5 + 0.27 * len(rows) + (1.2 if curve else 0)
    figure = plt.figure(figsize=(7, height))
    ratios = [0.27 * len(rows), 1.1] if curve else [1]
    axes = figure.subplots(len(ratios), 1, sharex=True, squeeze=False, height_ratios=ratios)[:, 0]
    for place, spans in enumerate(rows.values()):
        for start, end, kind in spans:
            axes[0].barh(place, end - start, 0.62, start, color=KINDS.get(kind, "0.7"), lw=0)
    axes[0].set_yticks(range(len(rows)), list(rows))
    axes[0].set(xlim=(0, seconds), ylim=(len(rows) - 0.4, -0.6))
    axes[0].tick_params(axis="y", length=0)
    handles = [plt.Rectangle((0, 0), 1, 1, color=colour) for colour in KINDS.values()]
    axes[0].legend(handles, list(KINDS), ncols=2, loc="lower right", bbox_to_anchor=(1, 1), borderaxespad=0.1)
    if curve:
        axes[1].plot(curve[0], curve[1], color="black", lw=0.9)
        axes[1].set(ylabel=curve[2])
    axes[-1].set_xlabel("seconds")
    return figure


def heat_map(map_: np.ndarray, lengths: Sequence[float], seconds: float, true: Sequence[tuple[float, float]]) -> Axes:
    """What the interval spotter believes of each moment and length; circles are the true centres and lengths.

    Args:
        map_: ``(M, lengths)`` from 0 to 1.
        lengths: in seconds.
        true: centre and length of each expression in seconds.
    """
    ax = plt.figure(figsize=(7, 2.3)).subplots()
    extent = (0, seconds, -0.5, len(lengths) - 0.5)
    shown = ax.imshow(map_.T, aspect="auto", origin="lower", extent=extent, cmap="magma", vmin=0, vmax=1)
    places = np.interp(np.log([length for _, length in true]), np.log(lengths), range(len(lengths)))
    ax.plot([centre for centre, _ in true], places, "o", mfc="none", mec="white", ms=9)
    ax.set_yticks(range(0, len(lengths), 2), [f"{length:.1f}" for length in lengths[::2]])
    ax.set(xlabel="seconds", ylabel="length (s)")
    ax.figure.colorbar(shown, ax=ax, label="belief", pad=0.01)
    return ax


def kinds_apart(scores: Mapping[str, Mapping[str, tuple[float, float, float]]]) -> Axes:
    """A line for each system; a dot with its interval for each kind.

    Args:
        scores: system -> kind (``micro``, ``macro`` or ``all``) -> value, low, high.
    """
    ax = plt.figure(figsize=(7, 0.9 + 0.4 * len(scores))).subplots()
    shifts = {"all": -0.22, "macro": 0.0, "micro": 0.22}
    for place, kinds in enumerate(scores.values()):
        for kind, (value, low, high) in kinds.items():
            colour, y = KINDS.get(kind, COLOURS["simulated"]), place + shifts[kind]
            ax.plot([low, high], [y, y], color=colour, lw=1.6, solid_capstyle="butt")
            ax.plot(value, y, "o", color=colour, ms=5, label=kind if place == 0 else None)
    ax.set_yticks(range(len(scores)), list(scores))
    ax.set(ylim=(len(scores) - 0.4, -0.6), xlim=(0, 1), xlabel="F1")
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x", color="0.92", lw=0.6)
    ax.legend(ncols=3, loc="lower right", bbox_to_anchor=(1, 1), borderaxespad=0.1)
    return ax


def over_thresholds(shares: Sequence[float], own: Sequence[float], published: float) -> Axes:
    """F1 on the tested videos over the threshold's share p, with the published p."""
    ax = plt.figure(figsize=(3.5, 2.3)).subplots()
    ax.plot(shares, own, "o-", color=COLOURS["simulated"], ms=3)
    ax.axvline(published, color=GREY, lw=1, ls="--")
    ax.annotate("published p", (published, 0), (4, 4), xycoords=("data", "axes fraction"),
                textcoords="offset points", color=GREY, fontsize=8)  # fmt: skip
    ax.set(xlabel="threshold p", ylabel="F1 on the tested videos", ylim=(0, None))
    return ax
