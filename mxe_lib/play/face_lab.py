"""The face lab: the simulator's action units on one face, mixed by hand."""

from functools import cache

import cv2
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from mxe_lib.clips import CLASSES, Clip
from mxe_lib.figures import pictures
from mxe_lib.play.plaything import NOBODY, Plaything, rounded, webp
from mxe_lib.recognition import shipped_recognizer
from mxe_lib.simulation import NONE, SimulatedDatabase
from mxe_lib.simulation.action_units import AMPLITUDES, COMBINATIONS, UNITS, Activation
from mxe_lib.simulation.displacement import template
from mxe_lib.vision import faces

COHORT, SUBJECT, SIZE = "casme2", "sub07", (220, 268)

SHOWN = (1, 2, 4, 5, 6, 9, 12, 15, 17, 25)
"""Units with a slider: those that the three classes are made of."""

EXAMPLES = {
    "Smile": ("6B", "12C"),
    "Surprise": ("1C", "2C", "5C", "25B"),
    "Disgust": ("4B", "9D"),
    "Sadness": ("1C", "4B", "15C"),
}
"""As FACS manuals have them."""

SIDES = {"both": "", "right": "R", "left": "L"}


@cache
def database() -> SimulatedDatabase:
    """Faces without noise, and with nothing that moves beside the units."""
    return SimulatedDatabase(COHORT, 0, size=SIZE, distractors=NONE)


def clip_of(codes: tuple[str, ...]) -> Clip:
    """A clip whose fifth frame shows these units at their apex; without a unit, all of it is at rest."""
    codes = codes or ("4A",)  # a clip moves something; the rest is its first frame
    return database().add_clip(codes, length=8, apex=4, subject=SUBJECT, name=f"lab_{'_'.join(codes)}")


def movement(codes: tuple[str, ...]) -> np.ndarray:
    """The true flow of these units on the crop that the recogniser reads, ``(2, 75, 75)`` pixels."""
    clip, size = clip_of(codes), shipped_recognizer.FLOW_SIZE
    shape = database().true_landmarks(clip, clip.onset)
    where = faces.between(np.stack([shape[36:42].mean(axis=0), shape[42:48].mean(axis=0)]))
    flow = database().true_flow(clip, clip.onset + (4 if codes else 0))
    return faces.transform_flow(flow, where, size)


def read(codes: tuple[str, ...]) -> list[float]:
    """How probable our recogniser holds each class."""
    answer = shipped_recognizer.recognizer().probabilities(movement(codes))
    return rounded([answer[name] for name in CLASSES], 2)


def answer(shown: dict) -> dict:
    """What a kernel adds: the recogniser's reading of any mix."""
    codes = tuple(shown.get("codes", ()))
    return {"key": "+".join(codes), "read": read(codes)} if codes else {}


def data() -> dict:
    """The resting face, the units' pulls on it, and the recogniser's reading of each unit alone and of the examples."""
    clip = clip_of(())
    scene = database().scene(clip)
    resting = cv2.cvtColor(database().frames(clip, [clip.onset])[0], cv2.COLOR_RGB2GRAY)
    asked = [(f"{unit}{letter}",) for unit in SHOWN for letter in AMPLITUDES]
    asked += list(EXAMPLES.values())
    return {
        "face": webp(resting, 85),
        "size": list(SIZE),
        "place": {"scale": rounded(scene.place.scale, 6), "origin": rounded(scene.place.origin, 6)},
        "units": [
            {
                "number": unit,
                "name": UNITS[unit].name,
                "muscle": UNITS[unit].muscle,
                "bumps": {side: _bumps(unit, side, scene.person.shape) for side in ("right", "left")},
            }
            for unit in SHOWN
        ],
        "amplitudes": AMPLITUDES,
        "together": [
            [*pair, {str(unit): list(gain) for unit, gain in change.items()}]
            for pair, change in COMBINATIONS.items()
            if set(pair) <= set(SHOWN)
        ],
        "examples": {name: list(codes) for name, codes in EXAMPLES.items()},
        "classes": list(CLASSES),
        "crop": shipped_recognizer.FLOW_SIZE * (faces.EYES[1][0] - faces.EYES[0][0]),
        "read": {"+".join(codes): read(codes) for codes in asked},
        "probe": [[x, y] for y in range(40, SIZE[1], 40) for x in range(30, SIZE[0], 40)],
    }


def _bumps(unit: int, side: str, shape: np.ndarray) -> list[list[float]]:
    """Of one side's bumps on a face: centre, widths, and pull at an amplitude of 1, face units."""
    placed = template((Activation(unit, side, "E"),)).on(shape)
    return rounded(np.hstack([placed.centres, placed.widths, placed.pulls / AMPLITUDES["E"]]), 6)


def picture() -> Figure:
    """The examples: faces above, true flow as colours below."""
    figure, axes = plt.subplots(2, 1 + len(EXAMPLES), figsize=(7, 3.6))
    for column, (name, codes) in enumerate({"Rest": (), **EXAMPLES}.items()):
        clip = clip_of(codes)
        frame = database().frames(clip, [clip.onset + (4 if codes else 0)])[0]
        axes[0, column].imshow(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), cmap="gray", vmin=0, vmax=255)
        axes[0, column].set_title(f"{name}\n{' '.join(codes)}", fontsize=8)
        if codes:
            axes[1, column].imshow(pictures.flow_image(database().true_flow(clip, clip.onset + 4), 5))
        else:
            pictures.hue_wheel(axes[1, column], directions=False)
    for ax in axes.flat:
        ax.axis("off")
    return figure


THING = Plaything(
    name="face_lab",
    code="face_lab.js",
    title="Face lab: action units by hand",
    do="Press an example, or move the sliders: each is one muscle, from nothing to A (a trace) up to E (the most).",
    see="The colours show which skin moves where. Flick Resting face on and off: at A and B, where "
    "micro-expressions mostly are, the eye hardly finds the movement that the flow shows clearly.",
    means="A class such as negative is a mix of many units, and the same unit serves several classes: ask which "
    "units a paper's clips hold before believing that a network reads an emotion.",
    alt="A simulated face at rest and in four examples: smile, surprise, disgust, sadness, each with the codes "
    "of its action units; below each, the movement of the skin as colours: mouth corners and cheeks, brows, nose, "
    "inner brows.",
    note=f"{NOBODY} Lids that close (units 43 and 45) are left out. The recogniser has learned from simulated people "
    "only. On this page it has read each unit alone, on both sides, and the examples; in a notebook it reads any mix.",
    data=data,
    picture=picture,
    answer=answer,
)
