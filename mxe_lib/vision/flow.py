"""Optical flow from the onset frame to any other frame of a clip, and its cache on disk.

Flow is always measured from the onset (the resting face) to frame t, not from frame to frame: a micro-expression moves
skin by a pixel or two over thirty frames, and a thirtieth of that drowns in noise.
"""

import contextlib
import sys
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from mxe_lib.clips import Clip, Database
from mxe_lib.compute import code, parallel, store
from mxe_lib.errors import MxeError
from mxe_lib.vision import dense_flow, faces, tvl1

METHODS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "tvl1": tvl1.tvl1,
    "tvl1_opencv": dense_flow.tvl1_opencv,
    "farneback": dense_flow.farneback,
    "dis": dense_flow.dis,
}
"""By name the function from reference and target, ``(H, W)`` uint8, to ``(H, W, 2)`` float32 flow. What another method
computes is found again by the code of its own module."""


def optical_flow(reference: np.ndarray, target: np.ndarray, method: str = "tvl1") -> np.ndarray:
    """Dense flow: what lies at ``x`` in the reference lies at ``x + flow(x)`` in the target.

    Args:
        reference, target: ``(H, W)`` uint8.
        method: one of ``METHODS``.

    Returns:
        ``(2, H, W)`` float32: u to the right and v down, in pixels.

    Raises:
        MxeError: if there is no such method.
    """
    return np.ascontiguousarray(_function(method)(reference, target).transpose(2, 0, 1))


def clip_flow(database: Database, clip: Clip, numbers: Sequence[int], *, size: int, method: str = "tvl1") -> np.ndarray:
    """Flow from a clip's onset frame to each of these frames, on the crop that the onset frame's face gives.

    Args:
        numbers: frame numbers; the onset itself gives zero flow.
        size: side of the crop in pixels.

    Returns:
        ``(T, 2, size, size)`` float32 in pixels of the crop.

    Raises:
        MxeError: if a frame is missing or unreadable, or the onset frame shows no face.
    """
    if clip.onset is None:
        raise MxeError(f"{clip.id}: has no onset frame to measure flow from: use its flow map")
    frames = database.frames(clip, [clip.onset, *numbers])
    where = {}
    if not faces.can_find() and hasattr(database, "true_landmarks"):  # a simulated face says where its eyes are
        shape = database.true_landmarks(clip, clip.onset)
        where["alignment"] = faces.between(np.stack([shape[36:42].mean(axis=0), shape[42:48].mean(axis=0)]))
    try:
        return crop_flow(frames[0], frames[1:], size=size, method=method, **where)
    except MxeError as error:
        raise MxeError(f"{clip.id}: frame {clip.onset}: {error}") from None


def crop_flow(
    onset: np.ndarray,
    frames: np.ndarray,
    *,
    size: int,
    method: str = "tvl1",
    alignment: faces.Alignment | None = None,
) -> np.ndarray:
    """As ``clip_flow``, for frames ``(T, H, W[, 3])`` uint8 at hand; ``alignment`` says where the onset's face lies."""
    return dense_flow.crop_flow(onset, frames, size, _function(method), alignment)


def flows(
    database: Database,
    clips: Sequence[Clip],
    numbers: Sequence[Sequence[int]],
    *,
    size: int,
    method: str = "tvl1",
    cache: Path | None = None,
    workers: int = 1,
) -> list[np.ndarray | None]:
    """``clip_flow`` of many clips, in parallel; the flow to each frame is kept as a file and not computed again.

    A clip whose frames are missing, unreadable or without a face is left out with a warning that names it; nothing of
    it is kept, and the next call tries it again.

    Args:
        numbers: for each clip its frame numbers.
        cache: folder of the cache; None computes everything anew. A file is used if nothing that its content depends on
            has changed: both frames, their numbers, size, the code of the method and of the crop, OpenCV's version.
        workers: processes.

    Returns:
        For each clip ``(T, 2, size, size)`` float32, or None if it was left out.
    """
    _function(method)  # an unknown one is no clip's fault
    found: list[dict[int, np.ndarray] | None] = [None] * len(clips)
    jobs: list[tuple] = []
    places, lean = [], parallel.carried(database)
    for index, (clip, wanted) in enumerate(zip(clips, numbers, strict=True)):
        try:
            paths = {} if cache is None else _paths(cache, database, clip, wanted, size, method)
        except MxeError as error:
            _warn(clip, error)
            continue
        found[index] = _kept(paths)
        if missing := [number for number in dict.fromkeys(wanted) if number not in found[index]]:
            jobs.append((lean, clip, missing, size, method, paths))
            places.append(index)
    for job, result in parallel.run(_one_clip, jobs, workers, "flow"):
        if isinstance(result, str):
            _warn(clips[places[job]], result)
            found[places[job]] = None
        else:
            found[places[job]] |= result
    shape = (-1, 2, size, size)
    return [
        None if flow is None else np.reshape([flow[number] for number in wanted], shape).astype(np.float32)
        for flow, wanted in zip(found, numbers, strict=True)
    ]


def apex_flow(database: Database, clips: Sequence[Clip], apexes: Sequence[int], **how) -> list[np.ndarray | None]:
    """Flow from each clip's onset to its apex: as ``flows`` with its settings, and one frame number a clip.

    Returns:
        For each clip ``(2, size, size)`` float32, or None if it was left out.
    """
    found = flows(database, clips, [[apex] for apex in apexes], **how)
    return [None if flow is None else flow[0] for flow in found]


def _one_clip(
    database: Database, clip: Clip, numbers: list[int], size: int, method: str, paths: dict[int, Path]
) -> dict[int, np.ndarray] | str:
    """The clip's flow to each frame, which it also stores; or why there is none."""
    wanted = {number: paths[number] for number in numbers if number in paths}
    with store.making(next(iter(wanted.values()))) if wanted else contextlib.nullcontext():
        flow = _kept(wanted)
        if not (missing := [number for number in numbers if number not in flow]):
            return flow
        try:
            made = dict(zip(missing, clip_flow(database, clip, missing, size=size, method=method), strict=True))
        except MxeError as error:
            return str(error)
        for number in made.keys() & wanted.keys():
            store.keep_arrays(wanted[number], {"flow": made[number]})
    return flow | made


def _kept(paths: dict[int, Path]) -> dict[int, np.ndarray]:
    """The flow of those frames that is there."""
    kept = {number: store.kept_arrays(path) for number, path in paths.items()}
    return {number: arrays["flow"] for number, arrays in kept.items() if arrays is not None and "flow" in arrays}


def _paths(
    cache: Path, database: Database, clip: Clip, numbers: Sequence[int], size: int, method: str
) -> dict[int, Path]:
    """Where the flow to each of these frames is kept."""
    folder = Path(cache) / "flow" / f"{clip.database}-{clip.subject}-{clip.name}"
    roots = (dense_flow, _function(method))
    parameters = getattr(sys.modules[_function(method).__module__], "PARAMETERS", None)
    settings = (clip.onset, size, method, code.versions(*roots), code.digest(*roots))
    settings += (parameters,)  # as they are now: a test or a notebook may have set others
    onset, paths = database.fingerprint(clip, [clip.onset]), {}
    for number in numbers:
        key = (onset, database.fingerprint(clip, [number]), number, settings)
        paths[number] = folder / f"{number}-{store.digest(repr(key))[:32]}.flow"
    return paths


def _warn(clip: Clip, reason: object) -> None:
    text = str(reason)
    text = text if text.startswith(clip.id) else f"{clip.id}: {text}"
    warnings.warn(f"left out {text}", stacklevel=3)


def _function(method: str) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    if method not in METHODS:
        raise MxeError(f"unknown flow method '{method}': choose one of {', '.join(METHODS)}")
    return METHODS[method]
