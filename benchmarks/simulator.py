"""How fast the simulator draws frames and makes flow fields, with one and with two worker processes.

    python benchmarks/simulator.py [--frames 300] [--fields 2048]

Times are wall seconds of the parallel part: workers have started and painted their people before the clock runs. The
last column counts CPU seconds of the one worker instead: what it does on an idle machine.
"""

from __future__ import annotations

import argparse
import multiprocessing
import time

import cv2

from mxe_lib.simulation.database import SimulatedDatabase
from mxe_lib.simulation.fields import sample_flow

FLOW_SIZES = (28, 75, 150)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=300, help="frames of each cohort and worker")
    parser.add_argument("--fields", type=int, default=2048, help="flow fields of each size and worker")
    options = parser.parse_args()
    print(f"{'what':32}{'1 worker /s':>14}{'2 workers /s':>14}{'efficiency':>12}{'per CPU s':>12}")
    for name in ("casme2", "samm", "smic"):
        width, height = SimulatedDatabase(name).size
        show(f"frames {name} {width}x{height}", draw_frames, (name, options.frames))
    for size in FLOW_SIZES:
        show(f"flow fields {size}x{size}", make_fields, (size, options.fields))


def show(what: str, job, arguments: tuple) -> None:
    (one, cpu), (two, _) = (throughput(job, arguments, workers) for workers in (1, 2))
    print(f"{what:32}{one:14.0f}{two:14.0f}{two / one / 2:12.2f}{cpu:12.0f}", flush=True)


def throughput(job, arguments: tuple, workers: int) -> tuple[float, float]:
    """Items a second over all workers, from the moment all are ready until the last is done; items a CPU second."""
    context = multiprocessing.get_context("spawn")
    barrier, finished = context.Barrier(workers + 1), context.Queue()
    processes = [context.Process(target=_work, args=(job, arguments, barrier, finished)) for _ in range(workers)]
    for process in processes:
        process.start()
    barrier.wait()
    start = time.perf_counter()
    items, cpu_seconds = zip(*[finished.get() for _ in processes], strict=True)
    seconds = time.perf_counter() - start
    for process in processes:
        process.join()
    return sum(items) / seconds, sum(items) / sum(cpu_seconds)


def draw_frames(name: str, count: int, *, rehearsal: bool) -> int:
    """Whole clips of different people until ``count`` frames are drawn; a rehearsal paints those people."""
    database = SimulatedDatabase(name)
    drawn = 0
    for clip in database.clips()[:: 1 if count < 1000 else 3]:
        numbers = clip.frame_numbers()
        database.frames(clip, numbers[:1] if rehearsal else numbers)
        drawn += len(numbers)
        if drawn >= count:
            break
    return drawn


def make_fields(size: int, count: int, *, rehearsal: bool) -> int:
    return len(sample_flow(128 if rehearsal else count, size, seed=1)[0])


def _work(job, arguments: tuple, barrier, finished) -> None:
    cv2.setNumThreads(1)
    job(*arguments, rehearsal=True)
    barrier.wait()
    start = time.process_time()
    items = job(*arguments, rehearsal=False)
    finished.put((items, time.process_time() - start))


if __name__ == "__main__":
    main()
