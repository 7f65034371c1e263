"""The front page: the study's five results in plain words, with their intervals."""

from collections.abc import Callable, Iterator

import pandas as pd

from mxe_lib.databases.composite import OFFICIAL_SUBJECTS
from mxe_lib.evaluation import results
from mxe_lib.figures.names import DATABASES
from mxe_lib.figures.tables import cell, p_value
from mxe_lib.papers import verdicts
from mxe_lib.study.answers.phrases import listed

TOPICS = {
    "Recognising expressions": "07_ocnet_benchmark",
    "What a leak is worth": "02_reading_the_numbers",
    "Spotting, in print": "13_verdicts",
    "People who do not exist": "11_simulated_to_real",
    "Spotting, ours": "05_what_spots_an_apex",
}
"""What each sentence is about, and the notebook that shows it."""


def sentences(read: Callable[[str], pd.DataFrame]) -> Iterator[str]:
    """One for each of ``TOPICS``, in its order."""
    yield _recognising(read("recognition_benchmark"))
    yield _leak(read("leak_ladder"))
    yield _in_print(verdicts.against_middle_frame())
    yield _simulated_people(read("sim_to_real"))
    yield _spotting(read("spotting_benchmarks"))


def _recognising(rows: pd.DataFrame) -> str:
    loso = _of(rows, database="composite", origin="real", protocol="loso")
    ours, linear = _one(loso, "uf1", "ours"), _one(loso, "uf1", "logistic_regression")
    gap = _one(loso, "uf1_difference", "ours")
    doubt = "" if results.found(gap["p_holm"]) else ": other people might take it away"
    people = len(OFFICIAL_SUBJECTS)
    return (
        f"On the field's benchmark, {gap['n']} real clips of {people} people, each tested by models that never saw "
        f"that person, our system scores a UF1 of {_cell(ours)}, a linear model {_cell(linear)}. The difference, "
        f"{_cell(gap, signed=True)}, is {_said(gap)}{doubt}."
    )


def _leak(rows: pd.DataFrame) -> str:
    gap = _one(_of(rows, database="composite", origin="real", protocol="best_test_epoch"), "uf1_difference", "ststnet")
    return (
        f"Choosing the epoch on each test person, as published codes do, adds {_cell(gap, signed=True)} to the UF1 of "
        f"one small network on the same clips ({_said(gap)}). It reads other faces no better for it."
    )


def _in_print(table: pd.DataFrame) -> str:
    worse = int((table["difference"] > 0).sum())
    pairs = [
        f"{row['printed']:.1f} against {row['middle frame']:.1f} ({DATABASES[row['database']].replace('all', 'both')})"
        for row in table.to_dict("records")
    ]
    return (
        "Always naming the middle frame of a clip takes no learning, and on real clips it errs less than the best "
        f"network that a paper prints for them in {worse} of {len(table)} comparisons. The printed errors against the "
        f"middle frame's, in frames: {listed(pairs)}. The papers print no intervals."
    )


def _simulated_people(rows: pd.DataFrame) -> str:
    real = _of(rows, database="composite", origin="real")
    alone = _one(real, "uf1", "committee")
    few, all_of_them = (
        _one(real[real["variant"].str.startswith(f"people={people};")], "uf1_difference", "flow_cnn")
        for people in (5, 68)
    )
    return (
        f"Networks that saw simulated people only score a UF1 of {_cell(alone)} on the real clips. Beside five real "
        f"people they add {_cell(few, signed=True)} ({_said(few)}), beside a whole training fold "
        f"{_cell(all_of_them, signed=True)} ({_said(all_of_them)})."
    )


def _spotting(rows: pd.DataFrame) -> str:
    pooled = _of(rows, database="pooled", origin="simulated")
    middle = _one(pooled, "mae", "middle_frame")
    window = pooled[pooled["variant"].str.contains("rule=sw_max")]
    ours = _one(window, "mae", "clip_spotter")
    gaps = window[window["metric"] == "mae_difference"]
    to_middle, to_network = (
        _one(gaps[gaps["variant"].str.contains(f"than={other}(?:;|$)")], "mae_difference", "clip_spotter")
        for other in ("middle_frame", "vgg_m")
    )
    return (
        f"A spotter that looks at whole clips, taught by simulated people, errs by {_cell(ours, 1)} frames on "
        f"{ours['n']} simulated clips of others; the middle frame errs by {_cell(middle, 1)} ({_said(to_middle)}). "
        f"That it errs less than the first paper's network, taught on those clips, is {_said(to_network)}."
    )


def _of(rows: pd.DataFrame, **wanted: str) -> pd.DataFrame:
    """Our own rows over all seeds that have these values."""
    for name, value in (wanted | {"source": "ours", "seed": "all"}).items():
        rows = rows[rows[name] == value]
    return rows


def _one(rows: pd.DataFrame, metric: str, model: str) -> pd.Series:
    return rows[(rows["metric"] == metric) & (rows["model"] == model)].iloc[0]


def _cell(row: pd.Series, digits: int = 3, *, signed: bool = False) -> str:
    return cell(row["value"], row["ci_low"], row["ci_high"], digits=digits, signed=signed)


def _said(gap: pd.Series) -> str:
    found = "found" if results.found(gap["p_holm"]) else "not found"
    return f"{found}, p {p_value(gap['p_holm'])}"
