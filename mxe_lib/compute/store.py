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
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from mxe_lib.errors import MxeError

OTHERS = 24 * 3600.0
"""Seconds without a change after which a half-written file of another host is believed to be left over."""


def digest(data: bytes | str) -> str:
    """sha256 in hex."""
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).hexdigest()


@contextlib.contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A path to write to, which takes the place of ``path`` when the block ends; nothing is left of one that fails.

    Raises:
        MxeError: if the disk is full, or nobody may write there, or something is in the way.
    """
    partial = path.with_name(f"{path.name}.{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield partial
        _note(path)  # first: whoever sees the file must be able to read whose it is
        os.replace(partial, path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise MxeError(f"{path}: cannot write there ({reason}): make room for it, or name another folder") from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink()


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
    however it ends. On a file system without locks nobody waits, and both make it; so it is where no claim can be laid.
    """
    claim = path.with_name(f"{path.name}.making")
    while True:
        file = _claimed(claim)
        if file is None:
            yield
            return
        with file:
            with contextlib.suppress(OSError):
                fcntl.flock(file, fcntl.LOCK_EX)
            # The one before took the file away when it was done: then this lock is of a file that no one else finds.
            if _same(file.fileno(), claim):
                try:
                    yield
                finally:
                    claim.unlink(missing_ok=True)
                return


def _claimed(claim: Path) -> io.BufferedWriter | None:
    """The file, open; None where there can be none: writing the file itself will say why."""
    try:
        claim.parent.mkdir(parents=True, exist_ok=True)
        # Reading and writing at once: a pipe that is only written to would be waited for.
        return os.fdopen(os.open(claim, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o666), "ab")
    except OSError:
        return None


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
    """A whole file or nothing, headed by the content's hash and the file's name, for ``kept``."""
    write(path, f"{digest(content)}  {path.name}\n".encode() + content)


def kept(path: Path) -> bytes | None:
    """What ``keep`` wrote under this name; None if it isn't there, or was damaged or swapped with another since."""
    name, content = _read(path)
    return content if name == path.name.encode() else None


def content_of(path: Path) -> bytes | None:
    """What ``keep`` wrote, whatever the file is called now; None if it isn't there or was damaged since."""
    return _read(path)[1]


def _read(path: Path) -> tuple[bytes, bytes | None]:
    """Name and content; no content where the file is damaged, or none that can be read: a pipe would be waited for."""
    try:
        head, _, content = path.read_bytes().partition(b"\n") if path.is_file() else (b"", b"", b"")
    except OSError:
        return b"", None
    # The first shipped weights were written without a name.
    hashed, _, name = head.partition(b"  ")
    return name, content if hashed == digest(content).encode() else None


def keep_table(path: Path, table: pd.DataFrame) -> None:
    keep(path, table.to_csv(index=False, lineterminator="\n").encode())


def kept_table(path: Path) -> pd.DataFrame | None:
    """What ``keep_table`` wrote, as CSV gives it back; None if it isn't there or was damaged since."""
    content = kept(path)
    try:
        return None if content is None else pd.read_csv(io.BytesIO(content))
    except ValueError:  # whole, and no table: another program wrote it
        return None


def keep_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    np.savez(buffer := io.BytesIO(), **arrays)
    keep(path, buffer.getvalue())


def kept_arrays(path: Path) -> dict[str, np.ndarray] | None:
    """What ``keep_arrays`` wrote; None if it isn't there or was damaged since."""
    content = kept(path)
    if content is None:
        return None
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            return dict(arrays)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile):  # whole, and no arrays: another program wrote it
        return None
