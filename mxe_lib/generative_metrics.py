"""Is a generative model of flow any good? Its fields against those that it learned from.

``judge`` asks everything at once, class by class and over all classes, and asks the same of real fields: one random
half of them against the other. That control is about what a model which draws from the true distribution would reach,
and a number means nothing without it; a bound it is not, since halves are smaller than the whole and the recogniser
that gives the features was trained on both.

* Fields themselves (``quality``): magnitude, diversity, novelty, copies, the mean field of each class, collapse.
* In the features of a trained recogniser: Frechet distance (Heusel et al., NeurIPS 2017) and precision and recall
  (Kynkaanniemi et al., NeurIPS 2019).
* By classifiers: can drawn fields be told from real ones (``told_from_real``), and does one that was trained on true
  fields name the class that was asked for (``class_agreement``)?

Classes are uneven in real fields and even in drawn ones, so nothing here compares sets of different class shares.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits
from torch import Tensor, nn

from mxe_lib import baselines, crossval, metrics, results
from mxe_lib import fields as flow_fields
from mxe_lib.clips import CLASSES
from mxe_lib.datamodules import Samples
from mxe_lib.errors import MxeError

COLLAPSED = 0.2
"""Fields of a class that differ by less than this share of what real fields differ by count as one field repeated."""

COPY_SHARE, COPY_RATIO = 0.05, 0.5
"""A copy lies nearer to a real field than this share of real fields lies to its nearest other, and at less than this
share of its distance to the second nearest. A field like the mean of all is near to many, and a copy of none."""

AXES = 4
"""Principal axes of the real features that a Frechet distance looks at: tens of fields give no larger covariance."""

NEIGHBOURS = 3
"""The k of precision and recall, as Kynkaanniemi et al. set it."""

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
        task: a recogniser trained on the samples (``crossval.load``): gives the features and names the classes. Trained
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
        distances["drawn"].append(_in_features(half, (drawn_features[rows], classes[rows]), whole))
        if control:
            other = samples.classes[second]
            distances["real_halves"].append(_in_features(half, (real_features[second], other), whole))
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


# ---- Fields --------------------------------------------------------------------------------------


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


# ---- Features ------------------------------------------------------------------------------------


def features(task, inputs: Tensor, batch_size: int = 256) -> np.ndarray:
    """What a trained recogniser's last layer reads, ``(N, D)`` float64: the layer before the last, ReLU included.

    Args:
        task: a trained ``RecognizeEmotion``; its network ends in a linear layer.
        inputs: ``(N, 2, H, W)`` flow, or Samples.

    Raises:
        MxeError: if the network has no linear layer.
    """
    inputs = inputs.inputs if isinstance(inputs, Samples) else inputs
    linear = [layer for layer in task.network.modules() if isinstance(layer, nn.Linear)]
    if not linear:
        raise MxeError(f"features: {type(task.network).__name__} has no linear layer: take another network")
    seen: list[Tensor] = []
    hook = linear[-1].register_forward_pre_hook(lambda _, given: seen.append(given[0].detach().cpu()))
    training, device = task.training, task.shift.device
    try:
        task.eval()
        with torch.inference_mode(), crossval._one_thread():
            for part in inputs.split(batch_size):
                task(task.prepared(part).to(device))
    finally:
        hook.remove()
        task.train(training)
    return torch.cat(seen).double().numpy()


def frechet(first: np.ndarray, second: np.ndarray, axes: np.ndarray | None = None) -> float:
    """Squared Frechet distance of two sets of features, each taken for a Gaussian.

    ``|m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2))``, as the FID of Heusel et al. With few samples it is too large even
    for two draws of one distribution: hold it against such a pair of the same sizes.

    Args:
        first, second: ``(N, D)``, ``(M, D)``.
        axes: ``(D, d)`` onto which both are projected before; see ``principal_axes``.

    Returns:
        The distance; NaN for fewer than two samples on either side.
    """
    if min(len(first), len(second)) < 2:
        return float("nan")
    if axes is not None:
        first, second = first @ axes, second @ axes
    covariances = [np.atleast_2d(np.cov(part, rowvar=False)) for part in (first, second)]
    root = _root(covariances[0])
    # The trace of (C1 C2)^(1/2) is that of (C1^(1/2) C2 C1^(1/2))^(1/2), which is symmetric.
    cross = np.sqrt(np.clip(np.linalg.eigvalsh(root @ covariances[1] @ root), 0, None)).sum()
    gap = first.mean(0) - second.mean(0)
    return float(max(gap @ gap + np.trace(covariances[0]) + np.trace(covariances[1]) - 2 * cross, 0))


def principal_axes(real: np.ndarray, count: int = AXES) -> np.ndarray:
    """``(D, count or fewer)``: directions of the largest variance of real features, scaled to a total variance of 1.

    With as many dimensions as samples a covariance is singular and a distance says more about the number of samples
    than about the fields. The common scale keeps the axes' proportions and makes a distance a share of the variance
    of real features, whatever the network.
    """
    centred = real - real.mean(0)
    _, spread, directions = np.linalg.svd(centred, full_matrices=False)
    kept = np.flatnonzero(spread > 1e-9 * max(spread[0], 1e-12))[:count]
    if not len(kept):
        return np.zeros((real.shape[1], 1))
    return directions[kept].T / np.sqrt((spread[kept] ** 2).sum() / max(len(real) - 1, 1))


def precision_recall(real: np.ndarray, drawn: np.ndarray, k: int = NEIGHBOURS) -> tuple[float, float]:
    """Shares of drawn samples inside the real ones' manifold (precision), and of real ones inside the drawn ones'.

    A manifold is the union of balls around its samples, each reaching to the k-th nearest other sample of the set.
    Collapse shows as recall near 0 beside high precision, noise as precision near 0.

    Args:
        real, drawn: ``(N, D)``, ``(M, D)`` features.

    Returns:
        (precision, recall); NaN for fewer than k + 1 samples on either side.
    """
    if min(len(real), len(drawn)) <= k:
        return float("nan"), float("nan")
    between = _euclidean(drawn, real)
    # A sample's distance to itself comes first of all, so the k-th nearest other has the number k.
    real_radius, drawn_radius = (np.sort(_euclidean(part, part), axis=1)[:, k] for part in (real, drawn))
    in_real, in_drawn = between <= real_radius, between <= drawn_radius[:, None]
    return float(in_real.any(1).mean()), float(in_drawn.any(0).mean())


def _in_features(first: tuple, second: tuple, real: tuple) -> pd.DataFrame:
    """Frechet distance, precision and recall of two sets (features, classes), class by class and of all.

    The axes are those of ``real``, all real fields.
    """
    found = []
    for name in (*CLASSES, "all"):
        parts = []
        for values, classes in (first, second, real):
            chosen = np.ones(len(classes), bool) if name == "all" else classes.numpy() == CLASSES.index(name)
            parts.append(values[chosen])
        scores = {"frechet": float("nan"), "precision": float("nan"), "recall": float("nan")}
        if len(parts[2]) > 1:
            # A class of few fields gets fewer axes: each half should have several fields for every one of them.
            axes = principal_axes(parts[2], max(1, min(AXES, len(parts[0]) // 2)))
            scores["frechet"] = frechet(parts[0], parts[1], axes)
            scores["precision"], scores["recall"] = precision_recall(parts[0], parts[1])
        found.append({"class": name} | scores)
    return pd.DataFrame(found)


def _root(matrix: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T


def _euclidean(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return np.sqrt(((first[:, None] - second[None]) ** 2).sum(2))


# ---- Classifiers ---------------------------------------------------------------------------------


def told_from_real(
    samples: Samples, fields: Tensor, classes: Tensor, *, parts: int = 5, halvings: int = 10
) -> tuple[float, float]:
    """How often a classifier tells drawn from real fields that it has not seen: 0.5 = not at all, 1 = always.

    Args:
        samples: real fields; fields, classes: drawn ones.
        parts: folds; no subject's real fields are in two of them.
        halvings: random halves of the real subjects for the control.

    Returns:
        (accuracy on real against drawn, the same of real subjects against each other). The second one says what the
        classifier makes of people alone; NaN for fewer than four subjects or no halvings. An accuracy far below 0.5
        says that drawn fields copy real ones: their originals are met in another fold with the other answer.
    """
    subjects = np.array(samples.subject_ids)
    real = _readable(samples.inputs), samples.classes.numpy(), subjects
    drawn = _readable(fields), classes.numpy(), np.arange(len(fields)).astype(str)
    accuracy = told_apart(real, drawn, parts=parts)
    names = np.unique(subjects)
    if len(names) < 4 or not halvings:
        return accuracy, float("nan")
    generator, controls = np.random.default_rng(0), []
    for _ in range(halvings):
        first = np.isin(subjects, generator.permutation(names)[: len(names) // 2])
        controls.append(
            told_apart(*(tuple(array[chosen] for array in real) for chosen in (first, ~first)), parts=parts)
        )
    return accuracy, float(np.nanmean(controls))


def told_apart(first: tuple, second: tuple, *, parts: int = 5, C: float = 0.001) -> float:
    """Balanced accuracy of logistic regression between two sets, cross-validated over groups.

    Both in training and in scoring each set counts as much as the other and, in each, every class as much as the
    others: otherwise sets could be told apart by the shares of their classes.

    Args:
        first, second: ``(N, D)`` values, ``(N,)`` classes and ``(N,)`` groups, of which none is in two folds.
        parts: folds, fewer where there are fewer groups.
        C: inverse strength of the penalty, as in ``baselines.logistic_regression``.

    Returns:
        The accuracy; NaN where a set has a single group.
    """
    parts = min(parts, *(len(np.unique(groups)) for _, _, groups in (first, second)))
    if parts < 2:
        return float("nan")
    values = np.concatenate([first[0], second[0]])
    target = np.repeat([0, 1], [len(first[0]), len(second[0])])
    fold = np.concatenate([_folds(groups, parts) for _, _, groups in (first, second)])
    weight = np.concatenate([_even(classes) for _, classes, _ in (first, second)])
    right = np.zeros(len(target))
    with threadpool_limits(1):
        for number in range(parts):
            train, test = fold != number, fold == number
            scaler = StandardScaler().fit(values[train])
            known, unknown = baselines._rotated(scaler.transform(values[train]), scaler.transform(values[test]))
            own = weight[train].copy()
            for side in (0, 1):
                own[target[train] == side] /= own[target[train] == side].sum()
            model = LogisticRegression(C=C, max_iter=2000)
            model.fit(known, target[train], sample_weight=own * len(own) / 2)
            right[test] = model.predict(unknown) == target[test]
    return float(np.mean([np.average(right[target == side], weights=weight[target == side]) for side in (0, 1)]))


def class_agreement(task, fields: Tensor, classes: Tensor) -> dict[str, float]:
    """How often a recogniser that was trained on true fields names the class that a field was drawn for.

    Returns:
        For each class the share of its fields, NaN without any, and ``all``, their mean; chance is 1/3.
    """
    matrix = class_confusion(task, fields, classes)
    shares = [float(row[n] / row.sum()) if row.sum() else float("nan") for n, row in enumerate(matrix)]
    return dict(zip(CLASSES, shares, strict=True)) | {"all": float(np.mean(shares))}


def class_confusion(task, fields: Tensor, classes: Tensor) -> np.ndarray:
    """``(3, 3)`` fields by the class that was asked for and the class that the recogniser names."""
    task = task.cpu().eval()
    with torch.inference_mode(), crossval._one_thread():
        parts = [task(task.prepared(part)) for part in fields.split(256)]
    return metrics.confusion(classes.numpy(), torch.cat(parts).argmax(1).numpy())


def _readable(fields: Tensor) -> np.ndarray:
    """``(N, 3 H W)``: u, v and strain, which tells smooth fields from rough ones; a linear model of u and v can't."""
    flow = fields.numpy()
    return np.concatenate([flow, flow_fields.strain(flow)[:, None]], 1).reshape(len(flow), -1).astype(np.float64)


def _folds(groups: np.ndarray, parts: int) -> np.ndarray:
    """A fold for each row: whole groups, the largest first, each to the fold that has the fewest rows."""
    names, counts = np.unique(groups, return_counts=True)
    filled, fold_of = np.zeros(parts, int), {}
    for place in np.argsort(-counts, kind="stable"):
        fold_of[names[place]] = int(filled.argmin())
        filled[fold_of[names[place]]] += counts[place]
    return np.array([fold_of[group] for group in groups])


def _even(classes: np.ndarray) -> np.ndarray:
    """Weights that give each class the same sum."""
    _, index, counts = np.unique(classes, return_inverse=True, return_counts=True)
    return 1 / counts[index]


# ---- Halves --------------------------------------------------------------------------------------


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
