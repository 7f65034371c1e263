"""The figures of notebook 13: all claims of one kind, turned so that right of the line is as claimed."""

import textwrap
from fractions import Fraction

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes

from mxe_lib.figures import charts
from mxe_lib.figures.names import PROTOCOLS
from mxe_lib.papers.claims import CLAIMS
from mxe_lib.papers.verdicts import read_aloud

UNITS = {"mae_difference": "difference in mean absolute error, frames", "uf1_difference": "difference in UF1"}


def claims(ours: pd.DataFrame, metric: str, settings) -> Axes | None:
    """Our differences of one metric, from the top as the claims stand in the papers; None if there is none.

    A row at full scale stands below the one of this run.

    Args:
        ours: of ``verdicts.ours``.
        metric: ``mae_difference`` or ``uf1_difference``.
        settings: ``profiles.Profile``, for the caption.
    """
    rows = ours[ours["metric"] == metric]
    if rows.empty:
        return None
    aloud = read_aloud(rows).set_index(rows.index)
    full = aloud["settled by"].str.contains("full scale")
    place = aloud["name"].map({name: number for number, name in enumerate(CLAIMS)})
    turned = rows.assign(value=aloud["towards"], ci_low=aloud["low"], ci_high=aloud["high"], model=aloud["name"])
    turned = turned.assign(variant=full.map({True: "full", False: ""}), place=place)
    turned = turned.sort_values(["place", "variant", "origin"])
    says = {name: textwrap.fill(CLAIMS[name].says, 50) for name in aloud["name"]}
    says |= {f"{name} full": "the same, full width" for name in aloud["name"]}
    lines = len(turned[["model", "variant"]].drop_duplicates())
    ax = plt.figure(figsize=(7, 0.9 + 0.4 * lines)).subplots()
    charts.interval_plot(turned, labels=says, chance={"alike": 0}, ax=ax).set_xlabel(f"{UNITS[metric]}, as claimed →")
    clips = turned.groupby("origin")["n"].max()
    wide, oc_net = Fraction(settings.width), Fraction(settings.real_large_width)
    widths = "" if metric == "mae_difference" else f", OC-Net {oc_net}"
    note = "paired; " + (f"networks {wide} as wide as printed{widths}" if wide < 1 else "printed widths")
    protocol = PROTOCOLS.get(settings.folds, settings.folds)
    charts.caption(ax, " and ".join(clips.index), protocol=protocol, n=", ".join(map(str, clips)), note=note)
    return ax


def origins(ours: pd.DataFrame, metric: str) -> str:
    """``real``, ``simulated`` or both, of these differences, for the names of files."""
    return "_".join(sorted(set(ours["origin"][ours["metric"] == metric])))
