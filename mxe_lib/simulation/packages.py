"""The simulated package of each database beside CASME II, SAMM and SMIC: its twin, and what writes it."""

from pathlib import Path

from mxe_lib.errors import MxeError
from mxe_lib.simulation import clip_writers, video_writers
from mxe_lib.simulation.long_twins import LongTwinDatabase
from mxe_lib.simulation.twin_tables import TWINS
from mxe_lib.simulation.twins import TwinDatabase

WRITE = {
    "casme": clip_writers.write_casme,
    "casme3a": clip_writers.write_casme3a,
    "mmew": clip_writers.write_mmew,
    "dfme": clip_writers.write_dfme,
    "4dme": clip_writers.write_4dme,
    "casme_sq": video_writers.write_casme_sq,
    "samm_long": video_writers.write_samm_long,
}
"""By the database's name; each takes a folder and a twin, and what to write of it where not all is."""


def twin(name: str, **options) -> TwinDatabase | LongTwinDatabase:
    """The twin of a database; ``size`` and ``every`` as of ``TwinDatabase`` and ``LongTwinDatabase``.

    Raises:
        MxeError: if there is none.

    >>> len(twin("mmew").clips())
    300
    """
    if name not in WRITE:
        raise MxeError(f"unknown twin '{name}': choose one of {', '.join(WRITE)}")
    return TwinDatabase(name, **options) if name in TWINS else LongTwinDatabase(name, **options)


def write(name: str, folder: str | Path, **options) -> Path:
    """Write the whole twin of a database in its official layout; rendering takes minutes to hours.

    Args:
        folder: the database's folder, such as ``MXE_DATA/mmew``; made if need be.
        options: ``size`` and ``every``, which make it small.

    Returns:
        The workbook's path.

    Raises:
        MxeError: if there is no such twin, or the package is there already.
    """
    database = twin(name, **options)
    return WRITE[name](folder, database)
