"""A small, representative choice of clips."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from mxe_lib.clips import Clip
from mxe_lib.databases.composite import composite_class


def subset(clips: Sequence[Clip], n: int | None, subjects: int | None, seed: int = 0) -> list[Clip]:
    """A small, representative choice: at most ``n`` clips of at most ``subjects`` subjects, in the clips' own order.

    First the subjects are chosen, evenly from each database: of 200 random draws the one that gives the most clips.
    Among equals it is the one with the most classes of at least two subjects, so that each class can be trained and
    tested; among equals again, the one whose smallest class is largest.

    Then their clips are chosen. Each database and class gets its share in proportion, and at least two clips if it has
    them; within a class the subjects take turns. A clip's class is that of the composite, else its emotion.

    Args:
        n, subjects: None = all.
        seed: the same arguments give the same choice.
    """
    rng = np.random.default_rng(seed)
    clips = list(clips)
    if subjects is not None:
        chosen = _subjects(clips, len(clips) if n is None else n, subjects, rng)
        clips = [clip for clip in clips if clip.subject_id in chosen]
    if n is None or n >= len(clips):
        return clips
    strata: dict[tuple[str, str], list[Clip]] = defaultdict(list)
    for clip in clips:
        strata[clip.database, _class(clip)].append(clip)
    sizes = {key: len(group) for key, group in strata.items()}
    taken = {clip.id for key, k in _shares(sizes, n).items() for clip in _spread(strata[key], k, rng)}
    return [clip for clip in clips if clip.id in taken]


def _class(clip: Clip) -> str:
    return composite_class(clip) or clip.emotion


def _subjects(clips: list[Clip], n: int, count: int, rng: np.random.Generator) -> set[str]:
    by_database: dict[str, dict[str, list[Clip]]] = defaultdict(lambda: defaultdict(list))
    for clip in clips:
        by_database[clip.database][clip.subject_id].append(clip)
    shares = _shares({name: len(group) for name, group in by_database.items()}, count, even=True)
    best: tuple[tuple[int, ...], set[str]] = ((-1,), set())
    for _ in range(200):
        draw = [
            subject
            for name, k in shares.items()
            for subject in rng.choice(sorted(by_database[name]), size=k, replace=False).tolist()
        ]
        classes: dict[str, set[str]] = defaultdict(set)
        sizes: dict[str, int] = defaultdict(int)
        for subject in draw:
            for clip in by_database[subject.split("/")[0]][subject]:
                classes[_class(clip)].add(subject)
                sizes[_class(clip)] += 1
        two = sum(len(group) >= 2 for group in classes.values())
        score = (min(sum(sizes.values()), n), two, min(sizes.values(), default=0))
        if score > best[0]:
            best = (score, set(draw))
    return best[1]


def _shares(sizes: dict, n: int, *, even: bool = False) -> dict:
    """``n`` split over groups: by size (or evenly), at most a group's size, two each first (one each if even)."""
    shares = dict.fromkeys(sizes, 0)
    for _ in range(min(n, sum(sizes.values()))):
        open_groups = [key for key in sizes if shares[key] < sizes[key]]

        def need(key: object) -> float:
            floor = 0 if shares[key] < (1 if even else 2) else 1
            return floor * 1e6 + (shares[key] + 0.5) / (1 if even else sizes[key])

        shares[min(open_groups, key=lambda key: (need(key), -sizes[key], str(key)))] += 1
    return shares


def _spread(group: list[Clip], k: int, rng: np.random.Generator) -> list[Clip]:
    """``k`` clips, one subject after the other."""
    queues: dict[str, list[Clip]] = defaultdict(list)
    for i in rng.permutation(len(group)):
        queues[group[i].subject_id].append(group[i])
    chosen: list[Clip] = []
    while len(chosen) < k:
        for queue in queues.values():
            if queue and len(chosen) < k:
                chosen.append(queue.pop())
    return chosen
