"""What a run does again after an edit: just what can have changed. On three small notebooks of their own."""

import json
import shutil

import pytest
from test_run_all import HEAD, Study, outcome, write_notebook

ROW = """import os
from mxe_lib.evaluation import results

row = dict(database="smic", origin="simulated", model="toy", variant="", protocol="none", seed="all", metric="uf1")
row |= dict(n=1, source="ours", unit="")
"""
LABELS = (
    ROW
    + """from mxe_lib.spotting.labels import label

value = float(label("linear", [5], 0, 5, 10)[0])
results.write("labels", [dict(row, experiment="labels", value=value)], out / "results")
"""
)
FLOW = (
    ROW
    + """import numpy as np
from mxe_lib.vision.flow import optical_flow

picture = np.random.default_rng(0).integers(0, 255, (32, 32), dtype=np.uint8)
flow = optical_flow(picture, np.roll(picture, 1, 1), "dis")
results.write("flow", [dict(row, experiment="flow", value=float(np.median(flow[0])))], out / "results")
"""
)
BOTH = (
    ROW
    + """value = sum(results.read(name, out / "results")["value"].sum() for name in ("labels", "flow"))
results.write("both", [dict(row, experiment="both", value=value)], out / "results")
"""
)
NAMES = ("00_labels", "01_flow", "02_both")


def say(path, **metadata):
    notebook = json.loads(path.read_text())
    notebook["metadata"]["mxe"] = metadata
    path.write_text(json.dumps(notebook))


class Three(Study):
    def __init__(self, folder):
        super().__init__(folder)
        for path in self.notebooks.iterdir():
            path.unlink()
        for name, source in zip(NAMES, (LABELS, FLOW, BOTH), strict=True):
            write_notebook(self.notebooks / f"{name}.ipynb", HEAD, source)
            say(self.notebooks / f"{name}.ipynb", reads=["labels", "flow"] if name == "02_both" else [])

    def edit(self, file, old, new):
        path = self.root / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    def executed(self):
        found = self.run()
        assert found.returncode == 0, found.stderr + found.stdout
        said = outcome(found)
        assert list(said) == list(NAMES)
        return [name for name in NAMES if said[name] == "done"]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    study = Three(tmp_path_factory.mktemp("finished"))
    assert study.executed() == list(NAMES)
    return study


@pytest.fixture
def study(finished, tmp_path):
    again = Three(tmp_path)
    shutil.copytree(finished.out, again.out)
    return again


def test_words_in_the_library_execute_nothing(study):
    study.edit("mxe_lib/vision/flow.py", "\nMETHODS", "\n# By name.\nMETHODS")
    study.edit("mxe_lib/vision/dense_flow.py", '"""OpenCV', '"""Open CV')
    study.edit("mxe_lib/evaluation/results.py", '"""A result table', '"""One result table')
    study.edit("mxe_lib/spotting/labels.py", "import numpy as np\n", "import numpy as np\n\n\n")
    assert study.executed() == []


def test_a_sentence_in_a_notebook_executes_that_notebook_alone(study):
    study.edit("notebooks/00_labels.ipynb", "A question?", "Another question?")
    assert study.executed() == ["00_labels"]
    assert study.executed() == []


def test_a_constant_executes_the_notebooks_that_reach_it(study):
    study.edit("mxe_lib/spotting/labels.py", "\ndef label(", "\nMORE = 1\n\n\ndef label(")
    assert study.executed() == ["00_labels"]
    study.edit("mxe_lib/vision/dense_flow.py", '"winsize": 15', '"winsize": 16')
    assert study.executed() == ["01_flow"]
    study.edit("mxe_lib/errors.py", "\nclass", "\nMORE = 1\n\n\nclass")
    assert study.executed() == list(NAMES)


def test_a_table_that_changes_executes_the_notebooks_that_read_it(study):
    study.edit("notebooks/00_labels.ipynb", "value=value)", "value=2 * value)")
    assert study.executed() == ["00_labels", "02_both"]


def test_a_table_can_be_read_only_by_a_notebook_that_says_so(study):
    say(study.notebooks / "02_both.ipynb", reads=["labels"])
    study.edit("notebooks/02_both.ipynb", "A question?", "A bold question?")
    found = study.run()
    assert outcome(found)["02_both"] == "failed" and "flow.csv: the notebook does not write it" in found.stderr
    say(study.notebooks / "02_both.ipynb", reads=["*"])
    assert study.executed() == ["02_both"]
