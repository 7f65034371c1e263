"""Notebook 08: collapse, a source of fields, and a GAN that has seen the test clips."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from mxe_lib.clips import CLASSES, Clip
from mxe_lib.learning.samples import Samples, recognition_samples
from mxe_lib.lessons import Exercise
from mxe_lib.recognition.generative_features import precision_recall

REAL = np.random.default_rng(0).normal(size=(60, 2))


def _collapsed(answer: Callable[[np.ndarray], np.ndarray]) -> str | None:
    drawn = answer(REAL)
    if len(drawn) != len(REAL):
        return f"it draws {len(drawn)} samples: draw as many as are real, {len(REAL)}"
    precision, recall = precision_recall(REAL, drawn)
    if precision > 0.99 and recall < 0.1:
        return None
    said = f"precision {precision:.2f}, recall {recall:.2f}: "
    if precision > 0.9:
        return said + "these reach many of the real ones. A GAN that has collapsed draws the same one again and again"
    return said + "these do not lie among the real ones. That is noise; a collapsed GAN may well draw a perfect field"


def _small() -> Samples:
    generator = torch.Generator().manual_seed(0)
    clips = [Clip("casme2", f"s{n % 4}", str(n), 200, 0, 5, 9, CLASSES[n % 3]) for n in range(12)]
    fields = torch.randn(12, 2, 8, 8, generator=generator)
    return recognition_samples(clips, fields.numpy(), [n % 3 for n in range(12)])


def _averaged(answer: Callable[[Samples, int], tuple[Tensor, Tensor]]) -> str | None:
    samples, n = _small(), 5
    fields, classes = answer(samples, n)
    if len(fields) != 3 * n or torch.bincount(classes, minlength=3).tolist() != [n] * 3:
        return f"with n = {n} it returns {len(fields)} fields: give {n} of each class, {3 * n} in all"
    pairs = (samples.inputs[:, None] + samples.inputs[None]) / 2
    gaps = (fields[:, None, None] - pairs).abs().amax((3, 4, 5))
    first, second = np.unravel_index(gaps.flatten(1).argmin(1).numpy(), gaps.shape[1:])
    if gaps.flatten(1).amin(1).max() > 1e-5:
        return "a field is not the mean of two training fields: take two rows, then .mean(1)"
    if (first == second).all():
        return "these are the training fields themselves, repeated: that is what Resampled does. Average two"
    if not (samples.classes[first] == samples.classes[second]).all():
        return "it mixes fields of different classes: what is the class of such a mean?"
    return None if (samples.classes[first] == classes).all() else "a field has the name of another class"


def _leak(answer: Callable[[np.random.Generator], tuple[float, float]]) -> str | None:
    scores = np.array([answer(np.random.default_rng(seed)) for seed in range(20)])
    honest, leaky = scores.mean(0)
    said = f"mean of 20 repetitions: honest {honest:.2f}, leaky {leaky:.2f}. "
    if honest > 0.9 and leaky > 0.9:
        return said + "Both sources have learned the test fields by heart: the honest one may see 0 to 48 only"
    if honest > leaky + 0.3:
        return said + "The other way round: the honest source comes first"
    if leaky < 0.9:
        return said + "Neither source has seen a test field: the leaky one sees all 60"
    return None if honest < 0.5 else said + "The honest one should be near chance, 0.33: it sees some test fields"


def _right(rng: np.random.Generator, *sees: tuple[int, int]) -> tuple[float, ...]:
    x, y = rng.normal(size=(60, 20)), rng.integers(3, size=60)
    found = []
    for learned in sees:
        rows = np.arange(*learned)
        known = np.concatenate([x[:48], x[rows] + 0.1 * rng.normal(size=(len(rows), 20))])
        nearest = np.linalg.norm(x[48:, None] - known, axis=2).argmin(1)
        found.append(float((np.concatenate([y[:48], y[rows]])[nearest] == y[48:]).mean()))
    return tuple(found)


def _pairs(samples: Samples, n: int, same: bool = True) -> Tensor:
    rows = [torch.nonzero(samples.classes == k).squeeze(1) for k in range(3)]
    generator = torch.Generator().manual_seed(1)
    first = torch.cat([r[torch.randint(len(r), (n,), generator=generator)] for r in rows])
    return torch.stack([first, first if same else torch.roll(first, n)], 1)


EXERCISES = (
    Exercise(
        level=1,
        judge=_collapsed,
        hints=(
            "Collapse means: whatever the noise, the same field comes out.",
            "np.repeat(real[:1], len(real), axis=0) is one real sample, as often as there are real ones.",
        ),
        wrong={
            "copies of everything": lambda real: real.copy(),
            "noise": lambda real: 50 + real,
            "one field, once": lambda real: real[:1],
        },
    ),
    Exercise(
        level=2,
        judge=_averaged,
        hints=(
            "rows[k] are the rows of class k. Draw n pairs of places in it with torch.randint(len(rows[k]), (n, 2)).",
            "pairs = torch.cat([r[torch.randint(len(r), (n, 2))] for r in rows])",
        ),
        wrong={
            "n in all": lambda samples, n: (samples.inputs[:n], samples.classes[:n]),
            "single fields": lambda samples, n: (
                samples.inputs[_pairs(samples, n)].mean(1),
                samples.classes[_pairs(samples, n)[:, 0]],
            ),
            "pairs across classes": lambda samples, n: (
                samples.inputs[_pairs(samples, n, same=False)].mean(1),
                samples.classes[_pairs(samples, n)[:, 0]],
            ),
        },
    ),
    Exercise(
        level=3,
        judge=_leak,
        hints=(
            "Fields 0 to 48 are trained on, fields 48 to 60 are tested. Which of them may an honest source have seen?",
            "honest = (0, 48); leaky = (0, 60)",
        ),
        wrong={
            "both have seen the test fields": lambda rng: _right(rng, (0, 60), (0, 60)),
            "neither has": lambda rng: _right(rng, (0, 48), (0, 48)),
            "the other way round": lambda rng: _right(rng, (0, 60), (0, 48)),
        },
    ),
)
