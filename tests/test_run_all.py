"""The runner on a small study of its own: it resumes, skips, refuses and reports, whatever is killed and whenever."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import psutil
import pytest

ROOT = Path(__file__).resolve().parent.parent

HEAD = 'import os\nfrom pathlib import Path\n\nout = Path(os.environ["MXE_OUT"])'
# A slow computation that is cached in pieces, as the real notebooks' are.
SLOW = """import time
for k in range(6):
    piece = out / "cache" / f"{name}{k}"
    if not piece.exists():
        time.sleep(0.2)
        piece.write_text(str(k * k))"""
WRITE = """total = sum(int((out / "cache" / f"{name}{k}").read_text()) for k in range(6))
for folder in ("results", "figures"):
    (out / folder).mkdir(exist_ok=True)
(out / "results" / f"{name}.csv").write_text(
    "experiment,database,origin,model,variant,protocol,seed,metric,value,unit,ci_low,ci_high,p_holm,n,source\\n"
    f"{name},smic,simulated,toy,,loso,all,uf1,{total}.000000,,,,,6,ours\\n")
(out / "figures" / f"{name}.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
print(total)"""


def write_notebook(path: Path, *sources: str) -> None:
    cells = [nbformat.v4.new_markdown_cell("# A question?"), *map(nbformat.v4.new_code_cell, sources)]
    for number, cell in enumerate(cells):
        cell["id"] = f"c{number:02}"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)


class Study:
    """A repository of its own: the runner, the library, and two notebooks."""

    def __init__(self, folder: Path):
        self.root = folder / "study"
        self.notebooks, self.out = self.root / "notebooks", folder / "out"
        self.notebooks.mkdir(parents=True)
        shutil.copytree(ROOT / "mxe_lib", self.root / "mxe_lib", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "run_all.py", self.root)
        for number, name in enumerate(("first", "second")):
            write_notebook(self.notebooks / f"0{number}_{name}.ipynb", HEAD, f'name = "{name}"', SLOW, WRITE)

    def command(self, *options: str) -> list[str]:
        return [sys.executable, "run_all.py", "--out", str(self.out), "--profile", "smoke", *options]

    def run(self, *options: str) -> subprocess.CompletedProcess:
        return subprocess.run(self.command(*options), capture_output=True, text=True, cwd=self.root, timeout=120)

    def start(self, until: str) -> subprocess.Popen:
        """Starts a run and returns when this file of the output is there."""
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        process = subprocess.Popen(self.command(), cwd=self.root, text=True, **pipes)
        while not (self.out / until).exists():
            assert process.poll() is None, process.communicate()
            time.sleep(0.02)
        return process

    def kernels(self) -> list[int]:
        return json.loads((self.out / "cache" / "run.lock").read_text())["kernels"]

    def tables(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in sorted((self.out / "results").glob("*"))}


PARTS = ("found", "figure", "not_reproduced", "minutes")
"""Of the README that a publication rewrites."""


@pytest.fixture
def study(tmp_path):
    return Study(tmp_path)


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """An undisturbed run; tests copy it."""
    study = Study(tmp_path_factory.mktemp("done"))
    study.first = study.run()
    assert study.first.returncode == 0, study.first.stderr
    return study


@pytest.fixture
def again(done, tmp_path):
    study = Study(tmp_path)
    shutil.copytree(done.out, study.out)
    return study


def gone(pid: int) -> bool:
    """Whether a process ends within seconds; one that only waits to be noticed by its parent has ended."""
    for _ in range(100):
        if not psutil.pid_exists(pid):
            return True
        with contextlib.suppress(psutil.NoSuchProcess):
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        time.sleep(0.05)
    return False


def outcome(completed: subprocess.CompletedProcess) -> dict[str, str]:
    """The last word on each notebook: 'unchanged', 'done', 'failed'."""
    lines = [line.split() for line in completed.stdout.splitlines()]
    return {line[0]: line[1] for line in lines if line and line[0][:2].isdigit() and len(line[0]) > 2}


def test_every_cell_is_executed_and_no_machine_is_named(done):
    executed = nbformat.read(done.out / "notebooks" / "00_first.ipynb", as_version=4)
    assert [cell.execution_count for cell in executed.cells if cell.cell_type == "code"] == [1, 2, 3, 4]
    assert executed.cells[-1].outputs[0].text == "55\n"
    text = (done.out / "notebooks" / "00_first.ipynb").read_text()
    assert "papermill" not in text
    assert str(done.out) not in text
    assert not list(done.out.rglob("*.partial*"))
    assert (done.out / "report.html").exists()
    assert done.first.stderr == ""


def test_second_run_skips_everything(again):
    found = again.run()
    assert outcome(found) == {"00_first": "unchanged", "01_second": "unchanged"}
    assert "0 executed, 2 unchanged" in found.stdout


@pytest.mark.parametrize("lost", ["results/second.csv", "notebooks/01_second.ipynb"])
def test_a_deleted_output_reruns_its_notebook_alone(again, done, lost):
    (again.out / lost).unlink()
    assert outcome(again.run()) == {"00_first": "unchanged", "01_second": "done"}
    assert again.tables() == done.tables()


def test_a_changed_output_or_source_reruns(again):
    (again.out / "results" / "second.csv").write_text("typed by hand\n")
    write_notebook(again.notebooks / "00_first.ipynb", HEAD, 'name = "first"', SLOW, WRITE + "\nprint('more')")
    assert outcome(again.run()) == {"00_first": "done", "01_second": "done"}
    assert b"typed" not in again.tables()["second.csv"]


def test_a_table_that_changed_since_is_refused_where_its_notebook_is_not_chosen(again):
    path = again.out / "results" / "first.csv"
    path.write_text(path.read_text().replace("55.000000", "56.000000"))
    found = again.run("--only", "01")
    assert found.returncode == 2 and found.stderr.count("\n") == 1
    assert "first.csv is not as 00_first wrote it: add 00 to --only" in found.stderr
    assert outcome(again.run("--only", "00", "01")) == {"00_first": "done", "01_second": "unchanged"}
    path.unlink()
    assert again.run("--only", "01").returncode == 0, "one that is not there misleads nobody"


def test_damaged_notes_of_a_run_cost_a_notebook_and_no_crash(again, done):
    cache = again.out / "cache"
    (cache / "stamps" / "00_first.json").write_bytes(b'{"inputs": {}, "wrote"')
    (cache / "stamps" / "00_first.attempts").write_bytes(b"\xff\0")
    (cache / "stamps" / "00_first.notes").write_bytes(b"\xff\xfe\n")
    (cache / "run.lock").write_text('{"kernels": 5}')
    (again.out / "timings" / "notebooks.csv").write_bytes(b"\xff\xfe")
    (again.out / "results" / "x.partial").mkdir()
    (again.out / "report.html").write_bytes(b"\xff")
    found = again.run()
    assert found.returncode == 0, found.stderr
    assert outcome(found) == {"00_first": "done", "01_second": "unchanged"}
    assert "notebooks.csv can't be read: times begin anew" in found.stdout
    assert (again.out / "report.html").read_text().startswith("<!doctype html>")
    (again.out / "results" / "x.partial").rmdir()
    assert again.tables() == done.tables()


@pytest.mark.parametrize("place", ["cache/run.lock", "cache/stamps/00_first.json", "results/second.csv"])
def test_a_pipe_or_a_folder_in_the_place_of_a_runs_file_is_one_line(again, place):
    for make in (Path.mkdir, os.mkfifo):
        (path := again.out / place).unlink()
        make(path)
        found = again.run("--only", "00")
        told = found.stderr.splitlines()
        if place == "cache/stamps/00_first.json" and make is os.mkfifo:  # a stamp that can be made anew
            assert found.returncode == 0 and "00_first" in outcome(found)
        else:
            assert found.returncode == 2 and len(told) == 1 and Path(place).name in told[0], found.stderr
        if path.is_dir():
            path.rmdir()
            path.touch()


def test_stored_outputs_are_not_source(again):
    shutil.copy(again.out / "notebooks" / "00_first.ipynb", again.notebooks)
    assert outcome(again.run())["00_first"] == "unchanged"


def test_a_notebook_reruns_when_an_earlier_table_changes(again):
    changed = WRITE.replace("{total}.0", "{total + 1}.0")
    write_notebook(again.notebooks / "00_first.ipynb", HEAD, 'name = "first"', SLOW, changed)
    assert outcome(again.run()) == {"00_first": "done", "01_second": "done"}


def test_changed_data_rerun(again, tmp_path):
    data = tmp_path / "data" / "flowmaps"
    data.mkdir(parents=True)
    only = ("--only", "00", "--data", str(data.parent))
    assert outcome(again.run(*only)) == {"00_first": "done"}
    (data / "new.png").write_bytes(b"1")
    assert outcome(again.run(*only)) == {"00_first": "done"}
    assert outcome(again.run(*only)) == {"00_first": "unchanged"}


@pytest.mark.parametrize("when", ["cache/ipython", "cache/first2", "cache/second0", "results/second.csv"])
def test_killed_run_resumes_to_the_same_tables(study, done, when):
    process = study.start(until=when)
    kernels = study.kernels()
    process.kill()
    process.wait()
    assert study.run().returncode == 0
    assert study.tables() == done.tables()
    assert all(map(gone, kernels))


def test_killed_kernel_is_reported_at_once_and_resumed(study, done):
    process = study.start(until="cache/second1")
    os.kill(study.kernels()[0], signal.SIGKILL)
    _, error = process.communicate(timeout=20)
    assert process.returncode == 1
    assert len(error.splitlines()) == 1
    assert "01_second, code cell 3 (`import time`): the kernel died" in error
    assert not (study.out / "notebooks" / "01_second.ipynb").exists()
    assert outcome(study.run()) == {"00_first": "unchanged", "01_second": "done"}
    assert study.tables() == done.tables()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_run_ends_its_kernel_and_says_how_to_go_on(study, how):
    process = study.start(until="cache/first1")
    (kernel,) = study.kernels()
    process.send_signal(how)
    _, error = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "start it again" in error
    assert "Traceback" not in error
    assert not psutil.pid_exists(kernel)


def test_a_run_in_the_background_ends_when_told_to(study):
    """Where SIGINT is ignored from the start, as a shell does for ``run_all.py &`` in a script."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        process = study.start(until="cache/first1")
    finally:
        signal.signal(signal.SIGINT, before)
    process.send_signal(signal.SIGTERM)
    _, error = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "start it again" in error


def test_kernel_and_its_workers_end_with_a_killed_run(study):
    child = "import subprocess, sys\nchild = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])"
    tell = "(out / 'cache' / 'child').write_text(str(child.pid))\nimport time\ntime.sleep(600)"
    write_notebook(study.notebooks / "00_first.ipynb", HEAD, child, tell)
    process = study.start(until="cache/child")
    time.sleep(0.2)
    process.kill()
    process.wait()
    write_notebook(study.notebooks / "00_first.ipynb", "1 + 1")
    assert study.run("--only", "00").returncode == 0
    left = int((study.out / "cache" / "child").read_text())
    assert not psutil.pid_exists(left) or psutil.Process(left).status() == psutil.STATUS_ZOMBIE


def test_second_run_in_the_same_folder_is_refused(study):
    mark = "import os, pathlib\npathlib.Path(os.environ['MXE_OUT'], 'cache', 'at_work').touch()"
    at_work = mark + "\nimport time\ntime.sleep(120)"
    write_notebook(study.notebooks / "00_first.ipynb", HEAD, at_work)
    process = study.start(until="cache/at_work")
    try:
        found = study.run()
        assert found.returncode == 2
        assert f"process {process.pid} is at work there" in found.stderr
        assert len(found.stderr.splitlines()) == 1
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)


FAILURES = {
    "raise": ("print('on')\n1 / 0", "00_first, code cell 2 (`print('on')`): ZeroDivisionError: division by zero (see "),
    "mxe": (
        "from mxe_lib.errors import MxeError\nraise MxeError('a.xlsx, row 3: onset after apex: correct it')",
        "): a.xlsx, row 3: onset after apex: correct it (see ",
    ),
    "slow": ("import time\ntime.sleep(60)", "took longer than 2 s: allow more with --cell-timeout"),
    "exit": ("import os\nos._exit(3)", "the kernel died"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_failing_cell_is_named_in_one_line(study, name):
    source, message = FAILURES[name]
    write_notebook(study.notebooks / "00_first.ipynb", HEAD, source, "print('never')")
    found = study.run("--cell-timeout", "2")
    assert found.returncode == 1
    assert message in found.stderr
    assert len(found.stderr.splitlines()) == 1
    assert outcome(found) == {"00_first": "failed"}
    assert not (study.out / "notebooks" / "00_first.ipynb").exists()
    assert (study.out / "notebooks" / "00_first.partial.ipynb").exists()


REFUSED = {
    "profile": (["--profile", "fast"], "unknown profile 'fast': choose one of smoke, quick, full, paper"),
    "only": (["--only", "00", "9"], "--only 9: no such notebook: choose from 00_first, 01_second"),
    "data": (["--data", "no/such"], "--data no/such is not a folder"),
    "workers": (["--workers", "0"], "--workers 0: give 1 or more"),
    "notebooks": (["--notebooks", "mxe_lib"], "mxe_lib: holds no notebook"),
    "publish smoke": (["--publish"], "--publish: only a whole run of profile quick is published"),
    "publish simulated": (["--publish", "--profile", "quick"], "--publish: the published run has real flow maps"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_wrong_option_is_refused_in_one_line(study, name, monkeypatch):
    monkeypatch.delenv("MXE_DATA", raising=False)
    options, message = REFUSED[name]
    found = study.run(*options)
    assert found.returncode == 2
    assert message in found.stderr
    assert len(found.stderr.splitlines()) == 1
    assert not study.out.exists()


def test_settings_reach_the_kernel_and_nothing_else_does(study, tmp_path):
    (tmp_path / "data" / "flowmaps").mkdir(parents=True)
    tell = "import sys\nprint({k: v for k, v in os.environ.items() if k.startswith('MXE_')}, sys.executable)"
    write_notebook(study.notebooks / "00_first.ipynb", HEAD, tell)
    found = study.run("--only", "00_first", "--workers", "3", "--data", os.path.relpath(tmp_path / "data", study.root))
    assert found.returncode == 0, found.stderr
    executed = nbformat.read(study.out / "notebooks" / "00_first.ipynb", as_version=4)
    assert len(executed.cells) == 3  # nothing injected
    text = executed.cells[-1].outputs[0].text
    for expected in ("'MXE_PROFILE': 'smoke'", "'MXE_WORKERS': '3'", f"'MXE_DATA': '{tmp_path / 'data'}'", sys.prefix):
        assert expected in text


def test_a_quick_run_with_real_maps_is_published(study, tmp_path):
    (tmp_path / "data" / "flowmaps").mkdir(parents=True)
    markers = "\n".join(f"<!-- {name}:begin -->\n<!-- {name}:end -->" for name in PARTS)
    (study.root / "README.md").write_text(f"# Study\n{markers}\n")
    left = f"second.csv.{socket.gethostname()}-99999999-0badcafe.partial"  # by a publication that was killed
    for folder, name in (("figures", "old.svg"), ("reference", "looks.md"), ("reference", left)):
        (study.root / folder).mkdir(exist_ok=True)
        (study.root / folder / name).write_text("before")
    found = study.run("--publish", "--profile", "quick", "--data", str(tmp_path / "data"))
    assert found.returncode == 0, found.stderr
    executed = nbformat.read(study.notebooks / "01_second.ipynb", as_version=4)
    assert executed.cells[-1].execution_count == 4
    assert (study.root / "reference" / "second.csv").read_bytes() == (study.out / "results" / "second.csv").read_bytes()
    assert {path.name for path in (study.root / "figures").iterdir()} == {"first.svg", "second.svg"}
    assert (study.root / "reference" / "looks.md").exists()
    assert not (study.root / "reference" / left).exists()
    assert "[01_second](notebooks/01_second.ipynb) | A question?" in (study.root / "README.md").read_text()
    again = study.run("--publish", "--profile", "quick", "--data", str(tmp_path / "data"))
    assert set(outcome(again).values()) == {"unchanged"}


def test_a_full_run_publishes_its_tables_and_nothing_else(study, tmp_path):
    (tmp_path / "data" / "flowmaps").mkdir(parents=True)
    markers = "\n".join(f"<!-- {name}:begin -->\n<!-- {name}:end -->" for name in PARTS)
    (study.root / "README.md").write_text(f"# Study\n{markers}\n")
    before = (study.notebooks / "01_second.ipynb").read_bytes()
    found = study.run("--publish", "--profile", "full", "--only", "00", "01", "--data", str(tmp_path / "data"))
    assert found.returncode == 0, found.stderr
    kept = study.root / "reference" / "full" / "second.csv"
    assert kept.read_bytes() == (study.out / "results" / "second.csv").read_bytes()
    assert (study.notebooks / "01_second.ipynb").read_bytes() == before
    assert not (study.root / "figures").exists()
