"""A SLURM of one node on this machine, to try what a cluster does.

Needs Debian's packages slurm-wlm and munge. Everything it writes lies in a folder of its own, and its daemons end with
the script:

    python benchmarks/one_node_slurm.py -- sinfo
    python benchmarks/one_node_slurm.py --cpus 4 -- python run_all.py --profile smoke --cluster slurm
"""

from __future__ import annotations

import argparse
import contextlib
import getpass
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

NEEDED = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "sinfo")

CONFIGURATION = """
ClusterName=one
SlurmctldHost={host}(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
ReturnToService=2
MpiDefault=none
KillWait=2
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory={memory} State=UNKNOWN
PartitionName=all Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


def available() -> bool:
    """Whether the packages are here and this user may start them."""
    return os.name == "posix" and all(shutil.which(name, path=_path()) for name in NEEDED)


@contextlib.contextmanager
def slurm(cpus: int = 2) -> Iterator[dict[str, str]]:
    """Starts the daemons, and ends them; gives the environment variables with which SLURM's commands find them.

    Args:
        cpus: how many jobs of one CPU run at once; the machine need not have as many.
    """
    folder = Path(tempfile.mkdtemp(prefix="slurm-"))
    folder.chmod(0o755)
    environment = os.environ | {"PATH": _path(), "SLURM_CONF": str(folder / "slurm.conf")}
    host, memory = socket.gethostname().partition(".")[0], _megabytes()
    for name in ("state", "spool"):
        (folder / name).mkdir()
    key = folder / "munge.key"
    key.write_bytes(secrets.token_bytes(128))
    key.chmod(0o400)
    (folder / "slurm.conf").write_text(
        CONFIGURATION.format(
            host=host, user=getpass.getuser(), folder=folder, ports=_free_ports(2), cpus=cpus, memory=memory
        )
    )
    munge = ["munged", "--foreground", "--force", f"--key-file={key}", f"--socket={folder}/munge.socket"]
    munge += [f"--pid-file={folder}/munged.pid", f"--log-file={folder}/munged.log", f"--seed-file={folder}/munged.seed"]
    started: list[subprocess.Popen] = []
    try:
        for command in (munge, ["slurmctld", "-D", "-c"], ["slurmd", "-D", "-N", host]):
            with (folder / f"{command[0]}.output").open("wb") as output:
                started.append(subprocess.Popen(command, env=environment, stdout=output, stderr=output))
            time.sleep(1)
        _wait_until_idle(environment, folder)
        yield environment
    finally:
        with contextlib.suppress(Exception):
            subprocess.run(["scancel", "--user", getpass.getuser()], env=environment, timeout=10)
            time.sleep(3)
        for process in reversed(started):
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
            process.kill()
        shutil.rmtree(folder, ignore_errors=True)


def _wait_until_idle(environment: dict[str, str], folder: Path) -> None:
    for _ in range(60):
        found = subprocess.run(["sinfo", "-h", "-o", "%T"], env=environment, capture_output=True, text=True)
        if found.stdout.strip() == "idle":
            return
        time.sleep(0.5)
    logs = "\n".join(path.read_text(errors="replace")[-2000:] for path in sorted(folder.glob("*.log")))
    raise RuntimeError(f"SLURM did not come up: sinfo says {found.stdout.strip() or found.stderr.strip()}\n{logs}")


def _path() -> str:
    return os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])


def _megabytes() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20 - 512


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command beside the daemons; returns its exit status."""
    parser = argparse.ArgumentParser(description="Run a command beside a SLURM of one node.")
    parser.add_argument("--cpus", type=int, default=os.cpu_count() or 1)
    parser.add_argument("command", nargs="+")
    options = parser.parse_args(arguments)
    if not available():
        print("one_node_slurm: install slurm-wlm and munge (Debian, Ubuntu) first", file=sys.stderr)
        return 2
    with slurm(options.cpus) as environment:
        return subprocess.run(options.command, env=environment).returncode


if __name__ == "__main__":
    sys.exit(main())
