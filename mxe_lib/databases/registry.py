"""The databases that the study knows. A new one is an importer in a file of its own, its test, and an entry here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mxe_lib.clips import Database
from mxe_lib.databases import casme, casme3a, dfme, fourdme, mmew
from mxe_lib.databases.casme2 import Casme2
from mxe_lib.databases.casme_sq import CasmeSq
from mxe_lib.databases.samm import Samm
from mxe_lib.databases.samm_long import SammLongVideos
from mxe_lib.databases.smic import Smic
from mxe_lib.evaluation import results


@dataclass(frozen=True)
class DatabaseSpec:
    """A database as its authors describe it.

    Attributes:
        name: of its folder in the data folder, of its clips and of its result rows.
        importer: opens the folder with the authors' package.
        fps: frames per second.
        marks_apex: whether coders marked the apex frame.
        classes: negative, positive or surprise, by the emotion that coders wrote; an emotion that is not named has no
            class. Empty where the authors give the class itself.
        too_rare: emotions of so few clips that P2 does not spot on them.
        official_counts: clips of class negative, positive, surprise in the MEGC 2019 composite; None outside it.
        whole: clips and subjects of the authors' whole package; None = ``mxe check`` does not count them. Subjects may
            be None alone.
        printed: clips as the authors' paper, or public work on the database, counts them, where that of the package
            is not established: a difference is told, and no problem.
        twin: makes a simulated database of the same statistics, which stands in where the folder is absent; None = the
            study does without the database there.
    """

    name: str
    importer: Callable[[Path], Database]
    fps: int
    marks_apex: bool
    classes: Mapping[str, str] = field(default_factory=dict)
    too_rare: tuple[str, ...] = ()
    official_counts: tuple[int, int, int] | None = None
    whole: tuple[int, int | None] | None = None
    twin: Callable[[str], Database] | None = None
    printed: int | None = None


def _simulated(name: str) -> Database:
    from mxe_lib.simulation.database import SimulatedDatabase

    return SimulatedDatabase(name)


_CASME2 = {"disgust": "negative", "repression": "negative", "happiness": "positive", "surprise": "surprise"}
_SAMM = dict.fromkeys(("anger", "contempt", "disgust", "fear", "sadness"), "negative")
_SAMM |= {"happiness": "positive", "surprise": "surprise"}

DATABASES = {
    spec.name: spec
    for spec in (
        DatabaseSpec("casme2", Casme2, 200, True, _CASME2, ("sadness", "fear"), (88, 32, 25), (255, 26), _simulated),
        DatabaseSpec("samm", Samm, 200, True, _SAMM, (), (92, 26, 15), (159, 29), _simulated),
        DatabaseSpec("smic", Smic, 100, False, {}, (), (70, 51, 43), (164, 16), _simulated),
        DatabaseSpec("casme", casme.Casme, 60, True, casme.CLASSES, printed=189),
        DatabaseSpec("casme3a", casme3a.Casme3A, 30, True, casme3a.CLASSES, whole=(860, None)),
        DatabaseSpec("casme_sq", CasmeSq, 30, True, whole=(357, 22)),
        DatabaseSpec("mmew", mmew.Mmew, 90, True, mmew.CLASSES, printed=300),
        DatabaseSpec("dfme", dfme.Dfme, 200, True, dfme.CLASSES),
        DatabaseSpec("4dme", fourdme.FourDme, 60, True, fourdme.CLASSES, printed=267),
        DatabaseSpec("samm_long", SammLongVideos, 200, True, whole=(502, None)),
    )
}
"""By name, in the order of tables."""

FOLDERS = (*DATABASES, "flowmaps")
"""What a data folder may hold: a folder for each database, and real flow maps of several."""

for _name in DATABASES:
    if _name not in results.DATABASES:
        results.DATABASES.insert(-2, _name)  # before the two sets of clips, composite and pooled
