"""Pictures of what invents flow: the two networks of a GAN, and fields beside each other, class by class."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mxe_lib.clips import CLASSES
from mxe_lib.figures.charts import COLOURS, GREY
from mxe_lib.figures.pictures import flow_image, hue_wheel


def gan_scheme(ax: Axes | None = None) -> Axes:
    """Generator and discriminator of P1's conditional GAN: what goes in, what comes out, where a loss is read."""
    ax = ax or plt.figure(figsize=(7, 2.5)).subplots()
    ax.set(xlim=(0, 14), ylim=(0, 5))
    ax.axis("off")
    noise = _box(ax, 0.1, 3.3, 2.2, "noise z\n100 numbers", GREY)
    wanted = _box(ax, 0.1, 1.9, 2.2, "class y", GREY)
    generator = _box(ax, 3.2, 2.5, 2.9, "generator G\n1 dense, 3 transposed\nconvolutions, tanh", COLOURS["simulated"])
    fake = _box(ax, 7.0, 2.5, 2.0, "invented field\n2 × 80 × 80", COLOURS["simulated"])
    real = _box(ax, 7.0, 0.6, 2.0, "real field\n2 × 80 × 80", COLOURS["real"])
    judge = _box(ax, 9.9, 1.6, 2.4, "discriminator D\n3 convolutions,\n1 dense", "black")
    _arrow(ax, noise, generator)
    _arrow(ax, wanted, generator)
    _arrow(ax, generator, fake)
    _arrow(ax, fake, judge)
    _arrow(ax, real, judge)
    _way(ax, [(1.2, 1.9), (1.2, 0.2), (11.1, 0.2), (11.1, 1.6)], GREY)
    ax.text(3.9, 0.3, "D is shown the class as well", color=GREY, fontsize=8, ha="center")
    ax.annotate("", (13.0, 2.15), (12.3, 2.15), arrowprops=_style("black"))
    ax.text(13.05, 2.15, "score:\nreal?", va="center", fontsize=8)
    _way(ax, [(11.1, 3.31), (11.1, 4.6), (4.65, 4.6), (4.65, 4.21)], COLOURS["simulated"], "--")
    ax.text(7.9, 4.68, "what G learns from: D's score of its own fields", color="#B34E00", fontsize=8, ha="center")
    return ax


def class_fields(columns: Mapping[str, Sequence], *, wheel: bool = True) -> Figure:
    """Flow fields as colours: a row for each class, a column for each name, one scale a column, the hue's key beside.

    Args:
        columns: name -> a ``(2, H, W)`` field for each class.
    """
    side = 7 / (len(columns) + wheel)
    figure = plt.figure(figsize=(7, 3 * side + 0.8))
    axes = figure.subplots(len(CLASSES), len(columns) + wheel, squeeze=False)
    for column, (name, fields) in zip(axes.T, columns.items(), strict=False):
        fields = np.stack([np.asarray(field, dtype=float) for field in fields])
        scale = np.percentile(np.hypot(fields[:, 0], fields[:, 1]), 99)
        for ax, field, class_ in zip(column, fields, CLASSES, strict=True):
            ax.imshow(flow_image(field, scale=scale))
            ax.set(xticks=[], yticks=[], ylabel=class_ if ax in axes[:, 0] else "")
            ax.spines[:].set_visible(True)
            ax.spines[:].set_color("0.8")
        column[0].set_title(name, fontsize=7 if len(columns) < 9 else 5.5)
    if wheel:
        hue_wheel(axes[0, -1], directions=False).set_title("hue:\ndirection", fontsize=7)
        for ax in axes[1:, -1]:
            ax.axis("off")
    return figure


def flow_row(flows: Mapping[str, np.ndarray], points: np.ndarray | None = None) -> Figure:
    """Flow fields beside each other on one scale, with the hue's key.

    Args:
        flows: name -> ``(2, H, W)`` in pixels.
        points: ``(P, 2)`` landmarks (x, y), so that one sees whereabouts in the face the skin moves.
    """
    figure = plt.figure(figsize=(7, 1.9))
    axes = figure.subplots(1, len(flows) + 1)
    scale = max(np.percentile(np.hypot(*flow), 99.5) for flow in flows.values())
    for ax, (name, flow) in zip(axes, flows.items(), strict=False):
        ax.imshow(flow_image(flow, scale=scale))
        if points is not None:
            ax.plot(*points.T, ".", color="0.6", ms=1.2)
        ax.set(xticks=[], yticks=[], title=name)
        ax.spines[:].set_visible(True)
        ax.spines[:].set_color("0.8")
    hue_wheel(axes[-1], directions=False).set_title("hue: direction")
    return figure


def of_steps(shown: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Columns for ``class_fields``: what the shipped GAN drew on its way (``shipped_generator.shown_fields``)."""
    columns = {}
    for steps, fields in shown.items():
        name = f"{int(steps):,} steps" if steps.isdigit() else steps
        mean, one, *_ = fields.transpose(0, 1, 4, 2, 3)
        columns |= {f"{name},\nmean": mean, f"{name},\none field": one}
    return columns


def mean_and_one(name: str, inputs, classes) -> dict[str, list[np.ndarray]]:
    """Two columns for ``class_fields``: of each class the mean field and the first one."""
    own = [np.asarray(inputs)[np.asarray(classes) == number] for number in range(len(CLASSES))]
    return {f"{name},\nmean": [each.mean(0) for each in own], f"{name},\none field": [each[0] for each in own]}


def _box(ax: Axes, x: float, y: float, width: float, text: str, colour: str) -> tuple[float, float, float, float]:
    height = 0.45 + 0.42 * (text.count("\n") + 1)
    ax.add_patch(plt.Rectangle((x, y), width, height, fc="white", ec=colour, lw=1.2))
    ax.text(x + width / 2, y + height / 2, text, ha="center", va="center", fontsize=8)
    return x, y, width, height


def _arrow(ax: Axes, first: tuple, second: tuple) -> None:
    start, end = (first[0] + first[2], first[1] + first[3] / 2), (second[0], second[1] + second[3] / 2)
    ax.annotate("", end, start, arrowprops=_style("black"))


def _way(ax: Axes, corners: Sequence[tuple[float, float]], colour: str, line: str = "-") -> None:
    ax.plot(*zip(*corners[:-1], strict=True), color=colour, lw=1, ls=line)
    ax.annotate("", corners[-1], corners[-2], arrowprops=_style(colour, line))


def _style(colour: str, line: str = "-") -> dict:
    return dict(arrowstyle="-|>", color=colour, lw=1, ls=line, shrinkA=0, shrinkB=1)
