"""Where between onset and offset of a spotted interval its apex lies: in the middle, because nothing better is known.

``interval_apexes.csv`` says what the middle is worth, and what else was tried, on simulated videos whose apexes are
known; ``benchmarks/apex_in_interval.py`` writes it.
"""

from pathlib import Path

import pandas as pd

from mxe_lib.errors import MxeError
from mxe_lib.evaluation import results

MEASURED = Path(__file__).with_name("interval_apexes.csv")

TRIED = {"the clip spotter's peak": "clip_spotter", "the interval spotter's belief": "interval_spotter"}
"""What was held against the middle, by its peak (``rule=max``)."""


def notes(folder: Path | None = None) -> list[str]:
    """What a reader must know of the apexes; the numbers are those of the table, and there are none without it."""
    start, end = "Each apex is the middle of its interval", "On real faces none of this was tried."
    try:
        rows = results.read(MEASURED.stem, folder or MEASURED.parent)
    except MxeError:
        return [f"{start}. {end}"]
    off = [f"{_cell(rows, 'middle_frame', 'mae_ms', kind)} in {kind}-expressions" for kind in ("micro", "macro")]
    tried = [
        f"{words} {_cell(rows, model, 'mae_ms_difference', 'all', rule='max', than='middle')}"
        for words, model in TRIED.items()
    ]
    return [
        f"{start}; in simulated videos that is off by {' and '.join(off)}, on average. That another rule errs less was "
        f"not found: against the middle {', '.join(tried)}. {end}"
    ]


def _cell(rows: pd.DataFrame, model: str, metric: str, kind: str, **settings: str) -> str:
    cell = results.variant(kind=kind, **settings)
    (one,) = rows[(rows["model"] == model) & (rows["variant"] == cell) & (rows["metric"] == metric)].to_dict("records")
    sign = "+" if metric.endswith("difference") else ""
    return f"{one['value']:{sign}.0f} ms [{one['ci_low']:{sign}.0f}, {one['ci_high']:{sign}.0f}]"
