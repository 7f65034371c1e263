"""Whether a clip's images come from two cameras in turn, which no name may tell."""

from collections.abc import Sequence

import numpy as np


def small(image: np.ndarray) -> np.ndarray:
    """Some pixels, less their mean: light that flickers is no other camera."""
    step = max(1, min(image.shape[:2]) // 32)
    grey = image[::step, ::step].astype(np.float32)
    grey = grey if grey.ndim == 2 else grey.mean(axis=2)
    return grey - grey.mean()


def alternate(images: Sequence[np.ndarray]) -> bool:
    """Whether neighbours differ far more than images two apart, all along; a face that moves does the contrary."""
    if len(images) < 6:
        return False
    near, far = ([float(np.abs(b - a).mean()) for a, b in zip(images, images[n:], strict=False)] for n in (1, 2))
    return min(near) > 2 and min(near) > 3 * float(np.median(far))
