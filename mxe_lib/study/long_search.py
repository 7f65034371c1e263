"""What notebook 16 searches and writes: the cohort, every spotter on the same folds, the result table."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from mxe_lib.evaluation import results, spotted
from mxe_lib.evaluation.results import and_variant
from mxe_lib.figures.names import words
from mxe_lib.simulation.long_videos import LongVideos
from mxe_lib.spotting import searches
from mxe_lib.videos import LongVideo
from mxe_lib.vision import long_flow

RANDOM_DRAWS = 20

SOFTNET = {
    "smoke": {"epochs": 1, "batch_size": 48, "learning_rate": 1e-3, "optimizer": "adam", "rows": 200},
    "quick": {"epochs": 4, "batch_size": 48, "learning_rate": 1e-3, "optimizer": "adam", "rows": 1000, "every": 3},
    "authors": {},
}
"""How SOFTNet is trained: as its authors do it, or on fewer frames in fewer, larger steps."""

UNITS = {"false_alarms": "a minute", "false_alarms_rest": "a minute"}


def cohort(settings) -> LongVideos:
    """The people of the profile: ``long_people`` of them, of seed 0."""
    return LongVideos(subjects=settings.long_people)


def flow_of(
    database: LongVideos, distances: Iterable[int], cache: Path, workers: int
) -> tuple[list[LongVideo], dict[str, dict[int, np.ndarray]]]:
    """The videos that can be read, and their flow by video id and distance."""
    videos = database.videos()
    found = long_flow.flows(database, videos, sorted(set(distances)), cache=cache, workers=workers)
    kept = {video.id: flow for video, flow in zip(videos, found, strict=True) if flow is not None}
    return [video for video in videos if video.id in kept], kept


def random_tally(videos: Sequence[LongVideo], parts: Sequence, events: Mapping | None = None) -> pd.DataFrame:
    """The mean of ``RANDOM_DRAWS`` tallies of random intervals."""
    draws = [
        spotted.tally(videos, searches.random_intervals(videos, parts, seed), events) for seed in range(RANDOM_DRAWS)
    ]
    sums = list(spotted.SUMS)
    return draws[0].assign(**(sum(draw[sums] for draw in draws) / len(draws)))


def best_on_test(tallies: Mapping[float, pd.DataFrame]) -> float:
    """The highest F1 that any p for each kind gives on the very videos: a leak, to be shown.

    Args:
        tallies: by p.
    """
    sums = [table[list(spotted.SUMS)].to_numpy(float).sum(0) for table in tallies.values()]
    counts = [np.array([spotted.counts_of(own, kind) for own in sums]) for kind in spotted.KINDS]
    tp, fp, fn = np.moveaxis(counts[0][:, None] + counts[1][None], -1, 0)
    return float((2 * tp / np.maximum(2 * tp + fp + fn, 1)).max())


def pairs(systems: Iterable[tuple[str, str, str]]) -> list[tuple]:
    """Who is held against whom: our spotters against all others, SOFTNet against what learns less."""
    named = {key[:2]: key for key in systems}
    softnet, chosen = named["softnet", "threshold=chosen"], ("strain_peaks", "threshold=chosen")
    less = [(named[chosen], "strain"), (named["random_intervals", ""], "random")]
    ours = [key for key in systems if key[0] == "interval_spotter"]
    found = [(one, other, than) for one in ours for other, than in [(softnet, "softnet"), *less]]
    found += [(softnet, other, than) for other, than in less]
    return [*found, (softnet, named["softnet", "threshold=published"], "published")]


def by_kind(rows: pd.DataFrame) -> dict[str, dict[str, tuple[float, float, float]]]:
    """F1 with its interval by system and kind, for ``timelines.kinds_apart``; best first."""
    found: dict[str, dict] = {}
    for kind in ("all", "macro", "micro"):
        part = rows[rows["metric"] == f"f1_{kind}"]
        for row in part.sort_values("value", ascending=False, kind="stable").to_dict("records"):
            system = words(f"{row['model']} {row['variant']}".strip())
            found.setdefault(system, {})[kind] = row["value"], row["ci_low"], row["ci_high"]
    return found


@dataclass(frozen=True)
class LongExperiment:
    """A result table in the making.

    Attributes:
        name: of the table.
        origin: of the videos.
        resamples: of the bootstrap and of the permutations.
        folder: where tables lie.
    """

    name: str
    origin: str
    resamples: int
    folder: Path

    def written(
        self,
        systems: Mapping[tuple[str, str, str], pd.DataFrame],
        pairs: Iterable[tuple[tuple[str, str, str], tuple[str, str, str], str]] = (),
        named: Mapping[tuple[str, str, str], pd.DataFrame] | None = None,
        metrics: Sequence[str] = ("f1_all",),
    ) -> pd.DataFrame:
        """Writes the table, and reads it.

        Args:
            systems: (model, variant, protocol) -> ``spotted.tally``; gets a row for each of ``spotted.SCORES``.
            pairs: (first, second, the second in a word); the first one's score minus the second's, with p.
            named: the same of intervals with classes; gets a row for each of ``spotted.NAMING``.
            metrics: of the pairs.
        """
        rows = [self._row(key, table, name) for key, table in systems.items() for name in spotted.SCORES]
        rows += [self._row(key, table, name) for key, table in (named or {}).items() for name in spotted.NAMING]
        for first, second, than in pairs:
            for metric in metrics:
                gap, low, high, p = spotted.difference(
                    systems[first], systems[second], metric, resamples=self.resamples
                )
                row = self._named(first, systems[first]) | {"variant": and_variant(first[1], than=than), "p": p}
                rows.append(row | dict(metric=f"{metric}_difference", unit="", value=gap, ci_low=low, ci_high=high))
        results.write(self.name, [pd.DataFrame(rows)], self.folder)
        return results.read(self.name, self.folder)

    def _row(self, key: tuple[str, str, str], table: pd.DataFrame, metric: str) -> dict:
        low, high = spotted.interval(table, metric, resamples=self.resamples)
        value = spotted.score(table, metric)
        scored = dict(metric=metric, unit=UNITS.get(metric, ""), value=value, ci_low=low, ci_high=high)
        return self._named(key, table) | scored

    def _named(self, key: tuple[str, str, str], table: pd.DataFrame) -> dict:
        fixed = dict(experiment=self.name, database="pooled", origin=self.origin, seed="all", source="ours")
        return fixed | dict(model=key[0], variant=key[1], protocol=key[2], n=len(table))
