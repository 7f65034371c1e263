"""Simulated flow maps to learn from: what a network is trained on before, beside or instead of real ones."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mxe_lib.clips import CLASSES, Clip
from mxe_lib.databases.composite import OFFICIAL_COUNTS
from mxe_lib.learning.samples import Samples, recognition_samples
from mxe_lib.simulation.cohort_tables import COHORTS
from mxe_lib.simulation.fields import PACK_CROP, sample_flow
from mxe_lib.simulation.timeline import Distractors
from mxe_lib.vision import fields

_COUNTS = np.array(list(OFFICIAL_COUNTS.values())).sum(0)
MEGC_SHARES = tuple((_COUNTS / _COUNTS.sum()).tolist())
"""Of negative, positive and surprise in the MEGC 2019 composite: what one would say of a clip without a look."""

MAP_SIZE, FIELD_SIZE = 28, 56
"""Side of a map, and of the field it is made of: public maps, too, were shrunk from larger crops."""


RESTLESS = Distractors(head_motion=3.0, blinks=2.0, drift=2.0, second_movement=1.5)
"""People who move more than the cohorts': costs nothing on those, and covers what real people may do."""


@dataclass(frozen=True)
class Recipe:
    """What simulated maps are drawn from.

    Its crop and restlessness were set after real maps had been scored three times; ``reference/looks.md`` gives the
    reasons. So scores on these maps are not those of a recipe that never met them.

    Attributes:
        cohorts: drawn from in equal parts.
        weights: relative frequencies of the classes.
        settings: further arguments of ``sample_flow``; without any, faces are cropped as in the image
            packs, people are ``RESTLESS`` and their muscles differ.
    """

    cohorts: tuple[str, ...] = tuple(COHORTS)
    weights: tuple[float, float, float] = MEGC_SHARES
    settings: dict[str, Any] = field(default_factory=dict)

    def maps(self, n: int, seed: int = 0) -> Samples:
        """``n`` simulated clips that are nothing but a map, ``(n, 3, 28, 28)``: u, v, strain, each in [0, 1].

        Args:
            n: how many; seed: the first k of n maps are not those of another n, but the same n and seed give the same.
        """
        settings = {"crop": PACK_CROP, "anatomy": 1.0, "distractors": RESTLESS} | self.settings
        counts = [len(part) for part in np.array_split(np.arange(n), len(self.cohorts))]
        drawn = [
            sample_flow(count, FIELD_SIZE, seed, cohort, weights=self.weights, **settings)
            for cohort, count in zip(self.cohorts, counts, strict=True)
        ]
        maps = np.concatenate([fields.flow_map(flow, MAP_SIZE) for flow, _ in drawn])
        classes = np.concatenate([labels for _, labels in drawn])
        homes = np.repeat(self.cohorts, counts).tolist()
        clips = [_clip(home, f"{seed}_{n}", CLASSES[c]) for n, (home, c) in enumerate(zip(homes, classes, strict=True))]
        return recognition_samples(clips, maps, classes.tolist())


def _clip(cohort: str, name: str, emotion: str) -> Clip:
    return Clip(cohort, "nobody", name, COHORTS[cohort].fps, None, None, None, emotion, (), "simulated")
