"""What a learner gives to a check: numbers, arrays and functions, read in any usual way, else told in one sentence.

A judge that is marked ``@number`` or ``@function`` gets what it asks for; what cannot be read never reaches it.
"""

import functools
import inspect
import linecache
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from mxe_lib.errors import MxeError

Judge = Callable[[Any], str | None]


class Unclear(Exception):
    """An answer that cannot be judged; its text says why."""


class Unfinished(Exception):
    """An answer with a ... in it."""


def number(judge: Judge) -> Judge:
    """The judge of one number: it gets a float."""
    return functools.wraps(judge)(lambda answer: judge(as_number(answer, "the answer")))


def function(judge: Judge) -> Judge:
    """The judge of a function: what it calls stops with a sentence, and not with an error of a library."""

    @functools.wraps(judge)
    def of_function(answer: Any) -> str | None:
        if not callable(answer):
            raise Unclear(f"give the function itself, without brackets behind its name: this is {_kind(answer)}")
        return judge(functools.wraps(answer)(functools.partial(_called, answer)))

    return of_function


def as_number(value: Any, what: str = "the function") -> float:
    """A number of Python, numpy or torch, also an array of one.

    Raises:
        Unclear: for anything else.
    """
    _finished(value)
    if isinstance(value, (str, bytes)):
        raise Unclear(f"{what} is a text: give a number, without quotes" if what == "the answer" else _is(what, value))
    try:
        array = np.asarray(value, dtype=float)
    except (TypeError, ValueError, RuntimeError):
        raise Unclear(_is(what, value)) from None
    if array.size != 1:
        raise Unclear(f"{_one(what)} one number: there are {array.size}")
    if np.isnan(array).any():
        raise Unclear(f"{_one(what)} a number: it is nan, as 0 / 0 is")
    return float(array.reshape(()))


def as_numbers(value: Any, count: int, what: str = "the function") -> list[float]:
    """``count`` numbers, in any kind of list.

    Raises:
        Unclear: for another count, or what are no numbers.
    """
    _finished(value)
    try:
        items = None if isinstance(value, (str, bytes, dict)) else list(value)
    except TypeError:
        items = None
    if items is None or len(items) != count:
        raise Unclear(f"{_one(what)} {count} numbers: this is {_kind(value)}")
    return [as_number(item, what) for item in items]


def as_array(value: Any, shape: Sequence[int], what: str = "the function") -> np.ndarray:
    """An array of floats of this shape, from numpy, torch or lists.

    Raises:
        Unclear: for another shape, or what are no numbers.
    """
    _finished(value)
    try:
        array = np.asarray(value, dtype=float)
    except (TypeError, ValueError, RuntimeError):
        raise Unclear(f"{_one(what)} an array of numbers: this is {_kind(value)}") from None
    if array.shape != tuple(shape):
        raise Unclear(f"{_one(what)} an array of shape {tuple(shape)}: this one is {array.shape}")
    return array


def often(answer: Callable, *given: Any, **repeats: int) -> list[Any]:
    """What a function says that repeats something by chance: once, with more repetitions than it has by itself.

    ``repeats`` is its argument and how often, as ``draws=2000``. A function without that argument is asked four times.
    """
    known = inspect.signature(answer).parameters
    if repeats.keys() <= known.keys():
        return [answer(*given, **repeats)]
    return [answer(*given) for _ in range(4)]


def _called(answer: Callable, *given: Any, **named: Any) -> Any:
    try:
        value = answer(*given, **named)
    except (Unclear, Unfinished):
        raise
    except Exception as error:
        if "ellipsis" in str(error).lower():
            raise Unfinished from None
        raise Unclear(_stops(answer, error)) from None
    if value is None:
        raise Unclear("the function gives nothing back: does it end with return?")
    _finished(value)
    return value


def _stops(answer: Callable, error: Exception) -> str:
    said = str(error) if isinstance(error, MxeError) else f"{type(error).__name__}: {error}"
    home = getattr(getattr(answer, "__code__", None), "co_filename", None)
    trace, line = error.__traceback__, ""
    inside = False
    while trace is not None:
        if home is not None and trace.tb_frame.f_code.co_filename == home:
            inside, line = True, linecache.getline(home, trace.tb_lineno).strip()
        trace = trace.tb_next
    if not inside:
        return f"the check cannot call it as the task shows it ({said})"
    return f"your function stops{f' at `{line}`' if line else ''} ({said})"


def _finished(value: Any) -> None:
    if value is ... or (isinstance(value, (tuple, list)) and any(item is ... for item in value)):
        raise Unfinished


def _one(what: str) -> str:
    return "give" if what == "the answer" else f"{what} should give"


def _is(what: str, value: Any) -> str:
    return f"{_one(what)} a number: this is {_kind(value)}"


def _kind(value: Any) -> str:
    if callable(value):
        return "a function: call it, with brackets" if not isinstance(value, type) else "a class"
    if isinstance(value, (str, bytes)):
        return "a text"
    if isinstance(value, (bool, int, float, np.number)):
        return f"one number, {value}"
    shape = getattr(value, "shape", None)
    if shape is not None:
        return f"an array of shape {tuple(shape)}"
    return f"a {type(value).__name__} of {len(value)}" if hasattr(value, "__len__") else "something else"
