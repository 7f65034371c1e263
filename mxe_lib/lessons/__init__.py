"""The exercises of the notebooks: a task, a check that says what an answer is, two hints.

One file a notebook, of its name without the number, with ``EXERCISES``. The notebook shows the task and, folded away,
the solution; the tests execute each solution, and each of the wrong answers that a check knows. May import: everything.
"""

import functools
import importlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mxe_lib.errors import MxeError
from mxe_lib.lessons.given import Unclear, Unfinished

LEVELS = {1: "a line", 2: "a function", 3: "an experiment"}

UNFINISHED = ("not yet", "replace the ... by your answer, and run the cell again")


@dataclass(frozen=True)
class Exercise:
    """A task of a notebook.

    Attributes:
        level: of ``LEVELS``.
        judge: of an answer, None if it is right; else a sentence: what is nearly right, or what mistake it smells of.
        hints: two, the second says more.
        wrong: answers by the name of the mistake; ``judge`` has a sentence of its own for each.
        right: other ways to the right answer, by their name, beside the solution that the notebook shows.
    """

    level: int
    judge: Callable[[Any], str | None]
    hints: tuple[str, str]
    wrong: Mapping[str, Any] = field(default_factory=dict)
    right: Mapping[str, Any] = field(default_factory=dict)


def of(notebook: str) -> tuple[Callable[[int, Any], None], Callable[[int], None]]:
    """``check, hint`` of a notebook (``03_label_functions``).

    ``check(1, answer)`` prints what the answer to exercise 1 is; ``hint(1)`` prints a first hint, and then a second.
    """
    exercises, given = load(notebook), dict.fromkeys(range(1, 20), 0)
    return functools.partial(_check, exercises), functools.partial(_hint, exercises, given)


def load(notebook: str) -> tuple[Exercise, ...]:
    """The exercises of a notebook, the first one is number 1."""
    return importlib.import_module(f"{__name__}.{re.sub('^[0-9]+_', '', notebook)}").EXERCISES


def verdict(exercise: Exercise, answer: Any) -> tuple[str, str]:
    """``right``, ``not yet`` or ``no``, and what there is to say of it."""
    if answer is None or answer is ...:
        return UNFINISHED
    try:
        said = exercise.judge(answer)
    except Unclear as error:
        return "no", str(error)
    except Unfinished:
        return UNFINISHED
    except Exception as error:
        if "ellipsis" in str(error).lower():
            return UNFINISHED
        return "no", f"the check cannot read this answer ({type(error).__name__}: {error})"
    return ("right", "") if said is None else ("no", said)


def _check(exercises: tuple[Exercise, ...], number: int, answer: Any) -> None:
    mark, said = verdict(_one(exercises, number), answer)
    print(f"{number}: {mark}" + (f" - {said}" if said else ""))


def _hint(exercises: tuple[Exercise, ...], given: dict[int, int], number: int) -> None:
    place = given[number] % 2
    given[number] += 1
    print(f"{number}, hint {place + 1} of 2: {_one(exercises, number).hints[place]}")


def _one(exercises: tuple[Exercise, ...], number: int) -> Exercise:
    if number not in range(1, len(exercises) + 1):
        raise MxeError(f"exercise {number}: this notebook has 1 to {len(exercises)}")
    return exercises[number - 1]
