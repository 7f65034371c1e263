"""How long one training step of each network takes, and what the fold runner costs over a bare torch loop.

    python benchmarks/training_speed.py [--width 0.125] [--repeats 3]

Everything on one thread, as in a worker process, and in CPU seconds: on an idle machine they are the seconds that pass,
on a busy one other processes don't count. Speeds differ between machines; the overhead is a ratio within one run.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

from mxe_lib import models
from mxe_lib.clips import Clip
from mxe_lib.learning.batches import Batches
from mxe_lib.learning.crossval import FoldJob
from mxe_lib.learning.folds import Fold, folds
from mxe_lib.learning.samples import Samples, recognition_samples, spotting_samples
from mxe_lib.learning.training import fold_seed
from mxe_lib.models.layers import parameter_count
from mxe_lib.recognition.task import RecognizeEmotion
from mxe_lib.spotting.task import SpotApex

STEP_BATCH = 32
JOBS = {
    "vgg_m, 540 frames": (SpotApex("vgg_m", width=1 / 8, epochs=8, learning_rate=1e-3), "frames"),
    "spotting_cnn, 540 frames": (SpotApex("spotting_cnn", width=1 / 8, epochs=8, learning_rate=1e-3), "frames"),
    "ststnet, 96 clips": (RecognizeEmotion("ststnet", epochs=60, learning_rate=1e-3), "clips"),
    "oc_net, 96 clips": (RecognizeEmotion("oc_net", width=1 / 16, epochs=4, learning_rate=1e-3), "clips"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--width", type=float, default=1 / 8, help="factor on the channels of the large networks")
    parser.add_argument("--repeats", type=int, default=3, help="repetitions; the median is printed")
    options = parser.parse_args()
    torch.set_num_threads(1)

    print(f"one training step, batch of {STEP_BATCH}, one thread")
    print(f"{'network':16}{'width':>8}{'parameters':>12}{'ms a step':>11}{'ms a sample':>13}")
    for name in models.NETWORKS:
        task = RecognizeEmotion(name, width=options.width, learning_rate=1e-3)
        milliseconds = 1000 * seconds_per_step(task, options.repeats)
        count = parameter_count(task.network)
        print(f"{name:16}{options.width:8.4f}{count:12,}{milliseconds:11.2f}{milliseconds / STEP_BATCH:13.3f}")

    print("\none fold: the fold runner against a bare torch loop on the same samples")
    print(f"{'job':28}{'bare s':>8}{'runner s':>10}{'overhead':>10}")
    for name, (task, kind) in JOBS.items():
        bare, runner = time_fold(task, make_samples(kind), options.repeats)
        print(f"{name:28}{bare:8.2f}{runner:10.2f}{100 * (runner / bare - 1):9.1f}%")


def seconds_per_step(task: RecognizeEmotion, repeats: int, steps: int = 5) -> float:
    network = task.network.train()
    inputs = torch.randn(STEP_BATCH, network.input_channels, network.input_size, network.input_size)
    if getattr(network, "channels_last", False):
        inputs, network = inputs.to(memory_format=torch.channels_last), network.to(memory_format=torch.channels_last)
    batch, optimizer = (inputs, torch.arange(STEP_BATCH) % 3), task.configure_optimizers()
    seconds = []
    for _ in range(repeats + 1):
        start = time.process_time()
        for _ in range(steps):
            step(task, batch, optimizer)
        seconds.append((time.process_time() - start) / steps)
    return statistics.median(seconds[1:])  # the first one chooses algorithms and allocates


def time_fold(task: SpotApex | RecognizeEmotion, samples: Samples, repeats: int) -> tuple[float, float]:
    """Seconds of the bare loop and of the runner, medians of repetitions in turn."""
    fold = folds("kfold5", samples)[0]
    bare, runner = [], []
    for _ in range(repeats):
        start = time.process_time()
        bare_loop(task, samples, fold)
        bare.append(time.process_time() - start)
        with tempfile.TemporaryDirectory() as cache:
            start = time.process_time()
            FoldJob(task, samples, fold, 0, Path(cache)).run()
            runner.append(time.process_time() - start)
    return statistics.median(bare), statistics.median(runner)


def bare_loop(task: SpotApex | RecognizeEmotion, samples: Samples, fold: Fold) -> None:
    """The same job without Lightning, cache or table: train on the training clips, answer for the test clips."""
    seed = fold_seed(task, 0, fold)
    torch.manual_seed(seed)
    model = type(task)(**task.hparams)
    tensors = model.training_data(samples.subset(fold.train))
    if getattr(model.network, "channels_last", False):
        model.to(memory_format=torch.channels_last)
    optimizer, batches = model.configure_optimizers(), Batches(tensors, task.hparams.batch_size, seed)
    model.train()
    for _ in range(task.hparams.epochs):
        for batch in batches:
            step(model, batch, optimizer)
    model.answers(samples.subset(fold.test))


def step(model: SpotApex | RecognizeEmotion, batch: tuple, optimizer: torch.optim.Optimizer) -> None:
    optimizer.zero_grad()
    model.training_step(batch, 0).backward()
    optimizer.step()


def make_samples(kind: str) -> Samples:
    """Noise of the size of ``quick``: 24 clips of 28 frames, or 120 clips, of 12 subjects (a fifth is tested)."""
    rng = np.random.default_rng(0)
    if kind == "frames":
        clips = [Clip("casme2", f"sub{n % 12:02}", f"c{n}", 200, 0, 40, 81, "disgust") for n in range(24)]
        numbers = [clip.frame_numbers(3) for clip in clips]
        flows = [rng.standard_normal((len(frames), 2, 75, 75), dtype=np.float32) for frames in numbers]
        return spotting_samples(clips, flows, numbers)
    clips = [Clip("casme2", f"sub{n % 12:02}", f"c{n}", 200, 0, 40, 81, "disgust") for n in range(120)]
    return recognition_samples(
        clips, rng.standard_normal((120, 2, 75, 75), dtype=np.float32), [n % 3 for n in range(120)]
    )


if __name__ == "__main__":
    main()
