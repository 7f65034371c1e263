"""The class: students' notebooks without outputs and solutions, slides and quiz that need no network, a sound plan."""

import itertools
import json
import re
from pathlib import Path

import nbformat
import pytest

from mxe_lib.lessons import __main__ as command
from mxe_lib.lessons import slides, student

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
QUIZ = json.loads((ROOT / "teaching" / "quiz.json").read_text(encoding="utf-8"))


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
    assert "MXE_OUT" in text
    originals = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    assert [cell.source.split("\n# What `make class`")[0].rstrip() for cell in codes] == [s.rstrip() for s in originals]


def test_a_solution_is_cut_and_a_hint_stays():
    hint = "<details><summary>Hint</summary>\nh\n</details>\n\n"
    solution = "<details><summary>Solution 1</summary>\ns\n</details>\n\n"
    assert student.SOLUTIONS.sub("", f"Task.\n\n{hint}{solution}End.") == f"Task.\n\n{hint}End."


@pytest.mark.parametrize("name", ["slides", "quiz"])
def test_a_page_of_the_class_needs_no_network_and_names_no_machine(prepared, name):
    page = (prepared / f"{name}.html").read_text(encoding="utf-8")
    assert not re.search(r"""(?:src|href)\s*=\s*["']?(?:https?:)?//""", page)
    assert str(ROOT) not in page


def test_slides_show_each_notebook_of_the_plan_with_its_figures(prepared):
    shown = {
        number: [slide for slide in slides.slides(next((ROOT / "notebooks").glob(f"{number}_*")))]
        for number in slides.CLASS
    }
    for number, found in shown.items():
        kinds = [slide["kind"] for slide in found]
        assert kinds[0] == "title", number
        assert kinds.count("figure") >= 1, number
        assert kinds.count("predict") >= 1, number
    page = (prepared / "slides.html").read_text(encoding="utf-8")
    assert page.count("<section") == sum(map(len, shown.values()))


def test_every_question_has_one_right_answer_and_something_to_say_to_each():
    assert len(QUIZ) == 10
    for question in QUIZ:
        answers = question["answers"]
        assert len(answers) >= 3
        assert [answer["correct"] for answer in answers].count(True) == 1
        assert all(answer["feedback"].endswith(".") for answer in answers)
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
    plan = (ROOT / "teaching" / "plan.md").read_text(encoding="utf-8")
    for part in plan.split("\n## ")[1:3]:
        minutes = [tuple(map(int, found)) for found in re.findall(r"^\| (\d+)-(\d+) \|", part, re.MULTILINE)]
        assert minutes[0][0] == 0
        assert minutes[-1][1] == 90
        assert all(end == start for (_, end), (start, _) in itertools.pairwise(minutes))


@pytest.mark.parametrize("name", ["README.md", "plan.md", "project.md"])
def test_links_of_the_class_lead_somewhere(name):
    text = (ROOT / "teaching" / name).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (ROOT / "teaching" / target).exists(), target


def test_a_missing_folder_is_one_line(capsys):
    assert command.main([]) == 2
    assert capsys.readouterr().err.count("\n") == 1
