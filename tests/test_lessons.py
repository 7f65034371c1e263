"""Every exercise's check accepts its solution, as the notebook shows it, and names at least two mistakes."""

import re
from pathlib import Path

import nbformat
import numpy as np
import pytest

from mxe_lib import lessons
from mxe_lib.errors import MxeError

NOTEBOOKS = sorted((Path(__file__).resolve().parents[1] / "notebooks").glob("*.ipynb"))
FOUND = [p for p in NOTEBOOKS if (Path(lessons.__file__).parent / f"{re.sub('^[0-9]+_', '', p.stem)}.py").is_file()]
EACH = [(path, number) for path in FOUND for number in range(1, len(lessons.load(path.stem)) + 1)]


def exercise_cell(notebook, number: int) -> str:
    """The code cell that checks the exercise; a new kernel can run it."""
    cells = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    (found,) = [source for source in cells if re.search(rf"^check\({number}, ", source, re.MULTILINE)]
    return found


def solution(notebook, number: int) -> str:
    """The code of the folded solution of an exercise."""
    texts = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    (found,) = [
        block
        for text in texts
        for block in re.findall(r"<details><summary>(.*?)</details>", text, re.DOTALL)
        if block.startswith(f"Solution {number}<")
    ]
    return re.search(r"```python\n(.*?)```", found, re.DOTALL)[1]


@pytest.mark.parametrize(("path", "number"), EACH, ids=[f"{path.stem}-{number}" for path, number in EACH])
def test_the_solution_is_right_and_the_wrong_answers_are_named(path, number):
    notebook, exercise = nbformat.read(path, as_version=4), lessons.load(path.stem)[number - 1]
    source = exercise_cell(notebook, number)
    answer = re.search(rf"^check\({number}, (\w+)\)", source, re.MULTILINE)[1]
    task = source[: source.index(f"check({number}, ")]
    space: dict = {}
    exec(task, space)
    assert lessons.verdict(exercise, space[answer]) == lessons.UNFINISHED, "the task as it stands is no answer"
    exec(solution(notebook, number), space)
    assert lessons.verdict(exercise, space[answer]) == ("right", "")
    for name, other in exercise.right.items():
        assert lessons.verdict(exercise, other) == ("right", ""), name
    assert len(exercise.right) >= 2
    assert len(exercise.wrong) >= 2
    said = [lessons.verdict(exercise, wrong) for wrong in exercise.wrong.values()]
    assert all(mark == "no" and text for mark, text in said), said
    assert len({text for _, text in said}) > 1, "every mistake is told the same"
    assert len(exercise.hints) == 2
    assert exercise.level in lessons.LEVELS


ODD = {
    "a text": "0.5",
    "a list of nothing": [],
    "an array": np.zeros((2, 3)),
    "an object": object(),
    "not a number": float("nan"),
    "nothing given back": lambda *given, **named: None,
    "a text given back": lambda *given, **named: "a half",
    "an empty list given back": lambda *given, **named: [],
    "another number of arguments": lambda: 0,
    "it stops": lambda *given, **named: {}["key"],
}
RAW = re.compile(
    r"float\(\)|ufunc|could not be broadcast|has no attribute|not subscriptable|unsupported operand|iterable"
)


@pytest.mark.parametrize(("path", "number"), EACH, ids=[f"{path.stem}-{number}" for path, number in EACH])
def test_what_is_no_answer_at_all_is_told_in_words(path, number):
    exercise = lessons.load(path.stem)[number - 1]
    for name, odd in ODD.items():
        mark, said = lessons.verdict(exercise, odd)
        assert mark == "no", name
        assert said, name
        assert not RAW.search(said), (name, said)
    assert lessons.verdict(exercise, ...) == lessons.verdict(exercise, None) == lessons.UNFINISHED


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.stem)
def test_a_notebook_has_exercises_at_three_levels(path):
    assert sorted({exercise.level for exercise in lessons.load(path.stem)}) == [1, 2, 3]


def test_check_and_hint_say_what_they_are_asked(capsys):
    check, hint = lessons.of("03_label_functions")
    check(1, None)
    check(1, lambda *given: 1 / 0)
    hint(1)
    hint(1)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("1: not yet")
    assert "ZeroDivisionError" in lines[1]
    assert lines[2] != lines[3]
    assert lines[3].startswith("1, hint 2 of 2")
    with pytest.raises(MxeError, match="this notebook has 1 to"):
        check(99, 0)
