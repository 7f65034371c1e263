"""Files that are there whole or not at all, and that show when they were damaged."""

from __future__ import annotations

import hashlib
import io
import os
from pathlib import Path

import pandas as pd


def digest(data: bytes | str) -> str:
    """sha256 in hex."""
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).hexdigest()


def write_text(path: Path, text: str) -> None:
    """Writes a whole file or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    partial.write_text(text, encoding="utf-8", newline="\n")
    os.replace(partial, path)


def write(path: Path, content: bytes) -> None:
    """Whole or not at all, headed by the content's hash."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    partial.write_bytes(hashlib.sha256(content).hexdigest().encode() + b"\n" + content)
    os.replace(partial, path)


def read(path: Path) -> bytes | None:
    """What ``write`` wrote; None if it isn't there or was damaged since."""
    try:
        head, _, content = path.read_bytes().partition(b"\n")
    except FileNotFoundError:
        return None
    return content if head == hashlib.sha256(content).hexdigest().encode() else None


def read_table(path: Path) -> pd.DataFrame | None:
    content = read(path)
    return None if content is None else pd.read_csv(io.BytesIO(content))


WEIGHTS = Path(__file__).parents[1] / "weights"
