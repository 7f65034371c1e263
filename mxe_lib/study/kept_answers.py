"""Answers of systems that are no networks, kept like trained folds: a notebook that asks again reads them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from mxe_lib.compute import code, store
from mxe_lib.learning.folds import Fold
from mxe_lib.learning.samples import Samples
from mxe_lib.recognition.selection import System, averaged

ROOTS = ("mxe_lib.recognition.selection", "mxe_lib.models.flow_cnn")


@dataclass(frozen=True)
class Kept:
    """A system whose answers are read where they are kept, else made and kept.

    They are found again by what can change them: its name and that of what it learned from besides, the samples, the
    folds, the code of ``ROOTS`` and all that it reaches, and the versions of its libraries.

    Attributes:
        name: of the system, with every setting of it.
        system: what is asked.
        cache: folder; answers lie under ``answers``.
    """

    name: str
    system: System
    cache: Path

    def __call__(self, samples: Samples, folds: Sequence[Fold]) -> pd.DataFrame:
        path = self._path(samples, folds)
        table = store.kept_table(path)
        if table is None:
            with store.making(path):
                store.keep_table(path, self.system(samples, folds))
                table = store.kept_table(path)
        return table

    def _path(self, samples: Samples, folds: Sequence[Fold]) -> Path:
        made_by = code.digest(*ROOTS), code.versions(*ROOTS)
        asked = [(fold.name, fold.train, fold.test) for fold in folds]
        return self.cache / "answers" / f"{store.digest(json.dumps([self.name, samples.digest(), asked, made_by]))}.csv"


def ours(systems: dict[str, System], settings: str, cache: Path) -> dict[str, System]:
    """The systems of ``selection.ours``, kept; the average asks the kept ones, so that nothing is trained twice.

    Args:
        settings: what they were made with, as text.
    """
    kept = {name: Kept(f"{name} {settings}", system, cache) for name, system in systems.items() if name != "average"}
    return kept | {"average": averaged(*(kept[name] for name in list(kept)[1:]))}
