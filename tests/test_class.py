"""The class: students' notebooks without outputs and solutions, slides and quiz that need no network, a sound plan."""

import itertools
import json
import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest

from mxe_lib import play
from mxe_lib.errors import MxeError
from mxe_lib.lessons import __main__ as command
from mxe_lib.lessons import pages, plan, slides, student

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
QUIZ = json.loads((ROOT / "teaching" / "quiz.json").read_text(encoding="utf-8"))
PLAN = (ROOT / "teaching" / "plan.md").read_text(encoding="utf-8")
PAGES = ("index", "plan", "project", "slides", "quiz")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    folder = tmp_path_factory.mktemp("class")
    assert command.main([str(folder)]) == 0
    return folder


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_students_notebook_has_no_outputs_and_no_solutions(prepared, path):
    notebook = nbformat.read(prepared / "notebooks" / path.name, as_version=4)
    nbformat.validate(notebook)
    codes = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in codes)
    text = "\n".join(cell.source for cell in notebook.cells)
    assert "Solution" not in text
    assert "answers.published" not in text, "the answer would stand above the question"
    assert "](../" not in text, "a copy may lie anywhere"
    computed = path.stem[:2] in student.CLASS
    assert (student.OF_THE_CLASS in text) == computed and (student.OF_THE_OTHERS in text) != computed
    originals = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    originals = [re.sub(r"^answers\.published\(.*\)\n?", "", source, flags=re.M).rstrip() for source in originals]
    assert [re.split(r"\n# (?:What )?`make class`", cell.source)[0].rstrip() for cell in codes] == originals


def test_a_copy_finds_the_computed_results_wherever_it_lies(prepared, tmp_path):
    notebook = nbformat.read(prepared / "notebooks" / "00_start_here.ipynb", as_version=4)
    (cell,) = [cell.source for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MXE_")}
    asked = [sys.executable, "-c", f"{cell}\nprint(os.environ['MXE_OUT'])"]
    environment["PYTHONPATH"] = str(ROOT)
    done = subprocess.run(asked, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert Path(done.stdout.strip()) == ROOT / "runs" / "quick"


def test_a_solution_is_cut_and_a_hint_stays():
    hint = "<details><summary>Hint</summary>\nh\n</details>\n\n"
    solution = "<details><summary>Solution 1</summary>\ns\n</details>\n\n"
    assert student.SOLUTIONS.sub("", f"Task.\n\n{hint}{solution}End.") == f"Task.\n\n{hint}End."


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_the_class_needs_no_network_and_names_no_machine(prepared, name):
    page = (prepared / f"{name}.html").read_text(encoding="utf-8")
    assert not re.search(r"""(?:src|href)\s*=\s*["']?(?:https?:)?//""", page)
    assert str(ROOT) not in page


class Links(HTMLParser):
    """Addresses that a page leads to, and the places in it."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.to, self.places = [], set()
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.places.add(attrs.get("id"))
        if tag == "a":
            self.to.append(attrs["href"])


def test_links_of_the_prepared_pages_lead_somewhere(prepared):
    found = {page: Links(page) for page in prepared.rglob("*.html")}
    assert {page.stem for page in found} >= {*PAGES, *play.NAMES}
    for page, links in found.items():
        for to in links.to:
            file, _, place = to.partition("#")
            target = page.parent / file if file else page
            assert target.is_file(), f"{page.name}: {to}"
            assert not place or target.suffix != ".html" or place in found[target].places or page.stem == "plan"
    slugs = [to for to in found[prepared / "plan.html"].to if to.startswith("slides.html#")]
    assert len(slugs) > 50 and {to.partition("#")[2] for to in slugs} <= found[prepared / "slides.html"].places


@pytest.fixture(scope="module")
def shown():
    return {
        number: list(slides.slides(next((ROOT / "notebooks").glob(f"{number}_*")), ROOT / "figures"))
        for number in student.CLASS
    }


def test_every_question_of_a_notebook_is_a_slide_without_its_answer(shown):
    for number, found in shown.items():
        path = next((ROOT / "notebooks").glob(f"{number}_*"))
        cells = nbformat.read(path, as_version=4).cells
        asked = sum(len(re.findall(r"\*\*Predict", c.source)) for c in cells if c.cell_type == "markdown")
        kinds = [slide.kind for slide in found]
        assert kinds[0] == "title" and kinds[-2:] == ["answer", "answer"], number
        assert kinds.count("ask") == asked >= 1, number
        assert all("<img" not in slide.html for slide in found if slide.kind in ("title", "ask", "play"))
        figures = [slide for slide in found if slide.kind == "figure"]
        assert figures and all(re.fullmatch(r"<img [^>]*>", slide.html) for slide in figures), "words tell what is seen"
        assert all(re.search(r"<p>.+</p>", slide.notes) for slide in figures), "who presents needs them"


def test_charts_are_sharp_and_equations_and_tables_are_there(shown):
    every = [slide for found in shown.values() for slide in found]
    assert len({slide.slug for slide in every}) == len(every)
    charts = [slide for slide in every if slide.kind == "figure" and "svg+xml" in slide.html]
    saved = {path.stem for number in student.CLASS for path in (ROOT / "figures").glob(f"{number}_*.svg")}
    assert {slide.slug.replace("-", "_", 1) for slide in charts} == saved
    formulas = [slide.html for slide in every if slide.kind == "formula"]
    assert len(formulas) > 10 and all("<math" in text and "\\" not in text and "[2ex]" not in text for text in formulas)
    assert sum(slide.kind == "table" for slide in every) > 10


def test_slides_stand_in_the_plans_order_and_the_others_after_them(prepared):
    deck = [slide.slug for slide in pages.deck(ROOT)]
    named = [name for _, names in plan.sessions(PLAN) for name in names]
    headings = [slides.slug(heading) for heading, _ in plan.sessions(PLAN)]
    end = deck.index(slides.slug(pages.SURPLUS))
    assert len(headings) == 2 and [slug for slug in deck[:end] if slug not in headings] == named
    assert len(set(deck)) == len(deck)
    assert (prepared / "slides.html").read_text(encoding="utf-8").count("<section") == len(deck)


def test_a_slide_that_is_gone_is_named(tmp_path):
    shutil.copytree(ROOT / "teaching", tmp_path / "teaching")
    for name in ("notebooks", "figures"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "teaching" / "plan.md").write_text(PLAN.replace("`03-labels`", "`03-labbels`"), encoding="utf-8")
    with pytest.raises(MxeError, match="there is no slide 03-labbels"):
        pages.deck(tmp_path)


def test_sections_of_notebooks_that_the_plan_names_are_there():
    sections = plan.sections(PLAN)
    assert len(sections) >= 4
    for number, heading in sections:
        cells = nbformat.read(next((ROOT / "notebooks").glob(f"{number}_*")), as_version=4).cells
        headings = [line for c in cells if c.cell_type == "markdown" for line in c.source.splitlines()]
        assert f"## {heading}" in headings, (number, heading)


def test_numbers_of_the_plan_are_those_of_today():
    assert plan.renewed(PLAN) == PLAN, "python -m mxe_lib.lessons --plan writes them anew"
    assert {found["name"] for found in plan.NUMBER.finditer(PLAN)} == set(plan.FACTS)
    with pytest.raises(MxeError, match="no number is called nothing"):
        plan.renewed("<!--nothing-->1<!--/-->")


def test_no_question_of_a_plan_comes_after_its_answer():
    named = [name for _, names in plan.sessions(PLAN) for name in names]
    for question, answer in (
        ("00-ask-movement-over-before", "00-onset_apex_offset_simulated"),
        ("00-play-spot", "00-table-first-predictor-middle"),
        ("01-ask-onset-frame-frame", "01-onset_or_step_simulated"),
        ("03-ask-four-ways-draw", "03-labels"),
        ("02-ask-score-counts", "02-table-score-counts"),
        ("02-ask-two-columns", "02-table-two-columns"),
        ("02-ask-far-guessing-get", "02-printed-far-guessing-get"),
        ("07-ask-results", "07-benchmark_real"),
        ("use", "use-answer"),
    ):
        assert named.index(question) < named.index(answer)


def test_letters_of_charts_are_large_and_nothing_is_cut_off(prepared, browser):
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.goto((prepared / "slides.html").as_uri())
    page.wait_for_function("[...document.images].every(image => image.complete)")
    sizes = page.evaluate(
        """[...document.images].filter(i => i.src.startsWith("data:image/svg")).map(
            i => [i.parentNode.id, i.clientWidth / i.naturalWidth])"""
    )
    assert len(sizes) > 15
    assert [name for name, scale in sizes if scale < 1.4] == []  # a letter of 7.5 points has 14 pixels
    wide = "[...document.querySelectorAll('section, section div')].filter(e => e.scrollWidth > e.clientWidth + 2)"
    assert page.evaluate(f"{wide}.map(e => e.closest('section').id)") == []


def test_keys_go_through_the_slides_and_a_tall_one_in_steps(prepared, browser):
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.goto((prepared / "slides.html").as_uri())
    here = "all[here()].id"
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    third = page.evaluate(here)
    assert third == page.evaluate("all[3].id")
    page.keyboard.press("ArrowLeft")
    assert page.evaluate(here) == page.evaluate("all[2].id")
    tall = page.evaluate("all.findIndex(section => section.id === '02-published_accuracy_real')")
    page.keyboard.type(str(tall + 1))
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("here()") == tall and page.evaluate("all[here()].getBoundingClientRect().top") < -100
    page.keyboard.press("ArrowRight")
    assert page.evaluate("here()") == tall + 1
    assert not page.locator("aside").first.is_visible()
    page.keyboard.press("n")
    assert page.locator(".figure aside").first.is_visible()


def test_the_quiz_shows_its_markup_and_answers(prepared, browser):
    page = browser.new_page()
    page.goto((prepared / "quiz.html").as_uri())
    assert "*" not in page.locator("main").inner_text()
    for question, asked in zip(page.locator("fieldset").all(), QUIZ, strict=True):
        for place, answer in enumerate(asked["answers"]):
            question.locator("input").nth(place).check()
            said = question.locator("output").inner_text()
            assert said.startswith("Right. " if answer["correct"] else "No. ")
            assert said.endswith(answer["feedback"].replace("*", ""))


def test_every_question_has_one_right_answer_and_something_to_say_to_each():
    assert len(QUIZ) == 10
    for question in QUIZ:
        answers = question["answers"]
        assert len(answers) >= 3
        assert [answer["correct"] for answer in answers].count(True) == 1
        assert all(answer["feedback"].endswith(".") for answer in answers)
        assert not any(answer["feedback"].startswith(("Yes", "Right", "No")) for answer in answers), "the page says it"
        assert len({answer["feedback"] for answer in answers}) == len(answers)
    places = [[answer["correct"] for answer in question["answers"]].index(True) for question in QUIZ]
    assert len(set(places)) == 3, "the right one stands always at the same place"


def test_numbers_of_the_quiz_are_the_librarys():
    import numpy as np

    from mxe_lib.databases.composite import OFFICIAL_COUNTS
    from mxe_lib.evaluation import metrics

    counts = np.array(OFFICIAL_COUNTS["samm"])
    always = np.outer(counts, [1, 0, 0])
    text = json.dumps(QUIZ)
    assert f"{metrics.accuracy_of(always):.0%}".replace("%", " %") in text
    assert f'"{metrics.uf1_of(always):.2f}"' in text
    assert f'"{metrics.uar_of(always):.2f}"' in text


def test_minutes_of_the_plan_add_up_to_ninety():
    for part in PLAN.split("\n## ")[1:3]:
        minutes = [tuple(map(int, found)) for found in re.findall(r"^\| (\d+)-(\d+) \|", part, re.MULTILINE)]
        assert minutes[0][0] == 0
        assert minutes[-1][1] == 90
        assert all(end == start for (_, end), (start, _) in itertools.pairwise(minutes))
        assert minutes[-1][1] - minutes[-1][0] >= 4, "nothing is left for what takes longer"


@pytest.mark.parametrize("name", ["README.md", "plan.md", "project.md", "slides.md"])
def test_links_of_the_class_lead_somewhere(name):
    text = (ROOT / "teaching" / name).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#:]*)(?:#[^)]*)?\)", text):
        assert (ROOT / "teaching" / target).exists(), target


def test_a_missing_folder_is_one_line(capsys):
    assert command.main([]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_make_opens_the_students_notebooks_and_makes_all_of_a_class():
    told = {
        name: subprocess.run(["make", "-n", name], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        for name in ("class", "lab-class")
    }
    assert f"--only {' '.join(sorted(student.CLASS))}" in told["class"]
    assert "mxe_lib.lessons runs/class" in told["class"]
    assert "jupyter lab runs/class/notebooks" in told["lab-class"]
