"""The whole study in five sentences, for who reads nothing else: the README and the site begin with them."""

from collections.abc import Callable, Iterator

import pandas as pd

from mxe_lib.evaluation import results
from mxe_lib.figures.tables import cell

SIX = ("vgg_m", "oc_net", "ststnet", "off_apexnet", "dual_inception", "alexnet")
"""The networks that P1 compares."""


def sentences(read: Callable[[str], pd.DataFrame]) -> Iterator[str]:
    """Of the published tables; each part in bold is the result, the rest says what it rests on."""
    marks = read("recognition_benchmark").query("database == 'composite' and origin == 'real' and source == 'ours'")
    uf1 = marks[(marks["metric"] == "uf1") & (marks["seed"] == "all")]
    gaps = marks[(marks["metric"] == "uf1_difference") & marks["variant"].str.endswith("than=logistic_regression")]
    six = gaps[gaps["model"].isin(SIX)]
    better = six[six["p_holm"].map(results.found) & (six["value"] > 0)]
    loso = uf1[uf1["protocol"] == "loso"].set_index("model")
    said = {name: _cell(loso.loc[name]) for name in ("ours", "logistic_regression")}
    negative = uf1[uf1["model"] == "always_negative"]["value"].iloc[0]
    gain = gaps[gaps["model"] == "ours"].iloc[0]
    printed = read("recognition_benchmark").query("model == 'sssnet' and metric == 'uf1' and database == 'composite'")
    yield (
        f"**The best honest score on the field's benchmark is {said['ours']}** (UF1; {loso['n'].iloc[0]} real clips of "
        f"68 people, each tested by what the others taught); the best in print is {printed['value'].iloc[0]:.3f}. "
        f"Logistic regression on the flow reaches {said['logistic_regression']}, always answering *negative* "
        f"{negative:.3f}. Our gain over the former, {_cell(gain, signed=True)}, is {_found(gain)} "
        f"(corrected p {gain['p_holm']:.2f})."
    )
    yield (
        f"**{_number(len(better))} of the six networks that the first paper compares {_is(len(better))} found to beat "
        "that linear model** on the same people; three of the six were narrowed to fit a laptop."
    )
    ladder = read("leak_ladder").query("database == 'composite' and origin == 'real' and source == 'ours'")
    gaps = ladder[ladder["metric"] == "uf1_difference"]
    leak = gaps[gaps["variant"].str.contains("control=best_test_epoch.*than=last_epoch")].iloc[0]
    scores = ladder[(ladder["metric"] == "uf1") & (ladder["seed"] == "all")].set_index("variant")["value"]
    rungs = {key.partition("rung=")[2].partition(";")[0]: value for key, value in scores.items() if "rung=" in key}
    yield (
        "**Choosing the epoch on the people tested, as published code does, lifts a network from "
        f"{rungs['last_epoch']:.2f} to {rungs['best_test_epoch']:.2f}** ({_cell(leak, signed=True)}); a guesser that "
        f"may choose among 800 guesses reaches {scores['epochs=800']:.2f}."
    )
    spotting = read("spotting_benchmarks").query("database == 'pooled' and source == 'ours' and seed == 'all'")
    errors = spotting[spotting["metric"] == "mae"]
    spotter = errors[errors["model"] == "clip_spotter"].sort_values("value").iloc[-1]
    middle = errors[errors["model"] == "middle_frame"].iloc[0]
    gaps = spotting[(spotting["metric"] == "mae_difference") & (spotting["model"] == "clip_spotter")]
    gap = gaps[gaps["variant"].str.contains("than=middle_frame")].iloc[0]
    yield (
        "**A network that was taught by simulated people alone finds the strongest frame to "
        f"{_cell(spotter, 1)} frames**; the clip's middle frame, which needs no learning, to {_cell(middle, 1)} "
        f"({middle['n']} {middle['origin']} clips; the difference is {_found(gap)}). In print, no spotter of either "
        "paper beats the middle frame."
    )
    arms = read("sim_to_real").query("database == 'composite' and metric == 'uf1' and seed == 'all'")
    arms = arms[arms["model"] == "flow_cnn"].set_index("variant")
    alone, real = arms.loc["training=simulated"], arms.loc["training=real"]
    yield (
        "**Faces that do not exist teach a network to read real ones**: trained on them alone it reaches "
        f"{_cell(alone)}, trained on the real people {_cell(real)} (UF1, {alone['n']} real clips)."
    )


def _cell(row: pd.Series, digits: int = 3, *, signed: bool = False) -> str:
    return cell(row["value"], row["ci_low"], row["ci_high"], digits=digits, signed=signed)


def _found(row: pd.Series) -> str:
    return "found" if results.found(row["p_holm"]) else "not found"


def _number(count: int) -> str:
    return ("None", "One", "Two", "Three", "Four", "Five", "Six")[count]


def _is(count: int) -> str:
    return "is" if count < 2 else "are"
