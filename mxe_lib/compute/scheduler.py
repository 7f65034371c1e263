"""A cluster's scheduler: found or started, and its workers asked whether they would compute the same."""

import contextlib
import os
import secrets
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mxe_lib.compute import cluster, store
from mxe_lib.compute.cluster import PATIENCE, connected, dask, difference, short
from mxe_lib.errors import MxeError

LOCAL = {
    "distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": None,
    "distributed.worker.profile.enabled": False,
}
"""Dask's settings for workers that it starts here. Its stack sampled every 10 ms, and freed memory given back at once
(``cluster.keep_memory``), double the time of a training step; the second would also be set for this process."""


@contextlib.contextmanager
def at(where: str, workers: int) -> Iterator[str]:
    """The address of a scheduler, which is started and ended here if it is not there yet.

    Args:
        where: ``local``, ``slurm``, an address such as ``tcp://host:8786``, or a scheduler's JSON file.
        workers: processes of ``local``; the most that ``slurm`` is asked for.

    Raises:
        MxeError: if there is no such scheduler, or Dask is not installed.
    """
    distributed = dask()
    if where == "local":
        from dask import config

        with (
            config.set(LOCAL),
            distributed.LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=":0") as started,
        ):
            yield started.scheduler_address
    elif where == "slurm":
        with _slurm(workers) as started:
            yield started.scheduler_address
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
        what = short(getattr(error, "stderr", "") or error)
        raise MxeError(
            f"--cluster slurm: SLURM does not answer here ({what}): is this one of its login nodes?"
        ) from None
    try:
        started = SLURMCluster()
    except (ValueError, TypeError) as error:
        raise MxeError(f"--cluster slurm: {short(error)} (under jobqueue: slurm: in Dask's jobqueue.yaml)") from None
    started.adapt(minimum=1, maximum=workers)
    return started


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
    client = connected(where, patience=0)
    word = secrets.token_hex(8)
    probe = Path(folder).resolve() / "cluster" / word
    store.write(probe, word)
    try:
        if not client.scheduler_info()["workers"]:
            print(f"cluster {where}: waiting for a first worker", flush=True)
        client.wait_for_workers(1, timeout=patience)
        asked = (cluster.fingerprint(), str(probe), str(data or ""))
        answers = client.run(_answer, *asked, on_error="return")
        for address, answer in answers.items():
            if isinstance(answer, BaseException):  # another library, none at all, or gone meanwhile
                raise MxeError(f"--cluster {where}: the worker {address} does not answer ({short(answer)})")
            host, problem, written = answer
            if problem is None and not _appears(Path(written), host):
                problem = f"writes files that are not seen here: {written}"
            if problem:
                raise MxeError(f"--cluster {where}: {host} ({address}) {problem}")
    except TimeoutError:
        raise MxeError(f"--cluster {where}: no worker came in {patience:.0f} s: start one, then try again") from None
    except OSError as error:
        raise MxeError(f"--cluster {where}: the connection was lost ({short(error)}): try again") from None
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


def _answer(expected: dict[str, str], probe: str, data: str, dask_worker: Any) -> tuple[str, str | None, str]:
    """This worker's host; what is wrong with it, if anything is; and the file that it wrote beside the probe.

    Dask hands over the worker, for the sake of that argument's name.
    """
    host, written = socket.gethostname(), f"{probe}-{os.getpid()}"
    problem = difference(expected, dask_worker)
    if problem is None:
        try:
            Path(probe).read_bytes()
            store.write(Path(written), host)
        except (OSError, MxeError) as error:
            problem = f"does not see the run's folder ({error}): workers and client need a shared file system"
    if problem is None and data and not Path(data).is_dir():
        problem = f"does not see the data folder {data}: workers and client need a shared file system"
    return host, problem, written
