"""Files that are there whole or not at all, and that two processes do not both make."""

import multiprocessing
import os
import signal
import time
from pathlib import Path

import pytest

from mxe_lib.compute import store


def make(path: Path, seconds: float, log: Path) -> None:
    with store.making(path):
        if store.kept(path) is None:
            with log.open("a") as file:
                file.write("made\n")
            time.sleep(seconds)
            store.keep(path, b"content")


@pytest.fixture
def processes(tmp_path):
    context = multiprocessing.get_context("spawn")
    started = []

    def start(seconds):
        started.append(context.Process(target=make, args=(tmp_path / "file", seconds, tmp_path / "log")))
        started[-1].start()
        return started[-1]

    yield start
    for process in started:
        process.kill()


def test_what_several_processes_need_is_made_once(processes, tmp_path):
    together = [processes(0.3) for _ in range(5)]
    for process in together:
        process.join(60)
        assert process.exitcode == 0
    assert (tmp_path / "log").read_text() == "made\n"
    assert store.kept(tmp_path / "file") == b"content"
    assert {path.name for path in tmp_path.iterdir()} == {"file", "log"}


def test_the_next_one_makes_it_when_the_first_is_killed(processes, tmp_path):
    first = processes(600)
    while not (tmp_path / "log").exists():
        time.sleep(0.02)
    second = processes(0)
    time.sleep(0.5)
    os.kill(first.pid, signal.SIGKILL)
    second.join(60)
    assert second.exitcode == 0
    assert (tmp_path / "log").read_text() == "made\n" * 2
    assert store.kept(tmp_path / "file") == b"content"


def test_a_failure_lets_the_next_one_try(tmp_path):
    with pytest.raises(ZeroDivisionError), store.making(tmp_path / "file"):
        raise ZeroDivisionError
    make(tmp_path / "file", 0, tmp_path / "log")
    assert store.kept(tmp_path / "file") == b"content"


def test_without_locks_everybody_makes_it(tmp_path, monkeypatch):
    def no_locks(*_):
        raise OSError("Function not implemented")

    monkeypatch.setattr(store.fcntl, "flock", no_locks)
    with store.making(tmp_path / "file"):
        make(tmp_path / "file", 0, tmp_path / "log")
    assert store.kept(tmp_path / "file") == b"content"


def test_the_runner_is_told_what_is_written_beside_the_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("MXE_OUT", str(tmp_path / "out"))
    monkeypatch.setenv("MXE_NOTES", str(tmp_path / "notes"))
    for name in ("results/table.csv", "cache/models/a.model", "figures/a/b.svg"):
        store.write(tmp_path / "out" / name, "x")
    store.write(tmp_path / "elsewhere", "x")
    assert (tmp_path / "notes").read_text() == "results/table.csv\nfigures/a/b.svg\n"
