"""A clip to slide through: its face, its flow as the simulator knows it and as TV-L1 measures it, what moves in it."""

from functools import cache

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from mxe_lib.clips import Clip
from mxe_lib.figures import pictures
from mxe_lib.figures.charts import COLOURS
from mxe_lib.play.plaything import NOBODY, Plaything, numbers, rounded, webp
from mxe_lib.simulation import SimulatedDatabase
from mxe_lib.simulation.action_units import AMPLITUDES, UNITS, parse
from mxe_lib.vision import faces, flow

COHORT, SEED, CLIP = "samm", 0, "samm/033/033_5_8"
"""Two units, a plateau, and a blink after it: the flow is longest where the apex is not."""

STEP, FACE, FLOW, GRID = 2, 150, 75, 25
"""Every how many frames one is shown; sides of the face, of the crop whose pixels count, and of the flow's grid."""

PLATEAU = 0.9
"""Share of the peak from which on the pull counts as being on its plateau."""


def chosen() -> tuple[SimulatedDatabase, Clip]:
    """The clip and where it comes from."""
    database = SimulatedDatabase(COHORT, SEED)
    return database, next(clip for clip in database.clips() if clip.id == CLIP)


@cache
def measured() -> dict[str, np.ndarray]:
    """Of each frame that is shown its face crop, and the flow from the onset to it: ``true`` and by ``tvl1``."""
    database, clip = chosen()
    shown = clip.frame_numbers(STEP)
    shape = database.true_landmarks(clip, clip.onset)
    where = faces.between(np.stack([shape[36:42].mean(axis=0), shape[42:48].mean(axis=0)]))
    frames = database.frames(clip, shown)
    true = np.stack([faces.transform_flow(database.true_flow(clip, number), where, FLOW) for number in shown])
    tvl1 = flow.crop_flow(frames[0], frames, size=FLOW, alignment=where)
    crops = np.stack([faces.face_crop(frame, where, FACE) for frame in frames])
    return {"numbers": np.array(shown), "crops": crops, "true": true, "measured": tvl1}


def course() -> dict[str, np.ndarray]:
    """What moves at each frame from onset to offset, as shares: the expression, and the lids in a blink."""
    database, clip = chosen()
    moves = database.scene(clip).plan.courses
    return {"expression": moves.intensity, "blink": moves.closure}


def data() -> dict:
    """Faces, flow on a coarse grid, the length of the flow, and the courses of what moves."""
    database, clip = chosen()
    made, moves, truth = measured(), course(), database.truth(clip)
    shown = made["numbers"] - clip.onset
    plateau = np.flatnonzero(moves["expression"] >= PLATEAU)
    units = [parse(code) for code in truth.action_units]
    return {
        "faces": [webp(crop, 55) for crop in made["crops"]],
        "flow": {name: numbers(_coarse(made[name])) for name in ("true", "measured")},
        "length": {name: rounded(_length(made[name])) for name in ("true", "measured")},
        "shown": shown.tolist(),
        "fps": clip.fps,
        "frames": clip.length,
        "marked": clip.apex - clip.onset,
        "apex": truth.physical_apex - clip.onset,
        "plateau": [int(plateau[0]), int(plateau[-1])],
        "moves": {name: rounded(values, 3) for name, values in moves.items()},
        "units": [
            {"code": unit.code, "name": UNITS[unit.unit].name, "size": AMPLITUDES[unit.letter or "B"]} for unit in units
        ],
        "face": FLOW,
    }


def _coarse(fields: np.ndarray) -> np.ndarray:
    cell = FLOW // GRID
    return fields.reshape(*fields.shape[:2], GRID, cell, GRID, cell).mean((3, 5))


def _length(fields: np.ndarray) -> np.ndarray:
    """Mean over the crop, in its pixels."""
    return np.hypot(fields[:, 0], fields[:, 1]).mean((1, 2))


def picture() -> Figure:
    """Onset, blink and apex with their measured flow; below, what moves and how long the flow is."""
    database, clip = chosen()
    made, moves = measured(), course()
    shown, peak = made["numbers"] - clip.onset, database.truth(clip).physical_apex - clip.onset
    length = _length(made["measured"])
    figure = plt.figure(figsize=(7, 4.6))
    rows = figure.add_gridspec(2, 5, height_ratios=[1.15, 1.6])
    times = {"onset": 0, "apex": peak, "blink": int(moves["blink"].argmax())}
    for place, (name, time) in enumerate(times.items()):
        at = int(np.abs(shown - time).argmin())
        images = [made["crops"][at], pictures.flow_image(made["measured"][at], 2.5)][: 2 if place else 1]
        for column, image in enumerate(images):
            ax = figure.add_subplot(rows[0, max(0, 2 * place - 1) + column])
            ax.imshow(image, cmap="gray", vmin=0, vmax=255)
            ax.set_title("" if column else f"{name}, frame {shown[at]}")
            ax.axis("off")
    ax = figure.add_subplot(rows[1, :])
    everywhere = np.arange(clip.length + 1)
    ax.fill_between(everywhere, moves["expression"], color=COLOURS["simulated"], alpha=0.25, lw=0)
    ax.fill_between(everywhere, moves["blink"], color="#CC79A7", alpha=0.35, lw=0)
    ax.plot(shown, length / length.max(), "o-", color="black", ms=2.5)
    for time, words, colour in ((30, "expression", "#8a3d00"), (times["blink"] + 5, "blink", "#8a3a73")):
        ax.annotate(words, (time, 0.12), ha="center", color=colour)
    ax.axvline(clip.apex - clip.onset, color=COLOURS["real"], lw=1)
    blue = COLOURS["real"]
    ax.annotate(
        "coder's apex", (clip.apex - clip.onset, 1.06), (-3, 0), textcoords="offset points", color=blue, ha="right"
    )
    longest = shown[length.argmax()]
    ax.annotate("longest flow", (longest, 1), (6, 4), textcoords="offset points")
    ax.set(xlabel="frames after the onset", ylabel="share of the most", ylim=(0, 1.18), xlim=(0, clip.length))
    return figure


THING = Plaything(
    name="a_clip",
    code="a_clip.js",
    title="A clip: what moves, and what the flow sees of it",
    do="Slide through the frames, or press Play; then change from measured flow to true flow.",
    see="The two action units rise, stay on a plateau and fall. The flow goes on growing after the apex, "
    "because the eyes blink: its longest frame is not the apex. Measured flow is shorter than true flow and ragged "
    "at the eyes.",
    means="On a plateau ten frames look alike, so an error of a few frames says little. A spotter that follows "
    "the length of the flow finds blinks: ask how a paper's spotter tells them from an expression.",
    alt="The simulated face at the onset, at the apex and in a blink, each with its flow as colours: at the "
    "apex colour lies at the mouth, in the blink at the eyes. Below, the curve of the flow's mean length rises "
    "through the expression's plateau and is highest at the blink, 17 frames after the coder's apex.",
    note=f"{NOBODY} One clip of the study's SAMM-like cohort, every second frame of 200 a second.",
    data=data,
    picture=picture,
)
