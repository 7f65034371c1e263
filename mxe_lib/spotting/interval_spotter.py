"""Intervals in long videos by a heat map over time and length: ``SpotIntervals``.

A video becomes moments, about fifteen a second. Each is the flow over two distances in time around it, on a coarse
grid, less what a turn, shift or scaling of the whole head explains. The network says of every moment and each of
``LENGTHS`` whether an expression of that length is centred there. Peaks of this map are candidates, and of candidates
that overlap the surest stays.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
import pytorch_lightning as pl
import torch
import torch.nn.functional as F
from torch import Tensor

from mxe_lib.evaluation.spotted import Spotted, iou, kind_of
from mxe_lib.models.interval_spotter import IntervalSpotter
from mxe_lib.videos import LongVideo

RATE = 15
"""Moments a second, about: every so many frames that it comes closest."""

DISTANCES = (1 / 6, 23 / 30)
"""Seconds over which flow is measured: five and 23 frames of thirty a second, about half a movement of each kind."""

LENGTHS = tuple(0.18 * 2 ** (step / 2) for step in range(10))
"""Seconds from onset to offset, 0.18 to 4.07: each is 1.41 times the one before."""

WINDOW, STRIDE = 128, 96
"""Moments that are trained on together, and from one such window to the next."""

GRID, PIXELS = 16, 0.5
"""Side of a moment's grid; and of its flow what counts as 1, in pixels of a crop 64 wide."""

CANDIDATE = 0.05
"""Scores below it are no candidates."""


def distances(fps: float) -> tuple[int, ...]:
    """``DISTANCES`` in frames."""
    return tuple(max(1, round(seconds * fps)) for seconds in DISTANCES)


def step_of(fps: float) -> int:
    """Frames from moment to moment."""
    return max(1, round(fps / RATE))


def moments(flows: Mapping[int, np.ndarray], fps: float) -> np.ndarray:
    """``(M, 4, GRID, GRID)`` float32: what the network sees of each moment.

    Args:
        flows: by distance in frames ``(T - distance, 2, 32, 32)``, as ``long_flow.flows`` gives them.
    """
    parts = []
    shortest = min(distances(fps))
    count = len(flows[shortest]) + shortest
    for distance in distances(fps):
        flow = flows[distance]
        at = np.clip(np.arange(0, count, step_of(fps)) - distance // 2, 0, len(flow) - 1)
        small = np.asarray(flow[at], np.float32).reshape(len(at), 2, GRID, 2, GRID, 2).mean((3, 5))
        parts.append(small - _of_the_head(small))
    return np.concatenate(parts, axis=1) / np.float32(PIXELS)


def _of_the_head(flow: np.ndarray) -> np.ndarray:
    """The affine motion that comes closest to a field's within the face."""
    design, inverse = _affine()
    flat = flow.reshape(-1, GRID * GRID)
    return (flat @ inverse.T @ design.T).reshape(flow.shape)


@cache
def _affine() -> tuple[np.ndarray, np.ndarray]:
    y, x = np.mgrid[:GRID, :GRID] / (GRID - 1) - 0.5
    inside = (np.hypot(x / 0.42, (y - 0.02) / 0.5) < 1).ravel()
    design = np.stack([np.ones(GRID * GRID), x.ravel(), y.ravel()], axis=1)
    return design.astype(np.float32), np.linalg.pinv(design * inside[:, None]).astype(np.float32)


def heat(video: LongVideo, count: int) -> np.ndarray:
    """``(count, lengths)``: 1 where an expression of a length is centred, less around it in time and in length."""
    step, target = step_of(video.fps), np.zeros((count, len(LENGTHS)), np.float32)
    at, sizes = np.arange(count)[:, None], np.log2(LENGTHS)[None]
    for one in video.intervals:
        centre = ((one.onset + one.offset) / 2 - video.first) / step
        seconds = (one.offset - one.onset) / video.fps
        wide = max(0.8, 0.13 * seconds * video.fps / step)
        away = ((at - centre) / wide) ** 2 + ((sizes - np.log2(seconds)) / 0.4) ** 2
        target = np.maximum(target, np.exp(-0.5 * away).astype(np.float32))
    return target


@dataclass(frozen=True, eq=False)
class VideoSamples:
    """Videos as the network sees them.

    Attributes:
        videos: with their true intervals.
        inputs: for each ``(M, 4, GRID, GRID)`` float32, as ``moments`` gives it.
    """

    videos: tuple[LongVideo, ...]
    inputs: tuple[np.ndarray, ...]

    def digest(self) -> str:
        return self._digest

    @cached_property
    def _digest(self) -> str:
        seen = hashlib.sha256()
        for video, inputs in zip(self.videos, self.inputs, strict=True):
            seen.update(repr(video).encode())
            seen.update(np.ascontiguousarray(inputs).tobytes())
        return seen.hexdigest()


class SpotIntervals(pl.LightningModule):
    """``IntervalSpotter`` with its loss: the cross-entropy to the heat map, weighted by how far off it is, squared.

    The weight keeps the thousands of moments at rest, which are soon right, from drowning the few that are not (Li et
    al. 2020, *Generalized focal loss*).

    Args:
        epochs, batch_size, learning_rate: of Adam, whose rate decays to 0 along a cosine.
        width: of ``IntervalSpotter``.
    """

    def __init__(self, epochs: int = 20, batch_size: int = 8, learning_rate: float = 2e-3, width: float = 1.0) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.network = IntervalSpotter(width, len(LENGTHS), 2 * len(DISTANCES))

    def forward(self, windows: Tensor) -> Tensor:
        """``(N, M, 4, GRID, GRID)`` -> ``(N, M, lengths)``."""
        return self.network(windows)

    def training_data(self, samples: VideoSamples) -> tuple[Tensor, Tensor]:
        """Windows of moments ``(N, WINDOW, 4, GRID, GRID)`` and their heat ``(N, WINDOW, lengths)``."""
        windows, targets = [], []
        for video, inputs in zip(samples.videos, samples.inputs, strict=True):
            target = heat(video, len(inputs))
            short = max(0, WINDOW - len(inputs))
            inputs = np.pad(inputs, ((0, short), *((0, 0),) * 3))
            target = np.pad(target, ((0, short), (0, 0)))
            starts = {*range(0, len(inputs) - WINDOW, STRIDE), len(inputs) - WINDOW}
            windows += [inputs[start : start + WINDOW] for start in sorted(starts)]
            targets += [target[start : start + WINDOW] for start in sorted(starts)]
        return torch.from_numpy(np.stack(windows)), torch.from_numpy(np.stack(targets))

    def training_step(self, batch: tuple[Tensor, Tensor], batch_index: int) -> Tensor:
        windows, targets = batch
        n = len(windows)
        turned = (torch.rand(n, device=windows.device) < 0.5)[:, None, None, None, None]
        sign = torch.tensor([-1.0, 1.0], device=windows.device).repeat(len(DISTANCES))[:, None, None]
        windows = torch.where(turned, windows.flip(-1) * sign, windows)
        windows = windows * (0.8 + 0.5 * torch.rand(n, 1, 1, 1, 1, device=windows.device))
        raw = self(windows)
        weight = (raw.sigmoid() - targets).square().detach()
        loss = F.binary_cross_entropy_with_logits(raw, targets, reduction="none")
        return (weight * loss).sum() / targets.sum().clamp_min(1.0)

    def configure_optimizers(self) -> dict:
        optimizer = torch.optim.Adam(self.parameters(), lr=self.hparams.learning_rate, fused=True)
        steps = self.trainer.estimated_stepping_batches
        scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=steps)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}

    def heat_map(self, inputs: np.ndarray) -> np.ndarray:
        """``(M, lengths)`` from 0 to 1, in evaluation mode."""
        self.eval()
        with torch.inference_mode():
            raw = self(torch.from_numpy(np.ascontiguousarray(inputs, np.float32))[None])
        return raw.sigmoid()[0].double().numpy()

    def candidates(self, video: LongVideo, inputs: np.ndarray) -> list[Spotted]:
        """Intervals with their scores, the surest first; none overlaps a surer one by more than a fifth."""
        return peaks(self.heat_map(inputs), video.fps, video.first, video.last)


def peaks(map_: np.ndarray, fps: float, first: int, last: int) -> list[Spotted]:
    """The peaks of a heat map as intervals, centre and length read between its steps; overlapping ones thinned out.

    Args:
        map_: ``(M, lengths)``.
        first, last: frame numbers of the video.
    """
    padded = np.pad(map_, 1)
    around = np.stack(
        [padded[1 + i : len(map_) + 1 + i, 1 + j : map_.shape[1] + 1 + j] for i in (-1, 0, 1) for j in (-1, 0, 1)]
    )
    top = (map_ >= around.max(0)) & (map_ >= CANDIDATE)
    found, step = [], step_of(fps)
    for moment, size in zip(*np.nonzero(top), strict=True):
        near = around[:, moment, size].reshape(3, 3)
        shift, longer = ((near.sum(axis) * (-1, 0, 1)).sum() / near.sum() for axis in (1, 0))
        length = fps * 2 ** (np.interp(size + longer, range(len(LENGTHS)), np.log2(LENGTHS)))
        centre = first + (moment + shift) * step
        onset, offset = max(first, round(centre - length / 2)), min(last, round(centre + length / 2))
        if onset <= (apex := int(np.clip(round(centre), first, last))) <= offset:
            kind = kind_of(onset, offset, fps)
            found.append(Spotted(int(onset), apex, int(offset), kind, float(map_[moment, size])))
    found.sort(key=lambda one: -one.score)
    kept: list[Spotted] = []
    for one in found:
        if all(iou(one, other) <= 0.2 and not _inside(one, other) for other in kept):
            kept.append(one)
    return kept


def _inside(one: Spotted, other: Spotted) -> bool:
    """Whether half of the shorter one lies in the other."""
    shared = min(one.offset, other.offset) - max(one.onset, other.onset) + 1
    return shared > 0.5 * min(one.offset - one.onset + 1, other.offset - other.onset + 1)


def above(candidates: Sequence[Spotted], least: Mapping[str, float]) -> list[Spotted]:
    """Those that reach their kind's threshold, in the order of their onsets."""
    return sorted((one for one in candidates if one.score >= least[one.kind]), key=lambda one: one.onset)
