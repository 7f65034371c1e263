"""What a Dask cluster costs over the pool of processes: the same folds, from nothing, on warm workers, in turns.

    python benchmarks/cluster_speed.py [--workers 1 2] [--repeats 3]

Prints the seconds of each, Dask's overhead over the pool with as many workers, and how well more workers are used.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path

from mxe_lib.clips import Clip
from mxe_lib.compute import cluster, pool, scheduler
from mxe_lib.learning import folds
from mxe_lib.learning.crossval import cross_validate
from mxe_lib.learning.samples import Samples, recognition_samples
from mxe_lib.recognition.task import RecognizeEmotion
from mxe_lib.simulation.fields import sample_flow

SUBJECTS, PER_SUBJECT, EPOCHS = 16, 10, 20


def samples() -> Samples:
    fields, classes = sample_flow(SUBJECTS * PER_SUBJECT, 28, 0, "smic")
    clips = [
        Clip("smic", f"s{n // PER_SUBJECT}", f"c{n}", 100, 0, None, 30, "positive", origin="simulated")
        for n in range(len(fields))
    ]
    return recognition_samples(clips, fields, classes.tolist())


def seconds(data: Samples, workers: int) -> float:
    """One leave-one-subject-out run."""
    task = RecognizeEmotion("ststnet", epochs=EPOCHS, learning_rate=1e-3)
    with tempfile.TemporaryDirectory() as cache:
        started = time.perf_counter()
        cross_validate(task, data, folds.folds("loso", data), cache=Path(cache), workers=workers)
        return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    data, spent = samples(), {}
    for workers in options.workers:
        if workers > 1:
            pool.start(workers)  # before Dask, whose settings of the environment it would inherit
        with scheduler.at("local", workers) as where:
            for repeat in range(options.repeats + 1):
                for kind in ("pool", "dask") if repeat % 2 else ("dask", "pool"):
                    os.environ["MXE_CLUSTER"] = where if kind == "dask" else ""
                    # One worker of the pool is this very process; of Dask it is another one all the same.
                    found = seconds(data, max(2, workers) if kind == "dask" else workers)
                    if repeat:  # the first round loads torch
                        spent.setdefault((kind, workers), []).append(found)
            cluster.disconnect()
        pool.stop()
    medians = {key: statistics.median(values) for key, values in spent.items()}
    print(f"{SUBJECTS} folds of STSTNet, {EPOCHS} epochs, {len(data)} maps; median of {options.repeats}")
    for (kind, workers), value in sorted(medians.items(), key=lambda item: item[0][1]):
        line = f"{kind}, {workers} worker{'s' if workers > 1 else ''}: {value:6.2f} s"
        if kind == "dask":
            line += f", {100 * (value / medians['pool', workers] - 1):+.1f} % over the pool"
        if (kind, 1) in medians and workers > 1:
            line += f", efficiency {medians[kind, 1] / value / workers:.2f}"
        print(line)


if __name__ == "__main__":
    main()
