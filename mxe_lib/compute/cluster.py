"""Jobs on a cluster, by Dask (https://docs.dask.org): any scheduler whose workers see the same folder.

``run_all.py --cluster`` starts or finds a scheduler, makes sure that its workers would compute the same, and names it
to the notebooks in ``MXE_CLUSTER``; ``parallel.run`` sends its jobs there. Results that matter are files in the shared
cache, as on one machine. So a lost worker costs its unfinished jobs, and a lost scheduler those of all workers: they
are sent again when it is back.

Credentials, TLS, ports and timeouts are Dask's own settings.
"""

import contextlib
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
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from mxe_lib.compute import code, store
from mxe_lib.compute.determinism import engine
from mxe_lib.errors import MxeError

TRIES = 3
"""How often the scheduler may give a job up, each time after several workers died at it (Dask: allowed-failures)."""

PATIENCE = 600.0
"""Seconds to wait for a scheduler that is gone, and for the first worker of one that has none."""


@contextlib.contextmanager
def scheduler(where: str, workers: int) -> Iterator[str]:
    """The address of a scheduler, which is started and ended here if it is not there yet.

    Args:
        where: ``local``, ``slurm``, an address such as ``tcp://host:8786``, or a scheduler's JSON file.
        workers: processes of ``local``; the most that ``slurm`` is asked for.

    Raises:
        MxeError: if there is no such scheduler, or Dask is not installed.
    """
    dask = _dask()
    if where == "local":
        with dask.LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=":0") as cluster:
            yield cluster.scheduler_address
    elif where == "slurm":
        with _slurm(workers) as cluster:
            yield cluster.scheduler_address
    elif "://" in where or Path(where).is_file():
        yield where if "://" in where else str(Path(where).resolve())
    else:
        raise MxeError(
            f"--cluster {where}: no such file: give local, slurm, an address such as tcp://host:8786, or a scheduler's "
            "JSON file"
        )


def _slurm(workers: int):
    try:
        from dask_jobqueue import SLURMCluster
    except ImportError as error:
        raise MxeError(f"--cluster slurm needs {error.name}: pip install 'mxe-lib[cluster]'") from None
    try:
        subprocess.run(["sinfo"], check=True, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.SubprocessError) as error:
        what = _short(getattr(error, "stderr", "") or error)
        raise MxeError(
            f"--cluster slurm: SLURM does not answer here ({what}): is this one of its login nodes?"
        ) from None
    try:
        cluster = SLURMCluster()
    except (ValueError, TypeError) as error:
        raise MxeError(f"--cluster slurm: {_short(error)} (under jobqueue: slurm: in Dask's jobqueue.yaml)") from None
    cluster.adapt(minimum=1, maximum=workers)
    return cluster


def check(where: str, folder: Path, data: Path | None = None, patience: float | None = PATIENCE) -> str:
    """Makes sure that workers would compute the same and see the same files, and says what was found.

    Args:
        where: the scheduler's address or JSON file.
        folder: the run's cache; each worker must read there what is written here, and the other way round.
        data: the folder of the databases, if there is one: each worker must see it.
        patience: seconds to wait for a first worker; None = as long as it takes, as in a queue.

    Returns:
        A line for the user: how many workers, and where the dashboard is.

    Raises:
        MxeError: if no scheduler or no worker answers, or one of them differs: says which host, and in what.
    """
    client = _connected(where, patience=0)
    word = secrets.token_hex(8)
    probe = Path(folder).resolve() / "cluster" / word
    store.write(probe, word)
    try:
        if not client.scheduler_info()["workers"]:
            print(f"cluster {where}: waiting for a first worker", flush=True)
        client.wait_for_workers(1, timeout=patience)
        asked = (fingerprint(), str(probe), str(data or ""))
        answers = client.run(_answer, *asked, on_error="return")
        for address, answer in answers.items():
            if isinstance(answer, BaseException):  # another library, none at all, or gone meanwhile
                raise MxeError(f"--cluster {where}: the worker {address} does not answer ({_short(answer)})")
            host, problem, written = answer
            if problem is None and not _appears(Path(written), host):
                problem = f"writes files that are not seen here: {written}"
            if problem:
                raise MxeError(f"--cluster {where}: {host} ({address}) {problem}")
    except TimeoutError:
        raise MxeError(f"--cluster {where}: no worker came in {patience:.0f} s: start one, then try again") from None
    except OSError as error:
        raise MxeError(f"--cluster {where}: the connection was lost ({_short(error)}): try again") from None
    finally:
        for file in probe.parent.glob(f"{word}*"):
            file.unlink(missing_ok=True)
    hosts = {host for host, _, _ in answers.values()}
    count = (
        f"{len(answers)} worker{'s' if len(answers) > 1 else ''} on {len(hosts)} host{'s' if len(hosts) > 1 else ''}"
    )
    return f"cluster {client.scheduler.address}: {count}, dashboard {client.dashboard_link or 'off (needs bokeh)'}"


def _appears(file: Path, content: str) -> bool:
    """Whether a file of this content is seen within seconds, which a network file system may take."""
    for _ in range(100):
        with contextlib.suppress(OSError):
            if file.read_text(encoding="utf-8") == content:
                return True
        time.sleep(0.1)
    return False


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
        future = _connected(where).submit(_run_there, me, call, pure=False, key=f"{function.__name__}-{_token()}")
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
                        f"({_short(error)}): see what it needs, and the cluster's logs"
                    )
            send(index)
    finally:
        for future in sent:
            with contextlib.suppress(Exception):
                future.cancel()


def _token() -> str:
    return secrets.token_hex(8)


def _dask():
    try:
        import distributed
    except ImportError as error:
        raise MxeError(f"a cluster needs {error.name}: pip install 'mxe-lib[cluster]'") from None
    # What it says of lost connections, the run says in its own words or mends.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    return distributed


_clients: dict[str, Any] = {}


def _connected(where: str, patience: float = PATIENCE):
    """This process's client of the scheduler; a new one, after a wait, where the scheduler is gone.

    Raises:
        MxeError: if none answers for ``patience`` seconds, or the settings do not fit its address.
    """
    client = _clients.get(where)
    if client is not None and client.status == "running":
        return client
    dask, until, told = _dask(), time.monotonic() + patience, False
    if client is not None:
        with contextlib.suppress(Exception):
            client.close(timeout=1)
    while True:
        try:
            _clients[where] = dask.Client(_address(where), timeout=10, set_as_default=False)
            return _clients[where]
        except (OSError, ValueError, KeyError) as error:  # nobody there, a file that is gone or half-written
            if time.monotonic() > until:
                raise MxeError(f"--cluster {where}: no scheduler answers ({_short(error)}): is it running?") from None
            if not told:
                print(f"cluster {where}: the scheduler is gone: waiting until it is back", file=sys.stderr, flush=True)
                told = True
            time.sleep(1)
        except TypeError as error:
            raise MxeError(f"--cluster {where}: {_short(error)}: see Dask's settings of security") from None


def _address(where: str) -> str:
    """Read here: Dask waits without end for a file that is not there, as after the scheduler's own end."""
    return where if "://" in where else json.loads(Path(where).read_text(encoding="utf-8"))["address"]


def disconnect() -> None:
    """Ends this process's connections; the next call makes new ones."""
    for client in _clients.values():
        with contextlib.suppress(Exception):
            client.close(timeout=1)
    _clients.clear()


def _short(error: object) -> str:
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


def _answer(expected: dict[str, str], probe: str, data: str, dask_worker: Any) -> tuple[str, str | None, str]:
    """This worker's host; what is wrong with it, if anything is; and the file that it wrote beside the probe.

    Dask hands over the worker, for the sake of that argument's name.
    """
    host, written = socket.gethostname(), f"{probe}-{os.getpid()}"
    problem = _difference(expected, dask_worker)
    if problem is None:
        try:
            Path(probe).read_bytes()
            store.write(Path(written), host)
        except OSError as error:
            problem = f"does not see the run's folder ({error}): workers and client need a shared file system"
    if problem is None and data and not Path(data).is_dir():
        problem = f"does not see the data folder {data}: workers and client need a shared file system"
    return host, problem, written


def _difference(expected: dict[str, str], worker: Any) -> str | None:
    mine = fingerprint()
    for name in expected.keys() | mine.keys():
        if expected.get(name) != mine.get(name):
            found = [each.get(name) or "nothing" for each in (mine, expected)]
            return f"has {name} {found[0]} where the run has {found[1]}: install the same there"
    threads = worker.state.nthreads
    if threads != 1:
        return f"has {threads} threads a worker: a job needs a process of its own: start workers with --nthreads 1"
    return None


_agreed: set[str] = set()


def _run_there(expected: dict[str, str], call: bytes) -> Any:
    from distributed import get_worker

    from mxe_lib.compute import parallel

    key = repr(expected)
    if key not in _agreed:
        problem = _difference(expected, get_worker())
        if problem:
            raise MxeError(f"--cluster: {socket.gethostname()} {problem}")
        _agreed.add(key)
    parallel.at_work = True
    return parallel.call(call)
