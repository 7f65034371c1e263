"""Simulated flow maps to learn from: what a network is trained on before, beside or instead of real ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from mxe_lib.clips import CLASSES, Clip
from mxe_lib.databases.composite import OFFICIAL_COUNTS
from mxe_lib.datamodules import Samples, recognition_samples
from mxe_lib.folds import Fold
from mxe_lib.simulation import COHORTS, PACK_CROP, Distractors, sample_flow
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

    Its crop and restlessness were set after real maps had been scored three times, for reasons that stand in
    ``reference/looks.md``: scores on these maps are not those of a recipe that never met them.

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


def joined(*parts: Samples) -> Samples:
    """All rows of these recognition samples, in order.

    Raises:
        MxeError: if a clip is there twice.
    """
    first = np.cumsum([0, *(len(part.clips) for part in parts[:-1])])
    return Samples(
        inputs=torch.cat([part.inputs for part in parts]),
        clips=tuple(clip for part in parts for clip in part.clips),
        clip_index=torch.cat([part.clip_index + int(n) for part, n in zip(parts, first, strict=True)]),
        classes=torch.cat([part.classes for part in parts]),
        clip_digests=[d for part in parts for d in part.clip_digests] if all(p.clip_digests for p in parts) else [],
    )


def trained_also_on(folds: Sequence[Fold], simulated: Samples) -> list[Fold]:
    """The same folds with all simulated clips added to each one's training clips."""
    ids = tuple(clip.id for clip in simulated.clips)
    return [Fold(f"{fold.name}+{len(ids)}", fold.train + ids, fold.test) for fold in folds]


def trained_only_on(simulated: Samples, tested: Samples) -> list[Fold]:
    """One fold: trained on all simulated clips, tested on all others."""
    ids = tuple(clip.id for clip in simulated.clips)
    return [Fold(f"simulated_{len(ids)}", ids, tuple(clip.id for clip in tested.clips))]


def fewer_subjects(folds: Sequence[Fold], samples: Samples, count: int, seed: int) -> list[Fold]:
    """The same folds with the clips of ``count`` of each one's training subjects, drawn by the seed.

    The people for a small count are among those for a larger one, and the first of them shows two classes at least.
    """
    subject = {clip.id: clip.subject_id for clip in samples.clips}
    class_of = dict(zip(subject, samples.clip_classes(), strict=True))
    fewer = []
    for number, fold in enumerate(folds):
        order = sorted({subject[i] for i in fold.train})
        np.random.default_rng([seed, number]).shuffle(order)
        kinds = {person: {class_of[i] for i in fold.train if subject[i] == person} for person in order}
        first = next((person for person in order if len(kinds[person]) > 1), order[0])
        order.sort(key=lambda person: person != first)
        kept = tuple(i for i in fold.train if subject[i] in order[:count])
        fewer.append(Fold(f"{fold.name}-of{count}-{seed}", kept, fold.test))
    return fewer


def _clip(cohort: str, name: str, emotion: str) -> Clip:
    return Clip(cohort, "nobody", name, COHORTS[cohort].fps, None, None, None, emotion, (), "simulated")
