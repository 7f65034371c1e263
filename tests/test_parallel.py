"""The pool: same results as one process, and it outlives its workers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
import pytest

from mxe_lib.compute import executors, parallel, pool
from mxe_lib.errors import MxeError


def square(number: int) -> int:
    return number * number


def blurred_noise(seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed).random((64, 64), dtype=np.float32)
    return np.linalg.svd(cv2.GaussianBlur(noise, (0, 0), 2))[1]


def threads(name: str) -> tuple:
    return cv2.getNumThreads(), os.getpid()


def fails(name: str, number: int) -> None:
    raise KeyError(number)


def die_once(number: int, folder: str) -> int:
    mark = Path(folder, "died")
    if number == 3 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def die_always(name: str) -> None:
    if name == "bad":
        os.kill(os.getpid(), signal.SIGKILL)


def sleep(seconds: float) -> None:
    time.sleep(seconds)


@pytest.fixture(autouse=True, scope="module")
def stopped_pool():
    yield
    pool.stop()


@pytest.mark.parametrize("workers", [0, 1, 2])
def test_every_job_once(workers):
    assert dict(parallel.run(square, [(n,) for n in range(20)], workers)) == {n: n * n for n in range(20)}
    assert list(parallel.run(square, [], workers)) == []


def test_same_bits_in_any_number_of_processes():
    jobs = [(seed,) for seed in range(4)]
    here, there = dict(parallel.run(blurred_noise, jobs, 1)), dict(parallel.run(blurred_noise, jobs, 2))
    for index in here:
        np.testing.assert_array_equal(here[index], there[index])


def test_one_thread_each_and_restored_here():
    before = cv2.getNumThreads()
    seen = dict(parallel.run(threads, [("a",), ("b",)], 1))
    assert [count for count, _ in seen.values()] == [1, 1] and cv2.getNumThreads() == before
    seen = dict(parallel.run(threads, [(str(n),) for n in range(8)], 2))
    assert {count for count, _ in seen.values()} == {1}
    assert os.getpid() not in {process for _, process in seen.values()}


def test_pool_is_reused():
    first = {process for _, process in dict(parallel.run(threads, [(str(n),) for n in range(8)], 2)).values()}
    second = {process for _, process in dict(parallel.run(threads, [(str(n),) for n in range(8)], 2)).values()}
    assert len(first | second) <= 2


@pytest.mark.parametrize("workers", [1, 2])
def test_error_names_its_job(workers):
    with pytest.raises(KeyError) as error:
        list(parallel.run(fails, [("sub01", 1), ("sub02", 2)], workers, "folds"))
    assert "in folds 1 of 2 (sub01)" in error.value.__notes__ or "in folds 2 of 2 (sub02)" in error.value.__notes__


def test_killed_worker_is_replaced(tmp_path):
    assert dict(parallel.run(die_once, [(n, str(tmp_path)) for n in range(10)], 2)) == {n: n for n in range(10)}


def test_gives_up_naming_the_deadly_job():
    with pytest.raises(MxeError, match=r"folds 5 of 8 \(bad\): its worker process died 3 times"):
        list(parallel.run(die_always, [("bad" if n == 4 else "good",) for n in range(8)], 2, "folds"))


def test_leaving_early_stops_running_jobs():
    started = time.monotonic()
    for _ in parallel.run(sleep, [(0.01,), (60.0,), (60.0,)], 2):
        break
    pool.stop()
    assert time.monotonic() - started < 30


def test_function_of_a_notebook_is_refused():
    def local(number):
        return number

    local.__module__ = "__main__"
    with pytest.raises(MxeError, match="move it into a module"):
        list(parallel.run(local, [(1,), (2,)], 2))


def test_script_without_guard(tmp_path):
    script = "import test_parallel as t\nprint(dict(t.parallel.run(t.square, [(2,), (3,)], 2)))\n"
    (tmp_path / "script.py").write_text(script)
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent)}
    answer = subprocess.run([sys.executable, tmp_path / "script.py"], env=environment, capture_output=True, text=True)
    assert (answer.stdout.count("{"), answer.stderr) == (1, "")


@pytest.mark.parametrize("kill", [signal.SIGKILL, signal.SIGINT])
def test_workers_end_with_their_parent(tmp_path, kill):
    script = (
        "import test_parallel\nfrom mxe_lib.compute import parallel, pool\n"
        "pool.start(2)\n"
        "print(*pool._get_pool(2)._processes, flush=True)\n"
        "list(parallel.run(test_parallel.sleep, [(60.0,)] * 4, 2))\n"
    )
    (tmp_path / "script.py").write_text(script)
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent)}
    parent = subprocess.Popen(
        [sys.executable, tmp_path / "script.py"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        text=True,
    )
    workers = [int(pid) for pid in parent.stdout.readline().split()]
    assert len(workers) == 2
    parent.send_signal(kill)
    parent.wait(20)
    deadline = time.monotonic() + 20
    while any(map(_alive, workers)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(_alive, workers))


def _alive(pid: int) -> bool:
    state = Path(f"/proc/{pid}/stat")
    if state.exists() and state.read_text().split()[2] == "Z":
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


class CountedProcesses(ProcessPoolExecutor):
    """An executor of the user's own."""

    submitted = 0

    def submit(self, *args, **more):
        CountedProcesses.submitted += 1
        return super().submit(*args, **more)


def counted(workers: int) -> CountedProcesses:
    return CountedProcesses(workers, mp_context=get_context("spawn"))


def test_any_executor_of_processes_gives_the_same_bits():
    jobs = [(seed,) for seed in range(4)]
    here = dict(parallel.run(blurred_noise, jobs))
    with counted(2) as executor:
        there = dict(parallel.run(blurred_noise, jobs, executor))
        assert {count for count, _ in dict(parallel.run(threads, [("a",), ("b",)], executor)).values()} == {1}
        with pytest.raises(KeyError) as failed:
            list(parallel.run(fails, [("sub01", 1), ("sub02", 2)], executor, "folds"))
        assert "in folds" in failed.value.__notes__[0]
        assert dict(parallel.run(square, [(3,)], executor)) == {0: 9}, "one job stays here"
    for index in here:
        np.testing.assert_array_equal(here[index], there[index])
    with ThreadPoolExecutor(2) as shared, pytest.raises(MxeError, match="processes"):
        list(parallel.run(square, [(1,), (2,)], shared))


def test_an_entry_of_the_registry_holds_for_every_call(monkeypatch):
    monkeypatch.setitem(executors.EXECUTORS, "counted", counted)
    monkeypatch.setenv("MXE_EXECUTOR", "counted")
    before = CountedProcesses.submitted
    assert dict(parallel.run(square, [(n,) for n in range(3)], 2)) == {0: 0, 1: 1, 2: 4}
    assert CountedProcesses.submitted == before + 3
    assert dict(parallel.run(square, [(n,) for n in range(3)], 1)) == {0: 0, 1: 1, 2: 4}
    assert CountedProcesses.submitted == before + 3, "one worker is this process"
    executors.executor("counted", 2).shutdown()
    monkeypatch.setenv("MXE_EXECUTOR", "nowhere")
    with pytest.raises(MxeError, match="MXE_EXECUTOR=nowhere"):
        list(parallel.run(square, [(1,), (2,)], 2))
