"""The order of a clip's frames and their numbers, as far as the names of its files tell them."""

import functools
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from pathlib import Path

from mxe_lib.databases import counters

LARGEST_NUMBER = 10**9
"""Of a frame. Larger ones are times or dates: they order the frames, and say nothing that can be counted with."""

UNITS = {
    *("h", "hr", "hour", "hours", "m", "min", "mins", "s", "sec", "secs", "second", "seconds"),
    *("ms", "msec", "us", "\u03bcs", "usec", "ns", "am", "pm"),
}
"""Of times: a number that one follows is greater or less than one with another."""

SOURCES = {
    *("cam", "camera", "kamera", "cams", "c", "view", "angle", "device", "kinect", "sensor", "stream", "channel"),
    *("sub", "subject", "person", "face", "take", "trial", "session", "run", "rep", "clip", "video", "ep", "episode"),
}
"""Before a number that says which camera, person or clip, and not when."""


class Unclear(Exception):
    """Why names do not tell their order."""


@dataclass(frozen=True)
class Order:
    """Files in the order of their frames.

    Attributes:
        files: by frame number, in order.
        counted: whether the numbers are places in that order, from 1 on, because the names hold no frame numbers.
        marks: what the names count in: frame numbers, or times in a unit that they don't say; none where that is not
            one number.
        notes: what a reader must know of the order.
        doubt: why the order may be another, although each name has a number of its own; '' if nothing says so.
    """

    files: dict[int, str]
    counted: bool
    marks: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()
    doubt: str = ""


@dataclass(frozen=True)
class Name:
    """A file's name; without its extension it is texts and, between them, numbers."""

    file: str
    texts: tuple[str, ...]
    digits: tuple[str, ...]

    @property
    def numbers(self) -> tuple[int, ...]:
        return tuple(map(int, self.digits))


@functools.lru_cache(maxsize=4096)  # each frame's files are asked for in turn
def order(files: tuple[str, ...]) -> Order:
    """The files by frame number.

    Raises:
        Unclear: if the names do not tell their order.
    """
    if not files:
        return Order({}, False)
    names = [parts(file) for file in files]
    if len({name.digits for name in names}) == 1:
        return _by_letters(names)
    _demand_plain_numbers(names)
    names, signed = _signs(names)
    names, notes = _of_one_kind(names)
    names = sorted(names, key=lambda name: name.numbers)
    for one, other in pairwise(names):
        if one.numbers == other.numbers:
            raise Unclear(f"{one.file} and {other.file} have the same number")
    columns = list(zip(*(name.numbers for name in names), strict=True))
    places = [place for place, column in enumerate(columns) if len(set(column)) > 1]
    varying = [columns[place] for place in places]
    decimals = _decimals(names)
    # Of several that rise from frame to frame, such as a number and a time, the one that counts in ones, else the last.
    rising = [column for column in varying if all(before < after for before, after in pairwise(column))]
    number = next((column for column in rising if _counts(column)), rising[-1] if rising else None)
    clock = () if number else counters.clock_times([name.digits for name in names])
    if not clock:
        _demand_one_order(names, varying)
    plain = number is not None and number[-1] < LARGEST_NUMBER and not signed and not decimals
    numbers = number if plain else range(1, len(names) + 1)
    marks = clock or (_last_places(names, places) if decimals else number or ())
    doubt = "" if signed else _doubt(names, places, decimals)
    notes += [] if doubt or signed or decimals else _parts_of_one(names, places)
    by_number = {number: name.file for number, name in zip(numbers, names, strict=True)}
    return Order(by_number, not plain, tuple(marks), tuple(notes), doubt)


def parts(file: str, stem: str | None = None) -> Name:
    """A file's name in its parts.

    Args:
        stem: taken for its name without the extension, where that is not all before the last full stop.
    """
    # The ending of an ordinal says no more than its number.
    text = re.sub(r"(?<=\d)(st|nd|rd|th)(?![^\W\d_])", "", plain(Path(file).stem if stem is None else stem))
    found = re.split(r"(\d+)", text)
    return Name(file, tuple(found[::2]), tuple(found[1::2]))


def plain(text: str) -> str:
    """In small letters, and accents in one way."""
    return unicodedata.normalize("NFC", text).casefold()


def _by_letters(names: Sequence[Name]) -> Order:
    """Names that no number tells apart: one image; or a, b, c; or numerals that are no digits."""
    if len(names) == 1:
        known = bool(names[0].digits) and names[0].numbers[-1] < LARGEST_NUMBER
        return Order({names[0].numbers[-1] if known else 1: names[0].file}, not known)
    stems = {plain(Path(name.file).stem): name.file for name in names}
    place = differing(list(stems))
    if place is None or len(stems) < len(names):
        raise Unclear(f"no number tells {names[0].file} and {names[1].file} apart")
    letters = {stem[place]: file for stem, file in stems.items()}
    values = {unicodedata.numeric(letter, -1.0): file for letter, file in letters.items()}
    if len(values) == len(letters) and all(value >= 0 and value == int(value) for value in values):
        numbers = {int(value): values[value] for value in sorted(values)}
        return Order(numbers, False, tuple(numbers))
    ordered = sorted(letters)
    # Other alphabets are in another order than their codes; letters with holes between them stand for words.
    if not all("a" <= letter <= "z" for letter in ordered) or not _counts(map(ord, ordered)):
        one, other = letters[ordered[0]], letters[ordered[1]]
        raise Unclear(f"no number tells {one} and {other} apart, and letters other than a, b, c, ... have no order")
    return Order(dict(enumerate((letters[letter] for letter in ordered), start=1)), True)


def differing(stems: Sequence[str]) -> int | None:
    """The one place at which names of one length differ; None if there is no such place."""
    if len({len(stem) for stem in stems}) > 1:
        return None
    places = [place for place, letters in enumerate(zip(*stems, strict=True)) if len(set(letters)) > 1]
    return places[0] if len(places) == 1 else None


_POWER = re.compile(r"\d+(?:\.\d+)?e[-+]\d+|\d+\.\d+e\d+")
_COUNTDOWN = re.compile(r"(?:^|.*[\W_])(?:t|time)-|.*=\s*-")


def _demand_plain_numbers(names: Sequence[Name]) -> None:
    """Neither powers of ten (``1.5e-03``) nor a count down (``T-10``), whose order is not that of their digits."""
    stems = {plain(Path(name.file).stem): name.file for name in names}
    powers = {tuple(_POWER.findall(stem)): file for stem, file in stems.items()}
    if len(powers) > 1:
        one, other, *_ = powers.values()
        raise Unclear(f"{one} and {other}: powers of ten?")
    if all(_COUNTDOWN.fullmatch(name.texts[0]) for name in names):
        raise Unclear(f"does {names[0].file} count down, or is that a dash?")


def _signs(names: list[Name]) -> tuple[list[Name], bool]:
    """Where some names have a minus before their number and some have none, it is a sign: -1 comes before 0."""
    bare = {(name.texts[0].removesuffix("-"), *name.texts[1:]) for name in names}
    if len(bare) == 1 and len({name.texts for name in names}) == 2:
        (texts,) = bare
        return [
            name if name.texts == texts else Name(name.file, texts, (f"-{name.digits[0]}", *name.digits[1:]))
            for name in names
        ], True
    if all(name.texts[0] == "-" for name in names):
        raise Unclear(f"does {names[0].file} begin with a dash or a minus?")
    return names, False


def _of_one_kind(names: list[Name]) -> tuple[list[Name], list[str]]:
    """Names that are made alike; or that begin alike, and their first number is each one's own (``img7_onset.jpg``).

    What follows that number may be a word; one that is a unit, or that no space or mark parts from the number, makes
    another number of it (58s, 1m); so does a second number behind a single mark (999, 1,000).
    """
    first = names[0]
    other = next((name for name in names if name.texts != first.texts), None)
    if other is None:
        return names, []
    begins = {(name.texts[0], bool(name.digits)) for name in names}
    if len(begins) > 1 or not first.digits or len({name.numbers[0] for name in names}) < len(names):
        raise Unclear(f"{first.file} and {other.file} are named in different ways")
    for name in names:
        word = re.match(r"[\W_]*([^\W\d_]*)", name.texts[1])[1]
        goes_on = len(name.digits) > 1 and len(name.texts[1]) == 1  # 1,000 after 999
        if word in UNITS or name.texts[1][:1].isalpha() or goes_on:
            one = next(each for each in names if each.texts[1] != name.texts[1])
            raise Unclear(f"{name.file} and {one.file} are named in different ways: in different units?")
    names = sorted(names, key=lambda name: name.numbers[0])
    often = Counter(name.texts[1:] for name in names)
    changes = [
        _taken_for_one(one, other)
        for one, other in pairwise(names)
        if one.texts[1:] != other.texts[1:] and min(often[one.texts[1:]], often[other.texts[1:]]) > 1
    ]
    return [Name(name.file, (name.texts[0], ""), name.digits[:1]) for name in names], changes[:1]


def _taken_for_one(one: Name, other: Name) -> str:
    return (
        f"{one.file} is followed by {other.file}: taken for frames of one clip. Where they are of two, keep each in a "
        "folder of its own."
    )


def _doubt(names: Sequence[Name], places: Sequence[int], decimals: bool) -> str:
    """Whether the numbers begin anew inside the clip, or each stands for two frames, or for frames of two clips."""
    digits = [name.digits[places[0]] for name in names]
    if (where := counters.begins_anew(digits)) is not None:
        one, other = names[0], names[where]
        return f"{one.file} or {other.file} first? The numbers look as if they began anew"
    if len(places) < 2 or decimals:
        return ""
    groups = _groups(names, places[0])
    seconds = {tuple(sorted(name.numbers[places[1]] for name in group)) for group in groups}
    if len(places) == 2 and len(groups) > 2 and len(seconds) == 1:
        (values,) = seconds
        if 1 < len(values) <= 4 and len(groups) > len(values) and _counts(values):
            return f"{groups[0][0].file} and {groups[0][1].file}: two pictures of one frame?"
    if len(groups) < len(names) and _word(names[0], places[0]) in SOURCES:
        return f"{groups[0][-1].file} and {groups[1][0].file}: frames of two clips?"
    return ""


def _parts_of_one(names: Sequence[Name], places: Sequence[int]) -> list[str]:
    """A note where frames run on from one part of a clip to the next, or from one camera to another."""
    groups = _groups(names, places[0])
    if len(places) < 2 or len(groups) * 2 > len(names):
        return []
    word, largest = _word(names[0], places[0]), names[-1].numbers[places[0]]
    if word in UNITS | {"t", "time"} or largest >= (100 if word else 10):
        return []
    if not word and names[0].texts[places[0]]:  # part of a date, or behind one
        return []
    return [_taken_for_one(groups[0][-1], groups[1][0])]


def _groups(names: Sequence[Name], place: int) -> list[list[Name]]:
    return [list(group) for _, group in groupby(names, key=lambda name: name.numbers[place])]


def _word(name: Name, place: int) -> str:
    """The letters before a number, with marks or spaces between them or without."""
    return re.search(r"([^\W\d_]*)[\W_]*$", name.texts[place])[1]


def _demand_one_order(names: Sequence[Name], varying: Sequence[tuple[int, ...]]) -> None:
    """Natural order stands unless another reading of the names is as good.

    That is a later number that counts the images without a gap, in another order (``x120_frame1``), or decimals with
    more and fewer places (is 1.25 before 1.3?).
    """
    one, other = names[0].file, names[1].file
    if len(names) > 2 and not _counts(varying[0]):
        for column in varying[1:]:
            if _counts(sorted(column)) and list(column) != sorted(column):
                raise Unclear(f"{one} and {other} rise by one number, and count by another")
    if _decimals(names):
        values = [_decimal(name) for name in names]
        if values != sorted(values):
            raise Unclear(f"{one} and {other}: decimals, or two numbers?")


def _decimals(names: Sequence[Name]) -> bool:
    """Whether what differs at the end of the names is a decimal, as of seconds: ``0.033.jpg``, ``t12.5_face.jpg``."""
    ends = {name.digits[-2:] for name in names}
    return len(ends) > 1 and all(len(name.digits) > 1 and name.texts[-2] in (".", ",") for name in names)


def _last_places(names: Sequence[Name], places: Sequence[int]) -> tuple[int, ...]:
    """Decimals as whole numbers of their last place; none where they are parts of a longer time (12.30.59)."""
    count = len(names[0].digits)
    if set(places) - {count - 2, count - 1} or (count > 2 and names[0].texts[-3] == names[0].texts[-2]):
        return ()
    digits = max(len(name.digits[-1]) for name in names)
    return tuple(int(name.digits[-2]) * 10**digits + int(name.digits[-1].ljust(digits, "0")) for name in names)


def _decimal(name: Name) -> float:
    return float(f"{name.digits[-2]}.{name.digits[-1]}")


def _counts(column: Iterable[int]) -> bool:
    return all(after - before == 1 for before, after in pairwise(column))
