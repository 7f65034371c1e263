"""The apex among the frames of one movement, by the spotter that ships."""

from collections.abc import Mapping

import cv2
import numpy as np

from mxe_lib.clips import Clip
from mxe_lib.learning.samples import spotting_samples
from mxe_lib.spotting import rules, shipped_spotter
from mxe_lib.vision import flow

SPOTTED_FRAMES = 100
"""Of a longer clip, every second, third, ... frame is scored, so that a verdict takes seconds."""

LONG = 400
"""Frames from which on a clip is asked where in it something happens: two seconds of a camera of 200 frames a second,
more than any clip of one movement that the spotter has learned from."""

LAG, SMOOTH, LEAST = 10, 40, 200
"""Frames: between two pictures whose difference counts as activity, over which that is averaged, and of a part."""

BUSY, SHARE = 0.3, 0.25
"""How far activity must rise from its median to its peak for a frame to belong to the busy part; and how much of the
clip that part may be at most, or else there is none. Chosen on simulated clips."""

ONE_MOVEMENT = (
    "The spotter takes the whole clip for one movement and expects its apex near the middle: give onset and offset "
    "where the clip holds more."
)


def apex_of(crops: dict[int, np.ndarray]) -> tuple[int, dict[int, float], list[str]]:
    """The apex, the score of each frame that was scored, and what a reader must know.

    Args:
        crops: by frame number, ``(H, W)`` uint8; the first is the onset.
    """
    notes, count = [], len(crops)
    if part := busy_part(crops):
        crops = {number: crops[number] for number in part}
        notes.append(
            f"Of {count} frames those from {part[0]} to {part[-1]} differ most from one to the next: the apex was "
            "sought there. Give --onset and --offset to look elsewhere."
        )
    numbers = list(crops)
    step = -(-len(numbers) // SPOTTED_FRAMES)
    sampled = numbers[::step]
    if step > 1:
        notes.append(
            f"Of {len(numbers)} frames one in {step} was scored: the apex is known to {step} frames at best. Give "
            "--onset and --offset for a closer look."
        )
    found = scores(crops, sampled, numbers[0], numbers[-1])
    # The onset has no flow to itself, so it can't be the apex.
    candidates = sampled[1:]
    return rules.pick_sw_max(candidates, [found[number] for number in candidates]), found, notes


def more_than_one(frames: int, timed: bool) -> str:
    """What to try where a clip of so many frames was taken for one movement."""
    option = "--long" if timed else "--long --fps RATE"
    return f"{frames} frames may hold more than one movement: {option} searches for all that there are."


def busy_part(crops: dict[int, np.ndarray]) -> list[int]:
    """Of a long clip that mostly rests, the frame numbers of the part where something happens; else none."""
    numbers = list(crops)
    if len(numbers) < LONG:
        return []
    activity = np.empty(len(numbers) - LAG)
    blurred = [cv2.GaussianBlur(crop, (0, 0), 1.5).astype(np.float32) for crop in crops.values()]
    blurred = [crop - crop.mean() for crop in blurred]  # light that flickers is no movement
    for index in range(len(activity)):
        activity[index] = np.abs(blurred[index + LAG] - blurred[index]).mean()
    activity = np.convolve(activity, np.ones(SMOOTH) / SMOOTH, "valid")
    rest, peak = np.median(activity), int(activity.argmax())
    busy = activity > rest + BUSY * (activity[peak] - rest)
    first = peak - int(np.argmin(busy[peak::-1])) if not busy[: peak + 1].all() else 0
    last = peak + int(np.argmin(busy[peak:])) if not busy[peak:].all() else len(busy)
    middle, length = (first + last + LAG + SMOOTH) // 2, max(LEAST, last - first + LAG + SMOOTH)
    if last - first > SHARE * len(numbers) or activity[peak] < 1.5 * rest:
        return []
    return numbers[max(0, middle - length // 2) : middle + length // 2]


def scores(crops: Mapping[int, np.ndarray], sampled: list[int], onset: int, offset: int) -> dict[int, float]:
    """How probable it is that each of these frames is the apex; of all of them, 1.

    Args:
        crops: by frame number, ``(H, W)`` uint8; the first is the onset.
    """
    asked = Clip("casme2", "own", "clip", 200, onset, None, offset, "unknown")
    samples = spotting_samples([asked], [flow_to(crops, sampled)], [sampled])
    scored = shipped_spotter.spotter().predictions(samples)
    return dict(zip(scored["number"].tolist(), scored["score"].tolist(), strict=True))


def flow_to(crops: Mapping[int, np.ndarray], numbers: list[int]) -> np.ndarray:
    """``(T, 2, H, W)`` float32 from the first crop to each of these."""
    reference = next(iter(crops.values()))
    return np.stack([flow.optical_flow(reference, crops[number]) for number in numbers])
