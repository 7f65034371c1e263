"""What the commands share: wrong options are one line, and an output that nobody takes any more is no accident.

May import: ``errors``.
"""

import argparse
import contextlib
import errno
import functools
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn, TextIO

from mxe_lib.errors import MxeError

GONE = 141
"""Exit status where the reader of the output has gone (``| head -1``): as a shell has it of SIGPIPE."""


class Parser(argparse.ArgumentParser):
    """Raises MxeError, one line, where argparse prints its usage."""

    def error(self, message: str) -> NoReturn:
        raise MxeError(f"{self.prog}: {message}: see {self.prog} --help")


def place(text: str) -> Path:
    """A path; an empty one, as of a variable that is not set, is not the current folder."""
    if not text:
        raise argparse.ArgumentTypeError("it is empty: name a file or folder (. is the current one)")
    return Path(text)


def frame(text: str) -> int:
    """A frame number."""
    try:
        return int(text.replace("_", "?"))  # 4_7 is 47 in Python's eyes
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no frame number: give a whole number") from None


def rate(text: str) -> float:
    """Frames per second."""
    try:
        return float(text.replace("_", "?"))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of frames a second: give one such as 29.97") from None


class Unprintable(Exception):
    """Standard output takes no more."""

    def __init__(self, error: OSError) -> None:
        super().__init__(error.strerror)
        self.status = GONE if error.errno == errno.EPIPE else 2


class _Output:
    """Standard output, whose failures are told from those of the files at work."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str):
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except OSError as error:
            raise self._lost(error) from None

    def flush(self) -> None:
        try:
            self._stream.flush()
        except OSError as error:
            raise self._lost(error) from None

    def _lost(self, error: OSError) -> Unprintable:
        # Else Python tries again when it ends.
        with contextlib.suppress(OSError, ValueError), open(os.devnull, "w") as nowhere:
            os.dup2(nowhere.fileno(), self._stream.fileno())
        return Unprintable(error)


@contextlib.contextmanager
def output() -> Iterator[None]:
    """In such a block what is printed arrives.

    Raises:
        Unprintable: where it does not: the disk is full, or the program that reads it has ended.
    """
    if sys.stdout is None:  # closed from the start: nobody wants to know
        yield
        return
    with contextlib.redirect_stdout(_Output(sys.stdout)):
        try:
            yield
        finally:
            sys.stdout.flush()


def reader_may_go(command: Callable[..., int]) -> Callable[..., int]:
    """The command, which ends in order where its output can't be printed: with 141, or one line and 2."""

    @functools.wraps(command)
    def run(*arguments: object) -> int:
        try:
            with output():
                return command(*arguments)
        except Unprintable as error:
            if error.status != GONE:
                with contextlib.suppress(OSError):  # nobody can be told
                    told = "send it elsewhere; what is finished is written"
                    print(f"error: the output cannot be printed ({error}): {told}", file=sys.stderr)
            return error.status

    return run
