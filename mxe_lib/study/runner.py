"""Executes one notebook with papermill, and believes only what it can verify.

Papermill alone is too trusting for a study that must be resumable: when a kernel dies it marks every cell as completed,
it writes machine paths and times into the notebook, and it leaves a half-executed file under the final name. So the
work goes on in ``<name>.partial.ipynb``, every code cell's execution count is checked, the traces are removed, and only
then is the file renamed.
"""

import logging
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from mxe_lib.study import stamps


class CellFailed(Exception):
    """A notebook did not run to its end; the one-line message names notebook, cell and cause."""


def execute(
    notebook: Path,
    folder: Path,
    environment: dict[str, str],
    cell_timeout: int = 0,
    on_kernel: Callable[[int | None], None] = lambda group: None,
) -> Path:
    """Executes a notebook into ``folder`` under its own name.

    Args:
        notebook: is only read.
        folder: for the executed notebook; while at work it holds ``<name>.partial.ipynb``.
        environment: variables for the kernel; must hold ``MXE_OUT``.
        cell_timeout: seconds that a cell may take; 0 = no limit.
        on_kernel: is called with the kernel's process group when it has started, and with None when it has ended.

    Returns:
        The executed notebook.

    Raises:
        CellFailed: if a cell raises, takes too long, or the kernel dies.
    """
    out, group = Path(environment["MXE_OUT"]), None
    os.environ |= environment | {
        "JUPYTER_PREFER_ENV_PATH": "1",  # this environment's kernel, not one of the same name in the user's home
        "IPYTHONDIR": str(out / "cache" / "ipython"),  # no start-up files, no history
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # or the debugger's warning lands in the output
    }
    os.environ.pop("MPLBACKEND", None)  # the kernel draws inline

    # jsonschema, which validates notebooks, would spend 2 s on a grammar for addresses in other scripts.
    sys.modules.setdefault("rfc3987_syntax", None)
    import papermill
    from jupyter_client.kernelspec import NoSuchKernel
    from jupyter_client.manager import AsyncKernelManager
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    logging.getLogger("papermill").setLevel(logging.CRITICAL)  # what it would log, CellFailed says

    class Kernel(AsyncKernelManager):
        """Tells its process group, which holds the kernel's worker processes too."""

        async def start_kernel(self, **options: object) -> None:
            nonlocal group
            with (out / "cache" / "kernel.log").open("wb") as log:
                await super().start_kernel(**options, stderr=log)
            group = self.provisioner.pid
            on_kernel(group)

    for needed in (folder, out / "cache"):
        needed.mkdir(parents=True, exist_ok=True)
    final, partial = folder / notebook.name, folder / f"{notebook.stem}.partial.ipynb"
    final.unlink(missing_ok=True)
    progress = Progress(notebook)
    try:
        executed = papermill.execute_notebook(
            notebook,
            partial,
            kernel_name="python3",
            cwd=notebook.parent,
            progress_bar=False,
            start_timeout=120,
            execution_timeout=cell_timeout or None,
            kernel_manager_class=Kernel,
            on_cell_execute=progress.cell,
            record_timing=False,
            extra_arguments=["--log-level=ERROR"],
        )
    except papermill.PapermillExecutionError as error:
        cause = error.evalue if error.ename == "MxeError" else f"{error.ename}: {error.evalue}"
        raise CellFailed(progress.failed(cause, partial)) from None
    except DeadKernelError:
        cause = "the kernel died (killed, or out of memory): start run_all.py again, and it goes on from the cache"
        raise CellFailed(progress.failed(cause, partial)) from None
    except CellTimeoutError:
        cause = f"took longer than {cell_timeout} s: allow more with --cell-timeout, or 0 for no limit"
        raise CellFailed(progress.failed(cause, partial)) from None
    except (NoSuchKernel, RuntimeError) as error:  # DeadKernelError is a RuntimeError too, and stands above
        cause = f"the kernel did not start ({error}): see {stamps.shown(out / 'cache' / 'kernel.log')}"
        raise CellFailed(progress.failed(cause, partial)) from None
    except BaseException:
        progress.end("stopped")
        raise
    finally:
        if group is not None:
            stamps.end_group(group, out)
            on_kernel(None)
    verify(executed, notebook)
    strip(executed)
    papermill.iorw.write_ipynb(executed, str(partial))
    os.replace(partial, final)
    progress.end("done")
    return final


def verify(executed: dict, notebook: Path) -> None:
    """Raises:
    CellFailed: unless every code cell ran, once, in order, without an error.
    """
    cells = [cell for cell in executed["cells"] if cell["cell_type"] == "code" and cell["source"].strip()]
    for number, cell in enumerate(cells, start=1):
        errors = [output for output in cell["outputs"] if output["output_type"] == "error"]
        expected_error = "raises-exception" in cell["metadata"].get("tags", [])
        if cell["execution_count"] != number or (errors and not expected_error):
            raise CellFailed(f"{notebook.stem}, {_where(number, cell['source'])}: did not run: start run_all.py again")


def strip(executed: dict) -> None:
    """Removes what papermill and the kernel wrote about themselves, this machine and this hour."""
    executed["metadata"].pop("papermill", None)
    for cell in executed["cells"]:
        for key in ("papermill", "execution"):
            cell["metadata"].pop(key, None)
        if not cell["metadata"].get("tags", True):
            del cell["metadata"]["tags"]


def _where(number: int, source: str) -> str:
    """``code cell 3 (`scores = cross_validate(`)``: its number, and its first line that says something."""
    lines = [line.strip() for line in source.splitlines()]
    first = next((line for line in lines if line and not line.startswith("#")), "")
    return f"code cell {number} (`{first if len(first) <= 60 else first[:59] + '…'}`)"


class Progress:
    """One line a notebook: with a running cell counter on a terminal, else a line at its start and one at its end."""

    def __init__(self, notebook: Path):
        cells = stamps.notebook_cells(notebook)
        self.name = notebook.stem
        self.total = sum(cell["cell_type"] == "code" and bool(cell["source"].strip()) for cell in cells)
        self.number, self.source = 0, ""
        self.started = time.monotonic()
        self.terminal = sys.stdout.isatty()
        self._show(f"0/{self.total} cells" if self.terminal else f"{self.total} cells …")

    def cell(self, cell: dict, cell_index: int) -> None:
        """Counts a cell that starts."""
        self.number, self.source = self.number + 1, cell["source"]
        if self.terminal:
            self._show(f"cell {self.number}/{self.total}, {time.monotonic() - self.started:.0f} s")

    def end(self, how: str) -> None:
        self._show(f"{how} in {time.monotonic() - self.started:.1f} s")
        if self.terminal:
            print(flush=True)

    def failed(self, cause: str, partial: Path) -> str:
        """Ends the line; returns the message."""
        self.end("failed")
        cause = " ".join(cause.split("\n")[-1].split()) if cause.strip() else "no message"
        where = _where(self.number, self.source) if self.number else "before its first cell"
        return f"{self.name}, {where}: {cause} (see {stamps.shown(partial)})"

    def _show(self, text: str) -> None:
        if self.terminal:
            print(f"\r{self.name:<26} {text:<40}", end="", flush=True)
        else:
            print(f"{self.name:<26} {text}", flush=True)
