"""Flow pairs per second with one and with two workers: python benchmarks/flow_speed.py

The work is that of the study: frames of simulated clips are rendered, aligned and cropped, and TV-L1 runs on each pair.
Starting the pool (its processes import OpenCV) is timed apart: a notebook pays for it once. Efficiency = speed-up over
one worker / 2; the target of 0.9 needs two idle cores.
"""

from __future__ import annotations

import os
import time

from mxe_lib.compute import parallel
from mxe_lib.simulation.database import SimulatedDatabase
from mxe_lib.vision import flow

CLIPS, FRAMES, SIZE = 32, 4, 75


def main() -> None:
    """Prints a line for each number of workers, and the efficiency."""
    clips = SimulatedDatabase("casme2").clips()[:CLIPS]
    load = os.getloadavg()[0]
    print(f"{CLIPS * FRAMES} pairs of {CLIPS} clips, TV-L1, {SIZE} x {SIZE}; {os.cpu_count()} cores, load {load:.1f}")
    speeds = {}
    for workers in (1, 2):
        started = time.perf_counter()
        if workers > 1:
            parallel.start(workers)
        pairs_per_second(clips[: 2 * workers], workers)  # loads libraries and cascades
        seconds = time.perf_counter() - started
        speeds[workers] = pairs_per_second(clips, workers)
        print(f"{workers} worker{'s' * (workers > 1)}: {speeds[workers]:.2f} pairs/s (warmed up in {seconds:.1f} s)")
    parallel.stop()
    busy = " (other processes were running: measure again when idle)" if load > 0.5 else ""
    print(f"efficiency of 2 workers: {speeds[2] / speeds[1] / 2:.2f}{busy}")


def pairs_per_second(clips: list, workers: int) -> float:
    """Wall-clock speed of ``flow.flows`` on ``FRAMES`` frames of each clip, nothing cached."""
    database = SimulatedDatabase("casme2")
    numbers = [clip.frame_numbers(clip.length // FRAMES)[1 : FRAMES + 1] for clip in clips]
    started = time.perf_counter()
    flow.flows(database, clips, numbers, size=SIZE, workers=workers)
    return sum(map(len, numbers)) / (time.perf_counter() - started)


if __name__ == "__main__":
    main()
