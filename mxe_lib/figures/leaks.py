"""Figures of what leakage is worth (notebook 02): choosing epochs, and each leak beside the honest run."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mxe_lib.evaluation import metrics
from mxe_lib.figures.charts import COLOURS, GREY
from mxe_lib.figures.names import PROTOCOLS

ROWS = {
    "best_test_epoch": ("last_epoch", "best epoch of each test person", "last epoch, "),
    "by_clip": ("by_subject", "folds of clips", ""),
    "by_clip_best_epoch": ("by_subject", "folds of clips, best epoch of each", ""),
    "gan_sees_test": ("gan_per_fold", "a generator that saw the test people", "one for each of "),
}
"""Each leak: the honest run beside it, its name, and what is said of that honest run before its folds."""


def choosing(
    guesses: pd.DataFrame, watched: Mapping[str, tuple[str, Sequence]], printed: Mapping[str, float]
) -> Figure:
    """Left, what choosing is worth to a guesser; right, to a network.

    Args:
        guesses: result rows of ``random_guesser``.
        watched: name -> (origin, ``leaks.EveryEpoch`` of each seed).
        printed: name -> UF1 of published systems, drawn at the left.
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=(7, 3.1), sharey=True, width_ratios=[1.15, 1])
    rows = guesses[guesses["metric"] == "uf1"]
    epochs = rows["variant"].str.removeprefix("epochs=").astype(int)
    left.fill_between(epochs, rows["ci_low"], rows["ci_high"], color=GREY, alpha=0.3, lw=0)
    left.plot(epochs, rows["value"], "o-", color="black", ms=4)
    for name, value in printed.items():
        left.axhline(value, xmax=0.03, color=COLOURS["real"], lw=1.2)
        left.annotate(name, (0.04, value), xycoords=("axes fraction", "data"), va="center", fontsize=7.5)
    left.set(xscale="log", xlabel="guesses, the best kept for each person", ylabel="UF1", title="learned nothing")
    left.xaxis.set_major_formatter("{x:g}")
    for name, (origin, runs) in watched.items():
        curve = pd.concat([run.by_epoch for run in runs])
        best = np.mean([metrics.uf1(run.best["y_true"], run.best["y_pred"]) for run in runs])
        right.plot(curve.groupby("epoch")["uf1"].mean(), color=COLOURS[origin])
        right.axhline(best, color=COLOURS[origin], ls=":")
        text = f"{name}: each person's best epoch"
        right.annotate(
            text, (1, best), (0, 3), xycoords=("axes fraction", "data"), textcoords="offset points",
            ha="right", fontsize=7.5, color=COLOURS[origin],
        )  # fmt: skip
    right.set(xlabel="epoch at which all folds stop", title="STSTNet")
    right.xaxis.get_major_locator().set_params(integer=True)
    return figure


def beside_honest(
    rows: pd.DataFrame, built: Mapping[str, tuple[np.ndarray, np.ndarray]], printed: Mapping[str, tuple[float, float]]
) -> Figure:
    """Of each leak an honest dot (grey) and a leaky one, with their intervals: built data, then each source of clips.

    Args:
        rows: the result table ``leak_ladder``.
        built: leak -> (honest scores, leaky scores) of repetitions on data that were built so that the leak is large.
        printed: name -> (honest, leaky) as published for the best epoch, about real clips.
    """
    scored = rows[(rows["metric"] == "uf1") & (rows["database"] == "composite") & (rows["seed"] == "all")]
    rung = scored["variant"].str.extract(r"rung=(\w+)")[0]
    origins = sorted(set(scored["origin"][rung.notna()]), reverse=True)
    figure, axes = plt.subplots(1, 1 + len(origins), figsize=(7, 3.3), sharex=True, sharey=True)
    for place, name in enumerate(ROWS):
        if name in built:
            pairs = [(part.mean(), *np.quantile(part, [0.025, 0.975])) for part in map(np.asarray, built[name])]
            _pair(axes[0], place, *pairs, "black")
    axes[0].set_title("built so that it leaks")
    if "by_clip" in built:
        where = dict(textcoords="offset points", ha="center", fontsize=8)
        place = list(ROWS).index("by_clip")
        honest, leaky = (float(np.mean(part)) for part in built["by_clip"])
        axes[0].annotate("honest", (honest, place - 0.1), (7, 5), **where, color=GREY)
        axes[0].annotate("leaky", (leaky, place + 0.1), (0, -12), **where)
    for ax, origin in zip(axes[1:], origins, strict=True):
        # Of two real sources, clips and maps, the maps: they come last.
        mine = scored[scored["origin"] == origin].assign(rung=rung).dropna(subset="rung")
        ends = mine.sort_values("variant").drop_duplicates("rung", keep="last").set_index("rung")
        ends = ends[["value", "ci_low", "ci_high"]]
        for place, (leak, (honest, *_)) in enumerate(ROWS.items()):
            _pair(ax, place, ends.loc[honest], ends.loc[leak], COLOURS[origin])
        lowest = ends["value"]["always_negative"]
        ax.axvline(lowest, color=GREY, lw=1, ls="--", zorder=1)
        words = dict(textcoords="offset points", va="center", fontsize=7.5, color=GREY)
        ax.annotate("always\nnegative", (lowest, len(ROWS) - 1.5), (4, 0), **words)
        ax.set_title(f"STSTNet,\n{origin} data")
        if origin == "real":
            for number, pair in enumerate(printed.values()):
                ax.plot(pair, [-0.32 - 0.2 * number] * 2, "D-", color=COLOURS[origin], mfc="white", ms=3.5, lw=0.8)
    split = dict(zip(rung, scored["protocol"], strict=True))
    named = [f"{text}\n(honest: {how}{PROTOCOLS.get(split[run], split[run])})" for run, text, how in ROWS.values()]
    axes[0].set_yticks(range(len(ROWS)), named, fontsize=7.5)
    axes[0].set_ylim(len(ROWS) - 0.5, -0.85)
    for ax in axes:
        ax.set_xlabel("UF1")
        ax.tick_params(axis="y", length=0)
        ax.grid(axis="x", color="0.92", lw=0.6)
    return figure


def _pair(ax: Axes, place: int, honest: Sequence[float], leaky: Sequence[float], colour: str) -> None:
    for (value, low, high), y, shade in ((honest, place - 0.1, GREY), (leaky, place + 0.1, colour)):
        ax.plot([low, high], [y, y], color=shade, lw=1.5, solid_capstyle="butt", zorder=2)
        ax.plot(value, y, "o", color=shade, ms=5, zorder=3)
