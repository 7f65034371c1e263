"""Files that are there whole or not at all, and that two processes do not both make."""

import multiprocessing
import os
import resource
import signal
import time
from pathlib import Path

import pytest

from mxe_lib.compute import store
from mxe_lib.errors import MxeError


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


def instead(path: Path, what: str) -> None:
    """Something that is no file, in its place."""
    path.unlink()
    if what == "folder":
        path.mkdir()
    elif what == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to({"link to nothing": "nowhere", "link to itself": path.name, "endless": "/dev/zero"}[what])


@pytest.mark.parametrize("what", ["pipe", "link to nothing", "link to itself", "endless"])
def test_what_is_no_file_is_not_read_and_gives_way(tmp_path, what):
    store.keep(tmp_path / "file", b"content")
    instead(tmp_path / "file", what)
    assert store.kept(tmp_path / "file") is None is store.content_of(tmp_path / "file")
    make(tmp_path / "file", 0, tmp_path / "log")
    assert store.kept(tmp_path / "file") == b"content" and not (tmp_path / "file").is_symlink()


def test_each_flipped_bit_is_seen(tmp_path):
    store.keep(tmp_path / "file", bytes(range(40)))
    whole = (tmp_path / "file").read_bytes()
    for place in range(8 * len(whole)):
        broken = bytearray(whole)
        broken[place // 8] ^= 1 << place % 8
        (tmp_path / "file").write_bytes(broken)
        assert store.kept(tmp_path / "file") is None, f"bit {place}"
    (tmp_path / "file").write_bytes(whole)
    assert store.kept(tmp_path / "file") == bytes(range(40))


def test_a_whole_file_under_anothers_name_is_not_taken_for_it(tmp_path):
    store.keep(tmp_path / "one", b"1")
    store.keep(tmp_path / "two", b"2")
    (tmp_path / "one").replace(tmp_path / "two")
    assert store.kept(tmp_path / "two") is None
    assert store.content_of(tmp_path / "two") == b"1", "weights may be called as one likes"


@pytest.mark.parametrize("content", [b"", b"\x80\x04K\x07.", b"PK\x03\x04 and no more", b"\xff\xfe\0"])
def test_what_is_whole_and_no_table_or_array_is_made_again(tmp_path, content):
    store.keep(tmp_path / "file", content)
    assert store.kept_arrays(tmp_path / "file") is None
    table = store.kept_table(tmp_path / "file")
    assert table is None or len(table) == 0


@pytest.mark.parametrize("way", ["full", "folder in the way", "below a file", "long name"])
def test_a_place_that_cannot_be_written_to_is_one_line_and_leaves_nothing(tmp_path, way):
    path = tmp_path / "place" / "table.csv"
    if way == "full":
        limit = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (10, limit[1]))
    elif way == "folder in the way":
        path.mkdir(parents=True)
    elif way == "below a file":
        path.parent.write_text("x")
    else:
        path = path.with_name("x" * 300)
    try:
        with pytest.raises(MxeError, match=r"cannot write there \(.+\): make room") as error:
            store.write(path, "x" * 1000)
    finally:
        if way == "full":
            resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert str(path) in str(error.value) and "\n" not in str(error.value)
    assert not [each for each in tmp_path.rglob("*") if each.name.endswith(".partial")]


@pytest.mark.parametrize("what", ["folder", "pipe", "link to nothing"])
def test_an_odd_claim_stops_nobody(tmp_path, what):
    (tmp_path / "file.making").touch()
    instead(tmp_path / "file.making", what)
    make(tmp_path / "file", 0, tmp_path / "log")
    assert store.kept(tmp_path / "file") == b"content"
