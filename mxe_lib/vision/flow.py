"""Optical flow from the onset frame to any other frame of a clip, and its cache on disk.

Flow is always measured from the onset (the resting face) to frame t, not from frame to frame: a micro-expression moves
skin by a pixel or two over thirty frames, and a thirtieth of that drowns in noise.
"""

from __future__ import annotations

import hashlib
import os
import warnings
from collections.abc import Sequence
from functools import cache as cached
from pathlib import Path

import cv2
import numpy as np

from mxe_lib.clips import Clip, Database
from mxe_lib.compute import parallel
from mxe_lib.errors import MxeError
from mxe_lib.vision import faces

METHODS = ("tvl1", "farneback", "dis")

PARAMETERS = {
    "tvl1": {
        "tau": 0.25, "lambda_": 0.15, "theta": 0.3, "nscales": 5, "warps": 5, "epsilon": 0.01, "innnerIterations": 30,
        "outerIterations": 10, "scaleStep": 0.8, "gamma": 0.0, "medianFiltering": 5, "useInitialFlow": False,
    },
    "farneback": {
        "pyr_scale": 0.5, "levels": 3, "winsize": 15, "iterations": 3, "poly_n": 5, "poly_sigma": 1.2, "flags": 0,
    },
    "dis": {"preset": cv2.DISOPTICAL_FLOW_PRESET_MEDIUM},
}  # fmt: skip
"""TV-L1 (Zach et al. 2007): the defaults of OpenCV's ``DualTVL1OpticalFlow_create``, as neither paper states its own;
``innnerIterations`` is OpenCV's spelling. Farneback (2003): the values of OpenCV's tutorial. DIS (Kroeger et al. 2016):
OpenCV's medium preset."""


def optical_flow(reference: np.ndarray, target: np.ndarray, method: str = "tvl1") -> np.ndarray:
    """Dense flow: what lies at ``x`` in the reference lies at ``x + flow(x)`` in the target.

    Args:
        reference, target: ``(H, W)`` uint8.
        method: ``tvl1``, ``farneback`` or ``dis``; its settings are in ``PARAMETERS``.

    Returns:
        ``(2, H, W)`` float32: u to the right and v down, in pixels.

    Raises:
        MxeError: if there is no such method.
    """
    _check_method(method)
    settings = PARAMETERS[method]
    if method == "tvl1":
        flow = cv2.optflow.DualTVL1OpticalFlow_create(**settings).calc(reference, target, None)
    elif method == "farneback":
        flow = cv2.calcOpticalFlowFarneback(reference, target, None, **settings)
    else:
        flow = cv2.DISOpticalFlow_create(**settings).calc(reference, target, None)
    return np.ascontiguousarray(flow.transpose(2, 0, 1))


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
    try:
        return crop_flow(frames[0], frames[1:], size=size, method=method)
    except MxeError as error:
        raise MxeError(f"{clip.id}: frame {clip.onset}: {error}") from None


def crop_flow(onset: np.ndarray, frames: np.ndarray, *, size: int, method: str = "tvl1") -> np.ndarray:
    """As ``clip_flow``, for frames ``(T, H, W[, 3])`` uint8 at hand."""
    alignment = faces.align(onset)
    reference = faces.face_crop(onset, alignment, size)
    flow = np.zeros((len(frames), 2, size, size), np.float32)
    for index, frame in enumerate(frames):
        target = faces.face_crop(frame, alignment, size)
        if not np.array_equal(reference, target):
            flow[index] = optical_flow(reference, target, method)
    return flow


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
            has changed: both frames, their numbers, method, settings, size, OpenCV's version, the code of this module
            and of ``faces``.
        workers: processes.

    Returns:
        For each clip ``(T, 2, size, size)`` float32, or None if it was left out.
    """
    _check_method(method)
    found: list[dict[int, np.ndarray] | None] = [None] * len(clips)
    jobs: list[tuple] = []
    places = []
    for index, (clip, wanted) in enumerate(zip(clips, numbers, strict=True)):
        try:
            paths = {} if cache is None else _paths(cache, database, clip, wanted, size, method)
        except MxeError as error:
            _warn(clip, error)
            continue
        kept = {number: _read(path, (2, size, size)) for number, path in paths.items()}
        found[index] = {number: flow for number, flow in kept.items() if flow is not None}
        if missing := [number for number in dict.fromkeys(wanted) if number not in found[index]]:
            jobs.append((database, clip, missing, size, method, paths))
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


def apex_flow(
    database: Database,
    clips: Sequence[Clip],
    apexes: Sequence[int],
    *,
    size: int,
    method: str = "tvl1",
    cache: Path | None = None,
    workers: int = 1,
) -> list[np.ndarray | None]:
    """Flow from each clip's onset to its apex: as ``flows``, with one frame number a clip.

    Returns:
        For each clip ``(2, size, size)`` float32, or None if it was left out.
    """
    numbers = [[apex] for apex in apexes]
    found = flows(database, clips, numbers, size=size, method=method, cache=cache, workers=workers)
    return [None if flow is None else flow[0] for flow in found]


def _one_clip(
    database: Database, clip: Clip, numbers: list[int], size: int, method: str, paths: dict[int, Path]
) -> dict[int, np.ndarray] | str:
    """The clip's flow to each frame, which it also stores; or why there is none."""
    try:
        flow = dict(zip(numbers, clip_flow(database, clip, numbers, size=size, method=method), strict=True))
    except MxeError as error:
        return str(error)
    for number, path in paths.items():
        if number in flow:
            path.parent.mkdir(parents=True, exist_ok=True)
            # The process id: two runs that share a cache may compute the same clip.
            partial = path.with_suffix(f".{os.getpid()}.partial")
            with partial.open("wb") as file:
                np.save(file, flow[number], allow_pickle=False)
            os.replace(partial, path)
    return flow


def _paths(
    cache: Path, database: Database, clip: Clip, numbers: Sequence[int], size: int, method: str
) -> dict[int, Path]:
    """Where the flow to each of these frames is kept."""
    folder = Path(cache) / "flow" / f"{clip.database}-{clip.subject}-{clip.name}"
    settings = (clip.onset, size, method, sorted(PARAMETERS[method].items()), cv2.__version__, _code())
    onset, paths = database.fingerprint(clip, [clip.onset]), {}
    for number in numbers:
        key = (onset, database.fingerprint(clip, [number]), number, settings)
        paths[number] = folder / f"{number}-{hashlib.sha256(repr(key).encode()).hexdigest()[:32]}.npy"
    return paths


@cached
def _code() -> str:
    return hashlib.sha256(b"".join(Path(module).read_bytes() for module in (__file__, faces.__file__))).hexdigest()


def _read(path: Path, shape: tuple[int, ...]) -> np.ndarray | None:
    try:
        flow = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):  # not there, or damaged: it is computed again
        return None
    return flow if flow.shape == shape and flow.dtype == np.float32 else None


def _warn(clip: Clip, reason: object) -> None:
    text = str(reason)
    text = text if text.startswith(clip.id) else f"{clip.id}: {text}"
    warnings.warn(f"left out {text}", stacklevel=3)


def _check_method(method: str) -> None:
    if method not in METHODS:
        raise MxeError(f"unknown flow method '{method}': choose one of {', '.join(METHODS)}")
