"""The README's "What did not reproduce": counted from the papers' own tables and from ours."""

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
from scipy import stats

from mxe_lib.databases.composite import OFFICIAL_COUNTS
from mxe_lib.papers import by_claim, decode, published
from mxe_lib.papers.claims import CLAIMS


def sentences(read: Callable[[str], pd.DataFrame]) -> Iterator[str]:
    """Of the table ``verdicts``, of ``model_cost``, and of what is printed."""
    rows = read("verdicts")
    counted = by_claim.count(rows)
    yield (
        f"Of {len(CLAIMS)} claims of the two papers, {counted.get('reproduced', 0) or 'none'} "
        f"{'is' if counted.get('reproduced', 0) < 2 else 'are'} reproduced, {counted.get('partly', 0) or 'none'} in "
        f"part; {counted.get('not', 0)} are not shown by the numbers that should show them, and "
        f"{counted.get('cannot test', 0)} cannot be tested with what is at hand (notebook 13)."
    )
    pairs = decode.pairs()
    n, _ = decode.decode([row[2:] for row in pairs["composite"]])
    negative, clips = sum(counts[0] for counts in OFFICIAL_COUNTS.values()), sum(map(sum, OFFICIAL_COUNTS.values()))
    accuracy = negative / clips
    yield (
        'P1\'s "accuracy" is the pooled one-vs-rest accuracy, and its "F1" is the plain accuracy: all '
        f"{sum(map(len, pairs.values()))} printed pairs follow from whole numbers of correct clips, out of {n} on the "
        f"composite. Always answering *negative* scores {100 * accuracy:.1f} % and "
        f"{100 * (1 - (1 - accuracy) * 2 / 3):.1f} % on these two scales (notebook 02)."
    )
    yield _printed_orders(n)
    yield _folds_and_cells(rows)
    yield _compact(read("model_cost"))
    yield (
        "Both papers split by clip for spotting, so that a subject stands on both sides of a fold (P1's recognition "
        "leaves one subject out). Here folds never share a subject; the papers' split is kept as a named control."
    )
    yield (
        "A softmax over one output node, as P1 prints it, is 1 for every frame; the study uses a sigmoid or a linear "
        "output. What the papers' figures alone show could not all be read: what is assumed is a parameter, and named "
        "in the docstring."
    )
    yield (
        "Not run: OC-Net at its full width, and with leave one subject out, as P1 trained it. "
        "`make gpu DATA=…` trains both, the second as its last step; it has not been run on real maps."
    )


def _printed_orders(n: int) -> str:
    whole = [row for row in decode.decoded() if row["database"] == "composite"]
    right = {(row["model"], row["variant"]): row["correct"] for row in whole}
    oc_net = right["oc_net", "gan=no"]
    ahead, gained = oc_net - right["off_apexnet", "gan=no"], right["oc_net", "gan=yes"] - oc_net
    least = next(k for k in range(1, 20) if stats.binomtest(k, k).pvalue < 0.05)
    return (
        f"P1's recognition scores are whole numbers of the same {n} clips: OC-Net is {ahead} ahead of OFF-ApexNet, its "
        f"GAN adds {gained}. A lead of fewer than {least} clips would not be significant even if the two systems "
        f"agreed "
        "on every other clip (notebook 13)."
    )


def _folds_and_cells(rows: pd.DataFrame) -> str:
    """P2's ablations by their own folds, P1's bypasses by their own cells."""
    printed = rows[rows["source"] == "published"]
    p2 = printed[(printed["model"] == "spotting_cnn") & printed["variant"].str.contains("_of_._folds")]
    open_ = int(((p2["ci_low"] < 0) & (p2["ci_high"] > 0)).sum())
    cells = {x.variant: x.value for x in published.of_experiment("feedforward_variants") if x.paper == "P1"}
    gaps = [
        value - cells[f"label=log;rule={variant.split('rule=')[1]}"]
        for variant, value in cells.items()
        if variant.startswith("feedforward=") and "predecessor" not in variant
    ]
    return (
        f"{open_} of P2's {len(p2)} ablations (depth, normalisation, attention) have an interval over P2's own five "
        f"folds "
        f"that holds 0; {int((np.array(gaps) > 0).sum())} of P1's {len(gaps)} feed-forward cells are worse than the "
        "network without (notebooks 03, 04, 13)."
    )


def _compact(costs: pd.DataFrame) -> str:
    counted = costs[costs["source"] == "ours"].set_index(["metric", "model", "variant"])["value"]
    narrow, wide = (
        [counted[count, "oc_net", variant] / counted[count, "vgg_m", ""] for count in ("multiply_adds", "parameters")]
        for variant in ("channels=compact", "")
    )
    return (
        "OC-Net is called compact, and fit for phones. By how its widths are read, which are not printed, it has "
        f"{narrow[0]:.0f} to {wide[0]:.0f} times VGG-M's multiply-adds and {narrow[1]:.2f} to {wide[1]:.2f} times its "
        "parameters. Whether it has fewer than most of its rivals hangs on these widths, on its kernels, and on which "
        "rivals are counted (notebooks 09, 13)."
    )
