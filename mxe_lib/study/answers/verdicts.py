"""Notebook 13: how many of the papers' claims stand, fall, or cannot be tested."""

from collections.abc import Callable, Iterator

import pandas as pd

from mxe_lib import models  # noqa: F401 (networks bring their names)
from mxe_lib.papers import by_claim
from mxe_lib.papers.claims import CLAIMS
from mxe_lib.papers.published import against_middle_frame
from mxe_lib.papers.verdicts import read_aloud
from mxe_lib.study.answers.phrases import listed

SAID = {
    "reproduced": ("is reproduced", "are reproduced"),
    "partly": ("is reproduced in part", "are reproduced in part"),
    "not": ("is not shown by the numbers that should show it", "are not shown by the numbers that should show them"),
    "cannot test": ("cannot be tested with what is at hand", "cannot be tested with what is at hand"),
}
"""Of one claim, and of several."""


def sentences(read: Callable[[str], pd.DataFrame]) -> Iterator[str]:
    """Of the table ``verdicts``."""
    rows = read("verdicts")
    verdict, counted = by_claim.final(rows), by_claim.count(rows)
    parts = [f"{number} {SAID[word][number > 1]}" for word, number in counted.items()]
    parts = parts if "reproduced" in counted else ["none is reproduced", *parts]
    yield f"Of the two papers' {len(verdict)} claims, {listed(parts)}."
    aloud = read_aloud(rows)
    printed = aloud[aloud["settled by"].str.startswith("print")]
    ours = aloud[aloud["settled by"].str.contains("clips|maps")]
    words = printed["verdict"].value_counts()
    yield (
        f"The papers' own tables speak of {len(printed)} claims: {words.get('not', 0)} are not shown by them, and "
        f"{words.get('cannot test', 0)} are left open by single runs."
    )
    worse = against_middle_frame()
    yield (
        f"The best error that either paper prints for a network of its own lies {worse['difference'].min():.1f} to "
        f"{worse['difference'].max():.1f} frames above the middle frame's, which looks at no pixel."
    )
    if len(ours):
        for word, text in (("holds", "as claimed"), ("opposite", "against the claim")):
            mine = ours[ours["shows"] == word]
            yield f"Of our {len(ours)} paired differences {len(mine)} are found {text}{_named(mine)}."


def _named(lines: pd.DataFrame) -> str:
    """The claims, each with the data that show it; of more than three, the first two."""
    each = [
        f"{CLAIMS[name].says} ({', '.join(part['settled by'].map(_data))})"
        for name, part in lines.groupby("name", sort=False)
    ]
    if len(each) > 3:
        each[2:] = [f"{len(each) - 2} more"]
    return f": {listed(each, ';')}" if each else ""


def _data(settled_by: str) -> str:
    return settled_by.rpartition(", ")[0]
