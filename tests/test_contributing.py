"""The worked examples of CONTRIBUTING.md, followed to the letter in a copy of the repository."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
GUIDE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
SECTIONS = {part.splitlines()[0]: part for part in GUIDE.split("\n## ")[1:]}
BLOCK = re.compile(r"^```(\w+) ?(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# Of each example: how many files, edits and shell scripts, so that a block that no longer parses is missed.
EXAMPLES = {
    "A database": (2, 2, 0),
    "A network": (2, 1, 0),
    "An experiment with its notebook": (1, 0, 1),
    "A flow method": (2, 2, 0),
    "An executor": (2, 2, 0),
}


def apply(root: Path, path: str, edit: str) -> None:
    """The unmarked and '-' lines of a diff stand in the file once, and give way to the unmarked and '+' lines."""
    lines = edit.splitlines()
    before = "\n".join(line[1:] for line in lines if not line.startswith("+")) + "\n"
    after = "\n".join(line[1:] for line in lines if not line.startswith("-")) + "\n"
    text = (root / path).read_text(encoding="utf-8")
    if text.count(before) != 1:  # a line may go on after what the guide shows
        before, after = before[:-1], after[:-1]
    assert text.count(before) == 1, f"{path}: {before}"
    (root / path).write_text(text.replace(before, after), encoding="utf-8")


@pytest.fixture
def copy(tmp_path):
    for name in ("mxe_lib", "notebooks"):
        shutil.copytree(
            ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
        )
    for name in ("run_all.py", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "tests").mkdir()
    return tmp_path


def test_every_section_is_an_example():
    assert list(SECTIONS) == list(EXAMPLES)


@pytest.mark.parametrize("name", EXAMPLES)
def test_example(copy, name):
    blocks = BLOCK.findall(SECTIONS[name])
    files, edits, scripts = ([b for b in blocks if b[0] == kind] for kind in ("python", "diff", "sh"))
    assert (len(files), len(edits), len(scripts)) == EXAMPLES[name]
    for _, path, text in files:
        assert not (copy / path).exists(), "an example adds files"
        (copy / path).write_text(text, encoding="utf-8")
    for _, path, text in edits:
        apply(copy, path, text)
    folder = Path(sys.executable).parent
    environment = os.environ | {"PYTHONPATH": str(copy), "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
    tests = [path for _, path, _ in files if path.startswith("tests/")]
    for command in (
        ["ruff", "check", "--no-cache", *(path for _, path, _ in files)],
        ["ruff", "format", "--no-cache", "--check", *(path for _, path, _ in files)],
        ["lint-imports", "--no-cache"],
        *([["python", "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests]] if tests else []),
        *(["sh", "-ec", text] for *_, text in scripts),
    ):
        done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
