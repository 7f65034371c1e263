"""The training loop for a GPU: what Lightning's ``Trainer`` does to a task of ours, without its host work.

On a CPU a step takes milliseconds and the Trainer's share of it is small. On a GPU it costs 40 % of a step (OC-Net at
full width, H200: 2,460 samples a second through the Trainer in bf16, 3,700-4,800 without). Here a step is a forward
pass, a backward pass and the optimiser; nothing waits for the device. On a CPU the two give the same bits, which is how
this one is tested.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

import pytorch_lightning as pl
import torch

from mxe_lib.errors import MxeError
from mxe_lib.learning.batches import Batches


@dataclass
class Plan:
    """What a task asks its ``trainer`` when it sets up its optimiser."""

    estimated_stepping_batches: int


def suits(task: pl.LightningModule) -> bool:
    """Whether a task can be trained here: not one that drives its optimisers itself, as the GAN does."""
    return task.automatic_optimization


def train(task: pl.LightningModule, batches: Batches, epochs: int, bf16: bool = False) -> None:
    """Trains a task in place, on the device where it and its batches are.

    Args:
        bf16: whether the forward pass runs under autocast to bfloat16; weights, gradients and loss stay float32.
    """
    task.trainer = Plan(epochs * len(batches))
    try:
        optimizer, scheduler = _optimizer(task)
    finally:
        task.trainer = None
    task.train()
    for _ in range(epochs):
        for index, batch in enumerate(batches):
            with torch.autocast(task.device.type, torch.bfloat16) if bf16 else contextlib.nullcontext():
                loss = task.training_step(batch, index)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            if scheduler is not None:
                scheduler.step()
        task.on_train_epoch_end()


def _optimizer(task: pl.LightningModule) -> tuple:
    configured = task.configure_optimizers()
    if not isinstance(configured, dict):
        return configured, None
    scheduler = configured["lr_scheduler"]
    if scheduler["interval"] != "step":
        raise MxeError(f"{type(task).__name__}: its rate changes once an epoch: give its scheduler the interval 'step'")
    return configured["optimizer"], scheduler["scheduler"]
