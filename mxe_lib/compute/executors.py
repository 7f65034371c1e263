"""Where jobs run, by a name for the environment variable ``MXE_EXECUTOR``; without it, processes of this machine do."""

import functools
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor
from multiprocessing import get_context

from mxe_lib.errors import MxeError


def plain_processes(workers: int) -> Executor:
    """The standard library's pool: jobs of a worker that dies are lost with the run, not repeated."""
    return ProcessPoolExecutor(workers, mp_context=get_context("spawn"))


EXECUTORS: dict[str, Callable[[int], Executor]] = {"plain_processes": plain_processes}
"""From a number of workers to an executor whose workers are processes that can import ``mxe_lib``."""


@functools.cache
def executor(name: str, workers: int) -> Executor:
    """The executor of this name, the same one each time.

    Raises:
        MxeError: if there is none.
    """
    if name not in EXECUTORS:
        raise MxeError(f"MXE_EXECUTOR={name}: no such executor: choose one of {', '.join(EXECUTORS)}, or leave it out")
    return EXECUTORS[name](workers)
