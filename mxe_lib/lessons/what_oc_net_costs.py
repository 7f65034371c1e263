"""Notebook 09: the arithmetic of a layer, what eleven clips prove, and what late pooling costs."""

from collections.abc import Callable
from itertools import combinations

from scipy import stats

from mxe_lib.lessons import Exercise
from mxe_lib.models.oc_net import CHANNELS

C4 = (37, 3, 512, 512)
"""Side, kernel, inputs and outputs of OC-Net's fourth convolution."""


def _layer(answer: Callable[[int, int, int, int], int]) -> str | None:
    side, kernel, inputs, outputs = C4
    found, window = int(answer(*C4)), kernel**2 * inputs
    if found == side**2 * window * outputs:
        return None
    if found == window * outputs:
        return "these are the weights. Each of them is used once for every pixel of the output: times side**2"
    if found == side**2 * window:
        return "nearly: this is one output channel. The layer has more of them"
    if found == side**2 * kernel * inputs * outputs:
        return "nearly: a window has kernel**2 pixels"
    return f"{found:,} for C4: it should be {side**2 * window * outputs:,}"


def _largest(wins: Callable[[int, int], int], alternative: str = "two-sided") -> Callable[[int], int]:
    def largest(more: int = 11) -> int:
        found = [
            n for n in range(more, 442, 2) if stats.binomtest(wins(n, more), n, alternative=alternative).pvalue < 0.05
        ]
        return max(found, default=0)

    return largest


_right = _largest(lambda n, more: (n + more) // 2)


def _sign_test(answer: Callable[[int], int]) -> str | None:
    found = int(answer(11)), int(answer(21))
    if found == (_right(11), _right(21)):
        return None
    if found[0] == _largest(lambda n, more: (n + more) // 2, "greater")(11):
        return (
            "nearly: that is a one-sided test. Before the test nobody knew which one would be ahead: binomtest as it is"
        )
    if found[0] == 441:
        return "the lead is not what is counted: give the test all the clips that the better one has right"
    if found[0] == 11:
        return "with n itself the better one is right on all n clips: the other one is right on some of them, too"
    return f"up to {found[0]} clips for a lead of 11: it should be {_right(11)}"


def _count(pooled: tuple[int, ...]) -> int:
    """Multiply-adds of OC-Net with these units pooled: 3 x 3 windows, every second pixel."""
    side, into, total = 75, 2, 0
    for number, out in enumerate(CHANNELS, start=1):
        total += side**2 * 9 * into * out
        side = (side - 3) // 2 + 1 if number in pooled else side
        into = out
    return total + 512 * 128 + 128 * 128 + 128 * 3


PRICES = {units: _count(units) for units in combinations(range(1, 6), 3)}


def _prices(answer: Callable[[], dict[tuple[int, ...], int]]) -> str | None:
    found = {tuple(units): int(count) for units, count in answer().items()}
    if found == PRICES:
        return None
    if len(found) < len(PRICES):
        return f"{len(found)} of {len(PRICES)} choices: three units of five pool, whichever they are"
    if len(set(found.values())) == 1:
        return "all alike: these are the parameters, which pooling doesn't change. Ask multiply_adds"
    if all(found.get(units) == 2 * count for units, count in PRICES.items()):
        return "nearly: a multiplication and its addition count as one here, not as two"
    wrong = next((units for units, count in PRICES.items() if found.get(units) != count), None)
    return f"pooling in {wrong} costs {PRICES[wrong]:,} multiply-adds, not {found.get(wrong)}"


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
        },
    ),
)
