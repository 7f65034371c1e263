"""Independent jobs on several processes: the flow of each clip, the training of each fold.

They go to processes of this machine (``pool``). Each computes with one thread: two workers then use two cores, and a
job's numbers don't depend on how many run beside it.

Jobs may also go to a cluster: where the environment variable ``MXE_CLUSTER`` names a Dask scheduler, they all do
(``cluster``). Or to processes of another making: give ``run`` any ``concurrent.futures.Executor`` of processes in place
of the number of workers, or enter it in ``executors.EXECUTORS`` and name it in ``MXE_EXECUTOR``, which holds for every
call.
"""

import contextlib
import functools
import importlib
import os
import pickle
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor, as_completed
from typing import Any

from mxe_lib.compute import pool
from mxe_lib.compute.worker import call, in_worker, one_thread
from mxe_lib.errors import MxeError


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
        MxeError: if a job's worker died ``pool.TRIES`` times, ``function`` can't be imported by a worker, or the
            executor runs threads: random state and thread counts belong to a process.
        Exception: whatever a job raised, with a note that names the job.
    """
    jobs = list(jobs)
    where = os.environ.get("MXE_CLUSTER")
    workers = _executor(workers)
    name = functools.partial(_name, label, jobs)
    if not elsewhere(workers, len(jobs)):
        results = _run_here(function, jobs, name)
    else:
        _check_importable(function, label)
        if where:
            # By its name: where jobs run changes no result, so that module, and Dask's version, don't count in keys.
            cluster = importlib.import_module("mxe_lib.compute.cluster")
            results = cluster.run(function, jobs, where, name)
        elif isinstance(workers, Executor):
            results = _run_in_executor(function, jobs, workers, name, label)
        else:
            results = pool.run(function, jobs, workers, name)
    with contextlib.closing(results), _progress(len(jobs), label) as bar:
        for index, result in results:
            bar.update()
            yield index, result


def carried(thing: Any) -> Any:
    """What a job carries of a thing that many jobs need: its ``reader()``, without what no job reads, if it has one."""
    return thing.reader() if hasattr(thing, "reader") else thing


def elsewhere(workers: int | Executor, jobs: int) -> bool:
    """Whether ``run`` gives so many jobs to other processes."""
    return jobs > 1 and not in_worker() and (isinstance(workers, Executor) or workers > 1)


def _run_here(function: Callable, jobs: list[tuple], name: Callable[[int], str]) -> Iterator[tuple[int, Any]]:
    for index, job in enumerate(jobs):
        try:
            with one_thread():
                result = function(*job)
        except Exception as error:
            error.add_note(f"in {name(index)}")
            raise
        yield index, result


def _executor(workers: int | Executor) -> int | Executor:
    """The executor that ``MXE_EXECUTOR`` names, in place of more than one worker."""
    name = os.environ.get("MXE_EXECUTOR")
    if name and isinstance(workers, int) and workers > 1:
        from mxe_lib.compute.executors import executor

        return executor(name, workers)
    return workers


def _run_in_executor(
    function: Callable, jobs: list[tuple], executor: Executor, name: Callable[[int], str], label: str
) -> Iterator[tuple[int, Any]]:
    if isinstance(executor, ThreadPoolExecutor):
        raise MxeError(f"{label}: threads share random state and thread counts: give an executor of processes")
    running = {executor.submit(call, pickle.dumps((function, job))): index for index, job in enumerate(jobs)}
    try:
        for future in as_completed(running):
            try:
                result = future.result()
            except Exception as error:
                error.add_note(f"in {name(running[future])}")
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


def _name(label: str, jobs: list[tuple], index: int) -> str:
    """``flow 3 of 24 (casme2/sub01/EP02_01f)``."""
    texts = [value if isinstance(value, str) else getattr(value, "id", None) for value in jobs[index]]
    texts = [text for text in texts if isinstance(text, str)]
    return f"{label} {index + 1} of {len(jobs)}" + (f" ({', '.join(texts)})" if texts else "")


def _progress(total: int, label: str):
    from tqdm import tqdm

    wanted = os.environ.get("MXE_PROGRESS")
    shown = wanted == "1" or (wanted != "0" and sys.stderr.isatty())
    return tqdm(total=total, desc=label, disable=not shown, file=sys.stderr, leave=False)
