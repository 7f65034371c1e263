"""What a killed writer leaves: the old file or the new one, and nothing that stands in anyone's way."""

from __future__ import annotations

import errno
import fcntl
import json
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import killed_writers
import psutil
import pytest

from mxe_lib import __main__
from mxe_lib.compute import store
from mxe_lib.databases import check
from mxe_lib.databases.smic import Smic
from mxe_lib.errors import MxeError
from mxe_lib.simulation import writers
from mxe_lib.simulation.database import SimulatedDatabase
from mxe_lib.study import gpu_run
from mxe_lib.study import lock as lock_file
from mxe_lib.study.lock import Lock, end_group

TESTS = Path(__file__).parent


@pytest.fixture(scope="module")
def killed(tmp_path_factory):
    """Where each writer was killed at each moment."""
    folder = tmp_path_factory.mktemp("killed")
    path = os.pathsep.join([str(TESTS.parent), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, TESTS / "killed_writers.py", folder]
    found = subprocess.run(command, env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, cwd=folder)
    assert found.returncode == 0, found.stderr
    return folder


@pytest.mark.parametrize("moment", killed_writers.MOMENTS)
@pytest.mark.parametrize("name", killed_writers.WRITERS)
def test_a_killed_writer_leaves_the_old_file_or_the_new_one(killed, name, moment):
    ended_by = signal.SIGXFSZ if moment in ("first byte", "half") else signal.SIGKILL
    assert int((killed / name / f"{moment}.signal").read_text()) == ended_by
    old, new = (killed_writers.files(killed / name / part) for part in ("old", "new"))
    assert old != new
    store.clear(killed / name / moment)
    assert killed_writers.files(killed / name / moment) == (new if moment == "after the replacement" else old)


def ended_process() -> int:
    process = subprocess.Popen(["true"])
    process.wait()
    return process.pid


HOST = socket.gethostname()
PARTIAL = {
    "of a process that has ended": (lambda: f"{HOST}-{ended_process()}", 0, True),
    "of one at work": (lambda: f"{HOST}-{os.getpid()}", 1e6, False),
    "of one at work, perhaps another user's": (lambda: f"{HOST}-1", 1e6, False),
    "of another host": (lambda: f"no-such-host-{ended_process()}", 3600, False),
    "of another host, long ago": (lambda: f"no-such-host-{ended_process()}", 1e6, True),
    "of an older version": (lambda: "a-host", 3600, False),
    "of an older version, long ago": (lambda: "a-host", 1e6, True),
}
"""Who wrote a file, how many seconds ago, and whether it is cleared."""


@pytest.mark.parametrize("name", PARTIAL)
def test_only_what_nobody_writes_is_cleared(tmp_path, name):
    of, age, cleared = PARTIAL[name]
    path = tmp_path / "cache" / "flow" / f"1-0123.flow.{of()}-0badcafe.partial"
    path.parent.mkdir(parents=True)
    for file in (path, path.with_name("kept.flow")):
        file.write_bytes(b"half")
        os.utime(file, (time.time() - age,) * 2)
    store.clear(tmp_path)
    assert path.exists() != cleared
    assert path.with_name("kept.flow").exists()


def test_a_claim_is_cleared_unless_someone_holds_it(tmp_path):
    held, left = tmp_path / "a.csv.making", tmp_path / "b.csv.making"
    left.touch()
    with store.making(tmp_path / "a.csv"):
        store.clear(tmp_path)
        assert (held.exists(), left.exists()) == (True, False)
    assert list(tmp_path.iterdir()) == []


def test_a_waiting_maker_outlives_the_clearing_of_a_claim(tmp_path):
    """It locks a file that is taken away while it waits, and makes another."""
    claim = tmp_path / "a.csv.making"
    claim.touch()
    with open(claim, "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        process = multiprocessing.get_context("spawn").Process(target=make, args=(tmp_path / "a.csv",))
        process.start()
        time.sleep(1)
        claim.unlink()
    process.join(60)
    assert process.exitcode == 0
    assert {path.name for path in tmp_path.iterdir()} == {"a.csv"}


def make(path: Path) -> None:
    with store.making(path):
        store.keep(path, b"content")


def test_a_file_is_noted_before_it_is_seen(tmp_path, monkeypatch):
    """Else a notebook that ends at this moment would take it for its own."""
    monkeypatch.setenv("MXE_OUT", str(tmp_path))
    monkeypatch.setenv("MXE_NOTES", str(tmp_path / "notes"))
    replace = os.replace

    def look(old: Path, new: Path) -> None:
        assert (tmp_path / "notes").read_text() == "results/a.csv\n"
        replace(old, new)

    monkeypatch.setattr(store.os, "replace", look)
    store.write(tmp_path / "results" / "a.csv", "a")
    assert (tmp_path / "results" / "a.csv").read_text() == "a"


def forked(call) -> int:
    """The signal that ends a process which calls this; only what was imported before is at hand."""
    process = os.fork()
    if not process:
        try:
            call()
        finally:
            os._exit(0)
    return -os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


@pytest.mark.parametrize("event", ["os.truncate"])
@pytest.mark.parametrize("kernels", [[], [11], [11, 1234567]])
def test_a_run_that_is_killed_as_it_notes_its_kernels_forgets_none(tmp_path, kernels, event):
    def dies() -> None:
        with Lock(tmp_path) as lock:
            lock.note([1234567, 7654321, 11])
            kill = [event, lambda: os.kill(os.getpid(), signal.SIGKILL)]
            sys.addaudithook(lambda name, _: kill[1]() if name == kill[0] else None)
            lock.note(kernels)

    assert forked(dies) == signal.SIGKILL
    lock = Lock(tmp_path)
    ended = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lock_file, "end_group", lambda group, out: ended.append(group))
        with lock:
            noted = {"process": os.getpid(), "out": str(tmp_path), "kernels": []}
            assert json.loads(lock.path.read_text()) == noted
    assert ended == kernels


def test_folders_with_one_cache_have_one_lock(tmp_path, monkeypatch):
    """And a kernel that outlived a run in one of them is ended by the next, in the other."""
    one, two = tmp_path / "one", tmp_path / "two"
    with Lock(one) as lock:
        lock.note([11])
        two.mkdir()
        (two / "cache").symlink_to(one / "cache")
        with pytest.raises(MxeError, match=f"process {os.getpid()} is at work there"), Lock(two):
            pass
    ended = []
    monkeypatch.setattr(lock_file, "end_group", lambda group, out: ended.append((group, out)))
    with Lock(two):
        assert ended == [(11, one)]


def test_a_folder_without_locks_is_not_taken_for_busy(tmp_path, monkeypatch):
    def no_locks(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    with pytest.raises(MxeError, match=r"files can't be locked there .*: choose another --out"), Lock(tmp_path):
        pass


def test_semaphores_are_given_back_when_a_group_is_ended(tmp_path):
    """Multiprocessing's tracker does so; killed with the others, it would leave them until the machine starts anew."""
    script = (
        "import multiprocessing, os, time\n"
        "locks = [multiprocessing.get_context('spawn').Lock() for _ in range(3)]\n"
        "print(*[lock._semlock.name for lock in locks], flush=True)\ntime.sleep(600)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        env=os.environ | {"MXE_OUT": str(tmp_path)},
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    names = process.stdout.readline().split()
    assert len(names) == 3
    tracker = psutil.Process(process.pid).children()
    end_group(process.pid, tmp_path)
    process.wait(10)
    assert not any(each.is_running() for each in tracker)
    if sys.platform == "linux":
        assert not [name for name in names if Path(f"/dev/shm/sem.{name.strip('/')}").exists()]


@pytest.mark.parametrize("moment", ["first file", "frames"])
def test_a_package_whose_writing_was_killed_can_be_written_again(tmp_path, moment):
    folder, database = tmp_path / "smic", SimulatedDatabase("smic")
    clip = min(database.clips(), key=lambda clip: clip.length)

    def dies() -> None:
        def kill(*_: object) -> None:
            os.kill(os.getpid(), signal.SIGKILL)

        if moment == "frames":
            database.frames = kill
        else:
            sys.addaudithook(
                lambda name, of: kill() if name == "open" and str(of[0]).endswith(writers.MARKER) else None
            )
        writers.write_smic(folder, database, [clip])

    assert forked(dies) == signal.SIGKILL
    writers.write_smic(folder, database, [clip])
    assert Smic(folder).clips() == [clip]
    assert not list(folder.rglob("*.partial"))


@pytest.mark.parametrize("command", ["check", "gpu_run"])
def test_an_interrupted_command_is_told_in_one_line(tmp_path, monkeypatch, capsys, command):
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    if command == "check":
        monkeypatch.setattr(check, "check", interrupted)
        assert __main__.main(["check", str(tmp_path)]) == 130
    else:
        monkeypatch.setattr(gpu_run, "run", interrupted)
        assert gpu_run.main(["--tiny", "--out", str(tmp_path)]) == 130
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
