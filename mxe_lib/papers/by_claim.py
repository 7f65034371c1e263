"""The verdicts claim by claim: what print says, what our runs show, at full scale too, and the word that is left."""

from collections import Counter
from collections.abc import Iterable

import pandas as pd

from mxe_lib.figures.tables import DIGITS, cell
from mxe_lib.papers.claims import CLAIMS
from mxe_lib.papers.verdicts import VERDICTS, read_aloud

SPOTTING = tuple(name for name, claim in CLAIMS.items() if claim.metric == "mae_difference")
RECOGNITION = tuple(name for name, claim in CLAIMS.items() if claim.metric == "uf1_difference")
COUNTED = tuple(name for name in CLAIMS if name not in SPOTTING + RECOGNITION)

SAYS = {"holds": "found", "opposite": "the opposite found", "undecided": "not found"}
"""What a difference says, beside its number."""

BASES = ("clips, full scale", "clips", "flow maps, full scale", "count", "print")
"""What may settle a claim; the first one that does has the word."""


def final(table: pd.DataFrame) -> dict[str, str]:
    """Claim -> its one verdict: of the best basis that settles it, else *cannot test*.

    Args:
        table: the result table ``verdicts``, or rows of it.
    """
    found = dict.fromkeys(CLAIMS, "cannot test")
    for line in _ranked(table):
        if found[line["name"]] == "cannot test":
            found[line["name"]] = line["verdict"]
    return found


def count(table: pd.DataFrame) -> dict[str, int]:
    """Verdict -> how many claims have it, in the order of ``VERDICTS``; those that no claim has are left out."""
    counted = Counter(final(table).values())
    return {word: counted[word] for word in VERDICTS if counted[word]}


def table(rows: pd.DataFrame, names: Iterable[str]) -> pd.DataFrame:
    """A line for each claim: what print says, each of our differences, turned so that + is as claimed, the verdict.

    Args:
        rows: the result table ``verdicts``.
        names: the claims, in the order of ``CLAIMS``.
    """
    verdict, lines = final(rows), {}
    aloud = read_aloud(rows)
    columns = sorted({_column(line) for line in aloud["settled by"]} - {"in print", "counted"}, key=_order)
    for line in aloud.to_dict("records"):
        if line["name"] in names:
            mine = lines.setdefault(line["name"], {})
            mine[_column(line["settled by"])] = _text(line)
    kept = [name for name in ("in print", "counted", *columns) if any(name in line for line in lines.values())]
    shown = [
        {"claim": CLAIMS[name].says, "of": CLAIMS[name].paper}
        | {column: lines[name].get(column, "–") for column in kept}
        | {"verdict": verdict[name]}
        for name in names
        if name in lines
    ]
    return pd.DataFrame(shown).set_index("claim") if shown else pd.DataFrame(shown)


def _ranked(table: pd.DataFrame) -> list[dict]:
    settled = [line for line in read_aloud(table).to_dict("records") if line["verdict"] != "cannot test"]
    return sorted(settled, key=lambda line: BASES.index(_basis(line["settled by"])))


def _basis(settled_by: str) -> str:
    """``real flow maps, full scale, composite`` -> ``flow maps, full scale``."""
    return settled_by.rpartition(", ")[0].removeprefix("real ").removeprefix("simulated ")


def _column(settled_by: str) -> str:
    return {"print": "in print", "count": "counted"}.get(basis := settled_by.rpartition(", ")[0], basis)


def _order(column: str) -> tuple:
    return not column.startswith("simulated"), "flow maps" in column, "full scale" in column


def _text(line: dict) -> str:
    said = line["shows"].split(", ")
    frames = CLAIMS[line["name"]].metric == "mae_difference"
    if line["settled by"].startswith("count"):
        return f"{10 ** -line['towards']:.3g} times the median; below it in {said[-1]}"
    if line["settled by"].startswith("print"):
        return (
            f"{line['towards']:+.1f}, {said[-1]}" if frames else said[-1].replace(" of 441 clips more", " clips more")
        )
    digits = DIGITS["mae"] if frames else 2
    return f"{cell(line['towards'], line['low'], line['high'], digits=digits, signed=True)}, {SAYS[said[0]]}"
