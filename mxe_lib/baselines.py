"""What has to be beaten: predictors that look at no pixel, and the simplest ones that look at all of them.

They return the same tables as the networks (``spotting.pick``, ``crossval.cross_validate``), so that they are scored by
the same code and stand in the same result tables.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from scipy import stats
from scipy.special import softmax
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from threadpoolctl import threadpool_limits

from mxe_lib.clips import CLASSES, Clip
from mxe_lib.errors import MxeError
from mxe_lib.evaluation import metrics

SPOTTING_COLUMNS = ("clip", "database", "subject", "seed", "onset", "apex", "offset", "fps", "predicted")
RECOGNITION_COLUMNS = (
    *("clip", "database", "subject", "fold", "seed", "y_true", "y_pred"),
    *(f"p_{name}" for name in CLASSES),
)


# ---- Spotting ------------------------------------------------------------------------------------


def naive_spotters(samples, seed: int = 0) -> dict[tuple[str, str], pd.DataFrame]:
    """All of this section, as systems of a result table: (name, "") -> predictions.

    What learns from other subjects' annotations is left out, with a warning, where a database has one subject only.

    Args:
        samples: spotting samples (``samples.spotting_samples``), flow from the onset.
    """
    clips = samples.clips
    tables = {"middle_frame": middle_frame(clips)}
    for learned in (mean_relative_position, median_relative_position, line_on_length):
        try:
            tables[learned.__name__] = learned(clips)
        except MxeError as error:
            warnings.warn(f"left out {learned.__name__}: {error}", stacklevel=2)
    tables |= {
        "uniform_random": uniform_random(clips, seed),
        "always_onset": always_onset(clips),
        "flow_magnitude_peak": flow_magnitude_peak(samples),
    }
    return {(name, ""): table for name, table in tables.items()}


LEARNED = dict.fromkeys(("mean_relative_position", "median_relative_position", "line_on_length"), "loso")
"""The protocol of those of them that learn from other subjects' annotations."""


def middle_frame(clips: Sequence[Clip]) -> pd.DataFrame:
    """floor((onset + offset) / 2): on the real databases closer to the apex than most published spotters."""
    return _spotting_table(clips, metrics.middle(*_ends(clips)))


def always_onset(clips: Sequence[Clip]) -> pd.DataFrame:
    """The first frame: what a network with one softmax node predicts, whose scores are all 1 (``specs.md`` §0.3)."""
    return _spotting_table(clips, _ends(clips)[0])


def mean_relative_position(clips: Sequence[Clip]) -> pd.DataFrame:
    """The mean of (apex - onset) / (offset - onset) over the other subjects of the same database, to the nearest frame.

    Raises:
        MxeError: if a clip has no apex, or a database has one subject only.
    """
    return _from_length(clips, lambda rise, length: (0, (rise / length).mean()))


def median_relative_position(clips: Sequence[Clip]) -> pd.DataFrame:
    """As ``mean_relative_position``, with the median: what minimises an absolute error."""
    return _from_length(clips, lambda rise, length: (0, np.median(rise / length)))


def line_on_length(clips: Sequence[Clip]) -> pd.DataFrame:
    """Onset to apex as a straight line of the clip's length: slope and intercept of Theil and Sen, other subjects only.

    The medians of all pairwise slopes and of the residuals: a few odd annotations don't tilt it.
    """

    def fit(rise: np.ndarray, length: np.ndarray) -> tuple[float, float]:
        if len(np.unique(length)) < 2:
            return 0, np.median(rise / length)
        line = stats.theilslopes(rise, length, method="joint")
        return line.intercept, line.slope

    return _from_length(clips, fit)


def _from_length(clips: Sequence[Clip], fit: Callable[[np.ndarray, np.ndarray], tuple[float, float]]) -> pd.DataFrame:
    """Each subject's apexes by ``onset + intercept + slope * length``, fitted to its database's other subjects."""
    onset, offset = _ends(clips)
    if any(clip.apex is None for clip in clips):
        raise MxeError("a relative position is learned from true apexes: keep only clips that have one")
    length = np.maximum(offset - onset, 1)
    rise = np.array([clip.apex for clip in clips]) - onset
    database = np.array([clip.database for clip in clips])
    subject = np.array([clip.subject_id for clip in clips])
    predicted = np.empty(len(clips), dtype=np.int64)
    for left_out in np.unique(subject):
        test = subject == left_out
        train = (database == database[test][0]) & ~test
        if not train.any():
            raise MxeError(f"{left_out}: no other subject of its database to learn from: give at least two")
        intercept, slope = fit(rise[train], length[train])
        found = onset[test] + np.floor(intercept + slope * (offset - onset)[test] + 0.5)
        predicted[test] = np.clip(found, onset[test], offset[test])
    return _spotting_table(clips, predicted)


def uniform_random(clips: Sequence[Clip], seed: int = 0) -> pd.DataFrame:
    """Any frame from onset to offset; which one hangs on the clip and the seed alone, not on the order of clips."""
    predicted = [
        np.random.default_rng(_number(seed, clip.id)).integers(clip.onset, clip.offset + 1) for clip in _checked(clips)
    ]
    return _spotting_table(clips, predicted, seed)


def flow_magnitude_peak(samples) -> pd.DataFrame:
    """The frame whose flow from the onset is largest on average; the middle one of several equals.

    Args:
        samples: spotting samples (``samples.spotting_samples``).
    """
    predicted = []
    for _, flow, numbers in samples.per_clip():
        magnitude = np.hypot(flow[:, 0], flow[:, 1]).mean((1, 2))
        peaks = np.flatnonzero(magnitude == magnitude.max())
        predicted.append(numbers[peaks[(len(peaks) - 1) // 2]])
    return _spotting_table(samples.clips, predicted)


# ---- Recognition ---------------------------------------------------------------------------------


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

    Measured with one subject left out at a time on the public maps of CASME II and SMIC-HS (309 clips): UF1 0.7555.

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
            known, unknown = _rotated(scaler.transform(pixels[train]), scaler.transform(pixels[test]))
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
            known, unknown = _rotated(scaler.transform(pixels[train]), scaler.transform(pixels[test]))
            kept = np.argsort(-known.var(0))[:components]  # axes of the training pixels: these are PCA's components
            machine = SVC(C=C, class_weight="balanced", decision_function_shape="ovr").fit(
                known[:, kept], classes[train]
            )
            probabilities = softmax(machine.decision_function(unknown[:, kept]), axis=1)
            parts.append(_recognition_table(samples, np.flatnonzero(test), probabilities, fold=fold.name))
    return pd.concat(parts, ignore_index=True)


def _rotated(train: np.ndarray, test: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both in the coordinates of the training clips' principal axes: 300 columns, not 2,352, so four times faster.

    Nothing is lost: a penalised linear model's weights lie in the span of its training clips, and its penalty is the
    same in any orthogonal basis of it.
    """
    variance, axes = np.linalg.eigh(train @ train.T)
    kept = variance > 1e-9 * variance[-1]
    scale = np.sqrt(variance[kept])
    return axes[:, kept] * scale, test @ train.T @ axes[:, kept] / scale


# ---- Tables --------------------------------------------------------------------------------------


def _checked(clips: Sequence[Clip]) -> Sequence[Clip]:
    for clip in clips:
        if clip.onset is None or clip.offset is None:
            raise MxeError(f"{clip.id}: has no onset and offset (only a flow map): it cannot be spotted in")
    return clips


def _ends(clips: Sequence[Clip]) -> tuple[np.ndarray, np.ndarray]:
    clips = _checked(clips)
    return np.array([clip.onset for clip in clips]), np.array([clip.offset for clip in clips])


def _spotting_table(clips: Sequence[Clip], predicted: Sequence[int], seed: int = 0) -> pd.DataFrame:
    rows = [
        (c.id, c.database, c.subject_id, seed, c.onset, np.nan if c.apex is None else c.apex, c.offset, c.fps, int(p))
        for c, p in zip(clips, predicted, strict=True)
    ]
    return pd.DataFrame(rows, columns=list(SPOTTING_COLUMNS))


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


def _number(*parts: object) -> int:
    return int.from_bytes(hashlib.sha256(repr(parts).encode()).digest()[:8], "little")
