"""Many cross-validations in one queue, so that no worker waits for the last fold of each.

Five folds on two workers are three rounds, the last with one worker idle; eight networks of five folds are twenty
rounds together and twenty-four one after the other.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from mxe_lib.compute import parallel, store
from mxe_lib.learning import crossval


def cross_validate_all(
    runs: Mapping[Hashable, Mapping[str, Any]], *, cache: Path, workers: int = 1
) -> dict[Hashable, pd.DataFrame]:
    """What ``crossval.cross_validate`` returns for each run, bit for bit; all their folds are trained in one queue.

    As there, a fold's seed is drawn from the task's settings, too: one seed does not give two networks, or one network
    with two labels, the same initial weights.

    Args:
        runs: by a name of your choice the arguments of ``cross_validate``: task, samples, folds, and where they are
            not the default seed, augment, start.
        cache: folder for weights and predictions; what is there is not computed again.
        workers: processes; the predictions don't depend on it.

    Raises:
        MxeError: if a fold names a clip that its samples don't hold.
    """
    jobs = [job for run in runs.values() if workers > 1 for job in _missing(**run, cache=Path(cache))]
    for _ in parallel.run(crossval._run_stored_fold, jobs, workers, label="folds"):
        pass  # each fold is stored by its worker
    return {name: crossval.cross_validate(**run, cache=cache, workers=workers) for name, run in runs.items()}


def _missing(task, samples, folds, *, cache: Path, seed: int = 0, augment=None, start=None) -> list[tuple]:
    """The jobs of the folds whose predictions are not stored."""
    last = (seed, cache, augment, start)
    paths = {fold: crossval._predictions_path(task, samples, fold, *last) for fold in folds}
    missing = [fold for fold, path in paths.items() if store.read_table(path) is None]
    if not missing:
        return []
    stored = crossval._store_samples(samples, cache)
    return [(type(task), dict(task.hparams), stored, fold, *last) for fold in missing]
