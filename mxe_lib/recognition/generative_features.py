"""Flow fields in the features of a trained recogniser: Frechet distance, precision and recall.

Sources: Heusel et al., NeurIPS 2017 (the distance); Kynkaanniemi et al., NeurIPS 2019 (precision and recall).
``generative_metrics`` asks them, beside much else, of fields that a generative model drew.
"""

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from mxe_lib.clips import CLASSES
from mxe_lib.compute import determinism
from mxe_lib.errors import MxeError
from mxe_lib.learning.samples import Samples

AXES = 4
"""Principal axes of the real features that a Frechet distance looks at: tens of fields give no larger covariance."""

NEIGHBOURS = 3
"""The k of precision and recall, as Kynkaanniemi et al. set it."""


def features(task, inputs: Tensor, batch_size: int = 256) -> np.ndarray:
    """What a trained recogniser's last layer reads, ``(N, D)`` float64: the layer before the last, ReLU included.

    Args:
        task: a trained ``RecognizeEmotion``; its network ends in a linear layer.
        inputs: ``(N, 2, H, W)`` flow, or Samples.

    Raises:
        MxeError: if the network has no linear layer.
    """
    inputs = inputs.inputs if isinstance(inputs, Samples) else inputs
    linear = [layer for layer in task.network.modules() if isinstance(layer, nn.Linear)]
    if not linear:
        raise MxeError(f"features: {type(task.network).__name__} has no linear layer: take another network")
    seen: list[Tensor] = []
    hook = linear[-1].register_forward_pre_hook(lambda _, given: seen.append(given[0].detach().cpu()))
    training, device = task.training, task.shift.device
    try:
        task.eval()
        with torch.inference_mode(), determinism.one_thread():
            for part in inputs.split(batch_size):
                task(task.prepared(part).to(device))
    finally:
        hook.remove()
        task.train(training)
    return torch.cat(seen).double().numpy()


def frechet(first: np.ndarray, second: np.ndarray, axes: np.ndarray | None = None) -> float:
    """Squared Frechet distance of two sets of features, each taken for a Gaussian.

    ``|m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2))``, as the FID of Heusel et al. With few samples it is too large even
    for two draws of one distribution: hold it against such a pair of the same sizes.

    Args:
        first, second: ``(N, D)``, ``(M, D)``.
        axes: ``(D, d)`` onto which both are projected before; see ``principal_axes``.

    Returns:
        The distance; NaN for fewer than two samples on either side.
    """
    if min(len(first), len(second)) < 2:
        return float("nan")
    if axes is not None:
        first, second = first @ axes, second @ axes
    covariances = [np.atleast_2d(np.cov(part, rowvar=False)) for part in (first, second)]
    root = _root(covariances[0])
    # The trace of (C1 C2)^(1/2) is that of (C1^(1/2) C2 C1^(1/2))^(1/2), which is symmetric.
    cross = np.sqrt(np.clip(np.linalg.eigvalsh(root @ covariances[1] @ root), 0, None)).sum()
    gap = first.mean(0) - second.mean(0)
    return float(max(gap @ gap + np.trace(covariances[0]) + np.trace(covariances[1]) - 2 * cross, 0))


def principal_axes(real: np.ndarray, count: int = AXES) -> np.ndarray:
    """``(D, count or fewer)``: directions of the largest variance of real features, scaled to a total variance of 1.

    With as many dimensions as samples a covariance is singular and a distance says more about the number of samples
    than about the fields. The common scale keeps the axes' proportions and makes a distance a share of the variance
    of real features, whatever the network.
    """
    centred = real - real.mean(0)
    _, spread, directions = np.linalg.svd(centred, full_matrices=False)
    kept = np.flatnonzero(spread > 1e-9 * max(spread[0], 1e-12))[:count]
    if not len(kept):
        return np.zeros((real.shape[1], 1))
    return directions[kept].T / np.sqrt((spread[kept] ** 2).sum() / max(len(real) - 1, 1))


def precision_recall(real: np.ndarray, drawn: np.ndarray, k: int = NEIGHBOURS) -> tuple[float, float]:
    """Shares of drawn samples inside the real ones' manifold (precision), and of real ones inside the drawn ones'.

    A manifold is the union of balls around its samples, each reaching to the k-th nearest other sample of the set.
    Collapse shows as recall near 0 beside high precision, noise as precision near 0.

    Args:
        real, drawn: ``(N, D)``, ``(M, D)`` features.

    Returns:
        (precision, recall); NaN for fewer than k + 1 samples on either side.
    """
    if min(len(real), len(drawn)) <= k:
        return float("nan"), float("nan")
    between = _euclidean(drawn, real)
    # A sample's distance to itself comes first of all, so the k-th nearest other has the number k.
    real_radius, drawn_radius = (np.sort(_euclidean(part, part), axis=1)[:, k] for part in (real, drawn))
    in_real, in_drawn = between <= real_radius, between <= drawn_radius[:, None]
    return float(in_real.any(1).mean()), float(in_drawn.any(0).mean())


def by_class(first: tuple, second: tuple, real: tuple) -> pd.DataFrame:
    """Frechet distance, precision and recall of two sets, class by class and of all classes.

    Args:
        first, second: ``(N, D)`` features and ``(N,)`` classes of each.
        real: the same of all real fields, whose principal axes the distance is taken in.

    Returns:
        A row for each class and for ``all``: class, frechet, precision, recall.
    """
    found = []
    for name in (*CLASSES, "all"):
        parts = []
        for values, classes in (first, second, real):
            chosen = np.ones(len(classes), bool) if name == "all" else classes.numpy() == CLASSES.index(name)
            parts.append(values[chosen])
        scores = {"frechet": float("nan"), "precision": float("nan"), "recall": float("nan")}
        if len(parts[2]) > 1:
            # A class of few fields gets fewer axes: each half should have several fields for every one of them.
            axes = principal_axes(parts[2], max(1, min(AXES, len(parts[0]) // 2)))
            scores["frechet"] = frechet(parts[0], parts[1], axes)
            scores["precision"], scores["recall"] = precision_recall(parts[0], parts[1])
        found.append({"class": name} | scores)
    return pd.DataFrame(found)


def _root(matrix: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T


def _euclidean(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return np.sqrt(((first[:, None] - second[None]) ** 2).sum(2))
