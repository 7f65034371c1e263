"""Notebook 09: is OC-Net compact, and what are its choices worth."""

from collections.abc import Iterator
from fractions import Fraction

import pandas as pd

from mxe_lib.evaluation import results
from mxe_lib.figures.names import PHRASES
from mxe_lib.figures.tables import cell
from mxe_lib.study.answers.phrases import listed

CHOICES = {"none": "no dropout", "1": "dropout in unit 1 alone", "1+2+3": "dropout in a third unit"}
CHOICES |= {"early_pooling": PHRASES["than=early_pooling"]}


def sentences(read) -> Iterator[str]:
    """Of the tables ``model_cost`` and ``ocnet_dropout``."""
    costs = read("model_cost").query("source == 'ours'")
    counted = costs[costs["variant"] == ""].set_index(["metric", "model"])["value"]
    read_narrowly = costs[costs["variant"] == "channels=compact"].set_index("metric")["value"]
    narrow, wide = (
        [read_as[metric] / counted[metric, "vgg_m"] for metric in COUNTED]
        for read_as in (read_narrowly, counted.xs("oc_net", level="model"))
    )
    most = counted["multiply_adds"].drop("oc_net").max() < read_narrowly["multiply_adds"]
    yield (
        f"Not in arithmetic: by how the widths are read that the paper doesn't print, OC-Net has {narrow[1]:,.0f} to "
        f"{wide[1]:,.0f} times the multiply-adds of VGG-M{', the most of all networks here,' if most else ''} and "
        f"{narrow[0]:.2f} to {wide[0]:.2f} times its parameters; of its four design choices that were varied, a "
        f"difference is found for: {_worth(read('ocnet_dropout'))}."
    )
    early = costs[(costs["variant"] == "pooled=1+2+3") & (costs["metric"] == "multiply_adds")]["value"].iloc[0]
    yield (
        f"Pooling early instead of late leaves the parameters as they are and divides the multiply-adds by "
        f"{counted['multiply_adds', 'oc_net'] / early:.0f}."
    )
    width = Fraction(read.settings.real_large_width).limit_denominator(64)
    size = f"at {width} of its width" if width < 1 else "at full width"
    for origin, part in sorted(_gaps(read("ocnet_dropout")).groupby("origin")):
        varied = part[part["than"].isin(CHOICES)]
        largest = varied.loc[varied["value"].abs().idxmax()]
        seed = part[part["than"] == "another_seed"].iloc[0]
        yield (
            f"On {seed['n']} {origin} clips, {size}, the largest of the four differences in UF1 is that from "
            f"{CHOICES[largest['than']]}: {_gap(largest)} for the paper's choice; a second seed alone makes "
            f"{abs(seed['value']):.3f}."
        )
    same = costs[costs["metric"] == "int8_agreement"].sort_values("origin")
    agreed = [f"{row.value:.0%} of {row.n} {row.origin} clips" for row in same.itertuples()]
    yield f"With 8-bit weights and activations OC-Net gives the same class for {listed(agreed)}."


COUNTED = ("parameters", "multiply_adds")


def _gaps(table: pd.DataFrame) -> pd.DataFrame:
    rows = table.query("source == 'ours' and database == 'composite' and metric == 'uf1_difference'")
    return rows.assign(than=rows["variant"].str.extract("than=([^;]+)")[0])


def _worth(table: pd.DataFrame) -> str:
    """The choices whose difference is found, and larger than that of a second seed."""
    found = []
    for origin, part in _gaps(table).groupby("origin"):
        chance = part[part["than"] == "another_seed"]["value"].abs().iloc[0]
        for row in part.itertuples():
            if row.than in CHOICES and results.found(row.p_holm) and abs(row.value) > chance:
                found.append(f"{CHOICES[row.than]} ({origin} clips)")
    return listed(found, ";") or "none"


def _gap(row) -> str:
    return cell(row.value, row.ci_low, row.ci_high, signed=True)
