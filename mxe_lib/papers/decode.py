"""What P1 really printed: whole numbers of clips behind its per cents, found from the digits alone."""

import math

from mxe_lib.errors import MxeError
from mxe_lib.papers.published import Number, numbers


def pairs() -> dict[str, list[tuple[str, str, float, float]]]:
    """P1's distinct pairs of printed (accuracy, F1) in per cent, with their model, by database: 19 in all.

    Returns:
        database -> [(model, variant, accuracy, F1)], in the order of printing.
    """
    found: dict[str, dict] = {}
    for number, *pair in _p1_rows():
        found.setdefault(number.database, {}).setdefault(tuple(pair), (number.model, number.variant, *pair))
    return {database: list(rows.values()) for database, rows in found.items()}


def decode(pairs: list[tuple[float, float]], largest: int = 500) -> tuple[int, list[int]]:
    """The number of clips and the numbers of correct ones that lie behind P1's printed (accuracy, F1) pairs.

    Suppose that "F1" is c / N and "accuracy" is the pooled one-vs-rest (N + 2c) / 3N. Then one whole N, and a whole c
    for each pair, must give every printed digit. Both are searched for; nothing is assumed of them.

    Args:
        pairs: of one database, in per cent, to two decimals.
        largest: the largest N that is tried.

    Returns:
        The smallest N that fits all pairs, and each pair's c.

    Raises:
        MxeError: if no N up to ``largest`` fits: the two metrics are not these.

    >>> decode([(76.09, 64.14), (88.97, 83.45), (90.80, 86.21)])
    (145, [93, 121, 125])
    """
    fits = fitting(pairs, largest)
    if not fits:
        raise MxeError(f"no number of clips up to {largest} fits {pairs}: they are not this pair of metrics")
    return fits[0]


def fitting(pairs: list[tuple[float, float]], largest: int = 500) -> list[tuple[int, list[int]]]:
    """All (N, correct counts) up to ``largest`` that give every printed digit, the smallest N first."""
    fits = []
    for n in range(1, largest + 1):
        counts = [_correct(n, *pair) for pair in pairs]
        if None not in counts:
            fits.append((n, counts))
    return fits


def decoded() -> list[dict]:
    """P1's recognition tables with what lies behind them: the number of clips and of correct ones.

    Returns:
        A dict for each printed row: ``place, database, model, variant``, ``accuracy`` and ``f1`` as printed (per cent),
        ``n`` and ``correct``.
    """
    hidden = {}
    for database, rows in pairs().items():
        printed = [row[2:] for row in rows]
        n, counts = decode(printed)
        hidden |= {(database, *pair): (n, correct) for pair, correct in zip(printed, counts, strict=True)}
    table = []
    for number, accuracy, f1 in _p1_rows():
        n, correct = hidden[number.database, accuracy, f1]
        where = dict(place=number.place, database=number.database, model=number.model, variant=number.variant)
        table.append(dict(where, accuracy=accuracy, f1=f1, n=n, correct=correct))
    return table


def _p1_rows() -> list[tuple[Number, float, float]]:
    """Each row of P1's recognition tables: its first number, and its "accuracy" and "F1" in per cent."""
    scores = [number for number in numbers() if number.paper == "P1" and number.metric != "mae"]
    return [(a, float(a.printed[:-1]), float(b.printed[:-1])) for a, b in zip(scores[::2], scores[1::2], strict=True)]


def _correct(n: int, accuracy: float, f1: float) -> int | None:
    """The number of correct clips of n that prints both numbers, or None."""
    for correct in {math.floor(f1 * n / 100), math.ceil(f1 * n / 100)}:
        pooled = 100 * (n + 2 * correct) / (3 * n)
        if abs(100 * correct / n - f1) <= 0.005 + 1e-9 and abs(pooled - accuracy) <= 0.005 + 1e-9:
            return correct
    return None
