"""The front page: the study's five results in plain words, with their intervals."""

from collections.abc import Callable, Iterator

import pandas as pd

from mxe_lib.databases.composite import OFFICIAL_SUBJECTS
from mxe_lib.figures.names import DATABASES
from mxe_lib.figures.tables import cell
from mxe_lib.papers import published
from mxe_lib.study.answers.phrases import doubted, listed, of_ours, one, weighed

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
    yield f"{_recognising(read('recognition_benchmark'))} {_elsewhere(read('cross_database'))}"
    yield _leak(read("leak_ladder"))
    yield _in_print(published.against_middle_frame())
    yield _simulated_people(read("sim_to_real"))
    yield f"{_spotting(read('spotting_benchmarks'))} {_in_long_videos(read('long_videos'))}"


def _recognising(rows: pd.DataFrame) -> str:
    loso = of_ours(rows, database="composite", origin="real", protocol="loso")
    ours, linear = one(loso, "uf1", "ours"), one(loso, "uf1", "logistic_regression")
    gap = one(loso, "uf1_difference", "ours")
    return (
        f"On the benchmark's {gap['n']} real clips ({len(OFFICIAL_SUBJECTS)} people, each new to the models) our "
        f"system scores a UF1 of {_cell(ours)}, a linear model {_cell(linear)}. The "
        f"difference, {_cell(gap, signed=True)}, is {weighed(gap, rows)}."
        f"{doubted(gap)}"
    )


def _elsewhere(rows: pd.DataFrame) -> str:
    """In a laboratory that nobody of the training set was recorded in."""
    away = of_ours(rows, database="composite", origin="real", protocol="lodo")
    return f"In a laboratory that it never saw it scores {_cell(one(away, 'uf1', 'ours'))} (notebook 15)."


def _leak(rows: pd.DataFrame) -> str:
    leaky = of_ours(rows, database="composite", origin="real", protocol="best_test_epoch")
    gap = one(leaky, "uf1_difference", "ststnet")
    return (
        f"Choosing the epoch on each test person, as published codes do, adds {_cell(gap, signed=True)} to the UF1 of "
        f"one small network on the same clips ({weighed(gap, rows)}). It reads other faces no better for it."
    )


def _in_print(table: pd.DataFrame) -> str:
    worse = int((table["difference"] > 0).sum())
    pairs = [
        f"{cell(row['middle frame'], row['low'], row['high'], digits=1)} against {row['printed']:.1f} "
        f"({DATABASES[row['database']].replace('all', 'both')}, {row['n']}{'' if number else ' clips'})"
        for number, row in enumerate(table.to_dict("records"))
    ]
    return (
        "Always naming the middle frame of a clip takes no learning. On real clips it errs less than the best of a "
        f"paper's own networks, in print, in {worse} of {len(table)} comparisons, in frames: {listed(pairs)}."
        f"{_others(table)}"
    )


def _others(table: pd.DataFrame) -> str:
    """What is printed lower than these, by others than the two papers' own networks."""
    casme2 = table[table["database"] == "casme2"].iloc[0]
    printed = [n for n in published.numbers() if n.metric == "mae"]
    before = min(n.value for n in printed if n.database == "casme2" and "predecessor" in n.variant)
    level = "is level" if casme2["low"] <= before <= casme2["high"] else "is not"
    middle = table[table["database"] == "samm"].iloc[0]["middle frame"]
    second_hand = [n.value for n in printed if (n.database, n.evidence) == ("samm", "2")]
    lower = [f"{value:.1f}" for value in second_hand if value < middle]
    unchecked = f"; a second-hand {listed(lower)} for SAMM is lower, unchecked" if lower else ""
    return f" P1's predecessor ({before:.1f}, CASME II) {level}{unchecked}."


def _simulated_people(rows: pd.DataFrame) -> str:
    real = of_ours(rows, database="composite", origin="real")
    network = real[(real["model"] == "flow_cnn") & (real["metric"] == "uf1")].set_index("variant")
    alone, both, few = (
        network.loc[variant]
        for variant in ("training=simulated", "people=5;training=pretrained", "people=5;training=real")
    )
    nothing = ": they add nothing" if both["value"] <= alone["value"] else ""
    five, all_of_them = (
        one(real[real["variant"].str.startswith(f"people={people};")], "uf1_difference", "flow_cnn")
        for people in (5, 68)
    )
    return (
        f"A small network taught by simulated people alone scores a UF1 of {_cell(alone)} on the real clips, and "
        f"{both['value']:.3f} when five real people come after them{nothing}. Five real people alone give "
        f"{few['value']:.3f}: there the simulated ones are worth {_cell(five, signed=True)} ({weighed(five, rows)}). "
        f"Before a whole training fold they are worth {_cell(all_of_them, signed=True)} "
        f"({weighed(all_of_them, rows)})."
    )


def _spotting(rows: pd.DataFrame) -> str:
    pooled = of_ours(rows, database="pooled", origin="simulated")
    middle = one(pooled, "mae", "middle_frame")
    window = pooled[pooled["variant"].str.contains("rule=sw_max")]
    ours = one(window, "mae", "clip_spotter")
    gaps = window[window["metric"] == "mae_difference"]
    to_middle, to_network = (
        one(gaps[gaps["variant"].str.contains(f"than={other}(?:;|$)")], "mae_difference", "clip_spotter")
        for other in ("middle_frame", "vgg_m")
    )
    return (
        f"A spotter of ours errs by {_cell(ours, 1)} frames on {ours['n']} clips of simulated people, drawn by the "
        f"simulator that taught it; the middle frame by {_cell(middle, 1)} ({weighed(to_middle, rows)}). That it "
        f"errs less than P1's network is {weighed(to_network, rows)}."
    )


def _in_long_videos(rows: pd.DataFrame) -> str:
    said = of_ours(rows, database="pooled", origin="simulated").set_index(["metric", "model", "variant"])
    ours = said.loc["f1_all", "interval_spotter", "taught=others"]
    softnet = said.loc["f1_all", "softnet", "threshold=chosen"]
    return (
        f"In long videos of such people its like has an F1 of {_cell(ours, 2)}; SOFTNet, taught by fewer, "
        f"{_cell(softnet, 2)} (notebook 16). None met a real clip."
    )


def _cell(row: pd.Series, digits: int = 3, *, signed: bool = False) -> str:
    return cell(row["value"], row["ci_low"], row["ci_high"], digits=digits, signed=signed)
