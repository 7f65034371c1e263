"""What is left of the papers' claims: each one settled by the papers' own tables where that is possible, else by ours.

A claim says that one system errs less (or more) than another. Ours is a paired difference on the same clips with its
interval over subjects (``results.difference_rows``); the papers' is what they print. The scale is
``published.VERDICTS``. Simulated clips never settle a claim about real ones: there the verdict is *cannot test*, and
what the simulated clips show stands beside it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from mxe_lib import published, results
from mxe_lib.errors import MxeError


@dataclass(frozen=True)
class Claim:
    """What a paper says of two systems, and where our paired difference of them stands.

    Attributes:
        paper, place: where it is claimed.
        says: the claim in a sentence.
        experiment, model, variant: of the difference's row; the variant names the other system by ``than=``.
        sign: -1 where the claim wants a smaller error than the other's, +1 where it wants a larger one.
        metric: of the difference.
    """

    paper: str
    place: str
    says: str
    experiment: str
    model: str
    variant: str
    sign: int = -1
    metric: str = "mae_difference"


CLAIMS = {
    "log_label": Claim(
        *("P1", "sec 4", "a network errs less with the log label than with the linear one"),
        *("label_functions", "vgg_m", "label=log;rule=max;than=linear"),
    ),
    "continuous_labels": Claim(
        *("P1", "Table 3", "a network errs more with the impulse than with a continuous label"),
        *("label_functions", "vgg_m", "label=impulse;rule=max;than=log", +1),
    ),
    "sw_max": Claim(
        *("P1", "Table 3", "SW-Max errs less than Max"),
        *("label_functions", "vgg_m", "label=log;rule=sw_max;than=max"),
    ),
    "feedforward": Claim(
        *("P1", "Table 4", "a feed-forward bypass lowers the error"),
        *("feedforward_variants", "vgg_m", "feedforward=1;label=log;rule=max;than=base"),
    ),
    "depth": Claim(
        *("P2", "sec 4", "the more layers, the higher the error"),
        *("depth", "spotting_cnn", "layers=5;normalization=bn;rule=max;than=3_layers", +1),
    ),
    "normalization": Claim(
        *("P2", "Table 6", "response normalisation errs less than batch normalisation"),
        *("normalization", "spotting_cnn", "layers=5;normalization=lrn;rule=max;than=bn"),
    ),
    "attention": Claim(
        *("P2", "Table 7", "attention lowers the error"),
        *("attention", "spotting_cnn", "attention=yes;layers=5;normalization=lrn;rule=max;than=no_attention"),
    ),
    "attention_not_size": Claim(
        *("P2", "Table 7", "it is attention that does it (against a network of the same size without it)"),
        *("attention", "spotting_cnn", "attention=yes;layers=5;normalization=lrn;rule=max;than=same_size"),
    ),
} | {
    f"beats_{name}": Claim(
        *("P2", "Table 9", f"the attention network errs less than {words}"),
        *("spotting_benchmarks", "spotting_cnn", f"attention=yes;rule=max;than={name}"),
    )
    for name, words in {
        "optical_strain_peak": "the peak of optical strain",
        "smeconvnet": "SMEConvNet",
        "landmark_peak": "the peak of landmark displacement",
        "lbp_binary_search": "local binary patterns with divide and conquer",
    }.items()
}
"""By name; what both papers claim of spotting."""


def word(value: float, low: float, high: float, sign: int) -> str:
    """What an interval of a difference says of a claim about its sign: ``holds``, ``opposite`` or ``not shown``.

    >>> word(-2.0, -3.5, -0.5, sign=-1), word(-2.0, -5.0, 1.0, sign=-1), word(2.0, 0.5, 3.0, sign=-1)
    ('holds', 'not shown', 'opposite')
    """
    if not np.isfinite([value, low, high]).all():
        return "not shown"
    if sign * low > 0 and sign * high > 0:
        return "holds"
    return "opposite" if sign * low < 0 and sign * high < 0 else "not shown"


def ours(claims: Iterable[str], tables: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """The verdicts that our differences give, as rows of the result table ``verdicts``.

    On real data a claim that holds over all clips is *reproduced*, or *partly* where it does not point the same way in
    each database; one that does not hold is *not*. On simulated data it *cannot test*.

    Args:
        claims: names of ``CLAIMS``; those whose difference stands in no table are left out.
        tables: result tables.
    """
    rows = pd.concat(list(tables), ignore_index=True)
    found = []
    for name in claims:
        claim = CLAIMS[name]
        mine = rows[(rows["experiment"] == claim.experiment) & (rows["model"] == claim.model)]
        mine = mine[(mine["variant"] == claim.variant) & (mine["metric"] == claim.metric) & (mine["source"] == "ours")]
        for origin, part in mine.groupby("origin"):
            whole = part[part["database"].isin(("pooled", "composite"))]
            if len(whole) != 1:
                raise MxeError(f"verdict '{name}': {len(whole)} rows of its difference on all clips: write exactly one")
            row = whole.iloc[0]
            shown = word(row["value"], row["ci_low"], row["ci_high"], claim.sign)
            same_way = (claim.sign * part["value"] > 0).all()
            verdict = {"holds": "reproduced" if same_way else "partly"}.get(shown, "not")
            more = {} if origin == "real" else {"on_simulated": shown.replace(" ", "_")}
            verdict = verdict if origin == "real" else "cannot test"
            found.append(_row(name, "ours", verdict, **more) | _numbers(row))
    return _table(found)


def from_print() -> pd.DataFrame:
    """The verdicts that need no training: what the papers' own tables say of their claims.

    Of P2's five folds the paired t interval is taken; of P1's cells, which have no folds, the mean over cells, and how
    many point the claimed way. ``middle_frame``: the best published error against that of the middle frame.
    """
    found, folds = [], published.fold_errors()
    for name, table, first, second in (
        ("depth", "Table 5", "layers=5;normalization=bn", "layers=3;normalization=bn"),
        ("normalization", "Table 6", "layers=5;normalization=lrn", "layers=5;normalization=bn"),
        ("attention", "Table 7", *(f"attention={a};layers=5;normalization=lrn" for a in ("yes", "no"))),
    ):
        difference = np.subtract(folds[table, first], folds[table, second])
        half = stats.sem(difference) * stats.t.ppf(0.975, len(difference) - 1)
        value = difference.mean()
        shown = word(value, value - half, value + half, CLAIMS[name].sign)
        numbers = dict(value=value, ci_low=value - half, ci_high=value + half, database="pooled")
        better = int((CLAIMS[name].sign * difference > 0).sum())
        verdict = "reproduced" if shown == "holds" else "not"
        found.append(_row(name, "print", verdict, agree=f"{better}_of_{len(difference)}_folds") | numbers)
    found += [_feedforward(), _sw_max(), *_against_middle()]
    return _table(found)


def _feedforward() -> dict:
    cells = _p1("feedforward_variants", "casme2")
    base = {rule: cells[f"label=log;rule={rule}"] for rule in ("max", "sw_max")}
    gaps = [value - base[key.split("rule=")[1]] for key, value in cells.items() if key.startswith("feedforward=")]
    return _cells("feedforward", gaps, "casme2")


def _sw_max() -> dict:
    pairs = [
        (cells[key], cells[key.replace("sw_max", "max")])
        for cells in (_p1("label_functions", "casme2"), _p1("label_functions", "samm"))
        for key in cells
        if key.endswith("rule=sw_max") and key.replace("sw_max", "max") in cells
    ]
    return _cells("sw_max", [first - second for first, second in pairs], "pooled")


def _cells(name: str, gaps: list[float], database: str) -> dict:
    gaps, sign = np.array(gaps), CLAIMS[name].sign
    agree = int((sign * gaps > 0).sum())
    # Cells of one run on the same clips: without folds or seeds there is nothing to draw an interval from.
    verdict = "not" if sign * gaps.mean() <= 0 else "reproduced" if agree == len(gaps) else "partly"
    verdict = "cannot test" if verdict == "reproduced" else verdict
    return _row(name, "print", verdict, agree=f"{agree}_of_{len(gaps)}_cells") | dict(
        value=gaps.mean(), database=database
    )


def _against_middle() -> list[dict]:
    """The best error that each paper prints for its own network, less the middle frame's on the same databases."""
    rows = []
    known = {(n.database, n.variant): n.value for n in published.numbers() if n.model == "middle_frame"}
    for paper, database, clips in (("P1", "casme2", "five_classes"), ("P1", "samm", "all_rows"), ("P2", "pooled", "")):
        printed = [
            n.value
            for n in published.numbers()
            if n.paper == paper and n.metric == "mae" and n.database == database
            if "predecessor" not in n.variant and "fold=" not in n.variant and n.model in ("vgg_m", "spotting_cnn")
        ]
        middle = known[database, f"set={clips or 'p2_spotting'}"]
        value = min(printed) - middle
        verdict = "not" if value > 0 else "cannot test"
        rows.append(
            _row(f"beats_middle_frame_{paper.lower()}", "print", verdict) | dict(value=value, database=database)
        )
    return rows


def _p1(experiment: str, database: str) -> dict[str, float]:
    return {
        number.variant: number.value
        for number in published.of_experiment(experiment)
        if number.paper == "P1" and number.database == database and "predecessor" not in number.variant
    }


def _row(name: str, basis: str, verdict: str, **more: object) -> dict:
    if verdict not in published.VERDICTS:
        raise MxeError(f"verdict '{verdict}': choose one of {', '.join(published.VERDICTS)}")
    claim = CLAIMS.get(name)
    pairs = dict(basis=basis, claim=name, verdict=verdict, **more)
    model = claim.model if claim else {"p1": "vgg_m", "p2": "spotting_cnn"}[name[-2:]]
    return dict(model=model, variant=results.variant(**pairs), metric=claim.metric if claim else "mae_difference")


def _numbers(row: pd.Series) -> dict:
    names = ("value", "ci_low", "ci_high", "database", "origin", "protocol", "n", "unit")
    return {name: row[name] for name in names}


def _table(rows: list[dict]) -> pd.DataFrame:
    fixed = dict(experiment="verdicts", origin="real", seed="all", source="ours", unit="frames", protocol="")
    return pd.DataFrame([fixed | row for row in rows]).reindex(columns=list(results.COLUMNS))


def read_aloud(table: pd.DataFrame) -> pd.DataFrame:
    """Verdict rows for reading: claim, where it stands, what settles it, the difference, the verdict."""
    lines = []
    for row in table.to_dict("records"):
        pairs = dict(pair.split("=", 1) for pair in row["variant"].split(";"))
        claim = CLAIMS.get(pairs["claim"])
        middle = "the network errs less than the middle frame (a control that neither paper has)"
        interval = "" if pd.isna(row["ci_low"]) else f" [{row['ci_low']:+.2f}, {row['ci_high']:+.2f}]"
        beside = pairs.get("agree") or pairs.get("on_simulated") or ""
        beside = f"simulated: {beside}" if "on_simulated" in pairs else beside
        lines.append(
            {
                "paper": claim.paper if claim else pairs["claim"][-2:].upper(),
                "claim": claim.says if claim else middle,
                "settled by": f"{pairs['basis']}, {row['database']}",
                "difference": f"{row['value']:+.2f}{interval}",
                "verdict": pairs["verdict"],
                "beside": beside.replace("_", " "),
            }
        )
    return pd.DataFrame(lines)
