"""What the trials of whole runs share: a run beside which something happens, its processes, and its tables."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]


class Trial:
    """A run of the study under a condition, into ``folder/out``; its words go to ``folder/log``.

    Args:
        root: holds ``run_all.py``; a test has a small study of its own.
        again: the folder may be there, and the run goes on from what it holds.
    """

    def __init__(
        self,
        folder: Path,
        options: Sequence[str],
        environment: dict[str, str] | None = None,
        root: Path = ROOT,
        again: bool = False,
    ):
        self.out, self.options, self.root = folder / "out", list(options), root
        self.environment = os.environ | {"MXE_PROGRESS": "0"} | (environment or {})
        folder.mkdir(parents=True, exist_ok=again)
        self.log = (folder / "log").open("ab")
        self.killed = 0
        self.process: subprocess.Popen | None = None
        self.over = threading.Event()

    def start(self, *more: str) -> subprocess.Popen:
        """Starts ``run_all.py``, which is then this trial's ``process``."""
        command = [sys.executable, "run_all.py", "--profile", "smoke", "--out", self.out, *self.options, *more]
        how = dict(cwd=self.root, env=self.environment, stdout=self.log, stderr=subprocess.STDOUT)
        self.process = subprocess.Popen(command, **how)
        return self.process

    def run(self, disturb: Callable[[Trial], None] | None = None) -> None:
        """Runs to the end, while ``disturb`` is called in a thread beside it.

        Raises:
            RuntimeError: if the run fails.
        """
        thread = threading.Thread(target=disturb, args=(self,)) if disturb else None
        self.start()
        if thread:
            thread.start()
        status = self.process.wait()
        self.over.set()
        if thread:
            thread.join()
        if status:
            raise RuntimeError(f"run_all.py ended with {status}: see {self.log.name}")

    def tables(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in sorted((self.out / "results").glob("*.csv"))}


def different(tables: dict[str, bytes], expected: dict[str, bytes]) -> str:
    """The names of those that differ, or are missing, or should not be there."""
    return ", ".join(name for name in sorted(tables.keys() | expected.keys()) if tables.get(name) != expected.get(name))


ROLES = ("runner", "notebook", "kernel", "worker", "server")
"""Of the processes of a run: ``run_all.py``; the one that executes a notebook; its kernel; the kernel's pool, and the
servers from which notebooks' processes and pools are forked."""


def processes(runner: int) -> dict[str, list[psutil.Process]]:
    """Those of a run, by their roles; only those with a process for ``runner`` are found."""
    found: dict[str, list[psutil.Process]] = {role: [] for role in ROLES}
    waiting = [(runner, "runner")]
    while waiting:
        pid, role = waiting.pop()
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(pid)
            if process.status() == psutil.STATUS_ZOMBIE:
                continue
            found[role].append(process)
            for child in process.children():
                with contextlib.suppress(psutil.Error):
                    if next_role := _role(role, process, " ".join(child.cmdline())):
                        waiting.append((child.pid, next_role))
    return found


def _role(above: str, parent: psutil.Process, command: str) -> str | None:
    if above in ("runner", "kernel") and "multiprocessing.forkserver" in command:
        return "server"
    if above in ("runner", "kernel") and "multiprocessing.spawn" in command:  # there are no servers on a Mac
        return "notebook" if above == "runner" else "worker"
    if above == "server":
        return "worker" if "ipykernel_launcher" in " ".join(parent.parent().cmdline()) else "notebook"
    return "kernel" if above == "notebook" and "ipykernel_launcher" in command else None
