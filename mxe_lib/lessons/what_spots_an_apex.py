"""Notebook 05: a search that misses the highest peak, the code of a texture, and a spotter without its eyes."""

import functools
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import torch

from mxe_lib.learning.samples import Samples
from mxe_lib.lessons import Exercise
from mxe_lib.spotting import naive, rules, shipped_spotter
from mxe_lib.spotting.whole_clip import simulated_clips

RING = ((0, 0), (0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0))
PATCHES = [np.full((3, 3), 7), *np.random.default_rng(0).integers(0, 9, (20, 3, 3))]
UNSEEN = 500
"""A seed of simulated people whom the clip spotter has never met."""


def _fooled(scores: Sequence[float]) -> str | None:
    if len(scores) != 8:
        return f"these are {len(scores)} scores: give eight"
    highest = int(np.argmax(scores))
    if highest in (0, 7):
        return "the highest score lies at an end, and an end is no peak: give it a lower neighbour on both sides"
    inside = [t for t in range(1, 7) if scores[t - 1] < scores[t] > scores[t + 1]]
    if len(inside) == 1:
        return "there is one peak only, which any search finds: add lower peaks in the other half"
    if rules.pick_divide_and_conquer(range(8), scores) != highest:
        return None
    if (highest < 4) == all((t < 4) == (highest < 4) for t in inside):
        return "all peaks lie in one half: the other half needs some, too"
    return "nearly: there are peaks in both halves, but those beside the highest must add up to more than it does"


def _code(patch: np.ndarray, bright: Callable = np.greater_equal, ring: Sequence = RING) -> int:
    return sum(2**bit for bit, place in enumerate(ring) if bright(patch[place], patch[1, 1]))


def _lbp(answer: Callable[[np.ndarray], int]) -> str | None:
    codes = [int(answer(patch)) for patch in PATCHES]
    if codes == [_code(patch) for patch in PATCHES]:
        return None
    if not any(codes):
        return "each patch gets 0: the bit of a neighbour that is bright is 1"
    if codes == [_code(patch, np.greater) for patch in PATCHES]:
        return "nearly: a neighbour that is as bright as the centre counts, too"
    if codes == [_code(patch, np.less) for patch in PATCHES]:
        return "these are the darker neighbours: the bit is 1 where the neighbour is at least as bright"
    if codes == [bin(_code(patch)).count("1") for patch in PATCHES]:
        return "this counts bright neighbours: where they lie is lost. Each has a bit of its own, 2 ** bit"
    return f"an even patch gets {codes[0]}, not 255; or the bits stand in another order: look at one patch by hand"


@functools.cache
def _clips() -> Samples:
    return simulated_clips(20, seed=UNSEEN)


def _picked(samples: Samples) -> pd.DataFrame:
    return rules.pick(shipped_spotter.spotter().predictions(samples).assign(seed=0), samples.clips, "max")


def _blind(answer: Callable[[Samples], pd.DataFrame]) -> str | None:
    samples = _clips()
    said = answer(samples).sort_values("clip")["predicted"].tolist()
    if said == _picked(samples)["predicted"].tolist():
        return "these are the frames that the spotter picks with its eyes open: the flow was still there"
    if said == naive.middle_frame(samples.clips).sort_values("clip")["predicted"].tolist():
        return "this is the middle frame: ask the spotter, it may have learned another place"
    if said == _picked(_without_flow(samples))["predicted"].tolist():
        return None
    return "neither the spotter's picks nor those without flow: put zeros in the place of all flow, and nothing else"


def _without_flow(samples: Samples) -> Samples:
    return replace(samples, inputs=torch.zeros_like(samples.inputs))


EXERCISES = (
    Exercise(
        level=1,
        judge=_fooled,
        hints=(
            "Put one high peak into the first four frames, and two or more lower ones into the last four.",
            "The lower ones must add up to more than the high one: a peak of 5 loses against peaks of 3 and 4.",
        ),
        wrong={
            "one peak only": [0, 1, 5, 1, 0, 0, 0, 0],
            "the highest at an end": [9, 0, 3, 0, 0, 4, 0, 0],
            "the high peak's half adds up to more": [0, 5, 0, 0, 1, 2, 0, 0],
        },
    ),
    Exercise(
        level=2,
        judge=_lbp,
        hints=(
            "patch[place] is the neighbour, because a place is a pair of row and column.",
            "At least as bright is >=, and int(True) is 1: int(patch[place] >= patch[1, 1]).",
        ),
        wrong={
            "brighter only": lambda patch: _code(patch, np.greater),
            "the darker ones": lambda patch: _code(patch, np.less),
            "a count": lambda patch: bin(_code(patch)).count("1"),
            "the bits turned round": lambda patch: _code(patch, ring=RING[::-1]),
        },
    ),
    Exercise(
        level=3,
        judge=_blind,
        hints=(
            "dataclasses.replace(samples, inputs=...) copies the samples with other inputs.",
            "torch.zeros_like(samples.inputs) has the right shape.",
        ),
        wrong={
            "the flow is still there": _picked,
            "the middle frame": lambda samples: naive.middle_frame(samples.clips),
            "the flow halved": lambda samples: _picked(replace(samples, inputs=samples.inputs.flip(0))),
        },
    ),
)
