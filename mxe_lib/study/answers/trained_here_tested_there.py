"""Notebook 15: what is left of a score in another laboratory."""

from collections.abc import Callable, Iterator

import pandas as pd

from mxe_lib.evaluation import results
from mxe_lib.figures.names import DATABASES, name
from mxe_lib.figures.tables import cell, p_value
from mxe_lib.study import cross_database
from mxe_lib.study.answers.phrases import listed

LINEAR = "logistic_regression"


def sentences(read: Callable[[str], pd.DataFrame]) -> Iterator[str]:
    """Of the table ``cross_database``."""
    table = read("cross_database").query("seed == 'all'")
    one = read.settings.small_folds
    left = cross_database.survives(table, one)
    uf1 = table[table["metric"] == "uf1"].set_index(["model", "protocol", "database", "variant"])["value"].sort_index()
    yield _title(left.loc[LINEAR, "composite"], table, uf1.loc["always_negative", "none", "composite"].iloc[0])
    yield _systems(left)
    yield _control(table, one)
    yield _simulated(table)
    yield _pairs(table)


def _title(linear: pd.Series, table: pd.DataFrame, naive: float) -> str:
    rows = table[(table["model"] == LINEAR) & (table["protocol"] == "lodo") & (table["metric"] == "uf1")]
    row = rows[rows["database"] == "composite"].iloc[0]
    word = "found" if results.found(linear["p"]) else "not found"
    return (
        f"Of the linear model's UF1 {linear['share']:.0%} is left where nobody of the tested laboratory taught it: "
        f"{_cell(row)} after {linear['person']:.3f} with one person left out, on {row['n']} {row['origin']} maps. "
        f"The change of {_gap(linear)} is {word} (corrected p {p_value(linear['p'])}); always negative has {naive:.3f}."
    )


def _systems(left: pd.DataFrame) -> str:
    every = [name for name in dict.fromkeys(left.index.get_level_values("model"))]
    kept = listed(f"{name(model)} {left.loc[(model, 'composite'), 'share']:.0%}" for model in every)
    single = left[left.index.get_level_values("database") != "composite"]
    found = single[single["p"].map(results.found)]
    where = listed(f"{name(model)} on {DATABASES[database]}" for model, database in found.index) or "no system"
    return f"On all clips the systems keep: {kept}. On one database alone a loss or gain is found for {where}."


def _control(table: pd.DataFrame, one: str) -> str:
    rows = table[(table["model"] == LINEAR) & (table["database"] == "composite")]
    scores = rows[(rows["metric"] == "uf1") & (rows["protocol"] == one)].set_index("variant")["value"]
    gap = rows[rows["variant"].str.contains("than=as_many_clips")].query("metric == 'uf1_difference'").iloc[0]
    word = "found" if results.found(gap["p_holm"]) else "not found"
    return (
        f"The number of clips by itself: with as few, of all laboratories, the linear model scores "
        f"{scores['control=as_many_clips']:.3f}, with all of them {scores['']:.3f}. Held against as few clips of all, "
        f"those of other laboratories change {_cell(gap, True)}, which is {word}."
    )


def _simulated(table: pd.DataFrame) -> str:
    rows = table[(table["model"] == "shipped") & (table["database"] == "composite")]
    score = rows[rows["metric"] == "uf1"].iloc[0]
    gap = rows[rows["metric"] == "uf1_difference"].iloc[0]
    word = "found" if results.found(gap["p_holm"]) else "not found"
    return (
        f"A recogniser that saw no map of any laboratory, only simulated people, scores {_cell(score)}; a difference "
        f"from the linear model of the other laboratories is {word} ({_cell(gap, True)}). It is not quite "
        f"new to them: which units its people show was counted in CASME II and SAMM, and its recipe was set after real "
        f"maps had been scored (`reference/looks.md`)."
    )


def _pairs(table: pd.DataFrame) -> str:
    square = cross_database.matrix(table, LINEAR)
    pairs = {(one, other): square.loc[one, other] for one in square.index for other in square if one != other}
    pairs = pd.Series(pairs)
    own = pd.Series({key: square.loc[key, key] for key in square.index})
    best, worst = pairs.idxmax(), pairs.idxmin()
    return (
        f"Taught by one database alone, the linear model reads another with {pairs.min():.3f} ({_way(worst)}) to "
        f"{pairs.max():.3f} ({_way(best)}); other people of the same database give {own.min():.3f} to {own.max():.3f}."
    )


def _way(pair: tuple[str, str]) -> str:
    return f"{DATABASES[pair[0]]} to {DATABASES[pair[1]]}"


def _gap(row: pd.Series) -> str:
    return cell(row["gap"], row["low"], row["high"], signed=True)


def _cell(row: pd.Series, signed: bool = False) -> str:
    return cell(row["value"], row["ci_low"], row["ci_high"], signed=signed)
