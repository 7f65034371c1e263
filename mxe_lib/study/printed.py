"""What notebook 02 reads out of the two papers' tables: the rows that it draws and writes."""

from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from mxe_lib.databases.composite import OFFICIAL_COUNTS
from mxe_lib.evaluation import metrics, results
from mxe_lib.figures.names import words
from mxe_lib.papers import decode, published

DATABASES = {"composite": "all three", "casme2": "CASME II", "samm": "SAMM", "smic": "SMIC-HS"}
"""Of the recognition tables, as P1 prints them."""

RERUN = {"STSTNet": "ststnet", "OFF-ApexNet": "off_apexnet"}

SPOTTED_ON = {"casme2": "CASME II", "samm": "SAMM", "pooled": "both databases (P2's clips)"}
"""Of the spotting tables."""

SPOTTERS = (
    "vgg_m feedforward=any;label=linear;predecessor=1",
    "vgg_m label=log;rule=sw_max",
    "vgg_m label=impulse;rule=sw_max",
    "vgg_m feedforward=1;label=log;rule=sw_max",
    "spotting_cnn attention=yes;layers=5;normalization=lrn",
    "middle_frame",
    "uniform_random",
    "lbp_binary_search",
    "roi_prominence_peak",
)
"""Whose printed errors are drawn: the papers' own best, what they quote, and the naive ones."""


def always_negative() -> dict[str, np.ndarray]:
    """By database, the confusion matrix of a system that calls every clip of MEGC 2019 negative."""
    counts = {"composite": np.sum(list(OFFICIAL_COUNTS.values()), axis=0)} | OFFICIAL_COUNTS
    return {name: np.outer(own, [1, 0, 0]) for name, own in counts.items()}


def pairs() -> pd.DataFrame:
    """P1's printed (accuracy, F1) in per cent on the three databases together, for readers."""
    table = pd.DataFrame(decode.decoded()).query("database == 'composite'")
    system = [words(f"{model} {variant}") for model, variant in zip(table["model"], table["variant"], strict=True)]
    table = table.assign(system=system).rename(columns={"accuracy": '"accuracy"', "f1": '"F1-score"'})
    return table[["place", "system", '"accuracy"', '"F1-score"']].set_index("place")


def composite_scores() -> dict[str, float]:
    """UF1 on MEGC 2019 of well-known systems, as printed; a star says that each test person's best epoch was taken."""
    rows = pd.concat(map(published.result_rows, ("recognition_benchmark", "leak_ladder")))
    rows = rows[(rows["metric"] == "uf1") & (rows["database"] == "composite")]
    value = rows.set_index(["model", "variant"])["value"].to_dict()
    chosen = "selection=test_epoch"
    return {
        "CausalNet*": value["causalnet", chosen],
        "HTNet*": value["htnet", chosen],
        "EMR": value["emr", ""],
        "STSTNet": value["ststnet", ""],
    }


def reruns() -> dict[str, tuple[float, float]]:
    """UF1 of two networks, rerun by the authors of MEB: no epoch chosen, and each test person's best one."""
    rows = published.result_rows("leak_ladder").query("metric == 'uf1' and database == 'composite'")
    value = rows.set_index(["model", "variant"])["value"].to_dict()
    cells = ("code=meb;selection=none", "code=meb;selection=test_epoch")
    return {name: tuple(value[model, c] for c in cells) for name, model in RERUN.items()}


def accuracies() -> pd.DataFrame:
    """P1's plain accuracies as result rows, each with its Wilson interval: of independent clips, so too narrow."""
    table = pd.DataFrame(decode.decoded())
    ends = [stats.binomtest(row.correct, row.n).proportion_ci(method="wilson") for row in table.itertuples()]
    table = table.assign(
        value=table["correct"] / table["n"], ci_low=[e.low for e in ends], ci_high=[e.high for e in ends]
    )
    table = table.assign(metric="accuracy", seed="", origin="real", source="published")
    return table.drop_duplicates(["database", "model", "correct"])


def spotting() -> tuple[pd.DataFrame, dict[str, dict[str, float]]]:
    """The printed errors of ``SPOTTERS``, best first, and the middle frame's on each database as a chance line."""
    rows = published.result_rows("published_metrics").query("metric == 'mae'").sort_values("value")
    rows = rows[(rows["model"] + " " + rows["variant"]).isin(SPOTTERS) | rows["model"].isin(SPOTTERS)]
    other_clips = rows["variant"].isin(["set=all_rows", "set=megc2019"]) & (rows["database"] != "samm")
    rows = rows[~other_clips]
    rows = rows.assign(variant=rows["variant"].where(~rows["variant"].str.startswith(("set=", "benchmark=")), ""))
    middle = rows[rows["model"] == "middle_frame"].set_index("database")["value"]
    return rows, {database: {"middle frame": middle[database]} for database in SPOTTED_ON}


def write(folder: Path) -> pd.DataFrame:
    """Writes the result table ``published_metrics``, and reads it.

    It holds every printed number under its honest name, P1's accuracies with the clips behind them, and what always
    negative scores.
    """
    rows = [published.result_rows("published_metrics")]
    common = dict(experiment="published_metrics", origin="real", protocol="loso", seed="", source="ours")
    for row in accuracies().to_dict("records"):
        row = common | {
            k: row[k] for k in ("database", "model", "metric", "value", "ci_low", "ci_high", "n", "variant")
        }
        rows.append(row | {"variant": results.variant(decoded="yes") + ";" + row["variant"]})
    for database, matrix in always_negative().items():
        row = common | dict(database=database, model="always_negative", n=int(matrix.sum()))
        rows += [row | dict(metric=m, value=float(score(matrix))) for m, score in metrics.RECOGNITION.items()]
    results.write("published_metrics", rows, folder)
    return results.read("published_metrics", folder)
