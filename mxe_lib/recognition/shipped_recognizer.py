"""The recogniser that ships, trained on simulated faces only.

``python -m mxe_lib.app.rebuild`` trains it and the shipped spotter again, from nothing but this code, and writes the
files of ``weights/``: on one machine and one set of versions, bit for bit. ``weights/MODEL_CARD.md`` says what they are
good for.
"""

import json
from dataclasses import dataclass
from functools import cache as cached
from pathlib import Path

import numpy as np
from scipy.special import softmax

from mxe_lib.clips import CLASSES, Clip
from mxe_lib.databases.composite import composite, composite_class
from mxe_lib.databases.subset import subset
from mxe_lib.learning import training
from mxe_lib.learning.samples import Samples, joined, recognition_samples
from mxe_lib.recognition import transfer
from mxe_lib.recognition.recipe import MEGC_SHARES, Recipe
from mxe_lib.recognition.task import RecognizeEmotion
from mxe_lib.simulation.cohort_tables import COHORTS
from mxe_lib.simulation.database import SimulatedDatabase
from mxe_lib.simulation.fields import PACK_CROP, Crop
from mxe_lib.vision import fields, flow
from mxe_lib.weights import whole

FLOW_SIZE, MAP_SIZE = 75, 28
"""Side of the crop on which flow is computed, and of the maps that the recogniser reads."""

RECOGNIZER = {"network": "flow_cnn", "training": transfer.PRETRAINING, "network_args": {"members": 5}}
RECOGNIZER_CROPS = (PACK_CROP, Crop())
"""As public flow maps are cropped, and as ``faces.py`` does it."""
RECOGNIZER_MAPS, CHECKED_CLIPS = 10_000, 48
"""Maps to train on for each crop, and other people's clips to check with for each of the three cohorts."""


@dataclass(frozen=True)
class Recognizer:
    """Tells negative, positive and surprise apart by the flow from onset to apex.

    Attributes:
        task: the trained network.
        temperature: what its logits are divided by, so that it is as sure as it is right on the checked clips.
        accuracy: share of ``checked`` clips, of simulated people it was not trained on, that it got right.
    """

    task: RecognizeEmotion
    temperature: float
    accuracy: float
    checked: int

    def probabilities(self, movement: np.ndarray) -> dict[str, float]:
        """By class, for ``(2, FLOW_SIZE, FLOW_SIZE)`` flow from onset to apex, in pixels."""
        logits = _logits(self.task, movement[None])
        return dict(zip(CLASSES, softmax(logits / self.temperature, axis=1)[0].tolist(), strict=True))


@cached
def recognizer() -> Recognizer:
    """The recogniser with what was measured when it was trained."""
    note = json.loads(whole("recognizer.json").read_text(encoding="utf-8"))
    return Recognizer(training.load(whole("recognizer.model")), **note)


def stored_recognizer(cache: Path) -> Path:
    """The recogniser's weights as a ``start`` for ``training.fit``."""
    return training.stored(whole("recognizer.model"), cache)


def prior() -> tuple[float, ...]:
    """How frequent the three classes are in the MEGC 2019 composite, and in what the recogniser was trained on."""
    return MEGC_SHARES


def train_recognizer(cache: Path) -> Path:
    """Trained on maps with the composite's class frequencies, so that answers may be read beside ``prior()``."""
    maps = [
        Recipe(settings={"crop": crop}).maps(RECOGNIZER_MAPS, seed=seed) for seed, crop in enumerate(RECOGNIZER_CROPS)
    ]
    return training.fit(transfer.task(**RECOGNIZER), joined(*maps), 0, cache)


def checked(task: RecognizeEmotion, cache: Path, workers: int) -> dict:
    movements, classes = _other_people(cache, workers)
    logits = _logits(task, movements)
    # Guo et al. (2017): one number cannot change which class wins, only how sure the network says it is.
    losses = {
        t: -np.log(softmax(logits / t, axis=1)[range(len(classes)), classes]).mean() for t in np.geomspace(0.5, 20)
    }
    accuracy = float((logits.argmax(1) == classes).mean())
    return {"temperature": float(min(losses, key=losses.get)), "accuracy": accuracy, "checked": len(classes)}


def _other_people(cache: Path, workers: int) -> tuple[np.ndarray, np.ndarray]:
    """Onset-to-apex flow of rendered clips, measured as a user's is, and their classes."""
    movements, classes = [], []
    for name in COHORTS:
        database = SimulatedDatabase(name, seed=1)
        clips = subset(composite(database.clips()), CHECKED_CLIPS, None)
        apexes = [database.truth(clip).apex for clip in clips]
        found = flow.apex_flow(database, clips, apexes, size=FLOW_SIZE, cache=cache, workers=workers)
        movements += [movement for movement in found if movement is not None]
        classes += [
            CLASSES.index(composite_class(clip))
            for clip, movement in zip(clips, found, strict=True)
            if movement is not None
        ]
    return np.stack(movements), np.array(classes)


def _logits(task: RecognizeEmotion, movements: np.ndarray) -> np.ndarray:
    clips = [Clip("casme2", "nobody", f"field{n}", 200, None, None, None, "", ()) for n in range(len(movements))]
    maps: Samples = recognition_samples(clips, fields.flow_map(movements, MAP_SIZE), [0] * len(clips))
    return task.answers(maps).double().numpy()
