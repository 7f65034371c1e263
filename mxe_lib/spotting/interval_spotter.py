"""Intervals in long videos by a heat map over time and length: ``SpotIntervals``.

A video becomes moments, about fifteen a second. Each is the flow over two distances in time around it, on a coarse
grid. What a turn, shift or scaling of the whole head explains is taken out, and told apart: six numbers a distance.
What is left is written in the few movements in which the training people's faces differ most (principal components).
The network says of every moment and each of ``LENGTHS`` whether an expression of that length is centred there. Peaks
of this map are candidates, and of candidates that overlap the surest stays.
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

GRID, PIXELS, HEAD = 16, 0.5, 6
"""Side of a moment's grid; what counts as 1 of its flow, in pixels of a crop 64 wide; numbers of the head's motion."""

MOST = 20_000
"""Moments that principal movements are computed from."""

CANDIDATE = 0.05
"""Scores below it are no candidates."""


def distances(fps: float) -> tuple[int, ...]:
    """``DISTANCES`` in frames."""
    return tuple(max(1, round(seconds * fps)) for seconds in DISTANCES)


def step_of(fps: float) -> int:
    """Frames from moment to moment."""
    return max(1, round(fps / RATE))


def moments(flows: Mapping[int, np.ndarray], fps: float) -> np.ndarray:
    """``(M, 2 * (2 * GRID**2 + HEAD))`` float32: of each distance the face's own motion, and the head's.

    Args:
        flows: by distance in frames ``(T - distance, 2, 32, 32)``, as ``long_flow.flows`` gives them.
    """
    faces, heads = [], []
    shortest = min(distances(fps))
    count = len(flows[shortest]) + shortest
    design, inverse = _affine()
    for distance in distances(fps):
        flow = flows[distance]
        at = np.clip(np.arange(0, count, step_of(fps)) - distance // 2, 0, len(flow) - 1)
        small = np.asarray(flow[at], np.float32).reshape(len(at), 2, GRID, 2, GRID, 2).mean((3, 5))
        flat = small.reshape(len(at), 2, GRID * GRID) / np.float32(PIXELS)
        head = flat @ inverse.T
        faces.append((flat - head @ design.T).reshape(len(at), -1))
        heads.append(head.reshape(len(at), -1))
    return np.concatenate([*faces, *heads], axis=1)


def mirrored(inputs: np.ndarray) -> np.ndarray:
    """The moments of the mirrored face."""
    faces, heads = np.split(inputs, [-HEAD * len(DISTANCES)], axis=1)
    fields = faces.reshape(len(inputs), len(DISTANCES), 2, GRID, GRID)[..., ::-1] * np.float32([-1, 1])[:, None, None]
    heads = heads.reshape(len(inputs), -1, HEAD) * np.float32([-1, 1, -1, 1, -1, 1])
    return np.concatenate([fields.reshape(faces.shape), heads.reshape(len(inputs), -1)], axis=1)


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
    """Videos as moments.

    Attributes:
        videos: with their true intervals.
        inputs: for each ``(M, 2 * (2 * GRID**2 + HEAD))`` float32, as ``moments`` gives it.
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
        components: principal movements in which the face's own motion is written.
    """

    def __init__(
        self,
        epochs: int = 20,
        batch_size: int = 8,
        learning_rate: float = 2e-3,
        width: float = 1.0,
        components: int = 40,
    ) -> None:
        super().__init__()
        self.save_hyperparameters()
        head = HEAD * len(DISTANCES)
        self.register_buffer("basis", torch.zeros(2 * len(DISTANCES) * GRID**2, components))
        self.network = IntervalSpotter(components + head, width, len(LENGTHS))

    def forward(self, windows: Tensor) -> Tensor:
        """``(N, M, components + head)`` -> ``(N, M, lengths)``."""
        return self.network(windows)

    def written(self, inputs: np.ndarray) -> Tensor:
        """``moments`` in the principal movements, ``(M, components + head)``."""
        inputs = torch.from_numpy(np.ascontiguousarray(inputs, np.float32))
        faces, heads = inputs.split([len(self.basis), inputs.shape[1] - len(self.basis)], 1)
        return torch.cat([faces @ self.basis, 0.3 * heads], 1)

    def training_data(self, samples: VideoSamples) -> tuple[Tensor, Tensor]:
        """Windows of moments and of mirrored moments ``(N, 2, WINDOW, components + head)``, and their heat.

        Sets the principal movements, of both: a mirrored face moves in the same ones.
        """
        both = [[inputs, mirrored(inputs)] for inputs in samples.inputs]
        every = -(-sum(2 * len(inputs) for inputs in samples.inputs) // MOST)
        faces = np.concatenate([each[::every, : len(self.basis)] for pair in both for each in pair])
        self.basis.copy_(principal(faces, self.hparams.components))
        windows, targets = [], []
        for video, pair in zip(samples.videos, both, strict=True):
            written = torch.stack([self.written(each) for each in pair])
            target = torch.from_numpy(heat(video, written.shape[1]))
            short = max(0, WINDOW - len(target))
            written, target = F.pad(written, (0, 0, 0, short)), F.pad(target, (0, 0, 0, short))
            last = len(target) - WINDOW
            starts = sorted({*range(0, last, STRIDE), last})
            windows += [written[:, start : start + WINDOW] for start in starts]
            targets += [target[start : start + WINDOW] for start in starts]
        return torch.stack(windows), torch.stack(targets)

    def training_step(self, batch: tuple[Tensor, Tensor], batch_index: int) -> Tensor:
        windows, targets = batch
        n, device = len(windows), windows.device
        windows = windows[torch.arange(n, device=device), torch.randint(2, (n,), device=device)]
        windows = windows * (0.8 + 0.5 * torch.rand(n, 1, 1, device=device))
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
            raw = self(self.written(inputs)[None])
        return raw.sigmoid()[0].double().numpy()

    def candidates(self, video: LongVideo, inputs: np.ndarray) -> list[Spotted]:
        """Intervals with their scores, the surest first; none overlaps a surer one by more than a fifth."""
        return peaks(self.heat_map(inputs), video.fps, video.first, video.last)


def principal(faces: np.ndarray, count: int) -> Tensor:
    """``(values, count)``: what brings fields onto their strongest principal movements, each scaled to about 1.

    Args:
        faces: ``(N, values)``. Rest is 0, so no mean is taken away.
    """
    given = torch.from_numpy(np.ascontiguousarray(faces, np.float32))
    power, axes = torch.linalg.eigh(given.T @ given / len(given))
    power, axes = power.flip(0)[:count].clamp_min(0), axes.flip(1)[:, :count]
    axes = axes * torch.sign(axes[axes.abs().argmax(0), range(count)])  # an axis has no direction of its own
    return axes / (power + 0.01 * power[0]).sqrt()


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
