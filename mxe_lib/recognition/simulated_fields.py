"""Flow fields of simulated faces in the place of a GAN's."""

import functools
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from mxe_lib.clips import CLASSES
from mxe_lib.compute import determinism, seeds
from mxe_lib.learning.samples import Samples
from mxe_lib.recognition.augmentation import enlarge, rows_of_classes
from mxe_lib.simulation.fields import sample_flow

NOISES = (0.0, 0.15, 0.3, 0.5, 0.75, 1.0)
"""What ``Simulated`` chooses from."""


@dataclass(frozen=True)
class Simulated:
    """Adds ``fields_per_class`` fields of each class, each of another simulated person; none of them is in a cohort.

    ``simulation.sample_flow`` gives flow in pixels of an aligned face crop at the samples' size. Optical-flow methods
    differ in how much of a movement they see and in how much they invent where nothing moves. So two numbers are taken
    from the training samples, and nothing else. The first is the factor of ``NOISES`` on the simulator's estimation
    noise that brings the fields' peaks (99 % quantile of the vectors' lengths over their mean) nearest to theirs. The
    second is a factor on all fields that makes the mean length theirs. Both are averaged over classes.

    Attributes:
        cohorts: whose action units are drawn, in equal parts (to within one field).
        seed: as for ``GanAugmentation``.
    """

    fields_per_class: int = 100
    cohorts: tuple[str, ...] = ("casme2", "samm", "smic")
    seed: int = 0

    def __call__(self, samples: Samples, seed: int, cache: Path) -> Samples:
        """The training samples and, after them, the simulated ones; arguments and errors as for ``Resampled``."""
        rows_of_classes(samples)
        with determinism.one_thread():
            length, peak = _lengths(samples.inputs, samples.classes)
            found = [_drawn(self, samples.inputs.shape[-1], noise) for noise in NOISES]
            fields, classes = min(found, key=lambda drawn: abs(torch.log(_lengths(*drawn)[1] / peak)))
            return enlarge(samples, fields * (length / _lengths(fields, classes)[0]), classes, "simulator")

    def draw(self, size: int, noise: float = 1.0) -> tuple[Tensor, Tensor]:
        """``(3 * fields_per_class, 2, size, size)`` fields in pixels as the simulator gives them, and their classes.

        Args:
            noise: factor on the simulator's estimation noise.
        """
        parts = []
        for number in range(len(CLASSES)):
            settings = dict(weights=tuple(float(number == n) for n in range(len(CLASSES))), estimation_noise=noise)
            own = seeds.of_texts("simulated", self.seed, number)
            # The fields that are left over go to another cohort in each class.
            homes = [self.cohorts[(n + number) % len(self.cohorts)] for n in range(self.fields_per_class)]
            parts += [sample_flow(homes.count(cohort), size, own, cohort, **settings)[0] for cohort in self.cohorts]
        classes = torch.arange(len(CLASSES)).repeat_interleave(self.fields_per_class)
        return torch.from_numpy(np.concatenate(parts)), classes


@functools.lru_cache(maxsize=2 * len(NOISES))
def _drawn(simulated: Simulated, size: int, noise: float) -> tuple[Tensor, Tensor]:
    """``Simulated.draw``, once for all folds and networks of a process: it doesn't depend on the training samples."""
    return simulated.draw(size, noise)


def _lengths(flow: Tensor, classes: Tensor) -> Tensor:
    """Mean length of the vectors, and their 99 % quantile over the mean; each field's own, averaged class by class.

    A class with few fields counts as much as the others.
    """
    lengths = flow.norm(dim=1).flatten(1)
    mean = lengths.mean(1)
    each = torch.stack([mean, torch.quantile(lengths, 0.99, dim=1) / mean.clamp(min=1e-12)])
    return torch.stack([each[:, classes == n].mean(1) for n in range(len(CLASSES)) if (classes == n).any()]).mean(0)
