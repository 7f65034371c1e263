"""From a score for each frame to one apex: Max, SW-Max and their control; and the search of a classical spotter.

Sources: P1, section 3.3, and P2, section 3. Ties go to the middle of the tied frames: a network that gives every frame
the same score then predicts the middle of the clip, not its onset.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mxe_lib.clips import Clip
from mxe_lib.errors import MxeError

WINDOW = 9
"""Width in frames of SW-Max's window (P1 §3.3)."""

COLUMNS = ["clip", "database", "subject", "seed", "onset", "apex", "offset", "fps", "predicted"]


def pick_max(numbers: Sequence[int], scores: Sequence[float]) -> int:
    """The frame number with the highest score.

    >>> pick_max([10, 11, 12, 13], [0.1, 0.7, 0.9, 0.3])
    12
    >>> pick_max([10, 11, 12], [0.5, 0.5, 0.5])
    11
    """
    frames, scores = _checked(numbers, scores)
    return _middle_of_best(frames, scores)


def pick_sw_max(numbers: Sequence[int], scores: Sequence[float], window: int = WINDOW) -> int:
    """SW-Max: the centre of the window with the highest mean score, among windows that lie wholly inside the clip.

    Where frames are subsampled the window still spans ``window`` frames of the clip, and holds fewer scores. A clip
    that is shorter than the window falls back to Max.

    Raises:
        MxeError: without frames, with a score that is not finite, or with an even window, which has no centre.

    >>> pick_sw_max(range(20), [0, 9] + 8 * [0] + [4, 5, 4] + 7 * [0])
    11
    """
    frames, scores = _checked(numbers, scores)
    centres = _interior(frames, window)
    if len(centres) == 0:
        return _middle_of_best(frames, scores)
    inside = np.abs(frames[None, :] - centres[:, None]) <= window // 2  # (centres, T)
    return _middle_of_best(centres, (inside * scores).sum(1) / inside.sum(1))


def pick_interior(numbers: Sequence[int], scores: Sequence[float], window: int = WINDOW) -> int:
    """Max among the frames that SW-Max may choose from: the control for SW-Max.

    SW-Max never predicts the first and last four frames, and that alone lowers its error (a random choice on CASME II
    errs by 17.0 frames instead of 18.8). What it gains over this rule comes from the averaging.
    """
    frames, scores = _checked(numbers, scores)
    allowed = np.isin(frames, _interior(frames, window))
    return _middle_of_best(frames[allowed], scores[allowed]) if allowed.any() else _middle_of_best(frames, scores)


def pick_divide_and_conquer(numbers: Sequence[int], scores: Sequence[float]) -> int:
    """Binary search: the half whose peaks add up to more is kept, until one peak is left.

    A peak is a score above its neighbours (of a plateau, its first); ties keep the left half; where no peak is left,
    the highest score of what is left counts (Liong et al. 2015).

    >>> pick_divide_and_conquer(range(8), [0, 5, 0, 0, 3, 2, 4, 0])
    6
    """
    frames, scores = _checked(numbers, scores)
    scores = scores - scores.min()  # a half without a peak adds up to 0, which no half with peaks may lie below
    rises = np.flatnonzero(np.diff(scores, prepend=-np.inf))
    after = np.append(scores[rises[1:]], -np.inf)
    before = np.append(-np.inf, scores[rises[:-1]])
    peaks = rises[(scores[rises] > after) & (scores[rises] > before)]
    peaks = peaks[(peaks > 0) & (peaks < len(scores) - 1)]
    low, high = 0, len(scores)
    while True:
        inside = peaks[(peaks >= low) & (peaks < high)]
        if len(inside) == 1:
            return int(frames[inside[0]])
        if len(inside) == 0:
            return _middle_of_best(frames[low:high], scores[low:high])
        middle = (low + high) // 2
        left, right = scores[inside[inside < middle]].sum(), scores[inside[inside >= middle]].sum()
        low, high = (low, middle) if left >= right else (middle, high)


RULES = {
    "max": pick_max,
    "sw_max": pick_sw_max,
    "interior": pick_interior,
    "divide_and_conquer": pick_divide_and_conquer,
}


def pick(frame_scores: pd.DataFrame, clips: Sequence[Clip], rule: str) -> pd.DataFrame:
    """One predicted apex for each clip and seed.

    Args:
        frame_scores: columns clip, database, subject, fold, seed, number, score, as ``cross_validate`` gives them.
        clips: the clips themselves, or Samples that hold them: their onset, apex, offset and rate are copied.
        rule: a name of ``RULES``.

    Returns:
        Columns clip, database, subject, seed, onset, apex, offset, fps, predicted; sorted by clip, then seed.

    Raises:
        MxeError: for an unknown rule, or a scored clip that is not among ``clips``.
    """
    if rule not in RULES:
        raise MxeError(f"unknown spotting rule '{rule}': choose one of {', '.join(RULES)}")
    by_id = {clip.id: clip for clip in getattr(clips, "clips", clips)}
    rows = []
    for (name, seed), of_clip in frame_scores.groupby(["clip", "seed"], sort=True):
        if name not in by_id:
            raise MxeError(f"{name}: has frame scores but is not among the clips: pass the clips that were scored")
        of_clip, clip = of_clip.sort_values("number"), by_id[name]
        predicted = RULES[rule](of_clip["number"].to_numpy(), of_clip["score"].to_numpy())
        times = (clip.onset, clip.apex, clip.offset, clip.fps)
        rows.append((name, clip.database, clip.subject_id, seed, *times, predicted))
    return pd.DataFrame(rows, columns=COLUMNS)


def _checked(numbers: Sequence[int], scores: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
    frames, scores = np.asarray(list(numbers), np.int64), np.asarray(list(scores), np.float64)
    if len(frames) == 0 or frames.shape != scores.shape:
        raise MxeError(f"spotting: {len(frames)} frames with {len(scores)} scores: give one score for each frame")
    if not np.isfinite(scores).all():
        raise MxeError(f"spotting: the score of frame {frames[~np.isfinite(scores)][0]} is not a finite number")
    order = np.argsort(frames, kind="stable")
    return frames[order], scores[order]


def _interior(frames: np.ndarray, window: int) -> np.ndarray:
    """The frames on which a window can be centred without leaving the clip."""
    if window < 1 or window % 2 == 0:
        raise MxeError(f"spotting window of {window} frames: give an odd number, so that it has a centre")
    half = window // 2
    return frames[(frames >= frames[0] + half) & (frames <= frames[-1] - half)]


def _middle_of_best(frames: np.ndarray, scores: np.ndarray) -> int:
    # Window means of equal scores may differ in the last bit, by the order of summation.
    tied = frames[scores >= scores.max() - 1e-12 * max(1.0, abs(scores.max()))]
    return int(tied[(len(tied) - 1) // 2])
