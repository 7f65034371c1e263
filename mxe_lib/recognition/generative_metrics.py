"""Is a generative model of flow any good? Its fields against those that it learned from.

``judge`` asks everything at once, class by class and over all classes, and asks the same of real fields: one random
half of them against the other. A model that draws from the true distribution would reach about what this control
reaches, and no number means anything without it. It is not a bound: halves are smaller than the whole, and the
recogniser that gives the features was trained on both.

* Fields themselves (``quality``): magnitude, diversity, novelty, copies, the mean field of each class, collapse.
* In the features of a trained recogniser: Frechet distance, precision and recall (``generative_features``).
* By classifiers: can drawn fields be told from real ones, and does one that was trained on true fields name the class
  that was asked for (``generative_classifiers``)?

Classes are uneven in real fields and even in drawn ones, so nothing here compares sets of different class shares.
"""

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from mxe_lib.clips import CLASSES
from mxe_lib.errors import MxeError
from mxe_lib.evaluation import results
from mxe_lib.learning.samples import Samples
from mxe_lib.recognition.generative_classifiers import class_agreement, told_from_real
from mxe_lib.recognition.generative_features import by_class, features

COLLAPSED = 0.2
"""Fields of a class that differ by less than this share of what real fields differ by count as one field repeated."""

COPY_SHARE, COPY_RATIO = 0.05, 0.5
"""A copy lies nearer to a real field than this share of real fields lies to its nearest other, and at less than this
share of its distance to the second nearest. A field like the mean of all is near to many, and a copy of none."""

OF_FIELDS = ("magnitude", "diversity", "novelty", "copies", "mean_correlation")
SCORES = (*OF_FIELDS, "frechet", "precision", "recall", "told_from_real", "class_agreement")
"""What ``judge`` gives, as it is named in result tables; ``collapsed`` comes as well."""


def judge(
    task,
    samples: Samples,
    fields: Tensor,
    classes: Tensor,
    *,
    held_out: Samples | None = None,
    halvings: int = 10,
    control: bool = True,
) -> pd.DataFrame:
    """Everything above about drawn fields, beside what real fields give.

    Args:
        task: a recogniser trained on the samples (``training.load``): gives the features and names the classes. Trained
            on fewer classes' or other people's fields it would do as well; no drawn field may have been among them.
        samples: the real fields that the generative model learned from.
        fields, classes: what it drew, ``(M, 2, H, W)`` and ``(M,)``; of each class at least half as many as are real.
        held_out: true fields of other subjects: how well the recogniser names *their* classes is the control of
            ``class_agreement``.
        halvings: random halves over which features and controls are averaged.
        control: whether real halves are judged too; once is enough for several sets of drawn fields.

    Returns:
        One row for each class and for ``all``, once with ``compared`` = ``drawn`` and once ``real_halves``. Columns
        ``class``, ``compared``, ``real`` (how many real fields), ``SCORES`` and ``collapsed``. NaN where too few
        fields leave nothing to compute. Distances in features are between half of the real fields and as many others of
        the same classes (drawn ones, or the other half), so that drawn and real rows can be compared.

    Raises:
        MxeError: if a class has too few drawn fields.
    """
    generator = np.random.default_rng(0)
    real_features, drawn_features = features(task, samples.inputs), features(task, fields)
    tables, controls = {"drawn": quality(samples, fields, classes)}, []
    distances: dict[str, list] = {"drawn": [], "real_halves": []}
    for _ in range(halvings):
        first, second = _halves(samples.classes, generator)
        rows = _as_many(classes, samples.classes[second], generator)
        half, whole = (real_features[first], samples.classes[first]), (real_features, samples.classes)
        distances["drawn"].append(by_class(half, (drawn_features[rows], classes[rows]), whole))
        if control:
            other = samples.classes[second]
            distances["real_halves"].append(by_class(half, (real_features[second], other), whole))
            controls.append(_quality(samples.inputs[first], half[1], samples.inputs[second], other))
    if control:
        tables["real_halves"] = _mean(controls)
    told = told_from_real(samples, fields, classes, halvings=halvings if control else 0)
    named: dict[str, dict] = {"drawn": class_agreement(task, fields, classes), "real_halves": {}}
    if held_out is not None and control:
        named["real_halves"] = class_agreement(task, held_out.inputs, held_out.classes)
    parts = []
    for number, (name, table) in enumerate(tables.items()):
        table = table.drop(columns=["real", "drawn"]).merge(_mean(distances[name]), on="class")
        table["told_from_real"] = np.where(table["class"] == "all", told[number], np.nan)
        table["class_agreement"] = [named[name].get(class_, np.nan) for class_ in table["class"]]
        table.insert(1, "compared", name)
        table.insert(2, "real", [*torch.bincount(samples.classes, minlength=len(CLASSES)).tolist(), len(samples)])
        parts.append(table)
    return pd.concat(parts, ignore_index=True)


def rows(report: pd.DataFrame, *, experiment: str, model: str, variant: str, protocol: str, origin: str) -> list[dict]:
    """``judge``'s report as rows of a result table: metrics of ``SCORES`` and ``collapsed`` (1 or 0), no intervals.

    ``class=<name or all>`` joins the variant, and so does ``control=real_halves`` where real fields were compared.
    What could not be computed is left out.
    """
    found = []
    pairs = dict(pair.split("=", 1) for pair in variant.split(";") if pair)
    fixed = dict(experiment=experiment, database="composite", origin=origin, model=model, protocol=protocol)
    for row in report.to_dict("records"):
        control = {} if row["compared"] == "drawn" else {"control": row["compared"]}
        cell = results.variant(**pairs, **control, **{"class": row["class"]})
        for metric in (*SCORES, "collapsed"):
            if np.isfinite(value := float(row[metric])):
                line = dict(variant=cell, metric=metric, value=value, seed="all", n=row["real"], source="ours")
                found.append(fixed | line)
    return found


def quality(samples: Samples, fields: Tensor, classes: Tensor) -> pd.DataFrame:
    """How synthetic fields compare with the fields that the GAN learned from, class by class and over all.

    Args:
        samples: what the GAN was trained on.
        fields, classes: what was drawn from it (``GanAugmentation.draw``).

    Returns:
        One row a class: ``real`` and ``drawn`` fields; ``magnitude``, the mean length of the drawn flow over that of
        the real flow; ``diversity``, the mean distance between two drawn fields over that between two real ones;
        ``novelty``, the mean distance from a drawn field to its nearest real one over that from a real field to its
        nearest other (near 0 = copied); ``copies``, the share of drawn fields that all but repeat a real one (see
        ``COPY_SHARE``); ``mean_correlation``, of the mean drawn field with
        the mean real one, over all pixels of u and v; ``collapsed``, whether diversity lies below ``COLLAPSED``.
        The row ``all`` averages the classes, each counting as much as the others; it is ``collapsed`` if any class is:
        an average would hide that. A ratio whose class holds too few real fields is NaN.
    """
    return _quality(samples.inputs, samples.classes, fields, classes)


def _quality(real_fields: Tensor, real_classes: Tensor, fields: Tensor, classes: Tensor) -> pd.DataFrame:
    rows = []
    for number, name in enumerate(CLASSES):
        real, drawn = real_fields[real_classes == number], fields[classes == number]
        counts = {"class": name, "real": len(real), "drawn": len(drawn)}
        if not len(real) or not len(drawn):
            rows.append(counts | dict.fromkeys(OF_FIELDS, np.nan) | {"collapsed": False})
            continue
        real_distances, drawn_distances = _distances(real, real), _distances(drawn, drawn)
        nearest_other = (real_distances + torch.diag(torch.full((len(real),), torch.inf))).amin(1)
        to_real = torch.sort(_distances(drawn, real), 1)[0]
        nearest_real = to_real[:, 0]
        diversity = _ratio(_mean_off_diagonal(drawn_distances), _mean_off_diagonal(real_distances))
        near = torch.quantile(nearest_other, COPY_SHARE)
        copies = (nearest_real < near) & (nearest_real < COPY_RATIO * to_real[:, 1 if len(real) > 1 else 0])
        rows.append(
            counts
            | {
                "magnitude": _ratio(drawn.norm(dim=1).mean(), real.norm(dim=1).mean()),
                "diversity": diversity,
                "novelty": _ratio(nearest_real.mean(), nearest_other.mean()),
                "copies": float(copies.float().mean()) if torch.isfinite(near) else np.nan,
                "mean_correlation": _correlation(real.mean(0), drawn.mean(0)),
                "collapsed": bool(diversity < COLLAPSED),
            }
        )
    table = pd.DataFrame(rows)
    whole = table[list(OF_FIELDS)].mean(skipna=False).to_dict()
    whole |= {"class": "all", "real": table["real"].sum(), "drawn": table["drawn"].sum()}
    return pd.concat([table, pd.DataFrame([whole | {"collapsed": table["collapsed"].any()}])], ignore_index=True)


def _correlation(first: Tensor, second: Tensor) -> float:
    both = torch.stack([first.flatten(), second.flatten()]).double()
    return float(torch.corrcoef(both)[0, 1]) if (both.std(1) > 0).all() else float("nan")


def _distances(first: Tensor, second: Tensor) -> Tensor:
    """Root mean square differences, ``(len(first), len(second))``, in pixels."""
    # Not the quick way by matrix products: it leaves 1e-3 between a field and itself.
    mode = "donot_use_mm_for_euclid_dist"
    return torch.cdist(first.flatten(1), second.flatten(1), compute_mode=mode) / first[0].numel() ** 0.5


def _mean_off_diagonal(distances: Tensor) -> Tensor:
    count = len(distances)
    return distances.sum() / (count * (count - 1)) if count > 1 else torch.tensor(torch.nan)


def _ratio(numerator: Tensor, denominator: Tensor) -> float:
    known = torch.isfinite(denominator) and denominator > 0
    return float(numerator / denominator) if known else float("nan")


def _halves(classes: Tensor, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Rows of two random halves with the same classes; of an odd number the first half has one more."""
    first, second = [], []
    for number in range(len(CLASSES)):
        rows = generator.permutation(np.flatnonzero(classes.numpy() == number))
        middle = (len(rows) + 1) // 2
        first.append(rows[:middle])
        second.append(rows[middle:])
    return np.concatenate(first), np.concatenate(second)


def _as_many(classes: Tensor, wanted: Tensor, generator: np.random.Generator) -> np.ndarray:
    """Random rows, of each class as many as ``wanted`` has.

    Raises:
        MxeError: if there are not as many.
    """
    chosen = []
    for number, name in enumerate(CLASSES):
        rows, count = np.flatnonzero(classes.numpy() == number), int((wanted == number).sum())
        if len(rows) < count:
            raise MxeError(f"judging drawn fields: {len(rows)} of class {name}, needs {count}: draw more of each class")
        chosen.append(generator.permutation(rows)[:count])
    return np.concatenate(chosen)


def _mean(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """The mean of tables with one row a class, in their order; ``collapsed`` if more than half of them say so."""
    pooled = pd.concat(tables)
    mean = pooled.groupby("class", sort=False).mean(numeric_only=True).reset_index()
    if "collapsed" in pooled:
        mean["collapsed"] = (pooled.groupby("class", sort=False)["collapsed"].mean() > 0.5).to_numpy()
    return mean
