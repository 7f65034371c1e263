"""The label lab: a label, a network that has learned it more or less, and two rules that look for its apex."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from mxe_lib.compute.seeds import generator
from mxe_lib.figures.charts import COLOURS, GREY
from mxe_lib.play.plaything import Plaything
from mxe_lib.spotting import rules
from mxe_lib.spotting.labels import LABELS, NEAR, label

LENGTH, APEX, NOISE = 70, 24, 0.25
"""Frames of the clip, and what the sliders show first."""

NETWORKS = 300
"""So many networks stand behind the errors, each with other noise."""

LASTING = 0.8
"""Correlation of the lasting half of the noise from frame to frame; the other half is new in each frame."""


def data() -> dict:
    """What the script starts from."""
    start = dict(length=LENGTH, apex=APEX, noise=NOISE, networks=NETWORKS, lasting=LASTING)
    return {"functions": [*LABELS, "near"], "window": rules.WINDOW, "near": NEAR, **start}


def noisy(scores: np.ndarray, noise: float, rng: np.random.Generator) -> np.ndarray:
    """The curve of a network that has learned ``scores`` with errors: half of them last, half are new in each frame."""
    lasting = np.empty(len(scores))
    lasting[0] = rng.standard_normal()
    for frame in range(1, len(scores)):
        lasting[frame] = LASTING * lasting[frame - 1] + np.sqrt(1 - LASTING**2) * rng.standard_normal()
    return scores + noise * np.sqrt(0.5) * (lasting + rng.standard_normal(len(scores)))


def picture() -> Figure:
    """The labels, one noisy curve with both picks, and the errors of many."""
    numbers = np.arange(LENGTH + 1)
    figure, (left, middle, right) = plt.subplots(1, 3, figsize=(7, 2.5), width_ratios=[1, 1.15, 1])
    for name in LABELS:
        left.plot(numbers, label(name, numbers, 0, APEX, LENGTH, 3.0), label=name)
    left.legend(loc="upper center", handlelength=1, ncols=2, columnspacing=1)
    left.set(title="four labels of one clip", xlabel="frame", ylabel="label (steepness 3)", ylim=(0, 1.45))

    truth = label("linear", numbers, 0, APEX, LENGTH)
    curve = noisy(truth, NOISE, generator("label lab", 11))
    picks = {"Max": rules.pick_max(numbers, curve), "SW-Max": rules.pick_sw_max(numbers, curve)}
    middle.plot(numbers, truth, ":", color=GREY)
    middle.plot(numbers, curve, color="black", lw=1)
    middle.axvline(APEX, color=COLOURS["real"], lw=1)
    for (name, frame), colour, height in zip(picks.items(), ("#D55E00", "#009E73"), (2.15, 1.92), strict=True):
        middle.plot(frame, curve[frame], "o", color=colour)
        middle.text(70, height, f"{name}: {abs(frame - APEX)} frames off", color=colour, fontsize=8, ha="right")
    middle.set(title="a network's curve", xlabel="frame", ylim=(-0.75, 2.4))

    errors = {"Max": [], "SW-Max": []}
    for seed in range(NETWORKS):
        curve = noisy(truth, NOISE, generator("label lab", seed))
        errors["Max"].append(rules.pick_max(numbers, curve) - APEX)
        errors["SW-Max"].append(rules.pick_sw_max(numbers, curve) - APEX)
    places = np.arange(2)
    means = [np.abs(of).mean() for of in errors.values()]
    right.barh(places, means, color=["#D55E00", "#009E73"], height=0.55)
    right.axvline(abs(LENGTH // 2 - APEX), color=GREY, ls="--", lw=1)
    right.annotate("middle frame", (LENGTH // 2 - APEX, 1.45), (-3, 0), textcoords="offset points", ha="right",
                   color=GREY, fontsize=8)  # fmt: skip
    right.set_yticks(places, list(errors))
    right.set(title=f"{NETWORKS} networks", xlabel="mean error, frames", ylim=(1.7, -0.5))
    return figure


THING = Plaything(
    name="label_lab",
    code="label_lab.js",
    title="Label lab: what the network learns, and where the rule looks",
    do="Choose a label, move the noise, and press New noise: each press is another network.",
    see="Max takes the highest frame, and one bad frame can lead it away. SW-Max takes the best window of nine "
    "frames: it is steadier, but on a clip that falls more slowly than it rises it comes late, even without noise.",
    means="When a paper says that its label or its rule spots better, ask which of the two was changed, and "
    "what the middle frame scores on the same clips.",
    alt="Three charts: the four labels of one clip; a noisy score curve whose highest frame and best window lie "
    "at different distances from the apex; over 300 noisy curves the sliding window errs less than the single "
    "highest frame, and the middle frame is drawn beside both.",
    note="The network is made up: the label plus noise. Labels and rules are the study's own.",
    data=data,
    picture=picture,
)
