"""How far an optical-flow method is from the truth, which a simulator knows for every pixel."""

import itertools
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from mxe_lib.clips import Clip
from mxe_lib.evaluation import intervals, results
from mxe_lib.simulation.database import SimulatedDatabase
from mxe_lib.vision import faces, flow

MOVING = 0.25
"""Least true motion of a moving pixel, in pixels of a crop 75 wide (larger crops: in proportion)."""

ZERO = "zero_flow"
"""The naive predictor: nothing moves."""


def endpoint_error(found: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Length of the difference at each pixel (Otte and Nagel 1994): ``(2, H, W)`` twice gives ``(H, W)``, in pixels."""
    return np.linalg.norm(np.asarray(found) - truth, axis=0)


def true_flow(database: SimulatedDatabase, clip: Clip, number: int, size: int) -> np.ndarray:
    """The simulator's flow from the onset, brought into the crop that ``flow.clip_flow`` measures on."""
    onset = database.frames(clip, [clip.onset])[0]
    return faces.transform_flow(database.true_flow(clip, number), faces.align(onset), size)


def measure(
    database: SimulatedDatabase,
    clips: Sequence[Clip],
    *,
    size: int,
    methods: Sequence[str] = flow.METHODS,
    cache: Path | None = None,
    workers: int = 1,
) -> pd.DataFrame:
    """Errors of the flow from onset to apex, in pixels of the crop.

    Returns:
        One row for each clip and method, ``ZERO`` among them: database, subject, clip, size, method, epe (mean over
        the crop), epe_moving (mean over moving pixels; NaN without any), zero and zero_moving (the same of ``ZERO``).
    """
    rows = []
    apexes = [database.truth(clip).apex for clip in clips]
    found = {
        method: flow.apex_flow(database, clips, apexes, size=size, method=method, cache=cache, workers=workers)
        for method in methods
    }
    for index, (clip, apex) in enumerate(zip(clips, apexes, strict=True)):
        if any(found[method][index] is None for method in methods):
            continue
        truth = true_flow(database, clip, apex, size)
        zero = np.linalg.norm(truth, axis=0)
        moving = zero > MOVING * size / 75
        for method in (ZERO, *methods):
            error = zero if method == ZERO else endpoint_error(found[method][index], truth)
            row = {"database": clip.database, "subject": clip.subject_id, "clip": clip.id, "size": size}
            row |= {"method": method, "epe": error.mean(), "epe_moving": _mean(error[moving])}
            rows.append(row | {"zero": zero.mean(), "zero_moving": _mean(zero[moving])})
    return pd.DataFrame(rows)


def measure_all(
    cohorts: Mapping[str, SimulatedDatabase], clips: Sequence[Clip], sizes: Sequence[int], **how
) -> pd.DataFrame:
    """``measure`` of clips of several cohorts on crops of several sizes, with its settings."""
    own = {name: [clip for clip in clips if clip.database == name] for name in cohorts}
    parts = itertools.product(cohorts, sizes)
    return pd.concat([measure(cohorts[name], own[name], size=size, **how) for name, size in parts])


def times(onset: np.ndarray, apex: np.ndarray, sizes: Sequence[int], repeats: int = 3) -> list[dict]:
    """How long each method takes for a pair of frames ``(H, W[, 3])``: method, size, ms_per_pair, the median."""
    alignment, rows = faces.align(onset), []
    for size, method in itertools.product(sizes, flow.METHODS):
        pair = [faces.face_crop(frame, alignment, size) for frame in (onset, apex)]
        seconds = []
        for _ in range(repeats):
            started = time.perf_counter()
            flow.optical_flow(*pair, method)
            seconds.append(time.perf_counter() - started)
        rows.append({"method": method, "size": size, "ms_per_pair": round(1000 * float(np.median(seconds)), 2)})
    return rows


def result_rows(errors: pd.DataFrame, *, experiment: str, resamples: int = 2000) -> pd.DataFrame:
    """Rows of a result table: endpoint errors in pixels and relative to zero flow, with intervals over subjects.

    Errors are averaged over clips, relative ones are the ratio of these means; all cohorts are pooled.
    """
    rows = []
    for (size, method), part in errors.groupby(["size", "method"]):
        for region in ("", "_moving"):
            known = part[part[f"epe{region}"].notna()]
            counts = _counts(known[["subject", "database", f"epe{region}", f"zero{region}"]])
            for metric, unit, below in ((f"epe{region}", "px", 2), (f"epe{region}_relative", "", 1)):

                def statistic(sums: np.ndarray, below: int = below) -> np.ndarray:
                    return sums[..., 0] / sums[..., below]

                low, high = intervals.interval(counts, statistic, resamples=resamples)
                value = float(statistic(counts.sums.sum(0)).mean())
                row = {"experiment": experiment, "database": "pooled", "origin": "simulated", "model": method}
                row |= {"variant": results.variant(size=size), "protocol": "onset_to_apex", "seed": "all"}
                row |= {"metric": metric, "value": value, "unit": unit, "ci_low": low, "ci_high": high}
                rows.append(row | {"n": counts.clips, "source": "ours"})
    return pd.DataFrame(rows)


def _counts(table: pd.DataFrame) -> intervals.Counts:
    """Summed error, summed zero-flow error and number of clips of each subject."""
    subjects, index = np.unique(table["subject"], return_inverse=True)
    sums = np.zeros((len(subjects), 1, 3))
    np.add.at(sums[:, 0], index, np.column_stack([table.iloc[:, 2], table.iloc[:, 3], np.ones(len(table))]))
    databases = table.groupby("subject")["database"].first().loc[subjects].to_numpy()
    return intervals.Counts(sums, databases, len(table), (0,))


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if values.size else float("nan")
