"""The inner iteration of TV-L1, compiled by numba. ``tvl1`` imports this file when the first pair of pictures needs it.

Both steps of an iteration are made band by band: what the second needs of the first is still in the processor's cache.
A band is one stretch of memory, as rows follow each other without a gap, and each loop runs over a whole stretch with
few arrays: with more, the compiler no longer proves that they don't overlap, and gives up vectors. Nothing is reordered
(no ``fastmath``), so that ``tvl1.iterate_numpy``, and any processor, gives the same bits.
"""

import numba
import numpy as np

BAND = 8
"""Rows."""


def _compiled(function):
    """Kept on disk for the next process, where numba finds a folder that it may write to."""
    try:
        return numba.njit(function, cache=True, error_model="numpy")
    except RuntimeError:
        return numba.njit(function, error_model="numpy")


@_compiled
def _along_gradient(along, u, v, gx, gy, inverse, rest, step):
    """How far to go along the gradient: to where the difference in brightness is none, ``step`` at most."""
    for x in range(along.size):
        nearest = -(rest[x] + gx[x] * u[x] + gy[x] * v[x]) * inverse[x]
        along[x] = max(-step, min(step, nearest))


@_compiled
def _new_flow(u, along, gx, ux, ux_left, uy, uy_above, theta):
    for x in range(u.size):
        u[x] += along[x] * gx[x] + theta * ((ux[x] - ux_left[x]) + (uy[x] - uy_above[x]))


@_compiled
def _new_dual(ux, uy, u, u_right, u_below, tau):
    one = np.float32(1)
    for x in range(u.size):
        across, down = u_right[x] - u[x], u_below[x] - u[x]
        scale = one / (one + tau * np.sqrt(across * across + down * down))
        ux[x] = (ux[x] + tau * across) * scale
        uy[x] = (uy[x] + tau * down) * scale


@_compiled
def _copy(place, values):
    for x in range(values.size):  # by assignment numba would copy twice, in case that they overlap
        place[x] = values[x]


@_compiled
def _add_squares(changes, u, old):
    for x in range(changes.size):
        changes[x] += (u[x] - old[x]) * (u[x] - old[x])


@_compiled
def _dual_of_band(u, ux, uy, start, stop, pitch, width, tau):
    """From ``start`` to ``stop``, flat: whole rows. Beyond the picture it goes on as it ends: there is no gradient."""
    for row in range(start, stop, pitch):
        u[row + width] = u[row + width - 1]
    if stop + pitch == u.size:
        _copy(u[stop:], u[stop - pitch : stop])
    band, right, below = slice(start, stop), slice(start + 1, stop + 1), slice(start + pitch, stop + pitch)
    _new_dual(ux[band], uy[band], u[band], u[right], u[below], tau)
    for row in range(start, stop, pitch):
        ux[row + pitch - 1] = 0  # what lies left of the next row


@_compiled
def iterate(u, v, ux, uy, vx, vy, gx, gy, inverse, rest, width, step, theta, tau, still, most):
    """As ``tvl1.iterate_numpy``, which says what is what."""
    height, pitch = u.shape[0] - 2, u.shape[1]
    u, v, ux, uy, vx, vy = u.ravel(), v.ravel(), ux.ravel(), uy.ravel(), vx.ravel(), vy.ravel()
    gx, gy, inverse, rest = gx.ravel(), gy.ravel(), inverse.ravel(), rest.ravel()
    along, changes = np.empty(BAND * pitch, np.float32), np.empty(pitch, np.float32)
    old_u, old_v = np.empty(BAND * pitch, np.float32), np.empty(BAND * pitch, np.float32)
    change = np.float32(np.inf)
    for _ in range(most):
        changes[:] = 0
        for first in range(1, height + 1, BAND):
            last = min(first + BAND, height + 1)
            start, stop, size = first * pitch, last * pitch, (last - first) * pitch
            band, left, above = slice(start, stop), slice(start - 1, stop - 1), slice(start - pitch, stop - pitch)
            _copy(old_u, u[band])
            _copy(old_v, v[band])
            _along_gradient(along[:size], u[band], v[band], gx[band], gy[band], inverse[band], rest[band], step)
            _new_flow(u[band], along, gx[band], ux[band], ux[left], uy[band], uy[above], theta)
            _new_flow(v[band], along, gy[band], vx[band], vx[left], vy[band], vy[above], theta)
            for row in range(0, size, pitch):
                _add_squares(changes, u[start + row : start + row + pitch], old_u[row : row + pitch])
                _add_squares(changes, v[start + row : start + row + pitch], old_v[row : row + pitch])
            # A row behind: a dual variable needs the new flow of its own row and of the next.
            start, stop = max(start - pitch, pitch), stop if last > height else stop - pitch
            _dual_of_band(u, ux, uy, start, stop, pitch, width, tau)
            _dual_of_band(v, vx, vy, start, stop, pitch, width, tau)
        change = np.float32(0)
        for x in range(width):
            change += changes[x]
        if change <= still:
            break
    return change
