"""Notebook 16: where in a long video expressions are found, and what else is taken for one."""

from collections.abc import Callable, Iterator

import pandas as pd

from mxe_lib.evaluation import results
from mxe_lib.figures.names import phrase
from mxe_lib.figures.tables import cell
from mxe_lib.study.answers.phrases import listed, weighed

OURS = ("interval_spotter", "taught=others")
SOFTNET = ("softnet", "threshold=chosen")
FEWER = ("interval_spotter", "taught=folds")


def sentences(read: Callable[[str], pd.DataFrame]) -> Iterator[str]:
    """Of the table ``long_videos``."""
    rows = read("long_videos").query("source == 'ours' and seed == 'all'")
    scores = rows.set_index(["metric", "model", "variant"])

    def said(metric: str, system: tuple[str, str], digits: int = 2) -> str:
        row = scores.loc[(metric, *system)]
        return cell(row["value"], row["ci_low"], row["ci_high"], digits=digits)

    def value(metric: str, system: tuple[str, str]) -> float:
        return scores.loc[(metric, *system), "value"]

    origin = rows["origin"].iloc[0]
    yield (
        f"In {rows['n'].max()} {origin} long videos our interval spotter says where an expression is with an F1 of "
        f"{said('f1_all', OURS)}; SOFTNet, the field's reference, reaches {said('f1_all', SOFTNET)}, peaks of strain "
        f"{said('f1_all', ('strain_peaks', 'threshold=chosen'))}, and random intervals "
        f"{value('f1_all', ('random_intervals', '')):.2f}."
    )
    gaps = rows[(rows["metric"] == "f1_all_difference") & (rows["model"] == "interval_spotter")]
    gaps = gaps[gaps["variant"].str.contains("taught=others")]
    found = gaps[gaps["p_holm"].map(results.found) & (gaps["value"] > 0)]
    than = [phrase(pair) for text in found["variant"] for pair in text.split(";") if pair.startswith("than=")]
    equal = rows[(rows["metric"] == "f1_all_difference") & (rows["variant"] == "taught=folds;than=softnet")].iloc[0]
    yield (
        f"It is found to score above: {listed(than, ';') if than else 'nobody'}; many simulated people taught it. The "
        f"same network, taught by the cohort's own people as SOFTNet is, reaches {said('f1_all', FEWER)}, and its "
        f"difference from SOFTNet is {'found' if results.found(equal['p_holm']) else 'not found'}."
    )
    harder = "the harder part" if value("f1_micro", OURS) < value("f1_macro", OURS) else "not the harder part here"
    yield (
        f"Micro-expressions are {harder}: our spotter's F1 is {said('f1_micro', OURS)} on them and "
        f"{said('f1_macro', OURS)} on macro-expressions, SOFTNet's {value('f1_micro', SOFTNET):.2f} and "
        f"{value('f1_macro', SOFTNET):.2f}."
    )
    yield (
        f"With no expression in the video it gives {said('false_alarms_rest', OURS, 1)} false alarms a minute, SOFTNet "
        f"{said('false_alarms_rest', SOFTNET, 1)}; it leaves {100 * value('blinks_left', OURS):.0f} of 100 blinks and "
        f"{100 * value('words_left', OURS):.0f} of 100 spoken words alone."
    )
    yield (
        f"Spotted and then named by the shipped recogniser, {value('f1_named', OURS):.2f} is left of an F1 of "
        f"{value('f1_any', OURS):.2f} with the kind left aside; of the true intervals it names "
        f"{100 * value('f1_named', ('true_intervals', 'reference=yes')):.0f} of 100 rightly."
    )


def at_full(read: Callable[[str], pd.DataFrame]) -> Iterator[str]:
    """Of the table of the profile ``full``: whether SOFTNet fares better by its authors' own recipe."""
    rows = read("long_videos").query("source == 'ours' and seed == 'all'")
    scores = rows.set_index(["metric", "model", "variant"], drop=False)
    named = {"softnet": SOFTNET, "ours": FEWER, "gap": ("interval_spotter", "taught=folds;than=softnet")}
    found = {key: scores.loc[("f1_all_difference" if key == "gap" else "f1_all", *named[key])] for key in named}
    said = {
        key: cell(row["value"], row["ci_low"], row["ci_high"], digits=2, signed=key == "gap")
        for key, row in found.items()
    }
    yield (
        f"Taught as its authors do it, with every picture and in their small steps (profile `full`, {rows['n'].max()} "
        f"videos), SOFTNet reaches {said['softnet']}, and our network, taught for longer by the same people, "
        f"{said['ours']}: the difference of {said['gap']} is {weighed(found['gap'], rows)}."
    )
