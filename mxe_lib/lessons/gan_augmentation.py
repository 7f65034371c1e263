"""Notebook 08: collapse, a source of fields, and a GAN that has seen the test clips."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from mxe_lib.clips import CLASSES, Clip
from mxe_lib.learning.samples import Samples, recognition_samples
from mxe_lib.lessons import Exercise
from mxe_lib.lessons.given import Unclear, as_numbers, function
from mxe_lib.recognition.generative_features import precision_recall

REAL = np.random.default_rng(0).normal(size=(60, 2))


@function
def _collapsed(answer: Callable[[np.ndarray], np.ndarray]) -> str | None:
    drawn = np.asarray(answer(REAL.copy()))
    if drawn.ndim != 2 or drawn.shape[1:] != (2,) or drawn.dtype.kind not in "fiu":
        return f"a sample is two numbers, and there are {len(REAL)}: give an array of shape {REAL.shape}"
    if len(drawn) != len(REAL):
        return f"it draws {len(drawn)} samples: draw as many as are real, {len(REAL)}"
    precision, recall = precision_recall(REAL, drawn)
    if precision > 0.99 and recall < 0.1:
        several = len(np.unique(drawn.round(6), axis=0)) > 1
        return "nearly: these are more fields than one" if several else None
    said = f"precision {precision:.2f}, recall {recall:.2f}: "
    if precision > 0.9:
        return said + "these reach many of the real ones. What does a GAN draw that has collapsed onto one?"
    return said + "these do not lie among the real ones. That is noise; a collapsed GAN may well draw a perfect field"


def _small() -> Samples:
    generator = torch.Generator().manual_seed(0)
    classes = [0, 1, 2, 0, 1, 0, 2, 0, 1, 0, 0, 1, 0, 2]  # unlike numbers
    clips = [Clip("casme2", f"s{n % 4}", str(n), 200, 0, 5, 9, CLASSES[k]) for n, k in enumerate(classes)]
    fields = torch.randn(len(classes), 2, 8, 8, generator=generator)
    return recognition_samples(clips, fields.numpy(), classes)


@function
def _averaged(answer: Callable[[Samples, int], tuple[Tensor, Tensor]]) -> str | None:
    samples, n = _small(), 5
    fields, classes = _pair(answer(samples, n))
    if fields.ndim != 4 or fields.shape[1:] != samples.inputs.shape[1:] or classes.shape != fields.shape[:1]:
        return f"it gives fields of {tuple(fields.shape)} and classes of {tuple(classes.shape)}: a class for each field"
    if len(fields) != 3 * n or torch.bincount(classes, minlength=3).tolist() != [n] * 3:
        return f"with n = {n} it returns {len(fields)} fields: give {n} of each class, {3 * n} in all"
    pairs = (samples.inputs[:, None] + samples.inputs[None]) / 2
    gaps = (fields[:, None, None] - pairs).abs().amax((3, 4, 5))
    first, second = np.unravel_index(gaps.flatten(1).argmin(1).numpy(), gaps.shape[1:])
    if gaps.flatten(1).amin(1).max() > 1e-5:
        return "a field is not the mean of two training fields"
    if (first == second).all():
        return "these are the training fields themselves, repeated: that is what Resampled does. Average two"
    if not (samples.classes[first] == samples.classes[second]).all():
        return "it mixes fields of different classes: what is the class of such a mean?"
    if not (samples.classes[first] == classes).all():
        return "a field has the name of another class"
    if any(len({(min(pair), max(pair)) for pair in zip(first[k], second[k], strict=True)}) < 2 for k in _of(classes)):
        return "all fields of a class are the same one: each needs a pair of its own"
    return None


def _of(classes: Tensor) -> list[np.ndarray]:
    return [np.flatnonzero(classes.numpy() == k) for k in range(3)]


def _pair(answer: tuple) -> tuple[Tensor, Tensor]:
    if not isinstance(answer, (tuple, list)) or len(answer) != 2:
        raise Unclear("give back two things: the fields and their classes")
    try:
        return torch.as_tensor(answer[0]).float(), torch.as_tensor(answer[1]).long()
    except (TypeError, ValueError, RuntimeError):
        raise Unclear("give back tensors: the fields and their classes") from None


@function
def _leak(answer: Callable[[np.random.Generator], tuple[float, float]]) -> str | None:
    scores = np.array([as_numbers(answer(np.random.default_rng(seed)), 2, "experiment") for seed in range(400)])
    honest, leaky = scores.mean(0)
    said = f"mean of 400 repetitions: honest {honest:.2f}, leaky {leaky:.2f}. "
    if honest > 0.9 and leaky > 0.9:
        return said + "Both sources have learned the test fields by heart: may the honest one?"
    if honest > leaky + 0.3:
        return said + "The other way round: the honest source comes first"
    if leaky < 0.9:
        return said + "The leaky one should be right nearly always: does it see all test fields?"
    if honest > 1 / 3 + 0.03:
        return said + "The honest one should be near chance, a third: it sees some test fields"
    return None


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


def _mixed(samples: Samples, n: int) -> Tensor:
    rows, generator = (
        [torch.nonzero(samples.classes == k).squeeze(1) for k in range(3)],
        torch.Generator().manual_seed(2),
    )
    return torch.cat([r[torch.randint(len(r), (n, 2), generator=generator)] for r in rows])


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
            "two fields": lambda real: np.repeat(real[:2], 30, axis=0),
            "one number": lambda real: np.full(60, real[0, 0]),
            "far away": lambda real: np.full((60, 2), 9.0),
        },
        right={
            "another one": lambda real: np.tile(real[7], (len(real), 1)),
            "a list": lambda real: [list(real[0])] * 60,
            "by index": lambda real: real[[3] * len(real)],
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
            "one pair for all": lambda samples, n: (
                samples.inputs[_pairs(samples, 1)].mean(1).repeat_interleave(n, 0),
                samples.classes[_pairs(samples, 1)[:, 0]].repeat_interleave(n),
            ),
            "sums": lambda samples, n: (
                samples.inputs[_mixed(samples, n)].sum(1),
                torch.arange(3).repeat_interleave(n),
            ),
            "fields alone": lambda samples, n: samples.inputs[_mixed(samples, n)].mean(1),
            "pixels averaged": lambda samples, n: (
                samples.inputs[_mixed(samples, n)].mean((1, 3)),
                torch.arange(3).repeat_interleave(n),
            ),
        },
        right={
            "in another order": lambda samples, n: (
                samples.inputs[_mixed(samples, n).flip(0)].mean(1),
                torch.arange(3).repeat_interleave(n).flip(0),
            ),
            "of numpy": lambda samples, n: (
                (samples.inputs[_mixed(samples, n)[:, 0]] / 2 + samples.inputs[_mixed(samples, n)[:, 1]] / 2).numpy(),
                np.repeat([0, 1, 2], n),
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
            "the honest one sees one test field": lambda rng: _right(rng, (0, 49), (0, 60)),
            "the leaky one sees half": lambda rng: _right(rng, (0, 48), (0, 54)),
            "one score": lambda rng: _right(rng, (0, 48)),
        },
        right={
            "the test fields alone": lambda rng: _right(rng, (0, 48), (48, 60)),
            "half of the training fields": lambda rng: np.array(_right(rng, (0, 24), (0, 60))),
        },
    ),
)
