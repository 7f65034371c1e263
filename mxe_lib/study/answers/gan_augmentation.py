"""Notebook 08: whether flow that a GAN invents helps recognition."""

from collections.abc import Callable, Iterator

import pandas as pd

from mxe_lib.evaluation import results
from mxe_lib.figures.tables import cell
from mxe_lib.study.answers.phrases import listed

NETWORKS = {"vgg_m": "VGG-M", "oc_net": "OC-Net"}


def sentences(read: Callable[[str], pd.DataFrame]) -> Iterator[str]:
    """Of the tables ``gan_augmentation`` and ``gan_or_repeats``."""
    rows = read("gan_augmentation").query("source == 'ours' and database == 'composite' and seed == 'all'")
    gaps = _gaps(rows)
    clips = rows[rows["metric"] == "uf1"].iloc[0]
    gan = [gaps[model, "gan=yes;than=none"] for model in NETWORKS]
    yield (
        f"{_helps(gan)}: with a GAN for each fold UF1 changes by {_both(gan)} on {clips['n']} {clips['origin']} clips, "
        f"at this profile's widths; {_found(gan)}."
    )
    repeats = [gaps[model, "augment=resampled;than=none"] for model in NETWORKS]
    against = _gaps(read("gan_or_repeats").query("database == 'composite' and seed == 'all'"))
    more = [against[model, "gan=yes;than=resampled"] for model in NETWORKS]
    yield (
        f"Repeating the clips that are there invents nothing, and UF1 changes by {_both(repeats)}; {_more(more)}: GAN "
        f"minus repeated fields is {_both(more)}."
    )
    noise = [against[model, "gan=noise;than=resampled"] for model in NETWORKS]
    measures = read("gan_or_repeats").query("metric == 'class_agreement' and variant == 'class=all;start=noise'")
    yield (
        "A GAN that had only a few steps draws noise: a reader of true fields names the class that was asked for in "
        f"{100 * measures['value'].iloc[0]:.0f} % of its fields, chance being 33 %. Held against repeated fields, "
        f"{_more(noise)}: noise minus repeats is {_both(noise)}."
    )
    told, agree = (_measure(rows, name, "class=all;start=tuned") for name in ("told_from_real", "class_agreement"))
    true = _measure(rows, "class_agreement", "class=all;control=real_halves")
    yield (
        f"Of the fields of the first fold's GAN that reader names {100 * agree:.0f} % as asked for, and of true fields "
        f"of other people {100 * true:.0f} %; a linear model tells its fields from true ones in {100 * told:.0f} % of "
        "cases."
    )
    leak = [gaps[model, "control=gan_sees_test;gan=yes;than=gan"] for model in NETWORKS]
    linear = rows.query("model == 'logistic_regression' and metric == 'uf1'")["value"].iloc[0]
    scores = rows[(rows["metric"] == "uf1") & rows["model"].isin(list(NETWORKS))]["value"]
    yield (
        f"A GAN that saw the test subjects, as in print, differs from the honest one by {_both(leak)}; {_found(leak)}. "
        f"A linear model with nothing added scores {linear:.3f}; {(scores > linear).sum()} of {len(scores)} networks "
        "score more."
    )


def _gaps(rows: pd.DataFrame) -> dict[tuple[str, str], pd.Series]:
    gaps = rows[rows["metric"] == "uf1_difference"]
    return {(row["model"], row["variant"]): row for _, row in gaps.iterrows()}


def _measure(rows: pd.DataFrame, metric: str, variant: str) -> float:
    chosen = rows[(rows["metric"] == metric) & (rows["model"] == "gan") & (rows["variant"] == variant)]
    return chosen["value"].iloc[0]


def _both(gaps: list[pd.Series]) -> str:
    """The two networks' differences."""
    texts = [cell(gap["value"], gap["ci_low"], gap["ci_high"], signed=True) for gap in gaps]
    return listed(f"{text} ({name})" for text, name in zip(texts, NETWORKS.values(), strict=True))


def _named(gaps: list[pd.Series], sign: int) -> list[str]:
    """The networks whose difference is found, of this sign."""
    pairs = zip(gaps, NETWORKS.values(), strict=True)
    return [name for gap, name in pairs if results.found(gap["p_holm"]) and sign * gap["value"] > 0]


def _helps(gaps: list[pd.Series]) -> str:
    helps, harms = (_named(gaps, sign) for sign in (1, -1))
    parts = [f"it helps {listed(helps)}"] if helps else []
    parts += [f"it harms {listed(harms)}"] if harms else []
    text = listed(parts) or "that it helps is not found"
    return text[0].upper() + text[1:]


def _found(gaps: list[pd.Series]) -> str:
    named = _named(gaps, 1) + _named(gaps, -1)
    return f"found for {listed(named)}" if named else "neither difference is found"


def _more(gaps: list[pd.Series]) -> str:
    """Whether the first gains more than repeated fields."""
    more, less = (_named(gaps, sign) for sign in (1, -1))
    if more:
        return f"it is found to gain more than repeats for {listed(more)}"
    return f"it gains less than repeats for {listed(less)}" if less else "more than repeats gain is not found"
