"""Subjects that are named twice, in a column and in the name of a clip: they must be the same person."""

import re

from mxe_lib.errors import MxeError, one_line

NAMED = re.compile(r"(?:s|sub|subj|subject|spno\.?)[ _-]?(\d+)(?![0-9a-z])", re.IGNORECASE)
"""A clip's name that begins with its subject's: ``S13-07-001``, ``sub0003_01``, ``s01_ne_01``."""

NUMBERED = re.compile(r"(\d+)_\d+_\w+")
"""The same as SAMM writes it: ``006_1_2``."""


def demand_same(subject: str, name: str, where: str, pattern: re.Pattern[str] = NAMED) -> None:
    """A clip of a name that says another subject would stand on both sides of a fold.

    Args:
        subject: as the column says, with a number in it.
        name: of the clip.
        where: how a message names its cell.
        pattern: of names that begin with the subject, whose number is group 1; others say nothing of it.

    Raises:
        MxeError: if the name says another number.
    """
    match, mine = pattern.match(name), re.sub(r"\D", "", subject)
    if match and mine and int(match[1]) != int(mine):
        raise MxeError(
            f"{where}: '{one_line(name)}' names subject {int(match[1])}, but the row is of {one_line(subject)}: "
            "correct the cell that is wrong"
        )
