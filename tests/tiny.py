"""A stand-in database: a cohort's clips with small smooth textures for frames, in milliseconds."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np

from mxe_lib.clips import Clip
from mxe_lib.simulation.cohorts import cohort_rows

HEIGHT, WIDTH = 12, 10


def cohort(name: str) -> list[Clip]:
    return [row.clip for row in cohort_rows(name)]


class TinyDatabase:
    origin = "simulated"

    def __init__(self, name: str, clips: Sequence[Clip] | None = None) -> None:
        self.name = name
        self._clips = list(cohort(name) if clips is None else clips)

    def clips(self) -> list[Clip]:
        return list(self._clips)

    def frames(self, clip: Clip, numbers: Sequence[int] | None = None) -> np.ndarray:
        """Each frame a gradient whose level and slope depend on clip and number: smooth, so that JPEG keeps it."""
        frames = []
        for number in clip.frame_numbers() if numbers is None else numbers:
            seed = np.random.default_rng([zlib.crc32(clip.id.encode()), number])
            level, dx, dy = seed.uniform(60, 120), *seed.uniform(-4, 4, 2)
            y, x = np.mgrid[:HEIGHT, :WIDTH]
            grey = np.clip(level + dx * x + dy * y, 0, 255).astype(np.uint8)
            frames.append(grey if self.name == "samm" else np.stack([grey, grey // 2, grey // 4], -1))
        return np.stack(frames)


def named(name: str, *names: str) -> list[Clip]:
    """The clips of a cohort with these names, such as ``sub05/EP09_05f``, in the cohort's order."""
    chosen = [clip for clip in cohort(name) if f"{clip.subject}/{clip.name}" in names]
    assert len(chosen) == len(names), f"the {name} cohort lacks one of {names}"
    return chosen
