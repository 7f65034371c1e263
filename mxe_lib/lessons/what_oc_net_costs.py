"""Notebook 09: the arithmetic of a layer, what eleven clips prove, and what late pooling costs."""

from collections.abc import Callable, Collection, Mapping
from itertools import combinations

import numpy as np
from scipy import stats

from mxe_lib.lessons import Exercise
from mxe_lib.lessons.given import as_number, function
from mxe_lib.models.oc_net import CHANNELS

LAYERS = {"C4": (37, 3, 512, 512), "a layer with other numbers": (75, 5, 2, 32), "one pixel": (1, 1, 7, 3)}
"""Side, kernel, inputs and outputs; C4 is OC-Net's fourth convolution."""


@function
def _layer(answer: Callable[[int, int, int, int], int]) -> str | None:
    found = [as_number(answer(*layer), "multiply_adds_of") for layer in LAYERS.values()]
    for formula, text in (
        (lambda side, kernel, inputs, outputs: side**2 * kernel**2 * inputs * outputs, None),
        (
            lambda side, kernel, inputs, outputs: kernel**2 * inputs * outputs,
            "these are the weights. Each of them is used once for every pixel of the output",
        ),
        (
            lambda side, kernel, inputs, outputs: side**2 * kernel**2 * inputs,
            "nearly: this is one output channel. The layer has more of them",
        ),
        (
            lambda side, kernel, inputs, outputs: side**2 * kernel**2 * outputs,
            "nearly: this looks at one input channel. A window goes through all of them",
        ),
        (
            lambda side, kernel, inputs, outputs: side**2 * kernel * inputs * outputs,
            "nearly: a window is a square, and this counts one row of it",
        ),
        (
            lambda side, kernel, inputs, outputs: side * kernel**2 * inputs * outputs,
            "nearly: a map is a square, and this counts one row of it",
        ),
        (
            lambda side, kernel, inputs, outputs: side**2 * kernel**2 * (inputs + outputs),
            "each input channel goes into each output channel: so many are no sum",
        ),
        (
            lambda side, kernel, inputs, outputs: 2 * side**2 * kernel**2 * inputs * outputs,
            "nearly: a multiplication and its addition count as one here, not as two",
        ),
    ):
        if found == [formula(*layer) for layer in LAYERS.values()]:
            return text
    return f"for C4 it says {found[0]:,.0f}: for one number of the output, how many products are added up?"


def _largest(wins: Callable[[int, int], int], alternative: str = "two-sided") -> Callable[[int], int]:
    def largest(more: int = 11) -> int:
        found = [
            n for n in range(more, 442, 2) if stats.binomtest(wins(n, more), n, alternative=alternative).pvalue < 0.05
        ]
        return max(found, default=0)

    return largest


_right = _largest(lambda n, more: (n + more) // 2)


@function
def _sign_test(answer: Callable[[int], int]) -> str | None:
    found = [as_number(answer(more), "largest") for more in LEADS]
    for formula, text in (
        (_right, None),
        (
            _largest(lambda n, more: (n + more) // 2, "greater"),
            "nearly: that is a one-sided test. Before the test nobody knew which one would be ahead",
        ),
        (
            _largest(lambda n, more: more),
            "that is all of them, or nearly. Does the better one have `more` clips right, or all n? The other one has "
            "some right, too",
        ),
        (lambda more: more, "then the better one would have all n right: the other one is right on some of them, too"),
        (lambda more: 0, "no n gives a p below 0.05 then: the better one has more than half of the clips right"),
        (
            _largest(lambda n, more: min(n, n // 2 + more)),
            "nearly: who has `more` above the half is ahead by twice as many",
        ),
    ):
        if found == [formula(more) for more in LEADS]:
            return text
    return f"up to {found[0]:g} clips for a lead of 11: of n clips, how many has each of the two right?"


LEADS = (11, 21, 14)


def _count(pooled: tuple[int, ...]) -> int:
    """Multiply-adds of OC-Net with these units pooled: 3 x 3 windows, every second pixel."""
    side, into, total = 75, 2, 0
    for number, out in enumerate(CHANNELS, start=1):
        total += side**2 * 9 * into * out
        side = (side - 3) // 2 + 1 if number in pooled else side
        into = out
    return total + 512 * 128 + 128 * 128 + 128 * 3


PRICES = {units: _count(units) for units in combinations(range(1, 6), 3)}


@function
def _prices(answer: Callable[[], dict[tuple[int, ...], int]]) -> str | None:
    given = answer()
    if not isinstance(given, Mapping):
        return "give back a dict: for each choice of units its multiply-adds"
    found = {
        tuple(sorted(units)) if isinstance(units, Collection) else units: as_number(n) for units, n in given.items()
    }
    if found == PRICES:
        return None
    if len(found) < len(PRICES):
        return f"{len(found)} of {len(PRICES)} choices: three units of five pool, whichever they are"
    if len(set(found.values())) == 1:
        return "all alike: these are the parameters, which pooling doesn't change"
    for factor, text in (
        (2, "nearly: a multiplication and its addition count as one here, not as two"),
        (1e-9, "nearly: these are billions. Give the number itself"),
        (1e-6, "nearly: these are millions. Give the number itself"),
    ):
        if all(np.isclose(found.get(units, 0), factor * count) for units, count in PRICES.items()):
            return text
    wrong = next((units for units, count in PRICES.items() if found.get(units) != count), None)
    return f"for pooling in {wrong} it says {found.get(wrong)}: is it that network, and one sample of two maps?"


EXERCISES = (
    Exercise(
        level=1,
        judge=_layer,
        hints=(
            "For one pixel of one output channel the window's kernel**2 * inputs numbers are multiplied by weights.",
            "There are side**2 pixels and outputs channels: multiply all four together.",
        ),
        wrong={
            "the weights": lambda side, kernel, inputs, outputs: kernel**2 * inputs * outputs,
            "one output channel": lambda side, kernel, inputs, outputs: side**2 * kernel**2 * inputs,
            "a window of one row": lambda side, kernel, inputs, outputs: side**2 * kernel * inputs * outputs,
            "a map of one row": lambda side, kernel, inputs, outputs: side * kernel**2 * inputs * outputs,
            "one input channel": lambda side, kernel, inputs, outputs: side**2 * kernel**2 * outputs,
            "a sum of channels": lambda side, kernel, inputs, outputs: side**2 * kernel**2 * (inputs + outputs),
            "counted as two": lambda side, kernel, inputs, outputs: 2 * side**2 * kernel**2 * inputs * outputs,
            "C4 alone": lambda side, kernel, inputs, outputs: 37**2 * 9 * 512**2,
        },
        right={
            "a product": lambda *layer: float(np.prod(np.array(layer, dtype=float) ** (2, 2, 1, 1))),
            "a sum over pixels": lambda side, kernel, inputs, outputs: (
                sum(kernel * kernel * inputs for _ in range(side * side)) * outputs
            ),
        },
    ),
    Exercise(
        level=2,
        judge=_sign_test,
        hints=(
            "On n clips exactly one of the two is right. Call the better one's share w: the other one has n - w.",
            "w - (n - w) = more, so w = (n + more) / 2.",
        ),
        wrong={
            "the lead in place of the wins": _largest(lambda n, more: more),
            "all clips won": _largest(lambda n, more: n if n == more else n // 2),
            "one-sided": _largest(lambda n, more: (n + more) // 2, "greater"),
            "all": _largest(lambda n, more: n),
            "half of them": _largest(lambda n, more: n // 2),
            "half and the lead": _largest(lambda n, more: min(n, n // 2 + more)),
            "25 for each lead": lambda more: 25,
        },
        right={
            "the other one's clips": _largest(lambda n, more: (n - more) // 2),
            "half and half the lead": _largest(lambda n, more: int(n / 2 + more / 2)),
        },
    ),
    Exercise(
        level=3,
        judge=_prices,
        hints=(
            "models.build('oc_net', pooled=units) is OC-Net that pools in these units.",
            "cost.multiply_adds(network) counts one sample.",
        ),
        wrong={
            "parameters": lambda: dict.fromkeys(PRICES, 6_206_307),
            "multiplications and additions apart": lambda: {units: 2 * count for units, count in PRICES.items()},
            "the paper's only": lambda: {(3, 4, 5): PRICES[3, 4, 5]},
            "in billions": lambda: {units: count / 1e9 for units, count in PRICES.items()},
            "numbers alone": lambda: list(PRICES.values()),
            "one for each unit": lambda: dict.fromkeys(range(10), 1.5),
        },
        right={
            "floats": lambda: {units: float(count) for units, count in PRICES.items()},
            "units in another order": lambda: {units[::-1]: np.int64(count) for units, count in PRICES.items()},
        },
    ),
)
