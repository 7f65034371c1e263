"""Processes killed at work: the pool's, a training's, a notebook's; and a small study, again and again."""

from __future__ import annotations

import multiprocessing
import os
import random
import shutil
import signal
import sys
import time
import types
from pathlib import Path

import psutil
import pytest
from test_memory import ROW, say
from test_run_all import HEAD, Study, write_notebook

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))
from trials import Trial, different, processes, rounds

from mxe_lib.compute import parallel, pool, store
from mxe_lib.errors import CellFailed, MxeError
from mxe_lib.study import crew, runner
from mxe_lib.study.lock import Lock


def torn(number: int, folder: str) -> int | bytes:
    """One of the jobs dies, once, when half of its result is sent."""
    if number == 2 and not Path(folder, "torn").exists():
        Path(folder, "torn").touch()
        from multiprocessing.connection import Connection

        def half(connection: Connection, content: bytes, write=os.write) -> None:
            write(connection.fileno(), bytes(content)[: len(content) // 2])
            os.kill(os.getpid(), signal.SIGKILL)

        Connection._send = half  # noqa: SLF001
        return b"result" * 1000
    return number


def terminated(number: int, folder: str) -> int:
    """One of the jobs is told to end, once, in the midst of a training."""
    if number == 2 and not Path(folder, "told").exists():
        Path(folder, "told").touch()
        train(signal.SIGTERM)
    return number


def train(sent: int) -> None:
    import pytorch_lightning as pl
    from test_crossval import samples, task

    from mxe_lib.learning import training

    before = pl.Trainer.__init__

    def told(trainer: pl.Trainer, *args: object, **settings: object) -> None:
        before(trainer, *args, **settings)
        fit = trainer.fit_loop.on_advance_start
        trainer.fit_loop.on_advance_start = lambda: (os.kill(os.getpid(), sent), fit())

    pl.Trainer.__init__ = told
    try:
        training.train(task(), samples(), 0)
    finally:
        pl.Trainer.__init__ = before


def server_killed(number: int, folder: str) -> int:
    """The server that forks the workers is killed, once."""
    if number == 2 and not Path(folder, "killed").exists():
        Path(folder, "killed").touch()
        os.kill(os.getppid(), signal.SIGKILL)
    return number


@pytest.fixture
def fresh_pool():
    pool.stop()
    yield
    pool.stop()


@pytest.mark.parametrize("job", [torn, terminated, server_killed])
def test_the_pool_repeats_what_a_killed_process_did(tmp_path, fresh_pool, job):
    if job is server_killed and pool._context().get_start_method() != "forkserver":  # noqa: SLF001
        pytest.skip("there is no server here")
    found = {}
    for index, result in parallel.run(job, [(number, str(tmp_path)) for number in range(6)], 2):
        found[index] = result
    assert found == {number: number for number in range(6)}


def test_workers_that_cannot_be_started_are_told_in_one_line(fresh_pool, monkeypatch):
    def refused(*_: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(pool.ProcessPoolExecutor, "_spawn_process", refused)
    with pytest.raises(MxeError, match=r"worker processes do not start .*: use fewer workers"):
        list(parallel.run(abs, [(1,), (2,)], 2))


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_training_is_an_interruption_and_keeps_nothing(tmp_path, sent):
    """Lightning says ``SystemExit``, which a notebook's reader can't make anything of."""
    before = [signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)]
    with pytest.raises(KeyboardInterrupt):
        train(sent)
    assert [signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)] == before


def test_a_notebook_without_a_process_is_told_in_one_line(tmp_path, monkeypatch):
    def unexpected(*_: object) -> None:
        raise EOFError("unexpected EOF")

    with Lock(tmp_path) as lock, crew.Crew(lock) as at_work:
        monkeypatch.setattr(at_work.context.Process, "start", unexpected)
        with pytest.raises(CellFailed, match=r"00_first: no process for it \(unexpected EOF\): start run_all.py again"):
            at_work.start(Path("00_first.ipynb"), tmp_path, {}, 0)
        assert len(at_work) == 0


@pytest.fixture
def slow(tmp_path):
    """A notebook that is at work for long."""
    study = Study(tmp_path)
    for path in study.notebooks.iterdir():
        path.unlink()
    write_notebook(study.notebooks / "00_slow.ipynb", HEAD, "(out / 'cache' / 'begun').touch()\nimport time", WAIT)
    return study


WAIT = "for _ in range(600):\n    time.sleep(0.1)"


def test_the_kernel_of_a_notebook_whose_process_is_killed_is_ended_with_the_run(slow):
    process = slow.start(until="cache/begun")
    (kernel,) = slow.kernels()
    (notebook,) = processes(process.pid)["notebook"]
    notebook.kill()
    _, error = process.communicate(timeout=30)
    assert not psutil.pid_exists(kernel)
    assert process.returncode == 1
    assert error == "run_all: 00_slow: its process ended: start run_all.py again\n"


def test_a_killed_run_says_no_more(slow):
    """Its notebooks' processes end, instead of telling that nobody listens to them."""
    process = slow.start(until="cache/begun")
    there = [each for role in processes(process.pid).values() for each in role]
    process.kill()
    _, error = process.communicate(timeout=30)  # when all that may still write there have ended
    assert error == ""
    assert psutil.wait_procs(there, timeout=10)[1] == []


def test_nor_does_a_notebook_that_finds_nobody_to_tell(tmp_path, monkeypatch):
    def cell(*arguments: object) -> None:
        arguments[-1](1)

    def ended(status: int) -> None:
        raise SystemExit(status)

    monkeypatch.setattr(runner, "execute", cell)
    monkeypatch.setattr(crew.os, "_exit", ended)
    monkeypatch.setattr(crew.signal, "signal", lambda *_: None)
    monkeypatch.setattr(crew.threading, "Thread", lambda **_: types.SimpleNamespace(start=lambda: None))
    here, there = multiprocessing.Pipe()
    here.close()
    with pytest.raises(SystemExit) as found:
        crew._execute(Path("00_first.ipynb"), tmp_path, {}, 0, there)  # noqa: SLF001
    assert found.value.code == 1


def test_an_interrupted_kernel_is_told_in_one_line(slow):
    process = slow.start(until="cache/begun")
    time.sleep(1)
    os.kill(slow.kernels()[0], signal.SIGINT)
    _, error = process.communicate(timeout=30)
    assert process.returncode == 1
    assert error.startswith("run_all: 00_slow, code cell ")
    assert "interrupted: start run_all.py again, and it goes on from the cache" in error
    assert len(error.splitlines()) == 1
    assert not (slow.out / "notebooks" / "00_slow.ipynb").exists()


POOL = """from mxe_lib.compute import parallel, store
from test_kills import piece

jobs = [(str(out / "cache" / "models" / f"{name}{k}"), k) for k in range(6)]
pieces = dict(parallel.run(piece, jobs, int(os.environ["MXE_WORKERS"])))"""
SHOW = """import matplotlib.pyplot as plt
from mxe_lib.figures import charts

charts.use_style()
ax = plt.figure().subplots()
ax.plot([pieces[k] for k in range(6)])
charts.save(ax, name, out / "figures")
plt.close()
results.write(name, [dict(row, experiment=name, value=sum(pieces.values()))], out / "results")"""


def piece(path: str, number: int) -> int:
    with store.making(Path(path)):
        if store.kept(Path(path)) is None:
            time.sleep(0.1)
            store.keep(Path(path), b"x" * number)
        return len(store.kept(Path(path)))


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A notebook with a pool, a cache, a figure and a table, and one that reads its table."""
    study = Study(tmp_path_factory.mktemp("small"))
    for path in study.notebooks.iterdir():
        path.unlink()
    write_notebook(study.notebooks / "00_one.ipynb", HEAD, "name = 'one'", ROW, POOL, SHOW)
    say(study.notebooks / "00_one.ipynb", reads=[], experiments={"one": "?"})
    read = 'value = 2 * results.read("one", out / "results")["value"].sum()'
    write = 'results.write("two", [dict(row, experiment="two", value=value)], out / "results")'
    write_notebook(study.notebooks / "01_two.ipynb", HEAD, ROW, read, write)
    say(study.notebooks / "01_two.ipynb", reads=["one"], experiments={"two": "?"})
    with pytest.MonkeyPatch.context() as patch:  # where the jobs are found
        patch.setenv("PYTHONPATH", os.pathsep.join([str(study.root), str(Path(__file__).parent)]))
        yield study


@pytest.fixture(scope="module")
def undisturbed(small, tmp_path_factory):
    trial = Trial(tmp_path_factory.mktemp("undisturbed") / "run", ["--workers", "2"], root=small.root)
    trial.run()
    assert list(trial.tables()) == ["one.csv", "two.csv"]
    return trial


@pytest.mark.parametrize("number", [0, 1], ids=["alone", "two that share a cache"])
def test_a_study_that_is_killed_again_and_again_comes_to_the_same_tables(
    small, undisturbed, tmp_path, monkeypatch, number
):
    monkeypatch.setattr(rounds, "PATIENCE", 1)  # all is over soon
    kept = []
    killed = rounds.Round(number, tmp_path / "killed", [], random.Random(number), kept.append, small.root)
    killed.play(wanted=6, until=time.monotonic() + 120, pause=0.5)
    assert killed.judge(undisturbed.tables()) == []
    assert any(kill.ended for kill in kept)


def test_a_difference_and_whatever_is_left_are_seen(small, undisturbed, tmp_path):
    """Or the trials of killed runs would prove nothing."""
    quiet = rounds.Round(0, tmp_path / "quiet", [], random.Random(0), lambda kill: None, small.root)
    out, tables = quiet.runs[0].out, undisturbed.tables()
    shutil.copytree(undisturbed.out, out)
    assert quiet.judge(tables) == []
    assert different(tables, {"one.csv": b"other", "three.csv": b""}) == "one.csv, three.csv, two.csv"
    (out / "cache" / "models" / "a.host-1-0badcafe.partial").touch()
    (out / "cache" / "models" / "a.making").touch()
    (out / "cache" / "stamps" / "00_one.json").unlink()
    notebook = out / "notebooks" / "00_one.ipynb"
    notebook.write_text(notebook.read_text().replace('"execution_count": 5', '"execution_count": 7'))
    with Lock(out) as lock:
        lock.note([12345])
        found = quiet.judge(tables | {"one.csv": b"other"})
    assert found == [
        "a: tables differ: one.csv",
        "a: left cache/models/a.host-1-0badcafe.partial",
        "a: left cache/models/a.making",
        "a: the lock is held",
        "a: kernels are noted",
        "a: 00_one.ipynb is not executed from top to bottom",
        "a: 00_one.ipynb is not done",
    ]
