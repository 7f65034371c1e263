"""The luck lab: a guesser that keeps, for each person, the best of many guesses."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from mxe_lib.clips import CLASSES
from mxe_lib.databases.composite import OFFICIAL_SUBJECTS
from mxe_lib.evaluation import metrics
from mxe_lib.figures.charts import COLOURS, GREY
from mxe_lib.learning.leaks import random_guesser
from mxe_lib.papers import published
from mxe_lib.play.plaything import Plaything

MOST = 1000
"""Epochs at the slider's end."""


def data() -> dict:
    """The 68 people of the MEGC 2019 composite: how many clips of each class; and SSSNet's score in print."""
    people = [[name, *counts] for name, counts in OFFICIAL_SUBJECTS.items()]
    return {"people": people, "classes": list(CLASSES), "most": MOST, "printed": _printed()}


def picture() -> Figure:
    """The guesser's score over the epochs that it may choose from."""
    epochs = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]
    counts = list(OFFICIAL_SUBJECTS.values())
    scores = [[metrics.uf1_of(random_guesser(counts, n, seed)) for seed in range(10)] for n in epochs]
    honest = [metrics.uf1_of(random_guesser(counts, 1, seed)) for seed in range(50)]
    figure, ax = plt.subplots(figsize=(5, 2.8))
    ax.fill_between(epochs, np.min(scores, 1), np.max(scores, 1), color=COLOURS["simulated"], alpha=0.2, lw=0)
    ax.plot(epochs, np.mean(scores, 1), "o-", color=COLOURS["simulated"])
    ax.annotate("best epoch of each\ntest person", (30, 0.62), (8, -24), textcoords="offset points", color="#B34E00")
    ax.axhline(np.mean(honest), color=COLOURS["real"])
    ax.annotate("last epoch: honest", (1000, np.mean(honest)), (0, 4), textcoords="offset points", ha="right",
                color=COLOURS["real"])  # fmt: skip
    ax.axhline(_printed(), color=GREY, ls="--", lw=1)
    ax.annotate("SSSNet, in print", (1, _printed()), (0, 3), textcoords="offset points", color=GREY)
    ax.set(xscale="log", xlabel="epochs to choose from", ylabel="UF1", ylim=(0.2, 0.9))
    ax.set_xticks([1, 10, 100, 1000], ["1", "10", "100", "1000"])
    return figure


def _printed() -> float:
    """SSSNet's UF1 on the composite, as the MEB benchmark ran it without choosing on test people."""
    found = [
        number.value
        for number in published.of_experiment("recognition_benchmark")
        if (number.model, number.database, number.metric, number.variant) == ("sssnet", "composite", "uf1", "code=meb")
    ]
    return found[0]


THING = Plaything(
    name="luck_lab",
    code="luck_lab.js",
    title="Luck lab: a high score from nothing",
    do="Move the slider: so many epochs may be chosen from, separately for each test person. Press New guesses "
    "to see that it is no accident.",
    see="The system only throws dice. Yet its score climbs past SSSNet's, a network that chose nothing on "
    "test people, because the luckiest epoch is kept for each person. Read at its last epoch, the same system stays at "
    "chance.",
    means="Where a paper, or its code, keeps the epoch that is best on the held-out person, a part of its score "
    "is this luck. Ask for the score at the last epoch, or at one chosen on training people.",
    alt="A chart of UF1 over the number of epochs to choose from, 1 to 1000. The score of a guesser that keeps "
    "each test person's best epoch climbs from 0.32 to above 0.8, past the dashed line of SSSNet's score in print, "
    "0.74. At the last epoch it stays at 0.32.",
    note="Clips by class of the 68 people of the MEGC 2019 composite are the official ones. Nothing else is "
    "real: the system guesses each class as often as the other people show it. Dashed: SSSNet, as the MEB benchmark "
    "ran it.",
    data=data,
    picture=picture,
)
