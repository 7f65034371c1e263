"""Processes killed at work: the pool's, a training's, a notebook's; and a small study, again and again."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from mxe_lib.compute import parallel, pool
from mxe_lib.errors import CellFailed, MxeError
from mxe_lib.study import crew, stamps


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
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt):
        train(sent)
    assert signal.getsignal(signal.SIGTERM) is before
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_notebook_without_a_process_is_told_in_one_line(tmp_path, monkeypatch):
    def unexpected(*_: object) -> None:
        raise EOFError("unexpected EOF")

    with stamps.Lock(tmp_path) as lock, crew.Crew(lock) as at_work:
        monkeypatch.setattr(at_work.context.Process, "start", unexpected)
        with pytest.raises(CellFailed, match=r"00_first: no process for it \(unexpected EOF\): start run_all.py again"):
            at_work.start(Path("00_first.ipynb"), tmp_path, {}, 0)
        assert len(at_work) == 0
