"""Jobs on a cluster by Dask: the pool's results, whatever is killed; and what differs is told before."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from test_parallel import blurred_noise, fails, square

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))
import one_node_slurm

from mxe_lib.compute import cluster, parallel, scheduler
from mxe_lib.errors import MxeError

pytest.importorskip("distributed")

TESTS = Path(__file__).parent


def slow_square(number: int, seconds: float) -> int:
    time.sleep(seconds)
    return number * number


def kill_once(number: int, folder: str) -> int:
    mark = Path(folder, f"died{number}")
    if number == 2 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def out_of_time(name: str, number: int) -> None:
    raise TimeoutError("the disk does not answer")


def nested(number: int) -> list[int]:
    return [result for _, result in parallel.run(square, [(number,), (number + 1,)], 2)]


class ByHand:
    """A scheduler and its workers, as one starts them by hand."""

    def __init__(self, folder: Path):
        self.folder, self.file = folder, folder / "scheduler.json"
        path = f"{TESTS.parent}{os.pathsep}{TESTS}"  # the code beside this test, whatever is installed
        self.environment = os.environ | {"PYTHONPATH": path, "DASK_DISTRIBUTED__LOGGING__DISTRIBUTED": "error"}
        self.processes: list[subprocess.Popen] = []

    def start(self, *command: str) -> subprocess.Popen:
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "distributed.cli." + command[0], *command[1:]],
                env=self.environment, stdout=log, stderr=log, cwd=self.folder, start_new_session=True,
            )  # fmt: skip
        self.processes.append(process)
        return process

    def scheduler(self) -> subprocess.Popen:
        self.file.unlink(missing_ok=True)
        process = self.start("dask_scheduler", "--scheduler-file", str(self.file), "--port", "0", "--no-dashboard")
        while not self.file.exists():
            assert process.poll() is None, (self.folder / "log").read_text()
            time.sleep(0.05)
        return process

    def worker(self, threads: int = 1) -> subprocess.Popen:
        options = ("--scheduler-file", str(self.file), "--nthreads", str(threads), "--no-dashboard")
        return self.start("dask_worker", *options, "--death-timeout", "60")

    def end(self):
        for process in self.processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture
def by_hand(tmp_path):
    found = ByHand(tmp_path)
    yield found
    cluster.disconnect()
    found.end()


@pytest.fixture(scope="module")
def local(tmp_path_factory):
    """Two workers of this machine."""
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = str(TESTS)
    with scheduler.at("local", 2) as address:
        yield address
        cluster.disconnect()
    os.environ.pop("PYTHONPATH") if before is None else os.environ.update(PYTHONPATH=before)


@pytest.fixture
def on_local(local, monkeypatch):
    monkeypatch.setenv("MXE_CLUSTER", local)
    return local


def results(function, jobs, workers=2):
    return [result for _, result in sorted(parallel.run(function, jobs, workers), key=lambda pair: pair[0])]


def test_the_same_bits_as_in_this_process(on_local):
    jobs = [(seed,) for seed in range(6)]
    expected = [blurred_noise(*job) for job in jobs]
    assert all((one == two).all() for one, two in zip(results(blurred_noise, jobs), expected, strict=True))


def test_workers_are_checked_and_told_of(local, tmp_path):
    assert scheduler.check(local, tmp_path).startswith(f"cluster {local}: 2 workers on 1 host, dashboard ")
    assert not list((tmp_path / "cluster").iterdir())


def test_workers_keep_the_memory_that_they_free_and_this_process_its_environment(local):
    """Dask's own setting doubles the time of a training step, in its workers and in whatever starts them."""
    assert "MALLOC_TRIM_THRESHOLD_" not in os.environ
    client = cluster.connected(local)
    assert set(client.run(os.getenv, "MALLOC_TRIM_THRESHOLD_").values()) == {None}


def test_an_error_names_its_job(on_local):
    with pytest.raises(KeyError) as error:
        results(fails, [("clip", 1), ("clip", 2)])
    assert error.value.__notes__[0].startswith("in jobs ")


def test_a_jobs_own_timeout_is_its_error_not_the_clusters(on_local):
    with pytest.raises(TimeoutError, match="disk does not answer") as error:
        results(out_of_time, [("clip", 1), ("clip", 2)])
    assert error.value.__notes__[0].startswith("in jobs ")


def test_a_killed_worker_costs_its_jobs_only(on_local, tmp_path):
    assert results(kill_once, [(number, str(tmp_path)) for number in range(6)]) == list(range(6))


def test_a_job_does_not_start_a_pool_in_its_worker(on_local):
    assert results(nested, [(1,), (5,)]) == [[1, 4], [25, 36]]


def test_one_job_stays_here(on_local):
    assert results(os.getpid, [()]) == [os.getpid()]


def test_a_scheduler_by_hand_killed_and_started_again(by_hand, monkeypatch, capsys):
    first = by_hand.scheduler()
    by_hand.worker()
    monkeypatch.setenv("MXE_CLUSTER", str(by_hand.file))
    found = parallel.run(slow_square, [(number, 0.2) for number in range(12)], 2)
    seen = [next(found)]
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    threading.Timer(2, lambda: (by_hand.scheduler(), by_hand.worker())).start()
    seen += list(found)
    assert sorted(seen) == [(number, number**2) for number in range(12)]
    assert "waiting until it is back" in capsys.readouterr().err


def test_a_first_connection_waits_as_well(by_hand, monkeypatch):
    """A notebook that begins while the scheduler is away."""
    threading.Timer(2, lambda: (by_hand.scheduler(), by_hand.worker())).start()
    monkeypatch.setenv("MXE_CLUSTER", str(by_hand.file))
    assert results(slow_square, [(1, 0), (2, 0)]) == [1, 4]


@pytest.mark.parametrize("name", ["local", "slurm"])
def test_only_the_runner_starts_a_cluster(name, monkeypatch):
    monkeypatch.setenv("MXE_CLUSTER", name)
    with pytest.raises(MxeError, match=f"MXE_CLUSTER={name}: only run_all.py --cluster starts one"):
        results(square, [(1,), (2,)])


def test_a_worker_that_lacks_the_library_is_named(by_hand, tmp_path):
    (tmp_path / "bare").mkdir()
    (tmp_path / "bare" / "sitecustomize.py").write_text("import sys\nsys.modules['mxe_lib'] = None\n")
    by_hand.environment["PYTHONPATH"] = str(tmp_path / "bare")
    by_hand.scheduler()
    by_hand.worker()
    with pytest.raises(MxeError, match=r"the worker tcp://\S+ does not answer"):
        scheduler.check(str(by_hand.file), tmp_path)


def test_encryption_without_certificates_is_told(tmp_path):
    with pytest.raises(MxeError, match="see Dask's settings of security"):
        scheduler.check("tls://127.0.0.1:9", tmp_path)


def test_a_worker_with_threads_is_refused(by_hand, tmp_path):
    by_hand.scheduler()
    by_hand.worker(threads=2)
    with pytest.raises(MxeError, match=r"has 2 threads a worker.*--nthreads 1"):
        scheduler.check(str(by_hand.file), tmp_path)


DIFFERENCES = {
    "library": ({"mxe_lib": "library 0123"}, r"has mxe_lib library \w+ where the run has library 0123"),
    "numpy": ({"numpy": "1.0"}, r"has numpy 2\.\S+ where the run has 1\.0: install the same there"),
    "device": ({"device": "cuda H200 bf16"}, r"has device cpu where the run has cuda H200 bf16"),
    "python": ({"python": "2.7"}, r"has python 3\.\S+ where the run has 2\.7"),
    "package": ({"left-pad": "1"}, r"has left-pad nothing where the run has 1"),
}


@pytest.mark.parametrize("name", DIFFERENCES)
def test_a_host_that_differs_is_named_before_anything_is_computed(local, tmp_path, monkeypatch, name):
    other, message = DIFFERENCES[name]
    mine = cluster.fingerprint() | other
    monkeypatch.setattr(cluster, "fingerprint", lambda: mine)
    with pytest.raises(MxeError, match=message):
        scheduler.check(local, tmp_path)
    monkeypatch.setenv("MXE_CLUSTER", local)
    with pytest.raises(MxeError, match=message):  # a worker that came later
        results(square, [(1,), (2,)])


def test_a_worker_that_does_not_see_the_folder_is_named(local, tmp_path, monkeypatch):
    monkeypatch.setattr(scheduler.store, "write", lambda path, content: None)
    with pytest.raises(MxeError, match="does not see the run's folder"):
        scheduler.check(local, tmp_path)


def test_a_worker_that_does_not_see_the_data_is_named(local, tmp_path):
    with pytest.raises(MxeError, match="does not see the data folder"):
        scheduler.check(local, tmp_path, tmp_path / "data")


REFUSED = {
    "no file": ("no/such.json", "no such file: give local, slurm, an address"),
    "nobody there": ("tcp://127.0.0.1:9", "no scheduler answers"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_wrong_cluster_is_told_in_one_line(tmp_path, name):
    where, message = REFUSED[name]
    with pytest.raises(MxeError, match=message), scheduler.at(where, 2) as address:
        scheduler.check(address, tmp_path)


@pytest.mark.skipif(not one_node_slurm.available(), reason="needs Debian's slurm-wlm and munge")
def test_a_real_slurm_of_one_node(tmp_path, monkeypatch):
    """Dask asks it for workers; one of their jobs is cancelled under the run."""
    settings = {"QUEUE": "all", "CORES": "1", "PROCESSES": "1", "MEMORY": "1GB", "WALLTIME": "00:10:00"}
    with one_node_slurm.slurm(cpus=2) as environment:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("PYTHONPATH", str(TESTS))
        import dask
        import dask_jobqueue  # noqa: F401 (brings the defaults)

        slurm = {name.lower().replace("_", "-"): value for name, value in settings.items()}
        slurm |= {"cores": 1, "processes": 1, "log-directory": str(tmp_path), "local-directory": str(tmp_path)}
        ours = {"jobqueue.slurm": dask.config.get("jobqueue.slurm") | slurm}
        with dask.config.set(ours), scheduler.at("slurm", 2) as where:
            monkeypatch.setenv("MXE_CLUSTER", where)
            assert "1 host" in scheduler.check(where, tmp_path)
            found = parallel.run(slow_square, [(number, 0.5) for number in range(24)], 2)
            seen = [next(found)]
            jobs = subprocess.run(["squeue", "-h", "-o", "%i"], capture_output=True, text=True).stdout.split()
            subprocess.run(["scancel", jobs[0]], check=True)
            seen += list(found)
            cluster.disconnect()
    assert sorted(seen) == [(number, number**2) for number in range(24)]
