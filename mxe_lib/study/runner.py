"""Executes one notebook with papermill, and believes only what it can verify.

Papermill alone is too trusting for a study that must be resumable: when a kernel dies it marks every cell as completed,
it writes machine paths and times into the notebook, and it leaves a half-executed file under the final name. So the
work goes on in ``<name>.partial.ipynb``, every code cell's execution count is checked, the traces are removed, and only
then is the file renamed.
"""

import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path

# jsonschema, which validates notebooks, would spend 2 s on a grammar for addresses in other scripts.
sys.modules.setdefault("rfc3987_syntax", None)

import papermill  # noqa: E402
from jupyter_client.kernelspec import NoSuchKernel  # noqa: E402
from jupyter_client.manager import AsyncKernelManager  # noqa: E402
from nbclient.exceptions import CellTimeoutError, DeadKernelError  # noqa: E402

from mxe_lib.errors import CellFailed  # noqa: E402
from mxe_lib.study.lock import end_group, shown  # noqa: E402

MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(32 << 20), "MALLOC_TRIM_THRESHOLD_": str(256 << 20)}
"""For a kernel and its workers, where the C library is glibc: freed memory is kept for the next training step. Else
each step gives its pictures' memory back to the system and fetches it again page by page, which takes a tenth to a
quarter of its time. It changes no number, and a user's own setting stays."""


def execute(
    notebook: Path,
    folder: Path,
    environment: dict[str, str],
    cell_timeout: int = 0,
    on_kernel: Callable[[int | None], None] = lambda group: None,
    on_cell: Callable[[int], None] = lambda number: None,
) -> Path:
    """Executes a notebook into ``folder`` under its own name.

    Args:
        notebook: is only read.
        folder: for the executed notebook; while at work it holds ``<name>.partial.ipynb``.
        environment: variables for the kernel; must hold ``MXE_OUT``.
        cell_timeout: seconds that a cell may take; 0 = no limit.
        on_kernel: is called with the kernel's process group when it has started, and with None when it has ended.
        on_cell: is called with each code cell's number, from 1, when it starts.

    Returns:
        The executed notebook.

    Raises:
        CellFailed: if a cell raises, takes too long, or the kernel dies.
    """
    out, group = Path(environment["MXE_OUT"]), None
    log_file = out / "cache" / "kernels" / f"{notebook.stem}.log"
    os.environ |= environment | {
        "JUPYTER_PREFER_ENV_PATH": "1",  # this environment's kernel, not one of the same name in the user's home
        "IPYTHONDIR": str(out / "cache" / "ipython"),  # no start-up files, no history
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # or the debugger's warning lands in the output
    }
    os.environ.pop("MPLBACKEND", None)  # the kernel draws inline

    logging.getLogger("papermill").setLevel(logging.CRITICAL)  # what it would log, CellFailed says

    class Kernel(AsyncKernelManager):
        """Tells its process group, which holds the kernel's worker processes too."""

        async def start_kernel(self, **options: object) -> None:
            nonlocal group
            options["env"] = MEMORY | dict(options.get("env") or os.environ)
            with log_file.open("wb") as log:
                await super().start_kernel(**options, stderr=log)
            group = self.provisioner.pid
            on_kernel(group)

    for needed in (folder, log_file.parent):
        needed.mkdir(parents=True, exist_ok=True)
    final, partial = folder / notebook.name, folder / f"{notebook.stem}.partial.ipynb"
    final.unlink(missing_ok=True)
    number, source = 0, ""

    def cell_starts(cell: dict, cell_index: int) -> None:
        nonlocal number, source
        number, source = number + 1, cell["source"]
        on_cell(number)

    def failed(cause: str) -> CellFailed:
        cause = " ".join(cause.split("\n")[-1].split()) if cause.strip() else "no message"
        where = _where(number, source) if number else "before its first cell"
        return CellFailed(f"{notebook.stem}, {where}: {cause} (see {shown(partial)})")

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
            on_cell_execute=cell_starts,
            record_timing=False,
            extra_arguments=["--log-level=ERROR"],
        )
    except papermill.PapermillExecutionError as error:
        cause = error.evalue if error.ename == "MxeError" else f"{error.ename}: {error.evalue}"
        if error.ename == "KeyboardInterrupt":
            cause = "interrupted: start run_all.py again, and it goes on from the cache"
        raise failed(cause) from None
    except DeadKernelError:
        cause = "the kernel died (killed, or out of memory): start run_all.py again, and it goes on from the cache"
        raise failed(cause) from None
    except CellTimeoutError:
        cause = f"took longer than {cell_timeout} s: allow more with --cell-timeout, or 0 for no limit"
        raise failed(cause) from None
    except (NoSuchKernel, RuntimeError) as error:  # DeadKernelError is a RuntimeError too, and stands above
        cause = f"the kernel did not start ({error}): see {shown(log_file)}"
        raise failed(cause) from None
    finally:
        if group is not None:
            end_group(group, out)
            on_kernel(None)
    verify(executed, notebook)
    strip(executed)
    papermill.iorw.write_ipynb(executed, str(partial))
    os.replace(partial, final)
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
    """Removes what papermill and the kernel wrote about themselves, this machine and this hour, and living widgets."""
    executed["metadata"].pop("papermill", None)
    # Without their kernel widgets are an error message in the place of the still picture beside them, and have names
    # that no two runs share.
    executed["metadata"].pop("widgets", None)
    for cell in executed["cells"]:
        for output in cell.get("outputs", []):
            output.get("data", {}).pop("application/vnd.jupyter.widget-view+json", None)
        for key in ("papermill", "execution"):
            cell["metadata"].pop(key, None)
        if not cell["metadata"].get("tags", True):
            del cell["metadata"]["tags"]


def _where(number: int, source: str) -> str:
    """``code cell 3 (`scores = cross_validate(`)``: its number, and its first line that says something."""
    lines = [line.strip() for line in source.splitlines()]
    first = next((line for line in lines if line and not line.startswith("#")), "")
    return f"code cell {number} (`{first if len(first) <= 60 else first[:59] + '…'}`)"
