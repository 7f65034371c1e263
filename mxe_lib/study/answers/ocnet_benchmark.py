"""Notebook 07: is OC-Net better than a linear model, and who is best."""

from collections.abc import Iterator
from fractions import Fraction

import pandas as pd

from mxe_lib.evaluation import results
from mxe_lib.figures.names import PROTOCOLS, name
from mxe_lib.figures.tables import cell, p_value
from mxe_lib.study import profiles
from mxe_lib.study.answers.phrases import listed

LINEAR = "logistic_regression"


def sentences(read) -> Iterator[str]:
    """Of the table ``recognition_benchmark``; of the real maps where there are some, then of the clips."""
    table = read("recognition_benchmark").query("source == 'ours' and database == 'composite'")
    table = table.assign(input=table["variant"].str.extract("input=([^;]+)")[0])
    main = "public_maps" if (table["input"] == "public_maps").any() else "frames"
    rows = table[table["seed"] == "all"]
    scores = rows[rows["metric"] == "uf1"]
    gaps = rows[(rows["metric"] == "uf1_difference") & rows["variant"].str.endswith(f"than={LINEAR}")]
    here, apart = (part[part["input"] == main] for part in (scores, gaps))
    yield _title(here, apart, read.settings, main)
    yield _best(here, apart)
    networks = [*dict.fromkeys(apart[~apart["model"].isin(["ours", "pca_svm", "oc_net"])]["model"])]
    others = apart[apart["model"].isin(networks)]
    better, worse = (_named(others[side & others["p_holm"].map(results.found)]) for side in _sides(others))
    yield (
        f"Of the other {len(networks)} networks, {better or 'none'} {'are' if ' and ' in better else 'is'} found to "
        f"score higher than logistic regression on the same people; found lower: {worse or 'none'}."
    )
    if main == "public_maps":
        yield _clips(*(part[part["input"] == "frames"] for part in (scores, gaps)))
    seeds = table.query("model == 'ststnet' and metric == 'uf1' and seed != 'all' and input == @main")
    if len(seeds):
        values = seeds[seeds["protocol"] == seeds["protocol"].iloc[0]]["value"]
        yield (
            f"The seed alone moves a score: STSTNet, trained {len(values)} times, lies between {values.min():.3f} and "
            f"{values.max():.3f}."
        )


def _title(here: pd.DataFrame, apart: pd.DataFrame, settings: profiles.Profile, main: str) -> str:
    """At the paper's width and epochs it is an answer; below, it says so first."""
    ours = _one(here, "oc_net")
    other = here[(here["model"] == LINEAR) & (here["protocol"] == ours["protocol"])].iloc[0]
    gap = _one(apart, "oc_net")
    verdict = "a difference from the linear model is not found"
    if results.found(gap["p_holm"]):
        verdict = f"it is found {'above' if gap['value'] > 0 else 'below'} the linear model"
    width, papers = Fraction(settings.real_large_width).limit_denominator(64), profiles.load("paper")
    epochs = settings.real_epochs if main == "public_maps" else settings.clip_epochs
    size = f"at {'full width' if width >= 1 else f'{width} of its width'} and {epochs} of {papers.real_epochs} epochs"
    full = width >= 1 and epochs >= papers.real_epochs
    opening = ("At the paper's scale" if full else f"Not tested at the paper's scale; {size}") + f", {verdict}"
    return (
        f"{opening}: OC-Net reaches a UF1 of {_score(ours)} on {ours['n']} {ours['origin']} "
        f"{'maps' if ours['origin'] == 'real' else 'clips'}, logistic regression {_score(other)} on the same "
        f"{PROTOCOLS.get(ours['protocol'], 'folds')}; the difference is {_gap(gap)}."
    )


def _best(here: pd.DataFrame, apart: pd.DataFrame) -> str:
    best = here.sort_values("value").iloc[-1]
    said = (
        f"The highest score is that of {_system(best)}: {_score(best)}, judged by: "
        f"{PROTOCOLS.get(best['protocol'], 'folds')}"
    )
    mine = apart[(apart["model"] == best["model"]) & (apart["protocol"] == best["protocol"])]
    if not len(mine):
        return f"{said}."
    word = "found" if results.found(mine["p_holm"].iloc[0]) else "not found"
    return (
        f"{said}; that it differs from logistic regression on the same people is {word} "
        f"({_gap(mine.iloc[0])}, corrected p {p_value(mine['p_holm'].iloc[0])})."
    )


def _clips(scores: pd.DataFrame, gaps: pd.DataFrame) -> str:
    ours, gap = _one(scores, "oc_net"), _one(gaps, "oc_net")
    linear = scores[(scores["model"] == LINEAR) & (scores["protocol"] == ours["protocol"])].iloc[0]
    word = "found" if results.found(gap["p_holm"]) else "not found"
    return (
        f"On {ours['n']} {ours['origin']} clips OC-Net reaches {_score(ours)} and logistic regression {_score(linear)}"
        f"; a difference is {word} there."
    )


def _sides(gaps: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    return gaps["value"] > 0, gaps["value"] < 0


def _one(rows: pd.DataFrame, model: str) -> pd.Series:
    """The system's own row: without a GAN."""
    return rows[(rows["model"] == model) & ~rows["variant"].str.contains("gan=yes")].iloc[0]


def _named(rows: pd.DataFrame) -> str:
    return listed(dict.fromkeys(name(model) for model in rows["model"]))


def _system(row: pd.Series) -> str:
    return "the one of our own systems that inner folds choose" if row["model"] == "ours" else name(row["model"])


def _score(row: pd.Series) -> str:
    return cell(row["value"], row["ci_low"], row["ci_high"])


def _gap(row: pd.Series) -> str:
    return cell(row["value"], row["ci_low"], row["ci_high"], signed=True)
