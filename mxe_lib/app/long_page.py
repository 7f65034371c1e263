"""The page of a long video: a time line to move along, the face at each moment, the intervals; one file, loads nothing.

Pictures of the intervals stand in the page as they are. Its script lays them, and glimpses of the time between them, on
one slider; where no script runs, all but the slider is there.
"""

import os
import urllib.parse

import numpy as np

from mxe_lib.app import page
from mxe_lib.app.long_video import FoundInterval, Picture, Search
from mxe_lib.app.moment_stream import CLOCK
from mxe_lib.clips import CLASSES
from mxe_lib.errors import one_line
from mxe_lib.figures.timelines import KINDS
from mxe_lib.spotting.interval_spotter import step_of

ROWS, ROW_SECONDS, POINTS = 12, 30, 300
"""A time line has a row for each half minute, of longer ones in a longer video; and so many points of belief in one."""

SHOWN = 200
"""Intervals whose frames a page shows."""

LANES, APART = 3, 4.5
"""Lines of numbers above a row, and percent of its length between two numbers in one line: a phone is 400 pixels
wide."""


def lines(search: Search) -> list[dict]:
    """The rows of the time line.

    Returns:
        For each ``start`` and ``end`` in seconds; ``intervals`` and ``left_out`` that reach into it; and ``belief``,
        arrays of seconds and of the highest belief near them, one pair for each stretch.
    """
    span = ROW_SECONDS * max(1, int(np.ceil(search.seconds / ROW_SECONDS / ROWS)))
    rows, every = [], step_of(CLOCK) / CLOCK
    for start in np.arange(0, max(search.seconds, 1e-9), span):
        end = min(start + span, max(search.seconds, 1.0)) if len(rows) == 0 else start + span
        belief = []
        for first, values in search.belief:
            seconds = first + every * np.arange(len(values))
            inside = (seconds >= start) & (seconds <= end)
            at, seen = seconds[inside], values[inside]
            if len(at):
                edges = np.arange(0, len(at), -(-len(at) // POINTS))
                belief.append((at[edges], np.maximum.reduceat(seen, edges)))
        rows.append(
            {
                **{"start": float(start), "end": float(end), "belief": belief},
                "intervals": [one for one in search.intervals if one.onset_s < end and one.offset_s >= start],
                "left_out": [one for one in search.left_out if one.start < end and one.end >= start],
            }
        )
    return rows


def render(verdict) -> str:
    """The page.

    Args:
        verdict: a ``long_files.LongVerdict``.
    """
    search = verdict.search
    shown = [
        {
            "it": one,
            "pictures": [(each, page.image(each.face, ".jpg"), _which(one, each)) for each in one.pictures],
            "classes": [(name, one.probabilities[name], search.prior[name]) for name in CLASSES],
        }
        for one in search.intervals[:SHOWN]
    ]
    glimpses = [[each.number, each.seconds, page.image(each.face, ".jpg")] for each in search.glimpses]
    return page.template("long.html").render(
        search=search,
        name=one_line(search.clip, 300),
        rows=[_drawn(row) for row in lines(search)],
        shown=shown,
        glimpses=glimpses,
        spans=[[one.onset_s, one.offset_s, one.kind] for one in search.intervals],
        kinds=KINDS,
        files=[(one_line(path.name, 300), _link(path)) for path in (verdict.table, verdict.report, verdict.figure)],
        style=page.STYLE,
    )


def _link(path) -> str:
    return urllib.parse.quote(os.fsencode(path.name))


def _which(one: FoundInterval, picture: Picture) -> str:
    ends = (("apex", one.apex), ("onset", one.onset), ("offset", one.offset))
    return next((name for name, place in ends if picture.number == place), "")


def _drawn(row: dict) -> dict:
    """In percent of the row's length, and of its height from the top."""

    def x(seconds: float) -> float:
        inside = min(max(seconds, row["start"]), row["end"])
        return round(100 * (inside - row["start"]) / max(row["end"] - row["start"], 1e-9), 2)

    areas = []
    for seconds, values in row["belief"]:
        points = [f"{x(s)},{100 - 96 * v:.1f}" for s, v in zip(seconds, values, strict=True)]
        areas.append(f"{x(seconds[0])},100 {' '.join(points)} {x(seconds[-1])},100")
    spans, taken = [], [-APART] * LANES
    for one in row["intervals"]:
        left = x(one.onset_s)
        middle = round((left + x(one.offset_s)) / 2, 2)
        lane = next((lane for lane in range(LANES) if middle - taken[lane] >= APART), None)
        if lane is not None:
            taken[lane] = middle
        spans.append((one, left, max(0.4, round(x(one.offset_s) - left, 2)), min(max(middle, 1.5), 98.5), lane))
    ticks = np.arange(np.ceil(row["start"] / (step := _step(row))) * step, row["end"] + 1e-9, step)
    return {
        **{"start": row["start"], "end": row["end"], "areas": areas, "spans": spans},
        "gaps": [(one, x(one.start), max(0.3, round(x(one.end) - x(one.start), 2))) for one in row["left_out"]],
        "ticks": [(f"{tick:g}", x(tick)) for tick in ticks],
        "lanes": 1 + max((lane or 0 for *_, lane in spans), default=0),
    }


def _step(row: dict) -> float:
    """Seconds from mark to mark: six or so on a row."""
    return next((step for step in (1, 2, 5, 10, 30, 60, 120, 300) if (row["end"] - row["start"]) / step <= 7), 600)
