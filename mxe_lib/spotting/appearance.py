"""What a clip looks like, for the spotters that read frames and not flow: tracked landmarks and aligned faces."""

import contextlib
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from mxe_lib.clips import Clip, Database
from mxe_lib.compute import code, parallel, store
from mxe_lib.errors import MxeError
from mxe_lib.learning.samples import Samples
from mxe_lib.simulation.face import MEAN_SHAPE
from mxe_lib.vision import faces, landmarks

CROP_SIZE, EYE_SIZE = 120, 64
"""Sides of the two crops in pixels: the one that textures are read from, and the small network's."""

INNER_CORNERS = (39, 42)
"""Of the eyes, in the iBUG order."""


@dataclass(frozen=True)
class Appearance:
    """A clip's frames as its first frame's face lies in them.

    Attributes:
        shapes: ``(T, 68, 2)`` float32 tracked landmarks, frame pixels.
        crops: ``(T, 120, 120)`` uint8 faces, all aligned by the first frame's eyes.
        eyes: ``(T, 64, 64)`` uint8 faces, each aligned by its own inner eye corners.
    """

    shapes: np.ndarray
    crops: np.ndarray
    eyes: np.ndarray


def appearances(
    database: Database,
    clips: Sequence[Clip],
    numbers: Sequence[Sequence[int]],
    *,
    cache: Path | None = None,
    workers: int = 1,
) -> list[Appearance | None]:
    """Of many clips, in parallel, each kept as one file.

    A clip whose frames are missing, unreadable or without a face is left out with a warning that names it.

    Args:
        numbers: for each clip its frame numbers, the onset first.
        cache: folder of the cache; None computes everything anew.
        workers: processes.
    """
    found: list[Appearance | None] = [None] * len(clips)
    jobs, places, lean = [], [], parallel.carried(database)
    for index, (clip, wanted) in enumerate(zip(clips, numbers, strict=True)):
        try:
            path = None if cache is None else _path(cache, database, clip, wanted)
        except MxeError as error:
            warnings.warn(f"left out {_named(clip, error)}", stacklevel=2)
            continue
        found[index] = None if path is None else _read(path)
        if found[index] is None:
            jobs.append((lean, clip, list(wanted), path))
            places.append(index)
    for job, result in parallel.run(_one_clip, jobs, workers, "appearance"):
        if isinstance(result, str):
            warnings.warn(f"left out {result}", stacklevel=2)
        else:
            found[places[job]] = result
    return found


def seen(
    databases: Sequence[Database], samples: Samples, *, cache: Path | None = None, workers: int = 1
) -> tuple[Samples, list[Appearance]]:
    """The appearance of each clip of spotting samples, at their frames; samples come without clips that have none."""
    looks: dict[str, Appearance] = {}
    numbers = {clip.id: frames for clip, _, frames in samples.per_clip()}
    for database in databases:
        own = [clip for clip in samples.clips if clip.database == database.name]
        found = appearances(database, own, [numbers[clip.id] for clip in own], cache=cache, workers=workers)
        looks |= {clip.id: look for clip, look in zip(own, found, strict=True) if look is not None}
    if not looks:
        raise MxeError("appearance: no clip shows a face that can be tracked: look at the warnings")
    kept = samples.subset(looks)
    return kept, [looks[clip.id] for clip in kept.clips]


def appearance(frames: np.ndarray) -> Appearance:
    """Of frames ``(T, H, W[, 3])`` uint8 at hand.

    Raises:
        MxeError: if the first frame shows no face.
    """
    alignment = faces.align(frames[0])
    if not alignment.found:
        raise MxeError(faces.NO_FACE)
    shapes = landmarks.track(frames)
    crops = np.stack([faces.face_crop(frame, alignment, CROP_SIZE) for frame in frames])
    eyes = [_by_corners(frame, shape) for frame, shape in zip(frames, shapes, strict=True)]
    return Appearance(shapes.astype(np.float32), crops, np.stack(eyes))


def _by_corners(frame: np.ndarray, shape: np.ndarray) -> np.ndarray:
    """The face whose inner eye corners lie where they do in the mean face's crop."""
    eyes = np.stack([MEAN_SHAPE[36:42].mean(axis=0), MEAN_SHAPE[42:48].mean(axis=0)])
    to_crop = faces.similarity(eyes, np.array(faces.EYES))
    corners = MEAN_SHAPE[list(INNER_CORNERS)] @ to_crop[:, :2].T + to_crop[:, 2]
    matrix = faces.similarity(shape[list(INNER_CORNERS)].astype(float), corners)
    return faces.face_crop(frame, faces.Alignment(matrix, found=True), EYE_SIZE)


def _one_clip(database: Database, clip: Clip, numbers: list[int], path: Path | None) -> Appearance | str:
    """The clip's appearance, which it also stores; or why there is none."""
    with store.making(path) if path else contextlib.nullcontext():
        found = _read(path) if path else None
        if found is None:
            try:
                found = appearance(database.frames(clip, numbers))
            except (MxeError, ValueError, cv2.error) as error:  # points that coincide after a lost track span no face
                return _named(clip, error)
            if path:
                store.keep_arrays(path, vars(found))
    return found


def _named(clip: Clip, reason: object) -> str:
    text = str(reason)
    return text if text.startswith(clip.id) else f"{clip.id}: {text}"


def _path(cache: Path, database: Database, clip: Clip, numbers: Sequence[int]) -> Path:
    roots = (__name__,)
    key = (database.fingerprint(clip, list(numbers)), list(numbers), code.versions(*roots), code.digest(*roots))
    name = store.digest(repr(key))[:32]
    return cache / "appearance" / f"{clip.database}-{clip.subject}-{clip.name}-{name}.appearance"


def _read(path: Path) -> Appearance | None:
    arrays = store.kept_arrays(path)
    return None if arrays is None else Appearance(**arrays)
