"""Samples: what a network is fed, with the clips it comes from, and a Lightning data module that keeps it in memory.

A whole fold fits in memory, so there are no worker processes, no collation and no copies: a batch is a set of rows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path

import numpy as np
import pytorch_lightning as pl
import torch
from torch import Tensor

from mxe_lib.clips import CLASSES, Clip, Database
from mxe_lib.errors import MxeError


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

    def per_clip(self) -> list[tuple[Clip, np.ndarray, list[int]]]:
        """Each clip with its rows ``(T, C, H, W)`` and their frame numbers."""
        parts = []
        for index, clip in enumerate(self.clips):
            rows = torch.nonzero(self.clip_index == index).squeeze(1)
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
            self.clip_digests.extend(self._digest_clip(index) for index in range(len(self.clips)))
        wanted = {clip.id for clip in self.clips} if clip_ids is None else set(clip_ids)
        kept = [value for clip, value in zip(self.clips, self.clip_digests, strict=True) if clip.id in wanted]
        return hashlib.sha256("".join(kept).encode()).hexdigest()

    def _digest_clip(self, index: int) -> str:
        rows = torch.nonzero(self.clip_index == index).squeeze(1)
        digest = hashlib.sha256(repr((self.clips[index], tuple(self.inputs.shape[1:]))).encode())
        for values in (self.inputs, self.numbers, self.classes):
            digest.update(b"-" if values is None else np.ascontiguousarray(values[rows].numpy()).tobytes())
        return digest.hexdigest()


def sampled_flow(
    databases: Sequence[Database],
    clips: Sequence[Clip],
    *,
    step: int,
    size: int,
    cache: Path | None,
    method: str = "tvl1",
    workers: int = 1,
) -> Samples:
    """Flow from each clip's onset to every ``step``-th of its frames, as ``spotting_samples``: read or computed.

    Args:
        databases: where the clips' frames are.
        clips: of any of these databases; those whose flow can't be computed are left out (with a warning each).
        size: side of the face crop in pixels.
        cache, method, workers: as for ``flow.flows``.

    Raises:
        MxeError: if a clip is of none of the databases.
    """
    numbers = {clip.id: clip.frame_numbers(step) for clip in clips}
    fields = _flow(databases, clips, numbers, size=size, cache=cache, method=method, workers=workers)
    return spotting_samples(clips, fields, [numbers[clip.id] for clip in clips])


def apex_samples(
    databases: Sequence[Database],
    clips: Sequence[Clip],
    apexes: Mapping[str, int] | None = None,
    *,
    size: int,
    cache: Path | None,
    method: str = "tvl1",
    workers: int = 1,
) -> Samples:
    """Flow from each clip's onset to its apex, as ``recognition_samples`` with the composite's classes.

    Args:
        databases, size, cache, method, workers: as for ``sampled_flow``.
        clips: of the composite.
        apexes: clip id -> frame number, such as a spotter's; a clip that is not named has its annotated apex or, where
            its database gives none (SMIC), the middle frame.

    Raises:
        MxeError: if a clip is of none of the databases, or not in the composite.
    """
    from mxe_lib.databases.composite import composite_class

    known = apexes or {}
    numbers = {c.id: [known.get(c.id, (c.onset + c.offset) // 2 if c.apex is None else c.apex)] for c in clips}
    fields = _flow(databases, clips, numbers, size=size, cache=cache, method=method, workers=workers)
    kept = [(clip, field[0]) for clip, field in zip(clips, fields, strict=True) if field is not None]
    if not kept:
        raise MxeError("recognition samples: no clip has flow: look at the warnings of the flow computation")
    return recognition_samples(
        [clip for clip, _ in kept], np.stack([field for _, field in kept]), [composite_class(clip) for clip, _ in kept]
    )


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


class InMemory(pl.LightningDataModule):
    """Batches of rows of tensors that stay where they are (on the device, once moved there).

    Args:
        tensors: each with N rows; a batch is a tuple of their rows.
        batch_size: the most rows of a batch.
        seed: of the order, which is drawn anew for each epoch.
    """

    def __init__(self, tensors: Sequence[Tensor], batch_size: int, seed: int) -> None:
        super().__init__()
        self.batches = Batches(tensors, batch_size, seed)

    def train_dataloader(self) -> Batches:
        return self.batches


class Batches:
    """Shuffled batches that differ by one row at most: a last batch of a single row would break batch normalisation.

    >>> batches = Batches([torch.arange(65)], batch_size=64, seed=0)
    >>> [len(rows) for (rows,) in batches]
    [33, 32]
    """

    def __init__(self, tensors: Sequence[Tensor], batch_size: int, seed: int) -> None:
        self.tensors, self.count = tuple(tensors), len(tensors[0])
        self.number = ceil(self.count / batch_size)
        self.generator = torch.Generator().manual_seed(seed)  # on the CPU: the same order on every device

    def __len__(self) -> int:
        return self.number

    def __iter__(self) -> Iterator[tuple[Tensor, ...]]:
        order = torch.randperm(self.count, generator=self.generator).to(self.tensors[0].device)
        for rows in order.tensor_split(self.number):
            yield tuple(tensor[rows] for tensor in self.tensors)


def _flow(
    databases: Sequence[Database], clips: Sequence[Clip], numbers: Mapping[str, list[int]], **settings
) -> list[np.ndarray | None]:
    """``flow.flows`` of clips of several databases, in the clips' order."""
    from mxe_lib.vision import flow

    fields: dict[str, np.ndarray | None] = {}
    for database in databases:
        own = [clip for clip in clips if clip.database == database.name]
        found = flow.flows(database, own, [numbers[clip.id] for clip in own], **settings)
        fields |= dict(zip([clip.id for clip in own], found, strict=True))
    if homeless := [clip.id for clip in clips if clip.id not in fields]:
        raise MxeError(f"{homeless[0]}: its database is not among those given: open it too")
    return [fields[clip.id] for clip in clips]


def _finite(inputs: np.ndarray, clip_of_row: Sequence[Clip]) -> Tensor:
    inputs = np.ascontiguousarray(inputs, dtype=np.float32)
    finite = np.isfinite(inputs).all(axis=(1, 2, 3))
    if not finite.all():
        raise MxeError(
            f"{clip_of_row[int(np.argmin(finite))].id}: its flow is not finite: compute it again or drop the clip"
        )
    return torch.from_numpy(inputs)
