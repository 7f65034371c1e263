"""What is left of the papers' claims: each one settled by the papers' own tables where that is possible, else by ours.

A claim says that one system errs less (or more) than another. Ours is a paired difference on the same clips with its
corrected p (``rows.difference_rows``, ``results.found``); the papers' is what they print. The scale is
``verdicts.VERDICTS``. Simulated clips never settle a claim about real ones, nor do small networks one about large
ones: there the verdict is *cannot test*, and what they show stands beside it.

*Not* is no refutation: it says that the difference which a claim rests on has not been seen.
"""

from collections.abc import Callable, Iterable
from functools import cache

import numpy as np
import pandas as pd
from scipy import stats

from mxe_lib.errors import MxeError
from mxe_lib.evaluation import intervals, results
from mxe_lib.figures import tables
from mxe_lib.papers import decode, published, verdicts
from mxe_lib.papers.claims import CLAIMS, COMPARED, PRINTED

UNITS = {"mae_difference": "frames", "uf1_difference": "of UF1", "accuracy_difference": "of accuracy"}
UNITS |= dict.fromkeys(("log10_parameters_difference", "log10_multiply_adds_difference"), "powers of ten")
"""How the metric of a difference is read aloud."""


def word(value: float, p_holm: float, sign: int) -> str:
    """What a difference says of a claim about its sign: ``holds``, ``opposite`` or ``undecided``.

    >>> word(-2.0, 0.01, sign=-1), word(-2.0, 0.06, sign=-1), word(2.0, 0.01, sign=-1)
    ('holds', 'undecided', 'opposite')
    """
    if not results.found(p_holm):
        return "undecided"
    return "holds" if sign * value > 0 else "opposite"


MADE_WITH = ("device", "epochs", "precision", "width", "input")
"""What a variant says of how a difference was made, beside what it is a difference of."""


def ours(
    claims: Iterable[str],
    tables: Iterable[pd.DataFrame],
    faithful: bool,
    at_full_scale: Callable[[str], pd.DataFrame | None] = results.at_full_scale,
) -> pd.DataFrame:
    """The verdicts that our differences give, as rows of the result table ``verdicts``.

    Args:
        claims: names of ``CLAIMS``; those whose difference stands in no table are left out.
        tables: result tables.
        faithful: whether networks had the papers' widths and saw all clips of the databases at hand (the profiles
            ``full`` and ``paper``); else real clips, too, give *cannot test*. So do flow maps: they are small, and each
            is scaled by its own extremes.
        at_full_scale: by the name of an experiment, its table from networks at the papers' own widths and epochs. Where
            it has a claim's difference, that one has a row of its own, and on real flow maps it settles.
    """
    tables, found = list(tables), []
    rows = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=list(results.COLUMNS))
    for name in claims:
        full = at_full_scale(CLAIMS[name].experiment)
        parts = [("", key, part) for key, part in sorted(_differences(name, rows).items())]
        if full is not None:
            parts += [("full", key, part) for key, part in sorted(_differences(name, full).items())]
        for scale, (origin, input_), part in parts:
            whole = part[part["database"].isin(("pooled", "composite"))]
            if len(whole) != 1:
                raise MxeError(f"verdict '{name}': {len(whole)} rows of its difference on all clips: write exactly one")
            row, sign = whole.iloc[0], CLAIMS[name].sign
            shown = word(row["value"], row["p_holm"], sign)
            same_way = (sign * part["value"] > 0).all()
            verdict = {"holds": "reproduced" if same_way else "partly"}.get(shown, "not")
            settles = origin == "real" and (bool(scale) or (input_ == "frames" and faithful))
            settles &= bool(np.isfinite(row["p_holm"]))
            cell = dict(shows=shown) | ({} if input_ == "frames" else {"input": input_})
            cell |= {"scale": scale} if scale else {}
            found.append(_row(name, "ours", verdict if settles else "cannot test", **cell) | _numbers(row))
    return _table(found)


def _differences(name: str, rows: pd.DataFrame) -> dict[tuple[str, str], pd.DataFrame]:
    """The rows of a claim's difference, by the data's origin and what the network was fed."""
    claim = CLAIMS[name]
    mine = rows[(rows["experiment"] == claim.experiment) & (rows["model"] == claim.model)]
    mine = mine[(mine["metric"] == claim.metric) & (mine["source"] == "ours")]
    settings = [dict(pair.split("=", 1) for pair in text.split(";") if pair) for text in mine["variant"]]
    said = [{key: value for key, value in each.items() if key not in MADE_WITH} for each in settings]
    wanted = dict(pair.split("=", 1) for pair in claim.variant.split(";") if pair)
    fed = pd.Series([each.get("input", "frames") for each in settings], index=mine.index, dtype=object)
    kept = pd.Series([each == wanted for each in said], index=mine.index, dtype=bool)
    return {key: part for key, part in mine[kept].groupby(["origin", fed[kept]])}


def from_print() -> pd.DataFrame:
    """The verdicts that need no training: what the papers' own tables say of their claims.

    Of P2's five folds the paired t interval is taken, and p is corrected over its three ablations. P1 prints no fold's
    error: its tables can contradict a sentence, but give no interval that would confirm it. Its recognition scores are
    whole numbers of the same 441 clips (``decode.decoded``): where even the most favourable case, that one network got
    right all that the other did and the printed surplus besides, has p > 0.05 in McNemar's exact test, the difference
    is not shown.
    """
    found, folds = [], published.fold_errors()
    differences = {
        name: np.subtract(folds[table, first], folds[table, second])
        for name, table, first, second in (
            ("depth", "Table 5", "layers=5;normalization=bn", "layers=3;normalization=bn"),
            ("normalization", "Table 6", "layers=5;normalization=lrn", "layers=5;normalization=bn"),
            ("attention", "Table 7", *(f"attention={a};layers=5;normalization=lrn" for a in ("yes", "no"))),
        )
    }
    p_values = intervals.holm([stats.ttest_1samp(difference, 0).pvalue for difference in differences.values()])
    for (name, difference), p_holm in zip(differences.items(), p_values, strict=True):
        half = stats.sem(difference) * stats.t.ppf(0.975, len(difference) - 1)
        value, sign = difference.mean(), CLAIMS[name].sign
        shown = word(value, p_holm, sign)
        agree = f"{int((sign * difference > 0).sum())}_of_{len(difference)}_folds"
        row = _row(name, "print", "reproduced" if shown == "holds" else "not", agree=agree, shows=shown)
        numbers = dict(value=value, ci_low=value - half, ci_high=value + half, p_holm=p_holm, database="pooled")
        found.append(row | numbers | dict(source="published"))
    return _table([*found, _feedforward(), _sw_max(), *_surplus_clips()])


def from_cost(costs: pd.DataFrame) -> pd.DataFrame:
    """The verdicts on OC-Net's compactness: counted, not estimated, so that they need no interval.

    P1 gives neither number nor yardstick, and does not print the kernels of OC-Net or the widths of C1 to C4. So each
    count is made for every reading: three ways from 75 pixels to 8, two sets of widths (``models.oc_net``), and the
    median of all networks that P1 names beside OC-Net or of those whose scores it prints. A claim is *reproduced* if it
    holds under every reading, *not* if under none; else what is not printed decides, and nobody can test it.

    Args:
        costs: the result table ``model_cost``.

    Returns:
        A row for each count: by how many powers of ten OC-Net's lies above the median, in our first reading, and in
        how many readings it lies below; none if the table lacks a network.
    """
    found = []
    for name, metric in (("compact_parameters", "parameters"), ("compact_arithmetic", "multiply_adds")):
        counted = costs[(costs["metric"] == metric) & (costs["source"] == "ours") & (costs["variant"] == "")]
        counted = counted.drop_duplicates("model").set_index("model")["value"]
        if {"oc_net", *COMPARED} <= set(counted.index):
            medians = [np.median(np.log10(counted[list(rivals)])) for rivals in (COMPARED, PRINTED)]
            below = [np.log10(count) < median for count in oc_net_readings()[metric] for median in medians]
            verdict = "reproduced" if all(below) else "cannot test" if any(below) else "not"
            row = _row(name, "count", verdict, agree=f"{sum(below)}_of_{len(below)}_readings")
            value = float(np.log10(counted["oc_net"]) - medians[0])
            found.append(row | dict(value=value, database="composite", origin="simulated", unit="powers of ten"))
    return _table(found)


@cache
def oc_net_readings() -> dict[str, list[int]]:
    """``parameters`` and ``multiply_adds`` of OC-Net, each in all readings of what P1 does not print; ours first."""
    from mxe_lib import models
    from mxe_lib.models import cost, layers, oc_net

    readings = [(way, widths) for widths in (oc_net.CHANNELS, oc_net.COMPACT_CHANNELS) for way in oc_net.READINGS]
    networks = [models.build("oc_net", pooling=way, channels=widths) for way, widths in readings]
    return {
        "parameters": [layers.parameter_count(network) for network in networks],
        "multiply_adds": [cost.multiply_adds(network) for network in networks],
    }


def _feedforward() -> dict:
    cells = _p1("feedforward_variants", "casme2")
    base = {rule: cells[f"label=log;rule={rule}"] for rule in ("max", "sw_max")}
    gaps = [value - base[key.split("rule=")[1]] for key, value in cells.items() if key.startswith("feedforward=")]
    return _cells("feedforward", gaps, "casme2")


def _sw_max() -> dict:
    tables = [_p1(e, d) for e in ("label_functions", "feedforward_variants") for d in ("casme2", "samm")]
    pairs = {
        (key, cells[key], cells[key.replace("sw_max", "max")])
        for cells in tables
        for key in cells
        if key.endswith("rule=sw_max") and key.replace("sw_max", "max") in cells
    }
    return _cells("sw_max", sorted(first - second for _, first, second in pairs), "pooled")


def _surplus_clips() -> list[dict]:
    whole = [row for row in decode.decoded() if row["database"] == "composite"]
    rows, found = {(row["model"], row["variant"]): row for row in whole}, []
    oc_net, best = ("oc_net", "gan=no"), ("oc_net", "dropout=1+2")
    for name, first, second in (
        ("gan_vgg_m", ("vgg_m", "gan=yes"), ("vgg_m", "gan=no")),
        ("gan_oc_net", ("oc_net", "gan=yes"), oc_net),
        ("dropout_or_none", best, ("oc_net", "dropout=none")),
        ("dropout_or_more", best, ("oc_net", "dropout=1+2+3")),
        *((f"oc_net_beats_{rival}", oc_net, (rival, "gan=no")) for rival in ("off_apexnet", "ststnet", "vgg_m")),
    ):
        found.append(_surplus(name, rows[first]["correct"] - rows[second]["correct"], rows[first]["n"]))
    better, worse = (rows[oc_net]["correct"] - rows[rival, "gan=no"]["correct"] for rival in ("ststnet", "vgg_m"))
    for rival in COMPARED:
        if rival not in PRINTED:  # the text ranks it between these two
            found.append(_surplus(f"oc_net_beats_{rival}", better, rows[oc_net]["n"], at_most=worse))
    return found


def _surplus(name: str, clips: int, n: int, at_most: int | None = None) -> dict:
    """A printed order, by so many clips of n, or by so many at least."""
    best_case = stats.binomtest(clips, clips).pvalue if clips > 0 else 1.0
    counted = f"{clips}_to_{at_most}" if at_most else f"{clips}"
    row = _row(name, "print", "cannot test" if best_case <= 0.05 else "not", agree=f"{counted}_of_{n}_clips_more")
    numbers = dict(metric="accuracy_difference", value=clips / n, database="composite", n=n)
    return row | numbers | dict(source="published", unit="")


def _cells(name: str, gaps: list[float], database: str) -> dict:
    gaps, sign = np.array(gaps), CLAIMS[name].sign
    agree = f"{int((sign * gaps > 0).sum())}_of_{len(gaps)}_cells"
    verdict = "cannot test" if sign * gaps.mean() > 0 else "not"
    return _row(name, "print", verdict, agree=agree) | dict(value=gaps.mean(), database=database, source="published")


def _p1(experiment: str, database: str) -> dict[str, float]:
    return {
        number.variant: number.value
        for number in published.of_experiment(experiment)
        if number.paper == "P1" and number.database == database and "predecessor" not in number.variant
    }


def _row(name: str, basis: str, verdict: str, **more: object) -> dict:
    if verdict not in verdicts.VERDICTS:
        raise MxeError(f"verdict '{verdict}': choose one of {', '.join(verdicts.VERDICTS)}")
    pairs = dict(basis=basis, claim=name, verdict=verdict, **more)
    unit = "frames" if CLAIMS[name].metric == "mae_difference" else ""
    return dict(model=CLAIMS[name].model, variant=results.variant(**pairs), metric=CLAIMS[name].metric, unit=unit)


def _numbers(row: pd.Series) -> dict:
    names = ("value", "ci_low", "ci_high", "p_holm", "database", "origin", "protocol", "n", "unit")
    return {name: row[name] for name in names}


def _table(rows: list[dict]) -> pd.DataFrame:
    fixed = dict(experiment="verdicts", origin="real", seed="all", source="ours", protocol="")
    table = pd.DataFrame([fixed | row for row in rows]).reindex(columns=list(results.COLUMNS))
    return table if rows else table.astype(object)


def _basis(row: dict, pairs: dict) -> str:
    if pairs["basis"] != "ours":
        return pairs["basis"]
    return f"{row['origin']} {'flow maps' if 'input' in pairs else 'clips'}{', full scale' * ('scale' in pairs)}"


def read_aloud(table: pd.DataFrame) -> pd.DataFrame:
    """Verdict rows for reading: the claim and its name, what settles it, the difference, the verdict.

    ``towards``, ``low`` and ``high`` are the difference and its interval, turned so that positive means as claimed.
    """
    lines = []
    for row in table.to_dict("records"):
        pairs = dict(pair.split("=", 1) for pair in row["variant"].split(";"))
        claim = CLAIMS[pairs["claim"]]
        interval = "" if pd.isna(row["ci_low"]) else f" [{row['ci_low']:+.2f}, {row['ci_high']:+.2f}]"
        p_value = "" if pd.isna(row["p_holm"]) else f", p {tables.p_value(row['p_holm'])}"
        at_least = "at least " if "_to_" in pairs.get("agree", "") else ""
        low, high = sorted((claim.sign * row["ci_low"], claim.sign * row["ci_high"]))
        lines.append(
            {
                "name": pairs["claim"],
                "paper": f"{claim.paper}, {claim.place}",
                "claim": claim.in_print if pairs["basis"] == "print" and claim.in_print else claim.says,
                "settled by": f"{_basis(row, pairs)}, {row['database']}",
                "difference": f"{at_least}{row['value']:+.2f}{interval} {UNITS[row['metric']]}{p_value}",
                "verdict": pairs["verdict"],
                "shows": ", ".join(pairs[key].replace("_", " ") for key in ("shows", "agree") if key in pairs),
                "towards": claim.sign * row["value"],
                "low": low,
                "high": high,
            }
        )
    return pd.DataFrame(lines)


VERDICTS = {
    "reproduced": "the difference is found (corrected p below 0.05), and each database points the claimed way",
    "partly": "so over all clips, but not every database points that way",
    "not": "not shown: corrected p of 0.05 or more, found the other way, the own table disagrees, too few clips differ",
    "cannot test": "nothing that speaks of the claim: simulated clips, a reduced profile, single printed runs; or what "
    "is not printed decides",
}
"""The verdict scale: what our result says of a published claim."""
