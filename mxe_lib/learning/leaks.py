"""What leakage is worth: controls that let the test clips have a say. They are never results, and their rows say so.

``best_test_epoch`` is the one place in the study where test clips are predicted after every epoch. Folds of clips are
``folds.kfold_by_clip``, a GAN that saw the test subjects is ``GanAugmentation(weights=...)``, and what choosing alone
can do without any learning is ``leaks.random_guesser``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytorch_lightning as pl

from mxe_lib.clips import CLASSES
from mxe_lib.errors import MxeError
from mxe_lib.evaluation import metrics
from mxe_lib.learning.crossval import FoldJob, run_jobs
from mxe_lib.learning.folds import Fold
from mxe_lib.learning.samples import Samples


def random_guesser(subject_counts: Sequence[Sequence[int]], epochs: int, seed: int) -> np.ndarray:
    """A system that guesses by the class frequencies, and keeps for each subject the best of its ``epochs`` guesses.

    It shows what choosing the best epoch on the held-out subject is worth when nothing at all is learned.

    Args:
        subject_counts: ``(subjects, 3)`` clips by class of each held-out subject.
        epochs: how many independent guesses the best is chosen from; 1 is an honest guesser.

    Returns:
        ``(3, 3)`` confusion matrix, pooled over subjects.
    """
    counts = np.asarray(subject_counts)
    generator = np.random.default_rng(seed)
    pooled = np.zeros((len(CLASSES), len(CLASSES)), dtype=np.int64)
    for own in counts:
        others = counts.sum(0) - own
        # Of each true class, how many clips are guessed to be of each class: all that a score can see of a guess.
        guesses = np.stack([generator.multinomial(n, others / others.sum(), size=epochs) for n in own], axis=1)
        pooled += guesses[np.trace(guesses, axis1=1, axis2=2).argmax()]
    return pooled


@dataclass(frozen=True, eq=False)
class EveryEpoch:
    """Predictions of one training, read at different epochs.

    Attributes:
        last: of the last epoch, as ``crossval.cross_validate`` returns them, bit for bit: the honest run.
        best: of the epoch that suits each fold's test clips best, in a column of its own: the leak.
        by_epoch: seed, epoch (from 1), and the UF1 of all test clips pooled if every fold stopped there.
    """

    last: pd.DataFrame
    best: pd.DataFrame
    by_epoch: pd.DataFrame


def best_test_epoch(
    task: pl.LightningModule,
    samples: Samples,
    folds: Sequence[Fold],
    *,
    seed: int = 0,
    cache: Path,
    workers: int = 1,
) -> EveryEpoch:
    """Control: predict the test clips after every epoch, and keep for each fold the epoch that suits it best.

    Several published codes do this and print the sum as their result. Under ``loso`` a fold is a subject: there it is
    the best epoch of each subject.

    Args:
        task, samples, folds, seed, cache, workers: as for ``crossval.cross_validate``. The seeds are the same, and
            predicting in between draws no random numbers: the training is that of the honest run.

    Returns:
        The honest predictions, the leaky ones, and the score by epoch.

    Raises:
        MxeError: if the task does not tell classes apart, or a fold names a clip that the samples don't hold.
    """
    jobs = [FoldJob(task, samples, fold, seed, cache, epochs="every") for fold in folds]
    pooled = pd.concat(run_jobs(jobs, workers, label="folds, every epoch"), ignore_index=True)
    if "y_pred" not in pooled:
        raise MxeError(f"best_test_epoch: {type(task).__name__} predicts no classes: give it a RecognizeEmotion")
    last = pooled[pooled["epoch"] == pooled["epoch"].max()].drop(columns="epoch")
    by_epoch = [(seed, epoch, metrics.uf1(part["y_true"], part["y_pred"])) for epoch, part in pooled.groupby("epoch")]
    return EveryEpoch(
        last=last.sort_values("clip", ignore_index=True),
        best=choose(pooled).sort_values("clip", ignore_index=True),
        by_epoch=pd.DataFrame(by_epoch, columns=["seed", "epoch", "uf1"]),
    )


def choose(predictions: pd.DataFrame) -> pd.DataFrame:
    """Of each fold, the rows of the epoch with most hits on its test clips; the first of several such.

    Args:
        predictions: one row a clip and epoch, with columns fold, epoch, y_true, y_pred.
    """
    hits = predictions.assign(hits=predictions["y_true"] == predictions["y_pred"])
    hits = hits.groupby(["fold", "epoch"], as_index=False)["hits"].sum()
    hits = hits.sort_values(["fold", "hits", "epoch"], ascending=[True, False, True])
    chosen = hits.drop_duplicates("fold")[["fold", "epoch"]]
    return predictions.merge(chosen, on=["fold", "epoch"])[predictions.columns]
