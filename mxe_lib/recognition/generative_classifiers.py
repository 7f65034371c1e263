"""Flow fields as classifiers see them: can drawn ones be told from real ones, and do they show the class asked for?

``generative_metrics`` asks both of fields that a generative model drew.
"""

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits
from torch import Tensor

from mxe_lib.clips import CLASSES
from mxe_lib.compute import determinism
from mxe_lib.evaluation import metrics
from mxe_lib.learning.samples import Samples
from mxe_lib.recognition import linear
from mxe_lib.vision import fields as flow_fields


def told_from_real(
    samples: Samples, fields: Tensor, classes: Tensor, *, parts: int = 5, halvings: int = 10
) -> tuple[float, float]:
    """How often a classifier tells drawn from real fields that it has not seen: 0.5 = not at all, 1 = always.

    Args:
        samples: real fields; fields, classes: drawn ones.
        parts: folds; no subject's real fields are in two of them.
        halvings: random halves of the real subjects for the control.

    Returns:
        (accuracy on real against drawn, the same of real subjects against each other). The second one says what the
        classifier makes of people alone; NaN for fewer than four subjects or no halvings. An accuracy far below 0.5
        says that drawn fields copy real ones: their originals are met in another fold with the other answer.
    """
    subjects = np.array(samples.subject_ids)
    real = _readable(samples.inputs), samples.classes.numpy(), subjects
    drawn = _readable(fields), classes.numpy(), np.arange(len(fields)).astype(str)
    accuracy = told_apart(real, drawn, parts=parts)
    names = np.unique(subjects)
    if len(names) < 4 or not halvings:
        return accuracy, float("nan")
    generator, controls = np.random.default_rng(0), []
    for _ in range(halvings):
        first = np.isin(subjects, generator.permutation(names)[: len(names) // 2])
        controls.append(
            told_apart(*(tuple(array[chosen] for array in real) for chosen in (first, ~first)), parts=parts)
        )
    return accuracy, float(np.nanmean(controls))


def told_apart(first: tuple, second: tuple, *, parts: int = 5, C: float = 0.001) -> float:
    """Balanced accuracy of logistic regression between two sets, cross-validated over groups.

    Both in training and in scoring each set counts as much as the other and, in each, every class as much as the
    others: otherwise sets could be told apart by the shares of their classes.

    Args:
        first, second: ``(N, D)`` values, ``(N,)`` classes and ``(N,)`` groups, of which none is in two folds.
        parts: folds, fewer where there are fewer groups.
        C: inverse strength of the penalty, as in ``linear.logistic_regression``.

    Returns:
        The accuracy; NaN where a set has a single group.
    """
    parts = min(parts, *(len(np.unique(groups)) for _, _, groups in (first, second)))
    if parts < 2:
        return float("nan")
    values = np.concatenate([first[0], second[0]])
    target = np.repeat([0, 1], [len(first[0]), len(second[0])])
    fold = np.concatenate([group_folds(groups, parts) for _, _, groups in (first, second)])
    weight = np.concatenate([_even(classes) for _, classes, _ in (first, second)])
    right = np.zeros(len(target))
    with threadpool_limits(1):
        for number in range(parts):
            train, test = fold != number, fold == number
            scaler = StandardScaler().fit(values[train])
            known, unknown = linear.rotated(scaler.transform(values[train]), scaler.transform(values[test]))
            own = weight[train].copy()
            for side in (0, 1):
                own[target[train] == side] /= own[target[train] == side].sum()
            model = LogisticRegression(C=C, max_iter=2000)
            model.fit(known, target[train], sample_weight=own * len(own) / 2)
            right[test] = model.predict(unknown) == target[test]
    return float(np.mean([np.average(right[target == side], weights=weight[target == side]) for side in (0, 1)]))


def class_agreement(task, fields: Tensor, classes: Tensor) -> dict[str, float]:
    """How often a recogniser that was trained on true fields names the class that a field was drawn for.

    Returns:
        For each class the share of its fields, NaN without any, and ``all``, their mean; chance is 1/3.
    """
    matrix = class_confusion(task, fields, classes)
    shares = [float(row[n] / row.sum()) if row.sum() else float("nan") for n, row in enumerate(matrix)]
    return dict(zip(CLASSES, shares, strict=True)) | {"all": float(np.mean(shares))}


def class_confusion(task, fields: Tensor, classes: Tensor) -> np.ndarray:
    """``(3, 3)`` fields by the class that was asked for and the class that the recogniser names."""
    task = task.cpu().eval()
    with torch.inference_mode(), determinism.one_thread():
        parts = [task(task.prepared(part)) for part in fields.split(256)]
    return metrics.confusion(classes.numpy(), torch.cat(parts).argmax(1).numpy())


def _readable(fields: Tensor) -> np.ndarray:
    """``(N, 3 H W)``: u, v and strain, which tells smooth fields from rough ones; a linear model of u and v can't."""
    flow = fields.numpy()
    return np.concatenate([flow, flow_fields.strain(flow)[:, None]], 1).reshape(len(flow), -1).astype(np.float64)


def group_folds(groups: np.ndarray, parts: int) -> np.ndarray:
    """A fold for each row: whole groups, the largest first, each to the fold that has the fewest rows.

    scikit-learn's ``GroupKFold`` does the same, but orders groups of one size otherwise, which would change the tables.
    """
    names, counts = np.unique(groups, return_counts=True)
    filled, fold_of = np.zeros(parts, int), {}
    for place in np.argsort(-counts, kind="stable"):
        fold_of[names[place]] = int(filled.argmin())
        filled[fold_of[names[place]]] += counts[place]
    return np.array([fold_of[group] for group in groups])


def _even(classes: np.ndarray) -> np.ndarray:
    """Weights that give each class the same sum."""
    _, index, counts = np.unique(classes, return_inverse=True, return_counts=True)
    return 1 / counts[index]
