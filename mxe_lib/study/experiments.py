"""An experiment's result table in one call: what every system scored, how pairs of them differ, what was printed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from mxe_lib.evaluation import results
from mxe_lib.evaluation.results import and_variant
from mxe_lib.evaluation.rows import difference_rows, recognition_table, spotting_rows, spotting_table
from mxe_lib.papers.published import result_rows
from mxe_lib.spotting.naive import LEARNED

MIDDLE_FRAME = ("middle_frame", "")

UNTAUGHT = ("middle_frame", "uniform_random", "always_onset", "flow_magnitude_peak")
UNTAUGHT += ("optical_strain_peak", "landmark_peak", "lbp_binary_search")
"""The spotters that learn from nobody: they have no protocol."""


@dataclass(frozen=True)
class Experiment:
    """A result table in the making; ``spotting`` or ``recognition`` writes it.

    Attributes:
        name: of the table, as the notebook's metadata have it.
        origin: ``real`` or ``simulated``, of the clips.
        protocol: the folds that the networks were tested on.
        resamples: of the bootstrap and of the permutations.
        folder: where tables lie (``paths.results``).
    """

    name: str
    origin: str
    protocol: str
    resamples: int
    folder: Path

    def spotting(
        self,
        systems: Mapping[tuple[str, str], pd.DataFrame],
        pairs: Iterable[tuple[tuple[str, str], tuple[str, str], str]] = (),
        *,
        reference: tuple[str, str] = MIDDLE_FRAME,
        protocols: Mapping[str, str] = LEARNED,
        leaky: Mapping[tuple[str, str], tuple[str, pd.DataFrame]] | None = None,
        untested: Mapping[tuple[str, str], pd.DataFrame] | None = None,
        more: Iterable = (),
    ) -> pd.DataFrame:
        """Writes the table of apex spotters, and reads it.

        Args:
            systems: (model, variant) -> predictions (``rules.pick``).
            pairs: (first, second, the second in a word) of systems; how much the first errs above the second.
            reference: whom all systems are held against.
            protocols: by model, of those that were not tested on this experiment's folds (``naive.LEARNED`` are the
                naive predictors' own); a model that is named nowhere was.
            leaky: (model, variant) -> (protocol, predictions) of controls under another protocol, held against nobody.
            untested: (model, variant) -> predictions of what is no spotter, such as the truth: held against nobody.
            more: rows that were made elsewhere.
        """
        common = dict(experiment=self.name, origin=self.origin, resamples=self.resamples)
        protocols = {model: self.protocol for model, _ in systems if model not in UNTAUGHT} | dict(protocols)
        parts = [spotting_table(systems, reference, protocols=protocols, **common)]
        apart = dict(leaky or {}) | {system: ("none", predictions) for system, predictions in (untested or {}).items()}
        for (model, variant), (protocol, predictions) in apart.items():
            parts.append(spotting_rows(predictions, model=model, variant=variant, protocol=protocol, **common))
        for first, second, than in pairs:
            tested_on = protocols.get(first[0], self.protocol)
            named = dict(model=first[0], variant=first[1], than=than, protocol=tested_on)
            parts.append(difference_rows(systems[first], systems[second], "mae", **named, **common))
        return self._written([*parts, *more])

    def recognition(
        self,
        systems: Mapping[tuple[str, str, str], pd.DataFrame],
        pairs: Iterable[tuple[tuple[str, str, str], tuple[str, str, str], str]] = (),
        *,
        reference: tuple[str, str] | str | None = None,
        more: Iterable = (),
    ) -> pd.DataFrame:
        """Writes the table of recognisers, and reads it.

        Args:
            systems: (model, variant, protocol) -> predictions (``cross_validate``).
            pairs: (first, second, the second in a word) of systems; the first one's UF1 minus the second's.
            reference: (model, variant); each system is held against it on its own protocol, if it ran there. A variant
                alone: each model is held against itself with that variant. None: systems are compared in pairs only.
            more: rows that were made elsewhere.
        """
        return self._written([*self.recognition_rows(systems, pairs, reference=reference), *more])

    def recognition_on(
        self,
        sources: Mapping[str, tuple[str, Mapping[tuple[str, str, str], pd.DataFrame], Iterable]],
        *,
        reference: tuple[str, str],
        more: Iterable = (),
    ) -> pd.DataFrame:
        """Writes the table of recognisers that were asked on several inputs, and reads it.

        Args:
            sources: input -> (origin, systems, pairs), both as for ``recognition``; ``input=...`` joins each variant.
                A pair's second may be the predictions themselves, of a system that gets no rows of its own.
            reference, more: as for ``recognition``.
        """
        parts = list(more)
        for source, (origin, systems, pairs) in sources.items():

            def here(key: tuple, source: str = source) -> tuple:
                return (key[0], and_variant(key[1], input=source), *key[2:])

            named = {here(key): table for key, table in systems.items()}
            held = [(here(one), here(other) if isinstance(other, tuple) else other, than) for one, other, than in pairs]
            parts += self.recognition_rows(named, held, reference=here(reference), origin=origin)
        return self._written(parts)

    def of_rows(self, parts: Iterable) -> pd.DataFrame:
        """Writes the table from rows that were made elsewhere, and reads it."""
        return self._written(list(parts))

    def recognition_rows(self, systems, pairs=(), *, reference, origin: str = "") -> list[pd.DataFrame]:
        """What ``recognition`` writes, of one of several sources of clips: hand the others' on as ``more``."""
        common = dict(experiment=self.name, origin=origin or self.origin, resamples=self.resamples)
        whose = {model: (model, reference) if isinstance(reference, str) else reference for model, *_ in systems}
        parts = []
        for held in dict.fromkeys(whose.values()):
            own = {system: table for system, table in systems.items() if whose[system[0]] == held}
            parts.append(recognition_table(own, held, **common))
        for first, second, than in pairs:
            named = dict(zip(("model", "variant", "protocol"), first, strict=True), than=than)
            other = systems[second] if isinstance(second, tuple) else second
            parts.append(difference_rows(systems[first], other, "uf1", **named, **common))
        return parts

    def _written(self, parts: list) -> pd.DataFrame:
        results.write(self.name, [*parts, result_rows(self.name)], self.folder)
        return results.read(self.name, self.folder)
