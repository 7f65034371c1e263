"""What recognition with other labels has to beat: predictors that see no pixel, a linear model, and a perfect coder.

They return the tables of ``label_tasks``: columns ``y_true`` and ``y_pred``, or ``true_<unit>`` and ``said_<unit>``.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from mxe_lib.compute.seeds import of_values
from mxe_lib.errors import MxeError
from mxe_lib.learning.folds import Fold
from mxe_lib.learning.samples import Samples
from mxe_lib.learning.task import clip_columns
from mxe_lib.recognition.label_tasks import unit_matrix, unit_table
from mxe_lib.recognition.labels import units
from mxe_lib.recognition.linear import rotated

GUESSES = 20
"""Repetitions of a guesser; its score is their mean."""


def always_largest(samples: Samples, folds: Sequence[Fold]) -> pd.DataFrame:
    """Each fold's most frequent training class, for all its test clips."""
    return _each(samples, folds, lambda train, test: np.full(len(test), np.bincount(train.classes).argmax()))


def by_frequency(samples: Samples, folds: Sequence[Fold]) -> pd.DataFrame:
    """Guesses with the frequencies of the training classes; ``GUESSES`` seeds."""
    tables = []
    for seed in range(GUESSES):

        def guess(train: Samples, test: Samples, seed: int = seed) -> np.ndarray:
            return _rng("guess", seed, test).choice(train.classes.numpy(), len(test))

        tables.append(_each(samples, folds, guess).assign(seed=seed))
    return pd.concat(tables, ignore_index=True)


def linear_classes(samples: Samples, folds: Sequence[Fold], *, C: float = 0.001) -> pd.DataFrame:
    """``linear.logistic_regression`` for any number of classes: class-balanced, on standardised pixels.

    Raises:
        MxeError: if a fold trains on a single class.
    """

    def learn(train: Samples, test: Samples) -> np.ndarray:
        if len(np.unique(train.classes)) < 2:
            raise MxeError("a fold's training clips are all of one class: use fewer, larger folds")
        known, unknown = _pixels(train, test)
        return _linear(C).fit(known, train.classes.numpy()).predict(unknown)

    with threadpool_limits(1):
        return _each(samples, folds, learn)


def from_units(samples: Samples, folds: Sequence[Fold]) -> pd.DataFrame:
    """A coder who sees every unit and knows what they meant in other people: how far the labels let anybody come.

    A clip gets the most frequent class of the training clips with the very same units, else of all training clips.
    It looks at the tested clip's coded units and is no recogniser. Clips whose units are not known get the latter, too.
    """

    def look_up(train: Samples, test: Samples) -> np.ndarray:
        classes = train.classes.tolist()
        seen: dict[frozenset[int] | None, Counter] = {}
        for clip, class_ in zip(train.clips, classes, strict=True):
            seen.setdefault(units(clip), Counter())[class_] += 1
        usual = Counter(classes)
        seen[None] = usual  # clips whose units are not known have none in common
        return np.array([max(votes := seen.get(units(c), usual), key=lambda k: (votes[k], -k)) for c in test.clips])

    return _each(samples, folds, look_up)


def always(samples: Samples, wanted: Sequence[int], present: bool) -> pd.DataFrame:
    """Every unit in every clip, or none in any."""
    said = np.full((len(samples), len(wanted)), int(present))
    return unit_table(samples, wanted, said).assign(fold="none", seed=0)


def units_by_frequency(samples: Samples, folds: Sequence[Fold], wanted: Sequence[int]) -> pd.DataFrame:
    """Each unit by chance, as often as the training clips show it; ``GUESSES`` seeds."""
    tables = []
    for fold in folds:
        train, test = samples.subset(fold.train), samples.subset(fold.test)
        shares = unit_matrix(train, wanted).mean(0)
        for seed in range(GUESSES):
            said = _rng("units", seed, test).random((len(test), len(wanted))) < shares
            tables.append(unit_table(test, wanted, said.astype(int)).assign(fold=fold.name, seed=seed))
    return pd.concat(tables, ignore_index=True)


def linear_units(samples: Samples, folds: Sequence[Fold], wanted: Sequence[int], *, C: float = 0.001) -> pd.DataFrame:
    """One-vs-rest: a balanced logistic regression for each unit; one that no training clip shows is called absent."""
    tables = []
    with threadpool_limits(1):
        for fold in folds:
            train, test = samples.subset(fold.train), samples.subset(fold.test)
            known, unknown = _pixels(train, test)
            there, said = unit_matrix(train, wanted), np.zeros((len(test), len(wanted)), int)
            for place in range(len(wanted)):
                if 0 < there[:, place].sum() < len(there):
                    said[:, place] = _linear(C).fit(known, there[:, place]).predict(unknown)
            tables.append(unit_table(test, wanted, said).assign(fold=fold.name, seed=0))
    return pd.concat(tables, ignore_index=True)


def _each(samples: Samples, folds: Sequence[Fold], answer) -> pd.DataFrame:
    tables = []
    for fold in folds:
        train, test = samples.subset(fold.train), samples.subset(fold.test)
        table = clip_columns(test).assign(fold=fold.name, seed=0, y_true=test.classes.numpy())
        tables.append(table.assign(y_pred=answer(train, test)))
    return pd.concat(tables, ignore_index=True).sort_values("clip", ignore_index=True)


def _rng(what: str, seed: int, test: Samples) -> np.random.Generator:
    return np.random.default_rng(of_values(what, seed, test.clips[0].id))


def _pixels(train: Samples, test: Samples) -> tuple[np.ndarray, np.ndarray]:
    flat = [part.inputs.numpy().reshape(len(part), -1).astype(np.float64) for part in (train, test)]
    scaler = StandardScaler().fit(flat[0])
    return rotated(*(scaler.transform(part) for part in flat))


def _linear(C: float) -> LogisticRegression:
    return LogisticRegression(C=C, class_weight="balanced", max_iter=2000)
