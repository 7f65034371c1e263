"""A verdict as a page to look through: frames, movement, curve, probabilities, caveats; one file that loads nothing.

Several verdicts of one call also get an overview, as a page and as a table.
"""

import base64
import csv
import io
import os
import urllib.parse
from collections.abc import Sequence
from pathlib import Path

import cv2
import jinja2
import numpy as np

from mxe_lib.app import spot
from mxe_lib.clips import CLASSES
from mxe_lib.errors import one_line
from mxe_lib.figures import pictures

SHOWN = 40
"""Frames on a page at most: the first, the apex and the last, and others evenly between them."""

OVERVIEW = "overview"
"""Name of the page and of the table of several clips; no verdict is called so."""

TITLE = "<title>Verdicts on "
"""By which the page of several clips is known."""

STYLE = "style.html"
"""Of both pages."""

COLUMNS = ("clip", "source", "onset", "apex", "offset", "apex_source", "fps", "milliseconds", "motion")


def render(verdict, crops: dict[int, np.ndarray]) -> str:
    """The page of one clip.

    Args:
        verdict: an ``analyze.Verdict``.
        crops: ``(H, W)`` uint8 by frame number, from the onset on.
    """
    numbers = _shown(list(crops), verdict.apex)
    flows = spot.flow_to(crops, numbers)
    lengths = np.linalg.norm(flows, axis=1)
    scale = max(float(np.percentile(lengths, 99.5)), 0.5)  # noise alone is no colour
    frames = [
        {
            "number": number,
            "face": image(crops[number], ".jpg"),
            "flow": image((255 * pictures.flow_image(flow, scale)[..., ::-1]).astype(np.uint8), ".jpg"),
            "moved": round(float(np.percentile(length, 99)), 2),
        }
        for number, flow, length in zip(numbers, flows, lengths, strict=True)
    ]
    curve = verdict.apex_probability or {}
    data = {
        "frames": frames,
        "apex": verdict.apex,
        "start": numbers.index(verdict.apex),
        "curve": [[number, round(float(value), 5)] for number, value in curve.items()],
        "milliseconds": _times(verdict, numbers),
    }
    classes = [(name, verdict.probabilities[name], verdict.prior[name]) for name in CLASSES]
    name = one_line(verdict.clip, 300)  # a name may hold bytes that are no text
    return template("clip.html").render(
        verdict=verdict, name=name, data=data, classes=classes, wheel=_wheel(), scale=scale, style=STYLE
    )


def overview(verdicts: Sequence, refused: Sequence[tuple[str, str]], long: Sequence = ()) -> tuple[str, str]:
    """A page and a CSV table of several clips, those that were refused among them with the reason.

    Args:
        verdicts: each an ``analyze.Verdict``; refused: (clip, reason); long: each a ``long_files.LongVerdict``.
    """
    named = [(verdict, one_line(verdict.clip, 300)) for verdict in verdicts]
    page = template("overview.html").render(
        verdicts=named,
        refused=refused,
        long=[(verdict, one_line(verdict.clip, 300)) for verdict in long],
        classes=CLASSES,
        name_of=_link,
        style=STYLE,
    )
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*COLUMNS, *(f"p_{name}" for name in CLASSES), "notes", "refused"])
    for verdict in verdicts:
        cells = ["" if (value := getattr(verdict, name)) is None else value for name in COLUMNS]
        cells = [one_line(value, 1000) if isinstance(value, str) else value for value in cells]
        notes = " ".join(verdict.notes)
        writer.writerow([*map(_plain, cells), *(f"{verdict.probabilities[n]:.4f}" for n in CLASSES), notes, ""])
    for verdict in long:
        name, source = (_plain(one_line(value, 1000)) for value in (verdict.clip, verdict.source))
        where = f"Intervals: {len(verdict.search.intervals)}, see {one_line(verdict.table.name, 300)}."
        empty = [""] * (len(COLUMNS) - 2 + len(CLASSES))
        writer.writerow([name, source, *empty, " ".join((where, *verdict.notes)), ""])
    for name, reason in refused:
        writer.writerow([_plain(name), *[""] * (len(COLUMNS) + len(CLASSES)), reason])
    return page, text.getvalue()


def _link(verdict) -> str:
    """The page's name as a link has it, also where it holds bytes that are no text."""
    return urllib.parse.quote(os.fsencode(verdict.page.name))


def _plain(cell: object) -> object:
    """A name that a spreadsheet would take for a formula begins with a quotation mark."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@") else cell


def _shown(numbers: list[int], apex: int) -> list[int]:
    if len(numbers) <= SHOWN:
        return numbers
    places = np.linspace(0, len(numbers) - 1, SHOWN - 1).round().astype(int)
    return sorted({*(numbers[place] for place in places), apex})


def _times(verdict, numbers: list[int]) -> list[str]:
    if not verdict.fps:
        return ["" for _ in numbers]
    return [f"{1000 * (number - verdict.onset) / verdict.fps:.0f} ms after the onset" for number in numbers]


def image(pixels: np.ndarray, kind: str) -> str:
    """A small picture in base64, twice as large; kind: ``.jpg`` or ``.png``."""
    large = cv2.resize(pixels, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    return base64.b64encode(cv2.imencode(kind, large, [cv2.IMWRITE_JPEG_QUALITY, 82])[1]).decode()


def _wheel() -> str:
    grid = np.linspace(-1, 1, 61)
    u, v = np.meshgrid(grid, grid)
    image = pictures.flow_image(np.stack([u, v]), scale=1)
    image[np.hypot(u, v) > 1] = 1
    return base64.b64encode(cv2.imencode(".png", (255 * image[..., ::-1]).astype(np.uint8))[1]).decode()


def template(name: str) -> jinja2.Template:
    """One of ``templates/``."""
    folder = jinja2.FileSystemLoader(Path(__file__).with_name("templates"))
    return jinja2.Environment(loader=folder, autoescape=True).get_template(name)
