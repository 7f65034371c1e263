"""Faces and flow as pictures: colours and their wheel, u and v side by side, arrows, and the atlas of action units."""

from collections.abc import Iterable, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import hsv_to_rgb
from matplotlib.figure import Figure

from mxe_lib.figures.charts import COLOURS


def flow_image(flow: np.ndarray, scale: float | None = None) -> np.ndarray:
    """Flow as colours: the hue is the direction, the depth of colour the length; no motion is white.

    Args:
        flow: ``(2, H, W)`` u, v in pixels.
        scale: length in pixels that is drawn in full colour; give several images the same one. Default: the 99th
            percentile of this flow.

    Returns:
        ``(H, W, 3)`` float RGB in [0, 1].
    """
    u, v = np.asarray(flow, dtype=float)
    length = np.hypot(u, v)
    scale = float(np.percentile(length, 99)) if scale is None else scale
    hue = (np.arctan2(-v, u) / (2 * np.pi)) % 1  # image rows grow downwards, angles do not
    return hsv_to_rgb(np.stack([hue, np.clip(length / max(scale, 1e-9), 0, 1), np.ones_like(hue)], axis=-1))


def hue_wheel(ax: Axes | None = None, longest: float | None = None, *, directions: bool = True) -> Axes:
    """The key to ``flow_image``: each colour lies where it points to, and the rim is as deep as colour gets.

    Args:
        longest: the ``scale`` of the pictures that it explains, in pixels; is written above the wheel.
        directions: whether right, up, left and down are written around it; without them it fits into a corner.
    """
    ax = ax or plt.figure(figsize=(1.6, 1.6)).subplots()
    grid = np.linspace(-1, 1, 201)
    u, v = np.meshgrid(grid, grid)
    image = flow_image(np.stack([u, v]), scale=1)
    image[np.hypot(u, v) > 1] = 1
    ax.imshow(image, extent=(-1, 1, 1, -1))
    words = {"right": (1.1, 0, "left", "center"), "up": (0, -1.1, "center", "bottom")}
    words |= {"left": (-1.1, 0, "right", "center"), "down": (0, 1.1, "center", "top")}
    for word, (x, y, across, along) in words.items() if directions else ():
        ax.text(x, y, word, ha=across, va=along, fontsize=7)
    if longest is not None:
        ax.set_title(f"rim: {longest:.2g} px", fontsize=8, pad=14, loc="center")
    ax.axis("off")
    return ax


def flow_panels(flow: np.ndarray, *, scale: float | None = None, axes: Sequence[Axes] | None = None) -> Sequence[Axes]:
    """u and v side by side on one signed scale: red moves right or down, blue left or up.

    Args:
        flow: ``(2, H, W)`` in pixels.
        scale: pixels at the ends of the scale; default the 99th percentile of u and v without signs.
    """
    if axes is None:
        axes = plt.figure(figsize=(3.5, 1.9)).subplots(1, 2)
    scale = float(np.percentile(np.abs(flow), 99)) if scale is None else scale
    scale = max(scale, 1e-9)
    for ax, part, name in zip(axes, flow, ("u (right +)", "v (down +)"), strict=True):
        image = ax.imshow(part, cmap="RdBu_r", vmin=-scale, vmax=scale)
        ax.set_title(name)
        ax.axis("off")
    bar = axes[0].figure.colorbar(image, ax=list(axes), shrink=0.8, ticks=[-scale, 0, scale], format="%.2g")
    bar.set_label("px")
    bar.outline.set_visible(False)
    return axes


def quiver(
    flow: np.ndarray, *, image: np.ndarray | None = None, step: int = 6, stretch: float = 1.0, ax: Axes | None = None
) -> Axes:
    """Flow as arrows over a frame.

    Args:
        flow: ``(2, H, W)`` in pixels.
        image: ``(H, W)`` grey or ``(H, W, 3)`` RGB frame beneath.
        step: every how many pixels an arrow starts.
        stretch: how much longer than the motion the arrows are: micro-expressions move a pixel or two.
    """
    ax = ax or plt.figure(figsize=(3.5, 3.2)).subplots()
    height, width = flow.shape[1:]
    if image is not None:
        ax.imshow(image, cmap="gray" if image.ndim == 2 else None)
    y, x = np.mgrid[step // 2 : height : step, step // 2 : width : step]
    u, v = flow[0, y, x], flow[1, y, x]
    ax.quiver(x, y, u, v, angles="xy", scale_units="xy", scale=1 / stretch, color=COLOURS["simulated"], width=0.005)
    ax.set(xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5), aspect="equal")
    ax.axis("off")
    return ax


def atlas_page(portraits: Sequence, *, columns: int = 4, scale: float = 5.0) -> Figure:
    """The pages of ``simulation.atlas`` in one figure: neutral, apex, flow, with the unit's number and name.

    The outer seventh of each picture, hair and background, is cut off.

    Args:
        scale: pixels of flow at full colour.
    """
    rows = -(-len(portraits) // columns)
    figure = plt.figure(figsize=(7, 0.3 + 0.95 * rows))
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for ax in axes:
        ax.axis("off")
    for ax, portrait in zip(axes, portraits, strict=False):
        pictures = [portrait.neutral, portrait.apex, (255 * flow_image(portrait.flow, scale)).astype(np.uint8)]
        pictures = [picture if picture.ndim == 3 else np.dstack([picture] * 3) for picture in pictures]
        top, side = pictures[0].shape[0] // 7, pictures[0].shape[1] // 7
        ax.imshow(np.concatenate([picture[top:, side:-side] for picture in pictures], axis=1))
        ax.set_title(f"{portrait.unit.number} {portrait.unit.name}", fontsize=6.5, pad=2)
    if len(portraits) < len(axes):
        hue_wheel(axes[-1])
    return figure


def image_row(
    images: Iterable[np.ndarray], titles: Iterable[str] = (), *, width: float = 7.0, wheel: float | None = None
) -> Figure:
    """Images beside each other without axes: frames, maps, flow colours.

    Args:
        wheel: the longest flow of ``flow_image`` in pixels; with it, a hue wheel stands at the end.
    """
    images, titles = list(images), list(titles)
    shares = [1.0] * len(images) + ([0.6] if wheel is not None else [])
    size = (width, width / sum(shares) + 0.35)
    figure, axes = plt.subplots(1, len(shares), figsize=size, squeeze=False, width_ratios=shares)
    for place, (ax, image) in enumerate(zip(axes[0], images, strict=False)):
        ax.imshow(image, cmap="gray" if np.ndim(image) == 2 else None)
        ax.set_title(titles[place] if place < len(titles) else "")
        ax.axis("off")
    if wheel is not None:
        hue_wheel(axes[0, -1], wheel)
    return figure
