"""Recognition as a task: tell negative, positive and surprise apart."""

import pandas as pd
import torch
import torch.nn.functional as F
from torch import Tensor

from mxe_lib.clips import CLASSES
from mxe_lib.errors import MxeError
from mxe_lib.learning.samples import Samples
from mxe_lib.learning.task import NetworkTask, clip_columns


class RecognizeEmotion(NetworkTask):
    """Tell negative, positive and surprise apart from the onset-to-apex flow of a clip.

    Source: P1 §3.5 (three-way softmax, Adam). P1 names no loss: categorical cross-entropy is assumed.

    Args:
        network, width, network_args: as for ``SpotApex``.
        epochs, batch_size: P1 trains 500 epochs and prints no batch size.
        learning_rate: of Adam; None = the source's (OC-Net 6e-5).
        class_weights: weigh each class by the inverse of its share of the training clips. Without it a network may
            learn no more than that most clips are negative.
        standardize: ``flow`` divides by one constant of the training flow; ``map``, for min-max scaled maps, takes mean
            and standard deviation of each channel.
        decay: let the learning rate fall to 0 along a cosine; the papers keep it.
    """

    identity = "mxe_lib.tasks.RecognizeEmotion"  # seeds are drawn from it: it stays, wherever this file goes

    def __init__(
        self,
        network: str = "oc_net",
        width: float = 1.0,
        epochs: int = 30,
        learning_rate: float | None = None,
        batch_size: int = 32,
        class_weights: bool = True,
        standardize: str = "flow",
        network_args: dict | None = None,
        decay: bool = False,
    ) -> None:
        super().__init__(network, len(CLASSES), width, network_args)
        self.save_hyperparameters()
        if standardize not in ("flow", "map"):
            raise MxeError(f"RecognizeEmotion standardize '{standardize}': choose flow or map")
        self.register_buffer("class_weights", torch.ones(len(CLASSES)))

    def forward(self, inputs: Tensor) -> Tensor:
        """``(N, C, H, W)`` -> ``(N, 3)`` logits."""
        return self.network(inputs)

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        if outputs.ndim == 3:  # a committee: each member by itself
            outputs, targets = outputs.flatten(0, 1), targets.repeat_interleave(outputs.shape[1])
        return F.cross_entropy(outputs, targets, self.class_weights)

    def targets(self, samples: Samples) -> Tensor:
        """The class of each row; sets the class weights. ``(N,)`` int64."""
        if samples.classes is None:
            raise MxeError("RecognizeEmotion: these samples have no classes: make them with recognition_samples")
        if self.hparams.class_weights:
            counts = torch.bincount(samples.classes, minlength=len(CLASSES))
            present = int((counts > 0).sum())
            weights = torch.where(counts > 0, len(samples) / (present * counts.clamp(min=1)), 0.0)
            self.class_weights.copy_(weights)
        return samples.classes

    def predictions(self, samples: Samples) -> pd.DataFrame:
        """Columns clip, database, subject, y_true, y_pred, p_negative, p_positive, p_surprise."""
        probabilities = self.answers(samples).double().softmax(1).numpy()
        table = clip_columns(samples)
        table["y_true"] = -1 if samples.classes is None else samples.classes.numpy()
        table["y_pred"] = probabilities.argmax(1)
        return table.assign(**{f"p_{name}": probabilities[:, index] for index, name in enumerate(CLASSES)})
