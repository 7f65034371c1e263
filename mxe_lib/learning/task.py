"""What a network is trained for: scoring frames (``SpotApex``), telling the classes apart (``RecognizeEmotion``).

A task is a Lightning module that holds a network of ``models/`` and knows how samples become its input, what it should
answer, and what its answers mean. ``training.fit`` trains any Lightning module with these three things:
``hparams`` from which ``type(task)(**task.hparams)`` makes an untrained copy (with ``epochs`` and ``batch_size`` among
them), ``training_data(samples)`` and ``predictions(samples)``.
"""

import numpy as np
import pandas as pd
import pytorch_lightning as pl
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mxe_lib.errors import MxeError
from mxe_lib.learning.samples import Samples
from mxe_lib.models import registry
from mxe_lib.vision import fields


class NetworkTask(pl.LightningModule):
    """The common part: the network, the scaling of its input, the optimiser, and answers in batches.

    ``shift`` and ``scale`` come from the training inputs alone and are stored with the weights. What the network should
    answer (``targets``) and what a wrong answer costs (``loss``) are each task's own.
    """

    def __init__(self, network: str, outputs: int, width: float, network_args: dict | None) -> None:
        super().__init__()
        self.network = registry.build(network, outputs=outputs, width=width, **(network_args or {}))
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
        outputs = self(inputs).float()
        with torch.autocast(outputs.device.type, enabled=False):  # a loss in 16 bits is refused, or coarse
            return self.loss(outputs, targets)

    def configure_optimizers(self) -> torch.optim.Optimizer | dict:
        rate = self.hparams.learning_rate or registry.entry(self.hparams.network).published_rate
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


def network_input(inputs: Tensor, network: nn.Module) -> Tensor:
    """Inputs with the channels and the size that the network wants, resized bilinearly.

    It is done once before training, and in the same way for prediction.

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


def clip_columns(samples: Samples) -> pd.DataFrame:
    clips = [samples.clips[index] for index in samples.clip_index.tolist()]
    columns = {"clip": "id", "database": "database", "subject": "subject_id"}
    return pd.DataFrame({column: [getattr(clip, name) for clip in clips] for column, name in columns.items()})
