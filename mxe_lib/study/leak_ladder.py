"""The ladder of notebook 02: one network, STSTNet, scored honestly and with each way of letting test clips in."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from mxe_lib.databases.composite import OFFICIAL_SUBJECTS
from mxe_lib.databases.sources import open_flowmaps
from mxe_lib.evaluation import metrics, results
from mxe_lib.evaluation.rows import difference_rows, recognition_rows
from mxe_lib.figures import tables
from mxe_lib.figures.names import PROTOCOLS
from mxe_lib.learning import crossval, folds, leaks
from mxe_lib.learning.flow_samples import apex_samples
from mxe_lib.learning.samples import Samples, recognition_samples
from mxe_lib.papers import published
from mxe_lib.recognition import linear
from mxe_lib.recognition.gan import GanAugmentation
from mxe_lib.recognition.task import RecognizeEmotion
from mxe_lib.study import inputs

EPOCHS = (1, 2, 5, 10, 20, 50, 100, 200, 400, 800)
"""Of how many guesses a guesser that learns nothing keeps the best one for each subject."""

LEAKS = {
    "best_test_epoch": "last_epoch",
    "by_clip": "by_subject",
    "by_clip_best_epoch": "by_subject",
    "gan_sees_test": "gan_per_fold",
}
"""Each leak, and the honest run that it is held against."""


@dataclass(frozen=True, eq=False)
class Source:
    """Clips of one kind: what STSTNet reads, what a GAN learns from, how the network standardises it."""

    samples: Samples
    for_gan: Samples
    standardize: str
    origin: str

    @property
    def name(self) -> str:
        return f"{self.origin} {'clips' if self.standardize == 'flow' else 'flow maps'}"


class LeakLadder:
    """Clips as many as the profile takes, simulated where there are no others, and the real flow maps if there are.

    Args:
        paths, settings: ``profiles.Paths`` and ``profiles.Profile``.
        workers: processes.
    """

    def __init__(self, paths, settings, workers: int = 1):
        self.settings, self.run = settings, dict(cache=paths.cache, workers=workers)
        self.folder, self.k = paths.results, settings.folds
        databases, clips, origin = inputs.recognition_clips(paths, settings)
        spotted, _ = inputs.for_recognition(databases, clips, paths, settings, workers)
        samples = apex_samples(databases, clips, spotted, size=settings.flow_size, **self.run)
        self.sources = {"frames": Source(samples, samples, "flow", origin)}
        if flowmaps := open_flowmaps(paths.data):
            listed, maps = flowmaps.clips(), flowmaps.maps(flowmaps.clips())
            words = [clip.emotion for clip in listed]
            signed = recognition_samples(listed, 2 * maps[:, :2] - 1, words)
            rows = recognition_samples(listed, maps, words)
            self.sources["public_maps"] = Source(rows, signed, "map", flowmaps.origin)

    def task(self, source: Source) -> RecognizeEmotion:
        settings = self.settings
        common = dict(epochs=settings.small_epochs, batch_size=256, learning_rate=settings.learning_rate)
        return RecognizeEmotion("ststnet", standardize=source.standardize, **common)

    def seeds(self, how: Callable, protocol: str, source: Source) -> list:
        """``crossval.cross_validate`` or ``leaks.best_test_epoch`` of one source, once for each seed."""
        split, task = folds.folds(protocol, source.samples, 0), self.task(source)
        return [how(task, source.samples, split, seed=s, **self.run) for s in range(self.settings.small_seeds)]

    @cached_property
    def watched(self) -> dict[str, list[leaks.EveryEpoch]]:
        """By source: all epochs of each training, one subject left out at a time."""
        return {n: self.seeds(leaks.best_test_epoch, self.settings.small_folds, s) for n, s in self.sources.items()}

    @cached_property
    def honest(self) -> dict[str, list[pd.DataFrame]]:
        """By source: predictions of the last epoch, which was fixed before."""
        return {n: self.seeds(crossval.cross_validate, self.settings.small_folds, s) for n, s in self.sources.items()}

    def rungs(self, name: str) -> dict[str, pd.DataFrame]:
        """Predictions of the honest runs and of the leaky ones, from one source."""
        source, settings = self.sources[name], self.settings
        gan = dict(fields_per_class=settings.gan_fields_per_class, steps=settings.gan_steps)
        gan |= dict(width=settings.width, tuned=settings.gan_tuned)
        strangers = GanAugmentation(**gan, seed=0)
        everyone = GanAugmentation(**gan, seed=0, weights=strangers.fit(source.for_gan, self.run["cache"]).name)
        mixed = self.seeds(leaks.best_test_epoch, f"{self.k}_by_clip", source)
        runs = {"last_epoch": self.honest[name], "best_test_epoch": [run.best for run in self.watched[name]]}
        runs |= {"by_subject": self.seeds(crossval.cross_validate, self.k, source)}
        runs |= {"by_clip": [run.last for run in mixed], "by_clip_best_epoch": [run.best for run in mixed]}
        split, task = folds.folds(self.k, source.for_gan, 0), self.task(source)
        for rung, augment in {"gan_per_fold": strangers, "gan_sees_test": everyone}.items():
            runs[rung] = [crossval.cross_validate(task, source.for_gan, split, augment=augment, seed=0, **self.run)]
        found = {rung: pd.concat(tables, ignore_index=True) for rung, tables in runs.items()}
        return found | {"always_negative": linear.always_negative(source.samples)}

    def epochs(self) -> dict[str, tuple[str, list[leaks.EveryEpoch]]]:
        """What ``figures.leaks.choosing`` draws: the source's name -> (origin, all epochs of each seed)."""
        return {source.name: (source.origin, self.watched[key]) for key, source in self.sources.items()}

    @property
    def kinds(self) -> str:
        """``real``, ``simulated`` or both, for the names of files."""
        return "_".join(sorted({source.origin for source in self.sources.values()}))

    @property
    def clips(self) -> str:
        """How many clips of which kind, for captions."""
        return " and ".join(f"{len(source.samples)} {source.origin}" for source in self.sources.values())

    @property
    def protocol(self) -> str:
        return PROTOCOLS.get(self.settings.small_folds, self.settings.small_folds)

    def write(self) -> pd.DataFrame:
        """Trains what is left to train, writes the result table ``leak_ladder``, and reads it."""
        by_clip = f"{self.k}_by_clip"
        protocols = {"always_negative": "none", "last_epoch": self.settings.small_folds, "by_subject": self.k}
        protocols |= {"best_test_epoch": "best_test_epoch", "by_clip": by_clip, "by_clip_best_epoch": by_clip}
        protocols |= {"gan_per_fold": self.k, "gan_sees_test": self.k}
        rows = [published.result_rows("leak_ladder"), guesses(self.settings.resamples)]
        for name, source in self.sources.items():
            found = self.rungs(name)
            for rung, protocol in protocols.items():
                pairs = {"control": rung} if rung in LEAKS else {}
                pairs |= dict(input=name, rung=rung) | ({"gan": "yes"} if "gan" in rung else {})
                row = dict(experiment="leak_ladder", model=rung if rung == "always_negative" else "ststnet")
                row |= dict(protocol=protocol, origin=source.origin, variant=results.variant(**pairs))
                row |= dict(resamples=self.settings.resamples)
                rows.append(recognition_rows(found[rung], **row))
                if than := LEAKS.get(rung):
                    rows.append(difference_rows(found[rung], found[than], "uf1", than=than, **row))
        results.write("leak_ladder", rows, self.folder)
        return results.read("leak_ladder", self.folder)


def guesses(resamples: int) -> pd.DataFrame:
    """Result rows of ``leaks.random_guesser``; the interval spans 95 % of its repeats, of which there are 20 or so."""
    subjects, found = np.array(list(OFFICIAL_SUBJECTS.values())), []
    for epochs in EPOCHS:
        repeats = range(max(3, resamples // 100))
        matrices = np.stack([leaks.random_guesser(subjects, epochs, seed) for seed in repeats])
        row = dict(experiment="leak_ladder", database="composite", origin="real", model="random_guesser", source="ours")
        row |= dict(variant=results.variant(epochs=epochs), protocol="loso" if epochs == 1 else "best_test_epoch")
        for metric in ("uf1", "uar"):
            drawn = metrics.RECOGNITION[metric](matrices)
            low, high = np.quantile(drawn, [0.025, 0.975])
            cell = dict(seed="all", metric=metric, value=drawn.mean(), ci_low=low, ci_high=high, unit="", n=442)
            found.append(row | cell)
    return pd.DataFrame(found)


def mean_uf1(runs: Iterable[pd.DataFrame]) -> float:
    """UF1 of each seed's pooled predictions, averaged."""
    return float(np.mean([metrics.uf1(run["y_true"], run["y_pred"]) for run in runs]))


def table(rows: pd.DataFrame) -> pd.DataFrame:
    """What each leak added, real and simulated apart, for readers.

    Args:
        rows: the result table ``leak_ladder``.
    """
    rows = rows[(rows["metric"] == "uf1_difference") & (rows["database"] == "composite")]
    rows = rows.assign(variant=rows["variant"].str.replace("gan=yes;", "", regex=False))
    parts = {f"{origin} data": tables.differences(part) for origin, part in rows.groupby("origin")}
    parts = {data: part.rename(lambda text: text.removeprefix("STSTNet, leak: ")) for data, part in parts.items()}
    return pd.concat(parts, names=["", "leak − honest"])
