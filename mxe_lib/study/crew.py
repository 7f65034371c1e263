"""Executes notebooks beside each other, each in a process of its own, and shows how far they are.

A good part of its time a notebook has work for one core: a kernel starts, a figure is drawn, the last fold ends.
Another one beside it uses the other cores then. What both need is made once (``store.making``).
"""

from __future__ import annotations

import functools
import multiprocessing
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection, wait
from pathlib import Path

from mxe_lib.compute.pool import script_hidden
from mxe_lib.errors import CellFailed
from mxe_lib.study import stamps
from mxe_lib.study.lock import Lock, end_group


def waits_for(notebook: Path, earlier: Sequence[Path]) -> list[Path]:
    """Those of the notebooks before it that must be done when it starts.

    A notebook that says nothing of ``reads`` in its metadata may read and write anything: it waits for all, and all
    wait for it.
    """
    mine = stamps.metadata(notebook)
    if "reads" not in mine:
        return list(earlier)
    wanted, found = set(mine["reads"]), []
    for other in earlier:
        theirs = stamps.metadata(other)
        if "reads" not in theirs or wanted & {"*", *theirs.get("experiments", wanted)}:
            found.append(other)
    return found


class Crew:
    """The notebooks at work.

    Args:
        lock: is told which kernels run.
    """

    def __init__(self, lock: Lock):
        self.lock = lock
        self.at_work: dict[Connection, _Work] = {}
        self.board = Board()
        # Papermill is imported once, by a server without threads from which the processes are forked.
        self.context = multiprocessing.get_context("spawn" if sys.platform == "darwin" else "forkserver")
        if sys.platform != "darwin":
            self.context.set_forkserver_preload(["mxe_lib.study.runner"])

    def __enter__(self) -> Crew:
        return self

    def __len__(self) -> int:
        return len(self.at_work)

    def __contains__(self, notebook: Path) -> bool:
        return any(work.notebook == notebook for work in self.at_work.values())

    def say(self, notebook: Path, text: str) -> None:
        """Shows a line about a notebook."""
        self.board.line(notebook, text)

    def start(self, notebook: Path, folder: Path, environment: dict[str, str], cell_timeout: int) -> None:
        """Begins to execute a notebook; the arguments are those of ``runner.execute``.

        Raises:
            CellFailed: if no process can be started for it.
        """
        here, there = self.context.Pipe()
        process = self.context.Process(
            target=_execute, args=(notebook, folder, environment, cell_timeout, there), name=notebook.stem, daemon=True
        )
        try:
            with script_hidden():
                process.start()
        except (EOFError, OSError) as error:  # the server was killed meanwhile, or there are too many processes
            cause = " ".join(str(error).split()) or type(error).__name__
            raise CellFailed(f"{notebook.stem}: no process for it ({cause}): start run_all.py again") from None
        there.close()
        self.at_work[here] = _Work(notebook, process)
        self.board.begin(notebook)

    def next_done(self) -> Path:
        """Waits until one of the notebooks is done, and returns it.

        Raises:
            CellFailed: if one does not run to its end.
        """
        while True:
            for pipe in wait(list(self.at_work), timeout=self.board.pause):
                work = self.at_work[pipe]
                try:
                    what, value = pipe.recv()
                except (EOFError, OSError):
                    what, value = "failed", f"{work.notebook.stem}: its process ended: start run_all.py again"
                if what == "kernel":
                    work.group = value
                    self.lock.note([each.group for each in self.at_work.values() if each.group is not None])
                elif what == "cell":
                    self.board.cell(work.notebook, value)
                else:
                    del self.at_work[pipe]
                    if work.group is not None:  # its process was killed, and the kernel was not
                        end_group(work.group, self.lock.out)
                    self.board.end(work.notebook, what)
                    work.process.join()
                    if what == "done":
                        return work.notebook
                    raise CellFailed(value)
            self.board.show()

    def __exit__(self, *_: object) -> None:
        for work in self.at_work.values():
            if work.group is not None:
                end_group(work.group, self.lock.out)
            work.process.terminate()
            self.board.end(work.notebook, "stopped")
        for work in self.at_work.values():
            work.process.join(10)
            work.process.kill()
        self.at_work.clear()
        self.lock.note([])


class _Work:
    def __init__(self, notebook: Path, process: multiprocessing.process.BaseProcess):
        self.notebook, self.process = notebook, process
        self.group: int | None = None


def _execute(notebook: Path, folder: Path, environment: dict[str, str], cell_timeout: int, pipe: Connection) -> None:
    """Runs in a process of its own, and sends ``("kernel", group)``, ``("cell", number)``, and how it ended."""
    from mxe_lib.study import runner

    # Ctrl-C reaches this process as well; its parent, who gets it too, decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _stop)
    group = None

    def end() -> None:
        if group is not None:
            end_group(group, Path(environment["MXE_OUT"]))
        os._exit(1)

    def end_with_parent() -> None:
        wait([multiprocessing.parent_process().sentinel])
        end()

    def tell(*message: object) -> None:
        try:
            pipe.send(message)
        except OSError:  # nobody listens: the run was killed, and the other thread is about to notice
            end()

    def on_kernel(started: int | None) -> None:
        nonlocal group
        group = started
        tell("kernel", started)

    threading.Thread(target=end_with_parent, daemon=True).start()
    try:
        runner.execute(notebook, folder, environment, cell_timeout, on_kernel, functools.partial(tell, "cell"))
        tell("done", "")
    except CellFailed as error:
        tell("failed", str(error))
    except Exception as error:  # a full disk, a folder that nobody may write to
        tell("failed", f"{notebook.stem}: {type(error).__name__}: {error}")


def _stop(*_: object) -> None:
    raise SystemExit(1)


class Board:
    """A line for each notebook that begins and ends; on a terminal, below them, a line with how far each one is."""

    def __init__(self) -> None:
        self.terminal = sys.stdout.isatty()
        self.pause = 1.0 if self.terminal else None
        self.started: dict[str, float] = {}
        self.cells: dict[str, str] = {}

    def begin(self, notebook: Path) -> None:
        cells = stamps.notebook_cells(notebook)
        total = sum(cell["cell_type"] == "code" and bool(cell["source"].strip()) for cell in cells)
        self.started[notebook.stem], self.cells[notebook.stem] = time.monotonic(), f"0/{total}"
        if not self.terminal:
            self.line(notebook, f"{total} cells …")

    def cell(self, notebook: Path, number: int) -> None:
        self.cells[notebook.stem] = f"{number}/{self.cells[notebook.stem].partition('/')[2]}"

    def end(self, notebook: Path, how: str) -> None:
        self.cells.pop(notebook.stem)
        self.line(notebook, f"{how} in {time.monotonic() - self.started[notebook.stem]:.1f} s")

    def line(self, notebook: Path, text: str) -> None:
        """One that stays."""
        print(f"{self._cleared()}{notebook.stem:<26} {text}", flush=True)

    def show(self) -> None:
        if self.terminal:
            now = time.monotonic()
            parts = [f"{name} cell {cell}, {now - self.started[name]:.0f} s" for name, cell in self.cells.items()]
            width = shutil.get_terminal_size().columns - 1
            print(f"{self._cleared()}{'   '.join(parts)[:width]}", end="", flush=True)

    def _cleared(self) -> str:
        return "\r\x1b[2K" if self.terminal else ""
