"""How things are said in a sentence; scores and their intervals are ``figures.tables.cell``."""

from collections.abc import Iterable

import pandas as pd

import mxe_lib.models  # noqa: F401  It brings the networks' names.
from mxe_lib.evaluation import results
from mxe_lib.figures.names import words


def listed(parts: Iterable[str], mark: str = ",") -> str:
    """Parts in a row; those that have commas themselves are parted by another mark.

    >>> listed(["a", "b", "c"]), listed(["a, b", "c"], ";"), listed(["a"])
    ('a, b and c', 'a, b; and c', 'a')
    """
    parts = list(parts)
    if len(parts) < 2:
        return "".join(parts)
    return f"{mark} ".join(parts[:-1]) + (" and " if mark == "," else f"{mark} and ") + parts[-1]


def found(gaps: pd.DataFrame) -> pd.DataFrame:
    """Those of the difference rows that the study's rule lets one speak of."""
    return gaps[gaps["p_holm"].map(results.found)]


def systems(rows: pd.DataFrame, less: str = "") -> str:
    """The rows' systems in a row; ``less`` is a name that all of them begin with and that need not be said."""
    texts = [words(f"{model} {variant}".strip()) for model, variant in zip(rows["model"], rows["variant"], strict=True)]
    return listed([text.removeprefix(less) for text in texts], ";")
