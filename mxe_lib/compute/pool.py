"""The processes of this machine that jobs run on.

One pool of them serves all calls of a Python process, because importing torch costs a worker seconds. On Linux they are
forked from a server that imports it once for all of them, and has no threads.
"""

import contextlib
import multiprocessing
import multiprocessing.connection
import multiprocessing.forkserver
import os
import pickle
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

from mxe_lib.compute.worker import call
from mxe_lib.errors import MxeError

TRIES = 3
"""How often a job may take its worker process down (out of memory, killed) before the run gives up."""

PAUSE = 1.0
"""Seconds after which it is seen whether all worker processes are there, and whether the executor knows."""

HEAVY = ("cv2", "pandas", "scipy.stats", "sklearn.linear_model", "torch", "pytorch_lightning")
"""Packages that cost a process seconds to import. Those that the parent has are imported once for all its workers."""

ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)
"""Must be in the environment before numpy, OpenCV or torch are loaded: their thread pools read it once."""

_pool: ProcessPoolExecutor | None = None
_pool_workers = 0


def start(workers: int) -> None:
    """Start the pool and wait until all its processes answer, so that a benchmark can time the jobs alone."""
    pool, seconds, answered = _get_pool(workers), 0.05, set()
    while len(answered) < workers:
        with script_hidden():
            futures = [pool.submit(_pid, seconds) for _ in range(workers)]
        answered |= {future.result() for future in futures}
        seconds *= 2


def stop() -> None:
    """End the pool's processes now, whatever they do. The next call of ``run`` starts new ones."""
    global _pool
    pool, _pool = _pool, None
    if pool is not None:
        # Without the kill, a job in progress would hold up this process at its exit.
        processes, results = _processes(pool), pool._result_queue  # noqa: SLF001
        pool.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.kill()
        if results is not None:
            results._writer.close()  # noqa: SLF001 (the last one: whoever still waits for half a result, sees its end)


def _processes(pool: ProcessPoolExecutor) -> list[multiprocessing.process.BaseProcess]:
    return list((pool._processes or {}).values())  # noqa: SLF001 (public from Python 3.14 on)


def run(function: Callable, jobs: list[tuple], workers: int, name: Callable[[int], str]) -> Iterator[tuple[int, Any]]:
    """``parallel.run`` on this machine's processes; ``name`` names a job by its index, for messages."""
    waiting = list(range(len(jobs)))[::-1]
    deaths = dict.fromkeys(waiting, 0)
    suspects: set[int] = set()
    running: dict[Future, int] = {}
    finished, not_started = False, 0
    try:
        while waiting or running:
            # Jobs that were running when a worker died are repeated one by one: a second death tells which it is.
            while waiting and len(running) < (1 if suspects else 2 * workers):
                index = waiting.pop()
                # Pickled here, so that an unpicklable or unimportable argument is that job's error, not a dead worker.
                sent = pickle.dumps((function, jobs[index]))
                try:
                    with script_hidden():
                        running[_get_pool(workers).submit(call, sent)] = index
                except BrokenProcessPool:
                    waiting.append(index)
                    stop()
                except (EOFError, OSError) as error:  # the server was killed meanwhile, or there is no memory
                    stop()
                    waiting += [*running.values(), index]
                    running.clear()
                    not_started += 1
                    if not_started >= TRIES:
                        cause = " ".join(str(error).split()) or type(error).__name__
                        raise MxeError(f"worker processes do not start ({cause}): use fewer workers") from None
                    time.sleep(PAUSE)  # a killed server takes its time to end, and can't be replaced before
            done = _done(running)
            died = []
            for future in done:
                index = running.pop(future)
                try:
                    result = future.result()
                except BrokenProcessPool:
                    died.append(index)
                except Exception as error:
                    error.add_note(f"in {name(index)}")
                    raise
                else:
                    suspects.discard(index)
                    yield index, result
            if died or not done:
                died += running.values()
                running.clear()
                stop()
                for index in sorted(died, reverse=True):
                    deaths[index] += 1
                    suspects.add(index)
                    waiting.append(index)
                    if deaths[index] >= TRIES:
                        raise MxeError(
                            f"{name(index)}: its worker process died {TRIES} times (out of memory, or "
                            "killed): use fewer workers, or look at what this one needs"
                        )
        finished = True
    finally:
        if not finished:
            stop()


def _done(running: dict[Future, int]) -> set[Future]:
    """Those that have ended, as soon as there is one; none if a worker was killed in the middle of its result.

    For the rest of that one the executor would wait for ever.
    """
    killed = False
    while True:
        done, _ = wait(running, timeout=PAUSE, return_when=FIRST_COMPLETED)
        if done or killed:
            return done
        sentinels = [process.sentinel for process in _processes(_pool)] if _pool else []
        killed = bool(multiprocessing.connection.wait(sentinels, timeout=0))


def _get_pool(workers: int) -> ProcessPoolExecutor:
    global _pool, _pool_workers
    if _pool is not None and _pool_workers != workers:
        stop()
    if _pool is None:
        _pool = ProcessPoolExecutor(workers, _context(), _initialize, (dict(os.environ) | ONE_THREAD,))
        _pool_workers = workers
    return _pool


def _context() -> multiprocessing.context.BaseContext:
    """Workers are never forked from this process: a fork of one with OpenMP or Qt threads can hang.

    Where a fork of any process is unsafe (macOS), or may copy a half-opened GPU, each of them starts from nothing.
    """
    if sys.platform != "linux" or Path("/dev/nvidiactl").exists():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([name for name in HEAVY if name in sys.modules])
    before = dict(os.environ)
    try:
        os.environ.update(ONE_THREAD)
        with script_hidden():
            multiprocessing.forkserver.ensure_running()
    finally:
        os.environ.clear()
        os.environ.update(before)
    return context


@contextlib.contextmanager
def script_hidden() -> Iterator[None]:
    """While a process may be started: it would else run the user's script again, endlessly if that has no guard."""
    main = vars(sys.modules["__main__"])
    file, spec = main.pop("__file__", None), main.get("__spec__")
    main["__spec__"] = None
    try:
        yield
    finally:
        main["__spec__"] = spec
        if file is not None:
            main["__file__"] = file


# What follows runs in a worker.


def _initialize(environment: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)  # of now: a server may have been started under another one
    # A terminal sends Ctrl-C to the workers as well; the parent stops them.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Lightning would make an error of the job out of it; of a worker that just ends, the job is repeated.
    signal.signal(signal.SIGTERM, _end)
    threading.Thread(target=_die_with_parent, daemon=True).start()


def _end(*_: object) -> None:
    os._exit(1)


def _die_with_parent() -> None:
    # A parent killed by SIGKILL can't stop its workers, and they hold both ends of the queue they wait on.
    multiprocessing.connection.wait([multiprocessing.parent_process().sentinel])
    os._exit(1)


def _pid(seconds: float) -> int:
    time.sleep(seconds)
    return os.getpid()
