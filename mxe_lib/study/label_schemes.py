"""Notebook 14: the same clips under several labels, who is asked, and the rows."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from mxe_lib.clips import Clip
from mxe_lib.databases.composite import MARKED
from mxe_lib.databases.sources import database_folder, open_database
from mxe_lib.databases.subset import subset
from mxe_lib.evaluation import label_scores
from mxe_lib.evaluation.results import variant
from mxe_lib.learning import folds
from mxe_lib.learning.crossval import cross_validate_all
from mxe_lib.learning.samples import Samples
from mxe_lib.recognition import label_baselines, labels
from mxe_lib.recognition.label_tasks import RecognizeClasses, RecognizeUnits
from mxe_lib.study.profiles import Profile
from mxe_lib.vision import fields, flow

SCHEMES = ("three", "four", "five", "seven", "objective")
NETWORK, LINEAR = "ststnet", "logistic_regression"

TAUGHT = ("three", "five", "objective")
"""Schemes that the network learns in every profile, beside the units; the others where the grid is whole."""

Tables = dict[tuple[str, str, str], pd.DataFrame]
"""(database, scheme or ``units``, model) -> predictions."""


@dataclass(frozen=True)
class Labelled:
    """One database under one scheme: samples whose classes are the scheme's."""

    database: str
    scheme: labels.Scheme
    samples: Samples
    left_out: Mapping[str, int]


def maps(paths, settings: Profile, workers: int = 1) -> tuple[dict[str, Samples], str]:
    """Onset-to-apex maps of all clips with a marked apex, by database, without classes; and their origin.

    CASME II and SAMM, the two databases with emotions and action units: real where their folders are, else simulated.
    """
    there = [name for name in MARKED if database_folder(name, paths.data)] or list(MARKED)
    found, origin = {}, "simulated"
    for name in there:
        database = open_database(name, paths.data)
        origin, every = database.origin, [c for c in database.clips() if c.apex is not None and c.apex > c.onset]
        clips = subset(every, settings.label_clips, None)
        how = dict(size=settings.flow_size, cache=paths.cache, workers=workers)
        fluxes = flow.apex_flow(database, clips, [clip.apex for clip in clips], **how)
        kept = [(clip, one) for clip, one in zip(clips, fluxes, strict=True) if one is not None]
        inputs = torch.from_numpy(fields.flow_map(np.stack([one for _, one in kept]))).float()
        found[name] = Samples(inputs, tuple(clip for clip, _ in kept), torch.arange(len(kept)))
    return found, origin


def under(samples: Samples, database: str, name: str) -> Labelled:
    """The clips that have a class in the scheme, with its number."""
    chosen = labels.scheme(name, database, samples.clips)
    clips, numbers, left_out = labels.labelled(samples.clips, chosen)
    own = samples.subset([clip.id for clip in clips])
    own = Samples(own.inputs, own.clips, own.clip_index, classes=torch.tensor(numbers))
    return Labelled(database, chosen, own, left_out)


def with_known_units(samples: Samples) -> Samples:
    """Those whose coders left no unit open."""
    return samples.subset([clip.id for clip in samples.clips if labels.units(clip) is not None])


def ask(
    given: Mapping[str, Samples], settings: Profile, cache: Path, workers: int | Executor = 1
) -> tuple[Tables, list[Labelled], dict[str, tuple[int, ...]]]:
    """All systems on all labels (the network on ``TAUGHT`` at least), each on folds of people (``settings.folds``).

    Returns:
        (predictions, the databases under each scheme, the units of each database).
    """
    found: Tables = {}
    asked, schemes, wanted = {}, [], {}
    how = dict(network=NETWORK, epochs=settings.small_epochs, learning_rate=settings.learning_rate)
    for database, samples in given.items():
        for name in SCHEMES:
            one = under(samples, database, name)
            schemes.append(one)
            split = folds.folds(settings.folds, one.samples)
            for system in ("always_largest", "by_frequency", "linear_classes", "from_units"):
                key = database, name, LINEAR if system == "linear_classes" else system
                found[key] = getattr(label_baselines, system)(one.samples, split)
            if name in TAUGHT or settings.whole_grid:
                task = RecognizeClasses(classes=len(one.scheme.classes), **how)
                asked[database, name, NETWORK] = dict(task=task, samples=one.samples, folds=split)
        known = with_known_units(samples)
        # Of a handful of clips (smoke) no unit is frequent: then those of the most clips that any unit has.
        by_number = (labels.frequent_units(known.clips, number, min(number, 5)) for number in range(10, 0, -1))
        wanted[database] = own = next(filter(None, by_number), ())
        split = folds.folds(settings.folds, known)
        found[database, "units", "always_absent"] = label_baselines.always(known, own, present=False)
        found[database, "units", "always_present"] = label_baselines.always(known, own, present=True)
        found[database, "units", "by_frequency"] = label_baselines.units_by_frequency(known, split, own)
        found[database, "units", LINEAR] = label_baselines.linear_units(known, split, own)
        task = RecognizeUnits(list(own), **how)
        asked[database, "units", NETWORK] = dict(task=task, samples=known, folds=split)
    return found | cross_validate_all(asked, cache=cache, workers=workers), schemes, wanted


def rows(
    found: Tables, schemes: Sequence[Labelled], wanted: Mapping[str, Sequence[int]], *, protocol: str, **common
) -> Iterator:
    """Every system's scores under every label, and the network's difference from the linear model, each with p.

    Args:
        found, schemes, wanted: of ``ask``.
        common: experiment, origin, resamples.
    """
    classes = {(one.database, one.scheme.name): one.scheme.classes for one in schemes}
    for (database, name, model), table in found.items():
        row = dict(common, database=database, model=model, variant=variant(labels=name))
        row["protocol"] = "none" if model in ("always_absent", "always_present") else protocol
        yield label_scores.score_rows(*_scored(table, database, name, classes, wanted), **row)
    for database in wanted:
        yield from _movements_or_emotions(found, database, classes, protocol=protocol, **common)
    for database, name in (key[:2] for key in found if key[2] == NETWORK):
        metric = "macro_f1" if name == "units" else "uf1"
        pair = [_scored(found[database, name, model], database, name, classes, wanted) for model in (NETWORK, LINEAR)]
        row = dict(common, database=database, model=NETWORK, variant=variant(labels=name), protocol=protocol)
        yield label_scores.difference_row(pair[0][0], pair[1][0], metric, pair[0][1][metric], than=LINEAR, **row)


def _movements_or_emotions(found: Tables, database: str, classes: Mapping, **common) -> Iterator:
    """Kappa of the linear model with objective classes and with five emotions, on the clips that have both; and the
    first minus the second.

    Without a p: their classes differ, so that answers can't be swapped. The interval is over the same people.
    """
    names = ("objective", "five")
    tables = [found[database, name, LINEAR] for name in names]
    both = set(tables[0]["clip"]) & set(tables[1]["clip"])
    tables = [table[table["clip"].isin(both)] for table in tables]
    sizes = [len(classes[database, name]) for name in names]
    pair = [label_scores.class_counts(table, size) for table, size in zip(tables, sizes, strict=True)]
    row = dict(common, database=database, model=LINEAR)
    for name, counts in zip(names, pair, strict=True):
        both_ways = variant(clips="both", labels=name)
        yield label_scores.score_rows(counts, {"kappa": label_scores.kappa_of}, **row, variant=both_ways)
    row |= dict(variant=variant(labels="objective"), than="five_emotions", test=False)
    yield label_scores.difference_row(*pair, "kappa", label_scores.kappa_of, **row)


def shares(schemes: Sequence[Labelled]) -> pd.DataFrame:
    """Of each database and scheme: how many classes and clips, and the share of the largest class."""
    lines = []
    for one in schemes:
        counts = np.bincount(one.samples.classes, minlength=len(one.scheme.classes))
        largest = counts.max() / counts.sum()
        lines.append(
            {
                "database": one.database,
                "labels": one.scheme.name,
                "classes": len(counts),
                "clips": int(counts.sum()),
                "largest class": one.scheme.classes[counts.argmax()],
                "its share": largest,
                "UF1 of naming it": 2 * largest / (1 + largest) / len(counts),
            }
        )
    return pd.DataFrame(lines)


def meanings(clips: Sequence[Clip], unit_set: frozenset[int]) -> dict[str, int]:
    """How many clips with exactly these units were called which emotion."""
    words = [clip.emotion for clip in clips if labels.units(clip) == unit_set]
    return {word: words.count(word) for word in sorted(set(words), key=lambda word: (-words.count(word), word))}


def _scored(table: pd.DataFrame, database: str, name: str, classes: Mapping, wanted: Mapping) -> tuple:
    """Counts and statistics of a system's table."""
    if name == "units":
        own = wanted[database]
        return label_scores.unit_counts(table, own), label_scores.unit_statistics(own)
    own = classes[database, name]
    return label_scores.class_counts(table, len(own)), label_scores.class_statistics(own)
