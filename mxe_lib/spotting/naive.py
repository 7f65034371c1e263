"""Spotters that learn nothing from pixels: what every other has to beat.

They return the same tables as ``rules.pick``, so that they are scored by the same code and stand in the same tables.
"""

import warnings
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from scipy import stats

from mxe_lib.clips import Clip
from mxe_lib.compute import seeds
from mxe_lib.errors import MxeError
from mxe_lib.evaluation import metrics

SPOTTING_COLUMNS = ("clip", "database", "subject", "seed", "onset", "apex", "offset", "fps", "predicted")


def naive_spotters(samples, seed: int = 0) -> dict[tuple[str, str], pd.DataFrame]:
    """All spotters of this file, as systems of a result table: (name, "") -> predictions.

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
    """The first frame: what a network with one softmax node predicts, whose scores are all 1."""
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

    The medians of all pairwise slopes and of the residuals are taken, so that a few odd annotations don't tilt it.
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
    """Any frame from onset to offset; which one depends on the clip and the seed alone, not on the order of clips."""
    predicted = [
        np.random.default_rng(seeds.of_values(seed, clip.id)).integers(clip.onset, clip.offset + 1)
        for clip in _checked(clips)
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
