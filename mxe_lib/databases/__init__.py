"""Importers of the real databases, one file each, and the composite that MEGC 2019 made of them.

None of the databases may be redistributed: a user asks its authors for it, signs its licence, and puts it in a folder.
Everything that differs from the documented layout is either one of the listed repairs or an error that names its place.
"""

from mxe_lib.databases.casme2 import Casme2
from mxe_lib.databases.flowmaps import FlowMaps
from mxe_lib.databases.samm import Samm
from mxe_lib.databases.smic import Smic

__all__ = ["Casme2", "FlowMaps", "Samm", "Smic"]
