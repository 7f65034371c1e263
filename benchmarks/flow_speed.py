"""TV-L1 of our own against OpenCV's, on the same pairs in one run: python benchmarks/flow_speed.py

Prints, for crops of 75 and 150 pixels: how many times as fast one thread is, how far the two flows lie apart, and how
far each lies from the simulator's true flow, with and without heads that move, blinks and second movements (paired over
clips). Then pairs per second of the study's own work (frames rendered, aligned, cropped) with one and with two workers.
Starting the pool is timed apart: a notebook pays for it once. Efficiency = speed-up over one worker / 2; the target of
0.9 needs two idle cores.
"""

from __future__ import annotations

import os
import time

import cv2
import numpy as np

from mxe_lib.compute import pool
from mxe_lib.simulation.database import SimulatedDatabase
from mxe_lib.simulation.timeline import Distractors
from mxe_lib.study import flow_errors
from mxe_lib.vision import dense_flow, faces, flow, tvl1

CLIPS, FRAMES, SIZE = 64, 4, 75
COMPARED = 40
PEOPLE = {
    "still people": Distractors(head_motion=0, blinks=0, second_movement=0, drift=0),
    "people as in the cohorts": Distractors(),
}


def main() -> None:
    """Prints a line for each size and kind of people, and one for each number of workers."""
    cv2.setNumThreads(1)
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    for size in (75, 150):
        for name, distractors in PEOPLE.items():
            compare(SimulatedDatabase("casme2", distractors=distractors), size, name)
    clips = SimulatedDatabase("casme2").clips()[:CLIPS]
    print(f"{CLIPS * FRAMES} pairs of {CLIPS} clips, TV-L1, {SIZE} x {SIZE}, load {os.getloadavg()[0]:.1f}")
    speeds = {}
    for workers in (1, 2):
        started = time.perf_counter()
        if workers > 1:
            pool.start(workers)
        pairs_per_second(clips[: 2 * workers], workers)  # loads libraries, cascades and compiled code
        seconds = time.perf_counter() - started
        speeds[workers] = max(pairs_per_second(clips, workers) for _ in range(3))
        print(f"{workers} worker{'s' * (workers > 1)}: {speeds[workers]:.2f} pairs/s (warmed up in {seconds:.1f} s)")
    pool.stop()
    print(f"efficiency of 2 workers: {speeds[2] / speeds[1] / 2:.2f}")


def compare(database: SimulatedDatabase, size: int, name: str) -> None:
    """Both methods on onset and apex of each clip, in turns."""
    methods = {"ours": tvl1.tvl1, "opencv": dense_flow.tvl1_opencv}
    seconds, errors, apart = {key: 0.0 for key in methods}, {key: [] for key in methods}, []
    for clip in database.clips()[:COMPARED]:
        apex = database.truth(clip).apex
        frames = database.frames(clip, [clip.onset, apex])
        alignment = faces.align(frames[0])
        crops = [faces.face_crop(frame, alignment, size) for frame in frames]
        truth = flow_errors.true_flow(database, clip, apex, size)
        if not apart:
            tvl1.tvl1(*crops)  # compiled, or loaded
        found = {}
        for key, method in methods.items():
            started = time.perf_counter()
            found[key] = method(*crops)
            seconds[key] += time.perf_counter() - started
            errors[key].append(flow_errors.endpoint_error(found[key].transpose(2, 0, 1), truth).mean())
        apart.append(np.abs(found["ours"] - found["opencv"]))
    ours, theirs = (1000 * seconds[key] / COMPARED for key in methods)
    gap = np.array(errors["ours"]) - np.array(errors["opencv"])
    half = 1.96 * gap.std(ddof=1) / len(gap) ** 0.5
    print(
        f"{size} px, {name}: {ours:.1f} ms a pair, OpenCV {theirs:.1f}: {theirs / ours:.1f} times; apart "
        f"{np.mean(apart):.4f} px in u and v, 99th percentile {np.quantile(apart, 0.99):.3f}; endpoint error "
        f"{np.mean(errors['ours']):.4f}, OpenCV {np.mean(errors['opencv']):.4f}, "
        f"difference {gap.mean():+.5f} [{gap.mean() - half:+.5f}, {gap.mean() + half:+.5f}]"
    )


def pairs_per_second(clips: list, workers: int) -> float:
    """Wall-clock speed of ``flow.flows`` on ``FRAMES`` frames of each clip, nothing cached."""
    database = SimulatedDatabase("casme2")
    numbers = [clip.frame_numbers(clip.length // FRAMES)[1 : FRAMES + 1] for clip in clips]
    started = time.perf_counter()
    flow.flows(database, clips, numbers, size=SIZE, workers=workers)
    return sum(map(len, numbers)) / (time.perf_counter() - started)


if __name__ == "__main__":
    main()
