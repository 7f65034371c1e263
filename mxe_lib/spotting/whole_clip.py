"""Spotting in whole clips: ``SpotApexInClip``, and unlimited simulated clips for it to learn from.

A clip becomes ``MOMENTS`` flow fields, evenly from onset to offset, each 15 x 15: enough to see which part of the face
moves how far. The simulator gives such clips without rendering a frame, hundreds a second.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytorch_lightning as pl
import torch
import torch.nn.functional as F
from torch import Tensor

from mxe_lib.compute.seeds import generator
from mxe_lib.errors import MxeError
from mxe_lib.learning.samples import Samples, spotting_samples
from mxe_lib.models.clip_spotter import ClipSpotter
from mxe_lib.simulation import motion, people
from mxe_lib.simulation.cohorts import cohort_rows
from mxe_lib.simulation.face import Placement
from mxe_lib.simulation.fields import Crop
from mxe_lib.simulation.timeline import Distractors

MOMENTS, GRID = 32, 15

FLOW_SIZE = 75
"""Flow is in pixels of a crop this wide, wherever it comes from."""


def simulated_clips(
    count: int, seed: int = 1, *, distractors: Distractors | None = None, noise: float = 0.06, crop: Crop | None = None
) -> Samples:
    """Clips of simulated people with an annotated apex, their true flow at ``MOMENTS`` moments and an estimate's noise.

    Args:
        count: clips; they come from as many cohorts as it takes, CASME II-like and SAMM-like in turn.
        seed: of the first cohort, 1 or more: cohort 0 is what the study tests on.
        distractors: None = the cohorts' own.
        noise: standard deviation of what TV-L1 gets wrong, in pixels of a crop 75 wide; smooth in space.
        crop: where the face lies, and how much that varies.

    Returns:
        Spotting samples: ``(count * MOMENTS, 2, GRID, GRID)`` and the clips, whose frame numbers start at 0.

    Raises:
        MxeError: if the seed is that of the tested cohorts.
    """
    if seed < 1:
        raise MxeError(f"simulated clips of seed {seed}: choose 1 or more; cohort 0 is what is tested")
    distractors, crop = distractors or Distractors(), crop or Crop()
    clips, flows, numbers = [], [], []
    while len(clips) < count:
        for name in ("casme2", "samm"):
            for row in cohort_rows(name, seed):
                if row.clip.apex is None or len(clips) == count or not row.clip.onset < row.clip.apex < row.clip.offset:
                    continue
                rng = generator("clip spotting", row.clip.id, seed)
                clip = row.clip
                frames = np.round(np.linspace(0, clip.length, MOMENTS)).astype(int)
                shape = people.identity(name, clip.subject, seed).shape
                plan = motion.plan(row, shape, distractors, seed)
                basis = motion.basis(plan, _placed(crop, rng), (GRID, GRID)) * np.float32(FLOW_SIZE / GRID)
                weights = np.stack([plan.weights(int(frame)) for frame in frames]).astype(np.float32)
                flow = np.tensordot(weights, basis, 1) + _noise(rng, noise)
                flow[0] = 0
                times = dict(onset=0, apex=clip.apex - clip.onset, offset=clip.length)
                clips.append(replace(clip, name=f"{clip.name}@{seed}", **times))
                flows.append(flow)
                numbers.append(frames.tolist())
        seed += 1
    return spotting_samples(clips, flows, numbers)


class SpotApexInClip(pl.LightningModule):
    """Score the moments of a clip against each other: the apex should win.

    The loss is the cross-entropy between the scores' softmax over the clip and a bell around the annotated apex, as
    wide as annotators disagree: what counts is which moment is best, not the value of any score.

    Args:
        epochs, batch_size, learning_rate: of Adam, whose rate decays to 0 along a cosine.
        width: of ``ClipSpotter``.
        bell: standard deviation of the target, as a share of the clip.
    """

    identity = "mxe_lib.clip_spotting.SpotApexInClip"  # seeds are drawn from it: it stays, wherever this file goes

    def __init__(
        self,
        epochs: int = 12,
        batch_size: int = 32,
        learning_rate: float = 1e-3,
        width: float = 1.0,
        bell: float = 0.04,
    ) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.network = ClipSpotter(width)

    def forward(self, clips: Tensor) -> Tensor:
        """``(N, MOMENTS, 2, GRID, GRID)`` -> ``(N, MOMENTS)``."""
        return self.network(clips)

    def training_data(self, samples: Samples) -> tuple[Tensor, Tensor]:
        """Clips as ``moments`` gives them, and the target over their moments ``(N, MOMENTS)``.

        Raises:
            MxeError: if a clip has no apex.
        """
        for clip in samples.clips:
            if clip.apex is None:
                raise MxeError(f"{clip.id}: has no apex to learn from: leave it out of the training clips")
        place = torch.tensor([(clip.apex - clip.onset) / max(1, clip.length) for clip in samples.clips])
        away = torch.linspace(0, 1, MOMENTS)[None] - place[:, None]
        return moments(samples), F.softmax(-0.5 * (away / self.hparams.bell) ** 2, dim=1)

    def training_step(self, batch: tuple[Tensor, Tensor], batch_index: int) -> Tensor:
        clips, targets = batch
        turned = torch.rand(len(clips), device=clips.device) < 0.5  # a mirrored face has its apex at the same moment
        mirrored = clips.flip(-1) * torch.tensor([-1.0, 1.0], device=clips.device)[:, None, None]
        clips = torch.where(turned[:, None, None, None, None], mirrored, clips)
        return F.cross_entropy(self(clips), targets)

    def configure_optimizers(self) -> dict:
        optimizer = torch.optim.Adam(self.parameters(), lr=self.hparams.learning_rate, fused=True)
        steps = self.trainer.estimated_stepping_batches
        scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=steps)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}

    def predictions(self, samples: Samples) -> pd.DataFrame:
        """How probable it is that a frame is the apex, among the clip's frames at hand.

        Returns:
            Columns clip, database, subject, number, score; a clip's scores add up to 1.
        """
        training = self.training
        self.eval()
        with torch.inference_mode():
            parts = [self(part.to(self.device)).cpu() for part in moments(samples).split(64)]
        scores = torch.cat(parts).double().numpy()
        self.train(training)
        rows = []
        for (clip, _, numbers), curve in zip(samples.per_clip(), scores, strict=True):
            at = (np.array(numbers) - clip.onset) / max(1, clip.length) * (MOMENTS - 1)
            values = np.interp(at, np.arange(MOMENTS), curve)
            values = np.exp(values - values.max())
            values /= values.sum()
            rows += [
                (clip.id, clip.database, clip.subject_id, n, value) for n, value in zip(numbers, values, strict=True)
            ]
        return pd.DataFrame(rows, columns=["clip", "database", "subject", "number", "score"])


def moments(samples: Samples) -> Tensor:
    """Each clip's flow at ``MOMENTS`` moments, interpolated between its frames: ``(N, MOMENTS, 2, GRID, GRID)``.

    Args:
        samples: spotting samples, flow in pixels of a crop of any size; brought to that of ``FLOW_SIZE``.
    """
    clips = []
    for clip, flow, numbers in samples.per_clip():
        small = F.adaptive_avg_pool2d(torch.from_numpy(flow), GRID)
        if flow.shape[-1] != GRID:
            small = small * (FLOW_SIZE / flow.shape[-1])
        wanted = np.linspace(clip.onset, clip.offset, MOMENTS)
        order = np.argsort(numbers, kind="stable")
        known = np.array(numbers, float)[order]
        above = np.clip(np.searchsorted(known, wanted), 1, len(known) - 1) if len(known) > 1 else np.zeros(MOMENTS, int)
        below = np.maximum(above - 1, 0)
        gap = np.maximum(known[above] - known[below], 1e-9)
        share = torch.from_numpy(np.clip((wanted - known[below]) / gap, 0, 1)).float()[:, None, None, None]
        small = small[torch.from_numpy(order)]
        clips.append(small[below] * (1 - share) + small[above] * share)
    return torch.stack(clips)


def _placed(crop: Crop, rng: np.random.Generator) -> Placement:
    (left_x, left_y), (right_x, _) = crop.eyes
    across = GRID * (right_x - left_x) * np.exp(crop.zoom * rng.standard_normal())
    down = across * np.exp(crop.stretch * rng.standard_normal()) / crop.height
    middle = np.array([(left_x + right_x) / 2, left_y]) + crop.shift * rng.standard_normal(2)
    return Placement((across, down), tuple(GRID * middle - 0.5))


def _noise(rng: np.random.Generator, size: float) -> np.ndarray:
    """Smooth in space, partly shared by neighbouring moments, ``(MOMENTS, 2, GRID, GRID)``."""
    knots = rng.standard_normal((MOMENTS, 2, 5, 5), dtype=np.float32)
    knots[1:] += 0.5 * knots[:-1]
    spread = F.interpolate(torch.from_numpy(knots), (GRID, GRID), mode="bilinear", align_corners=True).numpy()
    return np.float32(size) * spread
