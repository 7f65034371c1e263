"""Spot, then recognise: intervals of a long video, each with the class that the shipped recogniser gives it."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace

from mxe_lib.clips import CLASSES
from mxe_lib.compute import parallel
from mxe_lib.errors import MxeError
from mxe_lib.evaluation.spotted import Spotted
from mxe_lib.recognition import shipped_recognizer
from mxe_lib.videos import LongVideo, VideoDatabase
from mxe_lib.vision import faces, flow


def named(
    database: VideoDatabase, videos: Sequence[LongVideo], found: Mapping[str, Sequence[Spotted]], workers: int = 1
) -> dict[str, list[Spotted]]:
    """The same intervals with a class each, by the flow from onset to apex.

    Args:
        found: by video id.
    """
    jobs = [(database, video, tuple(found[video.id])) for video in videos]
    answered: dict[str, list[Spotted]] = {}
    for index, result in parallel.run(_one_video, jobs, workers, "recognising"):
        answered[videos[index].id] = result
    return {video.id: answered[video.id] for video in videos}


def named_each(
    database: VideoDatabase,
    videos: Sequence[LongVideo],
    asked: Mapping[Hashable, Mapping[str, Sequence[Spotted]]],
    workers: int = 1,
) -> dict[Hashable, dict[str, list[Spotted]]]:
    """``named`` for several spotters: each video is read once, and what two of them found is recognised once.

    Args:
        asked: by a name of your choice what a spotter found, by video id.
    """
    once = {
        video.id: list({(one.onset, one.apex): one for found in asked.values() for one in found[video.id]}.values())
        for video in videos
    }
    answered = named(database, videos, once, workers)
    said = {name: {(one.onset, one.apex): one.emotion for one in own} for name, own in answered.items()}
    return {
        key: {
            video.id: [replace(one, emotion=said[video.id][one.onset, one.apex]) for one in found[video.id]]
            for video in videos
        }
        for key, found in asked.items()
    }


def true_intervals(videos: Sequence[LongVideo]) -> dict[str, list[Spotted]]:
    """The true intervals, as if a spotter had found them: what is left to lose is the recogniser's.

    Where no apex is known, the middle stands for it.
    """
    return {
        video.id: [
            Spotted(one.onset, (one.onset + one.offset) // 2 if one.apex is None else one.apex, one.offset, one.kind)
            for one in video.intervals
        ]
        for video in videos
    }


def _one_video(database: VideoDatabase, video: LongVideo, found: tuple[Spotted, ...]) -> list[Spotted]:
    if not found:
        return []
    try:
        alignment = faces.align(next(iter(database.frames(video, [video.first]))))
        recognizer, answers = shipped_recognizer.recognizer(), []
        for one in found:
            pair = database.frames(video, [one.onset, one.apex])
            size = shipped_recognizer.FLOW_SIZE
            (movement,) = flow.crop_flow(pair[0], pair[1:], size=size, alignment=alignment)
            said = recognizer.probabilities(movement)
            answers.append(replace(one, emotion=max(CLASSES, key=said.__getitem__)))
    except MxeError as error:
        raise MxeError(f"{video.id}: {error}") from None
    return answers
