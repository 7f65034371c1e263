"""Playthings: their data are the library's, their scripts compute what it computes, their pages serve everyone."""

import json
import re

import cv2
import nbformat
import numpy as np
import pytest

from mxe_lib import play
from mxe_lib.clips import CLASSES
from mxe_lib.databases.composite import OFFICIAL_SUBJECTS
from mxe_lib.evaluation import metrics
from mxe_lib.learning.leaks import random_guesser
from mxe_lib.play import a_clip, be_the_spotter, face_lab, interval_lab, pages, plaything
from mxe_lib.spotting import labels, rules


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    pages.write(folder)
    return folder


@pytest.fixture
def opened(browser, folder):
    """Opens a plaything's page; whatever it complains of, or asks of another machine, fails the test."""
    complaints, contexts = [], []

    def open_page(name: str, width: int = 1000, scheme: str = "light"):
        contexts.append(browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900}))
        page = contexts[-1].new_page()
        page.set_default_timeout(120_000)
        page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "request",
            lambda asked: None if asked.url.startswith(("file:", "data:", "blob:")) else complaints.append(asked.url),
        )
        page.goto((folder / f"{name}.html").as_uri())
        if name != "index":
            page.wait_for_function("globalThis.plaything?.get('shown')")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def shown(page) -> dict:
    return json.loads(page.evaluate("JSON.stringify(plaything.get('shown'))"))


def move(page, label: str, value: float) -> None:
    page.get_by_role("slider", name=label).evaluate(
        "(input, value) => { input.value = value; input.dispatchEvent(new Event('input')); }", value
    )


def press(page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def test_each_page_is_one_small_file_that_says_what_it_is(folder):
    for name in play.NAMES:
        thing, text = play.thing(name), (folder / f"{name}.html").read_text(encoding="utf-8")
        assert thing.name == name and (folder / pages.still_name(thing)).is_file()
        assert len(text) < 1.5e6
        assert all(words in text for words in (thing.title, "For reading papers", "<noscript>"))
        assert "simulated" in thing.note or name not in pages.WITH_IMAGES
        addresses = set(re.findall(r"https?://[^\"'\s<]+", text))
        assert addresses <= {"http://www.w3.org/2000/svg"}
        assert not re.search(r"\beval\(|new Function|import\(", text)
        assert f'href="{name}.html"' in (folder / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [name for name in play.NAMES if name != "be_the_spotter"])
def test_the_same_page_twice(folder, name):
    for function in (a_clip.measured, interval_lab.predictions, face_lab.database):
        function.cache_clear()
    assert pages.page(play.thing(name)) == (folder / f"{name}.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["index", *play.NAMES])
@pytest.mark.parametrize(("width", "scheme"), [(1000, "light"), (400, "dark")])
def test_a_page_serves_everyone(opened, name, width, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="no axe: pip install -e '.[test]'")
    page = opened(name, width, scheme)
    page.wait_for_timeout(200)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = axe.Axe().run(page).response["violations"]
    serious = [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")]
    assert serious == []


@pytest.mark.parametrize("name", play.NAMES)
def test_keys_alone_change_what_is_shown(opened, name):
    page = opened(name)
    page.locator("input[type=range]:not([disabled])").first.focus()
    before = page.screenshot()
    page.keyboard.press("ArrowLeft" if name in ("interval_lab", "a_clip") else "ArrowRight")
    page.wait_for_timeout(150)
    assert page.screenshot() != before


@pytest.mark.parametrize("name", play.NAMES)
def test_the_script_keeps_anywidgets_contract(opened, name):
    page, module = opened(name), f"{plaything.script(play.thing(name))}\nexport default {{ render }};\n"
    said = page.evaluate(
        """async ([module, words]) => {
            const made = await import(URL.createObjectURL(new Blob([module], { type: "text/javascript" })));
            const model = { ...plaything, get: (name) => (name === "words" ? words : plaything.get(name)) };
            const el = document.body.appendChild(document.createElement("div"));
            const end = made.default.render({ model, el });
            await new Promise((done) => setTimeout(done, 1000));
            const text = el.innerText;
            end?.();
            el.remove();
            return text;
        }""",
        [module, play.thing(name).words],
    )
    assert said.startswith(play.thing(name).title) and play.thing(name).note in said


def test_a_site_in_the_dark_has_dark_pages(opened):
    page = opened("luck_lab")
    ground = "getComputedStyle(document.querySelector('.mxe-play')).backgroundColor"
    light = page.evaluate(ground)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    assert page.evaluate(ground) != light == "rgb(255, 255, 255)"


@pytest.mark.parametrize(("function", "steepness"), [*((name, 3) for name in labels.LABELS), ("near", 3), ("log", 8)])
def test_label_lab_has_the_librarys_labels_and_picks(opened, function, steepness):
    page = opened("label_lab")
    page.locator(f"input[value={function}]").check()
    move(page, "Steepness", steepness)
    for apex in (0, 17, 70):
        move(page, "True apex", apex)
        press(page, "New noise")
        now = shown(page)
        numbers = range(len(now["scores"]))
        np.testing.assert_allclose(now["label"], labels.label(function, numbers, 0, apex, 70, steepness), atol=1e-6)
        assert now["max"] == rules.pick_max(numbers, now["scores"])
        assert now["sw_max"] == rules.pick_sw_max(numbers, now["scores"])
        assert f"SW-Max takes frame {now['sw_max']} " in page.locator(".result").inner_text()


def test_label_lab_without_noise_shows_the_windows_bias(opened):
    page = opened("label_lab")
    move(page, "Noise of the network", 0)
    numbers, now = range(71), shown(page)
    picked = rules.pick_sw_max(numbers, labels.label("linear", numbers, 0, 24, 70))
    assert now["max_mean"] == 0 and now["sw_max_mean"] == abs(picked - 24) > 0


def test_luck_lab_guesses_as_the_library_does(opened):
    page, counts = opened("luck_lab"), np.array(list(OFFICIAL_SUBJECTS.values()))
    scores = {}
    for place, epochs in ((0, 1), (11, 100), (17, 1000)):
        move(page, "Epochs to choose from", place)
        drawn = []
        for _ in range(4):
            press(page, "New guesses")
            now = shown(page)
            assert now["epochs"] == epochs
            for kind in ("best", "last"):
                assert np.sum(now[kind], 1).tolist() == counts.sum(0).tolist()
                assert now[f"uf1_{kind}"] == pytest.approx(metrics.uf1_of(np.array(now[kind])))
            drawn.append(now["uf1_best"])
        scores[epochs] = np.mean(drawn)
        expected = np.mean([metrics.uf1_of(random_guesser(counts, epochs, seed)) for seed in range(4)])
        assert scores[epochs] == pytest.approx(expected, abs=0.04)
    assert scores[1] < 0.4 and scores[1000] > 0.8


def test_interval_lab_finds_the_librarys_interval(opened):
    page = opened("interval_lab")
    difference, low, high = interval_lab.data()["library"]["difference"]
    now = shown(page)
    assert now["observed"] == pytest.approx(interval_lab.data()["library"]["uf1"])
    press(page, "Draw once")
    assert shown(page)["draws"] == 1 and shown(page)["last"] != now["observed"]
    for _ in range(10):
        press(page, "Draw 100")
    people = shown(page)
    assert people["interval"] == pytest.approx([low, high], abs=0.015)
    assert 0 < people["ahead"] < people["draws"] and low < 0 < difference
    page.get_by_label("clips (wrong)").check()
    for _ in range(10):
        press(page, "Draw 100")
    clips = shown(page)
    assert np.diff(clips["interval"]) < np.diff(people["interval"])
    assert clips["interval"][0] > 0  # drawing clips would call the lead found


def test_a_clip_shows_the_librarys_frames(opened):
    page, data = opened("a_clip"), a_clip.data()
    made = a_clip.measured()
    lengths = np.hypot(made["measured"][:, 0], made["measured"][:, 1]).mean((1, 2))
    assert shown(page)["longest"] == (made["numbers"] - made["numbers"][0])[lengths.argmax()]
    assert abs(shown(page)["longest"] - data["marked"]) > 10  # the story that the page tells
    move(page, "Frame", 5)
    assert shown(page)["frame"] == data["shown"][5]
    picture = "document.querySelectorAll('canvas')[1].toDataURL()"
    before = page.evaluate(picture)
    page.get_by_label("true", exact=True).check()
    assert page.evaluate(picture) != before
    assert "Frame 10 of" in page.locator(".result").inner_text()


def test_be_the_spotter_counts_as_the_library_does(opened):
    page, games = opened("be_the_spotter"), be_the_spotter.data()["clips"]
    expected = []
    for number, game in enumerate(games):
        page.wait_for_function(f"plaything.get('shown').clip === {number}")
        place = 5 + number
        move(page, "Frame", place)
        press(page, "This is the apex")
        expected.append(abs(game["shown"][place] - game["apex"]))
        if number + 1 < len(games):
            press(page, "Next clip")
    now, known = shown(page), be_the_spotter.errors()
    assert now["errors"] == expected
    wanted = [np.mean(expected), known["spotter"].mean(), known["middle"].mean()]
    assert now["means"] == pytest.approx(wanted, abs=0.051)
    assert known["spotter"].mean() < known["middle"].mean()
    assert "All ten" in page.locator(".result").inner_text()


@pytest.mark.parametrize(
    ("levels", "side"),
    [({6: "B", 12: "C"}, "both"), ({1: "E", 2: "C", 4: "D"}, "right"), ({9: "E", 15: "A", 17: "D", 25: "E"}, "left")],
)
def test_face_lab_moves_skin_as_the_simulator_does(opened, levels, side):
    page = opened("face_lab")
    press(page, "At rest")
    page.get_by_label(side, exact=True).check()
    for unit, letter in levels.items():
        move(page, f"{unit} {face_lab.UNITS[unit].name}", 1 + "ABCDE".index(letter))
    codes = tuple(f"{face_lab.SIDES[side]}{unit}{letter}" for unit, letter in levels.items())
    now, clip, database = shown(page), face_lab.clip_of(codes), face_lab.database()
    assert tuple(now["codes"]) == codes
    x, y = np.array(page.evaluate("plaything.get('data').probe")).T
    flow = database.true_flow(clip, clip.onset + 4)
    np.testing.assert_allclose(now["probe"], flow[:, y, x].T, atol=0.01)
    frame = cv2.cvtColor(database.frames(clip, [clip.onset + 4])[0], cv2.COLOR_RGB2GRAY)
    assert np.abs(np.array(now["face"]) - frame[y, x]).mean() < 4  # WebP and one more interpolation
    assert np.ptp(flow) > 1


def test_face_lab_tells_what_the_recogniser_reads(opened):
    page = opened("face_lab")
    read = face_lab.answer({"codes": ["6B", "12C"]})["read"]
    assert f"reads {CLASSES[int(np.argmax(read))]} ({max(read):.0%}" in page.locator(".result").inner_text().replace(
        " %", "%"
    )


@pytest.mark.parametrize("anywidget", [True, False])
def test_a_notebook_runs_a_plaything_unattended(tmp_path, monkeypatch, anywidget):
    client = pytest.importorskip("nbclient")
    if anywidget:
        pytest.importorskip("anywidget", reason="no anywidget: pip install -e '.[play]'")
    hide = "" if anywidget else "import sys; sys.modules['anywidget'] = None\n"
    cells = [f"{hide}from mxe_lib import play\nlab = play.labels()\nlab", "print(type(lab).__name__)"]
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in cells])
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    client.NotebookClient(book, timeout=300, kernel_name="python3").execute()
    output = book.cells[0].outputs[-1]["data"]
    assert ("application/vnd.jupyter.widget-view+json" in output) == anywidget
    assert {"text/plain", "image/png"} <= set(output)
    assert book.cells[1].outputs[0]["text"].strip() == ("LabelLab" if anywidget else "Still")


def test_a_kernel_answers_what_is_shown():
    pytest.importorskip("anywidget", reason="no anywidget: pip install -e '.[play]'")
    lab = play.face()
    lab.shown = {"codes": ["12B", "15A"]}
    assert lab.answer["key"] == "12B+15A" and sum(lab.answer["read"]) == pytest.approx(1, abs=0.02)
    lab.close()
