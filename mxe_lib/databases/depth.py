"""Images of more than eight bits made ones of eight: one factor for a clip, that some odd pixels cannot decide."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from mxe_lib.errors import MxeError

OUTLIERS = 0.02
"""Share of an image's pixels that may be cut to white if they are ``FAR`` brighter than all others: pixels of the
sensor that are stuck, or a date that was written into the picture."""

FAR = 2
"""Bits by which outliers are brighter. If they counted, the picture itself would be left with six bits or fewer."""

OVERSHOOT = 2.0
"""How far filters and corrections of light may lift floating-point values above the end of their range, 1 or 255."""


@dataclass(frozen=True)
class Scale:
    """How deep images become ones of eight bits.

    Attributes:
        factor: as ``factor_of``.
        note: in one line, what is cut to white, or which frame may be of another depth; '' if nothing is.
    """

    factor: float
    note: str = ""


def scale_of_arrays(images: Iterable[tuple[np.ndarray, str]]) -> Scale:
    """The scale of a clip.

    Where all but ``OUTLIERS`` of each image is darker by ``FAR`` bits than the brightest pixel, these bits are kept,
    and what is brighter becomes white.

    Args:
        images: as ``pixels.read_raw`` gives them, and their names.

    Raises:
        MxeError: if some hold fractions from 0 to 1 and others larger values: one factor would make those black.
    """
    brightest, fractions, floats, dark, example = 0.0, True, True, "", ""
    bulks: dict[str, float] = {}
    for image, where in images:
        demand_brightness(image, where)
        largest, floating = float(image.max()), image.dtype.kind == "f"
        most = float(np.partition(image, place := int((image.size - 1) * (1 - OUTLIERS)), axis=None)[place])
        lies_below = floating and (largest <= 1 or _is_fraction(image, largest, most))
        fractions, floats = fractions and lies_below, floats and floating
        if lies_below and largest > 0:
            dark = dark or where
        if largest > brightest:
            brightest, example = largest, where
        if image.dtype != np.uint8:
            bulks[where] = most
    if fractions:
        return Scale(255.0, _cut(example, brightest, 1) if brightest > 1 else "")
    if dark:
        raise MxeError(
            f"{dark} has values from 0 to 1, other frames of the clip do not: keep one kind of image in a clip's folder"
        )
    bulk, notes = max(bulks.values(), default=0.0), _of_another_depth(bulks)
    bits, bits_of_most = _bits(brightest), max(8, _bits(bulk))
    overshoots = floats and bulk < 256 <= brightest <= 255 * OVERSHOOT
    if (bits - bits_of_most >= FAR or overshoots) and bulk >= 1:
        notes.append(_cut(example, brightest, 2**bits_of_most))
        bits = bits_of_most
    return Scale(2.0 ** min(0, 8 - bits), " ".join(notes))


def _cut(where: str, brightest: float, limit: int) -> str:
    return (
        f"{where} has some pixels of {brightest:.6g}, where nearly all of the clip is up to {limit}: what is "
        "brighter is cut to white."
    )


def _of_another_depth(bulks: dict[str, float]) -> list[str]:
    """A note on the darkest of a clip's deep images, if it is darker than light explains."""
    dark, light = (each(bulks, key=bulks.__getitem__, default="") for each in (min, max))
    if not dark or 2.0**FAR * bulks[dark] > bulks[light]:
        return []
    return [
        f"{dark} is far darker than {light} (nearly all up to {bulks[dark]:.6g}, there {bulks[light]:.6g}): are they "
        "of one depth?"
    ]


def _is_fraction(image: np.ndarray, largest: float, most: float) -> bool:
    """Whether floating-point values that are not all up to 1 are fractions nonetheless."""
    return (largest <= OVERSHOOT or 0.02 < most <= 1) and bool((image != np.floor(image)).any())


def _bits(value: float) -> int:
    return int(np.log2(max(1.0, value))) + 1


def to_8_bits(image: np.ndarray, factor: float, where: str) -> np.ndarray:
    """An image as ``read_raw`` gives it in uint8.

    Raises:
        MxeError: if more of it is brighter than the factor allows for than some outliers, or it holds what is no
            brightness.
    """
    if image.dtype == np.uint8:
        return image
    demand_brightness(image, where)
    scaled = np.floor(image * factor + 1e-3)  # 1 / 255, in floating point, may come back as 0.9999
    overshoots = factor == 255 and scaled.max() <= 255 * OVERSHOOT
    if not overshoots and np.mean(scaled > 255) > OUTLIERS:
        raise MxeError(f"{where} has more bits than the clip's other frames: keep one kind of image in a clip's folder")
    return np.minimum(scaled, 255).astype(np.uint8)


def demand_brightness(image: np.ndarray, where: str) -> None:
    """Raises MxeError if deep values are negative or undefined."""
    if image.dtype != np.uint8 and not (np.isfinite(image).all() and image.min() >= 0):
        raise MxeError(f"{where} holds negative or undefined values: export the clip's frames in 8 or 16 bits")
