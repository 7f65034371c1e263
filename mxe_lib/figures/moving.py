"""A clip that moves on the page: at its own speed, slowed, and slowed and magnified, over and over."""

import io
from collections.abc import Sequence
from pathlib import Path

import cv2
import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from mxe_lib.compute import store

STEP = 40
"""Milliseconds for which a picture stays: browsers show no shorter ones reliably."""

GREYS = 32
"""Grey levels of the pictures: with all 256 the file would be three times as large."""


FONT = f"{matplotlib.get_data_path()}/fonts/ttf/DejaVuSans.ttf"
"""Of the study's figures."""


def magnified(frame: np.ndarray, flow: np.ndarray, factor: float) -> np.ndarray:
    """The frame, moved ``factor`` times as far as the flow says.

    Args:
        frame: ``(H, W)`` or ``(H, W, 3)`` uint8.
        flow: ``(2, H, W)`` in pixels of the frame.
    """
    down, across = np.indices(flow.shape[1:], dtype=np.float32)
    u, v = cv2.GaussianBlur((factor * np.asarray(flow, np.float32)).transpose(1, 2, 0), (0, 0), 2).transpose(2, 0, 1)
    # Where each pixel comes from: exact for a shift, and close for fields as smooth as skin's.
    return cv2.remap(frame, across - u, down - v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def loop(
    frames: Sequence[np.ndarray],
    flows: Sequence[np.ndarray],
    fps: int,
    *,
    slower: int = 8,
    factor: float = 6,
    rest: int = 500,
) -> list[Image.Image]:
    """Three panels of one clip, a picture for every ``STEP`` milliseconds: as it is, slower, and slower and magnified.

    Args:
        frames: ``(T, H, W[, 3])`` uint8, all frames from the onset on.
        flows: ``(T, 2, H, W)`` pixels, from the onset to each.
        slower: how many times slower the second and third panel run.
        factor: how many times as far everything moves in the third.
        rest: milliseconds of the onset before it starts again.
    """
    last, onset = len(frames) - 1, _grey(frames[0])
    large = [_grey(magnified(frames[0], flow, factor)) for flow in flows]
    titles = ("as it is", f"{slower} times slower", f"slower, {factor:g} times as far")
    pictures = []
    for time in range(0, 1000 * slower * last // fps + rest, STEP):
        fast, slow = (time * fps // (1000 * by) for by in (1, slower))
        panels = [_grey(frames[n]) if n <= last else onset for n in (fast, slow)]
        pictures.append(_panels([*panels, large[slow] if slow <= last else onset], titles))
    return pictures


def save(pictures: Sequence[Image.Image], name: str, folder: Path | str):
    """Writes ``folder/<name>.png``, which moves wherever a browser shows it, and gives it to be shown.

    Returns:
        An ``IPython.display.Image``.
    """
    from IPython import display

    buffer = io.BytesIO()
    options = dict(save_all=True, append_images=list(pictures[1:]), duration=STEP, loop=0)
    pictures[0].save(buffer, format="PNG", optimize=True, **options)
    store.write(Path(folder) / f"{name}.png", buffer.getvalue())
    return display.Image(buffer.getvalue(), format="png")


def _grey(frame: np.ndarray) -> np.ndarray:
    grey = frame if frame.ndim == 2 else cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)
    return (grey // (256 // GREYS)) * (256 // GREYS)


def _panels(panels: Sequence[np.ndarray], titles: Sequence[str]) -> Image.Image:
    height, width = panels[0].shape
    gap, head = 8, 16
    picture = Image.new("L", (len(panels) * (width + gap) - gap, height + head), 255)
    draw, font = ImageDraw.Draw(picture), ImageFont.truetype(FONT, 11)
    for place, (panel, title) in enumerate(zip(panels, titles, strict=True)):
        picture.paste(Image.fromarray(panel), (place * (width + gap), head))
        draw.text((place * (width + gap), 1), title, fill=0, font=font)
    return picture
