"""How the cost of the study grows with the number of clips: seconds and memory of each stage, and the exponent.

    python benchmarks/scale.py [--clips 100 1000 10000] [--workers 2] [--csv FILE]

Each number of clips runs in a process of its own, so that its peak of memory is its own. Frames lie in files, two a
clip, of a few simulated faces; fields for training and scoring come straight from the simulator. An exponent of 1 is
cost in proportion to the clips; it is taken between the two largest numbers.
"""

from __future__ import annotations

import argparse
import copy
import json
import math
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pandas as pd

from mxe_lib.clips import Clip
from mxe_lib.compute import pool, store
from mxe_lib.evaluation import results
from mxe_lib.evaluation.rows import difference_rows, recognition_table, spotting_rows
from mxe_lib.learning import folds
from mxe_lib.learning.crossval import cross_validate
from mxe_lib.learning.samples import recognition_samples, spotting_samples
from mxe_lib.recognition import linear
from mxe_lib.recognition.task import RecognizeEmotion
from mxe_lib.simulation.database import SimulatedDatabase
from mxe_lib.simulation.fields import sample_flow
from mxe_lib.spotting import rules
from mxe_lib.spotting.labels import label
from mxe_lib.study import report
from mxe_lib.vision import flow

FACES, FRAMES, PER_SUBJECT = 8, 17, 7
CLASSES = ("negative", "positive", "surprise")


class Files:
    """Clips of two frames, an image file each."""

    origin, name = "simulated", "smic"

    def __init__(self, folder: Path, count: int):
        self.folder = folder
        self._clips = [clip(number, number_of_frames=2) for number in range(count)]

    def write(self) -> None:
        database = SimulatedDatabase("smic")
        for number, source in enumerate(database.clips()[:FACES]):
            shown = database.frames(source, [source.onset, (source.onset + source.offset) // 2])
            for index, frame in enumerate(shown):
                cv2.imwrite(str(self.folder / f"face{number}-{index}.png"), frame[..., ::-1])
        for number, one in enumerate(self._clips):
            for index in (0, 1):
                os.link(self.folder / f"face{number % FACES}-{index}.png", self.path(one, index))

    def path(self, one: Clip, number: int) -> Path:
        return self.folder / f"{one.subject}-{one.name}-{number}.png"

    def clips(self) -> list[Clip]:
        return self._clips

    def reader(self) -> Files:
        lean = copy.copy(self)
        lean._clips = []  # noqa: SLF001 (its own)
        return lean

    def frames(self, one: Clip, numbers: list[int]) -> np.ndarray:
        return np.stack([cv2.imread(str(self.path(one, number)))[..., ::-1] for number in numbers])

    def fingerprint(self, one: Clip, numbers: list[int]) -> str:
        return store.digest(b"".join(self.path(one, number).read_bytes() for number in numbers))


def clip(number: int, number_of_frames: int) -> Clip:
    subject = f"s{number // PER_SUBJECT:05}"
    times = (0, (number_of_frames - 1) // 2, number_of_frames - 1)
    return Clip("smic", subject, f"c{number}", 100, *times, CLASSES[number % 3], origin="simulated")


def measure(count: int, workers: int) -> dict[str, float]:
    """Seconds of each stage at this number of clips."""
    seconds: dict[str, float] = {}

    def timed(name: str, call: Callable[[], object]) -> object:
        started = time.perf_counter()
        found = call()
        seconds[name] = time.perf_counter() - started
        return found

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "frames").mkdir()
        database = Files(folder / "frames", count)
        database.write()
        how = dict(size=75, method="dis", cache=folder, workers=workers)
        pool.start(workers)
        asked = (database, database.clips(), [[1]] * count)
        timed("flow, computed and kept", lambda: flow.flows(*asked, **how))
        timed("flow, read again", lambda: flow.flows(*asked, **how))

        fields, _ = sample_flow(count, 28, 0, "smic")
        clips = [clip(number, FRAMES) for number in range(count)]
        classes = [number % 3 for number in range(count)]
        samples = timed("samples, and their digests", lambda: digested(recognition_samples(clips, fields, classes)))
        split = timed("folds", lambda: folds.folds("kfold5", samples))
        task = RecognizeEmotion("flow_cnn", epochs=2, learning_rate=1e-3)
        found = timed("cross-validation", lambda: cross_validate(task, samples, split, cache=folder, workers=workers))
        timed("cross-validation, read again", lambda: cross_validate(task, samples, split, cache=folder))
        other = timed("linear model", lambda: linear.logistic_regression(samples, split))
        systems = {("flow_cnn", "", "kfold5"): found, ("logistic_regression", "", "kfold5"): other}
        fixed = dict(experiment="scale", origin="simulated")
        rows = [
            timed("scores, 2,000 resamples", lambda: recognition_table(systems, ("logistic_regression", ""), **fixed))
        ]
        named = dict(model="flow_cnn", variant="", than="linear", protocol="kfold5", **fixed)
        rows += [timed("paired difference", lambda: difference_rows(found, other, "uf1", **named))]

        bells = [label("linear", np.arange(FRAMES), 0, FRAMES // 2, FRAMES - 1)] * count
        noise = np.random.default_rng(0)
        flows = [bell[:, None, None, None] * np.ones((1, 2, 8, 8), np.float32) for bell in bells]
        frames = timed("frames as samples", lambda: digested(spotting_samples(clips, flows, [range(FRAMES)] * count)))
        table = pd.DataFrame({"clip": np.repeat([one.id for one in clips], FRAMES), "database": "smic"})
        table["subject"] = np.repeat([one.subject_id for one in clips], FRAMES)
        table["fold"], table["seed"] = "kfold5-0", 0
        table["number"] = np.tile(np.arange(FRAMES), count)
        table["score"] = np.concatenate(bells) + noise.normal(scale=0.1, size=len(table))
        timed("frames of each clip", frames.per_clip)
        picked = timed("apexes by SW-Max", lambda: rules.pick(table, clips, "sw_max"))
        spotted = timed(
            "spotting scores",
            lambda: spotting_rows(picked, model="toy", protocol="kfold5", experiment="scale", origin="simulated"),
        )
        timed("table and report", lambda: page(folder, rows, spotted))
    return seconds


def digested(samples):
    samples.digest()
    return samples


def page(folder: Path, rows: list[pd.DataFrame], spotted: pd.DataFrame) -> None:
    results.write("scale", [*rows, spotted], folder / "results")
    report.build(folder, [], "quick", "simulated")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--clips", type=int, nargs="+", default=[100, 1000, 10_000])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--csv", type=Path, help="also write the table there")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        import scale  # workers can import what this module holds; of the script itself they can't

        seconds = scale.measure(options.one, options.workers)
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        pool.stop()
        print(json.dumps(seconds | {"peak memory, MB": own}))
        return
    columns = {}
    for count in options.clips:
        command = [sys.executable, __file__, "--one", str(count), "--workers", str(options.workers)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        columns[count] = json.loads(done.stdout.splitlines()[-1])
        print(f"{count} clips: {sum(columns[count].values()) - columns[count]['peak memory, MB']:.0f} s", flush=True)
    table = pd.DataFrame(columns)
    if len(options.clips) > 1:
        small, large = sorted(options.clips)[-2:]
        table["exponent"] = [math.log(row[large] / row[small], large / small) for _, row in table.iterrows()]
    print(table.round(2).to_string())
    if options.csv:
        table.round(3).to_csv(options.csv, index_label="stage", lineterminator="\n")


if __name__ == "__main__":
    main()
