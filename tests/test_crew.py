"""Notebooks beside each other: who waits for whom, what each of them wrote, and what becomes of the others."""

import json
import time

import psutil
import pytest
from test_memory import ROW, say
from test_run_all import HEAD, Study, outcome, write_notebook

from mxe_lib.study import crew, stamps

WAIT = """import time
from mxe_lib.compute import store

store.write(out / "cache" / f"{name}.begun", "")
until = time.monotonic() + 60
while not (out / "cache" / f"{other}.begun").exists():
    assert time.monotonic() < until, f"{other} did not begin"
    time.sleep(0.05)
"""
TABLE = (
    ROW
    + """from mxe_lib.evaluation import results

for number, table in enumerate(tables):
    results.write(table, [dict(row, experiment=table, value=float(number))], out / "results")
    (out / "figures").mkdir(exist_ok=True)
"""
)


@pytest.fixture
def pair(tmp_path):
    """Two notebooks, each of which ends only when the other has begun, and one that reads a table of the second."""
    study = Study(tmp_path)
    for path in study.notebooks.iterdir():
        path.unlink()
    for name, other, tables in (("00_one", "01_two", ["one"]), ("01_two", "00_one", ["two", "three"])):
        settings = f"name, other, tables = {name!r}, {other!r}, {tables!r}"
        write_notebook(study.notebooks / f"{name}.ipynb", HEAD, settings, WAIT, TABLE)
        say(study.notebooks / f"{name}.ipynb", reads=[], experiments=dict.fromkeys(tables, "?"))
    read = ROW + 'print(results.read("three", out / "results")["value"].sum())'
    write_notebook(study.notebooks / "02_reader.ipynb", HEAD, read)
    say(study.notebooks / "02_reader.ipynb", reads=["three"], experiments={})
    return study


def test_two_run_beside_each_other_and_a_reader_waits(pair):
    found = pair.run("--at-once", "2")
    assert found.returncode == 0, found.stderr
    assert outcome(found) == {"00_one": "done", "01_two": "done", "02_reader": "done"}
    lines = found.stdout.splitlines()
    done, begun = lines.index(next(x for x in lines if x.startswith("01_two") and "done" in x)), "02_reader"
    assert next(number for number, line in enumerate(lines) if line.startswith(begun)) > done
    assert set(stamps.wrote(pair.out, "00_one")) == {"results/one.csv", "notebooks/00_one.ipynb"}
    assert set(stamps.wrote(pair.out, "01_two")) == {"results/two.csv", "results/three.csv", "notebooks/01_two.ipynb"}
    assert outcome(pair.run()) == dict.fromkeys(("00_one", "01_two", "02_reader"), "unchanged")


def test_a_lost_table_is_made_again_by_its_own_notebook(pair):
    assert pair.run().returncode == 0
    (pair.out / "results" / "two.csv").unlink()
    assert outcome(pair.run()) == {"00_one": "unchanged", "01_two": "done", "02_reader": "unchanged"}


def test_the_notebook_beside_one_that_fails_is_stopped(pair):
    write_notebook(pair.notebooks / "00_one.ipynb", HEAD, 'name, other = "00_one", "01_two"', WAIT, "1 / 0")
    say(pair.notebooks / "00_one.ipynb", reads=[], experiments={})
    write_notebook(pair.notebooks / "01_two.ipynb", HEAD, 'name, other = "01_two", "00_one"', WAIT, "time.sleep(600)")
    say(pair.notebooks / "01_two.ipynb", reads=[], experiments={})
    started = time.monotonic()
    found = pair.run()
    assert time.monotonic() - started < 60
    assert found.returncode == 1
    assert found.stderr.startswith("run_all: 00_one, code cell 4 (`1 / 0`): ZeroDivisionError")
    assert len(found.stderr.splitlines()) == 1
    assert outcome(found) == {"00_one": "failed", "01_two": "stopped"}
    assert kernels_of(pair.out) == []


def test_one_at_a_time_if_so_wanted(pair):
    write_notebook(pair.notebooks / "00_one.ipynb", HEAD, "1")
    write_notebook(pair.notebooks / "01_two.ipynb", HEAD, "assert (out / 'notebooks' / '00_one.ipynb').exists()")
    for name in ("00_one", "01_two"):
        say(pair.notebooks / f"{name}.ipynb", reads=[], experiments={})
    assert outcome(pair.run("--at-once", "1", "--only", "00", "01")) == {"00_one": "done", "01_two": "done"}


def kernels_of(out):
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("MXE_OUT") == str(out) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process.pid)
        except psutil.Error:
            pass
    return found


WAITS = {
    "says nothing": (None, ["a", "b", "c"]),
    "reads nothing": ({"reads": []}, ["c"]),
    "reads all": ({"reads": ["*"]}, ["a", "b", "c"]),
    "reads a table": ({"reads": ["two"]}, ["b", "c"]),
}


@pytest.mark.parametrize("name", WAITS)
def test_who_waits_for_whom(tmp_path, name):
    """Of three before it: a and b say what they write, c says nothing, and so may write anything."""
    metadata, expected = WAITS[name]
    said = {"a": {"reads": [], "experiments": {"one": ""}}, "b": {"reads": [], "experiments": {"two": ""}}, "c": None}
    for stem, mxe in {**said, "d": metadata}.items():
        content = {"metadata": {} if mxe is None else {"mxe": mxe}, "cells": []}
        (tmp_path / f"{stem}.ipynb").write_text(json.dumps(content))
    earlier = [tmp_path / f"{stem}.ipynb" for stem in "abc"]
    assert [path.stem for path in crew.waits_for(tmp_path / "d.ipynb", earlier)] == expected
