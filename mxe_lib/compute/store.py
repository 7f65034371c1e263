"""Files that are there whole or not at all; and kept files, which also show when they were damaged.

Two runs may share a folder: until a file is whole it has a name of its own, made of host, process and random digits.
And what both need is made by one of them, while the other waits: ``making``. A process that is killed leaves such a
name behind, which nobody reads; ``clear`` takes it away, and spares what others are writing at the time.
"""

import contextlib
import fcntl
import hashlib
import io
import os
import secrets
import shutil
import socket
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

OTHERS = 24 * 3600.0
"""Seconds without a change after which a half-written file of another host is believed to be left over."""


def digest(data: bytes | str) -> str:
    """sha256 in hex."""
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).hexdigest()


@contextlib.contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A path to write to, which takes the place of ``path`` when the block ends; nothing is left of one that fails."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}.partial")
    try:
        yield partial
        _note(path)  # first: whoever sees the file must be able to read whose it is
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def _note(path: Path) -> None:
    """Tells the runner, where one listens, what its notebook writes beside the cache."""
    notes = os.environ.get("MXE_NOTES")
    if notes:
        out = Path(os.environ["MXE_OUT"])
        if path.is_relative_to(out) and not path.is_relative_to(out / "cache"):
            with open(notes, "a", encoding="utf-8") as file:
                file.write(f"{path.relative_to(out).as_posix()}\n")


@contextlib.contextmanager
def making(path: Path) -> Iterator[None]:
    """While one process makes a file in such a block, others that want to make the same one wait before theirs.

    Inside, look for the file once more: it may be there now. The right to make it ends with the process that has it,
    however it ends. On a file system without locks nobody waits, and both make it.
    """
    claim = path.with_name(f"{path.name}.making")
    claim.parent.mkdir(parents=True, exist_ok=True)
    while True:
        with open(claim, "ab") as file:
            with contextlib.suppress(OSError):
                fcntl.flock(file, fcntl.LOCK_EX)
            # The one before took the file away when it was done: then this lock is of a file that no one else finds.
            if _same(file.fileno(), claim):
                try:
                    yield
                finally:
                    claim.unlink(missing_ok=True)
                return


def _same(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except OSError:  # taken away, or, on a network file system, stale
        return False


def clear(folder: Path) -> None:
    """Deletes what killed processes left anywhere below a folder: half-written files, and claims to make one.

    Others may be at work there: a file is deleted if its process, or the lock on it, is gone. Processes of other hosts
    can't be asked: their files must be a day old.
    """
    for where, _, names in os.walk(folder, followlinks=True):
        for path in (Path(where, name) for name in names):
            with contextlib.suppress(OSError):  # gone meanwhile, locked, or not ours to delete
                if path.name.endswith(".partial") and _abandoned(path):
                    path.unlink()
                elif path.name.endswith(".making"):
                    with open(path, "r+b") as file:
                        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                        if _same(file.fileno(), path):
                            path.unlink()


def _abandoned(partial: Path) -> bool:
    before, *rest = partial.name.rsplit("-", 2)
    if len(rest) == 2 and rest[0].isdigit() and before.endswith(f".{socket.gethostname()}"):
        try:
            os.kill(int(rest[0]), 0)
        except ProcessLookupError:
            return True
        return False
    return time.time() - partial.stat().st_mtime > OTHERS


def copy(source: Path, path: Path) -> None:
    """A whole copy or nothing."""
    with whole(path) as partial:
        shutil.copyfile(source, partial)


def write(path: Path, content: str | bytes) -> None:
    """A whole file or nothing; text as UTF-8."""
    with whole(path) as partial:
        partial.write_bytes(content.encode() if isinstance(content, str) else content)


def keep(path: Path, content: bytes) -> None:
    """A whole file or nothing, headed by the content's hash, for ``kept``."""
    write(path, digest(content).encode() + b"\n" + content)


def kept(path: Path) -> bytes | None:
    """What ``keep`` wrote; None if it isn't there or was damaged since."""
    try:
        head, _, content = path.read_bytes().partition(b"\n")
    except FileNotFoundError:
        return None
    return content if head == digest(content).encode() else None


def keep_table(path: Path, table: pd.DataFrame) -> None:
    keep(path, table.to_csv(index=False, lineterminator="\n").encode())


def kept_table(path: Path) -> pd.DataFrame | None:
    """What ``keep_table`` wrote, as CSV gives it back; None if it isn't there or was damaged since."""
    content = kept(path)
    return None if content is None else pd.read_csv(io.BytesIO(content))


def keep_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    np.savez(buffer := io.BytesIO(), **arrays)
    keep(path, buffer.getvalue())


def kept_arrays(path: Path) -> dict[str, np.ndarray] | None:
    """What ``keep_arrays`` wrote; None if it isn't there or was damaged since."""
    content = kept(path)
    if content is None:
        return None
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        return dict(arrays)
