"""The study at smoke on every kind of cluster, with workers, scheduler and client killed: the tables must be the same.

    python benchmarks/cluster.py                     # all trials, most of an hour on two cores
    python benchmarks/cluster.py pool hand --notebooks 03 04

Prints a line a trial, and writes ``cluster.csv`` into the output folder. Exit status 1 if a table differs.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import one_node_slurm
import psutil
from trials import Trial, different, processes

EVERY = 10.0
"""Seconds between two killed workers."""


def kill_pool_workers(trial: Trial) -> None:
    """One process of a notebook's pool every ten seconds."""
    kill_every(trial, lambda: processes(trial.process.pid)["worker"])


def kill_every(trial: Trial, workers: Callable[[], list[psutil.Process]]) -> None:
    chance = random.Random(0)
    while not trial.over.wait(EVERY):
        if found := workers():
            with contextlib.suppress(psutil.Error):
                chance.choice(found).kill()
                trial.killed += 1


class ByHand:
    """A scheduler with a file, and workers, each under a nanny that starts it again."""

    def __init__(self, folder: Path, workers: int):
        self.folder, self.file, self.count = folder, folder / "scheduler.json", workers
        self.processes: list[subprocess.Popen] = []

    def start(self) -> None:
        self.file.unlink(missing_ok=True)
        self._start("dask_scheduler", "--scheduler-file", str(self.file), "--port", "0", "--no-dashboard")
        while not self.file.exists():
            time.sleep(0.1)
        for _ in range(self.count):
            self._start("dask_worker", "--scheduler-file", str(self.file), "--nthreads", "1", "--no-dashboard")

    def _start(self, name: str, *options: str) -> None:
        with (self.folder / "dask.log").open("ab") as log:
            command = [sys.executable, "-m", f"distributed.cli.{name}", *options]
            started = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log, start_new_session=True)
        self.processes.append(started)

    def workers(self) -> list[psutil.Process]:
        """The processes that compute: children of the nannies."""
        found = []
        for nanny in self.processes[1:]:
            with contextlib.suppress(psutil.Error):
                children = psutil.Process(nanny.pid).children()
                found += [child for child in children if "spawn_main" in " ".join(child.cmdline())]
        return found

    def end(self) -> None:
        for process in self.processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self.processes.clear()


@contextlib.contextmanager
def by_hand(folder: Path, options: Sequence[str], workers: int = 2) -> Iterator[tuple[Trial, ByHand]]:
    trial_folder = folder / "run"
    folder.mkdir(parents=True)
    dask = ByHand(folder, workers)
    dask.start()
    try:
        yield Trial(trial_folder, ["--cluster", str(dask.file), *options]), dask
    finally:
        dask.end()


def pool(folder: Path, options: Sequence[str]) -> Trial:
    trial = Trial(folder, ["--workers", "2", *options])
    trial.run()
    return trial


def pool_killed(folder: Path, options: Sequence[str]) -> Trial:
    trial = Trial(folder, ["--workers", "2", *options])
    trial.run(kill_pool_workers)
    return trial


def local(workers: int) -> Callable[[Path, Sequence[str]], Trial]:
    def run(folder: Path, options: Sequence[str]) -> Trial:
        trial = Trial(folder, ["--cluster", "local", "--workers", str(workers), *options])
        trial.run()
        return trial

    return run


def hand(folder: Path, options: Sequence[str]) -> Trial:
    with by_hand(folder, options) as (trial, _):
        trial.run()
    return trial


def hand_workers_killed(folder: Path, options: Sequence[str]) -> Trial:
    with by_hand(folder, options) as (trial, dask):
        trial.run(lambda trial: kill_every(trial, dask.workers))
    return trial


def hand_scheduler_killed(folder: Path, options: Sequence[str]) -> Trial:
    def disturb(trial: Trial) -> None:
        if not trial.over.wait(60):
            dask.end()
            trial.killed += 1
            time.sleep(5)
            dask.start()

    with by_hand(folder, options) as (trial, dask):
        trial.run(disturb)
    return trial


def hand_client_killed(folder: Path, options: Sequence[str]) -> Trial:
    with by_hand(folder, options) as (trial, _):
        process = trial.start()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(60)
        if process.poll() is None:
            process.kill()
            trial.killed += 1
        process.wait()
        trial.run()
    return trial


SETTINGS = {"QUEUE": "all", "CORES": "1", "PROCESSES": "1", "MEMORY": "2GB", "WALLTIME": "01:00:00"}
"""Of ``jobqueue.yaml``, as environment variables."""


@contextlib.contextmanager
def on_slurm(folder: Path, options: Sequence[str]) -> Iterator[Trial]:
    with one_node_slurm.slurm(cpus=2) as environment:
        environment = environment | {f"DASK_JOBQUEUE__SLURM__{name}": value for name, value in SETTINGS.items()}
        environment |= {"DASK_JOBQUEUE__SLURM__LOG_DIRECTORY": str(folder / "slurm")}
        yield Trial(folder, ["--cluster", "slurm", "--workers", "2", *options], environment)


def slurm(folder: Path, options: Sequence[str]) -> Trial:
    with on_slurm(folder, options) as trial:
        trial.run()
    return trial


def slurm_cancelled(folder: Path, options: Sequence[str]) -> Trial:
    def disturb(trial: Trial) -> None:
        if not trial.over.wait(60):
            jobs = subprocess.run(["squeue", "-h", "-o", "%i"], env=trial.environment, capture_output=True, text=True)
            for job in jobs.stdout.split()[:1]:
                subprocess.run(["scancel", job], env=trial.environment, check=True)
                trial.killed += 1

    with on_slurm(folder, options) as trial:
        trial.run(disturb)
    return trial


TRIALS: dict[str, Callable[[Path, Sequence[str]], Trial]] = {
    "pool": pool,
    "pool_workers_killed": pool_killed,
    "local_1": local(1),
    "local_2": local(2),
    "local_4": local(4),
    "hand": hand,
    "hand_workers_killed": hand_workers_killed,
    "hand_scheduler_killed": hand_scheduler_killed,
    "hand_client_killed": hand_client_killed,
    "slurm": slurm,
    "slurm_cancelled": slurm_cancelled,
}
"""By name; ``pool`` comes first, the others are compared with it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the trials; 1 if a table differs from the pool's or a run failed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("trials", nargs="*", choices=[[], *TRIALS], metavar="TRIAL", help=", ".join(TRIALS))
    parser.add_argument("--notebooks", nargs="+", help="numbers; default: all")
    parser.add_argument("--out", type=Path, help="default: a new temporary folder")
    options = parser.parse_args(arguments)
    names = ["pool", *[name for name in options.trials or TRIALS if name != "pool"]]
    if not one_node_slurm.available():
        print("no SLURM here (install slurm-wlm and munge): its trials are left out")
        names = [name for name in names if "slurm" not in name]
    out = options.out or Path(tempfile.mkdtemp(prefix="cluster-"))
    only = ["--only", *options.notebooks] if options.notebooks else []
    expected, rows = {}, []
    for name in names:
        started = time.monotonic()
        try:
            trial = TRIALS[name](out / name, only)
            tables = trial.tables()
            expected = expected or tables
            answer = "the same" if tables == expected else f"DIFFERENT: {different(tables, expected)}"
            row = {
                "trial": name,
                "seconds": round(time.monotonic() - started),
                "tables": len(tables),
                "kills": trial.killed,
            }
        except RuntimeError as error:
            answer, row = f"FAILED: {error}", {"trial": name, "seconds": round(time.monotonic() - started)}
        rows.append(row | {"answer": answer})
        print("  ".join(f"{key} {value}" for key, value in rows[-1].items()), flush=True)
    with (out / "cluster.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["trial", "seconds", "tables", "kills", "answer"], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return int(any(row["answer"] != "the same" for row in rows))


if __name__ == "__main__":
    sys.exit(main())
