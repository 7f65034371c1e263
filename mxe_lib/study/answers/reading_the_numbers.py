"""Notebook 02: what the papers' numbers measure, and what leaks are worth."""

from collections.abc import Callable, Iterator

import pandas as pd

from mxe_lib.figures.tables import cell
from mxe_lib.study.answers.phrases import found, listed, systems


def sentences(read: Callable[[str], pd.DataFrame]) -> Iterator[str]:
    """Of the tables ``published_metrics`` and ``leak_ladder``."""
    rows = read("published_metrics")
    value = rows.set_index(["database", "model", "variant", "metric"])["value"].to_dict()
    plain, pooled = (value["composite", "oc_net", "gan=yes", name] for name in ("accuracy", "pooled_ovr_accuracy"))
    lazy = value["composite", "always_negative", "", "accuracy"]
    clips = rows.query("model == 'oc_net' and variant == 'decoded=yes;gan=yes' and database == 'composite'").iloc[0]
    yield (
        f"Less than they seem to: behind the first paper's accuracy of {pooled:.1%} and F1 of {plain:.1%} stands one "
        f"count, {clips['value'] * clips['n']:.0f} of {clips['n']} clips right, where a system that calls every clip "
        f"negative has {lazy:.1%} right."
    )
    middle = value["pooled", "middle_frame", "set=p2_spotting", "mae"]
    theirs = value["pooled", "spotting_cnn", "attention=yes;layers=5;normalization=lrn", "mae"]
    yield (
        f"On the second paper's clips the middle frame misses the apex by {middle:.1f} frames, and the paper's best "
        f"network, in print, by {theirs:.1f}."
    )
    ladder = read("leak_ladder").query("database == 'composite' and seed == 'all'")
    guesses = ladder[ladder["metric"] == "uf1"].set_index("variant")["value"]
    yield (
        f"A guesser that learned nothing has a UF1 of {guesses['epochs=1']:.2f}, and of {guesses['epochs=800']:.2f} "
        "if the best of 800 guesses is kept for each person."
    )
    gaps = ladder[ladder["metric"] == "uf1_difference"]
    gaps = gaps.assign(variant=gaps["variant"].str.replace("gan=yes;", "", regex=False))
    chosen = gaps[gaps["variant"].str.contains("control=best_test_epoch")].sort_values("origin")
    each = [
        f"{cell(row.value, row.ci_low, row.ci_high, signed=True)} on {row.n} {row.origin} clips"
        for row in chosen.itertuples()
    ]
    yield f"Keeping each test person's best epoch changes the UF1 of a real network, STSTNet, by {listed(each, ';')}."
    others = gaps[~gaps["variant"].str.contains("control=best_test_epoch")]
    parts = []
    for origin, part in others.groupby("origin"):
        names = [systems(row, "STSTNet, leak: ").partition(" − ")[0] for _, row in found(part).groupby(level=0)]
        parts.append(f"on {origin} data {listed(names, ';') or 'none'}")
    yield f"Of the three other leaks these are found to change it: {listed(parts, ';')}."
