"""What has to be beaten: predictors that look at no pixel, and the simplest ones that look at all of them.

They return the same tables as the networks (``rules.pick``, ``crossval.cross_validate``), so that they are scored by
the same code and stand in the same result tables.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import softmax
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from threadpoolctl import threadpool_limits

from mxe_lib.clips import CLASSES
from mxe_lib.errors import MxeError


def always_negative(samples) -> pd.DataFrame:
    """The largest class for every clip: accuracy 0.566 and UF1 0.24 on the composite.

    Args:
        samples: recognition samples, one row a clip (``samples.Samples``).
    """
    probabilities = np.zeros((len(samples.classes), len(CLASSES)))
    probabilities[:, 0] = 1
    return _recognition_table(samples, np.arange(len(probabilities)), probabilities, fold="none")


def logistic_regression(samples, folds: Sequence, *, C: float = 0.001) -> pd.DataFrame:
    """Class-balanced logistic regression on all pixels of all channels, each standardised on the training folds.

    Measured with one subject left out at a time on the 442 public maps of the MEGC 2019 composite: UF1 0.722, UAR
    0.747.

    Args:
        samples: recognition samples, one row a clip (``samples.Samples``).
        folds: with ``name``, ``train`` and ``test`` clip ids; each clip is tested once.
        C: inverse strength of the penalty; small, since there are ten times as many pixels as clips.

    Raises:
        MxeError: if a fold trains on a single class.
    """
    pixels = np.asarray(samples.inputs, dtype=np.float64).reshape(len(samples.inputs), -1)
    classes = np.asarray(samples.classes)
    ids = _ids(samples)
    parts = []
    with threadpool_limits(1):  # sums in one order on every machine, and faster for problems of this size
        for fold in folds:
            train, test = np.isin(ids, list(fold.train)), np.isin(ids, list(fold.test))
            if len(np.unique(classes[train])) < 2:
                raise MxeError(f"fold {fold.name}: its training clips are all of one class: use fewer, larger folds")
            scaler = StandardScaler().fit(pixels[train])
            known, unknown = rotated(scaler.transform(pixels[train]), scaler.transform(pixels[test]))
            model = LogisticRegression(C=C, class_weight="balanced", max_iter=2000).fit(known, classes[train])
            probabilities = np.zeros((test.sum(), len(CLASSES)))
            probabilities[:, model.classes_] = model.predict_proba(unknown)
            parts.append(_recognition_table(samples, np.flatnonzero(test), probabilities, fold=fold.name))
    return pd.concat(parts, ignore_index=True)


def pca_svm(samples, folds: Sequence, *, components: int = 50, C: float = 1.0) -> pd.DataFrame:
    """Class-balanced support vector machine with a Gaussian kernel on the pixels' principal components.

    The classifier that the field used before networks. Pixels are standardised, components found and the kernel's width
    set (scikit-learn's ``scale``) on the training folds. The ``p_`` columns are a softmax of the machine's one-vs-rest
    scores: they rank the classes and are no probabilities.

    Args:
        samples, folds: as for ``logistic_regression``.
        components: at most; C: scikit-learn's defaults for both kernel and penalty.

    Raises:
        MxeError: if a fold does not train on all classes.
    """
    pixels = np.asarray(samples.inputs, dtype=np.float64).reshape(len(samples.inputs), -1)
    classes, ids, parts = np.asarray(samples.classes), _ids(samples), []
    with threadpool_limits(1):
        for fold in folds:
            train, test = np.isin(ids, list(fold.train)), np.isin(ids, list(fold.test))
            if len(np.unique(classes[train])) < len(CLASSES):
                raise MxeError(f"fold {fold.name}: no training clip of some class: use fewer, larger folds")
            scaler = StandardScaler().fit(pixels[train])
            known, unknown = rotated(scaler.transform(pixels[train]), scaler.transform(pixels[test]))
            kept = np.argsort(-known.var(0))[:components]  # axes of the training pixels: these are PCA's components
            machine = SVC(C=C, class_weight="balanced", decision_function_shape="ovr").fit(
                known[:, kept], classes[train]
            )
            probabilities = softmax(machine.decision_function(unknown[:, kept]), axis=1)
            parts.append(_recognition_table(samples, np.flatnonzero(test), probabilities, fold=fold.name))
    return pd.concat(parts, ignore_index=True)


def rotated(train: np.ndarray, test: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both in the coordinates of the training clips' principal axes: 300 columns, not 2,352, so four times faster.

    Nothing is lost: a penalised linear model's weights lie in the span of its training clips, and its penalty is the
    same in any orthogonal basis of it. Of far more clips than pixels the pixels' axes are taken, for the cost of the
    clips' grows with their third power (the factor keeps the numbers of runs that were published).
    """
    if len(train) > 3 * train.shape[1]:
        axes = np.linalg.eigh(train.T @ train)[1]
        return train @ axes, test @ axes
    variance, axes = np.linalg.eigh(train @ train.T)
    kept = variance > 1e-9 * variance[-1]
    scale = np.sqrt(variance[kept])
    return axes[:, kept] * scale, test @ train.T @ axes[:, kept] / scale


def _ids(samples) -> np.ndarray:
    return np.array([samples.clips[i].id for i in np.asarray(samples.clip_index)])


def _recognition_table(samples, rows: np.ndarray, probabilities: np.ndarray, fold: str) -> pd.DataFrame:
    clips = [samples.clips[i] for i in np.asarray(samples.clip_index)[rows]]
    table = pd.DataFrame(
        {
            "clip": [clip.id for clip in clips],
            "database": [clip.database for clip in clips],
            "subject": [clip.subject_id for clip in clips],
            "fold": fold,
            "seed": 0,
            "y_true": np.asarray(samples.classes)[rows],
            "y_pred": probabilities.argmax(1),
        }
    )
    return table.assign(**{f"p_{name}": probabilities[:, i] for i, name in enumerate(CLASSES)})
