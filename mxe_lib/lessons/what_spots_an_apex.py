"""Notebook 05: a search that misses the highest peak, the code of a texture, and a spotter without its eyes."""

import functools
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import torch

from mxe_lib.learning.samples import Samples
from mxe_lib.lessons import Exercise
from mxe_lib.lessons.given import as_number, as_numbers, function
from mxe_lib.spotting import naive, rules, shipped_spotter
from mxe_lib.spotting.whole_clip import simulated_clips

RING = ((0, 0), (0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0))
PATCHES = [np.full((3, 3), 7), *np.random.default_rng(0).integers(0, 9, (20, 3, 3))]
UNSEEN = 500
"""A seed of simulated people whom the clip spotter has never met."""


def _fooled(scores: Sequence[float]) -> str | None:
    scores = np.array(as_numbers(scores, 8, "the answer"))
    highest = int(np.argmax(scores))
    if not np.isfinite(scores).all():
        return "a score is not finite: give eight numbers"
    if (scores == scores[highest]).sum() > 1:
        return "two scores are the highest: one has to be higher than all others"
    if highest in (0, 7):
        return "the highest score lies at an end, and an end is no peak: give it a lower neighbour on both sides"
    inside = [t for t in range(1, 7) if scores[t - 1] < scores[t] > scores[t + 1]]
    if rules.pick_divide_and_conquer(range(8), scores) != highest:
        return None
    if len(inside) == 1:
        return "there is one peak only, which any search finds"
    if (highest < 4) == all((t < 4) == (highest < 4) for t in inside):
        return "all peaks lie in one half: the search never looks at the other one"
    return "nearly: there are peaks in both halves, and the search goes to the highest. What of a half does it compare?"


def _code(patch: np.ndarray, bright: Callable = np.greater_equal, ring: Sequence = RING) -> int:
    return sum(2**bit for bit, place in enumerate(ring) if bright(patch[place], patch[1, 1]))


@function
def _lbp(answer: Callable[[np.ndarray], int]) -> str | None:
    codes = [as_number(answer(patch.copy()), "lbp_code") for patch in PATCHES]
    for formula, text in (
        (_code, None),
        (lambda patch: 0, "each patch gets 0: the bit of a neighbour that is bright is 1"),
        (lambda patch: _code(patch, np.greater), "nearly: a neighbour that is as bright as the centre counts, too"),
        (lambda patch: _code(patch, np.less), DARKER),
        (lambda patch: _code(patch, np.less_equal), DARKER),
        (_count, "this counts bright neighbours: where they lie is lost. Each has a bit of its own, 2 ** bit"),
    ):
        if codes == [formula(patch) for patch in PATCHES]:
            return text
    if [bin(int(max(code, 0))).count("1") for code in codes] == [_count(patch) for patch in PATCHES]:
        return "nearly: the right neighbours, and their bits stand in another order. Bit 0 is above on the left"
    patch, code = next((patch, code) for patch, code in zip(PATCHES, codes, strict=True) if code != _code(patch))
    return f"the patch {patch.tolist()} gets {code:g}: draw its eight bits by hand, and add up 2 ** bit"


DARKER = "these are the darker neighbours: the bit is 1 where the neighbour is at least as bright"


def _count(patch: np.ndarray) -> int:
    return bin(_code(patch)).count("1")


@functools.cache
def _clips() -> Samples:
    return simulated_clips(20, seed=UNSEEN)


def _picked(samples: Samples) -> pd.DataFrame:
    return rules.pick(shipped_spotter.spotter().predictions(samples).assign(seed=0), samples.clips, "max")


@function
def _blind(answer: Callable[[Samples], pd.DataFrame]) -> str | None:
    samples = _clips()
    said = answer(replace(samples, inputs=samples.inputs.clone()))
    if not isinstance(said, pd.DataFrame) or not {"clip", "predicted"} <= set(said.columns):
        return "give back the table of rules.pick, a line for each clip with its predicted apex"
    said = said.sort_values("clip")["predicted"].tolist()
    if said == _picks(_picked(_without_flow(samples))):
        return None
    if said == _picks(_picked(samples)):
        return "these are the frames that the spotter picks with its eyes open: the flow was still there"
    if said == _picks(naive.middle_frame(samples.clips)):
        return "this is the middle frame: ask the spotter, it may have learned another place"
    if len(said) != len(samples.clips):
        return f"it names {len(said)} apexes for {len(samples.clips)} clips"
    return "neither the spotter's picks nor those without flow: all flow has to be zero, and nothing else changed"


def _picks(table: pd.DataFrame) -> list[int]:
    return table.sort_values("clip")["predicted"].tolist()


def _without_flow(samples: Samples) -> Samples:
    return replace(samples, inputs=torch.zeros_like(samples.inputs))


def _blinded_in_place(samples: Samples) -> pd.DataFrame:
    samples.inputs.zero_()
    return _picked(samples)


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
            "as much in both halves": [0, 5, 0, 0, 2, 0, 3, 0],
            "two highest": [0, 5, 0, 0, 5, 0, 3, 0],
            "seven scores": [0, 5, 0, 3, 2, 4, 0],
            "all in one half": [0, 5, 0, 4, 0, 0, 0, 0],
            "a plateau": [0, 5, 5, 0, 0, 3, 0, 4],
        },
        right={
            "the other half": [0, 2, 1, 3, 0, 1, 4, 0],
            "of numpy": np.array([0, 0.5, 0, 0, 0.3, 0.2, 0.4, 0]),
            "below zero": (-9, -1, -8, -9, -3, -5, -2, -9),
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
            "line by line": lambda patch: _code(patch, ring=sorted(RING)),
            "the centre too": lambda patch: _code(patch) + 256,
        },
        right={
            "a product": lambda patch: np.array([patch[p] >= patch[1, 1] for p in RING]) @ (1 << np.arange(8)),
            "a difference": lambda patch: sum(2.0**n * (patch[p] - patch[1, 1] >= 0) for n, p in enumerate(RING)),
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
            "the flow of other moments": lambda samples: _picked(replace(samples, inputs=samples.inputs.flip(0))),
            "flow that is 1 everywhere": lambda samples: _picked(replace(samples, inputs=samples.inputs * 0 + 1)),
            "frame numbers alone": lambda samples: naive.middle_frame(samples.clips)["predicted"].tolist(),
        },
        right={
            "times 0": lambda samples: _picked(replace(samples, inputs=samples.inputs * 0)),
            "in place": _blinded_in_place,
            "in another order": lambda samples: _picked(_without_flow(samples)).iloc[::-1],
        },
    ),
)
