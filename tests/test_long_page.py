"""The page of a long video in a real browser: it opens without a fault, asks for nothing, and everybody can use it."""

from __future__ import annotations

import itertools
import re

import cv2
import numpy as np
import pytest
from drawn_face import draw_face

from mxe_lib.app import long_files, long_page
from mxe_lib.app.long_reading import Stretch
from mxe_lib.app.long_video import FoundInterval, Picture, Search
from mxe_lib.clips import CLASSES

SPANS = [(1.0, 1.3), (4.0, 5.5), (6.1, 6.4), (6.9, 7.2), (7.5, 8.8), (21.0, 21.25), (45.0, 48.0), (58.0, 59.1)]
"""Seconds of intervals: some beside each other, one on the border of no row, one at the end."""


def face_at(seconds):
    """No two moments look alike."""
    moved = np.float32([[1, 0, 10 * np.sin(seconds)], [0, 1, 0]])
    return cv2.resize(cv2.warpAffine(draw_face()[0], moved, (140, 170))[40:130, 25:115], (75, 75))


def picture(seconds):
    return Picture(round(30 * seconds) + 1, round(seconds, 4), face_at(seconds))


def interval(number, start, end):
    probabilities = dict(zip(CLASSES, (0.15, 0.25, 0.6), strict=True))
    frames = [round(30 * seconds) + 1 for seconds in (start, (start + end) / 2, end)]
    seconds = [(frame - 1) / 30 for frame in frames]
    shown = sorted({*np.linspace(frames[0] - 2, frames[2], 7).round().astype(int).tolist(), *frames})
    kind = "micro" if end - start < 0.5 else "macro"
    pictures = tuple(picture((n - 1) / 30) for n in shown)
    return FoundInterval(number, kind, *frames, *seconds, 0.7, 2.3, probabilities, pictures)


def search(spans=SPANS, seconds=60.0):
    found = tuple(interval(number, *span) for number, span in enumerate(spans, start=1))
    times = np.arange(0, seconds, 1 / 15)
    belief = sum((np.exp(-(((times - (a + b) / 2) / (b - a)) ** 2)) for a, b in spans), np.zeros(len(times)))
    return Search(
        clip="session <1>.mp4", first=1, last=round(30 * seconds) + 1, seconds=seconds, fps=30.0, searched=seconds - 5,
        intervals=found, left_out=(Stretch(901, 1051, 30.0, 35.0, "the face is gone or covered"),),
        belief=((0.0, np.clip(belief, 0, 1)),), thresholds={"micro": 0.275, "macro": 0.375},
        prior=dict(zip(CLASSES, (0.57, 0.25, 0.18), strict=True)),
        notes=("Left out: 30.0 to 35.0 s (frames 901 to 1051: the face is gone or covered).", "Simulated faces only."),
        glimpses=tuple(picture(float(second)) for second in range(int(seconds)) if not 30 <= second < 35),
    )  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    long_files.write(search(), folder / "session <1>.mp4", folder / "out")
    return folder / "out"


@pytest.fixture
def opened(browser, folder):
    """Opens the page; whatever it complains of, or asks of anybody, fails the test."""
    complaints, contexts = [], []

    def open_page(width=1280, scheme="light", **options):
        look = dict(color_scheme=scheme, viewport={"width": width, "height": 900})
        contexts.append(browser.new_context(**look, **options))
        page = contexts[-1].new_page()
        page.set_default_timeout(120_000)
        page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        asked = (folder / "session <1>.html").as_uri()
        page.on("request", lambda one: None if one.url.startswith(("data:", asked)) else complaints.append(one.url))
        page.goto(asked)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def said(page):
    return page.locator("#said").inner_text()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (400, "dark")])
def test_the_page_serves_everyone(opened, width, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="no axe: pip install -e '.[test]'")
    page = opened(width, scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = axe.Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")] == []
    texts = "[...document.querySelectorAll('.row a, .row span, td, figcaption')]"
    assert min(page.evaluate(f"{texts}.map(e => parseFloat(getComputedStyle(e).fontSize))")) >= 12
    empty = "[...document.images].filter(e => !e.alt || !e.naturalWidth).length"
    page.wait_for_function(f"{empty} === 0")
    numbers = page.locator(".numbers a")
    assert [link.inner_text() for link in numbers.all()] == [str(n) for n in range(1, len(SPANS) + 1)]
    boxes = [link.bounding_box() for link in numbers.all()]
    for one, other in itertools.pairwise(boxes):
        beside = one["x"] + one["width"] <= other["x"] + 1 or other["x"] + other["width"] <= one["x"] + 1
        above = abs(one["y"] - other["y"]) >= one["height"] - 2
        assert beside or above, "numbers lie on each other"


def test_slider_and_time_line_change_the_picture(opened):
    page = opened()
    assert said(page).endswith("in interval 1 (micro): its apex.")
    slide, face = page.get_by_label("Moment"), page.locator("#face")
    before = face.get_attribute("src")
    slide.focus()
    page.keyboard.press("ArrowRight")
    after = face.get_attribute("src")
    assert before != after and after.startswith("data:image/jpeg;base64,")
    line = page.locator(".row svg").nth(1)
    line.scroll_into_view_if_needed()
    box = line.bounding_box()
    page.mouse.click(box["x"] + box["width"] * (46.5 - 30) / 30, box["y"] + box["height"] / 2)
    assert re.fullmatch(r"46\.5\d s, frame 139\d, in interval 7 \(macro\): its apex\.", said(page)), said(page)
    assert slide.get_attribute("aria-valuetext").startswith("46.5") and face.get_attribute("src") != after
    marks = page.locator(".mark")
    assert [mark.is_hidden() for mark in marks.all()] == [True, False]
    assert marks.nth(1).bounding_box()["x"] == pytest.approx(box["x"] + box["width"] * 0.55, abs=4)
    slide.press("Home")
    assert said(page) == "0.00 s, frame 1." and [mark.is_hidden() for mark in marks.all()] == [False, True]
    page.get_by_role("link", name="7", exact=True).first.click()
    assert page.evaluate("location.hash") == "#i7"


def test_without_scripts_all_but_the_slider_is_there(opened):
    page = opened(java_script_enabled=False)
    assert page.locator("#look").is_hidden() and page.locator("section").count() == len(SPANS)
    assert page.locator(".strip img").first.is_visible()


def test_rows_numbers_and_marks_fit():
    """A row each half minute, of an hour twelve; numbers that lie close go above one another, or are left out."""
    assert [row["end"] for row in long_page.lines(search())] == [30, 60]
    crowded = search([(2.0 * n, 2.0 * n + 0.3) for n in range(150)], seconds=3600.0)
    rows = [long_page._drawn(row) for row in long_page.lines(crowded)]  # noqa: SLF001
    assert len(rows) == long_page.ROWS and 3 <= len(rows[0]["ticks"]) <= 8
    for lane in range(long_page.LANES):
        places = [middle for *_, middle, own in rows[0]["spans"] if own == lane]
        assert len(places) > 5 and min(np.diff(places)) >= 3
    nothing = search([], seconds=11.0)
    assert [len(row["intervals"]) for row in long_page.lines(nothing)] == [0]
