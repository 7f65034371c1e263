"""TV-L1 optical flow (Zach, Pock & Bischof 2007): OpenCV's algorithm at its defaults, several times faster.

Most of its time goes into the inner iteration: a step on the data term at each pixel, then one on the dual variables of
total variation. OpenCV makes a dozen passes over the whole picture for it, ``tvl1_loops`` one.

Those loops are compiled by numba when the first pair of pictures needs them, and kept on disk for the next process.
Where numba is absent or switched off (``NUMBA_DISABLE_JIT=1``), numpy gives the same bits, many times slower.
"""

import functools
from collections.abc import Callable

import cv2
import numpy as np

PARAMETERS = {
    "tau": 0.25, "lambda_": 0.15, "theta": 0.3, "nscales": 5, "warps": 5, "epsilon": 0.01, "innnerIterations": 30,
    "outerIterations": 10, "scaleStep": 0.8, "medianFiltering": 5,
}  # fmt: skip
"""The defaults of OpenCV's ``DualTVL1OpticalFlow_create``, under its names (``innnerIterations`` is its spelling)."""

ALIGNED = 16
"""Numbers of 32 bits that the widest processors take at once."""

SMALLEST_SIDE = 16
"""Pixels: no level of the pyramid is smaller, except the pictures themselves."""


def tvl1(reference: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Zach et al. (2007), as both papers use it.

    Args:
        reference, target: ``(H, W)`` uint8.

    Returns:
        ``(H, W, 2)`` float32, pixels: what lies at ``x`` in the reference lies at ``x + flow(x)`` in the target.
    """
    references, targets = _pyramid(reference), _pyramid(target)
    flow = np.zeros((*references[-1].shape, 2), np.float32)
    for level in range(len(references))[::-1]:
        one, other = references[level], targets[level]
        if flow.shape[:2] != one.shape:
            flow = cv2.resize(flow, one.shape[::-1]).reshape(*one.shape, 2) * np.float32(1 / PARAMETERS["scaleStep"])
        flow = _one_scale(one, other, flow)
    return flow


def _pyramid(picture: np.ndarray) -> list[np.ndarray]:
    """The picture as float32 and its smaller copies, largest first."""
    pyramid, factor = [np.ascontiguousarray(picture, np.float32)], PARAMETERS["scaleStep"]
    while len(pyramid) < PARAMETERS["nscales"]:
        # By a factor, as OpenCV does: by the rounded size instead, small levels would be stretched a little.
        smaller = cv2.resize(pyramid[-1], None, fx=factor, fy=factor)
        if min(smaller.shape) < SMALLEST_SIDE:
            break
        pyramid.append(smaller)
    return pyramid


def _one_scale(reference: np.ndarray, target: np.ndarray, start: np.ndarray) -> np.ndarray:
    """The flow from the reference to the target, ``(H, W, 2)``, from where it starts."""
    step = np.float32(PARAMETERS["lambda_"] * PARAMETERS["theta"])
    theta, tau = np.float32(PARAMETERS["theta"]), np.float32(PARAMETERS["tau"] / PARAMETERS["theta"])
    still = np.float32(PARAMETERS["epsilon"] ** 2 * reference.size)
    height, width = reference.shape
    across, down = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)[:, None]
    moving = np.stack([target, *_centred_gradient(target)], axis=-1)
    # A border above, below and to the right; rows that are whole numbers of a processor's vectors.
    fields = np.zeros((10, height + 2, (width // ALIGNED + 1) * ALIGNED), np.float32)
    u, v, _, _, _, _, gx, gy, inverse, rest = fields[:, 1:-1, :width]
    u[:], v[:] = start[..., 0], start[..., 1]
    for _ in range(PARAMETERS["warps"]):
        warped = cv2.remap(moving, across + u, down + v, cv2.INTER_CUBIC).reshape(height, width, 3)
        gx[:], gy[:] = warped[..., 1], warped[..., 2]
        # Where the picture is flat nothing is to be gained: the step is a multiple of the gradient, which is zero.
        inverse[:] = np.float32(1) / np.maximum(gx * gx + gy * gy, np.float32(1e-12))
        rest[:] = warped[..., 0] - gx * u - gy * v - reference
        for _ in range(PARAMETERS["outerIterations"]):
            if PARAMETERS["medianFiltering"] > 1:
                for part in (u, v):
                    part[:] = cv2.medianBlur(part, PARAMETERS["medianFiltering"]).reshape(part.shape)
            change = iterations()(*fields, width, step, theta, tau, still, PARAMETERS["innnerIterations"])
            if change <= still:
                break
    return np.stack([u, v], axis=-1)


def _centred_gradient(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Half the difference of a pixel's neighbours, across and down; the border repeats itself."""
    padded = np.pad(picture, 1, mode="edge")
    half = np.float32(0.5)
    return half * (padded[1:-1, 2:] - padded[1:-1, :-2]), half * (padded[2:, 1:-1] - padded[:-2, 1:-1])


@functools.cache
def iterations() -> Callable[..., float]:
    """``tvl1_loops.iterate``, or ``iterate_numpy`` where nothing can be compiled."""
    try:
        import numba

        from mxe_lib.vision import tvl1_loops
    except ImportError:
        return iterate_numpy
    return iterate_numpy if numba.config.DISABLE_JIT else tvl1_loops.iterate


def iterate_numpy(u, v, ux, uy, vx, vy, gx, gy, inverse, rest, width, step, theta, tau, still, most) -> float:
    """Goes on until the flow changes by ``still`` or less, ``most`` iterations at most.

    Args:
        u, v: flow, improved in place; as all fields ``(H + 2, P)`` float32 with a border: the picture is
            ``[1:-1, :width]``.
        ux, uy, vx, vy: dual variables, too, improved in place.
        gx, gy, inverse: the warped target's gradient, and 1 over its squared length.
        rest: what the difference in brightness would be at no flow.
        step, theta, tau: lambda times theta, theta, and tau over theta, float32.

    Returns:
        The sum of squared changes in the last iteration.
    """
    u, v, gx, gy, inverse, rest = (field[1:-1, :width] for field in (u, v, gx, gy, inverse, rest))
    change = np.float32(np.inf)
    for _ in range(most):
        old = u.copy(), v.copy()
        along = np.maximum(-step, np.minimum(step, -(rest + gx * u + gy * v) * inverse))
        for part, gradient, px, py in ((u, gx, ux, uy), (v, gy, vx, vy)):
            left, above = np.pad(px[1:-1, : width - 1], ((0, 0), (1, 0))), py[:-2, :width]
            px, py = px[1:-1, :width], py[1:-1, :width]
            part += along * gradient + theta * ((px - left) + (py - above))
            across, down = (np.diff(part, axis=axis, append=part.take([-1], axis)) for axis in (1, 0))
            scale = np.float32(1) / (np.float32(1) + tau * np.sqrt(across * across + down * down))
            px[:], py[:] = (px + tau * across) * scale, (py + tau * down) * scale
        # Row by row, u before v, then column by column: the order in which the compiled loops add.
        squares = np.stack([np.square(u - old[0]), np.square(v - old[1])], axis=1).reshape(-1, width)
        change = np.cumsum(np.cumsum(squares, axis=0)[-1])[-1]
        if change <= still:
            break
    return change
