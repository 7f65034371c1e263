"""Recognition with other labels than the three classes: any number of classes, and several action units at once."""

import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F
from torch import Tensor

from mxe_lib.errors import MxeError
from mxe_lib.learning.samples import Samples
from mxe_lib.learning.task import NetworkTask, clip_columns
from mxe_lib.recognition.labels import units

RAREST = 20.0
"""The largest weight of a unit's presence: one that a single clip in a hundred has would else drown all others."""


class RecognizeClasses(NetworkTask):
    """Tell any number of classes apart from the onset-to-apex maps of a clip.

    As ``RecognizeEmotion`` with three classes, whose seeds and stored weights stay as they are.

    Args:
        network, width, network_args: as for ``RecognizeEmotion``.
        classes: how many; the samples' class numbers lie below it.
        epochs, learning_rate, batch_size: of Adam, on the weighted cross-entropy.
        standardize: ``flow`` or ``map``, as there.
    """

    identity = "mxe_lib.recognition.label_tasks.RecognizeClasses"

    def __init__(
        self,
        network: str = "ststnet",
        classes: int = 3,
        width: float = 1.0,
        epochs: int = 60,
        learning_rate: float | None = 1e-3,
        batch_size: int = 256,
        standardize: str = "map",
        network_args: dict | None = None,
    ) -> None:
        super().__init__(network, classes, width, network_args)
        self.save_hyperparameters()
        self.register_buffer("class_weights", torch.ones(classes))

    def forward(self, inputs: Tensor) -> Tensor:
        """``(N, C, H, W)`` -> ``(N, classes)`` logits."""
        return self.network(inputs)

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        return F.cross_entropy(outputs, targets, self.class_weights)

    def targets(self, samples: Samples) -> Tensor:
        """The class of each row; sets the class weights, 0 for a class without a training clip. ``(N,)`` int64.

        Raises:
            MxeError: if the samples have no classes, or one beyond ``classes``.
        """
        known = self.hparams.classes
        if samples.classes is None or int(samples.classes.max()) >= known:
            raise MxeError(f"RecognizeClasses of {known} classes: give samples with class numbers below {known}")
        counts = torch.bincount(samples.classes, minlength=known)
        present = int((counts > 0).sum())
        self.class_weights.copy_(torch.where(counts > 0, len(samples) / (present * counts.clamp(min=1)), 0.0))
        return samples.classes

    def predictions(self, samples: Samples) -> pd.DataFrame:
        """Columns clip, database, subject, y_true, y_pred."""
        table = clip_columns(samples)
        table["y_true"] = -1 if samples.classes is None else samples.classes.numpy()
        return table.assign(y_pred=self.answers(samples).argmax(1).numpy())


class RecognizeUnits(NetworkTask):
    """Say of each action unit whether it is there: several may be, and one clip in three has more than one.

    The loss is the mean over units of a binary cross-entropy in which a unit's presence counts as much as its absence:
    presence is weighed by absent / present clips of the training fold, at most ``RAREST``. A unit is called present
    where its logit is above 0.

    Args:
        units: numbers of the units, such as ``labels.frequent_units`` gives them.
        network, width, epochs, learning_rate, batch_size, standardize, network_args: as for ``RecognizeClasses``.
    """

    identity = "mxe_lib.recognition.label_tasks.RecognizeUnits"

    def __init__(
        self,
        units: list[int],
        network: str = "ststnet",
        width: float = 1.0,
        epochs: int = 60,
        learning_rate: float | None = 1e-3,
        batch_size: int = 256,
        standardize: str = "map",
        network_args: dict | None = None,
    ) -> None:
        super().__init__(network, len(units), width, network_args)
        self.save_hyperparameters()
        self.register_buffer("presence", torch.ones(len(units)))

    def forward(self, inputs: Tensor) -> Tensor:
        """``(N, C, H, W)`` -> ``(N, units)`` logits."""
        return self.network(inputs)

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        return F.binary_cross_entropy_with_logits(outputs, targets, pos_weight=self.presence)

    def targets(self, samples: Samples) -> Tensor:
        """``(N, units)`` float 0 or 1; sets the weights of presence.

        Raises:
            MxeError: if the units of a clip are not known.
        """
        present = torch.from_numpy(unit_matrix(samples, self.hparams.units)).float()
        counts = present.sum(0)
        self.presence.copy_(((len(present) - counts) / counts.clamp(min=1)).clamp(max=RAREST))
        return present

    def predictions(self, samples: Samples) -> pd.DataFrame:
        """Columns clip, database, subject, and for each unit ``true_<unit>`` and ``said_<unit>``, 0 or 1."""
        said = (self.answers(samples) > 0).int().numpy()
        return unit_table(samples, self.hparams.units, said)


def unit_matrix(samples: Samples, wanted: list[int] | tuple[int, ...]) -> np.ndarray:
    """``(N, units)`` int: 1 where a row's clip shows the unit.

    Raises:
        MxeError: if the units of a clip are not known; it is named.
    """
    rows = []
    for index in samples.clip_index.tolist():
        clip = samples.clips[index]
        coded = units(clip)
        if coded is None:
            raise MxeError(
                f"{clip.id}: its action units {', '.join(clip.action_units) or 'none'} leave one open: drop it"
            )
        rows.append([int(unit in coded) for unit in wanted])
    return np.array(rows, dtype=int).reshape(len(rows), len(wanted))


def unit_table(samples: Samples, wanted: list[int] | tuple[int, ...], said: np.ndarray) -> pd.DataFrame:
    """What is true and what was said of each unit, a row a clip: the columns of ``RecognizeUnits.predictions``."""
    table, true = clip_columns(samples), unit_matrix(samples, wanted)
    columns = {f"true_{unit}": true[:, place] for place, unit in enumerate(wanted)}
    columns |= {f"said_{unit}": np.asarray(said)[:, place] for place, unit in enumerate(wanted)}
    return pd.concat([table, pd.DataFrame(columns, index=table.index)], axis=1)
