"""How spotters see a clip, drawn: strain and the eyes' mask, the halving search, our clip spotter, five apexes."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mxe_lib.figures.charts import COLOURS, GREY
from mxe_lib.figures.names import DATABASES
from mxe_lib.figures.pictures import flow_image, hue_wheel

KEPT, MASKED = "#009E73", "#CC79A7"


def strain_and_eyes(
    flow: np.ndarray,
    strain: np.ndarray,
    mask: np.ndarray,
    curves: Mapping[str, tuple[Sequence[int], np.ndarray]],
    *,
    apex: int,
) -> Figure:
    """Flow and strain of one frame with the eyes' mask, and the mean strain over the clip with and without the eyes.

    Args:
        flow: ``(2, S, S)`` in pixels.
        strain: ``(S, S)`` of it.
        mask: ``(S, S)`` bool, True where the eyes are masked.
        curves: name -> (frame numbers, mean strain); the first is drawn as the mask's.
        apex: the annotated frame.
    """
    figure = plt.figure(figsize=(7, 2.5))
    left, middle, right = figure.subplots(1, 3, width_ratios=[1, 1, 1.4])
    left.imshow(flow_image(flow))
    hue_wheel(left.inset_axes((0.76, -0.26, 0.24, 0.24)), directions=False)
    left.set_title("flow from the onset")
    middle.imshow(strain, cmap="Greys", vmax=np.percentile(strain, 99.5))
    middle.contour(mask, [0.5], colors=MASKED, linewidths=1.4)
    middle.set_title(f"its strain, {strain[mask].sum() / max(strain.sum(), 1e-9):.0%} masked")
    for ax in (left, middle):
        ax.axis("off")
    for (name, (numbers, values)), colour in zip(curves.items(), (MASKED, "black"), strict=True):
        right.plot(numbers, values, color=colour, lw=1.4, label=name)
        best = int(np.argmax(values))
        right.plot(numbers[best], values[best], "o", color=colour, ms=5)
    right.legend(handlelength=0, labelcolor="linecolor", loc="lower right")
    apex_line(right, apex)
    right.set(xlabel="frame", ylabel="mean strain", ylim=(0, None))
    return figure


def apex_line(ax: Axes, apex: int, name: str = "apex") -> Axes:
    """The annotated apex, in the colour that it has in every chart."""
    ax.axvline(apex, color=COLOURS["real"], lw=1, zorder=1)
    place = dict(xycoords=("data", "axes fraction"), textcoords="offset points")
    ax.annotate(name, (apex, 1), (3, -9), **place, color=COLOURS["real"], fontsize=8)
    return ax


def halving(scores: Sequence[float], *, ax: Axes | None = None) -> Axes:
    """The search that keeps, again and again, the half whose peaks add up to more; a bar for what each step keeps."""
    ax = ax or plt.figure(figsize=(7, 2.6)).subplots()
    frames = range(len(scores))
    ax.plot(frames, scores, "o-", color="black", lw=1.2, ms=3)
    peaks = [t for t in frames[1:-1] if scores[t - 1] < scores[t] > scores[t + 1]]
    low, high, step, unit = 0, len(scores), 0, max(scores) / 8
    while len(inside := [t for t in peaks if low <= t < high]) > 1:
        middle, step = (low + high) // 2, step + 1
        sums = [sum(scores[t] for t in inside if (t >= middle) == right) for right in (False, True)]
        kept = int(sums[1] > sums[0])
        for side, ends in enumerate(((low, middle), (middle, high))):
            colour = KEPT if side == kept else "0.85"
            ax.plot([ends[0], ends[1] - 1], [-step * unit] * 2, color=colour, lw=8, solid_capstyle="butt")
            ax.text(sum(ends) / 2 - 0.5, -step * unit, f"{sums[side]:g}", ha="center", va="center", fontsize=8)
        low, high = (middle, high) if kept else (low, middle)
    for place, colour, name in ((inside[0], KEPT, "kept"), (int(np.argmax(scores)), COLOURS["real"], "highest")):
        ax.plot(place, scores[place], "o", color=colour, ms=7)
        ax.annotate(name, (place, scores[place]), (6, 3), textcoords="offset points", color=colour)
    ax.set(xlabel="frame", ylabel="score", ylim=(-(step + 0.7) * unit, 1.15 * max(scores)))
    ax.set_yticks([])
    return ax


def clip_spotter(
    flow: np.ndarray, embedded: np.ndarray, told: np.ndarray, belief: np.ndarray, *, apex: float
) -> Figure:
    """What goes through the clip spotter, from top to bottom, over the moments of one clip.

    Args:
        flow: ``(T, 2, S, S)`` of each moment.
        embedded: ``(T, E)`` numbers that the convolutions over space make of each moment's flow.
        told: ``(2, T)`` position in the clip.
        belief: ``(T,)`` softmax over the clip.
        apex: where the annotated apex lies, in moments.
    """
    figure = plt.figure(figsize=(7, 4.6))
    axes = figure.subplots(4, 1, sharex=True, height_ratios=[0.9, 1.3, 0.35, 1.3])
    moments, scale = len(flow), np.percentile(np.hypot(flow[:, 0], flow[:, 1]), 99)
    for start in range(0, moments - 1, 4):
        ends = (start - 0.5, start + 3.3)
        axes[0].imshow(flow_image(flow[start + 1], scale), extent=(*ends, 0, 1), aspect="auto")
    axes[1].imshow(embedded.T, cmap="Greys", aspect="auto", extent=(-0.5, moments - 0.5, 0, 1))
    axes[2].imshow(told, cmap="Greys", aspect="auto", extent=(-0.5, moments - 0.5, 0, 1))
    axes[3].plot(belief, "o-", color="black", ms=3, lw=1.2)
    axes[3].plot(int(np.argmax(belief)), belief.max(), "o", color=COLOURS["simulated"], ms=7)
    apex_line(axes[3], apex)
    notes = ("flow,\nevery 4th\nmoment", f"{embedded.shape[1]} numbers\na moment", "place\nin the clip", "belief")
    for ax, note in zip(axes, notes, strict=True):
        ax.set_ylabel(note, rotation=0, ha="right", va="center", labelpad=8)
        ax.set_yticks([])
    for ax in axes[:3]:
        ax.spines[:].set_visible(False)
        ax.tick_params(length=0)
    beside = dict(x=1.02, fontsize=8, color=GREY, va="center")
    axes[0].text(y=-0.1, s="two convolutions\nover space", transform=axes[0].transAxes, **beside)
    axes[2].text(y=-0.6, s="three convolutions\nover time, softmax", transform=axes[2].transAxes, **beside)
    hue_wheel(axes[0].inset_axes((1.02, 0.35, 0.08, 0.6)), directions=False)
    axes[3].set(xlim=(-0.6, moments - 0.4), ylim=(0, 1.25 * belief.max()), xlabel="moment of the clip")
    return figure


def five_apexes(
    clips: Sequence, by_apex: Mapping[str, Mapping[str, int]], whose: Mapping[str, Mapping[str, str]]
) -> Figure:
    """The frame that each meaning of *apex* names, a panel for each clip.

    Args:
        clips: two or three, with id, database, onset and offset.
        by_apex: meaning -> clip id -> frame.
        whose: clip id -> meaning -> who says so, written below the frame.
    """
    figure = plt.figure(figsize=(7, 0.9 + 0.34 * len(by_apex)))
    axes = figure.subplots(1, len(clips), sharey=True, squeeze=False)[0]
    for ax, clip in zip(axes, clips, strict=True):
        for lane, (name, frames) in enumerate(by_apex.items()):
            share = (frames[clip.id] - clip.onset) / max(1, clip.offset - clip.onset)
            ax.plot([0, 1], [lane, lane], color="0.85", lw=3, solid_capstyle="butt", zorder=1)
            ax.plot(share, lane, "o", color=COLOURS["simulated"] if name == "used" else "black", ms=6, zorder=3)
            side = dict(ha="right", xytext=(-6, -8)) if share > 0.5 else dict(ha="left", xytext=(6, -8))
            said = dict(textcoords="offset points", fontsize=7.5, color=GREY, va="center")
            ax.annotate(whose[clip.id].get(name, ""), (share, lane), **side, **said)
        ax.set_title(DATABASES.get(clip.database, clip.database), pad=8)
        ax.set_xticks([0, 1], ["onset", "offset"])
        for tick, side in zip(ax.get_xticklabels(), ("left", "right"), strict=True):
            tick.set_ha(side)
        ax.tick_params(length=0)
        ax.spines[:].set_visible(False)
    axes[0].set_yticks(range(len(by_apex)), list(by_apex))
    axes[0].set_ylim(len(by_apex) - 0.3, -0.5)
    return figure
