"""Jobs on a cluster, by Dask (https://docs.dask.org): any scheduler whose workers see the same folder.

``run_all.py --cluster`` starts or finds a scheduler (``scheduler``) and names it to the notebooks in ``MXE_CLUSTER``;
``parallel.run`` sends its jobs there. Results that matter are files in the shared
cache, as on one machine. So a lost worker costs its unfinished jobs, and a lost scheduler those of all workers: they
are sent again when it is back.

Credentials, TLS, ports and timeouts are Dask's own settings.
"""

import contextlib
import ctypes
import functools
import hashlib
import json
import logging
import os
import pickle
import platform
import queue
import secrets
import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from mxe_lib.compute import code, worker
from mxe_lib.compute.determinism import engine
from mxe_lib.errors import MxeError

TRIES = 3
"""How often the scheduler may give a job up, each time after several workers died at it (Dask: allowed-failures)."""

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
"""Of glibc's malloc.h. Left alone, glibc raises both by itself to what a process needs, at most to these sizes."""

PATIENCE = 600.0
"""Seconds to wait for a scheduler that is gone, and for the first worker of one that has none."""


def run(function: Callable, jobs: Sequence[tuple], where: str, name: Callable[[int], str]) -> Iterator[tuple[int, Any]]:
    """``parallel.run`` on a cluster.

    Args:
        function, jobs: as there.
        where: the scheduler's address or JSON file.
        name: of a job by its index, for messages.
    """
    if where in ("local", "slurm"):
        raise MxeError(f"MXE_CLUSTER={where}: only run_all.py --cluster starts one: name a scheduler's address or file")
    ended: queue.SimpleQueue = queue.SimpleQueue()
    sent: dict[Any, int] = {}
    lost = dict.fromkeys(range(len(jobs)), 0)
    me = fingerprint()

    def send(index: int) -> None:
        call = pickle.dumps((function, jobs[index]))
        future = connected(where).submit(_run_there, me, call, pure=False, key=f"{function.__name__}-{_token()}")
        sent[future] = index
        future.add_done_callback(ended.put)

    try:
        for index in range(len(jobs)):
            send(index)
        while sent:
            future = ended.get()
            index, error = sent.pop(future), None
            if future.status == "finished":
                try:
                    result = future.result()
                except Exception as gone:  # the result went with its worker or scheduler
                    error = gone
                else:
                    yield index, result
                    continue
            elif future.status == "error":
                error = future.exception()
                if not type(error).__module__.startswith("distributed"):  # the job's own
                    error.add_note(f"in {name(index)}")
                    raise error
            # With the scheduler all jobs are lost, again and again if it comes and goes: that is no job's fault.
            if future.status in ("finished", "error"):
                lost[index] += 1
                if lost[index] >= TRIES:
                    raise MxeError(
                        f"{name(index)}: its worker processes died again and again, or its result was lost "
                        f"({short(error)}): see what it needs, and the cluster's logs"
                    )
            send(index)
    finally:
        for future in sent:
            with contextlib.suppress(Exception):
                future.cancel()


def _token() -> str:
    return secrets.token_hex(8)


def dask():
    try:
        import distributed
    except ImportError as error:
        raise MxeError(f"a cluster needs {error.name}: pip install 'mxe-lib[cluster]'") from None
    # What it says of lost connections, the run says in its own words or mends.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    return distributed


_clients: dict[str, Any] = {}


def connected(where: str, patience: float = PATIENCE):
    """This process's client of the scheduler; a new one, after a wait, where the scheduler is gone.

    Raises:
        MxeError: if none answers for ``patience`` seconds, or the settings do not fit its address.
    """
    client = _clients.get(where)
    if client is not None and client.status == "running":
        return client
    distributed, until, told = dask(), time.monotonic() + patience, False
    if client is not None:
        with contextlib.suppress(Exception):
            client.close(timeout=1)
    while True:
        try:
            _clients[where] = distributed.Client(_address(where), timeout=10, set_as_default=False)
            return _clients[where]
        except (OSError, ValueError, KeyError) as error:  # nobody there, a file that is gone or half-written
            if time.monotonic() > until:
                raise MxeError(f"--cluster {where}: no scheduler answers ({short(error)}): is it running?") from None
            if not told:
                print(f"cluster {where}: the scheduler is gone: waiting until it is back", file=sys.stderr, flush=True)
                told = True
            time.sleep(1)
        except TypeError as error:
            raise MxeError(f"--cluster {where}: {short(error)}: see Dask's settings of security") from None


def _address(where: str) -> str:
    """Read here: Dask waits without end for a file that is not there, as after the scheduler's own end."""
    return where if "://" in where else json.loads(Path(where).read_text(encoding="utf-8"))["address"]


def disconnect() -> None:
    """Ends this process's connections; the next call makes new ones."""
    for client in _clients.values():
        with contextlib.suppress(Exception):
            client.close(timeout=1)
    _clients.clear()


def short(error: object) -> str:
    return (" ".join(str(error).split()) or type(error).__name__)[:120]


# What follows runs in a worker, or tells of one.


@functools.cache
def fingerprint() -> dict[str, str]:
    """All that makes two machines compute different numbers, but for the model of a CPU."""
    seen = hashlib.sha256()
    for path in sorted(path for path in code.PACKAGE.rglob("*") if path.is_file() and path.suffix != ".pyc"):
        if "__pycache__" not in path.parts:
            seen.update(f"{path.relative_to(code.PACKAGE).as_posix()}\0".encode() + path.read_bytes())
    library = f"library {seen.hexdigest()[:12]}"
    return {"python": platform.python_version(), **code.installed(), "mxe_lib": library, "device": engine()}


def difference(expected: dict[str, str], dask_worker: Any) -> str | None:
    mine = fingerprint()
    for name in expected.keys() | mine.keys():
        if expected.get(name) != mine.get(name):
            found = [each.get(name) or "nothing" for each in (mine, expected)]
            return f"has {name} {found[0]} where the run has {found[1]}: install the same there"
    threads = dask_worker.state.nthreads
    if threads != 1:
        return f"has {threads} threads a worker: a job needs a process of its own: start workers with --nthreads 1"
    return None


_agreed: set[str] = set()


def _run_there(expected: dict[str, str], call: bytes) -> Any:
    from distributed import get_worker

    key = repr(expected)
    if key not in _agreed:
        problem = difference(expected, get_worker())
        if problem:
            raise MxeError(f"--cluster: {socket.gethostname()} {problem}")
        keep_memory()
        _agreed.add(key)
    worker.at_work = True
    return worker.call(call)


def keep_memory() -> None:
    """Undoes Dask's ``MALLOC_TRIM_THRESHOLD_``: workers give each 64 KB back to the system, and a training step takes
    twice as long for fetching them again. Another value than Dask's own is the user's, and stays."""
    if sys.platform == "linux" and os.environ.get("MALLOC_TRIM_THRESHOLD_") == "65536":
        with contextlib.suppress(OSError, AttributeError):  # no glibc: nothing was changed
            libc = ctypes.CDLL(None)
            for option, size in ((M_TRIM_THRESHOLD, 64 << 20), (M_MMAP_THRESHOLD, 32 << 20)):
                libc.mallopt(option, size)
