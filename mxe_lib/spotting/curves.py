"""From a score of every moment of a long video to intervals, as SOFTNet does it; and what it is fed.

One length for all intervals of a kind: each is ``2 k + 1`` frames, k being half the mean length that training people
have. The threshold lies a share p of the way from a video's mean score to its highest (Moilanen et al. 2014): where
nothing happens, the highest of what there is still lies above it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import torch
import torch.nn.functional as F
from scipy.signal import find_peaks
from torch import Tensor

from mxe_lib.errors import MxeError
from mxe_lib.evaluation.spotted import KINDS, SUMS, Spotted, f1_of, tally
from mxe_lib.videos import LongVideo
from mxe_lib.vision import fields

THRESHOLDS = tuple(round(0.05 * step, 2) for step in range(2, 20))
"""Shares p to choose from, inside training folds."""

PUBLISHED_P = 0.55
"""SOFTNet's own p. Its authors' package says that it gave the highest score on the reported data."""

BROWS, MOUTH = (slice(0, 13), slice(0, 32)), (slice(19, 29), slice(9, 23))
EYES, NOSE = (slice(5, 15), (slice(0, 15), slice(17, 32))), (slice(10, 13), slice(15, 17))
"""Rows and columns of a 32 x 32 grid on the aligned crop: where the regions of SOFTNet's authors' package lie on a mean
face whose eyes stand as ``faces.EYES`` says. The eyes' boxes stand for its polygons."""


def half_length(videos: Iterable[LongVideo], kind: str) -> int:
    """k: half the mean length of these people's expressions of a kind, frames.

    Raises:
        MxeError: if they show none.
    """
    spans = [one.offset - one.onset + 1 for video in videos for one in video.intervals if one.kind == kind]
    if not spans:
        raise MxeError(f"no {kind}-expression among the training videos: take more people")
    return max(1, int((np.mean(spans) + 1) / 2))


def peak_intervals(scores: np.ndarray, k: int, p: float, kind: str, first: int = 0) -> list[Spotted]:
    """Peaks of the moving mean over 2 k frames, at least k apart, each made an interval of k frames to both sides.

    Args:
        scores: ``(T,)``, one a frame; of a video that is not longer than 2 k, nothing is found.
        first: number of the first frame.
    """
    if len(scores) <= 2 * k + 2:
        return []
    sums = np.cumsum(np.concatenate([[0.0], np.asarray(scores, float)]))
    means = (sums[2 * k :] - sums[: -2 * k]) / (2 * k)
    least = means.mean() + p * (means.max() - means.mean())
    peaks, _ = find_peaks(means, height=least, distance=k)
    last = len(scores) + k - 1
    return [
        Spotted(first + int(c), first + int(c) + k, first + min(int(c) + 2 * k, last), kind, float(means[c]))
        for c in peaks
    ]


def choose(options: Sequence, spot: Callable, videos: Sequence[LongVideo], kind: str):
    """The option with which ``spot(video, option)`` scores the highest F1 of a kind here; the first of equals."""

    def scored(option) -> float:
        table = tally(videos, {video.id: spot(video, option) for video in videos})
        return float(f1_of(table[list(SUMS)].to_numpy(float).sum(0), kind))

    return max(options, key=scored)


def from_curves(
    curves: Mapping[str, Mapping[str, np.ndarray]],
    train: Sequence[LongVideo],
    test: Sequence[LongVideo],
    p: float | None = None,
) -> tuple[dict[str, list[Spotted]], dict[str, float]]:
    """Intervals of both kinds in the test videos, from scores of every frame.

    Args:
        curves: by kind and video id; of a single curve for both kinds give it twice.
        train: whose lengths set k, and on whose scores p is chosen where it is not given.

    Returns:
        By video id the intervals, and by kind the p.
    """
    found: dict[str, list[Spotted]] = {video.id: [] for video in test}
    chosen = {}
    for kind in KINDS:
        k = half_length(train, kind)

        def spot(video: LongVideo, share: float, kind=kind, k=k) -> list[Spotted]:
            return peak_intervals(curves[kind][video.id], k, share, kind, video.first)

        chosen[kind] = choose(THRESHOLDS, spot, train, kind) if p is None else p
        for video in test:
            found[video.id] += spot(video, chosen[kind])
    return found, chosen


def mean_strain(flow: np.ndarray) -> np.ndarray:
    """``(T,)`` mean optical strain of ``(T, 2, 32, 32)`` flow, the eyes left out."""
    strain = fields.strain(np.asarray(flow, np.float32))
    kept = np.ones(strain.shape[-2:], bool)
    for columns in EYES[1]:
        kept[EYES[0], columns] = False
    return strain[:, kept].mean(1)


def softnet_inputs(flow: np.ndarray) -> Tensor:
    """What SOFTNet sees: brows above, mouth below, of \\|u\\|, \\|v\\| and strain; ``(T, 3, 42, 42)`` uint8.

    The nose's mean motion is taken away, the eyes are blackened, and each image and channel is scaled to its own range:
    how much a face moves cannot be seen any more.

    Args:
        flow: ``(T, 2, 32, 32)`` in pixels.
    """
    flow = np.asarray(flow, np.float32)
    maps = np.concatenate([flow, fields.strain(flow)[:, None]], axis=1)
    maps -= maps[:, :, *NOSE].mean((2, 3), keepdims=True)
    maps[:, :2] = np.abs(maps[:, :2])
    for columns in EYES[1]:
        maps[:, :, EYES[0], columns] = 0
    strips = [torch.from_numpy(np.ascontiguousarray(maps[:, :, *where])) for where in (BROWS, MOUTH)]
    strips = [F.interpolate(strip, (21, 42), mode="bilinear", align_corners=False) for strip in strips]
    return (255 * scaled_to_range(torch.cat(strips, 2))).round().to(torch.uint8)


def scaled_to_range(images: Tensor) -> Tensor:
    """Each image and channel from 0 to 1; a constant one becomes 0."""
    low, high = images.amin((2, 3), keepdim=True), images.amax((2, 3), keepdim=True)
    return (images - low) / (high - low).clamp_min(1e-12)
