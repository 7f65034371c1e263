"""What became of a broken input: it was read right, told, refused, or there is a fault.

RIGHT: the result is that of the unbroken input, or what the broken one truly says. TOLD: it is another one, and a line
says what was done. REFUSED: one line says which file. FAULT: everything else.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import re
import stat
import sys
import tempfile
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Protocol

from mxe_lib.__main__ import main
from mxe_lib.errors import MxeError

RIGHT, TOLD, REFUSED, FAULT = "RIGHT", "TOLD", "REFUSED", "FAULT"
FORBIDDEN = re.compile(r"(?!.*\.(xlsx|csv)\b).*\b(remove|delete)\b", re.IGNORECASE)
"""No message advises to delete a frame or a clip; a row of a list may be taken out."""


@dataclass
class Change:
    """What was done to an input.

    Attributes:
        what: for a reader.
        names: a line that holds one of them (letters in any case) is about this change.
        truth: what the broken input truly says, as its ``Input`` understands it; None = the same as before.
        written: new files that may appear.
    """

    what: str
    names: tuple[str, ...]
    truth: Any = None
    written: tuple[str, ...] = ()


@dataclass
class Seen:
    """What the library made of an input: a result, lines beside it, and errors by the part that was refused."""

    result: Any
    told: set[str] = field(default_factory=set)
    refused: dict[str, str] = field(default_factory=dict)


class Input(Protocol):
    """A kind of input. What it writes goes into its ``scratch`` folders; nothing else may change."""

    name: str
    breaks: Mapping[str, Callable[[Path, Random], Change]]
    scratch: tuple[str, ...]

    def build(self, folder: Path) -> None:
        """Writes a correct one into an empty folder."""

    def observe(self, folder: Path) -> Seen:
        """Reads it as a user would."""

    def wrong(self, before: Seen, seen: Seen, change: Change) -> str:
        """What is not as it should be in the result; '' if nothing is."""


def judge(kind: Input, folder: Path, change: Change, before: Seen) -> tuple[str, str]:
    """The outcome and why."""
    files, errors, seen = listing(folder, kind.scratch), {}, None
    try:
        seen = kind.observe(folder)
        errors = seen.refused
    except MxeError as error:
        errors = {"": str(error)}
    except Exception as error:
        return FAULT, f"traceback: {_last_line(error)}"
    after = listing(folder, kind.scratch)
    for name in set(change.written) - set(files):
        after.pop(name, None)
    if lost := changed(files, after):
        return FAULT, f"lost: {lost}"
    for text in errors.values():
        if fault := bad_refusal(text, change):
            return FAULT, fault
    if seen is None:
        return REFUSED, errors[""]
    wrong, new = kind.wrong(before, seen, change), sorted(seen.told - before.told)
    for text in new:
        if FORBIDDEN.match(text):
            return FAULT, f"advises to delete: {text}"
    named = [text for text in new if _names(text, change)]
    if wrong:
        return (TOLD, named[0]) if named else (FAULT, f"silent: {wrong}")
    if errors:
        return REFUSED, next(iter(errors.values()))
    return (TOLD, named[0]) if named else (RIGHT, "")


def bad_refusal(text: str, change: Change) -> str:
    """What is bad about an error's words; '' if nothing is."""
    if "\n" in text.strip():
        return f"refused in several lines: {text!r}"
    if not _names(text, change):
        return f"refused, not named: {text}"
    return f"advises to delete: {text}" if FORBIDDEN.match(text) else ""


def listing(folder: Path, scratch: tuple[str, ...]) -> dict[str, str]:
    """What lies in a folder beside its scratch folders, and what it holds. Pipes are not opened."""
    found = {}
    for place, folders, names in os.walk(folder):
        for name in [*folders, *names]:
            path = Path(place, name)
            shown, mode = path.relative_to(folder).as_posix(), path.lstat().st_mode
            if shown.split("/")[0] in scratch:
                continue
            content = str(stat.S_IFMT(mode))
            if stat.S_ISLNK(mode):
                content = f"link to {os.readlink(path)}"
            elif stat.S_ISREG(mode):
                content = hashlib.sha256(path.read_bytes()).hexdigest()
            found[shown] = content
    return found


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """The first file that is not as it was; new ones count too."""
    odd = [name for name in sorted({*before, *after}) if before.get(name) != after.get(name)]
    how = {(True, True): "changed", (True, False): "gone", (False, True): "appeared"}
    return f"{odd[0]} {how[odd[0] in before, odd[0] in after]}" if odd else ""


def command(*arguments: str | Path) -> tuple[int, list[str]]:
    """Exit status of ``mxe`` and the lines it printed.

    Raises:
        MxeError: with the line on stderr, if the status is 2.
        AssertionError: if status and stderr don't fit each other.
    """
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as error:
        status = main([str(argument) for argument in arguments])
    if status == 2:
        text = error.getvalue()
        assert text.startswith("error: ") and text.endswith("\n"), f"stderr: {text!r}"
        raise MxeError(text.removeprefix("error: ").removesuffix("\n"))
    assert not error.getvalue(), f"status {status}, stderr: {error.getvalue()!r}"
    return status, out.getvalue().splitlines()


@contextlib.contextmanager
def warned() -> Iterator[set[str]]:
    """The library's warnings, as lines."""
    lines: set[str] = set()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield lines
    lines |= {str(each.message) for each in caught if issubclass(each.category, UserWarning)}


@contextlib.contextmanager
def quiet_below() -> Iterator[Callable[[], str]]:
    """What libraries in C write to the process's stderr; the call gives it as text."""
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as file:
        os.dup2(file.fileno(), 2)

        def text() -> str:
            return os.pread(file.fileno(), 100_000, 0).decode(errors="replace")

        try:
            yield text
        finally:
            os.dup2(kept, 2)
            os.close(kept)


def _names(text: str, change: Change) -> bool:
    return any(name.lower() in text.lower() for name in change.names)


def _last_line(error: Exception) -> str:
    frames = [each for each in traceback.extract_tb(error.__traceback__) if "mxe_lib" in each.filename]
    where = f" at {Path(frames[-1].filename).name}:{frames[-1].name}" if frames else ""
    text = str(error).splitlines() or [""]
    return f"{type(error).__name__}: {text[0][:160]}{where}"
