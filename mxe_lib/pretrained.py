"""The two models that ``analyze`` uses: a spotter and a recogniser, trained on simulated faces only.

They are small and train on first use, in about a minute each; after that they are read from the cache.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache as cached
from pathlib import Path

import numpy as np

from mxe_lib import crossval, fields, flow
from mxe_lib.clips import CLASSES, Clip
from mxe_lib.databases.composite import composite, composite_class
from mxe_lib.datamodules import Samples, recognition_samples, sampled_flow
from mxe_lib.simulation import COHORTS, SimulatedDatabase, sample_flow
from mxe_lib.sources import subset
from mxe_lib.tasks import RecognizeEmotion, SpotApex

FLOW_SIZE, MAP_SIZE = 75, 28
"""Side of the crop on which flow is computed, and of the maps that the recogniser reads."""

SPOTTER = {"network": "vgg_m", "width": 1 / 8, "label": "linear", "epochs": 15, "learning_rate": 1e-3}
SPOTTER_CLIPS, SPOTTER_SUBJECTS, SPOTTER_STEP = 30, 12, 11

RECOGNIZER = {"network": "off_apexnet", "epochs": 6, "learning_rate": 1e-3, "batch_size": 64}
RECOGNIZER_FIELDS, CHECKED_CLIPS = 1000, 16
"""Flow fields to train on, and other people's clips to check with, for each of the three cohorts."""

Say = Callable[[str], None]


def spotter(cache: Path, workers: int = 1, say: Say = print) -> SpotApex:
    """Scores a frame by its flow from the onset: 1 near the apex, 0 at onset and offset.

    Trained on clips of the simulated CASME II and SAMM cohorts (the SMIC-like one has no apexes).

    Args:
        cache: folder for flow and weights.
        workers: processes for the flow.
        say: told what takes time, before it does.
    """

    def train() -> dict:
        say("Training the spotter on simulated clips, once: about a minute on two cores ...")
        databases = [SimulatedDatabase(name) for name in ("casme2", "samm")]
        usable = [clip for database in databases for clip in database.clips() if clip.apex is not None]
        clips = subset(usable, SPOTTER_CLIPS, SPOTTER_SUBJECTS)
        samples = sampled_flow(databases, clips, step=SPOTTER_STEP, size=FLOW_SIZE, cache=cache, workers=workers)
        return {"weights": crossval.fit(SpotApex(**SPOTTER), samples, 0, cache).name}

    return _kept("spotter", cache, train)[0]


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
        return dict(zip(CLASSES, _softmax(logits / self.temperature)[0].tolist(), strict=True))


def recognizer(cache: Path, workers: int = 1, say: Say = print) -> Recognizer:
    """Trained on flow fields of simulated people of all three cohorts, checked on rendered clips of others.

    Fields and clips have the composite's class frequencies, so that probabilities may be read beside ``prior()``.
    """

    def train() -> dict:
        say("Training the recogniser on simulated flow, once: about a minute on two cores ...")
        drawn = [sample_flow(RECOGNIZER_FIELDS, FLOW_SIZE, 0, name, weights=prior()) for name in COHORTS]
        movements, classes = (np.concatenate(part) for part in zip(*drawn, strict=True))
        task = RecognizeEmotion(**RECOGNIZER, standardize="map", class_weights=False)
        weights = crossval.fit(task, _samples(movements, classes), 0, cache)
        movements, classes = _other_people(cache, workers)
        logits = _logits(crossval.load(weights), movements)
        # Guo et al. (2017): one number cannot change which class wins, only how sure the network says it is.
        losses = {t: -np.log(_softmax(logits / t)[range(len(classes)), classes]).mean() for t in np.geomspace(0.5, 20)}
        accuracy = float((logits.argmax(1) == classes).mean())
        temperature = float(min(losses, key=losses.get))
        return {"weights": weights.name, "temperature": temperature, "accuracy": accuracy, "checked": len(classes)}

    task, note = _kept("recognizer", cache, train)
    return Recognizer(task, note["temperature"], note["accuracy"], note["checked"])


@cached
def prior() -> tuple[float, ...]:
    """How frequent the three classes are in the MEGC 2019 composite: what one would say of a clip without a look."""
    clips = [clip for name in COHORTS for clip in composite(SimulatedDatabase(name).clips())]
    classes = [composite_class(clip) for clip in clips]
    return tuple(classes.count(name) / len(classes) for name in CLASSES)


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


def _samples(movements: np.ndarray, classes: np.ndarray) -> Samples:
    clips = [
        Clip("casme2", "nobody", f"field{n}", 200, None, None, None, "", (), "simulated") for n in range(len(classes))
    ]
    return recognition_samples(clips, fields.flow_map(movements, MAP_SIZE), classes.tolist())


def _logits(task: RecognizeEmotion, movements: np.ndarray) -> np.ndarray:
    return task.answers(_samples(movements, np.zeros(len(movements), int))).double().numpy()


def _softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)


def _kept(name: str, cache: Path, train: Callable[[], dict]) -> tuple:
    """The model trained by this very code and its note, else ``train()``'s: spares drawing the training data again."""
    path = Path(cache) / "pretrained" / f"{name}-{_code()[:16]}.json"
    try:
        note = json.loads(path.read_text())
        return crossval.load(Path(cache) / "models" / note["weights"]), note
    except (OSError, EOFError, RuntimeError, TypeError, ValueError):  # not there, or damaged
        note = train()
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f".{os.getpid()}.partial")
    partial.write_text(json.dumps(note))
    os.replace(partial, path)
    return crossval.load(Path(cache) / "models" / note["weights"]), note


@cached
def _code() -> str:
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
