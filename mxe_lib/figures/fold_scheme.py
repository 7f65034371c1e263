"""Who is trained on and who is tested on, drawn: a square is a clip, squares that touch are one person's."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from mxe_lib.figures.charts import COLOURS

CLIPS = (3, 2, 4, 1, 2)
"""Of the drawing's five people."""

TRAINED, TESTED, BETRAYED, COMPARED = "#D9D9D9", "#333333", COLOURS["simulated"], COLOURS["real"]
"""Clips that are trained on; tested; tested although their person was met in training; those on which systems are
compared before anything is tested. The same in every drawing of folds."""


def people_left_out(clips: Sequence[int] = CLIPS) -> list[np.ndarray]:
    """Of each fold, which clips are tested: all of one person."""
    person = np.repeat(np.arange(len(clips)), clips)
    return [person == number for number in range(len(clips))]


def clips_dealt_out(clips: Sequence[int] = CLIPS, folds: int = 5) -> list[np.ndarray]:
    """Of each fold, which clips are tested: dealt out like cards, whoever is in them."""
    return [np.arange(sum(clips)) % folds == number for number in range(folds)]


def fold_scheme(ax: Axes, tested: Sequence[np.ndarray], clips: Sequence[int] = CLIPS) -> Axes:
    """A line for each fold, a square for each clip: grey is trained on, black is tested on.

    Orange is tested on although other clips of the same person are trained on.
    """
    person = np.repeat(np.arange(len(clips)), clips)
    places = np.arange(len(person)) + 0.7 * person
    for number, held in enumerate(tested):
        for place, own, is_tested in zip(places, person, held, strict=True):
            known = (~held & (person == own)).any()
            colour = (BETRAYED if known else TESTED) if is_tested else TRAINED
            ax.add_patch(Rectangle((place, number + 0.12), 0.92, 0.76, color=colour, lw=0))
    middles = [places[person == own].mean() + 0.46 for own in range(len(clips))]
    ax.set_xticks(middles, [f"person {'ABCDEFGH'[own]}" if own == 0 else "ABCDEFGH"[own] for own in range(len(clips))])
    ax.set_yticks(np.arange(len(tested)) + 0.5, [f"fold {number + 1}" for number in range(len(tested))])
    ax.set(xlim=(-0.2, places[-1] + 1.2), ylim=(len(tested), 0))
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    return ax


def two_schemes() -> Figure:
    """Folds of people beside folds of clips, with the key to the colours."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(7, 2.3))
    fold_scheme(left, people_left_out()).set_title("leave one subject out")
    fold_scheme(right, clips_dealt_out()).set_title("folds of clips: a leak")
    names = {
        "trained on": TRAINED,
        "tested": TESTED,
        "tested, but other clips of this person were trained on": BETRAYED,
    }
    handles = [Rectangle((0, 0), 1, 1, color=colour) for colour in names.values()]
    figure.legend(handles, names, loc="outside lower center", ncols=3, handlelength=1, handleheight=1)
    return figure
