"""More flow fields for training, made of those that are there: the controls of P1's GAN (section 3.4).

Each is what ``crossval.cross_validate(..., augment=...)`` takes: for each fold it is given the training samples and
adds fields to each class. ``gan.GanAugmentation`` and ``simulated_fields.Simulated`` are called the same way and add as
many. What is left of a difference is then due to the fields, not to their number or to classes that they even out. How
good fields are is measured in ``generative_metrics``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from mxe_lib.clips import CLASSES, Clip
from mxe_lib.compute import determinism, seeds
from mxe_lib.errors import MxeError
from mxe_lib.learning.samples import Samples


@dataclass(frozen=True)
class Resampled:
    """Adds ``fields_per_class`` training fields of each class once more. It evens out the classes and invents nothing.

    Attributes:
        seed: of the order in which a class's fields are repeated; each is repeated as often as any other, give or take
            one. As for the GAN, not the network's seed.
    """

    fields_per_class: int = 100
    seed: int = 0

    def __call__(self, samples: Samples, seed: int, cache: Path) -> Samples:
        """The training samples and, after them, the repeated ones; arguments as for ``GanAugmentation``.

        Raises:
            MxeError: if the samples are no flow with classes, or a class is missing.
        """
        return with_rows(samples, repeated(samples, self.fields_per_class, self.seed), "resampled")


@dataclass(frozen=True)
class Jittered:
    """Adds ``fields_per_class`` training fields of each class, each moved, zoomed and overlaid with smooth noise.

    This is the ordinary kind of augmentation: what a crop a little beside the face would show, and how flow errs.

    Attributes:
        shift: standard deviation of the movement in x and y, as a share of the field's side; beyond its border a field
            goes on as it ends.
        scale: standard deviation of the logarithm of the zoom; flow in pixels grows with the face.
        noise: root mean square of the noise (8 x 8 normal numbers, enlarged bicubically) over that of the field.
        seed: as for ``Resampled``.
    """

    fields_per_class: int = 100
    shift: float = 0.03
    scale: float = 0.06
    noise: float = 0.1
    seed: int = 0

    def __call__(self, samples: Samples, seed: int, cache: Path) -> Samples:
        """The training samples and, after them, the jittered ones; arguments and errors as for ``Resampled``."""
        rows = repeated(samples, self.fields_per_class, self.seed)
        generator = torch.Generator().manual_seed(seeds.of_texts("jitter", self.seed))
        with determinism.one_thread():
            return with_rows(samples, rows, "jittered", self.jitter(samples.inputs[rows], generator))

    def jitter(self, flow: Tensor, generator: torch.Generator) -> Tensor:
        count, size = len(flow), flow.shape[-2:]
        zoom = torch.exp(self.scale * torch.randn(count, generator=generator))
        place = torch.zeros(count, 2, 3)
        place[:, 0, 0] = place[:, 1, 1] = 1 / zoom
        place[:, :, 2] = 2 * self.shift * torch.randn(count, 2, generator=generator)  # the side is 2 long here
        grid = F.affine_grid(place, list(flow.shape), align_corners=False)
        moved = F.grid_sample(flow, grid, padding_mode="border", align_corners=False) * zoom[:, None, None, None]
        coarse = torch.randn(count, 2, 8, 8, generator=generator)
        noise = F.interpolate(coarse, size, mode="bicubic", align_corners=False)
        wanted = self.noise * flow.square().mean((1, 2, 3), keepdim=True).sqrt()
        return moved + noise * wanted / noise.square().mean((1, 2, 3), keepdim=True).sqrt()


def enlarge(
    samples: Samples, fields: Tensor, classes: Tensor, maker: str = "gan", origins: Sequence[str] | None = None
) -> Samples:
    """The samples followed by further fields, each a clip of its own named ``<maker>/generated/<class>_<number>``.

    Args:
        fields, classes: ``(N, 2, H, W)`` as the samples' inputs, ``(N,)`` int64.
        maker: stands where a clip has its database.
        origins: ``real`` or ``simulated`` for each field; None = all simulated.
    """
    words = [CLASSES[number] for number in classes.tolist()]
    clips = tuple(
        Clip(maker, "generated", f"{word}_{number:04}", 200, None, None, None, word, origin=origin)
        for number, (word, origin) in enumerate(zip(words, origins or ["simulated"] * len(words), strict=True))
    )
    first = len(samples.clips)
    return Samples(
        inputs=torch.cat([samples.inputs, fields]),
        clips=(*samples.clips, *clips),
        clip_index=torch.cat([samples.clip_index, torch.arange(first, first + len(clips))]),
        classes=torch.cat([samples.classes, classes]),
    )


def rows_of_classes(samples: Samples) -> list[Tensor]:
    if samples.inputs.shape[1] != 2 or samples.classes is None:
        raise MxeError("augmentation: give flow (u, v) with classes: make its samples with recognition_samples")
    rows = [torch.nonzero(samples.classes == number).squeeze(1) for number in range(len(CLASSES))]
    for name, own in zip(CLASSES, rows, strict=True):
        if not len(own):
            raise MxeError(f"augmentation: no training clip is of class {name}: use fewer, larger folds")
    return rows


def repeated(samples: Samples, count: int, seed: int) -> Tensor:
    """``(3 * count,)`` rows, ``count`` of each class, every row as often as the others of its class."""
    generator = torch.Generator().manual_seed(seeds.of_texts("repeat", seed))
    chosen = []
    for rows in rows_of_classes(samples):
        shuffled = rows[torch.randperm(len(rows), generator=generator)]
        chosen.append(shuffled[torch.arange(count) % len(rows)])
    return torch.cat(chosen)


def with_rows(samples: Samples, rows: Tensor, maker: str, fields: Tensor | None = None) -> Samples:
    origins = [samples.clips[index].origin for index in samples.clip_index[rows].tolist()]
    fields = samples.inputs[rows] if fields is None else fields
    return enlarge(samples, fields, samples.classes[rows], maker, origins)
