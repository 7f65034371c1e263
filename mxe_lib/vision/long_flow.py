"""Optical flow through a long video, over a fixed distance in time, and its cache on disk.

A long video has no onset to measure flow from: the face at rest of ten seconds ago lies elsewhere. So flow is measured
from each frame to the one a fixed distance later, as spotters of the field do (Liong et al. 2021). One alignment, that
of the first frame, serves the whole video; frames are read in chunks, and of each only a small grey crop is kept.
"""

import contextlib
import warnings
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from mxe_lib.compute import code, parallel, store
from mxe_lib.errors import MxeError
from mxe_lib.videos import LongVideo, VideoDatabase
from mxe_lib.vision import faces

CROP, GRID = 64, 32
"""Side of the crop that flow is measured on, and of the grid on which it is kept."""

CHUNK = 240
"""Frames in memory at once."""

FARNEBACK = {
    "pyr_scale": 0.5, "levels": 2, "winsize": 11, "iterations": 2, "poly_n": 5, "poly_sigma": 1.1, "flags": 0,
}  # fmt: skip
"""Farneback (2003) for small crops: its window spans four tenths of the eyes' distance. TV-L1 takes ten times as long,
and a video of minutes has thousands of frames."""


def crops(database: VideoDatabase, video: LongVideo) -> np.ndarray:
    """The face in every frame, ``(T, CROP, CROP)`` uint8, where it lies in the first one.

    Raises:
        MxeError: if a frame is missing or unreadable, or the first one shows no face.
    """
    parts, alignment = [], None
    numbers = video.frame_numbers()
    for start in range(0, len(numbers), CHUNK):
        frames = database.frames(video, numbers[start : start + CHUNK])
        if alignment is None:
            known = hasattr(database, "eyes") and not faces.can_find()
            alignment = faces.between(database.eyes(video)) if known else faces.align(frames[0])
        try:
            parts.append(np.stack([faces.face_crop(frame, alignment, CROP) for frame in frames]))
        except MxeError as error:
            raise MxeError(f"{video.id}: {error}") from None
    return np.concatenate(parts)


def distance_flow(faces_: np.ndarray, distance: int) -> np.ndarray:
    """Flow from each frame to one ``distance`` later, ``(T - distance, 2, GRID, GRID)`` float16, pixels of the crop.

    Args:
        faces_: ``(T, CROP, CROP)`` uint8, as ``crops`` gives them.

    Raises:
        MxeError: if the video is no longer than the distance.
    """
    count = len(faces_) - distance
    if distance < 1 or count < 1:
        raise MxeError(f"flow over {distance} frames: choose 1 or more, and a video that is longer")
    flow = np.empty((count, 2, GRID, GRID), np.float16)
    for index in range(count):
        full = cv2.calcOpticalFlowFarneback(faces_[index], faces_[index + distance], None, **FARNEBACK)
        flow[index] = cv2.resize(full, (GRID, GRID), interpolation=cv2.INTER_AREA).transpose(2, 0, 1)
    return flow


def flows(
    database: VideoDatabase,
    videos: Sequence[LongVideo],
    distances: Sequence[int],
    *,
    cache: Path | None = None,
    workers: int = 1,
) -> list[dict[int, np.ndarray] | None]:
    """``distance_flow`` of many videos, in parallel; each is kept as a file and not computed again.

    A video whose frames cannot be read, or that shows no face, is left out with a warning that names it.

    Args:
        distances: in frames.
        cache: folder of the cache; None computes everything anew. A file is used if nothing that its content depends on
            has changed: the frames, the distance, this code, OpenCV's version.
        workers: processes.

    Returns:
        For each video by distance ``(T - distance, 2, GRID, GRID)`` float16, or None if it was left out.
    """
    paths = [{d: _path(cache, database, video, d) for d in distances} if cache else {} for video in videos]
    found = [_kept(own) for own in paths]
    jobs, places = [], []
    for index, video in enumerate(videos):
        if missing := [d for d in dict.fromkeys(distances) if d not in found[index]]:
            jobs.append((database, video, missing, paths[index]))
            places.append(index)
    for job, result in parallel.run(_one_video, jobs, workers, "flow"):
        place = places[job]
        if isinstance(result, str):
            warnings.warn(f"left out {result}", stacklevel=2)
            found[place] = None
        else:
            found[place] |= result if result else _kept(paths[place])
    return found


def _one_video(
    database: VideoDatabase, video: LongVideo, distances: list[int], paths: dict[int, Path]
) -> dict[int, np.ndarray] | str:
    """The video's flow, or nothing where it was stored: a file is read faster than sent. A text: why there is none."""
    with store.making(paths[distances[0]]) if paths else contextlib.nullcontext():
        missing = [d for d in distances if d not in _kept({d: paths[d] for d in distances if d in paths})]
        if not missing:
            return {}
        try:
            seen = crops(database, video)
            made = {distance: distance_flow(seen, distance) for distance in missing}
        except MxeError as error:
            text = str(error)
            return text if text.startswith(video.id) else f"{video.id}: {text}"
        for distance, flow in made.items() if paths else ():
            store.keep_arrays(paths[distance], {"flow": flow})
    return {} if paths else made


def _kept(paths: dict[int, Path]) -> dict[int, np.ndarray]:
    kept = {distance: store.kept_arrays(path) for distance, path in paths.items()}
    return {distance: arrays["flow"] for distance, arrays in kept.items() if arrays is not None and "flow" in arrays}


def _path(cache: Path, database: VideoDatabase, video: LongVideo, distance: int) -> Path:
    settings = (distance, CROP, GRID, FARNEBACK, code.versions(__name__), code.digest(__name__))
    key = store.digest(repr((database.fingerprint(video, video.frame_numbers()), settings)))
    return Path(cache) / "long_flow" / video.id.replace("/", "-") / f"{distance}-{key[:32]}.flow"
