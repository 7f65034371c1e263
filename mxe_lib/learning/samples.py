"""Samples: what a network is fed, with the clips that it comes from."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from mxe_lib.clips import CLASSES, Clip
from mxe_lib.errors import MxeError


def joined(*parts: Samples) -> Samples:
    """All rows of these recognition samples, in order.

    Raises:
        MxeError: if a clip is there twice.
    """
    first = np.cumsum([0, *(len(part.clips) for part in parts[:-1])])
    return Samples(
        inputs=torch.cat([part.inputs for part in parts]),
        clips=tuple(clip for part in parts for clip in part.clips),
        clip_index=torch.cat([part.clip_index + int(n) for part, n in zip(parts, first, strict=True)]),
        classes=torch.cat([part.classes for part in parts]),
        clip_digests=[d for part in parts for d in part.clip_digests] if all(p.clip_digests for p in parts) else [],
    )


@dataclass(frozen=True, eq=False)
class Samples:
    """Network inputs, one row each, and the clips that they come from.

    Attributes:
        inputs: ``(N, C, H, W)`` float32: flow u, v in pixels, or maps u, v, strain.
        clips: the clips; every row belongs to one.
        clip_index: ``(N,)`` int64, which clip a row is of.
        numbers: ``(N,)`` int64 frame numbers, or None where a row is a whole clip.
        classes: ``(N,)`` int64 in the order of ``CLASSES``, or None.
        clip_digests: a hash of each clip's rows and annotation; computed when first asked for.

    Raises:
        MxeError: if lengths or types do not fit each other, or an input is not finite (the clip is named).
    """

    inputs: Tensor
    clips: tuple[Clip, ...]
    clip_index: Tensor
    numbers: Tensor | None = None
    classes: Tensor | None = None
    clip_digests: list[str] = field(default_factory=list, repr=False)

    def __post_init__(self) -> None:
        if self.inputs.ndim != 4 or self.inputs.dtype != torch.float32:
            raise MxeError(
                f"samples: inputs are {tuple(self.inputs.shape)} {self.inputs.dtype}: give (N, C, H, W) float32"
            )
        for name in ("clip_index", "numbers", "classes"):
            values = getattr(self, name)
            if values is not None and (values.shape != (len(self),) or values.dtype != torch.int64):
                raise MxeError(f"samples: {name} are {tuple(values.shape)} {values.dtype}: give ({len(self)},) int64")
        if len({clip.id for clip in self.clips}) != len(self.clips):
            raise MxeError("samples: a clip is there twice: give each clip once")
        if torch.unique(self.clip_index).tolist() != list(range(len(self.clips))):
            raise MxeError("samples: a clip has no row, or a row no clip: let clip_index name every clip")

    def __len__(self) -> int:
        return len(self.inputs)

    @property
    def subject_ids(self) -> list[str]:
        """The subject of each row."""
        return [self.clips[index].subject_id for index in self.clip_index.tolist()]

    def clip_classes(self) -> list[int] | None:
        """The class of each clip, or None where rows have none."""
        if self.classes is None:
            return None
        of_clip = dict(zip(self.clip_index.tolist(), self.classes.tolist(), strict=True))
        return [of_clip[index] for index in range(len(self.clips))]

    def subset(self, clip_ids: Collection[str]) -> Samples:
        """The rows of these clips, in the order in which they stand here.

        Raises:
            MxeError: if one of the clips is not here.
        """
        wanted = set(clip_ids)
        kept = [index for index, clip in enumerate(self.clips) if clip.id in wanted]
        if len(kept) != len(wanted):
            missing = sorted(wanted - {clip.id for clip in self.clips})
            raise MxeError(f"{missing[0]}: is in a fold but not among the samples: make the folds from these samples")
        new_index = torch.full((len(self.clips),), -1, dtype=torch.int64)
        new_index[kept] = torch.arange(len(kept))
        index = new_index[self.clip_index]
        rows = torch.nonzero(index >= 0).squeeze(1)
        return Samples(
            inputs=self.inputs[rows],
            clips=tuple(self.clips[index] for index in kept),
            clip_index=index[rows],
            numbers=None if self.numbers is None else self.numbers[rows],
            classes=None if self.classes is None else self.classes[rows],
            clip_digests=[self.clip_digests[index] for index in kept] if self.clip_digests else [],
        )

    def rows_of_clips(self) -> tuple[Tensor, ...]:
        """The rows of each clip, in order; all sorted at once: looking for each clip in all rows costs clips x rows."""
        counts = torch.bincount(self.clip_index, minlength=len(self.clips))
        return torch.argsort(self.clip_index, stable=True).split(counts.tolist())

    def per_clip(self) -> list[tuple[Clip, np.ndarray, list[int]]]:
        """Each clip with its rows ``(T, C, H, W)`` and their frame numbers."""
        parts = []
        for clip, rows in zip(self.clips, self.rows_of_clips(), strict=True):
            numbers = [] if self.numbers is None else self.numbers[rows].tolist()
            parts.append((clip, self.inputs[rows].numpy(), numbers))
        return parts

    def digest(self, clip_ids: Collection[str] | None = None) -> str:
        """A hash of everything here: the clips with annotation and origin, the inputs' bytes, numbers and classes.

        Made of a hash for each clip, which subsets keep, so that a fold's digest costs nothing.

        Args:
            clip_ids: hash what ``subset`` would give for these clips.
        """
        if not self.clip_digests:
            rows = self.rows_of_clips()
            self.clip_digests.extend(map(self._digest_clip, self.clips, rows))
        wanted = {clip.id for clip in self.clips} if clip_ids is None else set(clip_ids)
        kept = [value for clip, value in zip(self.clips, self.clip_digests, strict=True) if clip.id in wanted]
        return hashlib.sha256("".join(kept).encode()).hexdigest()

    def _digest_clip(self, clip: Clip, rows: Tensor) -> str:
        digest = hashlib.sha256(repr((clip, tuple(self.inputs.shape[1:]))).encode())
        for values in (self.inputs, self.numbers, self.classes):
            digest.update(b"-" if values is None else np.ascontiguousarray(values[rows].numpy()).tobytes())
        return digest.hexdigest()


def spotting_samples(
    clips: Sequence[Clip], flows: Sequence[np.ndarray | None], numbers: Sequence[Sequence[int]]
) -> Samples:
    """One row for each frame of each clip.

    Args:
        clips: the clips.
        flows: for each clip the flow from its onset to each of its frames, ``(T, 2, H, W)`` float32 in pixels; None
            where flow could not be computed: that clip is left out.
        numbers: for each clip its T frame numbers.

    Raises:
        MxeError: if nothing is left, or a clip's flow and frame numbers differ in length.
    """
    kept = [entry for entry in zip(clips, flows, numbers, strict=True) if entry[1] is not None]
    if not kept:
        raise MxeError("spotting samples: no clip has flow: look at the warnings of the flow computation")
    for clip, flow, frames in kept:
        if len(flow) != len(frames):
            raise MxeError(
                f"{clip.id}: {len(flow)} flow fields for {len(frames)} frame numbers: compute its flow again"
            )
    index = [np.full(len(frames), number) for number, (_, _, frames) in enumerate(kept)]
    return Samples(
        inputs=_finite(np.concatenate([flow for _, flow, _ in kept]), [c for c, _, f in kept for _ in f]),
        clips=tuple(clip for clip, _, _ in kept),
        clip_index=torch.from_numpy(np.concatenate(index)).long(),
        numbers=torch.from_numpy(np.concatenate([np.asarray(frames) for _, _, frames in kept])).long(),
    )


def recognition_samples(clips: Sequence[Clip], maps: np.ndarray, classes: Sequence[int | str]) -> Samples:
    """One row for each clip.

    Args:
        clips: N clips.
        maps: ``(N, 2 or 3, H, W)`` float32: onset-to-apex flow u, v in pixels, or maps u, v, strain.
        classes: numbers or words of ``CLASSES``.

    Raises:
        MxeError: if lengths differ or a class is not one of the three.
    """
    known = dict(zip(CLASSES, range(3), strict=True)) | {number: number for number in range(3)}
    clips, classes = list(clips), list(classes)
    if not len(clips) == len(maps) == len(classes):
        raise MxeError(
            f"recognition samples: {len(clips)} clips, {len(maps)} maps, {len(classes)} classes: give as many of each"
        )
    for clip, class_ in zip(clips, classes, strict=True):
        if class_ not in known:
            raise MxeError(f"{clip.id}: class {class_!r} is none of {', '.join(CLASSES)}: leave the clip out")
    return Samples(
        inputs=_finite(np.asarray(maps), clips),
        clips=tuple(clips),
        clip_index=torch.arange(len(clips)),
        classes=torch.tensor([known[class_] for class_ in classes]),
    )


def _finite(inputs: np.ndarray, clip_of_row: Sequence[Clip]) -> Tensor:
    inputs = np.ascontiguousarray(inputs, dtype=np.float32)
    finite = np.isfinite(inputs).all(axis=(1, 2, 3))
    if not finite.all():
        raise MxeError(
            f"{clip_of_row[int(np.argmin(finite))].id}: its flow is not finite: compute it again or drop the clip"
        )
    return torch.from_numpy(inputs)
