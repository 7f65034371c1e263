"""More flow fields for training: P1's conditional DC-GAN (section 3.4), and what it has to be compared with.

``GanAugmentation(...)`` is what ``crossval.cross_validate(..., augment=...)`` takes. For each fold it trains an
``AugmentFlow`` on the training samples it is given (or finds it in the cache) and adds fields that it draws from it.
P1 trained one GAN on all clips, those of the test subjects among them; that is kept as a control, by ``weights``.

``Resampled``, ``Jittered`` and ``Simulated`` are called the same way and add as many fields to each class, so that what
is left of a difference is due to the fields, not to their number or to classes that they even out. How good fields are
is measured in ``generative_metrics``.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytorch_lightning as pl
import torch
import torch.nn.functional as F
from torch import Tensor

from mxe_lib.clips import CLASSES, Clip
from mxe_lib.compute import determinism, seeds
from mxe_lib.errors import MxeError
from mxe_lib.learning import training
from mxe_lib.learning.samples import Samples
from mxe_lib.models.gan import IMAGE_SIZE, LATENT, Discriminator, Generator
from mxe_lib.simulation.fields import sample_flow

NOISES = (0.0, 0.15, 0.3, 0.5, 0.75, 1.0)
"""What ``Simulated`` chooses from."""


@dataclass(frozen=True)
class GanAugmentation:
    """Adds ``fields_per_class`` synthetic fields of each class to the training samples.

    Attributes:
        fields_per_class: P1 adds 100, 300 in all. As classes are uneven, this also evens them out: compare with class
            weights or resampled clips before praising the GAN.
        epochs: passes over the training samples (P1 gives none).
        width: factor on the GAN's channels.
        learning_rate: of Adam; P1's 0.002 is ten times what DC-GANs use, so 0.0002 is worth a second run.
        batch_size: not given by P1.
        seed: of the GAN and of what is drawn from it. Not the network's seed: networks that are compared get the very
            same fields, and a GAN is trained once for all of them. Repetitions ask for another seed here.
        weights: name of a file under ``cache/models`` that ``fit`` made: fields are drawn from that GAN, whatever it
            was trained on. Only for the control ``gan_sees_test``.
    """

    fields_per_class: int = 100
    epochs: int = 200
    width: float = 1.0
    learning_rate: float = 0.002
    batch_size: int = 64
    seed: int = 0
    weights: str | None = None

    def __call__(self, samples: Samples, seed: int, cache: Path) -> Samples:
        """The training samples and, after them, the synthetic ones.

        Args:
            samples: of a fold's training clips, flow u, v with classes.
            seed: of the network that is trained on the result; see ``seed`` above for why it is not used.
            cache: where trained GANs are kept.

        Raises:
            MxeError: if the samples are no flow with classes, or the GAN fell apart.
        """
        return enlarge(samples, *self.draw(samples, cache))

    def fit(self, samples: Samples, cache: Path) -> Path:
        """The weights of the GAN of these samples, trained if the cache does not hold them."""
        if self.weights is not None:
            return Path(cache) / "models" / self.weights
        gan = AugmentFlow(self.epochs, self.width, self.learning_rate, self.batch_size)
        return training.fit(gan, samples, seeds.of_texts("train", self.seed), cache)

    def draw(self, samples: Samples, cache: Path) -> tuple[Tensor, Tensor]:
        """``(3 * fields_per_class, 2, H, W)`` fields in pixels, at the samples' size, and their classes."""
        gan = training.load(self.fit(samples, cache))
        classes = torch.arange(len(CLASSES)).repeat_interleave(self.fields_per_class)
        return gan.draw(classes, samples.inputs.shape[-1], seeds.of_texts("draw", self.seed)), classes


@dataclass(frozen=True)
class Resampled:
    """Adds ``fields_per_class`` training fields of each class once more: evens out the classes, invents nothing.

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
        return _with_rows(samples, repeated(samples, self.fields_per_class, self.seed), "resampled")


@dataclass(frozen=True)
class Jittered:
    """Adds ``fields_per_class`` training fields of each class, each moved, zoomed and overlaid with smooth noise.

    What a crop a little off would show, and what an estimator of flow gets wrong: the ordinary kind of augmentation.

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
            return _with_rows(samples, rows, "jittered", self.jitter(samples.inputs[rows], generator))

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


@dataclass(frozen=True)
class Simulated:
    """Adds ``fields_per_class`` fields of each class of simulated people, each another one, who are in no cohort.

    ``simulation.sample_flow`` gives flow in pixels of an aligned face crop at the samples' size. Optical-flow methods
    differ in how much of a movement they see and in how much they invent where nothing moves, so two numbers, and
    nothing else, are taken from the training samples: of ``NOISES`` that factor on the simulator's estimation noise
    which brings the fields' peaks (99 % quantile of the vectors' lengths over their mean) nearest to theirs, and then
    one factor on all fields that makes the mean length theirs. Both are averaged over classes.

    Attributes:
        cohorts: whose action units are drawn, in equal parts (to within one field).
        seed: as for ``GanAugmentation``.
    """

    fields_per_class: int = 100
    cohorts: tuple[str, ...] = ("casme2", "samm", "smic")
    seed: int = 0

    def __call__(self, samples: Samples, seed: int, cache: Path) -> Samples:
        """The training samples and, after them, the simulated ones; arguments and errors as for ``Resampled``."""
        _rows_of_classes(samples)
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
    """``Simulated.draw``, once for all folds and networks of a process: it doesn't hang on the training samples."""
    return simulated.draw(size, noise)


class AugmentFlow(pl.LightningModule):
    """The GAN as a task for ``training.fit``.

    Flow is clipped at the 99.5th percentile of the training flow's absolute values and divided by it, then resized from
    75 to the GAN's 80; drawn fields go the way back. Generator and discriminator take turns on every batch, with the
    batch's own classes: a class that fakes had more often than real fields would give the fakes away. A step whose loss
    or gradient is not finite is left out and counted in ``skipped_steps``.

    Args:
        epochs, batch_size: passes over the samples, fields in a step.
        width: factor on the channels of both networks.
        learning_rate, beta1: of Adam, for both networks; P1 prints 0.002 and "momentum" 0.5.
    """

    identity = "mxe_lib.augmentation.AugmentFlow"  # seeds are drawn from it: it stays, wherever this file goes

    def __init__(
        self,
        epochs: int = 200,
        width: float = 1.0,
        learning_rate: float = 0.002,
        batch_size: int = 64,
        beta1: float = 0.5,
    ) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.automatic_optimization = False
        self.generator = Generator(width, len(CLASSES))
        self.discriminator = Discriminator(width, len(CLASSES))
        self.register_buffer("limit", torch.ones(()))
        self.register_buffer("skipped_steps", torch.zeros((), dtype=torch.int64))

    def training_data(self, samples: Samples) -> tuple[Tensor, Tensor]:
        """``(N, 2, 80, 80)`` in [-1, 1] and ``(N,)`` classes; sets ``limit``.

        Raises:
            MxeError: if the samples are not flow u, v with classes, or a class is missing.
        """
        if samples.inputs.shape[1] != 2 or samples.classes is None:
            raise MxeError("GAN: it learns flow (u, v) with classes: make its samples with recognition_samples")
        missing = [name for number, name in enumerate(CLASSES) if number not in samples.classes]
        if missing:
            raise MxeError(f"GAN: no training clip is of class {missing[0]}: use fewer, larger folds")
        limit = float(np.quantile(samples.inputs.abs().numpy(), 0.995))
        self.limit.fill_(limit if limit > 0 else 1.0)
        flow = resize(samples.inputs / self.limit, IMAGE_SIZE).clamp(-1, 1)
        return flow.contiguous(memory_format=torch.channels_last), samples.classes

    def on_fit_start(self) -> None:
        self.to(memory_format=torch.channels_last)  # a third faster on a CPU

    def configure_optimizers(self) -> list[torch.optim.Optimizer]:
        settings = {"lr": self.hparams.learning_rate, "betas": (self.hparams.beta1, 0.999)}
        return [torch.optim.Adam(part.parameters(), **settings) for part in (self.generator, self.discriminator)]

    def training_step(self, batch: tuple[Tensor, Tensor], batch_index: int) -> None:
        real, classes = batch
        fake = self.generator(torch.randn(len(real), LATENT, device=real.device), classes)
        scores = [self.discriminator(real, classes), self.discriminator(fake.detach(), classes)]
        self._step(1, _cross_entropy(scores[0], 1.0) + _cross_entropy(scores[1], 0.0), self.discriminator)
        # Non-saturating: the generator raises its fakes' scores, which still pulls when the discriminator is sure.
        self.discriminator.requires_grad_(False)  # its gradients are not wanted here, and cost time
        self._step(0, _cross_entropy(self.discriminator(fake, classes), 1.0), self.generator)
        self.discriminator.requires_grad_(True)

    def _step(self, number: int, loss: Tensor, part: torch.nn.Module) -> None:
        optimizer = self.optimizers()[number]
        optimizer.zero_grad()
        self.manual_backward(loss)
        norm = torch.nn.utils.get_total_norm([p.grad for p in part.parameters() if p.grad is not None])
        if torch.isfinite(loss) and torch.isfinite(norm):
            optimizer.step()
        else:
            self.skipped_steps += 1

    def draw(self, classes: Tensor, size: int, seed: int) -> Tensor:
        """Fields of these classes, ``(N, 2, size, size)`` float32 in pixels.

        Raises:
            MxeError: if the generator gives anything that is not finite.
        """
        noise = torch.randn(len(classes), LATENT, generator=torch.Generator().manual_seed(seed))
        with torch.inference_mode(), determinism.one_thread():
            parts = [self.eval().generator(n, c) for n, c in zip(noise.split(64), classes.split(64), strict=True)]
            fields = resize(torch.cat(parts).contiguous(), size) * self.limit
        if not torch.isfinite(fields).all():
            raise MxeError(
                f"GAN: its fields are not finite ({int(self.skipped_steps)} steps were skipped): lower its "
                f"learning_rate ({self.hparams.learning_rate})"
            )
        return fields.clone()


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


def _rows_of_classes(samples: Samples) -> list[Tensor]:
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
    for rows in _rows_of_classes(samples):
        shuffled = rows[torch.randperm(len(rows), generator=generator)]
        chosen.append(shuffled[torch.arange(count) % len(rows)])
    return torch.cat(chosen)


def _with_rows(samples: Samples, rows: Tensor, maker: str, fields: Tensor | None = None) -> Samples:
    origins = [samples.clips[index].origin for index in samples.clip_index[rows].tolist()]
    fields = samples.inputs[rows] if fields is None else fields
    return enlarge(samples, fields, samples.classes[rows], maker, origins)


def _lengths(flow: Tensor, classes: Tensor) -> Tensor:
    """Mean length of the vectors, and their 99 % quantile over the mean; each field's own, averaged class by class.

    A class with few fields counts as much as the others.
    """
    lengths = flow.norm(dim=1).flatten(1)
    mean = lengths.mean(1)
    each = torch.stack([mean, torch.quantile(lengths, 0.99, dim=1) / mean.clamp(min=1e-12)])
    return torch.stack([each[:, classes == n].mean(1) for n in range(len(CLASSES)) if (classes == n).any()]).mean(0)


def _cross_entropy(scores: Tensor, target: float) -> Tensor:
    return F.binary_cross_entropy_with_logits(scores, torch.full_like(scores, target))


def resize(flow: Tensor, size: int) -> Tensor:
    if flow.shape[-1] == size:
        return flow
    return F.interpolate(flow, (size, size), mode="bilinear", align_corners=False)
