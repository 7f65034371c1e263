"""Batches that stay in memory, as a Lightning data module."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil

import pytorch_lightning as pl
import torch
from torch import Tensor


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
