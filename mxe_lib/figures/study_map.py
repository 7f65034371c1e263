"""The study's map: its notebooks in their order, in five groups, and what each group hands to the next."""

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

GROUPS = (
    ("Foundations", "#0072B2", "what moves?", ("00 start here", "01 flow", "02 reading\nthe numbers")),
    (
        "Spotting",
        "#D55E00",
        "when is it\nstrongest?",
        ("03 labels", "04 attention", "05 what spots\nan apex", "06 apex for\nrecognition"),
    ),
    ("Recognition", "#009E73", "which of three\nclasses?", ("07 OC-Net", "08 GAN", "09 its cost")),
    ("Simulator", "#A6588B", "what can unreal\nfaces teach?", ("10 inside it", "11 simulated\nto real")),
    ("Use", "#767676", "what can\nbe said?", ("12 your own\nclip", "13 verdicts")),
)
"""Name, colour, question and notebooks of each group."""

HANDED_ON = ("flow", "apex", "", "weights")
"""What goes from one group to the next; of recognition nothing goes into the simulator."""


def study_map(ax: Axes | None = None) -> Axes:
    """A column for each group, in the order of reading; in it its question and its notebooks."""
    ax = ax or plt.figure(figsize=(7, 2.9)).subplots()
    for place, (name, colour, question, notebooks) in enumerate(GROUPS):
        left = 1.25 * place
        _box(ax, (left, 0), 0.56, colour, name, color="white", weight="bold", fontsize=9)
        ax.text(left + 0.5, -0.98, question, ha="center", va="center", fontsize=7.5, style="italic", linespacing=1.1)
        for line, notebook in enumerate(notebooks):
            _box(ax, (left, -1.9 - 0.72 * line), 0.6, "white", notebook, edge=colour, fontsize=7.5)
    for place, word in enumerate(HANDED_ON):
        left = 1.25 * place + 1
        arrow = dict(arrowstyle="->", color="0.3", shrinkA=2, shrinkB=2)
        ax.annotate("", (left + 0.25, 0), (left, 0), arrowprops=arrow)
        ax.text(left + 0.125, 0.42, word, ha="center", va="bottom", fontsize=7.5)
    ax.set(xlim=(-0.05, 1.25 * len(GROUPS) - 0.2), ylim=(-4.5, 0.8))
    ax.axis("off")
    return ax


def _box(ax: Axes, at: tuple[float, float], height: float, face: str, text: str, *, edge: str = "none", **font) -> None:
    (left, middle), shape = at, "round,pad=0,rounding_size=0.06"
    ax.add_patch(FancyBboxPatch((left, middle - height / 2), 1, height, boxstyle=shape, fc=face, ec=edge, lw=1.2))
    ax.text(left + 0.5, middle, text, ha="center", va="center", linespacing=1.05, **font)
