"""Notebook 01: whether optical flow sees a movement of one pixel."""

from collections.abc import Callable, Iterator

import pandas as pd

from mxe_lib.figures.names import name


def sentences(read: Callable[[str], pd.DataFrame]) -> Iterator[str]:
    """Of the table ``flow_methods``; it holds intervals, and no p of a difference."""
    rows = read("flow_methods").set_index(["model", "variant", "metric"])

    def share(model: str, metric: str, size: int = 75) -> str:
        row = rows.loc[(model, f"size={size}", f"{metric}_relative")]
        return f"{row['value']:.0%} [{row['ci_low']:.0%}, {row['ci_high']:.0%}]"

    def pixels(model: str, size: int = 75) -> str:
        return f"{rows.loc[(model, f'size={size}', 'epe_moving'), 'value']:.2f}"

    best = rows.loc[("tvl1", "size=75", "epe_moving_relative")]
    yield (
        f"{'Yes' if best['ci_high'] < 1 else 'That is not shown'}: where skin moves, TV-L1 errs by {pixels('tvl1')} "
        f"pixels on a crop 75 wide, {share('tvl1', 'epe_moving')} of the error of the guess that nothing moves "
        f"({best['n']} simulated clips)."
    )
    yield (
        f"There {name('dis')} leaves {share('dis', 'epe_moving')} of that error and {name('farneback')} "
        f"{share('farneback', 'epe_moving')}."
    )
    yield (
        f"Over the whole crop TV-L1 leaves {share('tvl1', 'epe')}: most of a face stands still, and there a method can "
        "only add noise."
    )
    yield (
        f"On a crop twice as wide the same movement is twice as long in pixels: TV-L1 errs by {pixels('tvl1', 150)} "
        f"pixels where skin moves, {share('tvl1', 'epe_moving', 150)} of the error of no movement."
    )
    yield (
        f"Our TV-L1 and OpenCV's, which is the papers', err alike: {pixels('tvl1')} and {pixels('tvl1_opencv')} pixels."
    )
