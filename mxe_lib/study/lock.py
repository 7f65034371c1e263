"""Who is at work in a folder: one run at a time, and an end to what a killed one left running."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
from pathlib import Path

from mxe_lib.errors import MxeError


def shown(path: Path) -> str:
    """A path as a message shows it: short where it lies below the current folder."""
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)


class Lock:
    """One run at a time in a folder: a lock that ends with its process, however it ends.

    The file also holds the process groups of the kernels at work, so that the next run can end a kernel (and its worker
    processes) that outlived a killed run and would write beside it. A cache that two folders have by a link is one
    place: one run at a time.

    Raises:
        MxeError: on entering, if another process holds the lock.
    """

    def __init__(self, out: Path):
        self.out = out
        self.path = out / "cache" / "run.lock"

    def __enter__(self) -> Lock:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if self.path.exists() and not self.path.is_file():  # a pipe would be waited for
                raise FileExistsError(17, "it is no file")
            self.file = open(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o666), "r+b")
        except OSError as error:
            raise MxeError(
                f"{shown(self.path)}: cannot be opened ({error.strerror}): make room for it, or choose another --out"
            ) from None
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = self._read().get("process", "unknown")
            self.file.close()
            if error.errno in (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP):
                what = f"files can't be locked there ({error.strerror}): choose another --out"
            else:
                what = f"process {holder} is at work there: wait for it, or choose another --out"
            raise MxeError(f"{shown(self.out)}: {what}") from None
        before = self._read()
        for left_over in before.get("kernels", ()):
            end_group(left_over, Path(before.get("out", self.out)))
        self.note(kernels=[])
        return self

    def note(self, kernels: list[int]) -> None:
        """Keeps the kernels' process groups, as the file's first line.

        In one piece, and before the rest is cut off: a run that is killed here must not forget its kernels.
        """
        line = json.dumps({"process": os.getpid(), "out": str(self.out), "kernels": kernels}).encode() + b"\n"
        os.pwrite(self.file.fileno(), line, 0)
        os.ftruncate(self.file.fileno(), len(line))

    def _read(self) -> dict:
        try:
            found = dict(json.loads(os.pread(self.file.fileno(), 1 << 16, 0).partition(b"\n")[0]))
        except (OSError, ValueError, TypeError):
            return {}
        return found if isinstance(found.get("kernels", []), list) else {}

    def __exit__(self, *_: object) -> None:
        self.file.close()


def end_group(group: int, out: Path) -> None:
    """Ends what is left of a kernel's process group. A group of the same number that isn't ours is left alone.

    Multiprocessing's own tracker ends by itself when the others are gone, after it gave back their semaphores.
    """
    import psutil

    ours = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if os.getpgid(process.pid) == group and process.environ().get("MXE_OUT") == str(out):
                if "multiprocessing.resource_tracker" not in " ".join(process.cmdline()):
                    process.kill()
                ours.append(process)
    for process in psutil.wait_procs(ours, timeout=10)[1]:
        with contextlib.suppress(psutil.Error):
            process.kill()
