"""A network drawn as boxes: the higher a box, the larger its maps; the wider, the more of them."""

from collections.abc import Mapping
from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, Rectangle

from mxe_lib.figures.charts import GREY

KINDS = {
    "Conv2d": "convolution",
    "BatchNorm2d": "batch norm.",
    "MaxPool2d": "max pooling",
    "Dropout": "dropout",
    "Linear": "fully\nconnected",
}
"""Layers as the drawing writes them; any other keeps its name."""

MAPS, NUMBERS = "#9ECAE1", "#FDD0A2"
"""Colours of boxes that hold maps, and of those that hold numbers."""


@dataclass(frozen=True)
class Stage:
    """A box: its name, what happens on the way to it, and the shape that comes out."""

    name: str
    steps: tuple[str, ...]
    output: tuple[int, ...]


def stages(table: pd.DataFrame) -> list[Stage]:
    """The boxes of a network with ``units`` and a ``head``: one a unit, the mean over its maps, one a linear layer.

    Args:
        table: ``models.layers.layer_table`` of it.
    """
    found: dict[str, list] = {}
    for row in table.itertuples():
        part, number, *_ = row.layer.split(".")
        key = f"C{int(number) + 1}" if part == "units" else f"fc{int(number) // 2 + 1}"
        found.setdefault(key, []).append((KINDS.get(row.kind, row.kind), row.output))
    boxes, before = [], ()
    for name, layers in found.items():
        if len(before) == 3 and len(layers[-1][1]) == 1:
            boxes.append(Stage("GAP", ("mean over", "each map"), (before[0],)))
        before = layers[-1][1]
        boxes.append(Stage(name, tuple(step for step, _ in layers), before))
    return boxes


def draw(
    table: pd.DataFrame, start: tuple[int, ...], *, notes: Mapping[str, str] | None = None, ax: Axes | None = None
) -> Axes:
    """The boxes from left to right, with their shapes above and their layers below.

    Args:
        table: ``models.layers.layer_table`` of a network with ``units`` and a ``head``.
        start: the shape of its input.
        notes: by a box's name, what else to write over it.
    """
    ax = ax or plt.figure(figsize=(7, 2.9)).subplots()
    boxes, notes = [Stage("input", ("u and v",), start), *stages(table)], notes or {}
    tallest, left, right = max(box.output[-1] for box in boxes if len(box.output) == 3), 0.0, 0.0
    for number, box in enumerate(boxes):
        maps = len(box.output) == 3
        height = 0.12 + 0.88 * box.output[-1] / tallest if maps else 0.1 + 0.3 * np.log10(box.output[0])
        width = 0.12 + 0.6 * np.sqrt(box.output[0] / 512) if maps else 0.16
        middle = left + max(width, 0.78) / 2
        place = (middle - width / 2, -height / 2)
        ax.add_patch(Rectangle(place, width, height, fc=MAPS if maps else NUMBERS, ec="0.35", lw=0.8))
        shape = f"{box.output[0]}" + (f"\n{box.output[1]} × {box.output[2]}" if maps else "")
        note = f"{notes[box.name]}\n" if box.name in notes else ""
        ax.text(middle, height / 2 + 0.03, f"{note}{shape}", ha="center", va="bottom", fontsize=7.5)
        ax.text(middle, -0.56, box.name, ha="center", va="top", fontsize=8.5, fontweight="bold")
        ax.text(middle, -0.68, "\n".join(box.steps), ha="center", va="top", fontsize=6.5, color=GREY, linespacing=1.3)
        if number:
            ends = (right, 0), (middle - width / 2, 0)
            ax.add_patch(FancyArrowPatch(*ends, arrowstyle="-|>", mutation_scale=7, color="0.35", lw=0.8, shrinkA=0))
        right = middle + width / 2
        left = middle + max(width, 0.78) / 2 + 0.12
    ax.set(xlim=(-0.05, left), ylim=(-1.12, 0.8))
    ax.axis("off")
    return ax
