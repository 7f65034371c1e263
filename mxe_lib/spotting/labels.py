"""Label functions: how strong the expression is said to be in each frame of an annotated clip.

A workbook names three frames only: onset, apex, offset. A network that scores every frame needs a number for every
frame, so a curve is drawn through the three: 0 at the onset, 1 at the apex, 0 at the offset. The papers name four
curves (P1, section 3.3) and print no formula; those below are assumed.
"""

from collections.abc import Sequence

import numpy as np

from mxe_lib.errors import MxeError

LABELS = ("linear", "exponential", "log", "impulse")
"""Of P1."""

NEAR = 2
"""Frames on either side of the apex that ``near`` still calls apex (SMEConvNet)."""


def label(
    function: str, numbers: Sequence[int], onset: int, apex: int, offset: int, steepness: float = 1.0
) -> np.ndarray:
    """The label of each frame.

    With u the relative distance from the nearer end (0 at onset and offset, 1 at the apex) and k the steepness:

    * ``linear``: u
    * ``exponential``: (e^(k u) - 1) / (e^k - 1), a sharper peak
    * ``log``: ln(1 + (e^k - 1) u) / k, a blunter peak, the exact inverse of the exponential
    * ``impulse``: 1 at the apex, else 0. Where only some frames are taken the apex itself is often not among them: then
      the nearest frame that is taken carries the 1, else most clips would have no peak at all.
    * ``near``: 1 up to ``NEAR`` frames from the apex (and where the impulse is 1), else 0. Not one of P1's.

    Frames outside the clip get 0. The first three are monotone in u, so that a perfect regressor finds the same apex
    with each of them.

    Args:
        function: one of ``LABELS``, or ``near``.
        numbers: frame numbers, in the count of onset, apex and offset.
        onset, apex, offset: frame numbers; the apex may equal either end.
        steepness: k; 1 gives the formulas without a constant.

    Returns:
        ``(T,)`` float32 in [0, 1].

    Raises:
        MxeError: for an unknown function, a steepness that is not positive, or frames out of order.

    >>> label("linear", [10, 15, 20, 25, 30], onset=10, apex=20, offset=30).tolist()
    [0.0, 0.5, 1.0, 0.5, 0.0]
    """
    if function not in (*LABELS, "near"):
        raise MxeError(f"unknown label function '{function}': choose one of {', '.join(LABELS)}, near")
    if not steepness > 0:
        raise MxeError(f"label steepness {steepness}: give a positive number")
    if onset is None or apex is None or offset is None or not onset <= apex <= offset:
        raise MxeError(f"label of frames {onset}, {apex}, {offset}: needs onset <= apex <= offset")
    frames = np.asarray(numbers, dtype=np.int64)
    if function in ("impulse", "near"):
        impulse = _impulse(frames, onset, apex, offset)
        inside = (frames >= onset) & (frames <= offset) & (np.abs(frames - apex) <= NEAR)
        return np.maximum(impulse, inside).astype(np.float32) if function == "near" else impulse
    u = position(frames, onset, apex, offset)
    if function == "exponential":
        u = np.expm1(steepness * u) / np.expm1(steepness)
    elif function == "log":
        u = np.log1p(np.expm1(steepness) * u) / steepness
    return u.astype(np.float32)


def position(frames: np.ndarray, onset: int, apex: int, offset: int) -> np.ndarray:
    """The relative distance u: 0 at onset and offset (and beyond), 1 at the apex; ``(T,)`` float64.

    Where the apex is the onset (or the offset) the rising (or falling) side has no length and the apex still gets 1.
    """
    rising = (frames - onset) / max(apex - onset, 1)
    falling = (offset - frames) / max(offset - apex, 1)
    u = np.where(frames == apex, 1.0, np.where(frames < apex, rising, falling))
    return np.clip(u, 0.0, 1.0)


def _impulse(frames: np.ndarray, onset: int, apex: int, offset: int) -> np.ndarray:
    impulse = np.zeros(len(frames), dtype=np.float32)
    inside = np.flatnonzero((frames >= onset) & (frames <= offset))
    if len(inside):
        widest_gap = np.diff(np.sort(frames[inside])).max(initial=1)
        nearest = inside[np.abs(frames[inside] - apex).argmin()]
        if abs(int(frames[nearest]) - apex) <= widest_gap / 2:  # else these frames are a part without the apex
            impulse[nearest] = 1.0
    return impulse
