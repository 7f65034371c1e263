"""What the spotting experiments cost at profile ``full``: measured per step, extrapolated to the whole. Nothing is run.

    python benchmarks/full_spotting.py [--seconds 4] [--workers N] [--csv FILE]

Every network of notebooks 03, 04 and 05 takes training steps at full width, with the paper's batch, on random flow: on
a CUDA device if there is one, else on one thread, as a worker process does. Samples a second, times workers, then say
how long all its folds and epochs would take. Flow is measured on one simulated clip. The ratio between networks carries
over to other machines, the hours don't; workers are taken not to slow each other. Left out is what costs little beside
it: prediction, aligned faces and tracked landmarks, notebook 06.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import time
from pathlib import Path

import cv2
import pandas as pd
import torch
from training_speed import step

from mxe_lib.databases.composite import clip_set
from mxe_lib.simulation.database import SimulatedDatabase
from mxe_lib.spotting.task import SpotApex
from mxe_lib.study import profiles
from mxe_lib.vision import flow

FULL = profiles.PROFILES["full"]
FOLDS = 5
# Network, arguments, batch size, and how often all frames are learned from: two networks that see one of the two
# databases each count once. VGG-M by itself: folds of clips, four labels, four steeper ones, three on each database.
NETWORKS = [("vgg_m", {"variant": 0}, 64, 12)]
NETWORKS += [("vgg_m", {"variant": variant}, 64, 2) for variant in (1, 2, 3, 4)]
NETWORKS += [
    ("spotting_cnn", {"layers": n, "normalization": norm}, 128, 1) for n in (3, 4, 5) for norm in ("bn", "lrn")
]
NETWORKS += [("spotting_cnn", {"attention": True} | extra, 128, 1) for extra in ({}, {"combine": "add"})]
NETWORKS += [("sme_conv_net", {}, 64, 1)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=4.0, help="time each network's steps at least that long")
    parser.add_argument("--workers", type=int, default=profiles.workers(), help="processes that the CPU's hours assume")
    parser.add_argument("--csv", type=Path, help="also write the table there")
    options = parser.parse_args()
    cuda = torch.cuda.is_available()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)

    databases = [SimulatedDatabase(name) for name in ("casme2", "samm")]
    clips = clip_set("p2_spotting", [clip for database in databases for clip in database.clips()])
    frames = sum(len(clip.frame_numbers(FULL.frame_step)) for clip in clips)
    per_second = 1 / seconds_of_flow(databases[0])
    rows = [("flow", "tvl1, 150 px", 1, frames, per_second, frames / per_second / options.workers / 3600)]
    for name, args, batch, count in NETWORKS:
        per_second = samples_per_second(name, args, batch, options.seconds, "cuda" if cuda else "cpu")
        learned = count * FULL.epochs * (FOLDS - 1) * frames
        hours = learned / per_second / (1 if cuda else options.workers) / 3600
        words = ";".join(f"{key}={value}" for key, value in args.items())
        rows.append((name, words, count, learned, per_second, hours))
    table = pd.DataFrame(rows, columns=["what", "variant", "times", "samples", "samples_per_second", "hours"])
    table = table.assign(samples_per_second=table["samples_per_second"].round(1), hours=table["hours"].round(1))
    processes = f"{options.workers} processes of one {platform.machine()} core"
    where = torch.cuda.get_device_name() if cuda else processes
    print(
        f"{len(clips)} clips, {frames:,} frames, {FOLDS} folds, {FULL.epochs} epochs, width {FULL.width:g}, on {where}"
    )
    print(table.to_string(index=False))
    print(
        f"all of it, extrapolated and not run: {table['hours'].sum():,.0f} hours ({table['hours'].sum() / 24:.0f} days)"
    )
    if options.csv:
        device = [processes if what == "flow" else where for what in table["what"]]
        table.assign(device=device).to_csv(options.csv, index=False, lineterminator="\n")


def samples_per_second(name: str, args: dict, batch: int, at_least: float, device: str) -> float:
    """Training samples a second at full width, the median over steps."""
    task = SpotApex(name, width=FULL.width, network_args=args, learning_rate=1e-3).to(device).train()
    network = task.network
    inputs = torch.randn(batch, network.input_channels, network.input_size, network.input_size, device=device)
    if getattr(network, "channels_last", False):
        inputs, _ = inputs.to(memory_format=torch.channels_last), network.to(memory_format=torch.channels_last)
    targets, optimizer, seconds = torch.rand(batch, device=device), task.configure_optimizers(), []
    while len(seconds) < 4 or sum(seconds[1:]) < at_least:
        started = time.perf_counter()
        step(task, (inputs, targets), optimizer)
        if device == "cuda":
            torch.cuda.synchronize()
        seconds.append(time.perf_counter() - started)
    return batch / statistics.median(seconds[1:])  # the first one chooses algorithms and allocates


def seconds_of_flow(database: SimulatedDatabase) -> float:
    """A frame's flow at full size, face alignment and rendering included, on one thread."""
    clip = database.clips()[0]
    numbers = clip.frame_numbers(4)
    started = time.perf_counter()
    flow.clip_flow(database, clip, numbers, size=FULL.flow_size)
    return (time.perf_counter() - started) / len(numbers)


if __name__ == "__main__":
    main()
