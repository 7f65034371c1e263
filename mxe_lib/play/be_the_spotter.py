"""Be the spotter: ten simulated clips in which a visitor looks for the apex, as the middle frame and our spotter do."""

from functools import cache

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from mxe_lib.clips import Clip
from mxe_lib.evaluation import metrics
from mxe_lib.figures.charts import GREY
from mxe_lib.learning.samples import spotting_samples
from mxe_lib.play.plaything import NOBODY, Plaything, rounded, webp
from mxe_lib.simulation import SimulatedDatabase
from mxe_lib.spotting import naive, rules, shipped_spotter
from mxe_lib.vision import faces, flow

COHORT, SEED, CLIPS = "casme2", 0, 10
"""Cohort 0 is what the study tests on: the spotter has learned from none of its people."""

SHORTEST, LONGEST = 40, 100
"""Frames of a clip: enough to be wrong in, few enough to slide through."""

FRAMES, FACE, FLOW = 24, 128, 75
"""How many frames of a clip are shown, evenly; sides of the face and of the crop that the spotter is given."""


def chosen(database: SimulatedDatabase) -> list[Clip]:
    """The first fitting clip of each of the first ten people who have one: nobody picked them."""
    found: dict[str, Clip] = {}
    for clip in database.clips():
        fits = clip.apex is not None and SHORTEST <= clip.length <= LONGEST and clip.onset < clip.apex < clip.offset
        if fits and clip.subject not in found:
            found[clip.subject] = clip
    return list(found.values())[:CLIPS]


@cache
def spotted() -> list[dict]:
    """Each clip with the faces that are shown and the frames that the middle, the spotter and the coder say."""
    database = SimulatedDatabase(COHORT, SEED)
    clips, games = chosen(database), []
    middles = naive.middle_frame(clips)["predicted"].tolist()
    for clip, middle in zip(clips, middles, strict=True):
        shown = np.unique(np.round(np.linspace(clip.onset, clip.offset, FRAMES)).astype(int)).tolist()
        shape = database.true_landmarks(clip, clip.onset)
        where = faces.between(np.stack([shape[36:42].mean(axis=0), shape[42:48].mean(axis=0)]))
        frames = database.frames(clip, shown)
        fields = flow.crop_flow(frames[0], frames, size=FLOW, alignment=where)
        scores = shipped_spotter.spotter().predictions(spotting_samples([clip], [fields], [shown]))
        truth = database.truth(clip)
        games.append(
            {
                "clip": clip,
                "shown": shown,
                "crops": np.stack([faces.face_crop(frame, where, FACE) for frame in frames]),
                "scores": scores["score"].to_numpy(),
                # As in a verdict: the onset has no flow to itself, so it can't be the apex.
                "spotter": rules.pick_sw_max(shown[1:], scores["score"].to_numpy()[1:]),
                "middle": middle,
                "intensity": truth.intensity[np.array(shown) - clip.onset],
                "physical": truth.physical_apex,
                "units": truth.action_units,
            }
        )
    return games


def data() -> dict:
    """Faces, and what is told once a guess is made; frame numbers count from the onset."""
    games = []
    for game in spotted():
        onset = game["clip"].onset
        games.append(
            {
                "faces": [webp(crop, 72) for crop in game["crops"]],
                "shown": [number - onset for number in game["shown"]],
                "apex": game["clip"].apex - onset,
                "physical": game["physical"] - onset,
                "spotter": game["spotter"] - onset,
                "middle": game["middle"] - onset,
                "intensity": rounded(game["intensity"], 3),
                "scores": rounded(game["scores"] / game["scores"].max(), 3),
                "units": " + ".join(game["units"]),
            }
        )
    return {"clips": games, "fps": SimulatedDatabase(COHORT, SEED).cohort.fps}


def errors() -> dict[str, np.ndarray]:
    """Frames by which the middle and the spotter miss the coder's apex in each clip."""
    apexes = [game["clip"].apex for game in spotted()]
    return {name: metrics.errors(apexes, [game[name] for game in spotted()]) for name in ("middle", "spotter")}


def picture() -> Figure:
    """One clip's first and strongest frame, and both errors in all ten clips."""
    games, missed = spotted(), errors()
    game = max(
        games, key=lambda one: np.abs(one["crops"][one["intensity"].argmax()] - one["crops"][0].astype(int)).mean()
    )
    best = int(game["intensity"].argmax())
    figure = plt.figure(figsize=(7, 2.5))
    places = figure.add_gridspec(1, 3, width_ratios=[1, 1, 1.7])
    for column, (at, name) in enumerate(((0, "onset"), (best, "apex"))):
        ax = figure.add_subplot(places[column])
        ax.imshow(game["crops"][at], cmap="gray", vmin=0, vmax=255)
        ax.set_title(f"{name}, frame {game['shown'][at] - game['clip'].onset}")
        ax.axis("off")
    ax = figure.add_subplot(places[2])
    rows = np.arange(len(games))
    ax.plot(missed["middle"], rows, "|", color=GREY, ms=11, mew=2.5)
    ax.plot(missed["spotter"], rows, "o", color="#00694a")
    ax.set(xlabel="frames off the coder's apex", yticks=rows, ylim=(len(games) - 0.4, -0.6))
    ax.set_yticklabels([f"clip {row + 1}" for row in rows], fontsize=7)
    middle, spotter = (missed[name].mean() for name in ("middle", "spotter"))
    ax.set_title(f"● our spotter {spotter:.1f} off on average, | middle frame {middle:.1f}", fontsize=8)
    return figure


def cover() -> Figure:
    """Faces alone: the errors are what the game is about."""
    crops = spotted()[0]["crops"]
    figure, axes = plt.subplots(1, 3, figsize=(7, 2.5))
    for ax, at in zip(axes, (0, len(crops) // 2, len(crops) - 1), strict=True):
        ax.imshow(crops[at], cmap="gray", vmin=0, vmax=255)
        ax.axis("off")
    return figure


THING = Plaything(
    name="be_the_spotter",
    code="be_the_spotter.js",
    title="Be the spotter: find the apex yourself",
    do="Slide to and fro until you see the face move, stop where it is strongest, and press This is the apex. "
    "Ten clips.",
    see="After each guess the truth is shown. After the tenth clip two others' errors stand beside yours: the middle "
    "frame's, which looks at nothing, and our spotter's, which sees the flow of the whole clip.",
    means="The apex is marked by people like you: they miss the strongest frame by a few frames, so a "
    "smaller error says nothing. And a spotter has to beat the middle frame first.",
    alt="A simulated face at the onset and at the apex, which hardly differ, and a chart of ten clips: the "
    "middle frame's and our spotter's distance from the coder's apex, with their means.",
    note=f"{NOBODY} The clips are the first of ten people of the study's CASME II-like test cohort, which the "
    "spotter never saw; errors are in frames at 200 a second.",
    data=data,
    picture=picture,
    cover=cover,
)
