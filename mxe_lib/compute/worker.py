"""What a job finds where it runs: one thread, and the knowledge that it is in a worker."""

import contextlib
import multiprocessing
import pickle
import sys
from collections.abc import Iterator
from typing import Any

at_work = False
"""Whether this process is a cluster's worker: what its jobs run in parallel, they run in it."""


def in_worker() -> bool:
    """Whether this process is a worker, of a pool or a cluster."""
    return at_work or multiprocessing.parent_process() is not None


def call(sent: bytes) -> Any:
    """Runs a job in a worker: ``sent`` is its function and its arguments, pickled."""
    function, job = pickle.loads(sent)
    with one_thread():
        return function(*job)


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
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
