"""Who is trained on, who is tested on: folds that never share a subject, and the papers' clip-level folds as a control.

A subject's clips resemble each other (same face, same camera, same way of frowning), so a network that has seen a
subject scores well on that subject's other clips for reasons that do not carry over to a stranger.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mxe_lib.clips import Clip
from mxe_lib.errors import MxeError
from mxe_lib.learning.samples import Samples


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


@dataclass(frozen=True)
class Fold:
    """Clip ids to train on and to test on; the name is unique over all protocols."""

    name: str
    train: tuple[str, ...]
    test: tuple[str, ...]


def folds(protocol: str, clips: Sequence[Clip], seed: int = 0) -> list[Fold]:
    """The folds of a protocol.

    Args:
        protocol: ``loso`` (leave one subject out), ``kfold<k>`` (subject-disjoint), or the leaky control
            ``kfold<k>_by_clip`` (P1 and P2: clips of one subject on both sides).
        clips: the clips, or Samples that hold them (their classes are then what folds are balanced by).
        seed: of the draw.

    Raises:
        MxeError: for an unknown protocol, or more folds than subjects (clips, for the control).

    >>> [fold.name for fold in folds("loso", [Clip("smic", s, "a", 100, 0, None, 9, "positive") for s in ("s1", "s2")])]
    ['loso-smic/s1', 'loso-smic/s2']
    """
    if protocol == "loso":
        return loso(clips)
    match = re.fullmatch(r"kfold(\d+)(_by_clip)?", protocol)
    if not match:
        raise MxeError(f"unknown protocol '{protocol}': choose loso, kfold2, kfold5 or kfold5_by_clip")
    return (kfold_by_clip if match[2] else kfold)(clips, int(match[1]), seed)


def loso(clips: Sequence[Clip]) -> list[Fold]:
    """Leave one subject out: a fold for each subject, sorted by name."""
    clips, _ = _clips_and_classes(clips)
    subjects = sorted({clip.subject_id for clip in clips})
    _check(len(subjects), 2, "loso", "subjects")
    return [_fold(f"loso-{held_out}", clips, {held_out}) for held_out in subjects]


def kfold(clips: Sequence[Clip], k: int, seed: int = 0) -> list[Fold]:
    """k folds that share no subject, with the classes spread over them as evenly as whole subjects allow.

    The rule is the greedy one of scikit-learn's StratifiedGroupKFold: the largest subjects come first, and each goes to
    the fold where the classes' shares end up most even. That class itself is not used: it can leave a fold empty or
    refuse small classes, and a database of twelve subjects runs into both.

    Raises:
        MxeError: if there are fewer than k subjects.
    """
    clips, classes = _clips_and_classes(clips)
    subjects = sorted({clip.subject_id for clip in clips})
    _check(len(subjects), k, f"kfold{k}", "subjects")
    row = {subject: number for number, subject in enumerate(subjects)}
    counts = np.zeros((len(subjects), max(classes, default=0) + 1))
    for clip, class_ in zip(clips, classes, strict=True):
        counts[row[clip.subject_id], class_] += 1

    shares = counts / np.maximum(counts.sum(0), 1)
    shuffled = np.random.default_rng(seed).permutation(len(subjects))
    order = shuffled[np.argsort(-counts[shuffled].sum(1), kind="stable")]
    filled, members = np.zeros((k, counts.shape[1])), [set() for _ in range(k)]
    for done, subject in enumerate(order):
        empty = [fold for fold in range(k) if not members[fold]]
        must_fill = len(order) - done <= len(empty)
        fold = min(empty if must_fill else range(k), key=lambda fold: _unevenness(filled, fold, shares[subject]))
        filled[fold] += shares[subject]
        members[fold].add(subjects[subject])
    return [_fold(f"kfold{k}-{number}", clips, held_out) for number, held_out in enumerate(members)]


def kfold_by_clip(clips: Sequence[Clip], k: int, seed: int = 0) -> list[Fold]:
    """k folds of clips drawn without regard to subjects: the papers' protocol, kept as a control that shows the leak.

    Raises:
        MxeError: if there are fewer than k clips.
    """
    clips, _ = _clips_and_classes(clips)
    ids = sorted(clip.id for clip in clips)
    _check(len(ids), k, f"kfold{k}_by_clip", "clips")
    parts = np.array_split(np.random.default_rng(seed).permutation(ids), k)
    held_out = [set(part.tolist()) for part in parts]
    return [
        Fold(
            f"kfold{k}_by_clip-{number}",
            train=tuple(i for i in ids if i not in test),
            test=tuple(i for i in ids if i in test),
        )
        for number, test in enumerate(held_out)
    ]


def _unevenness(filled: np.ndarray, fold: int, share: np.ndarray) -> tuple[float, float]:
    """How unevenly the classes lie over the folds once this subject joins; ties go to the emptier fold."""
    after = filled.copy()
    after[fold] += share
    return round(float(after.std(0).mean()), 12), round(float(after[fold].sum()), 12)


def _fold(name: str, clips: Sequence[Clip], held_out: set[str]) -> Fold:
    train = tuple(sorted(clip.id for clip in clips if clip.subject_id not in held_out))
    test = tuple(sorted(clip.id for clip in clips if clip.subject_id in held_out))
    return Fold(name, train, test)


def _clips_and_classes(clips) -> tuple[list[Clip], list[int]]:
    """The clips, and a class number for each: the samples' own, else by the database's word for the emotion."""
    if hasattr(clips, "clips"):
        given = clips.clip_classes()
        clips = list(clips.clips)
        if given is not None:
            return clips, [int(class_) for class_ in given]
    clips = list(clips)
    words = sorted({clip.emotion for clip in clips})
    return clips, [words.index(clip.emotion) for clip in clips]


def _check(have: int, need: int, protocol: str, what: str) -> None:
    if need < 2 or have < need:
        raise MxeError(
            f"protocol {protocol} with {have} {what}: needs at least 2 folds and as many {what} as folds; "
            f"take more {what} or another protocol"
        )
