"""The exceptions that are told in one line."""


class MxeError(ValueError):
    """Bad input: one line that says what is wrong, where (file, row or option), and what to do.

    The command line and ``run_all.py`` print its message alone, without a traceback, and exit with status 2.

    >>> raise MxeError("unknown profile 'fast': choose one of smoke, quick, full, paper")
    Traceback (most recent call last):
        ...
    mxe_lib.errors.MxeError: unknown profile 'fast': choose one of smoke, quick, full, paper
    """


class CellFailed(Exception):
    """A notebook did not run to its end; the one-line message names notebook, cell and cause."""


def one_line(text: str, longest: int = 80) -> str:
    """Text of a cell or a file's name as a message quotes it: no line break, nothing unprintable, not too long.

    >>> one_line("EP02\\n01f"), one_line("x" * 90, 9)
    ('EP02\\\\n01f', 'xxxxxx...')
    """
    text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text[: longest + 1])
    return text if len(text) <= longest else text[: longest - 3] + "..."
