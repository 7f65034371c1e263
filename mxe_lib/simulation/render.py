"""Renders a frame: the painting of the neutral face, remapped by the displacement field.

Skin is warped. Lids are drawn over the eye, since a warp cannot uncover an eyeball.
"""

from functools import lru_cache

import cv2
import numpy as np

from mxe_lib.simulation.painting import SUPERSAMPLING, Painting


def draw(painting: Painting, flow: np.ndarray, closure: tuple[float, float]) -> np.ndarray:
    """A frame in which every skin point x has moved to x + flow(x).

    Args:
        flow: ``(2, H, W)`` float32 forward displacement in frame pixels, without the lids' closure.
        closure: share of the image-left and image-right eye that its lid covers.

    Returns:
        ``(H, W, 3)`` or, of a grey painting, ``(H, W)`` float32, 0-255.
    """
    image = painting.image
    if max(closure) > 0.02:
        image = _close_eyes(painting, closure)
    source = inverse(flow)
    s = SUPERSAMPLING
    source = (source + 0.5) * s - 0.5
    return cv2.remap(image, source[0], source[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def inverse(flow: np.ndarray, tolerance: float = 0.02) -> np.ndarray:
    """Where each pixel of the moved picture came from: g with g(y) + flow(g(y)) = y, ``(2, H, W)`` float32 pixels.

    Fixed-point iteration until nothing moves by more than ``tolerance`` pixels, at most ten times.
    """
    here = _pixel_grid(*flow.shape[1:])
    flow = cv2.merge([flow[0], flow[1]])
    source = here - flow
    for step in range(10):
        there = cv2.remap(flow, source, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        change = here - there - source
        if step >= 2:
            change *= np.float32(0.6)  # damped: converges where skin stretches to more than twice its length
        source += change
        if cv2.norm(change, cv2.NORM_INF) < tolerance:
            break
    return source.transpose(2, 0, 1)


@lru_cache(maxsize=4)
def _pixel_grid(height: int, width: int) -> np.ndarray:
    """``(H, W, 2)`` float32 pixel coordinates (x, y)."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    return cv2.merge([x, y])


def _close_eyes(painting: Painting, closure: tuple[float, float]) -> np.ndarray:
    """The painting with skin drawn over each eye down to where its upper lid has come."""
    image = painting.image.copy()
    for (columns, upper, lower), share in zip(painting.lid_edges, closure, strict=True):
        if share <= 0.02:
            continue
        opening = lower - upper
        edge = upper + min(share, 1.0) * 0.92 * opening
        lash = 0.3 * opening.max()  # the open eye's lashes stand above its edge and move away first
        top, bottom = int(upper.min() - lash) - 1, int(np.ceil(lower.max())) + 4
        rows = np.arange(top, bottom, dtype=np.float32)[:, None]
        span = slice(columns[0], columns[-1] + 1)
        above = min(1.0, 4 * share) * np.clip((rows - upper + lash) / 2, 0, 1)
        cover = np.where(rows < upper, above, np.maximum(above, np.clip(rows - upper + 0.5, 0, 1)))
        cover = cover * np.clip(edge - rows + 0.5, 0, 1)
        patch = image[top:bottom, span]
        patch += cover[..., None] * (painting.lids[top:bottom, span] - patch)
        rim = np.exp(-0.5 * ((rows - edge) / 1.1) ** 2) * np.clip(opening / (0.3 * opening.max()), 0, 1)
        patch += 0.75 * rim[..., None] * (painting.lash - patch)
    return image
