"""The class's plan: its pointers to slides and notebooks, its numbers, and its order, which is that of the slides.

``teaching/plan.md`` is written by hand, but for its numbers: each stands between ``<!--name-->`` and ``<!--/-->``, and
``python -m mxe_lib.lessons --plan`` writes it anew from ``facts``. In a row of its tables the second column names
slides, in code marks, and sections of notebooks, as in *03, The right way*.
"""

import re
from collections.abc import Iterator

from mxe_lib.errors import MxeError
from mxe_lib.lessons.facts import FACTS

ROW = re.compile(r"^\| (\d+)-(\d+) \|([^|]*)\|", re.MULTILINE)
NUMBER = re.compile(r"<!--(?P<name>[\w-]+)-->(?P<value>[^<]*)<!--/-->")
SECTION = re.compile(r"\*(\d\d), ([^*]+)\*")


def sessions(plan: str) -> Iterator[tuple[str, list[str]]]:
    """Each class's heading, and the names of its slides in their order."""
    for part in re.split(r"^## ", plan, flags=re.MULTILINE)[1:]:
        if rows := ROW.findall(part):
            yield part.partition("\n")[0], [name for *_, shown in rows for name in re.findall(r"`([^`]+)`", shown)]


def sections(plan: str) -> list[tuple[str, str]]:
    """The notebooks' numbers and headings that rows point to."""
    return [found for *_, shown in ROW.findall(plan) for found in SECTION.findall(shown)]


def renewed(plan: str) -> str:
    """The plan with its numbers as they are now.

    Raises:
        MxeError: if a number has a name that no fact has.
    """
    if unknown := [found["name"] for found in NUMBER.finditer(plan) if found["name"] not in FACTS]:
        raise MxeError(f"plan.md: no number is called {unknown[0]}: mxe_lib/lessons/facts.py has the names")
    return NUMBER.sub(lambda found: f"<!--{found['name']}-->{FACTS[found['name']]()}<!--/-->", plan)
