"""The interval lab: two systems on the same people, and the people drawn again and again."""

from functools import cache

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from mxe_lib.compute.seeds import generator
from mxe_lib.databases.composite import OFFICIAL_SUBJECTS
from mxe_lib.evaluation import intervals, metrics
from mxe_lib.figures.charts import COLOURS, GREY
from mxe_lib.play.plaything import Plaything, rounded

SEED = 9
"""Of people with whom drawing people and drawing clips disagree on whether A's lead is found."""
CLASS_BIAS = np.array([1.2, 0.2, 0.3])
"""Of both systems' logits: negative clips are the most, and are read best."""

EASE, CLIP, OWN, GAIN = 1.3, 2.0, 0.9, 0.35
"""In the logit of a right answer: how far people differ, how far clips do, how much better a person suits one system
than the other, and what system A truly has before system B."""


@cache
def predictions() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Toy predictions of systems A and B for the 442 clips of 68 people, as ``cross_validate`` returns them.

    A clip of a person who is read easily is read easily by both: that is why people are drawn, not clips.
    """
    rng = generator("interval lab", SEED)
    clips = [
        (subject, label)
        for subject, counts in OFFICIAL_SUBJECTS.items()
        for label, count in enumerate(counts)
        for _ in range(count)
    ]
    subjects, labels = pd.factorize(np.array([subject for subject, _ in clips]))[0], np.array([y for _, y in clips])
    ease = EASE * rng.standard_normal(len(OFFICIAL_SUBJECTS))[subjects] + CLIP * rng.standard_normal(len(clips))
    tables = []
    for gain in (GAIN, 0.0):
        own = OWN * rng.standard_normal(len(OFFICIAL_SUBJECTS))[subjects]
        right = rng.random(len(clips)) < 1 / (1 + np.exp(-(CLASS_BIAS[labels] + 1.3 + ease + own + gain)))
        wrong = (labels + 1 + (rng.random(len(clips)) < 0.5)) % 3
        names = [subject for subject, _ in clips]
        columns = {"clip": [f"{name}/{i}" for i, name in enumerate(names)], "subject": names}
        columns["database"] = [name.split("/")[0] for name in names]
        tables.append(pd.DataFrame({**columns, "seed": 0, "y_true": labels, "y_pred": np.where(right, labels, wrong)}))
    return tables[0], tables[1]


def data() -> dict:
    """Of each person the database and three digits a clip (true class, A's and B's); what the library says of it."""
    first, second = predictions()
    digits = first["y_true"].astype(str) + first["y_pred"].astype(str) + second["y_pred"].astype(str)
    people = [[name, name.split("/")[0], " ".join(of)] for name, of in digits.groupby(first["subject"], sort=False)]
    library = {"difference": rounded(intervals.paired_interval(first, second, "uf1"))}
    # It is the one difference that is asked here, so its p needs no correction.
    library["p"] = round(intervals.paired_permutation(first, second, "uf1"), 3)
    library["uf1"] = [metrics.uf1(table["y_true"], table["y_pred"]) for table in (first, second)]
    return {"people": people, "library": library}


def picture() -> Figure:
    """What 2,000 draws of people say of each system and of the difference."""
    tables = predictions()
    drawn = [intervals.count(table) for table in tables]
    weights = intervals.weights(drawn[0].databases, 2000)
    scores = [metrics.uf1_of(np.tensordot(weights, counts.sums, axes=1)).mean(1) for counts in drawn]
    difference, low, high = intervals.paired_interval(*tables, "uf1")
    figure, (left, right) = plt.subplots(1, 2, figsize=(7, 2.5))
    bins = np.linspace(0.6, 0.92, 65)
    for score, colour, name, height in zip(scores, ("#005f99", "#ad4200"), ("A", "B"), (1.0, 0.88), strict=True):
        left.hist(score, bins, color=colour, alpha=0.45)
        left.text(0.98, height, f"system {name}", color=colour, ha="right", va="top", transform=left.transAxes)
    left.set(xlabel="UF1, people drawn anew", yticks=[])
    gaps = scores[0] - scores[1]
    right.hist(gaps, 50, color=GREY, alpha=0.6)
    right.axvline(0, color="black", lw=1)
    right.axvline(difference, color=COLOURS["real"])
    right.plot([low, high], [0, 0], color=COLOURS["real"], lw=4, clip_on=False)
    ahead = np.mean(gaps > 0)
    right.set(xlabel="UF1 of A minus UF1 of B", yticks=[], title=f"A leads in {ahead:.0%} of 2,000 draws")
    return figure


THING = Plaything(
    name="interval_lab",
    code="interval_lab.js",
    title="Interval lab: the same study with other people",
    do="Press Draw once a few times: each draw makes a study of people drawn from these, some twice, some not "
    "at all. Then press Draw 100.",
    see="A scores above B on the people at hand, but in some draws they change places. With fewer people they "
    "do so oftener. Drawing clips in place of people makes the interval too narrow, and A's lead looks sure: but the "
    "clips of one person are alike, so they are not so many separate witnesses.",
    means="Even a lead of five hundredths of UF1 on 68 people can be the choice of people. Look for the paired "
    "difference over people, with its interval and its p, corrected for how many were asked. The interval says how "
    "large the difference may be; the corrected p decides whether it is found.",
    alt="Two charts. The scores of two systems over 2,000 draws of people overlap. The difference "
    "A minus B is spread around a small lead, and its 95 % interval, a thick line, reaches below 0.",
    note="Toy data: both systems are made up by the study's library, on the official numbers of clips of 68 "
    "people. A is truly a little better.",
    data=data,
    picture=picture,
)
