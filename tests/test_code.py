"""What was computed is found again by the meaning of the code that it reaches."""

import sys
import textwrap

import pytest

from mxe_lib.compute import code

BEFORE = '''
"""A module."""
from __future__ import annotations
from collections.abc import Sequence
from dataclasses import dataclass
import math

@dataclass
class Row:
    """A row."""
    number: int
    name: str = "a"
    """Its name."""

def scaled(values: Sequence[float], factor: float = 2.0) -> list[float]:
    """Values times a factor."""
    total: float = math.pi  # why
    return [factor * value * total for value in values]
'''
SAME = {
    "comment": ("# why", "# because"),
    "docstring": ('"""Values times a factor."""', '"""Times."""\n    "more"'),
    "docstring of a field": ('    """Its name."""\n', ""),
    "docstring of the module": ('"""A module."""', ""),
    "annotation": ("values: Sequence[float]", "values"),
    "annotation of a field": ("number: int", "number: float"),
    "annotation of a variable": ("total: float =", "total ="),
    "formatting": (
        "[factor * value * total for value in values]",
        "[\n        factor*value*total\n   for value in values]",
    ),
    "quotes": ('"a"', "'a'"),
    "order of imports": ("import math\n", ""),
    "import for annotations": (
        "from collections.abc import Sequence\n",
        "from collections.abc import Sequence, Mapping\n",
    ),
    "types only": (
        "import math\n",
        "import math\nfrom typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import cv2\n",
    ),
}
OTHER = {
    "constant": ("2.0", "3.0"),
    "field": ("number: int", "number: int\n    more: int = 0"),
    "field that is none": ("    name: str", "    name: ClassVar[str]"),
    "name of a field": ("name: str", "title: str"),
    "order of arguments": ("factor * value", "value * factor"),
    "import from elsewhere": ("import math\n", "import cmath as math\n"),
    "decorator": ("@dataclass\n", "@dataclass(frozen=True)\n"),
}


@pytest.fixture
def meaning(tmp_path):
    def of(source: str) -> str:
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.py"
        path.write_text(source)
        return code.meaning(path)

    return of


@pytest.mark.parametrize("edit", SAME)
def test_words_and_formatting_mean_nothing(meaning, edit):
    old, new = SAME[edit]
    assert BEFORE.count(old)
    after = BEFORE.replace(old, new, 1)
    if edit == "order of imports":
        after = after.replace(
            "from __future__ import annotations\n", "from __future__ import annotations\nimport math\n"
        )
    assert after != BEFORE and meaning(after) == meaning(BEFORE)


@pytest.mark.parametrize("edit", OTHER)
def test_whatever_may_change_a_number_means_something(meaning, edit):
    assert OTHER[edit][0] in BEFORE
    assert meaning(BEFORE.replace(*OTHER[edit], 1)) != meaning(BEFORE)


def test_imports_are_followed_through_the_library_and_no_further():
    names = code.reached("mxe_lib.vision.flow")
    assert {"mxe_lib.vision.dense_flow", "mxe_lib.vision.faces", "mxe_lib.clips"} <= set(names)
    assert not any(name.startswith(("mxe_lib.learning", "cv2", "numpy")) for name in names)
    assert "mxe_lib.vision" not in names and "mxe_lib.vision" in code.reached("mxe_lib.vision.flow", packages=True)


def test_every_way_to_import_is_seen():
    source = """
    import mxe_lib.vision.faces as f, os.path
    from mxe_lib.spotting import labels, rules as r
    from mxe_lib.simulation import Crop
    from .sibling import thing
    from .. import learning
    def late():
        from mxe_lib.app import analyze
    """
    found = code.imported(textwrap.dedent(source), "mxe_lib.databases")
    ours = {"mxe_lib.vision.faces", "mxe_lib.spotting.labels", "mxe_lib.spotting.rules", "mxe_lib.simulation"}
    assert found == ours | {"os.path", "mxe_lib.databases.sibling", "mxe_lib.learning", "mxe_lib.app.analyze"}


def test_a_registry_stands_for_all_it_holds_only_where_it_is_asked_to(edited):
    alone, whole = code.digest("mxe_lib.learning.task"), code.digest("mxe_lib.learning.task", packages=True)
    edited("models/oc_net", "SEEN = 1\n")
    assert code.digest("mxe_lib.learning.task") == alone
    assert code.digest("mxe_lib.learning.task", packages=True) != whole


def test_a_change_reaches_those_that_import_it_and_no_others(edited):
    roots = ("spotting.task", "recognition.task", "vision.flow", "figures.charts")
    before = {name: code.digest(f"mxe_lib.{name}") for name in roots}
    edited("spotting/labels", replaced=("def label(", "LIMIT = 1\n\n\ndef label("))
    assert [name for name in roots if code.digest(f"mxe_lib.{name}") != before[name]] == ["spotting.task"]
    edited.undo()
    edited("errors", "# a word\n")
    assert {name: code.digest(f"mxe_lib.{name}") for name in roots} == before
    edited("errors", "X = 1\n")
    assert not any(code.digest(f"mxe_lib.{name}") == before[name] for name in roots)


def test_data_files_count_with_the_modules_that_name_them(edited):
    before = {name: code.digest(f"mxe_lib.{name}") for name in ("figures.charts", "figures.pictures", "vision.faces")}
    (code.PACKAGE / "figures" / "study.mplstyle").write_text("lines.linewidth: 9")
    code.forget()
    after = {name: code.digest(f"mxe_lib.{name}") for name in before}
    reach = {name for name in before if "mxe_lib.figures.charts" in code.reached(f"mxe_lib.{name}")}
    assert {name for name in before if after[name] != before[name]} == reach != set(before)


def test_every_data_file_is_named_by_a_module():
    """Else a change of it would go unseen."""
    named = " ".join(path.read_text(encoding="utf-8") for path in code.PACKAGE.rglob("*.py"))
    files = [path for path in code.PACKAGE.rglob("*") if path.is_file() and path.suffix not in (".py", ".md")]
    files = [path.name for path in files if path.parent.name != "__pycache__"]
    assert files and all(f'"{name}"' in named for name in files)


def test_a_module_of_the_users_own_counts_like_the_librarys(tmp_path, monkeypatch):
    (tmp_path / "own_task.py").write_text("from mxe_lib.clips import Clip\nimport own_part\nX = 1\n")
    (tmp_path / "own_part.py").write_text("Y = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    code.forget()
    assert set(code.reached("own_task")) == {"own_task", "own_part", "mxe_lib.clips", "mxe_lib.errors"}
    before = code.digest("own_task")
    (tmp_path / "own_part.py").write_text("Y = 2\n")
    code.forget()
    assert code.digest("own_task") != before


def test_versions_are_those_of_the_libraries_in_use():
    found = code.versions("mxe_lib.vision.dense_flow")
    assert found["numpy"] and found["opencv-contrib-python-headless"]
    assert (
        found["python"] == ".".join(map(str, sys.version_info[:2])) and "torch" not in found and "mxe-lib" not in found
    )
