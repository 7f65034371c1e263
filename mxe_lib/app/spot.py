"""The apex among the frames of one movement, by the spotter that ships."""

import numpy as np

from mxe_lib.clips import Clip
from mxe_lib.learning.samples import spotting_samples
from mxe_lib.spotting import rules, shipped_spotter
from mxe_lib.vision import flow

SPOTTED_FRAMES = 100
"""Of a longer clip, every second, third, ... frame is scored, so that a verdict takes seconds."""

ONE_MOVEMENT = (
    "The spotter takes the whole clip for one movement and expects its apex near the middle: give onset and offset "
    "where the clip holds more."
)


def apex_of(crops: dict[int, np.ndarray]) -> tuple[int, dict[int, float], list[str]]:
    """The apex, the score of each frame that was scored, and what a reader must know.

    Args:
        crops: by frame number, ``(H, W)`` uint8; the first is the onset.
    """
    numbers = list(crops)
    sampled = numbers[:: -(-len(numbers) // SPOTTED_FRAMES)]
    scores = _scores(crops, sampled, numbers[0], numbers[-1])
    # The onset has no flow to itself, so it can't be the apex.
    candidates = sampled[1:]
    return rules.pick_sw_max(candidates, [scores[number] for number in candidates]), scores, []


def _scores(crops: dict[int, np.ndarray], sampled: list[int], onset: int, offset: int) -> dict[int, float]:
    asked = Clip("casme2", "own", "clip", 200, onset, None, offset, "unknown")
    samples = spotting_samples([asked], [flow_to(crops, sampled)], [sampled])
    scored = shipped_spotter.spotter().predictions(samples)
    return dict(zip(scored["number"].tolist(), scored["score"].tolist(), strict=True))


def flow_to(crops: dict[int, np.ndarray], numbers: list[int]) -> np.ndarray:
    """``(T, 2, H, W)`` float32 from the first crop to each of these."""
    reference = next(iter(crops.values()))
    return np.stack([flow.optical_flow(reference, crops[number]) for number in numbers])
