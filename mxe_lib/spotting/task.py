"""Spotting as a task: score every frame of a clip by how near it is to the apex."""

import pandas as pd
import torch
import torch.nn.functional as F
from torch import Tensor

from mxe_lib.errors import MxeError
from mxe_lib.learning.samples import Samples
from mxe_lib.learning.task import NetworkTask, clip_columns
from mxe_lib.spotting.labels import label as label_frames


class SpotApex(NetworkTask):
    """Score every frame of a clip by how near it is to the apex; the frames with the highest scores are the apex.

    Sources: P1 §3.3 (modified VGG-M, four labels, one node), P2 §3 (base and attention CNN, MSE, no last activation).

    Args:
        network: a name of ``models.build``.
        label: label function (``labels.LABELS``) and its ``steepness``.
        width: factor on the network's channel counts.
        output: ``sigmoid`` (P1) or ``linear`` (P2), whose loss is the mean squared error; or ``class``, the probability
            that the frame is of the class "apex", with the cross-entropy (SMEConvNet, with the label ``near``).
        epochs, batch_size: P1 trains 1,000 epochs with 64 frames, P2 200 with 128.
        learning_rate: of Adam; None = the source's (1e-4 in both).
        network_args: further arguments of the network.
    """

    identity = "mxe_lib.tasks.SpotApex"  # seeds are drawn from it: it stays, wherever this file goes

    def __init__(
        self,
        network: str = "vgg_m",
        label: str = "linear",
        steepness: float = 1.0,
        width: float = 1.0,
        output: str = "sigmoid",
        epochs: int = 15,
        learning_rate: float | None = None,
        batch_size: int = 64,
        network_args: dict | None = None,
    ) -> None:
        super().__init__(network, 1, width, network_args)
        self.save_hyperparameters()
        if output not in ("sigmoid", "linear", "class"):
            raise MxeError(f"SpotApex output '{output}': choose sigmoid, linear or class")
        label_frames(label, [0], 0, 0, 0, steepness)  # refuses an unknown label now, not after the flow is computed

    def forward(self, inputs: Tensor) -> Tensor:
        """``(N, C, H, W)`` -> ``(N,)`` scores."""
        scores = self.network(inputs).squeeze(1)
        return scores if self.hparams.output == "linear" else scores.sigmoid()

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        if self.hparams.output == "class":
            return F.binary_cross_entropy(outputs, targets)
        return F.mse_loss(outputs, targets)

    def targets(self, samples: Samples) -> Tensor:
        """The label of each row; ``(N,)`` float32.

        Raises:
            MxeError: if a clip has no apex, or rows are not frames.
        """
        if samples.numbers is None:
            raise MxeError("SpotApex: these samples are one map a clip: make them with spotting_samples")
        targets = torch.empty(len(samples))
        for clip, rows in zip(samples.clips, samples.rows_of_clips(), strict=True):
            if clip.apex is None:
                raise MxeError(f"{clip.id}: has no apex to learn from: leave it out of the training clips")
            numbers = samples.numbers[rows].numpy()
            frame_labels = label_frames(
                self.hparams.label, numbers, clip.onset, clip.apex, clip.offset, self.hparams.steepness
            )
            targets[rows] = torch.from_numpy(frame_labels)
        return targets

    def predictions(self, samples: Samples) -> pd.DataFrame:
        """A score for each frame: columns clip, database, subject, number, score."""
        table = clip_columns(samples)
        return table.assign(number=samples.numbers.numpy(), score=self.answers(samples).double().numpy())
