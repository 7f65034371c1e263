"""Flow fields as arrays: resizing, scaling, strain, mirroring. numpy only.

A flow field is ``(..., 2, H, W)`` float32: ``u`` (to the right) and ``v`` (down), in pixels.
"""

import numpy as np


def resize(field: np.ndarray, size: int) -> np.ndarray:
    """Bilinear resizing to ``size`` x ``size``, aligned at pixel corners as OpenCV's ``INTER_LINEAR`` does.

    The values stay as they are: whoever wants flow in pixels of the new grid multiplies it by ``size / W``.

    Args:
        field: ``(..., H, W)``.

    Returns:
        ``(..., size, size)`` float32.

    >>> resize(np.array([[0.0, 4.0], [0.0, 4.0]]), 4)[0]
    array([0., 1., 3., 4.], dtype=float32)
    """
    field = np.asarray(field, dtype=np.float32)
    for axis in (-2, -1):
        length = field.shape[axis]
        if length == size:
            continue
        position = np.clip((np.arange(size) + 0.5) * length / size - 0.5, 0, length - 1)
        low = np.floor(position).astype(int)
        high = np.minimum(low + 1, length - 1)
        weight = (position - low).astype(np.float32)
        weight = weight[:, None] if axis == -2 else weight
        field = field.take(low, axis) * (1 - weight) + field.take(high, axis) * weight
    return field


def min_max(field: np.ndarray) -> np.ndarray:
    """Each image and channel scaled to [0, 1]; a constant channel becomes 0.

    This is how the public flow maps are scaled. Zero flow is then not a fixed grey value.

    Args:
        field: ``(..., H, W)``.

    Returns:
        The same shape, float32.
    """
    field = np.asarray(field, dtype=np.float32)
    low, high = field.min((-2, -1), keepdims=True), field.max((-2, -1), keepdims=True)
    return (field - low) / np.where(high > low, high - low, 1)


def strain(flow: np.ndarray) -> np.ndarray:
    """Optical strain ``sqrt(u_x^2 + v_y^2 + (u_y + v_x)^2 / 2)``: how much the skin is stretched or sheared.

    Forward differences, 0 beyond the last row and column (Liong et al., ACCV 2016; STSTNet eqs. 5-7). A translation of
    the whole head strains nothing.

    Args:
        flow: ``(..., 2, H, W)`` in pixels.

    Returns:
        ``(..., H, W)`` float32.
    """
    flow = np.asarray(flow, dtype=np.float32)
    u, v = flow[..., 0, :, :], flow[..., 1, :, :]
    shear = _forward(u, -2) + _forward(v, -1)
    return np.sqrt(_forward(u, -1) ** 2 + _forward(v, -2) ** 2 + shear**2 / 2)


def flow_map(flow: np.ndarray, size: int = 28) -> np.ndarray:
    """What the public flow maps are: u, v and strain, resized, each scaled to [0, 1] per image.

    Args:
        flow: ``(N, 2, H, W)`` in pixels; strain is computed at this resolution.

    Returns:
        ``(N, 3, size, size)`` float32.
    """
    flow = np.asarray(flow, dtype=np.float32)
    return min_max(resize(np.concatenate([flow, strain(flow)[..., None, :, :]], axis=-3), size))


def mirror(flow: np.ndarray) -> np.ndarray:
    """The flow of the mirrored face: left and right swapped, u negated.

    Args:
        flow: ``(..., 2, H, W)``.
    """
    return flow[..., ::-1] * np.array([-1, 1], dtype=flow.dtype)[:, None, None]


def _forward(field: np.ndarray, axis: int) -> np.ndarray:
    return np.diff(field, axis=axis, append=field.take([-1], axis))
