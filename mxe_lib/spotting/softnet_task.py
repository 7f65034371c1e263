"""Training SOFTNet on long videos, a network for each kind of expression, as its authors' package does it."""

import hashlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pytorch_lightning as pl
import torch
import torch.nn.functional as F
from torch import Tensor

from mxe_lib.models import registry, softnet  # noqa: F401  SOFTNet enters itself there.
from mxe_lib.spotting.curves import scaled_to_range
from mxe_lib.videos import LongVideo


@dataclass(frozen=True, eq=False)
class FrameSamples:
    """Frames of long videos: ``inputs`` ``(N, 3, 42, 42)`` uint8, ``labels`` ``(N,)`` 0 or 1."""

    inputs: Tensor
    labels: Tensor

    def digest(self) -> str:
        return self._digest

    @cached_property
    def _digest(self) -> str:
        parts = (self.inputs.numpy().tobytes(), self.labels.numpy().tobytes())
        return hashlib.sha256(b"|".join(parts)).hexdigest()


def labels(video: LongVideo, kind: str, k: int, count: int) -> np.ndarray:
    """``(count,)``: 1 where the k frames from this one on share a frame with an expression of the kind.

    The paper speaks of a window's intersection over union; its code makes any overlap a 1.
    """
    label = np.zeros(count, np.int64)
    for one in video.intervals:
        if one.kind == kind:
            label[max(0, one.onset - video.first - k + 1) : one.offset - video.first + 1] = 1
    return label


class SpotFrames(pl.LightningModule):
    """SOFTNet with its loss: the mean squared error to 0 or 1.

    Args:
        epochs, batch_size, learning_rate: the authors' are 10, 12 and 5e-4 of plain gradient descent.
        optimizer: ``sgd``, or ``adam``, which reaches as far in fewer steps.
        augment: whether each positive is repeated three times: mirrored, blurred (7 x 7), with noise. The authors do so
            for micro-expressions.
        rows: at most so many rows are trained on, before augmentation; None = all.
        every: so many frames of a video are one score apart, and those between lie on a line.
    """

    def __init__(
        self,
        epochs: int = 10,
        batch_size: int = 12,
        learning_rate: float = 5e-4,
        optimizer: str = "sgd",
        augment: bool = False,
        rows: int | None = None,
        every: int = 1,
    ) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.network = registry.build("softnet")

    def forward(self, images: Tensor) -> Tensor:
        """``(N, 3, 42, 42)`` uint8 -> ``(N,)``."""
        return self.network(scaled_to_range(images.float())).squeeze(1)

    def training_data(self, samples: FrameSamples) -> tuple[Tensor, Tensor]:
        """The positives with what augmentation adds, and of the negatives half as many as the larger class has."""
        order = torch.randperm(len(samples.labels))
        positive = order[samples.labels[order] == 1]
        negative = order[samples.labels[order] == 0]
        negative = negative[: max(len(positive), len(negative)) // 2]
        share = 1.0 if self.hparams.rows is None else self.hparams.rows / (len(positive) + len(negative))
        if share < 1:
            positive, negative = positive[: int(share * len(positive))], negative[: int(share * len(negative))]
        images = samples.inputs[torch.cat([positive, negative])]
        target = torch.cat([torch.ones(len(positive)), torch.zeros(len(negative))])
        if self.hparams.augment and len(positive):
            plain = samples.inputs[positive].float()
            blurred = _blurred(plain)
            noisy = plain + 25.5 * torch.randn_like(plain)
            more = torch.cat([plain.flip(-1), blurred, noisy.clamp(0, 255)])
            images = torch.cat([images, more.round().to(torch.uint8)])
            target = torch.cat([target, torch.ones(3 * len(positive))])
        return images, target

    def training_step(self, batch: tuple[Tensor, Tensor], batch_index: int) -> Tensor:
        images, targets = batch
        return F.mse_loss(self(images), targets)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        if self.hparams.optimizer == "sgd":
            return torch.optim.SGD(self.parameters(), lr=self.hparams.learning_rate)
        return torch.optim.Adam(self.parameters(), lr=self.hparams.learning_rate)

    def scores(self, images: Tensor) -> np.ndarray:
        """One for each frame of a video, in evaluation mode."""
        self.eval()
        asked = images[:: self.hparams.every]
        with torch.inference_mode():
            found = torch.cat([self(part) for part in asked.split(256)]).double().numpy()
        return np.interp(np.arange(len(images)), np.arange(len(asked)) * self.hparams.every, found)


def _blurred(images: Tensor) -> Tensor:
    """Gaussian, 7 x 7, as OpenCV sets its width: 1.4."""
    line = torch.exp(-0.5 * (torch.arange(-3, 4) / 1.4) ** 2)
    kernel = (line[:, None] * line / line.sum() ** 2)[None, None].expand(images.shape[1], 1, 7, 7)
    return F.conv2d(F.pad(images, (3, 3, 3, 3), mode="reflect"), kernel, groups=images.shape[1])
