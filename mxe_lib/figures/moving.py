"""A clip that moves on the page: at its own speed, slowed, and slowed and magnified, over and over."""

import io
from collections.abc import Sequence
from pathlib import Path

import cv2
import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from mxe_lib.compute import store
from mxe_lib.figures import pictures
from mxe_lib.figures.charts import COLOURS

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
    found = []
    for time in range(0, 1000 * slower * last // fps + rest, STEP):
        fast, slow = (time * fps // (1000 * by) for by in (1, slower))
        panels = [_grey(frames[n]) if n <= last else onset for n in (fast, slow)]
        found.append(_panels([*panels, large[slow] if slow <= last else onset], titles))
    return found


def expression(frames: Sequence[np.ndarray], flows: Sequence[np.ndarray]) -> list[Image.Image]:
    """The face, its movement since the onset as colours, and the curve of how far it has moved: a picture a frame.

    Args:
        frames, flows: as for ``loop``.
    """
    size = frames[0].shape[1], frames[0].shape[0]
    lengths = np.array([np.percentile(np.hypot(*flow), 99) for flow in flows])
    found = []
    for number, (frame, flow) in enumerate(zip(frames, flows, strict=True)):
        colours = Image.fromarray((255 * pictures.flow_image(flow, lengths.max())).astype(np.uint8))
        panels = [Image.fromarray(_grey(frame)).convert("RGB"), colours, _curve(lengths, number, size)]
        picture = _row(panels, ("a face that does not exist", "where its skin goes", "how far, over time"), "RGB")
        found.append(picture.quantize(128, dither=Image.Dither.NONE))
    return found


def _curve(lengths: np.ndarray, now: int, size: tuple[int, int]) -> Image.Image:
    width, height = size
    large = Image.new("RGB", (4 * width, 4 * height), "white")  # drawn large and shrunk, for smooth lines
    draw = ImageDraw.Draw(large)
    across = np.linspace(8, width - 8, len(lengths)) * 4
    down = (height - 14 - (height - 34) * lengths / lengths.max()) * 4
    points = list(zip(across.tolist(), down.tolist(), strict=True))
    draw.line([(across[0], 4 * (height - 14)), (across[-1], 4 * (height - 14))], fill="#999999", width=4)
    draw.line(points, fill="#cccccc", width=8)
    draw.line(points[: now + 1], fill=COLOURS["simulated"], width=12)
    x, y = points[now]
    draw.ellipse((x - 18, y - 18, x + 18, y + 18), fill=COLOURS["simulated"])
    return large.resize(size, Image.Resampling.LANCZOS)


def save(images: Sequence[Image.Image], name: str, folder: Path | str, *, step: int = STEP):
    """Writes ``folder/<name>.png``, which moves wherever a browser shows it, and gives it to be shown.

    Args:
        step: milliseconds for which a picture stays.

    Returns:
        An ``IPython.display.Image``.
    """
    from IPython import display

    buffer = io.BytesIO()
    options = dict(save_all=True, append_images=list(images[1:]), duration=step, loop=0)
    images[0].save(buffer, format="PNG", optimize=True, **options)
    store.write(Path(folder) / f"{name}.png", buffer.getvalue())
    return display.Image(buffer.getvalue(), format="png")


def _grey(frame: np.ndarray) -> np.ndarray:
    grey = frame if frame.ndim == 2 else cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)
    return (grey // (256 // GREYS)) * (256 // GREYS)


def _panels(panels: Sequence[np.ndarray], titles: Sequence[str]) -> Image.Image:
    return _row([Image.fromarray(panel) for panel in panels], titles, "L")


def _row(panels: Sequence[Image.Image], titles: Sequence[str], mode: str) -> Image.Image:
    width, height = panels[0].size
    gap, head = 8, 16
    picture = Image.new(mode, (len(panels) * (width + gap) - gap, height + head), "white")
    draw, font = ImageDraw.Draw(picture), ImageFont.truetype(FONT, 11)
    for place, (panel, title) in enumerate(zip(panels, titles, strict=True)):
        picture.paste(panel, (place * (width + gap), head))
        draw.text((place * (width + gap), 1), title, fill="black", font=font)
    return picture
