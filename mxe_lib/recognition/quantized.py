"""What a network answers when its weights and activations have 8 bits."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pytorch_lightning as pl
from scipy import special

from mxe_lib.clips import CLASSES
from mxe_lib.learning import training
from mxe_lib.learning.folds import Fold
from mxe_lib.learning.samples import Samples
from mxe_lib.models.onnx_files import answers, export, quantize


def quantized_predictions(
    task: pl.LightningModule, samples: Samples, folds: Sequence[Fold], *, seed: int = 0, cache: Path
) -> pd.DataFrame:
    """What ``crossval.cross_validate`` predicts, by the same trained networks with 8-bit weights and activations.

    Each fold's network is calibrated on up to 32 of its own training clips, taken evenly; its test clips are only
    predicted.

    Args:
        task, samples, folds, seed, cache: as given to ``cross_validate``, whose weights are read where they are stored.
    """
    parts = []
    for fold in folds:
        train, test = samples.subset(fold.train), samples.subset(fold.test)
        task_ = training.load(training.fit(task, train, training.fold_seed(task, seed, fold), cache))
        calibration = task_.prepared(train.inputs[:: -(-len(train) // 32)])
        with tempfile.TemporaryDirectory() as folder:
            whole = export(task_.network, Path(folder) / "network.onnx")
            scores = answers(quantize(whole, Path(folder) / "int8.onnx", calibration), task_.prepared(test.inputs))
        probabilities = special.softmax(scores.astype(float), axis=1)
        table = task_.predictions(test).assign(fold=fold.name, seed=seed, y_pred=probabilities.argmax(1))
        parts.append(table.assign(**{f"p_{name}": probabilities[:, i] for i, name in enumerate(CLASSES)}))
    return pd.concat(parts, ignore_index=True).sort_values("clip", ignore_index=True)
