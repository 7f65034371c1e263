"""The moments of a long video while it is read: the same as ``interval_spotter.moments`` of all of it at once.

Of the frames only as many small crops are kept as flow is measured over, and of the flow the few principal movements
that the spotter reads: 52 numbers a moment.
"""

from collections.abc import Mapping

import numpy as np
import torch

from mxe_lib.evaluation.spotted import Spotted
from mxe_lib.spotting.interval_spotter import SpotIntervals, above, distances, moments, peaks, step_of
from mxe_lib.vision import long_flow

CLOCK = 30
"""Frames a second that the spotter is given, whatever the camera's rate: it was taught at this one."""

CHUNK, MARGIN = 480, 24
"""Frames that are turned into moments at once, and those around them that their flow reaches; whole moments each."""

BLOCK, REACH = 1920, 64
"""Moments that the network reads at once, and those around them that it must see: more than the 46 it looks at."""


class MomentStream:
    """Takes one crop for each tick of ``CLOCK``, from where a face is first seen to where it is lost.

    Args:
        task: the spotter.
    """

    def __init__(self, task: SpotIntervals) -> None:
        self.task = task
        self.count = 0
        self._kept: list[np.ndarray] = []
        self._start = self._done = 0
        self._written: list[torch.Tensor] = []

    def add(self, crop: np.ndarray) -> None:
        """``(long_flow.CROP, long_flow.CROP)`` uint8."""
        self._kept.append(crop)
        self.count += 1
        if self.count == self._done + CHUNK + MARGIN:
            self._chunk(self._done + CHUNK)

    def heat_map(self) -> np.ndarray:
        """``(M, lengths)`` from 0 to 1, when all is read; no moments if that is less than flow is measured over."""
        if self.count <= max(distances(CLOCK)):
            return np.zeros((0, 10))
        if self._done < self.count:
            self._chunk(self.count)
        written, self._kept = torch.cat(self._written), []
        self.task.eval()
        parts = []
        with torch.inference_mode():
            for start in range(0, len(written), BLOCK):
                low = max(0, start - REACH)
                raw = self.task(written[low : start + BLOCK + REACH][None])[0]
                parts.append(raw[start - low : start - low + BLOCK].sigmoid().double().numpy())
        return np.concatenate(parts)

    def _chunk(self, end: int) -> None:
        crops, step = np.stack(self._kept), step_of(CLOCK)
        found = moments({d: _Flow(crops, d) for d in distances(CLOCK)}, CLOCK)
        first, last = ((place - self._start + step - 1) // step for place in (self._done, end))
        self._written.append(self.task.written(found[first:last]))
        self._done = end
        low = max(0, end - MARGIN)
        self._kept, self._start = self._kept[low - self._start :], low


class _Flow:
    """``long_flow.distance_flow`` of these crops, of which only what is asked for is computed."""

    def __init__(self, crops: np.ndarray, distance: int) -> None:
        self.crops, self.distance = crops, distance

    def __len__(self) -> int:
        return max(0, len(self.crops) - self.distance)

    def __getitem__(self, places: np.ndarray) -> np.ndarray:
        pairs = (self.crops[[place, place + self.distance]] for place in places)
        return np.concatenate([long_flow.distance_flow(pair, 1) for pair in pairs])


def found_in(map_: np.ndarray, count: int, least: Mapping[str, float]) -> list[Spotted]:
    """Intervals of a heat map that reach their kind's threshold, in ticks of ``CLOCK`` from 0.

    Args:
        count: how many ticks the map is of.
    """
    return above(peaks(map_, CLOCK, 0, count - 1), least) if len(map_) else []
