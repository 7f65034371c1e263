"""Whether numbers began anew while a clip was filmed: counters that ran out, clocks at midnight, the first of a month.

Natural order puts what came after such a moment before what came before it.
"""

import contextlib
import datetime
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

CYCLES = (60, 256, 1024, 3600, 4096, 65536, 86400, 2**24, 2**32)
"""Numbers after which counters of frames begin anew, beside powers of ten: clocks, and counters of some bits."""

PARTS = (12, 24, 28, 29, 30, 31)
"""The same of a part of a date or a clock, which stands for several frames: months, hours, days."""

LEAST = 4
"""Frames, of which fewer may have been chosen: 1, 58 and 59 are an onset, an apex and an offset."""


def begins_anew(digits: Sequence[str]) -> int | None:
    """The place of the first number before which the clip may truly begin; None where nothing says so.

    So it is where the numbers leave out more than half of a cycle, and otherwise end at its end and start at its start.

    Args:
        digits: of one number of each name, in the order of their values.
    """
    numbers = [int(each) for each in digits]
    alone = len(set(numbers)) == len(numbers)
    if len(set(numbers)) < 2 or (alone and len(numbers) < LEAST):
        return None
    cycles = [*CYCLES, 10 ** len(str(numbers[-1]))] + ([] if alone else list(PARTS))
    found = any(_runs_over(numbers, cycle, cycle in PARTS) for cycle in cycles if cycle >= 12)
    found = found or any(_runs_over(times, cycle) for times, cycle in _clocks(digits))
    if found or _dates_turned(digits):
        steps = [after - before for before, after in pairwise(numbers)]
        return steps.index(max(steps)) + 1
    return None


def _runs_over(numbers: Sequence[int], cycle: int, from_one: bool = False) -> bool:
    """Whether they are the end of a cycle and the beginning of the next one."""
    values = sorted(set(numbers))
    steps = sorted(after - before for before, after in pairwise(values))
    usual = median(steps[:-1]) if len(steps) > 1 else 1
    if values[-1] > cycle - (not from_one) or steps[-1] <= cycle / 2 or (len(steps) > 1 and steps[-2] > cycle / 4):
        return False
    return cycle - values[-1] + values[0] <= (1 if from_one else max(2, 1.5 * usual))


def _clocks(digits: Sequence[str]) -> list[tuple[list[int], int]]:
    """The times that the digits may be, and how many of their unit a clock has: HHMM, MMSS, HHMMSS, HHMMSSmmm."""
    length = len(digits[0])
    if {len(each) for each in digits} != {length} or length not in (4, 6, 9) or not all(map(str.isdecimal, digits)):
        return []
    pairs = [[int(each[place : place + 2]) for place in range(0, min(length, 6), 2)] for each in digits]
    if any(part >= 60 for each in pairs for part in each):
        return []
    if length == 4:
        times = [60 * first + second for first, second in pairs]
        return [(times, 1440), (times, 3600)]
    if any(each[0] >= 24 for each in pairs):
        return []
    times = [3600 * hours + 60 * minutes + seconds for hours, minutes, seconds in pairs]
    if length == 6:
        return [(times, 86400)]
    return [([1000 * time + int(each[6:]) for time, each in zip(times, digits, strict=True)], 86_400_000)]


def clock_times(digits: Sequence[Sequence[str]]) -> tuple[int, ...]:
    """Times of names that end with a clock and a part of its second: 123059_966, 12-30-59.966123; none of others.

    Args:
        digits: all numbers of each name, as it writes them. Those before the clock must be the same.

    Returns:
        Milliseconds, or what else the last number counts in.
    """
    lengths = {tuple(map(len, each)) for each in digits}
    if len(lengths) > 1:
        return ()
    (sizes,) = lengths
    parts = 1 if sizes[-2:-1] == (6,) else 3 if sizes[-4:-1] == (2, 2, 2) else 0
    if not parts or sizes[-1] not in (3, 6) or len({tuple(each[: -parts - 1]) for each in digits}) > 1:
        return ()
    clocks = _clocks(["".join(each[-parts - 1 : -1]) for each in digits])
    seconds = clocks[0][0] if clocks else []
    return tuple(time * 10 ** sizes[-1] + int(each[-1]) for time, each in zip(seconds, digits, strict=bool(clocks)))


def _dates_turned(digits: Sequence[str]) -> bool:
    """Whether they are days that follow one another, in another order: 31012024 and 01022024, the day first."""
    given = list(dict.fromkeys(digits))
    for pattern in ("%d%m%Y", "%m%d%Y", "%d%m%y", "%m%d%y"):
        with contextlib.suppress(ValueError):
            if {len(each) for each in given} == {8 if "Y" in pattern else 6}:
                days = [datetime.datetime.strptime(each, pattern).date().toordinal() for each in given]
                if days != sorted(days) and max(days) - min(days) == len(days) - 1:
                    return True
    return False
