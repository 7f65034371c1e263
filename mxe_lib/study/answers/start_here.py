"""Notebook 00: what a micro-expression is, and what data there are; it writes no table, the composite is counted."""

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from mxe_lib.clips import CLASSES
from mxe_lib.databases.composite import OFFICIAL_COUNTS, OFFICIAL_SUBJECTS
from mxe_lib.evaluation import metrics
from mxe_lib.figures.names import DATABASES
from mxe_lib.study.answers.phrases import listed


def sentences(read: Callable[[str], pd.DataFrame]) -> Iterator[str]:
    """Of the composite's official counts: they are the same whatever data are at hand, and at any profile."""
    official = np.array(list(OFFICIAL_SUBJECTS.values()))
    clips = official.sum()
    yield (
        "A micro-expression is a facial movement of half a second at most, often of a pixel or two; the field compares "
        f"systems on {clips} clips of {len(official)} people, "
        f"{listed(f'{n} {name}' for n, name in zip(official.sum(0), CLASSES, strict=True))}."
    )
    counts = [f"{DATABASES[name]} gives {sum(OFFICIAL_COUNTS[name])}" for name in OFFICIAL_COUNTS]
    busiest = np.sort(official.sum(1))[-3:].sum()
    yield (
        f"Of these clips {listed(counts)}. Three people give {busiest / clips:.0%} of them, so all clips of a person "
        "belong on one side of a split."
    )
    truth = np.repeat(np.tile(range(len(CLASSES)), len(official)), official.ravel())
    people = np.repeat(np.arange(len(official)), official.sum(1))
    negative = np.zeros_like(truth)
    yield (
        f"A system that always says negative is right on {metrics.accuracy(truth, negative):.0%} of the clips and "
        f"has a UF1 of {metrics.uf1(truth, negative):.2f}: any score of a recogniser is read beside these two."
    )
    # With one class among a person's clips, only negative counts: the F1 of classes that occur or are predicted.
    folds = [_macro(truth[people == one]) for one in range(len(official))]
    yield (
        f"Scored for each of the {len(official)} people and averaged, instead of pooled, the same answers would get "
        f"{np.mean(folds):.2f}, because {((official > 0).sum(1) == 1).sum()} people show a single class."
    )


def _macro(truth: np.ndarray) -> float:
    """UF1 of always negative on one person's clips, over the classes that occur there or are predicted."""
    scores = metrics.per_class_f1_of(metrics.confusion(truth, np.zeros_like(truth)))
    return float(scores[sorted({0, *truth})].mean())
