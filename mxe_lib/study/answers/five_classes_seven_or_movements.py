"""Notebook 14: what more classes do to scores, and whether movements are told apart better than emotions."""

from collections.abc import Callable, Iterator

import pandas as pd

from mxe_lib.evaluation import results
from mxe_lib.figures.names import DATABASES, home, name, phrase
from mxe_lib.figures.tables import cell
from mxe_lib.study.answers.phrases import listed

LINEAR, NETWORK = "logistic_regression", "ststnet"


def sentences(read: Callable[[str], pd.DataFrame]) -> Iterator[str]:
    """Of the table ``label_schemes``."""
    rows = read("label_schemes").query("seed == 'all'")
    scores = rows.set_index(["database", "model", "variant", "metric"])
    databases = [key for key in DATABASES if (rows["database"] == key).any()]
    yield _title(scores, databases)
    yield _naive(scores, databases[0])
    yield _ceiling(scores, databases)
    yield _units(scores, databases)
    yield _network(rows)


def _title(scores: pd.DataFrame, databases: list[str]) -> str:
    parts = []
    for key in databases:
        gap = scores.loc[(key, LINEAR, "labels=objective;than=five_emotions", "kappa_difference")]
        variants = [f"clips=both;labels={scheme}" for scheme in ("objective", "five")]
        kappas = [scores.loc[(key, LINEAR, one, "kappa"), "value"] for one in variants]
        side = "better" if gap["ci_low"] > 0 else "worse" if gap["ci_high"] < 0 else "neither clearly better nor worse"
        parts.append(
            f"{side} on {gap['n']} {gap['origin']} clips {_whose(scores, [key])} ({kappas[0]:.2f} against "
            f"{kappas[1]:.2f}, difference {_cell(gap, True)})"
        )
    return (
        f"Set against five emotions, movements (objective classes) are told apart {' and '.join(parts)}: kappa of a "
        f"linear model, where 0 is chance; intervals over people, without a test."
    )


def _naive(scores: pd.DataFrame, database: str) -> str:
    def of(model: str, metric: str) -> list[float]:
        return [scores.loc[(database, model, f"labels={s}", metric), "value"] for s in ("three", "seven")]

    accuracy, uf1, linear = of("always_largest", "accuracy"), of("always_largest", "uf1"), of(LINEAR, "uf1")
    return (
        f"What knows nothing sinks with the number of classes: from three to seven, always naming the most frequent "
        f"one goes from {accuracy[0]:.2f} to {accuracy[1]:.2f} in accuracy and from {uf1[0]:.2f} to {uf1[1]:.2f} in "
        f"UF1. The linear model's UF1 goes from {linear[0]:.2f} to {linear[1]:.2f}: scores of two numbers of classes "
        f"can't be held against each other."
    )


def _ceiling(scores: pd.DataFrame, databases: list[str]) -> str:
    def of(model: str, scheme: str) -> str:
        return listed(f"{scores.loc[(key, model, f'labels={scheme}', 'uf1'), 'value']:.2f}" for key in databases)

    return (
        f"Whoever saw every unit rightly would reach a UF1 of only {of('from_units', 'five')} on five classes "
        f"({_whose(scores, databases)}), because coders gave one movement several names; "
        f"without others, the class of what fits nowhere, {of('from_units', 'four')}. The linear model has "
        f"{of(LINEAR, 'five')} with it and {of(LINEAR, 'four')} without."
    )


def _units(scores: pd.DataFrame, databases: list[str]) -> str:
    def of(model: str, metric: str = "macro_f1") -> str:
        return listed(f"{scores.loc[(key, model, 'labels=units', metric), 'value']:.2f}" for key in databases)

    return (
        f"As a list of action units ({_whose(scores, databases)}) the mean F1 is "
        f"{of(LINEAR)} for linear models and {of(NETWORK)} for {name(NETWORK)}; naming every unit in every clip has "
        f"{of('always_present')}. Naming none is right in {of('always_absent', 'accuracy')} of all answers, and finds "
        f"nothing."
    )


def _network(rows: pd.DataFrame) -> str:
    gaps = rows[(rows["model"] == NETWORK) & rows["metric"].isin(["uf1_difference", "macro_f1_difference"])]
    found = gaps[gaps["p_holm"].map(results.found)]
    sides = {"above": found[found["value"] > 0], "below": found[found["value"] < 0]}
    said = [
        f"{side} it in {len(part)} ({listed(dict.fromkeys(_scheme(v) for v in part['variant']), ';')})"
        for side, part in sides.items()
        if len(part)
    ]
    return (
        f"Of {len(gaps)} comparisons of {name(NETWORK)} with the linear model on the same labels and people it is "
        f"found {listed(said) or 'neither above nor below it'}."
    )


def _whose(scores: pd.DataFrame, databases: list[str]) -> str:
    homes = [home(key, scores["origin"].iloc[0]) for key in databases]
    return listed(homes if homes[0].startswith("like") else [f"of {one}" for one in homes])


def _scheme(variant: str) -> str:
    return phrase(variant.split(";")[0])


def _cell(row: pd.Series, signed: bool = False) -> str:
    return cell(row["value"], row["ci_low"], row["ci_high"], digits=2, signed=signed)
