"""Notebook 04: whether depth, normalisation or attention help to spot the apex, by SW-Max; P2 does not say its rule."""

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from mxe_lib.figures.tables import cell
from mxe_lib.papers import published
from mxe_lib.study.answers import phrases

BASE = "layers=5;normalization=lrn"
RULE = "rule=sw_max"


def sentences(read: Callable[[str], pd.DataFrame]) -> Iterator[str]:
    """Of the tables ``depth``, ``normalization`` and ``attention``, and of P2's own folds."""
    whole = "source == 'ours' and database == 'pooled' and seed == 'all'"
    tables = {name: read(name).query(whole) for name in ("depth", "normalization", "attention")}
    gaps = {name: table[table["metric"] == "mae_difference"] for name, table in tables.items()}
    depth, norms, masks = (table[table["variant"].str.contains(RULE)] for table in gaps.values())
    mae = tables["attention"].query("metric == 'mae'")
    error, middle = mae.set_index("variant")["value"], mae[mae["model"] == "middle_frame"].iloc[0]
    base, attentive = (error[f"attention={word};{BASE};{RULE}"] for word in ("no", "yes"))
    every = pd.concat([depth, norms, masks])
    helps = every[(every["value"] < 0) & ~every["variant"].str.startswith("attention=same_size")]
    shown = _named(helps)
    yield (
        (f"These are found to help: {shown}. W" if shown else "None of the three is found to help: w")
        + f"ith SW-Max the base network errs by {base:.1f} frames on {middle['n']} {middle['origin']} clips, "
        f"with attention by {attentive:.1f}, and the middle frame by {middle['value']:.1f}."
    )
    mean = depth["value"].mean()
    same_way = int((depth["value"] * mean > 0).sum())
    yield (
        f"Deeper networks erred {'more' if mean > 0 else 'less'} on average, by {abs(mean):.1f} frames: four and five "
        f"layers were held against three in {len(depth)} comparisons, {same_way} of which came out that way; "
        f"{_found(depth)}."
    )
    yield (
        f"Response normalisation errs less than batch normalisation in {int((norms['value'] < 0).sum())} of "
        f"{len(norms)} comparisons; {_found(norms)}."
    )
    gap = masks.set_index("variant").loc
    without, sized = (gap[f"attention=yes;{BASE};{RULE};than={than}"] for than in ("no_attention", "same_size"))
    yield (
        f"Attention changes the error by {_gap(without)} frames against none, and by {_gap(sized)} against a network "
        f"of the same size without a mask; {_found(masks)}."
    )
    yes, no = (np.array(published.fold_errors()["Table 7", f"attention={word};{BASE}"]) for word in ("yes", "no"))
    yield (
        f"In print attention errs less in {int((yes < no).sum())} of {len(yes)} folds, on average by "
        f"{(no - yes).mean():.2f} frames, which folds that vary as much as these can't tell from nothing."
    )


def _gap(row: pd.Series) -> str:
    return cell(row["value"], row["ci_low"], row["ci_high"], digits=1, signed=True)


def _named(gaps: pd.DataFrame) -> str:
    return phrases.systems(phrases.found(gaps), "P2's CNN, ")


def _found(gaps: pd.DataFrame) -> str:
    """Which of a table's differences are found.

    >>> _found(pd.DataFrame({"p_holm": [0.2, 0.4], "model": "spotting_cnn", "variant": "layers=3"}))
    'none of the 2 differences is found'
    """
    named = _named(gaps)
    return f"found is {named}" if named else f"none of the {len(gaps)} differences is found"
