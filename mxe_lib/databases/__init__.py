"""The databases: importers of the real ones, one file each, and the composite that MEGC 2019 made of them.

None may be redistributed: a user asks its authors for it, signs its licence, and puts it in a folder. Everything that
differs from the documented layout is either one of the listed repairs or an error that names its place. ``frames``
orders a folder's images, as ``names`` and ``counters`` read their names, and ``pixels`` reads them, deep ones by
``depth``, for importers and a user's own clip alike; ``choice`` has the rule for several workbooks or image trees,
``spreadsheets`` reads tables that come from anywhere, ``sources`` opens a database by name, ``subset`` takes a
representative part, ``check`` says what a folder holds. ``annotated`` reads a workbook beside an image tree;
``by_name`` and ``placed`` find images whose place is not established, ``corrections`` mends rows that are known to be
mistyped, ``long_videos`` has what importers of uncut recordings share. May import: ``simulation`` and what stands above
it. A new database is an importer in a file of its own and an entry in ``registry``.
"""

from mxe_lib.databases.casme import Casme
from mxe_lib.databases.casme2 import Casme2
from mxe_lib.databases.casme3a import Casme3A
from mxe_lib.databases.casme_sq import CasmeSq
from mxe_lib.databases.dfme import Dfme
from mxe_lib.databases.flowmaps import FlowMaps
from mxe_lib.databases.fourdme import FourDme
from mxe_lib.databases.mmew import Mmew
from mxe_lib.databases.samm import Samm
from mxe_lib.databases.samm_long import SammLongVideos
from mxe_lib.databases.smic import Smic

__all__ = [
    "Casme",
    "Casme2",
    "Casme3A",
    "CasmeSq",
    "Dfme",
    "FlowMaps",
    "FourDme",
    "Mmew",
    "Samm",
    "SammLongVideos",
    "Smic",
]
