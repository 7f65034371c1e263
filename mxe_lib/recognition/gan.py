"""P1's conditional DC-GAN (section 3.4): the task that trains it, and the augmentation that draws from it.

P1 trained one GAN on all clips, those of the test subjects among them; that is kept as a control, by ``weights``.
"""

import copy
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytorch_lightning as pl
import torch
import torch.nn.functional as F
from torch import Tensor

from mxe_lib.clips import CLASSES
from mxe_lib.compute import determinism, seeds
from mxe_lib.errors import MxeError
from mxe_lib.learning import training
from mxe_lib.learning.samples import Samples
from mxe_lib.models.gan import IMAGE_SIZE, LATENT, Discriminator, Generator
from mxe_lib.recognition.augmentation import enlarge
from mxe_lib.weights import whole

AVERAGED = 0.998
"""What is kept of the average at each step: it reaches back some 500 steps, fewer at the beginning."""


@dataclass(frozen=True)
class GanAugmentation:
    """Adds ``fields_per_class`` synthetic fields of each class to the training samples.

    Attributes:
        fields_per_class: P1 adds 100, 300 in all. As classes are uneven, this also evens them out: compare with class
            weights or resampled clips before praising the GAN.
        steps: of generator and discriminator (P1 gives none). It takes thousands from random weights.
        width: factor on the GAN's channels.
        learning_rate: of Adam, see ``AugmentFlow``.
        batch_size: not given by P1.
        tuned: go on from the generator and discriminator that ship with the package
            (``shipped_generator``) instead of random weights; they have one width only.
        seed: of the GAN and of what is drawn from it. It is not the network's seed: so networks that are compared get
            the very same fields, and one GAN is trained for all of them. A repetition asks for another seed here.
        weights: name of a file under ``cache/models`` that ``fit`` made: fields are drawn from that GAN, whatever it
            was trained on. Only for the control ``gan_sees_test``.
    """

    fields_per_class: int = 100
    steps: int = 10_000
    width: float = 1.0
    learning_rate: float = 0.0005
    batch_size: int = 16
    tuned: bool = False
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
        gan = AugmentFlow(self.steps, self.width, self.learning_rate, self.batch_size)
        start = stored_generator(self.width, cache) if self.tuned else None
        return training.fit(gan, samples, seeds.of_texts("train", self.seed), cache, start=start)

    def draw(self, samples: Samples, cache: Path) -> tuple[Tensor, Tensor]:
        """``(3 * fields_per_class, 2, H, W)`` fields in pixels, at the samples' size, and their classes."""
        gan = training.load(self.fit(samples, cache))
        if skipped := int(gan.skipped_steps):
            warnings.warn(f"GAN: {skipped} steps were not finite and left out: lower its learning_rate", stacklevel=2)
        classes = torch.arange(len(CLASSES)).repeat_interleave(self.fields_per_class)
        return gan.draw(classes, samples.inputs.shape[-1], seeds.of_texts("draw", self.seed)), classes


class AugmentFlow(pl.LightningModule):
    """The GAN as a task for ``training.fit``.

    Flow is clipped at the 99.5th percentile of the training flow's absolute values, divided by it, and resized to the
    GAN's 80 pixels, so that it fills the range of the generator's tanh. Drawn fields go the way back. Generator and
    discriminator take turns on every batch. Fakes have the classes of the batch, because a class that is more frequent
    among fakes would give them away. A step whose loss or gradient is not finite is left out and counted in
    ``skipped_steps``.

    The two networks chase each other, and what a generator draws wavers from step to step. Fields are therefore drawn
    with the moving average of its weights (Yazici et al. 2019; ``AVERAGED``), which P1 does not mention.

    Args:
        steps, batch_size: how often both networks are changed, and fields in a step.
        width: factor on the channels of both networks.
        learning_rate, beta1: of Adam, for both networks; P1 prints 0.002 and "momentum" 0.5. At 0.002 the fields of
            simulated people are learned, and then lost again (``weights/MODEL_CARD.md``).
    """

    identity = "mxe_lib.augmentation.AugmentFlow"  # seeds are drawn from it: it stays, wherever this file goes

    def __init__(
        self,
        steps: int = 10_000,
        width: float = 1.0,
        learning_rate: float = 0.0005,
        batch_size: int = 16,
        beta1: float = 0.5,
    ) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.automatic_optimization = False
        self.generator = Generator(width, len(CLASSES))
        self.averaged = copy.deepcopy(self.generator).requires_grad_(False)
        self.discriminator = Discriminator(width, len(CLASSES))
        self.register_buffer("limit", torch.ones(()))
        self.register_buffer("skipped_steps", torch.zeros((), dtype=torch.int64))
        self.steps_done = 0

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
        self.generator.load_state_dict(self.averaged.state_dict())  # other weights than these go on from the average

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
        with torch.no_grad():
            share = 1 - min(AVERAGED, (1 + self.steps_done) / (10 + self.steps_done))
            for average, now in zip(self.averaged.parameters(), self.generator.parameters(), strict=True):
                average.lerp_(now, share)
        self.steps_done += 1
        if self.steps_done == self.hparams.steps:
            self.trainer.should_stop = True

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
            parts = [self.eval().averaged(n, c) for n, c in zip(noise.split(64), classes.split(64), strict=True)]
            fields = resize(torch.cat(parts).contiguous(), size) * self.limit
        if not torch.isfinite(fields).all():
            raise MxeError(
                f"GAN: its fields are not finite ({int(self.skipped_steps)} steps were skipped): lower its "
                f"learning_rate ({self.hparams.learning_rate})"
            )
        return fields.clone()


def stored_generator(width: float, cache: Path) -> Path:
    """The shipped GAN as a ``start`` for ``training.fit``, in the cache under a hash of its own content.

    Raises:
        MxeError: if it has another width.
    """
    shipped = training.load(whole("generator.model")).hparams.width
    if shipped != width:
        raise MxeError(f"GAN: the shipped one has width {shipped:g}, not {width:g}: train your own, or take that width")
    return training.stored(whole("generator.model"), cache)


def _cross_entropy(scores: Tensor, target: float) -> Tensor:
    return F.binary_cross_entropy_with_logits(scores, torch.full_like(scores, target))


def resize(flow: Tensor, size: int) -> Tensor:
    if flow.shape[-1] == size:
        return flow
    return F.interpolate(flow, (size, size), mode="bilinear", align_corners=False)
