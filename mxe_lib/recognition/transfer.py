"""From simulated maps to real ones: networks that learn from a recipe, then read maps that they were not made for.

No setting was chosen by a score on real maps. ``reference/looks.md`` says which looks at them came before which change.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from mxe_lib.compute import parallel
from mxe_lib.learning.samples import Samples
from mxe_lib.learning.training import fit, load
from mxe_lib.recognition.recipe import Recipe
from mxe_lib.recognition.task import RecognizeEmotion

PRETRAINING = {"epochs": 6, "learning_rate": 2e-3, "batch_size": 64, "class_weights": False}
"""On simulated maps. Their classes have the composite's shares already, so that weights would only distort them."""

FROM_SCRATCH = {"epochs": 30, "learning_rate": 1e-3, "batch_size": 16}
GOING_ON = {"epochs": 12, "learning_rate": 5e-4, "batch_size": 16}
MIXED = {"epochs": 12, "learning_rate": 1e-3, "batch_size": 16}
MIXED_MAPS = 600
"""On real maps: alone, from simulated weights, and with ``MIXED_MAPS`` simulated maps beside them."""


def task(network: str, training: dict[str, Any], at_most: int = 1000, **network_settings) -> RecognizeEmotion:
    """A recogniser of flow maps.

    Args:
        network: a name of ``models.build``.
        training: one of the settings above; at_most: upper limit of their epochs.
        network_settings: ``width`` or ``network_args``.
    """
    training = training | {"epochs": min(training["epochs"], at_most)}
    return RecognizeEmotion(network, standardize="map", decay=True, **training, **network_settings)


def learn(task: RecognizeEmotion, recipe: Recipe, maps: int, seed: int, cache: Path) -> Path:
    """The task's weights after ``maps`` simulated maps; each seed draws its own maps, weights and order."""
    return fit(task, recipe.maps(maps, seed), seed, cache)


def learn_each(
    task: RecognizeEmotion, recipe: Recipe, maps: int, seeds: Iterable[int], cache: Path, workers: int = 1
) -> list[Path]:
    """``learn`` for each seed, several at a time."""
    jobs = [(type(task), dict(task.hparams), recipe, maps, seed, cache) for seed in seeds]
    weights = dict(parallel.run(_learn, jobs, workers, label="simulated only"))
    return [weights[index] for index in range(len(jobs))]


def read(weights: Iterable[Path], seeds: Iterable[int], tested: Samples) -> pd.DataFrame:
    """Predictions of each seed's network for clips that it was not trained on; columns of ``cross_validate``."""
    tables = [
        load(path).predictions(tested).assign(fold="simulated", seed=seed)
        for path, seed in zip(weights, seeds, strict=True)
    ]
    return pd.concat(tables, ignore_index=True)


def _learn(task_class: type, hparams: dict, *rest) -> Path:
    return learn(task_class(**hparams), *rest)
