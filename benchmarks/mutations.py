"""Breaks correct inputs in a thousand ways and looks what becomes of each: no crash, no silent change, no lost file.

    python benchmarks/mutations.py [--inputs 1200] [--workers 2] [--csv FILE] [--kinds smic .avi] [--only SEED ...]

An input is a database on disk, a list of flow maps, a clip for ``mxe analyze``, a place to write to, a kept file,
shipped weights, a run's results (``breaks/``). Each is broken in one way that its seed draws, read as a user would read
it, and judged (``breaks/judge.py``): RIGHT, TOLD, REFUSED, or a FAULT; one that takes more seconds or memory than
allowed is a fault, too. Exit status 1 if there is one. A seed is the same input each time, as long as the list of ways
is the same: ``--only`` shows it alone.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import json
import os
import queue
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parent))  # tests import this module from elsewhere

OUTCOMES = ("RIGHT", "TOLD", "REFUSED", "FAULT")
START = 180.0
"""Seconds for a worker's imports and for the correct input, which is made and read before it is broken."""


@dataclass(frozen=True)
class Record:
    """What became of one input."""

    seed: int
    kind: str
    way: str
    outcome: str
    change: str
    why: str
    seconds: float


@cache
def kinds() -> dict[str, object]:
    """The kinds of input, by name."""
    from breaks import caches, clips, databases, maps, movies, places, runs, weights, workbooks

    found = [workbooks.Listed("casme2"), workbooks.Listed("samm"), databases.OnDisk("smic")]
    found += [maps.Maps(), places.Place(), places.Written(), weights.Shipped(), weights.Own(), runs.Tables()]
    found += [clips.Folder(".png", False), clips.Folder(".jpg", True), clips.Folder(".tif", False)]
    found += [clips.Folder(".bmp", True), *(movies.Movie(ending) for ending in (*movies.ANIMATED, *movies.VIDEOS))]
    found += [caches.Flow(), caches.Folds(), caches.SentFolds()]
    return {each.name: each for each in found}


@cache
def ways() -> list[tuple[str, str]]:
    """Each kind with each way to break it, in an order that spreads over the kinds."""
    found = [(name, way) for name, kind in kinds().items() for way in kind.breaks]
    Random(0).shuffle(found)
    return found


def drawn(seed: int, wanted: Sequence[str] = ()) -> tuple[str, str]:
    """Kind and way of a seed.

    Args:
        wanted: parts of the names of kinds; default all.
    """
    chosen = [each for each in ways() if not wanted or any(part in each[0] for part in wanted)]
    return chosen[seed % len(chosen)]


class Bench:
    """Where inputs are made, broken and read, in this process."""

    def __init__(self, folder: Path):
        from breaks.clips import quick

        quick()
        self.folder, self._before = folder, {}

    def run(self, kind_name: str, way: str, seed: int, begin: Callable[[], None] = lambda: None) -> Record:
        from breaks.judge import judge

        kind, case = kinds()[kind_name], self.folder / "case"
        template = self.folder / "whole" / kind_name
        if kind_name not in self._before:
            shutil.rmtree(template, ignore_errors=True)
            template.mkdir(parents=True)
            kind.build(template)
            self._copy(template, case)
            self._before[kind_name] = kind.observe(case)
        self._copy(template, case)
        begin()
        rng, started = Random(f"{kind_name} {way} {seed}"), time.monotonic()
        change = kind.breaks[way](case, rng)
        outcome, why = judge(kind, case, change, self._before[kind_name])
        words = (" ".join(str(text).replace(str(case), "").split()) for text in (change.what, why))
        return Record(seed, kind_name, way, outcome, *words, round(time.monotonic() - started, 2))

    @staticmethod
    def _copy(source: Path, target: Path) -> None:
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(source, target, symlinks=True)


def serve(folder: Path, wanted: Sequence[str]) -> None:
    """A worker: a seed a line comes in; before and after each a line goes out."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever a library prints is no answer
    bench = Bench(folder)
    for line in sys.stdin:
        seed = int(line)
        signal.alarm(600)  # one that waits for a pipe does not outlive a benchmark that was killed
        try:
            record = bench.run(*drawn(seed, wanted), seed, lambda: print("begin", file=answers, flush=True))
            answer = asdict(record)
        except Exception as error:
            kind, way = drawn(seed, wanted)
            import traceback

            where = traceback.extract_tb(error.__traceback__)[-1]
            why = f"the benchmark itself: {type(error).__name__}: {error} ({Path(where.filename).name}:{where.lineno})"
            answer = asdict(Record(seed, kind, way, "FAULT", "", why, 0.0))
        print(json.dumps(answer), file=answers, flush=True)


class Worker:
    """A process that breaks one input after the other; a new one where it hangs, grows or dies."""

    def __init__(self, folder: Path, options: argparse.Namespace):
        self.folder, self.options, self.process = folder, options, None

    def run(self, seed: int) -> Record:
        if self.process is None:
            command = [sys.executable, __file__, "--serve", str(self.folder), "--kinds", *self.options.kinds]
            with (self.folder / "stderr").open("ab") as log:
                pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": log}
                self.process = subprocess.Popen(command, bufsize=0, **pipes)
        self.process.stdin.write(f"{seed}\n".encode())
        end, said, began = time.monotonic() + START, b"", False
        while True:
            if select.select([self.process.stdout], [], [], 0.05)[0]:
                part = os.read(self.process.stdout.fileno(), 1 << 16)
                said += part
                if not began and b"begin\n" in said:
                    began, end = True, time.monotonic() + self.options.seconds
                if said.endswith(b"}\n"):
                    return Record(**json.loads(said.splitlines()[-1]))
                if not part:
                    return self._fault(seed, f"the process died: status {self.process.wait()}")
            if time.monotonic() > end:
                return self._fault(seed, f"more than {self.options.seconds:g} s")
            if self._memory() > self.options.memory:
                return self._fault(seed, f"more than {self.options.memory} MB of memory")

    def _fault(self, seed: int, why: str) -> Record:
        self.stop()
        return Record(seed, *drawn(seed, self.options.kinds), "FAULT", "", why, self.options.seconds)

    def _memory(self) -> float:
        """Megabytes; 0 where this system does not say."""
        try:
            pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        except (OSError, IndexError):
            return 0.0
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            for pipe in (self.process.stdin, self.process.stdout):
                pipe.close()
        self.process = None
        unmount(self.folder)


def unmount(folder: Path) -> None:
    """Takes away the disks that a killed worker left."""
    mounts = Path("/proc/mounts")
    for line in mounts.read_text().splitlines() if mounts.exists() else ():
        place = line.split()[1]
        if place.startswith(f"{folder}/"):
            subprocess.run(["umount", "--lazy", place], capture_output=True)


def run(seeds: Sequence[int], options: argparse.Namespace, folder: Path) -> list[Record]:
    """All seeds on ``options.workers`` processes; faults are printed as they come."""
    waiting, records = queue.SimpleQueue(), []
    for seed in seeds:
        waiting.put(seed)

    def work(number: int) -> None:
        (place := folder / f"worker{number}").mkdir()
        worker = Worker(place, options)
        while True:
            try:
                record = worker.run(waiting.get_nowait())
            except queue.Empty:
                break
            records.append(record)
            if record.outcome == "FAULT" or options.only:
                print(f"{record.seed}: {record.outcome}: {record.kind}, {record.way}: {record.change}: {record.why}")
                sys.stdout.flush()
        worker.stop()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(options.workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(records, key=lambda record: record.seed)


def show(records: Sequence[Record]) -> None:
    """How many of each outcome, by kind of input and by the way it was broken."""
    for name, key in (("kind of input", lambda record: record.kind), ("way", lambda record: _general(record.way))):
        print(f"\n{name:<32}" + "".join(f"{outcome:>9}" for outcome in OUTCOMES))
        for value, part in itertools.groupby(sorted(records, key=key), key):
            counts = Counter(record.outcome for record in part)
            print(f"{value:<32}" + "".join(f"{counts[outcome] or '':>9}" for outcome in OUTCOMES))
    counts = Counter(record.outcome for record in records)
    print(f"\n{len(records)} inputs: " + ", ".join(f"{counts[outcome]} {outcome}" for outcome in OUTCOMES))


def _general(way: str) -> str:
    """``image cut`` and ``cut, again`` are both ``cut``."""
    return way.partition(",")[0].split(" ")[-1]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--inputs", type=int, default=1200, help="how many")
    parser.add_argument("--start", type=int, default=0, help="the first seed")
    parser.add_argument("--only", type=int, nargs="+", metavar="SEED", help="these seeds, each with its outcome")
    parser.add_argument("--kinds", nargs="*", default=[], help="parts of the names of kinds of input; default: all")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=30, help="that one input may take")
    parser.add_argument("--memory", type=float, default=2000, help="megabytes that one input may take")
    parser.add_argument("--csv", type=Path, help="also write a line for each input there")
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.serve:
        serve(options.serve, options.kinds)
        return 0
    seeds = options.only or range(options.start, options.start + options.inputs)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        records = run(seeds, options, Path(name))
        unmount(Path(name))
    show(records)
    print(f"{time.monotonic() - started:.0f} s")
    if options.csv:
        with options.csv.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(Record.__dataclass_fields__), lineterminator="\n")
            writer.writeheader()
            writer.writerows(map(asdict, records))
    return int(any(record.outcome == "FAULT" for record in records))


if __name__ == "__main__":
    sys.exit(main())
