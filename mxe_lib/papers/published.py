"""Every number that the two papers and their rivals print, from ``printed_numbers.txt``.

P1 is Sensors 2022, 22(11), 4011 ("Optimal Compact Network for Micro-Expression Analysis System"); P2 is CMC 2022,
10.32604/cmc.2022.028801 ("Apex Frame Spotting Using Attention Networks").

Metrics carry their honest names: what P1 calls "accuracy" is the pooled one-vs-rest accuracy, and what it calls
"F1-score" is plain accuracy. ``decode`` shows it, from P1's digits alone.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from mxe_lib.databases.composite import OFFICIAL_COUNTS
from mxe_lib.evaluation import metrics
from mxe_lib.evaluation.results import COLUMNS

EVIDENCE = {
    "S": "read in the source itself: the paper's own table, its code or its log",
    "2": "second-hand: quoted by a later paper or repository",
    "C": "computed from public annotation tables or flow maps; printed nowhere else",
}


@dataclass(frozen=True)
class Number:
    """One printed number.

    Attributes:
        paper: ``P1``, ``P2``, or the method's name.
        place: table, figure or page.
        experiments: our result tables beside which it belongs.
        database: ``casme2``, ``samm``, ``smic``, ``composite``, ``pooled``, or another that no result table holds.
        model, variant, protocol, metric: as in the result tables.
        printed: the digits as printed (P1 prints per cent).
        n: clips, where the source says how many; else None.
        evidence: a key of ``EVIDENCE``.
        ci: the interval, where one is known.
    """

    paper: str
    place: str
    experiments: tuple[str, ...]
    database: str
    model: str
    variant: str
    protocol: str
    metric: str
    printed: str
    n: int | None = None
    evidence: str = "S"
    ci: tuple[float, float] | None = None

    @property
    def value(self) -> float:
        """The number in the units of the result tables: scores from 0 to 1, errors in frames."""
        return float(self.printed.rstrip("%")) / (100 if self.printed.endswith("%") else 1)

    @property
    def source(self) -> str:
        """``published``, or ``ours`` where it was computed for this study from public annotations."""
        return "ours" if self.evidence == "C" else "published"


def numbers() -> list[Number]:
    """All of them, in the order of the papers."""
    found = _block("P1", "p1_spotting", "kfold5_by_clip") + _block(
        "P1", "p1_recognition", "loso", columns=("pooled_ovr_accuracy", "accuracy")
    )
    for place, experiments, variant, folds, average in _tables()["p2_folds"]:
        common = ("P2", place, (experiments,), "pooled", "spotting_cnn")
        for fold, digits in enumerate(folds.split(), start=1):
            pairs = ";".join(sorted([*variant.split(";"), f"fold={fold}"]))
            found.append(Number(*common, pairs, "kfold5_by_clip", "mae", digits))
        found.append(Number(*common, variant, "kfold5_by_clip", "mae", average))
    found += _block("P2", "p2_summaries", "kfold5_by_clip") + _block("P2", "p2_copied", "", evidence="2")
    for name, evidence, *scores in _tables()["composite"]:
        model, _, selection = name.partition(" ")
        for database, pair in zip(("composite", "smic", "casme2", "samm"), scores, strict=True):
            for metric, digits in zip(("uf1", "uar"), pair.split("/"), strict=True):
                if digits != "-":
                    n = sum(sum(counts) for name, counts in OFFICIAL_COUNTS.items() if database in (name, "composite"))
                    found.append(
                        Number(
                            *(model, "MEGC 2019 composite", ("recognition_benchmark",), database, model),
                            *(f"selection={selection}" if selection else "", "loso", metric, digits, n, evidence),
                        )
                    )
    found += _block("rivals", "rivals", "loso", n=442) + _block("rivals", "rival_spotters", "", evidence="2")
    for clips, database, n, middle, *others in _tables()["naive"]:
        digits, *ci = middle.split()
        for model, printed in zip(
            ("middle_frame", "constant_fraction", "always_onset", "uniform_random"), (digits, *others), strict=True
        ):
            common = ("coding sheets", "", ("spotting_benchmarks",), database, model, f"set={clips}", "annotations")
            interval = tuple(float(x) for x in ci) if ci and model == "middle_frame" else None
            found.append(Number(*common, "mae", printed, int(n), "C", interval))
    return found


def of_experiment(experiment: str) -> list[Number]:
    """The numbers that belong beside one of our result tables; ``published_metrics`` holds all that fit in a table."""
    if experiment == "published_metrics":
        return [number for number in numbers() if number.experiments]
    return [number for number in numbers() if experiment in number.experiments]


def fold_errors() -> dict[tuple[str, str], list[float]]:
    """P2's errors in frames in each of its five folds: (table, variant) -> [fold 1, ..., fold 5]."""
    rows = _tables()["p2_folds"]
    return {(place, variant): [float(x) for x in folds.split()] for place, _, variant, folds, _ in rows}


@cache
def _tables() -> dict[str, list[list[str]]]:
    """The cells of ``printed_numbers.txt``, line by line, of each of its tables."""
    found: dict[str, list[list[str]]] = {}
    for line in Path(__file__).with_name("printed_numbers.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("=="):
            found[line.removeprefix("==").strip()] = rows = []
        elif line and not line.startswith("#"):
            rows.append([cell.strip() for cell in line.split("|")])
    return found


def _block(
    paper: str, table: str, protocol: str, *, n: int | None = None, evidence: str = "S", columns: tuple[str, ...] = ()
) -> list[Number]:
    """The numbers of a block; with ``columns``, its scores are bare per cents of these metrics."""
    found = []
    for place, experiments, database, model, variant, scores in _tables()[table]:
        clips = n if database == "composite" else None
        beside = tuple(experiments.split(",")) if experiments else ()
        words = [f"{m}={d}%" for m, d in zip(columns, scores.split(), strict=True)] if columns else scores.split()
        for metric, digits in (word.split("=") for word in words):
            found.append(
                Number(paper, place, beside, database, model, variant, protocol, metric, digits, clips, evidence)
            )
    return found


def result_rows(experiment: str) -> pd.DataFrame:
    """What the papers and the rivals print that belongs beside this experiment; always about real data.

    Where one number is printed in several tables, it stands once.
    """
    shared = ("database", "model", "variant", "protocol", "metric", "value", "n", "source")
    rows = []
    for number in of_experiment(experiment):
        low, high = number.ci or (np.nan, np.nan)
        row = dict(experiment=experiment, origin="real", seed="", unit=metrics.UNITS.get(number.metric, ""))
        rows.append(row | {name: getattr(number, name) for name in shared} | {"ci_low": low, "ci_high": high})
    return pd.DataFrame(rows, columns=list(COLUMNS)).drop_duplicates(list(COLUMNS), ignore_index=True)


def against_middle_frame() -> pd.DataFrame:
    """The best error that each paper prints for its own networks, less the middle frame's on the same database.

    No claim of the papers and so without a verdict: a control that neither has. Columns paper, database, printed,
    middle frame, difference, all in frames; low and high, the middle frame's interval; n, the clips that it is of. P1's
    predecessor, whose numbers P1 quotes, is left out.
    """
    rows, every = [], numbers()
    known = {(n.database, n.variant): n for n in every if n.model == "middle_frame"}
    for paper, database, clips in (
        ("P1", "casme2", "five_classes"),
        ("P1", "samm", "all_rows"),
        ("P2", "pooled", "p2_spotting"),
    ):
        printed = [
            n.value
            for n in every
            if (n.paper, n.metric, n.database) == (paper, "mae", database)
            and n.model in ("vgg_m", "spotting_cnn")
            and not ("predecessor" in n.variant or "fold=" in n.variant)
        ]
        middle = known[database, f"set={clips}"]
        gap = min(printed) - middle.value
        rows.append((paper, database, min(printed), middle.value, gap, *middle.ci, middle.n))
    columns = ["paper", "database", "printed", "middle frame", "difference", "low", "high", "n"]
    return pd.DataFrame(rows, columns=columns)
