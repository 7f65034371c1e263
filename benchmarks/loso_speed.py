"""How long STSTNet takes, one subject left out at a time: the plain way against the study's cross-validation.

    python benchmarks/loso_speed.py [--data DIR] [--folds 6] [--epochs 100] [--repeats 3]

The plain way is a Python loop over folds, epochs and batches of a shuffled DataLoader, on one thread, with the
network's three streams written as three convolutions, as its authors' code has them. The study's way is
``crossval.cross_validate`` with two workers. Two ways in between tell where the ratio comes from: the plain loop with
the streams merged into one convolution (the study's network), and the study's with one worker. All take turns in one
run. On a busy machine the seconds of the clock say little, the CPU seconds of the three that run in this process more.
Each repetition has a seed of its own: scores should agree within their spread over seeds.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from mxe_lib.clips import Clip
from mxe_lib.compute import pool
from mxe_lib.databases.sources import open_flowmaps
from mxe_lib.evaluation import metrics
from mxe_lib.learning.crossval import cross_validate
from mxe_lib.learning.folds import Fold, folds
from mxe_lib.learning.samples import Samples, recognition_samples
from mxe_lib.models.rivals import StstNet
from mxe_lib.recognition.recipe import Recipe
from mxe_lib.recognition.task import RecognizeEmotion

MAPS, SUBJECTS, BATCH, RATE, WORKERS = 309, 40, 256, 1e-3, 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder with flowmaps/; without it, as many simulated maps")
    parser.add_argument("--folds", type=int, default=6, help="of the LOSO folds, evenly spread")
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--repeats", type=int, default=3, help="repetitions, each with its own seed")
    options = parser.parse_args()
    torch.set_num_threads(1)
    samples = make_samples(options.data)
    every = folds("loso", samples)
    chosen = [every[n] for n in np.linspace(0, len(every) - 1, options.folds).round().astype(int)]
    origin = samples.clips[0].origin
    print(f"STSTNet on {len(samples)} {origin} maps, {len(chosen)} of {len(every)} LOSO folds, {options.epochs} epochs")

    task = RecognizeEmotion("ststnet", epochs=options.epochs, batch_size=BATCH, learning_rate=RATE, standardize="map")
    pool.start(WORKERS)  # a run of the study starts its workers once
    study(RecognizeEmotion("ststnet", epochs=1), samples, chosen, 0, WORKERS)  # here they import torch
    ways = {
        "plain": partial(plain, ThreeStreams, samples, chosen, options.epochs),
        "plain, streams merged": partial(plain, StstNet, samples, chosen, options.epochs),
        "study, 1 worker": partial(study, task, samples, chosen, workers=1),
        f"study, {WORKERS} workers": partial(study, task, samples, chosen, workers=WORKERS),
    }
    seconds, cpu, scores = ({way: [] for way in ways} for _ in range(3))
    for seed in range(options.repeats):
        for way, run in ways.items():
            start, cpu_start = time.perf_counter(), time.process_time()
            table = run(seed=seed)
            seconds[way].append(time.perf_counter() - start)
            cpu[way].append(time.process_time() - cpu_start)
            scores[way].append([score(table["y_true"], table["y_pred"]) for score in (metrics.uf1, metrics.accuracy)])
    pool.stop()

    print(f"{'way':24}{'seconds':>9}{'CPU s':>9}{'UF1 (SD)':>16}{'accuracy (SD)':>16}")
    for way in ways:
        (uf1, accuracy), (uf1_sd, accuracy_sd) = np.mean(scores[way], 0), np.std(scores[way], 0)
        own = "-" if way == list(ways)[-1] else f"{statistics.median(cpu[way]):.1f}"  # workers count their own
        print(f"{way:24}{statistics.median(seconds[way]):9.1f}{own:>9}", end="")
        print(f"{uf1:9.3f} ({uf1_sd:.3f}){accuracy:8.3f} ({accuracy_sd:.3f})")
    plain_, merged, one, two = ways
    print(f"plain over study, {WORKERS} workers: {ratio(seconds[plain_], seconds[two]):.2f} of the clock's seconds")
    print(f"plain over study, 1 worker:  {ratio(cpu[plain_], cpu[one]):.2f} of the CPU's seconds", end="")
    print(f" (merged streams alone {ratio(cpu[plain_], cpu[merged]):.2f})")


def ratio(first: list[float], second: list[float]) -> float:
    """Median over repetitions."""
    return statistics.median(a / b for a, b in zip(first, second, strict=True))


def plain(
    network: Callable[[], nn.Module], samples: Samples, chosen: list[Fold], epochs: int, seed: int
) -> pd.DataFrame:
    """What one would write: train on each fold's training clips, predict its test clips, collect."""
    torch.manual_seed(seed)
    parts = []
    for fold in chosen:
        train, test = samples.subset(fold.train), samples.subset(fold.test)
        shift = train.inputs.mean((0, 2, 3), keepdim=True)
        scale = train.inputs.std((0, 2, 3), keepdim=True)
        weights = len(train) / (3 * torch.bincount(train.classes, minlength=3))
        data = TensorDataset((train.inputs - shift) / scale, train.classes)
        loader = DataLoader(data, batch_size=BATCH, shuffle=True)
        model = network()
        optimizer = torch.optim.Adam(model.parameters(), lr=RATE)
        model.train()
        for _ in range(epochs):
            for inputs, classes in loader:
                optimizer.zero_grad()
                F.cross_entropy(model(inputs), classes, weights).backward()
                optimizer.step()
        model.eval()
        with torch.no_grad():
            predicted = model((test.inputs - shift) / scale).argmax(1)
        parts.append(pd.DataFrame({"y_true": test.classes.numpy(), "y_pred": predicted.numpy()}))
    return pd.concat(parts, ignore_index=True)


class ThreeStreams(nn.Module):
    """STSTNet as its authors' PyTorch code writes it: ``(N, 3, 28, 28)`` -> ``(N, 3)``."""

    def __init__(self) -> None:
        super().__init__()
        self.streams = nn.ModuleList(
            nn.Sequential(
                *(nn.Conv2d(3, filters, 3, padding=2), nn.ReLU(), nn.BatchNorm2d(filters)),
                *(nn.MaxPool2d(3, 3, padding=1), nn.Dropout(0.5)),
            )
            for filters in (3, 5, 8)
        )
        self.pool, self.fc = nn.AvgPool2d(2, 2), nn.Linear(16 * 5 * 5, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.pool(torch.cat([stream(x) for stream in self.streams], 1)).flatten(1))


def study(task: RecognizeEmotion, samples: Samples, chosen: list[Fold], seed: int, workers: int) -> pd.DataFrame:
    """The study's way, with a cache that holds nothing yet."""
    with tempfile.TemporaryDirectory() as cache:
        return cross_validate(task, samples, chosen, seed=seed, cache=Path(cache), workers=workers)


def make_samples(data: Path | None) -> Samples:
    """The public maps of CASME II and SMIC, or as many simulated ones, dealt out to as many subjects."""
    if data is not None:
        maps = open_flowmaps(data)
        if maps is None:
            raise SystemExit(f"no flowmaps/ in {data}: leave out --data for simulated maps")
        clips = [clip for clip in maps.clips() if clip.database in ("casme2", "smic")]
        return recognition_samples(clips, maps.maps(clips), [clip.emotion for clip in clips])
    drawn = Recipe().maps(MAPS)
    clips = [
        Clip("casme2", f"sub{n % SUBJECTS:02}", clip.name, 200, None, None, None, clip.emotion, origin="simulated")
        for n, clip in enumerate(drawn.clips)
    ]
    return recognition_samples(clips, drawn.inputs.numpy(), drawn.classes.tolist())


if __name__ == "__main__":
    main()
