"""Pictures of learning from people who do not exist: their maps, how many real people they are worth, a lucky seed."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mxe_lib.clips import CLASSES
from mxe_lib.figures.charts import COLOURS, GREY, learning_curve


def class_maps(samples, count: int = 5) -> Figure:
    """Vertical flow: of each class the mean map and the first few; red moves down, blue up.

    Args:
        samples: recognition samples of flow maps, ``(N, 3, 28, 28)``.
    """
    figure = plt.figure(figsize=(7, 3.6))
    axes = figure.subplots(len(CLASSES), 1 + count)
    for number, (row, name) in enumerate(zip(axes, CLASSES, strict=True)):
        own = samples.inputs[samples.classes == number]
        for ax, one in zip(row, [own.mean(0), *own[:count]], strict=True):
            ax.imshow(one[1], cmap="RdBu_r", vmin=0, vmax=1)
            ax.set(xticks=[], yticks=[])
        row[0].set_ylabel(name)
    axes[0, 0].set_title("mean")
    return figure


def people_and_maps(scores: pd.DataFrame, people: Sequence[int], in_fold: int, maps: Sequence[int]) -> Figure:
    """UF1 over the real people in a training fold, and over simulated maps without any.

    Args:
        scores: UF1 rows by ``variant`` (``people=…;training=real`` or ``pretrained``, ``maps=…;training=simulated``).
        people: as the variants name them; the last is everybody, of whom a fold trains on ``in_fold``.
    """
    figure = plt.figure(figsize=(7, 2.8))
    left, right = figure.subplots(1, 2, sharey=True)
    places = [*people[:-1], in_fold]
    for arm, style in (("real", "o-"), ("pretrained", "s--")):
        rows = scores.loc[[f"people={n};training={arm}" for n in people]]
        learning_curve(rows, places, ax=left, style=style)
    learning_curve(scores.loc[[f"maps={n};training=simulated" for n in maps]], maps, ax=right)
    left.axhline(scores.loc[f"maps={max(maps)};training=simulated", "value"], color=GREY, ls=":", lw=1.2)
    colour = left.lines[0].get_color()
    names = (("simulated people, then real ones", "s--", colour), ("real people only", "o-", colour))
    handles = [plt.Line2D([], [], label=name, ls=style[1:], marker=style[0], color=c) for name, style, c in names]
    handles[0].set_markerfacecolor("white")
    handles.append(plt.Line2D([], [], label="simulated people only", ls=":", color=GREY))
    figure.legend(handles=handles, loc="outside upper left", ncols=len(handles))
    left.set_xticks(places, [*map(str, people[:-1]), f"{in_fold}\n(all)"])
    left.set(xlabel="real people to learn from", ylabel="UF1")
    ticks = sorted({min(maps), max(maps), *(n for n in maps if 2 * n < max(maps))})
    right.set(xlabel="simulated maps (no real person)", xticks=ticks, xticklabels=[f"{n:,}" for n in ticks])
    return figure


def best_seed(looks: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """How far the best of some seeds lies above their mean: on the people it was chosen on, and on all others.

    Args:
        looks: as ``study.simulated.best_seed`` gives them.
    """
    ax = ax or plt.figure(figsize=(7, 1.8)).subplots()
    rows = {"on the five people chosen on": ("best", "mean"), "on everybody else": ("best_elsewhere", "mean_elsewhere")}
    jitter = np.random.default_rng(0).uniform(-0.25, 0.25, len(looks))
    for place, (best, mean) in enumerate(rows.values()):
        gap = looks[best] - looks[mean]
        ax.plot(gap, place + jitter, ".", color=COLOURS["simulated"], ms=3, alpha=0.4)
        ax.plot([gap.mean()] * 2, [place - 0.35, place + 0.35], color="black", lw=2)
        ax.annotate(f"mean {gap.mean():+.2f}", (gap.mean(), place - 0.37), ha="center", va="bottom", fontsize=8)
    ax.axvline(0, color=GREY, lw=1, ls="--", zorder=1)
    ax.set_yticks(range(len(rows)), list(rows))
    ax.set(ylim=(1.5, -0.75), xlabel="UF1 of the best of twenty seeds, minus the mean of the twenty")
    return ax
