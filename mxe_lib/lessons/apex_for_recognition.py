"""Notebook 06: apexes near the middle, a spotter chosen without its own clips, and movement beside the apex."""

import functools
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from mxe_lib.learning.samples import Samples
from mxe_lib.lessons import Exercise
from mxe_lib.lessons.given import as_number, function
from mxe_lib.spotting.whole_clip import simulated_clips

SPOTTED = {"a": 50, "b": 33, "c": 48, "d": 20}
MIDDLE = {"a": 52, "b": 30, "c": 40, "d": 20, "of another database": 9}

ERRORS = {"strain": [9, 9, 1, 1, 9, 9], "middle": [3, 3, 8, 8, 5, 5], "clip spotter": [4, 4, 9, 9, 4, 4]}
PEOPLE = ["Ann", "Ann", "Ben", "Ben", "Cy", "Cy"]

AWAY = (0.0, 0.1, 0.2)
"""Shares of a clip."""


CASES = (
    (SPOTTED, MIDDLE, 1),
    (SPOTTED, MIDDLE, 3),
    ({"p": 7, "q": 40, "r": 11}, {"r": 15, "q": 37, "s": 1, "p": 7}, 3),
    ({"p": 7, "q": 40, "r": 11}, {"r": 15, "q": 37, "s": 1, "p": 7}, 4),
)


def _near(spotted: Mapping[str, int], middle: Mapping[str, int], frames: int) -> float:
    return float(np.mean([abs(spotted[clip] - middle[clip]) <= frames for clip in spotted]))


def _nearer(spotted: Mapping[str, int], middle: Mapping[str, int], frames: int) -> float:
    return float(np.mean([abs(spotted[clip] - middle[clip]) < frames for clip in spotted]))


def _signed(spotted: Mapping[str, int], middle: Mapping[str, int], frames: int) -> float:
    return float(np.mean([spotted[clip] - middle[clip] <= frames for clip in spotted]))


@function
def _share(answer: Callable[..., float]) -> str | None:
    found = [as_number(answer(dict(spotted), dict(middle), frames)) for spotted, middle, frames in CASES]
    for formula, text in (
        (_near, None),
        (lambda s, m, f: _near(s, m, f) * len(s), "nearly: these are counts. Asked is a share of the spotted clips"),
        (_nearer, "nearly: a frame that is exactly that far away is near, too"),
        (
            lambda s, m, f: _near(s, m, f) * len(s) / len(m),
            "nearly: a share of the spotted clips is asked for; other clips have a middle, too",
        ),
        (_signed, "a frame far before the middle counts as near here: a distance has no sign"),
        (lambda s, m, f: 1 - _near(s, m, f), "the other way round: this is the share that lies further away"),
        (lambda s, m, f: 100 * _near(s, m, f), "nearly: that is in per cent. A share lies between 0 and 1"),
        (lambda s, m, f: _near(s, m, 3), "nearly: this is right for 3 frames, and other numbers are asked, too"),
    ):
        if np.allclose(found, [formula(*case) for case in CASES]):
            return text
    away = [abs(SPOTTED[clip] - MIDDLE[clip]) for clip in SPOTTED]
    return f"of four clips that lie {away} frames from the middle it says {found[1]:.2f} are near, if 3 frames are near"


OTHERS = ({"a": [1, 9, 2, 8, 5], "b": [6, 6, 3, 1, 4], "c": [4, 2, 7, 6, 3]}, ["x", "x", "x", "y", "z"])
"""As ``ERRORS`` and ``PEOPLE``, with people of unlike numbers of clips."""


def _best(errors: Mapping[str, Sequence[float]], people: Sequence[str], kept: Callable[[str], bool]) -> str:
    mean = {name: np.mean([e for e, who in zip(of, people, strict=True) if kept(who)]) for name, of in errors.items()}
    return min(mean, key=mean.__getitem__)


def _by_others(person: str, errors: Mapping, people: Sequence[str]) -> str:
    return _best(errors, people, lambda who: who != person)


def _by_their_own(person: str, errors: Mapping, people: Sequence[str]) -> str:
    return _best(errors, people, lambda who: who == person)


def _by_all(person: str, errors: Mapping, people: Sequence[str]) -> str:
    return _best(errors, people, lambda who: True)


def _by_the_largest(person: str, errors: Mapping, people: Sequence[str]) -> str:
    others = {name: [-error for error in of] for name, of in errors.items()}
    return _by_others(person, others, people)


@function
def _chosen(answer: Callable[..., str]) -> str | None:
    cases = [(person, *data) for data in ((ERRORS, PEOPLE), OTHERS) for person in dict.fromkeys(data[1])]
    said = [answer(person, {k: list(v) for k, v in errors.items()}, list(people)) for person, errors, people in cases]
    for formula, text in (
        (_by_others, None),
        (_by_their_own, "the person's own clips chose: each gets the spotter that happens to suit it"),
        (_by_all, "all clips had a say, the person's own among them: that is a leak, if a small one. Leave them out"),
        (_by_the_largest, "this is the spotter that errs most"),
    ):
        if said == [formula(*case) for case in cases]:
            return text
    unknown = [
        one for one, (_, errors, _) in zip(said, cases, strict=True) if not isinstance(one, str) or one not in errors
    ]
    if unknown:
        return "give back the name of a spotter, a key of errors"
    return (
        f"for Ann, Ben and Cy it chooses {', '.join(said[:3])}: whose clips have a say, and does the smallest mean win?"
    )


@functools.cache
def _clips() -> Samples:
    return simulated_clips(40, seed=500)


def _moved(
    samples: Samples,
    away: float,
    length: Callable[[np.ndarray], np.ndarray] = lambda flow: np.hypot(flow[0], flow[1]),
    wanted: Callable[..., float] = lambda clip, away: clip.apex + away * clip.length,
) -> float:
    there, apex = [], []
    for clip, flow, numbers in samples.per_clip():
        sizes = [float(np.mean(length(field))) for field in flow]
        at = [int(np.abs(np.array(numbers) - frame).argmin()) for frame in (wanted(clip, away), clip.apex)]
        there.append(sizes[at[0]])
        apex.append(sizes[at[1]])
    return float(np.mean(there) / np.mean(apex))


def _at(wanted: Callable[..., float]) -> Callable[[Samples, float], float]:
    return lambda samples, away: _moved(samples, away, wanted=wanted)


ASIDE = functools.partial(_moved, length=lambda flow: np.abs(flow[0]))
PLACES: dict[str, Callable[[Samples, float], float]] = {
    "as asked": _moved,
    "rounded": _at(lambda clip, away: round(clip.apex + away * clip.length)),
    "cut": _at(lambda clip, away: int(clip.apex + away * clip.length)),
    "rounded up": _at(lambda clip, away: int(np.ceil(clip.apex + away * clip.length))),
    "of the time from onset to offset": _at(lambda clip, away: clip.apex + away * (clip.offset - clip.onset)),
}
"""The frame that lies nearest may be named in any of these ways."""


@function
def _left(answer: Callable[[Samples, float], float]) -> str | None:
    samples = _clips()
    found = [as_number(answer(samples, away), "movement_left") for away in AWAY]
    for formula, text in (
        *((place, None) for place in PLACES.values()),
        (
            lambda samples, away: _moved(samples, -away),
            "nearly: this goes towards the onset. The apex plus a share of the clip's length lies after it",
        ),
        (ASIDE, "nearly: this is the movement to the side alone. The length of (u, v) is np.hypot(u, v)"),
        (
            _at(lambda clip, away: clip.apex + away),
            "this is a fraction of one frame after the apex: of what is it a share?",
        ),
        (
            _at(lambda clip, away: clip.apex + away * (clip.offset - clip.apex)),
            "nearly: this is a share of what is left after the apex. A share of the whole clip is asked for",
        ),
        (_at(lambda clip, away: clip.onset + away * clip.length), "this counts from the onset, not from the apex"),
        (_at(lambda clip, away: away * clip.length), "this frame lies near frame 0: count from the apex"),
        (
            _at(lambda clip, away: clip.apex * (1 + away)),
            "this is a share of the apex's number, not of the clip's length",
        ),
    ):
        if np.allclose(found, [formula(samples, away) for away in AWAY], rtol=1e-3):
            return text
    if not abs(found[0] - 1) < 1e-6:
        return f"at the apex itself all of the movement is left, so that the answer is 1 there, not {found[0]:.2f}"
    return (
        f"0.2 of a clip after the apex it finds {found[2]:.2f} of the movement: at which frame of a clip does it look?"
    )


EXERCISES = (
    Exercise(
        level=1,
        judge=_share,
        hints=(
            "abs(spotted[clip] - middle[clip]) <= frames is True or False for each clip of spotted.",
            "The mean of a list of True and False is the share of True: np.mean([...]).",
        ),
        wrong={
            "a count": lambda spotted, middle, frames: len(spotted) * _near(spotted, middle, frames),
            "nearer than": _nearer,
            "of all clips": lambda spotted, middle, frames: len(spotted) * _near(spotted, middle, frames) / len(middle),
            "a signed distance": _signed,
            "further": lambda spotted, middle, frames: 1 - _near(spotted, middle, frames),
            "frames forgotten": lambda spotted, middle, frames: _near(spotted, middle, 3),
            "both in one order": lambda spotted, middle, frames: np.mean(
                np.abs(np.subtract(list(spotted.values()), list(middle.values())[: len(spotted)])) <= frames
            ),
        },
        right={
            "counted": lambda spotted, middle, frames: (
                sum(1 for clip, frame in spotted.items() if -frames <= frame - middle[clip] <= frames) / len(spotted)
            ),
            "of pandas": lambda spotted, middle, frames: (
                (pd.Series(spotted) - pd.Series(middle)).dropna().abs().le(frames).mean()
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
            "the person's own clips": _by_their_own,
            "all clips": _by_all,
            "the largest error": _by_the_largest,
            "one for all": lambda person, errors, people: min(errors),
            "its number": lambda person, errors, people: list(errors).index(_by_others(person, errors, people)),
        },
        right={
            "of numpy": lambda person, errors, people: min(
                errors, key=lambda name: np.array(errors[name])[np.array(people) != person].mean()
            ),
            "sums": lambda person, errors, people: sorted(
                errors, key=lambda name: sum(e for e, who in zip(errors[name], people, strict=True) if who != person)
            )[0],
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
            "to the side alone": ASIDE,
            "pixels, no share": lambda samples, away: 3 * _moved(samples, away),
            "a fraction of a frame": _at(lambda clip, away: clip.apex + away),
            "of the rest": _at(lambda clip, away: clip.apex + away * (clip.offset - clip.apex)),
            "from the onset": _at(lambda clip, away: clip.onset + away * clip.length),
            "a share of the number": _at(lambda clip, away: clip.apex * (1 + away)),
        },
        right={name: of for name, of in PLACES.items() if name != "as asked"}
        | {"of the norm": lambda samples, away: _moved(samples, away, lambda flow: np.linalg.norm(flow, axis=0))},
    ),
)
