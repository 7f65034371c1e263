"""The scores of the study: of recognition from a confusion matrix, of spotting from frame errors.

Recognition scores pool the predictions of all folds first and score once (MEGC 2019 rule): 23 of the composite's 68
test folds hold a single class, so a mean of per-fold scores says little. Every score is a function of the pooled
confusion matrix, for one matrix or a whole stack of them, which is what makes the bootstrap of ``intervals.py`` fast.

A class with neither a clip nor a prediction scores 0 and stays in the mean. MEGC 2019 always averages over its three
classes, and a score of 0 can be too low but never too high. On the real composite the case does not arise.
"""

import numpy as np
from numpy.typing import ArrayLike
from sklearn.metrics import confusion_matrix

from mxe_lib.clips import CLASSES
from mxe_lib.errors import MxeError


def confusion(y_true: ArrayLike, y_pred: ArrayLike, classes: int = len(CLASSES)) -> np.ndarray:
    """Clips by true class (rows) and predicted class (columns).

    Args:
        y_true, y_pred: ``(N,)`` labels 0 .. classes - 1, in the order of ``CLASSES``.

    Returns:
        ``(classes, classes)`` int64.

    Raises:
        MxeError: if the lengths differ, there is no label at all, or one lies outside the range.

    >>> confusion([0, 0, 1, 2], [0, 1, 1, 2])
    array([[1, 1, 0],
           [0, 1, 0],
           [0, 0, 1]])
    """
    y_true, y_pred = np.asarray(y_true), np.asarray(y_pred)
    if y_true.shape != y_pred.shape or y_true.ndim != 1 or y_true.size == 0:
        raise MxeError(f"labels of shapes {y_true.shape} and {y_pred.shape}: give one prediction for each true label")
    for labels in (y_true, y_pred):
        if not np.isin(labels, np.arange(classes)).all():
            raise MxeError(f"labels {sorted(set(labels.tolist()))}: use 0 to {classes - 1} only")
    return confusion_matrix(y_true, y_pred, labels=np.arange(classes))


def uf1(y_true: ArrayLike, y_pred: ArrayLike) -> float:
    """Unweighted F1: the mean of the classes' F1 over pooled TP, FP and FN (MEGC 2019; scikit-learn's macro F1).

    >>> round(uf1([0, 0, 1, 2], [0, 1, 1, 2]), 4)
    0.7778
    """
    return float(uf1_of(confusion(y_true, y_pred)))


def uar(y_true: ArrayLike, y_pred: ArrayLike) -> float:
    """Unweighted average recall: the mean of the classes' recalls (MEGC 2019; macro recall)."""
    return float(uar_of(confusion(y_true, y_pred)))


def accuracy(y_true: ArrayLike, y_pred: ArrayLike) -> float:
    """Share of correct clips: what P1 prints as its "F1-score" (see ``decode.decode``)."""
    return float(accuracy_of(confusion(y_true, y_pred)))


def pooled_ovr_accuracy(y_true: ArrayLike, y_pred: ArrayLike) -> float:
    """Accuracy of the three one-vs-rest tables pooled: what P1 prints as its "accuracy" (eq 8 on Table 2).

    An error is wrong in two of the three tables and right in the third, so this is 1 - (2/3)(1 - accuracy).
    """
    return float(pooled_ovr_accuracy_of(confusion(y_true, y_pred)))


def per_class_f1_of(matrix: np.ndarray) -> np.ndarray:
    """``(..., C)`` F1 of each class from ``(..., C, C)`` confusion matrices: 2 TP / (2 TP + FP + FN)."""
    hits = np.diagonal(matrix, axis1=-2, axis2=-1)
    return _ratio(2 * hits, matrix.sum(-1) + matrix.sum(-2))


def uf1_of(matrix: np.ndarray) -> np.ndarray:
    """UF1 of ``(..., C, C)`` confusion matrices."""
    return per_class_f1_of(matrix).mean(-1)


def uar_of(matrix: np.ndarray) -> np.ndarray:
    """UAR of ``(..., C, C)`` confusion matrices."""
    return _ratio(np.diagonal(matrix, axis1=-2, axis2=-1), matrix.sum(-1)).mean(-1)


def accuracy_of(matrix: np.ndarray) -> np.ndarray:
    """Accuracy of ``(..., C, C)`` confusion matrices."""
    return _ratio(np.trace(matrix, axis1=-2, axis2=-1), matrix.sum((-2, -1)))


def pooled_ovr_accuracy_of(matrix: np.ndarray) -> np.ndarray:
    """Pooled one-vs-rest accuracy of ``(..., C, C)`` confusion matrices, summed from the C tables themselves."""
    total = matrix.sum((-2, -1))
    hits = np.trace(matrix, axis1=-2, axis2=-1)
    classes = matrix.shape[-1]
    false_positives = false_negatives = total - hits
    true_negatives = (classes - 1) * total - false_positives
    return _ratio(hits + true_negatives, hits + true_negatives + false_positives + false_negatives)


RECOGNITION = {"uf1": uf1_of, "uar": uar_of, "accuracy": accuracy_of, "pooled_ovr_accuracy": pooled_ovr_accuracy_of}
RECOGNITION |= {
    f"f1_{name}": lambda matrix, number=number: per_class_f1_of(matrix)[..., number]
    for number, name in enumerate(CLASSES)
}
"""The recognition scores of the result tables: name -> function of a confusion matrix."""


def errors(apex: ArrayLike, predicted: ArrayLike) -> np.ndarray:
    """``(N,)`` absolute distances in frames between true and predicted apex.

    Raises:
        MxeError: if the lengths differ, there is no clip, or a clip has no apex (SMIC has none: nothing to score).
    """
    apex, predicted = np.asarray(apex, dtype=float), np.asarray(predicted, dtype=float)
    if apex.shape != predicted.shape or apex.size == 0:
        raise MxeError(f"apexes of shapes {apex.shape} and {predicted.shape}: give one prediction for each true apex")
    if not (np.isfinite(apex).all() and np.isfinite(predicted).all()):
        raise MxeError("a clip without an apex cannot be scored: keep only clips whose apex is known")
    return np.abs(predicted - apex)


def mae(apex: ArrayLike, predicted: ArrayLike) -> float:
    """Mean absolute error in frames (P1 eq 7, P2 eq 8).

    >>> mae([10, 20], [13, 19])
    2.0
    """
    return float(errors(apex, predicted).mean())


def mae_ms(apex: ArrayLike, predicted: ArrayLike, fps: ArrayLike) -> float:
    """Mean absolute error in milliseconds: comparable between 100 and 200 frames a second, which frames are not."""
    return float((errors(apex, predicted) * 1000.0 / np.asarray(fps, dtype=float)).mean())


def within(apex: ArrayLike, predicted: ArrayLike, k: int = 5) -> float:
    """Share of clips whose apex is missed by at most ``k`` frames."""
    return float((errors(apex, predicted) <= k).mean())


def middle(onset: ArrayLike, offset: ArrayLike) -> np.ndarray:
    """The middle frame, floor((onset + offset) / 2): the prediction that every spotter has to beat."""
    return (np.asarray(onset, dtype=np.int64) + np.asarray(offset, dtype=np.int64)) // 2


def skill(apex: ArrayLike, predicted: ArrayLike, onset: ArrayLike, offset: ArrayLike) -> float:
    """1 - MAE / MAE of the middle frame on the same clips: 1 is perfect, 0 no better than the middle, below 0 worse."""
    return float(skill_of(clip_sums(apex, predicted, onset, offset, fps=1).sum(0)))


def clip_sums(apex: ArrayLike, predicted: ArrayLike, onset: ArrayLike, offset: ArrayLike, fps: ArrayLike) -> np.ndarray:
    """What each clip adds to the spotting scores: ``(N, 5)``, to be summed over any set of clips.

    The columns are 1, error in frames, error in milliseconds, error at most 5 frames (0 or 1), the middle's error.
    """
    error = errors(apex, predicted)
    milliseconds = error * 1000.0 / np.broadcast_to(np.asarray(fps, dtype=float), error.shape)
    return np.stack(
        [np.ones_like(error), error, milliseconds, error <= 5, errors(apex, middle(onset, offset))], axis=-1
    ).astype(float)


def skill_of(sums: np.ndarray) -> np.ndarray:
    """Skill from ``(..., 5)`` summed ``clip_sums``; 0 where the middle frame is perfect."""
    return _ratio(sums[..., 4] - sums[..., 1], sums[..., 4])


SPOTTING = {
    "mae": lambda sums: _ratio(sums[..., 1], sums[..., 0]),
    "mae_ms": lambda sums: _ratio(sums[..., 2], sums[..., 0]),
    "within_5": lambda sums: _ratio(sums[..., 3], sums[..., 0]),
    "skill": skill_of,
}
"""The spotting scores of the result tables: name -> function of ``(..., 5)`` summed ``clip_sums``."""

UNITS = {"mae": "frames", "mae_ms": "ms"}
"""Units of the scores that have one."""


def _ratio(numerator, denominator) -> np.ndarray:
    """numerator / denominator, and 0 where the denominator is 0."""
    numerator, denominator = np.asarray(numerator, dtype=float), np.asarray(denominator, dtype=float)
    return np.divide(numerator, denominator, out=np.zeros(np.shape(denominator)), where=denominator != 0)
