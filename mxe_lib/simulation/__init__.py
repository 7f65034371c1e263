"""Simulated micro-expressions: people who do not exist, moved by action units, with the truth known to the pixel.

``SimulatedDatabase`` stands in for CASME II, SAMM or SMIC: frames of faces that the whole pipeline reads.
``sample_flow`` gives flow fields directly, thousands a second, from the same displacement code. How faces look and move
is changed here: the units in ``action_units.csv`` and ``bumps.csv``, the people of a database in ``cohort_tables``.
``writers`` puts cohorts on disk as the databases are distributed; ``packages`` has twins of further databases, which
``clip_writers`` and ``video_writers`` write. May import: ``compute``, ``clips``, ``videos``. The names below are for
notebooks and users; the library imports the modules.
"""

from mxe_lib.simulation.action_units import UNITS, Activation, parse
from mxe_lib.simulation.atlas import Portrait, atlas
from mxe_lib.simulation.cohort_tables import COHORTS
from mxe_lib.simulation.cohorts import Row
from mxe_lib.simulation.database import SimulatedDatabase, Truth
from mxe_lib.simulation.fields import PACK_CROP, Crop, sample_flow
from mxe_lib.simulation.timeline import NONE, Distractors

__all__ = [
    "COHORTS",
    "NONE",
    "PACK_CROP",
    "UNITS",
    "Activation",
    "Crop",
    "Distractors",
    "Portrait",
    "Row",
    "SimulatedDatabase",
    "Truth",
    "atlas",
    "parse",
    "sample_flow",
]
