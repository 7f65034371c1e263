"""The GAN that ships: P1's conditional DC-GAN that had the time, trained on flow fields of simulated people only.

A fold's few dozen clips go on from it (``GanAugmentation(tuned=True)``). How it learned stands beside its weights: at
some steps on the way, its score in every measure of ``generative_metrics`` on the fields of strangers
(``generator_steps.csv``), and a few of its fields (``generator_fields.npz``). ``python -m mxe_lib.app.rebuild`` makes
all three again.
"""

import io
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from mxe_lib.clips import CLASSES, Clip
from mxe_lib.compute import seeds, store
from mxe_lib.learning import training
from mxe_lib.learning.samples import Samples, recognition_samples
from mxe_lib.recognition import generative_metrics
from mxe_lib.recognition.gan import AugmentFlow, resize
from mxe_lib.recognition.task import RecognizeEmotion
from mxe_lib.simulation.fields import sample_flow
from mxe_lib.weights import whole

SIZE, SHOWN_SIZE = 75, 40
"""Side of the fields that are learned and judged, and of those that are kept to be shown."""

STEPS = (100, 500, 2_000, 10_000)
"""After which the GAN is judged; the last one ships."""

GAN = {"width": 1 / 8, "learning_rate": 0.0005, "batch_size": 16}
PEOPLE, JUDGED, SHOWN = 9_000, 600, 1
"""Fields to learn from, each of another person; fields that are judged; fields of a class that are shown."""

READER = {"network": "vgg_m", "width": 1 / 8, "epochs": 8, "learning_rate": 1e-3, "batch_size": 32}
"""The recogniser that names the classes of drawn fields: trained on true fields of people whom the GAN never met."""


def people(count: int, seed: int) -> Samples:
    """True fields of simulated people, classes and cohorts in equal parts, as ``recognition_samples``."""
    parts = [sample_flow(count // 3, SIZE, seed, cohort, weights=(1, 1, 1)) for cohort in ("casme2", "samm", "smic")]
    flow, classes = (np.concatenate(each) for each in zip(*parts, strict=True))
    clips = [
        Clip("simulator", str(n), str(seed), 200, None, None, None, CLASSES[c], origin="simulated")
        for n, c in enumerate(classes)
    ]
    return recognition_samples(clips, flow, classes.tolist())


def train_generator(cache: Path, steps: int = STEPS[-1]) -> Path:
    """The GAN after so many steps; a shorter training is the beginning of a longer one."""
    return training.fit(AugmentFlow(steps, **GAN), people(PEOPLE, seed=11), seeds.of_texts("generator"), cache)


def judged(cache: Path) -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
    """What the GAN had learned after each of ``STEPS``.

    Returns:
        A table with a row for each step and class (and ``all``), and those of ``strangers``: true fields of people that
        neither GAN nor reader met, in the place of drawn ones; columns of ``generative_metrics.judge``. And arrays to
        be shown, ``(1 + SHOWN, 3, SHOWN_SIZE, SHOWN_SIZE, 2)`` pixels of a ``SIZE`` crop, by step: of each class the
        mean field and ``SHOWN`` single ones.
    """
    reader = RecognizeEmotion(**READER)
    reader = training.load(training.fit(reader, people(PEOPLE // 2, seed=12), seeds.of_texts("reader"), cache))
    known, strangers = people(PEOPLE, seed=11), people(3 * JUDGED, seed=13)
    some = known.subset([clip.id for clip in known.clips[:: PEOPLE // JUDGED]])
    classes = torch.arange(len(CLASSES)).repeat_interleave(JUDGED // 2)
    drawn = {}
    for steps in STEPS:
        gan = training.load(train_generator(cache, steps))
        drawn[str(steps)] = gan.draw(classes, SIZE, seeds.of_texts("drawn")), classes
    tables, shown = [], {name: _to_show(*fields) for name, fields in drawn.items()}
    drawn["strangers"] = strangers.inputs, strangers.classes
    shown["strangers"] = _to_show(*drawn["strangers"])
    for name, fields in drawn.items():
        table = generative_metrics.judge(reader, some, *fields, control=False).query("compared == 'drawn'")
        # A copy may be of any field that was learned from; fields are smooth, and a third of their side shows it.
        of_all = generative_metrics.quality(_small(known), resize(fields[0], SIZE // 3), fields[1])
        tables.append(table.reset_index(drop=True).assign(copies=of_all["copies"], fields=name))
    columns = ["fields", "class", *generative_metrics.SCORES, "collapsed"]
    return pd.concat(tables)[columns].reset_index(drop=True), shown


def _small(samples: Samples) -> Samples:
    return recognition_samples(samples.clips, resize(samples.inputs, SIZE // 3).numpy(), samples.classes.tolist())


def _to_show(fields: Tensor, classes: Tensor) -> np.ndarray:
    own = [fields[classes == number] for number in range(len(CLASSES))]
    kept = torch.stack([torch.cat([each.mean(0, keepdim=True), each[:SHOWN]]) for each in own], 1)
    small = resize(kept.flatten(0, 1), SHOWN_SIZE).reshape(*kept.shape[:3], SHOWN_SIZE, SHOWN_SIZE)
    return small.permute(0, 1, 3, 4, 2).numpy().astype(np.float16)


def save_judged(table: pd.DataFrame, shown: dict[str, np.ndarray], folder: Path) -> None:
    """Writes ``generator_steps.csv`` and ``generator_fields.npz`` into the folder."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **shown)
    store.write(folder / "generator_fields.npz", buffer.getvalue())
    steps = table.to_csv(index=False, lineterminator="\n", float_format="%.4f")
    store.write(folder / "generator_steps.csv", steps)


def steps_table() -> pd.DataFrame:
    """``generator_steps.csv``: how the shipped GAN learned."""
    return pd.read_csv(whole("generator_steps.csv"), dtype={"fields": str})


def shown_fields() -> dict[str, np.ndarray]:
    """``generator_fields.npz``: by step and for ``strangers``, as ``judged`` says."""
    with np.load(whole("generator_fields.npz")) as kept:
        return {name: kept[name].astype(np.float32) for name in kept.files}
