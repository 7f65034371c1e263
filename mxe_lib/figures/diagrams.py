"""Drawings as a teacher makes them: bypasses, a network's layers, a mask over a face, and repeated experiments.

Every function draws into a new figure 7 inches wide and returns it.
"""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from mxe_lib.figures.charts import GREY
from mxe_lib.figures.pictures import flow_image, hue_wheel

ACCENT, DARK = "#CC79A7", "#333333"


def bypasses() -> Figure:
    """P1's four feed-forward bypasses of VGG-M: a small network for each, and what is led past its blocks."""
    figure, axes = plt.subplots(1, 4, figsize=(7, 1.15))
    for number, (ax, past) in enumerate(zip(axes, ([(0, 1)], [(1, 2)], [(0, 2)], [(0, 1), (1, 2)]), strict=True), 1):
        for x, name in enumerate(("flow", "block\n1", "block\n2", "the\nrest")):
            _box(ax, x, 0, name, width=0.58, size=7)
            if x:
                _path(ax, [(x - 0.7, 0), (x - 0.31, 0)])
        for n, (start, end) in enumerate(past):  # the second of two starts behind where the first one joins
            left, right = start + 0.42 + 0.15 * n, end + (0.42 if len(past) > 1 and not n else 0.5)
            _path(ax, [(left, 0), (left, 1.1), (right, 1.1), (right, 0.06)], colour=ACCENT)
        ax.set(xlim=(-0.4, 3.4), ylim=(-0.8, 1.3), title=f"bypass {number}")
        ax.axis("off")
    return figure


CNN = (
    ("flow", "2 × 75 × 75", ()),
    ("conv 3×3\nstride 2", "96 × 37 × 37", ("ReLU", "LRN or BN")),
    ("max 3×3\nstride 2", "96 × 19 × 19", ()),
    ("conv 3×3\nstride 2", "256 × 9 × 9", ("ReLU", "LRN or BN")),
    ("max 3×3\nstride 2", "256 × 4 × 4", ()),
    ("conv 3×3", "512 × 4 × 4", ("ReLU",)),
    ("conv 3×3", "512 × 4 × 4", ("ReLU",)),
    ("conv 3×3", "512 × 4 × 4", ("ReLU",)),
    ("max 3×3\nstride 1", "512 × 2 × 2", ()),
    ("128 units\ntwice", "128", ("ReLU",)),
    ("score", "1", ()),
)
"""P2's CNN as its Table 3 has it: what a step does, its output, and what follows it at once."""

BRANCH = (
    ("conv 3×3", "256 × 4 × 4", ("ReLU", "LRN")),
    ("max 2×2", "256 × 2 × 2", ()),
    ("conv 3×3", "512 × 2 × 2", ("ReLU", "LRN")),
    ("enlarged\ntwice", "512 × 4 × 4", ()),
    ("conv 3×3", "256 × 4 × 4", ("ReLU", "LRN")),
    ("conv 3×3", "256 × 4 × 4", ("LRN", "sigmoid")),
)
"""Its attention, from X to the mask M (P2, Table 4)."""


def spotting_cnn() -> Figure:
    """P2's CNN from flow to score as boxes, and the side branch that makes the mask."""
    figure, ax = plt.subplots(figsize=(7, 3.1))
    places = [x + (1.1 if x > 4 else 0) for x in range(len(CNN))]
    for x, (what, size, then) in zip(places, CNN, strict=True):
        _box(ax, x, 0, "\n".join([what, *then]), below=size, dashed=x in places[6:8])
        if x and x != places[5]:
            _path(ax, [(x - 0.59, 0), (x - 0.41, 0)])
    above = np.linspace(2.4, 9.4, len(BRANCH))
    for n, (x, (what, size, then)) in enumerate(zip(above, BRANCH, strict=True)):
        _box(ax, x, 2.6, "\n".join([what, *then]), below=size, colour="#F6E3EE", width=1.0)
        if n:
            _path(ax, [(x - 0.89, 2.6), (x - 0.52, 2.6)])
    joined = (places[4] + places[5]) / 2
    _path(ax, [(4.41, 0), (joined - 0.38, 0)])
    _path(ax, [(4.6, 0), (4.6, 1.15), (1.5, 1.15), (1.5, 2.6), (1.88, 2.6)])
    _path(ax, [(9.92, 2.6), (10.3, 2.6), (10.3, 1.15), (joined, 1.15), (joined, 0.2)], colour=ACCENT)
    _path(ax, [(joined + 0.38, 0), (places[5] - 0.41, 0)])
    _box(ax, joined, 0, "X + X·M", width=0.76, height=0.42, size=6.5, colour="white")
    ax.text(1.4, 1.8, "X", ha="right", fontsize=10, style="italic")
    ax.text(10.4, 1.8, "M", fontsize=10, style="italic", color=ACCENT)
    left = (places[6] + places[7]) / 2
    ax.text(
        left, -1.15, "not in the network of 3 layers;\nthe second not in that of 4", ha="center", va="top", fontsize=7
    )
    ax.set(xlim=(-0.45, places[-1] + 0.45), ylim=(-1.75, 3.4))
    ax.axis("off")
    return figure


def repeated(places: Sequence[float], curves: Mapping[str, np.ndarray], marks: Mapping[str, float]) -> Axes:
    """The mean of repetitions over a setting, with each repetition as a dot and the curve's name at its end.

    Args:
        places: the setting's values, rising.
        curves: name -> ``(places, repetitions)``; three at most.
        marks: name -> a value of the setting that is drawn as a dashed line.
    """
    ax = plt.figure(figsize=(5.5, 2.7)).subplots()
    for n, ((name, values), colour) in enumerate(zip(curves.items(), (ACCENT, DARK, GREY), strict=False)):
        values = np.asarray(values)
        beside = np.repeat(places, values.shape[1]) + (n - 1) * 0.012 * (places[-1] - places[0])
        ax.plot(beside, values.ravel(), ".", color=colour, ms=4, alpha=0.4, mew=0)
        ax.plot(places, values.mean(1), color=colour)
        end = (places[-1], values[-1].mean())
        ax.annotate(name, end, (8, 0), textcoords="offset points", va="center", color=colour, fontsize=8)
    for name, place in marks.items():
        ax.axvline(place, color=GREY, lw=1, ls="--", zorder=1)
        beside = dict(xycoords=("data", "axes fraction"), textcoords="offset points")
        ax.annotate(name, (place, 1), (3, -4), **beside, va="top", color=GREY, fontsize=8)
    ax.set_ylim(bottom=0)
    return ax


def masks(flow: np.ndarray, face: np.ndarray, drawn: Mapping[str, np.ndarray]) -> Figure:
    """Flow with its key, and few large places of a face, such as an attention mask's, over it in thousandths.

    Args:
        flow: ``(2, H, W)`` in pixels.
        face: ``(H, W)`` grey.
        drawn: title -> ``(rows, columns)`` values.
    """
    figure, axes = plt.subplots(1, 2 + len(drawn), figsize=(7, 1.9), width_ratios=[1, 0.35, *[1.3] * len(drawn)])
    axes[0].imshow(flow_image(flow))
    axes[0].set_title("flow at an apex")
    hue_wheel(axes[1], directions=False).set_title("key")
    height, width = face.shape
    for ax, (title, values) in zip(axes[2:], drawn.items(), strict=True):
        ax.imshow(face, cmap="gray", vmin=0, vmax=255)
        extent = (-0.5, width - 0.5, height - 0.5, -0.5)
        over = ax.imshow(1000 * np.asarray(values), cmap="viridis", alpha=0.6, extent=extent)
        figure.colorbar(over, ax=ax, shrink=0.7)
        ax.set_title(title)
    for ax in axes:
        ax.set(xticks=[], yticks=[])
    return figure


def _box(
    ax: Axes,
    x: float,
    y: float,
    text: str,
    *,
    below: str = "",
    width: float = 0.8,
    height: float = 1.4,
    size: float = 6,
    colour: str = "#EDEDED",
    dashed: bool = False,
) -> None:
    shape = FancyBboxPatch((x - width / 2, y - height / 2), width, height, boxstyle="round,pad=0,rounding_size=0.06")
    shape.set(facecolor=colour, edgecolor="0.4", lw=0.7, linestyle="--" if dashed else "-")
    ax.add_patch(shape)
    ax.text(x, y, text, ha="center", va="center", fontsize=size)
    ax.text(x, y - height / 2 - 0.07, below.replace(" × ", "×"), ha="center", va="top", fontsize=size - 0.5, color=GREY)


def _path(ax: Axes, points: Sequence[tuple[float, float]], *, colour: str = "black") -> None:
    """Straight lines from point to point, with a head at the last."""
    ax.plot(*zip(*points, strict=True), color=colour, lw=0.9, solid_joinstyle="miter")
    kind = dict(arrowstyle="-|>", mutation_scale=7, lw=0.9, color=colour, shrinkA=0, shrinkB=0)
    ax.add_patch(FancyArrowPatch(points[-2], points[-1], **kind))
