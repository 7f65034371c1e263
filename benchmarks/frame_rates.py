"""What a camera's rate costs a long video's search: ``python benchmarks/frame_rates.py [--write]``.

Simulated people, none of whom taught a model or chose a setting, are filmed at 200 frames a second. The same videos are
read as ``mxe analyze`` reads them at that rate, and with only every second frame left, every fourth, and so on. The
spotter is the shipped one with its own thresholds: nothing is chosen here.

Predicted before any run: down to 25 frames a second nothing is lost, because the spotter is given 30 a second of
whatever there is; at 12.5 macro-expressions are still found as well, and of the F1 of micro-expressions half is gone,
since half a second has six frames then. Seen (36 videos of 12 people): nothing is lost at any rate, not even then; the
second half of the prediction was wrong. A moving face is sharp in simulated frames, however few there are.

``--write`` writes ``mxe_lib/app/frame_rates.csv``, from which the result of ``mxe analyze`` quotes.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from mxe_lib.app import frame_rates, long_reading, moment_stream
from mxe_lib.app.clip_files import Frame, OpenedClip
from mxe_lib.compute import store
from mxe_lib.evaluation import results, spotted
from mxe_lib.evaluation.results import variant
from mxe_lib.simulation.long_videos import LongVideos
from mxe_lib.spotting import shipped_interval_spotter
from mxe_lib.videos import LongVideo

SEED, STYLE = 6, "samm_long"
"""People of seeds 0 to 5 are the study's own, or taught or set or judged what ships."""

EVERY = (1, 2, 4, 6, 8, 10, 16)
"""So many frames from one that is left to the next: 200, 100, 50, 33, 25, 20 and 12.5 frames a second. Fewer than 12
are refused."""

METRICS = ("f1_any", "f1_micro", "f1_macro", "false_alarms_rest")

AT_ONCE = 200
"""Frames that are rendered at once."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=12, help="each has two videos with expressions and one without")
    parser.add_argument("--seed", type=int, default=SEED, help="of the people")
    parser.add_argument("--done", type=Path, help="a folder that keeps what is done, so that a run can be stopped")
    parser.add_argument("--write", action="store_true", help=f"write {frame_rates.MEASURED.name}")
    options = parser.parse_args()
    cohort = LongVideos(STYLE, options.seed, subjects=options.people)
    videos = cohort.videos()
    with tempfile.TemporaryDirectory() as folder:
        kept = options.done or Path(folder)
        found: dict[int, dict[str, list]] = {every: {} for every in EVERY}
        for video in videos:
            spans = searched(cohort, video, kept)
            for every, own in spans.items():
                found[every][video.id] = own
            print(f"{video.id}: {[len(own) for own in spans.values()]} intervals", flush=True)
        where = frame_rates.MEASURED.parent if options.write else Path(folder)
        results.write(frame_rates.MEASURED.stem, [pd.DataFrame(rows_of(videos, found, cohort))], where)
        table = results.read(frame_rates.MEASURED.stem, where)
    for row in table.to_dict("records"):
        p = "" if np.isnan(row["p_holm"]) else f", {results.said(row['p_holm'])}"
        print(f"{row['metric']} {row['variant']}: {row['value']:.2f} [{row['ci_low']:.2f}, {row['ci_high']:.2f}]{p}")


def searched(cohort: LongVideos, video: LongVideo, kept: Path) -> dict[int, list[spotted.Spotted]]:
    """What is found in a video, by how many of its frames are left."""
    path = kept / f"{cohort.seed}-{video.id.replace('/', '-')}.json"
    kept_before = store.kept(path)
    done = json.loads(kept_before) if kept_before else None
    if done is None:
        numbers = video.frame_numbers()
        parts = [cohort.frames(video, numbers[at : at + AT_ONCE]) for at in range(0, len(numbers), AT_ONCE)]
        frames = np.concatenate(parts)
        done = {str(every): found_in(frames, video, every) for every in EVERY}
        store.keep(path, json.dumps(done).encode())
    return {int(every): [spotted.Spotted(*one) for one in own] for every, own in done.items()}


def found_in(frames: np.ndarray, video: LongVideo, every: int) -> list[tuple]:
    """Intervals in frame numbers of the whole video."""
    with tempfile.TemporaryFile() as crops:
        reader = long_reading.Reader(video.id, shipped_interval_spotter.interval_spotter(), crops, None)
        read = reader.read(OpenedClip(_left(frames, video, every)))
    spans = []
    for segment in read.segments:
        for one in moment_stream.found_in(segment.map, len(segment.numbers), shipped_interval_spotter.THRESHOLDS):
            ends = [video.first + every * int(segment.numbers[getattr(one, x)]) for x in ("onset", "apex", "offset")]
            spans.append((*ends, one.kind, float(one.score)))
    return spans


def _left(frames: np.ndarray, video: LongVideo, every: int) -> Iterator[Frame]:
    for number, frame in enumerate(frames[::every]):
        yield Frame(number, np.repeat(frame[..., None], 3, axis=2), number * every / video.fps)


def rows_of(videos: list[LongVideo], found: dict[int, dict[str, list]], cohort: LongVideos) -> Iterator[dict]:
    """F1 of each kind and false alarms at each rate, and how F1 differs from that of all frames."""
    tallies = {every: spotted.tally(videos, own, cohort.events()) for every, own in found.items()}
    fixed = dict(experiment=frame_rates.MEASURED.stem, database="pooled", origin="simulated", seed="all", source="ours")
    fixed |= dict(model="interval_spotter", protocol="simulated", n=len(videos))
    for every, table in tallies.items():
        rate = f"{videos[0].fps / every:.3g}"
        for metric in METRICS:
            low, high = spotted.interval(table, metric)
            unit = "a minute" if metric.startswith("false") else ""
            row = dict(metric=metric, unit=unit, value=spotted.score(table, metric), ci_low=low, ci_high=high)
            yield fixed | row | dict(variant=variant(fps=rate))
            if every > 1 and not unit:
                gap, low, high, p = spotted.difference(table, tallies[1], metric)
                row = dict(metric=f"{metric}_difference", unit="", value=gap, ci_low=low, ci_high=high, p=p)
                yield fixed | row | dict(variant=variant(fps=rate, than="all_frames"))


if __name__ == "__main__":
    main()
