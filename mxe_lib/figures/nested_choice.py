"""The choice between systems inside the training people, drawn."""

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from mxe_lib.figures.charts import GREY
from mxe_lib.figures.fold_scheme import COMPARED, TESTED, TRAINED


def nested_choice(folds: int = 5) -> Figure:
    """Left: outer folds, each tests a group of people. Right: the other people of the first one, split again."""
    figure, (outer, inner) = plt.subplots(1, 2, figsize=(7, 1.95))
    for ax, title in ((outer, "outer folds: the score"), (inner, "inner folds of fold 1: the choice")):
        for line in range(folds):
            for place in range(folds):
                if ax is outer:
                    colour = TESTED if place == line else TRAINED
                    ax.add_patch(Rectangle((place + 0.04, line + 0.1), 0.92, 0.8, color=colour, lw=0))
                elif place:  # group 1 is tested outside: it takes no part
                    for part in range(folds):
                        colour = COMPARED if part == line else TRAINED
                        left = place + 0.04 + 0.92 * part / folds
                        ax.add_patch(Rectangle((left, line + 0.1), 0.92 / folds * 0.86, 0.8, color=colour, lw=0))
        ax.set_title(title)
        ax.set(xlim=(0, folds), ylim=(folds, 0))
        ax.set_xticks([n + 0.5 for n in range(folds)], [f"group {n + 1}" for n in range(folds)])
        ax.set_yticks([n + 0.5 for n in range(folds)], [f"fold {n + 1}" for n in range(folds)])
        ax.tick_params(length=0)
        ax.spines[:].set_visible(False)
    inner.text(0.5, folds / 2, "not\nlooked at", ha="center", va="center", color=GREY, fontsize=8)
    handles = [Rectangle((0, 0), 1, 1, color=colour) for colour in (TESTED, COMPARED, TRAINED)]
    names = ["tested", "the systems are compared here", "trained on"]
    figure.legend(handles, names, loc="outside lower center", ncols=3, handlelength=1, handleheight=1)
    return figure
