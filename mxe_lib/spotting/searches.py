"""Long videos searched by every spotter, fold by fold: who is searched was neither trained nor chosen on.

Each function gives, by video id, the intervals that were found (``spotted.Spotted``), those of all folds together.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from mxe_lib.clips import Clip
from mxe_lib.compute import code, parallel, seeds, store
from mxe_lib.evaluation.spotted import KINDS, Spotted
from mxe_lib.learning import folds as clip_folds
from mxe_lib.learning import training
from mxe_lib.learning.folds import Fold
from mxe_lib.spotting import curves
from mxe_lib.spotting.interval_spotter import SpotIntervals, VideoSamples, above, moments
from mxe_lib.spotting.softnet_task import FrameSamples, SpotFrames, labels
from mxe_lib.videos import LongVideo, VideoDatabase
from mxe_lib.vision import long_flow

Found = dict[str, list[Spotted]]


def folds(protocol: str, videos: Sequence[LongVideo]) -> list[Fold]:
    """The folds of a protocol (``learning.folds.folds``) over people; a video goes where its person goes."""
    stand_ins = [Clip(v.database, v.subject, v.name, v.fps, v.first, None, v.last, "", (), v.origin) for v in videos]
    return clip_folds.folds(protocol, stand_ins)


def sides(fold: Fold, videos: Sequence[LongVideo]) -> tuple[list[LongVideo], list[LongVideo]]:
    """Those to learn from, and those to search."""
    return [v for v in videos if v.id in set(fold.train)], [v for v in videos if v.id in set(fold.test)]


def at_rest(videos: Sequence[LongVideo]) -> Found:
    """Nothing anywhere: right in every video without an expression."""
    return {video.id: [] for video in videos}


def random_intervals(videos: Sequence[LongVideo], parts: Sequence[Fold], seed: int = 0) -> Found:
    """As many intervals a minute as the training people show, as long as theirs, anywhere."""
    found: Found = {}
    for fold in parts:
        train, test = sides(fold, videos)
        whole = sum(video.seconds for video in train)
        for video in test:
            rng, own = np.random.default_rng(seeds.of_values("random intervals", video.id, seed)), []
            for kind in KINDS:
                spans = [one.length / v.fps for v in train for one in v.intervals if one.kind == kind]
                for length in rng.choice(spans, rng.poisson(len(spans) * video.seconds / whole)) if spans else ():
                    frames = min(round(length * video.fps), video.last - video.first)
                    onset = int(rng.integers(video.first, video.last - frames + 1))
                    own.append(Spotted(onset, onset + frames // 2, onset + frames, kind))
            found[video.id] = own
    return found


def strain(
    videos: Sequence[LongVideo], parts: Sequence[Fold], flows: Mapping[str, Mapping[int, np.ndarray]]
) -> tuple[Found, list[dict[str, float]]]:
    """Peaks of the mean optical strain; the threshold's p is chosen on the training people of each fold.

    Returns:
        The intervals, and for each fold p by kind.
    """
    found, chosen = {}, []

    @lru_cache(maxsize=8)  # most folds ask for the same distance
    def strains(k: int) -> dict[str, np.ndarray]:
        return {video.id: curves.mean_strain(flows[video.id][k]) for video in videos}

    for fold in parts:
        train, test = sides(fold, videos)
        seen = {kind: strains(curves.half_length(train, kind)) for kind in KINDS}
        own, p = curves.from_curves(seen, train, test)
        found |= own
        chosen.append(p)
    return found, chosen


def distances(videos: Sequence[LongVideo], parts: Sequence[Fold]) -> list[int]:
    """All distances over which these folds need flow: k of each kind."""
    trains = [sides(fold, videos)[0] for fold in parts]
    return sorted({curves.half_length(train, kind) for train in trains for kind in KINDS})


def softnet(
    database: VideoDatabase,
    videos: Sequence[LongVideo],
    parts: Sequence[Fold],
    *,
    cache: Path,
    workers: int = 1,
    seed: int = 0,
    **settings,
) -> list[dict[str, dict[str, np.ndarray]]]:
    """SOFTNet's scores of every frame: for each fold, by kind and video id, those of the training people as well.

    Args:
        settings: of ``SpotFrames``; ``augment`` is set as its authors do, for micro-expressions alone.
    """
    jobs = [
        (database, tuple(videos), fold, kind, {**settings, "augment": kind == "micro"}, seed, cache)
        for kind in KINDS
        for fold in parts
    ]
    scored: list = [None] * len(jobs)
    for index, result in parallel.run(_softnet_fold, jobs, workers, "SOFTNet"):
        scored[index] = result
    half = len(parts)
    return [dict(zip(KINDS, (scored[n], scored[half + n]), strict=True)) for n in range(half)]


def from_scores(
    videos: Sequence[LongVideo], parts: Sequence[Fold], scores: Sequence[Mapping], p: float | None = None
) -> tuple[Found, list[dict[str, float]]]:
    """Intervals from each fold's scores; p is chosen on its training people where none is given."""
    found, chosen = {}, []
    for fold, own in zip(parts, scores, strict=True):
        intervals, share = curves.from_curves(own, *sides(fold, videos), p)
        found |= intervals
        chosen.append(share)
    return found, chosen


def chosen_above(
    videos: Sequence[LongVideo], parts: Sequence[Fold], candidates: Sequence[Mapping[str, Sequence[Spotted]]]
) -> tuple[Found, list[dict[str, float]]]:
    """Candidates above a threshold for each kind, chosen on the training people of each fold.

    Args:
        candidates: for each fold by video id; of the training people, those to choose on.
    """
    found, chosen = {}, []
    for fold, own in zip(parts, candidates, strict=True):
        train, test = sides(fold, videos)
        least = thresholds([video for video in train if video.id in own], own)
        chosen.append(least)
        found |= {video.id: above(own[video.id], least) for video in test}
    return found, chosen


def thresholds(videos: Sequence[LongVideo], candidates: Mapping[str, Sequence[Spotted]]) -> dict[str, float]:
    """By kind the threshold with the highest F1 on these videos."""
    least = {}
    for kind in KINDS:

        def spot(video: LongVideo, share: float, kind=kind) -> list[Spotted]:
            return [one for one in candidates[video.id] if one.kind == kind and one.score >= share]

        least[kind] = curves.choose(np.round(np.arange(0.9, 0.05, -0.025), 3).tolist(), spot, videos, kind)
    return least


def seen(videos: Sequence[LongVideo], flows: Mapping[str, Mapping[int, np.ndarray]]) -> VideoSamples:
    """The videos as ``SpotIntervals`` sees them."""
    return VideoSamples(tuple(videos), tuple(moments(flows[video.id], video.fps) for video in videos))


def candidates_of(task: SpotIntervals, samples: VideoSamples) -> dict[str, list[Spotted]]:
    """By video id what a trained spotter thinks possible."""
    both = zip(samples.videos, samples.inputs, strict=True)
    return {video.id: task.candidates(video, inputs) for video, inputs in both}


def trained_in_folds(
    task: SpotIntervals,
    samples: VideoSamples,
    parts: Sequence[Fold],
    *,
    cache: Path,
    workers: int = 1,
    seed: int = 0,
    start: Path | None = None,
) -> list[dict[str, list[Spotted]]]:
    """Candidates of spotters trained on each fold's people: for each fold by video id.

    A threshold can't be chosen on people that a network has learned by heart. So one half of a fold's training people
    is searched by a network trained on the other half; the test people by one that was trained on all.
    """
    jobs, whose = [], []
    for number, fold in enumerate(parts):
        train, test = sides(fold, samples.videos)
        names = sorted({video.subject_id for video in train})
        half = set(names[::2])
        others = [v for v in train if v.subject_id not in half]
        rounds = [(train, test), (others, [v for v in train if v.subject_id in half])]
        for learn, ask in rounds:
            jobs.append((task.hparams, _part(samples, learn), _part(samples, ask), seed, cache, start))
            whose.append(number)
    found: list[dict[str, list[Spotted]]] = [{} for _ in parts]
    for index, result in parallel.run(_interval_fold, jobs, workers, "intervals"):
        found[whose[index]] |= result
    return found


def _part(samples: VideoSamples, videos: Sequence[LongVideo]) -> VideoSamples:
    by_id = {video.id: inputs for video, inputs in zip(samples.videos, samples.inputs, strict=True)}
    return VideoSamples(tuple(videos), tuple(by_id[video.id] for video in videos))


def _interval_fold(
    settings: dict, learn: VideoSamples, ask: VideoSamples, seed: int, cache: Path, start: Path | None
) -> dict[str, list[Spotted]]:
    task = training.load(training.fit(SpotIntervals(**settings), learn, seed, cache, start=start))
    return candidates_of(task, ask)


def _softnet_fold(
    database: VideoDatabase,
    videos: tuple[LongVideo, ...],
    fold: Fold,
    kind: str,
    settings: dict,
    seed: int,
    cache: Path,
) -> dict[str, np.ndarray]:
    train, _ = sides(fold, videos)
    k = curves.half_length(train, kind)
    inputs = _inputs(_Whose(database, videos, cache), k)
    wanted = [labels(video, kind, k, len(inputs[video.id])) for video in train]
    samples = FrameSamples(torch.cat([inputs[v.id] for v in train]), torch.from_numpy(np.concatenate(wanted)))
    task = SpotFrames(**settings)
    weights = training.fit(task, samples, training.fold_seed(task, seed, fold), cache)
    # Scoring all frames takes as long as training.
    asked = repr((weights.stem, k, [(video.id, len(inputs[video.id])) for video in videos], code.digest(__name__)))
    path = Path(cache) / "long_scores" / f"{store.digest(asked)}.scores"
    if (kept := store.kept_arrays(path)) is None:
        model = training.load(weights)
        kept = {str(n): model.scores(inputs[video.id]) for n, video in enumerate(videos)}
        store.keep_arrays(path, kept)
    return {video.id: kept[str(n)] for n, video in enumerate(videos)}


class _Whose:
    """Videos as an argument of a kept function: the same videos are the same."""

    def __init__(self, database: VideoDatabase, videos: tuple[LongVideo, ...], cache: Path) -> None:
        self.database, self.videos, self.cache = database, videos, cache

    def __hash__(self) -> int:
        return hash((self.videos, self.cache))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Whose) and (self.videos, self.cache) == (other.videos, other.cache)


@lru_cache(maxsize=2)
def _inputs(whose: _Whose, k: int) -> dict[str, Tensor]:
    """SOFTNet's inputs of all videos over this distance: a worker makes them once for all its folds."""
    flows = long_flow.flows(whose.database, whose.videos, (k,), cache=whose.cache)
    return {
        video.id: curves.softnet_inputs(flow[k])
        for video, flow in zip(whose.videos, flows, strict=True)
        if flow is not None
    }
