"""What a network is trained for: scoring frames (``SpotApex``), telling the classes apart (``RecognizeEmotion``).

A task is a Lightning module that holds a network of ``models/`` and knows how samples become its input, what it should
answer, and what its answers mean. ``crossval.fit`` trains any Lightning module with these three things:
``hparams`` from which ``type(task)(**task.hparams)`` makes an untrained copy (with ``epochs`` and ``batch_size`` among
them), ``training_data(samples)`` and ``predictions(samples)``.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytorch_lightning as pl
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mxe_lib import models
from mxe_lib.clips import CLASSES
from mxe_lib.datamodules import Samples
from mxe_lib.errors import MxeError
from mxe_lib.labels import label as label_frames
from mxe_lib.vision import fields

PUBLISHED_RATES = {"vgg_m": 1e-4, "spotting_cnn": 1e-4, "oc_net": 6e-5, "ststnet": 5e-5, "dual_inception": 1e-4}
"""Adam's learning rate where the source prints one (``specs.md`` §2-4); the others get 1e-4."""


class _NetworkTask(pl.LightningModule):
    """The common part: the network, the scaling of its input, the optimiser, and answers in batches.

    ``shift`` and ``scale`` come from the training inputs alone and are stored with the weights. What the network should
    answer (``targets``) and what a wrong answer costs (``loss``) are each task's own.
    """

    def __init__(self, network: str, outputs: int, width: float, network_args: dict | None) -> None:
        super().__init__()
        self.network = models.build(network, outputs=outputs, width=width, **(network_args or {}))
        channels = self.network.input_channels
        self.register_buffer("shift", torch.zeros(1, channels, 1, 1))
        self.register_buffer("scale", torch.ones(1, channels, 1, 1))

    def training_data(self, samples: Samples) -> tuple[Tensor, Tensor]:
        """Inputs and targets, ready to be cut into batches; sets ``shift`` and ``scale``."""
        targets = self.targets(samples)
        inputs = network_input(samples.inputs, self.network)
        if self.hparams.get("standardize", "flow") == "map":
            self.shift.copy_(inputs.mean((0, 2, 3), keepdim=True))
            self.scale.copy_(inputs.std((0, 2, 3), keepdim=True))
        else:
            # One constant for u and v: a scale of its own for each would bend the flow's directions.
            self.scale[:, :2] = inputs[:, :2].std()
            if inputs.shape[1] > 2:  # strain is not in pixels
                self.scale[:, 2:] = inputs[:, 2:].std()
        self.scale.masked_fill_(~(self.scale > 0), 1.0)
        return self._scaled(inputs), targets

    def training_step(self, batch: tuple[Tensor, Tensor], batch_index: int) -> Tensor:
        inputs, targets = batch
        return self.loss(self(inputs), targets)

    def configure_optimizers(self) -> torch.optim.Optimizer | dict:
        rate = self.hparams.learning_rate or PUBLISHED_RATES.get(self.hparams.network, 1e-4)
        optimizer = torch.optim.Adam(self.parameters(), lr=rate, fused=True)
        if not self.hparams.get("decay"):
            return optimizer
        steps = self.trainer.estimated_stepping_batches
        scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=steps)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}

    def answers(self, samples: Samples, batch_size: int = 256) -> Tensor:
        """The network's outputs for each row, in evaluation mode; ``(N, ...)`` on the CPU."""
        training, device = self.training, self.shift.device
        self.eval()
        with torch.inference_mode():
            parts = [self(self.prepared(rows).to(device)).cpu() for rows in samples.inputs.split(batch_size)]
        self.train(training)
        return torch.cat(parts)

    def prepared(self, inputs: Tensor) -> Tensor:
        """What the trained network is fed for these ``(N, C, H, W)`` rows of samples: its channels, size and scale."""
        return self._scaled(network_input(inputs, self.network))

    def _scaled(self, inputs: Tensor) -> Tensor:
        inputs = (inputs - self.shift.to(inputs.device)) / self.scale.to(inputs.device)
        wanted = torch.channels_last if getattr(self.network, "channels_last", False) else torch.contiguous_format
        return inputs.contiguous(memory_format=wanted)


class SpotApex(_NetworkTask):
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
        for index, clip in enumerate(samples.clips):
            if clip.apex is None:
                raise MxeError(f"{clip.id}: has no apex to learn from: leave it out of the training clips")
            rows = samples.clip_index == index
            numbers = samples.numbers[rows].numpy()
            frame_labels = label_frames(
                self.hparams.label, numbers, clip.onset, clip.apex, clip.offset, self.hparams.steepness
            )
            targets[rows] = torch.from_numpy(frame_labels)
        return targets

    def predictions(self, samples: Samples) -> pd.DataFrame:
        """A score for each frame: columns clip, database, subject, number, score."""
        table = _rows(samples)
        return table.assign(number=samples.numbers.numpy(), score=self.answers(samples).double().numpy())


class RecognizeEmotion(_NetworkTask):
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
        table = _rows(samples)
        table["y_true"] = -1 if samples.classes is None else samples.classes.numpy()
        table["y_pred"] = probabilities.argmax(1)
        return table.assign(**{f"p_{name}": probabilities[:, index] for index, name in enumerate(CLASSES)})


def network_input(inputs: Tensor, network: nn.Module) -> Tensor:
    """Channels and size as the network wants them, bilinear; done once before training, and the same for prediction.

    Args:
        inputs: ``(N, 2, H, W)`` u, v or ``(N, 3, H, W)`` u, v, strain.
        network: has ``input_channels`` and ``input_size``. Where it wants strain and the input has none, strain is
            computed from the flow at its own resolution.

    Returns:
        ``(N, input_channels, input_size, input_size)`` float32.

    Raises:
        MxeError: if the channels can't be made.
    """
    have, want, size = inputs.shape[1], network.input_channels, network.input_size
    if have == 2 and want == 3:
        strain = fields.strain(np.asarray(inputs))
        inputs = torch.cat([inputs, torch.from_numpy(strain).unsqueeze(1)], 1)
    elif have == 3 and want == 2:
        inputs = inputs[:, :2]
    elif have != want:
        raise MxeError(
            f"{type(network).__name__} takes {want} channels and the samples have {have}: give u, v or u, v, strain"
        )
    if inputs.shape[-2:] == (size, size):
        return inputs
    parts = [
        F.interpolate(rows, (size, size), mode="bilinear", align_corners=False, antialias=False)
        for rows in inputs.split(1024)
    ]
    return torch.cat(parts)


def _rows(samples: Samples) -> pd.DataFrame:
    clips = [samples.clips[index] for index in samples.clip_index.tolist()]
    columns = {"clip": "id", "database": "database", "subject": "subject_id"}
    return pd.DataFrame({column: [getattr(clip, name) for clip in clips] for column, name in columns.items()})
