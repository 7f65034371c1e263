"""Notebook 06: whether the frame to which flow is computed matters to a recogniser."""

from collections.abc import Callable, Iterator

import pandas as pd

from mxe_lib.evaluation import results
from mxe_lib.figures.names import name
from mxe_lib.figures.tables import cell
from mxe_lib.study.answers.phrases import found, listed, systems

MODELS = ("logistic_regression", "ststnet")


def sentences(read: Callable[[str], pd.DataFrame]) -> Iterator[str]:
    """Of the table ``apex_for_recognition``."""
    rows = read("apex_for_recognition").query("source == 'ours' and database == 'composite' and seed == 'all'")
    gaps = rows[rows["metric"] == "uf1_difference"].set_index(["model", "variant"])
    clips, origin = gaps.iloc[0][["n", "origin"]]
    helped = [gaps.loc[model, f"apex={first};than=middle"] for model in MODELS for first in ("true", "spotted")]
    helps = any(results.found(gap["p_holm"]) and gap["value"] > 0 for gap in helped)
    yield (
        f"A better apex is {'found to help here' if helps else 'not found to help'}: with flow to the true apex in "
        f"place of the middle frame UF1 changes by {_both(gaps, 'true', 'middle')}, on {clips} {origin} clips."
    )
    yield f"Flow to the spotted apex in place of the middle frame changes UF1 by {_both(gaps, 'spotted', 'middle')}."
    yield f"Flow to a random frame in place of the middle one changes UF1 by {_both(gaps, 'random', 'middle')}."
    all_found = found(gaps.reset_index())
    yield (
        f"Of all {len(gaps)} differences between two frames, paired by clip and corrected together, these are found: "
        f"{systems(all_found) or 'none'}."
    )
    widest = (gaps["ci_high"] - gaps["ci_low"]).max()
    yield (
        f"What is not found may be there all the same: an interval is up to {widest:.2f} of UF1 wide, and a difference "
        "well inside such a width cannot be seen with so many people."
    )


def _both(gaps: pd.DataFrame, first: str, second: str) -> str:
    """The difference of each classifier, with its interval and whether it is found."""
    said = []
    for model in MODELS:
        gap = gaps.loc[model, f"apex={first};than={second}"]
        text = cell(gap["value"], gap["ci_low"], gap["ci_high"], signed=True)
        word = "found" if results.found(gap["p_holm"]) else "not found"
        said.append(f"{text} for {name(model)} ({word})")
    return listed(said)
