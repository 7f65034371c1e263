"""Independent jobs on several processes: the flow of each clip, the training of each fold.

One pool of processes serves all calls of a Python process, because importing torch costs a worker seconds. On Linux
they are forked from a server that imports it once for all of them, and has no threads. Each worker
computes with one thread: two workers then use two cores, and a job's numbers don't depend on how many run beside it.

Jobs may also go to a cluster: where the environment variable ``MXE_CLUSTER`` names a Dask scheduler, they all do
(``cluster``). Or to processes of another making: give ``run`` any ``concurrent.futures.Executor`` of processes in place
of the number of workers, or enter it in ``executors.EXECUTORS`` and name it in ``MXE_EXECUTOR``, which holds for every
call.
"""

import contextlib
import importlib
import multiprocessing
import multiprocessing.connection
import multiprocessing.forkserver
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    as_completed,
    wait,
)
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

from mxe_lib.errors import MxeError

TRIES = 3
"""How often a job may take its worker process down (out of memory, killed) before the run gives up."""

HEAVY = ("cv2", "pandas", "scipy.stats", "sklearn.linear_model", "torch", "pytorch_lightning")
"""Packages that cost a process seconds to import. Those that the parent has are imported once for all its workers."""

ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)
"""Must be in the environment before numpy, OpenCV or torch are loaded: their thread pools read it once."""

at_work = False
"""Whether this process is a cluster's worker: what its jobs run in parallel, they run in it."""

_pool: ProcessPoolExecutor | None = None
_pool_workers = 0


def run(
    function: Callable[..., Any], jobs: Sequence[tuple], workers: int | Executor = 1, label: str = "jobs"
) -> Iterator[tuple[int, Any]]:
    """Call ``function(*job)`` for each job and yield its index and result as soon as it is there.

    A worker process that dies is replaced and its unfinished jobs run again. Leaving the loop early, an error and
    Ctrl-C stop the workers at once. With one worker everything runs in this process, with the same one-thread
    settings, and gives the same bits.

    Args:
        function: importable from a module (not defined in a notebook or script), as are its arguments' types.
        jobs: the arguments of each call, picklable.
        workers: processes to use, 1 or fewer means this process; or an executor of processes, which is not shut down.
        label: what is done, for the progress bar (on a terminal, or with ``MXE_PROGRESS=1``) and for error messages.

    Yields:
        ``(index, result)`` in the order of completion; in the order of the jobs with one worker.

    Raises:
        MxeError: if a job's worker died ``TRIES`` times, ``function`` can't be imported by a worker, or the executor
            runs threads: random state and thread counts belong to a process.
        Exception: whatever a job raised, with a note that names the job.
    """
    jobs = list(jobs)
    where = os.environ.get("MXE_CLUSTER")
    workers = _executor(workers)
    if not elsewhere(workers, len(jobs)):
        results = _run_here(function, jobs, label)
    elif where:
        results = _run_on_cluster(function, jobs, where, label)
    elif isinstance(workers, Executor):
        results = _run_in_executor(function, jobs, workers, label)
    else:
        results = _run_in_pool(function, jobs, workers, label)
    with contextlib.closing(results), _progress(len(jobs), label) as bar:
        for index, result in results:
            bar.update()
            yield index, result


def elsewhere(workers: int | Executor, jobs: int) -> bool:
    """Whether ``run`` gives so many jobs to other processes."""
    return jobs > 1 and not _in_worker() and (isinstance(workers, Executor) or workers > 1)


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
        processes = list((pool._processes or {}).values())  # noqa: SLF001 (public from Python 3.14 on)
        pool.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.kill()


def _run_here(function: Callable, jobs: list[tuple], label: str) -> Iterator[tuple[int, Any]]:
    for index, job in enumerate(jobs):
        try:
            with _one_thread():
                result = function(*job)
        except Exception as error:
            error.add_note(f"in {_name(label, index, jobs)}")
            raise
        yield index, result


def _executor(workers: int | Executor) -> int | Executor:
    """The executor that ``MXE_EXECUTOR`` names, in place of more than one worker."""
    name = os.environ.get("MXE_EXECUTOR")
    if name and isinstance(workers, int) and workers > 1:
        from mxe_lib.compute.executors import executor

        return executor(name, workers)
    return workers


def _run_on_cluster(function: Callable, jobs: list[tuple], where: str, label: str) -> Iterator[tuple[int, Any]]:
    _check_importable(function, label)
    # By its name: where jobs run changes no result, so that module, and Dask's version, must not count in their keys.
    cluster = importlib.import_module("mxe_lib.compute.cluster")
    yield from cluster.run(function, jobs, where, lambda index: _name(label, index, jobs))


def _run_in_executor(
    function: Callable, jobs: list[tuple], executor: Executor, label: str
) -> Iterator[tuple[int, Any]]:
    if isinstance(executor, ThreadPoolExecutor):
        raise MxeError(f"{label}: threads share random state and thread counts: give an executor of processes")
    _check_importable(function, label)
    running = {executor.submit(call, pickle.dumps((function, job))): index for index, job in enumerate(jobs)}
    try:
        for future in as_completed(running):
            try:
                result = future.result()
            except Exception as error:
                error.add_note(f"in {_name(label, running[future], jobs)}")
                raise
            yield running[future], result
    finally:
        for future in running:
            future.cancel()


def _check_importable(function: Callable, label: str) -> None:
    if function.__module__ == "__main__":
        raise MxeError(
            f"{label}: {function.__qualname__} is defined in a notebook or script, where worker processes can't "
            "import it: move it into a module, or use one worker"
        )


def _run_in_pool(function: Callable, jobs: list[tuple], workers: int, label: str) -> Iterator[tuple[int, Any]]:
    _check_importable(function, label)
    waiting = list(range(len(jobs)))[::-1]
    deaths = dict.fromkeys(waiting, 0)
    running: dict[Future, int] = {}
    finished = False
    try:
        while waiting or running:
            # Jobs that were running when a worker died are repeated one by one: a second death tells which it is.
            suspects = any(deaths[index] for index in [*waiting, *running.values()])
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
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            died = []
            for future in done:
                index = running.pop(future)
                try:
                    result = future.result()
                except BrokenProcessPool:
                    died.append(index)
                except Exception as error:
                    error.add_note(f"in {_name(label, index, jobs)}")
                    raise
                else:
                    yield index, result
            if died:
                died += running.values()
                running.clear()
                stop()
                for index in sorted(died, reverse=True):
                    deaths[index] += 1
                    waiting.append(index)
                    if deaths[index] >= TRIES:
                        raise MxeError(
                            f"{_name(label, index, jobs)}: its worker process died {TRIES} times (out of memory, or "
                            "killed): use fewer workers, or look at what this one needs"
                        )
        finished = True
    finally:
        if not finished:
            stop()


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


# What follows up to _one_thread runs in a worker.


def _initialize(environment: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)  # of now: a server may have been started under another one
    # A terminal sends Ctrl-C to the workers as well; the parent stops them.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_die_with_parent, daemon=True).start()


def _die_with_parent() -> None:
    # A parent killed by SIGKILL can't stop its workers, and they hold both ends of the queue they wait on.
    multiprocessing.connection.wait([multiprocessing.parent_process().sentinel])
    os._exit(1)


def call(sent: bytes) -> Any:
    """Runs a job in a worker: ``sent`` is its function and its arguments, pickled."""
    function, job = pickle.loads(sent)
    with _one_thread():
        return function(*job)


def _pid(seconds: float) -> int:
    import time

    time.sleep(seconds)
    return os.getpid()


def _in_worker() -> bool:
    return at_work or multiprocessing.parent_process() is not None


@contextlib.contextmanager
def _one_thread() -> Iterator[None]:
    """One thread for OpenCV, torch, BLAS and OpenMP, as far as they are loaded; the former numbers afterwards."""
    import cv2
    from threadpoolctl import threadpool_limits

    opencv_threads = cv2.getNumThreads()
    torch = sys.modules.get("torch")
    torch_threads = torch.get_num_threads() if torch else 1
    try:
        cv2.setNumThreads(1)
        if torch:
            torch.set_num_threads(1)
        with threadpool_limits(limits=1):
            yield
    finally:
        cv2.setNumThreads(opencv_threads)
        if torch:
            torch.set_num_threads(torch_threads)


def _name(label: str, index: int, jobs: list[tuple]) -> str:
    """``flow 3 of 24 (casme2/sub01/EP02_01f)``."""
    texts = [value if isinstance(value, str) else getattr(value, "id", None) for value in jobs[index]]
    texts = [text for text in texts if isinstance(text, str)]
    return f"{label} {index + 1} of {len(jobs)}" + (f" ({', '.join(texts)})" if texts else "")


def _progress(total: int, label: str):
    from tqdm import tqdm

    wanted = os.environ.get("MXE_PROGRESS")
    shown = wanted == "1" or (wanted != "0" and sys.stderr.isatty())
    return tqdm(total=total, desc=label, disable=not shown, file=sys.stderr, leave=False)
