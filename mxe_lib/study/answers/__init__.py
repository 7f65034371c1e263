"""What each notebook found, in three to five sentences made from the result tables; the first answers its title.

A notebook shows the first one of the published run at its top and all of its own run at its end; the report, the site
and the README read the same. One file a notebook, of its name without the number, with one function ``sentences``.
"""

import importlib
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from mxe_lib.errors import MxeError
from mxe_lib.evaluation import results
from mxe_lib.study import profiles

REFERENCE = Path(__file__).parents[3] / "reference"
"""The tables of the published run: a clone has them, an installed package does not."""


class Missing(MxeError):
    """A table that a sentence needs is not there: its notebook has not been run."""


def of(notebook: str, folder: Path | str, profile: str | None = None) -> list[str]:
    """The sentences of a notebook (``03_label_functions``), from the result tables of a folder.

    Its module's ``sentences(read)`` makes them; ``read(experiment)`` gives a result table, ``read.settings`` the
    profile that made it: this one, or the environment's.

    Raises:
        Missing: if one of them is not there, or lacks a row that a sentence is about.
    """
    if not known(notebook):
        raise Missing(f"{notebook}: nobody has written down what it found, in {__name__}")
    module = importlib.import_module(f"{__name__}.{re.sub('^[0-9]+_', '', notebook)}")
    try:
        return list(module.sentences(Tables(Path(folder), profile)))
    except LookupError as error:  # data of other databases, say, than the sentences speak of
        said = " ".join(str(error).split())[:80]
        raise Missing(f"{notebook}: its tables lack what a sentence is about ({said}): read them themselves") from error


def reader(folder: Path | str) -> Callable[[str], pd.DataFrame]:
    """What gives a result table of a folder by the name of its experiment, or raises ``Missing``."""
    return Tables(Path(folder))


def known(notebook: str) -> bool:
    """Whether there is a file of this notebook here."""
    return (Path(__file__).parent / f"{re.sub('^[0-9]+_', '', notebook)}.py").is_file()


@dataclass(frozen=True)
class Tables:
    """The result tables of a folder: call it with an experiment's name."""

    folder: Path
    profile: str | None = None

    def __call__(self, experiment: str) -> pd.DataFrame:
        if not (self.folder / f"{experiment}.csv").is_file():
            raise Missing(f"{experiment}.csv is not in {self.folder.name}/: run the notebook that writes it first")
        return results.read(experiment, self.folder)

    @property
    def settings(self) -> profiles.Profile:
        """Of the published run, ``quick``; of any other, as it was said, or as the environment names it."""
        return profiles.load("quick" if self.folder == REFERENCE else self.profile)


def published(notebook: str):
    """The answer of the published run, as a notebook shows it at its top."""
    try:
        first = of(notebook, REFERENCE)[0]
    except MxeError:
        return _markdown("**Answer** Run this notebook: its last section gives it.")
    real = re.search(r"\breal\b", first)
    yours = "It read real data; yours, below, is of simulated clips unless you have these." if real else "Below, yours."
    return _markdown(f"**Answer** {first} *(The published run, profile quick. {yours})*")


def found(notebook: str, folder: Path | str):
    """All sentences of this run, as a notebook shows them at its end; what a run of two epochs finds means nothing."""
    try:
        lines = "\n".join(f"* {sentence}" for sentence in of(notebook, folder))
    except Missing as error:
        return _markdown(f"*No sentences: {error}.*")
    smoke = "*A run at profile smoke: its numbers mean nothing.*\n\n"
    return _markdown((smoke if os.environ.get("MXE_PROFILE") == "smoke" else "") + lines)


def _markdown(text: str):
    from IPython.display import Markdown

    return Markdown(text)
