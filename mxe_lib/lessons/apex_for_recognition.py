"""Notebook 06: apexes near the middle, a spotter chosen without its own clips, and movement beside the apex."""

import functools
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from mxe_lib.learning.samples import Samples
from mxe_lib.lessons import Exercise
from mxe_lib.spotting.whole_clip import simulated_clips

SPOTTED = {"a": 50, "b": 33, "c": 48, "d": 20}
MIDDLE = {"a": 52, "b": 30, "c": 40, "d": 20, "of another database": 9}

ERRORS = {"strain": [9, 9, 1, 1, 9, 9], "middle": [3, 3, 8, 8, 5, 5], "clip spotter": [4, 4, 9, 9, 4, 4]}
PEOPLE = ["Ann", "Ann", "Ben", "Ben", "Cy", "Cy"]

AWAY = (0.0, 0.1, 0.2)
"""Shares of a clip."""


def _share(answer: Callable[..., float]) -> str | None:
    found = [float(answer(SPOTTED, MIDDLE, frames)) for frames in (1, 3)]
    away = [abs(SPOTTED[clip] - MIDDLE[clip]) for clip in SPOTTED]
    if np.allclose(found, [np.mean([gap <= frames for gap in away]) for frames in (1, 3)]):
        return None
    if np.allclose(found, [np.sum([gap <= frames for gap in away]) for frames in (1, 3)]):
        return "nearly: these are counts. A share is the count divided by the number of spotted clips"
    if np.allclose(found, [np.mean([gap < frames for gap in away]) for frames in (1, 3)]):
        return "nearly: a frame that is exactly that far away is near, too"
    if np.allclose(found, [np.sum([gap <= frames for gap in away]) / len(MIDDLE) for frames in (1, 3)]):
        return "nearly: divide by the number of spotted clips; other clips have a middle, too"
    return f"it gives {found[1]:.2f} for four clips that lie {away} frames from the middle, with 3 frames for near"


def _best(errors: Mapping[str, Sequence[float]], kept: Callable[[str], bool]) -> str:
    mean = {name: np.mean([e for e, who in zip(of, PEOPLE, strict=True) if kept(who)]) for name, of in errors.items()}
    return min(mean, key=mean.__getitem__)


def _chosen(answer: Callable[..., str]) -> str | None:
    said = [answer(person, ERRORS, PEOPLE) for person in ("Ann", "Ben", "Cy")]
    honest, own, every = (
        [_best(ERRORS, kept) for kept in of]
        for of in (
            [lambda who, person=person: who != person for person in ("Ann", "Ben", "Cy")],
            [lambda who, person=person: who == person for person in ("Ann", "Ben", "Cy")],
            [lambda who: True] * 3,
        )
    )
    if said == honest:
        return None
    if said == own:
        return "the person's own clips chose: each gets the spotter that happens to suit it. Keep the other people's"
    if said == every:
        return "all clips had a say, the person's own among them: that is a leak, if a small one. Leave them out"
    return f"for Ann, Ben and Cy it chooses {', '.join(map(str, said))}: take the mean error over the others' clips"


@functools.cache
def _clips() -> Samples:
    return simulated_clips(40, seed=500)


def _moved(samples: Samples, away: float, length: Callable[[np.ndarray], np.ndarray] | None = None) -> float:
    length = length or (lambda flow: np.hypot(flow[0], flow[1]))
    there, apex = [], []
    for clip, flow, numbers in samples.per_clip():
        sizes = [float(np.mean(length(field))) for field in flow]
        at = [int(np.abs(np.array(numbers) - clip.apex - share * clip.length).argmin()) for share in (away, 0)]
        there.append(sizes[at[0]])
        apex.append(sizes[at[1]])
    return float(np.mean(there) / np.mean(apex))


def _left(answer: Callable[[Samples, float], float]) -> str | None:
    samples = _clips()
    found = [float(answer(samples, away)) for away in AWAY]
    if np.allclose(found, [_moved(samples, away) for away in AWAY], rtol=1e-3):
        return None
    if np.allclose(found, [_moved(samples, -away) for away in AWAY], rtol=1e-3):
        return "nearly: this goes towards the onset. The apex plus a share of the clip's length lies after it"
    if np.allclose(found, [_moved(samples, away, lambda flow: np.abs(flow[0])) for away in AWAY], rtol=1e-3):
        return "nearly: this is the movement to the side alone. The length of (u, v) is np.hypot(u, v)"
    if np.allclose(found, AWAY) or not abs(found[0] - 1) < 1e-6:
        return f"at the apex itself all of the movement is left, so that the answer is 1 there, not {found[0]:.2f}"
    return f"0.2 of a clip after the apex it finds {found[2]:.2f} of the movement: mean over the clips, then the ratio"


EXERCISES = (
    Exercise(
        level=1,
        judge=_share,
        hints=(
            "abs(spotted[clip] - middle[clip]) <= frames is True or False for each clip of spotted.",
            "The mean of a list of True and False is the share of True: np.mean([...]).",
        ),
        wrong={
            "a count": lambda spotted, middle, frames: sum(abs(spotted[c] - middle[c]) <= frames for c in spotted),
            "nearer than": lambda spotted, middle, frames: np.mean(
                [abs(spotted[c] - middle[c]) < frames for c in spotted]
            ),
            "of all clips": lambda spotted, middle, frames: (
                sum(abs(spotted[c] - middle[c]) <= frames for c in spotted) / len(middle)
            ),
        },
    ),
    Exercise(
        level=2,
        judge=_chosen,
        hints=(
            "people has a name for each clip: go through it, and compare each name with the asked one.",
            "A list of True and False: [who != person for who in people].",
        ),
        wrong={
            "the person's own clips": lambda person, errors, people: _best(errors, lambda who: who == person),
            "all clips": lambda person, errors, people: _best(errors, lambda who: True),
            "the largest error": lambda person, errors, people: max(errors, key=lambda name: sum(errors[name])),
        },
    ),
    Exercise(
        level=3,
        judge=_left,
        hints=(
            "clip.apex is the number of the apex, clip.length the number of frames from onset to offset.",
            "A share of the clip is away * clip.length; it is added to the apex.",
        ),
        wrong={
            "towards the onset": lambda samples, away: _moved(samples, -away),
            "to the side alone": lambda samples, away: _moved(samples, away, lambda flow: np.abs(flow[0])),
            "pixels, no share": lambda samples, away: 3 * _moved(samples, away),
        },
    ),
)
