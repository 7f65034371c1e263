"""What a camera's rate costs a long video's search, as it was measured on simulated people.

``frame_rates.csv`` is written by ``benchmarks/frame_rates.py``: the same videos, with ever fewer of their frames left.
"""

import math
from pathlib import Path

import pandas as pd

from mxe_lib.errors import MxeError
from mxe_lib.evaluation import results
from mxe_lib.figures.tables import cell

MEASURED = Path(__file__).with_name("frame_rates.csv")

BLUR = "What a slow camera blurs was not simulated"


def notes(rate: float, folder: Path | None = None) -> list[str]:
    """What the search was worth at the measured rate that is nearest to this one; nothing without the table.

    Args:
        rate: frames a second.
        folder: where the table lies.
    """
    try:
        rows = results.read(MEASURED.stem, folder or MEASURED.parent)
    except MxeError:
        return []
    scores = rows[rows["metric"].isin(["f1_micro", "f1_macro"])]
    measured = {float(text.removeprefix("fps=")): text for text in scores["variant"].unique()}
    most, nearest = max(measured), min(measured, key=lambda known: abs(math.log(known / rate)))
    micro, macro = (_score(scores, f"f1_{kind}", measured[nearest]) for kind in ("micro", "macro"))
    if nearest == most:
        left = ""
    else:
        whole = (_score(scores, f"f1_{kind}", measured[most]) for kind in ("micro", "macro"))
        left = f" with {nearest:.3g} of them left, with all {' and '.join(whole)}"
    return [
        f"On simulated people, filmed at {most:.0f} frames a second, the search had an F1 of {micro} on micro- and "
        f"{macro} on macro-expressions{left}. {BLUR}."
    ]


def _score(scores: pd.DataFrame, metric: str, variant: str) -> str:
    (row,) = scores[(scores["metric"] == metric) & (scores["variant"] == variant)].to_dict("records")
    return cell(row["value"], row["ci_low"], row["ci_high"], digits=2)
