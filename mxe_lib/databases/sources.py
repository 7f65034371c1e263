"""Opens a database by its name: the real one where its folder is there, else its simulated twin."""

from pathlib import Path

from mxe_lib.clips import Database
from mxe_lib.databases.flowmaps import FlowMaps
from mxe_lib.databases.paths import is_folder, listing, shown
from mxe_lib.databases.registry import DATABASES
from mxe_lib.errors import MxeError


def open_database(name: str, root: Path | None) -> Database:
    """The database of this name, and one printed line that says whether it is real or simulated.

    What its importer passed over follows, a line for each.

    Args:
        name: one of ``registry.DATABASES``.
        root: the data folder (``profiles.Paths.data``) that may hold ``<name>/``; None = simulate.

    Raises:
        MxeError: if there is no such database, the folder is there and faulty (an empty one is), or it is not there and
            the database has no twin.
    """
    if name not in DATABASES:
        raise MxeError(f"unknown database '{name}': choose one of {', '.join(DATABASES)}")
    spec = DATABASES[name]
    folder = database_folder(name, root)
    if folder is None:
        why = "MXE_DATA is not set" if root is None else f"no folder {name}/ in {Path(root).name}/"
        if spec.twin is None:
            raise MxeError(f"{name}: {why}, and it is not simulated: get it from its authors and put it there")
        print(f"{name}: simulated ({why})")
        return spec.twin(name)
    database = spec.importer(folder)
    print(f"{name}: {database.origin} ({len(database.clips())} clips in {Path(root).name}/{folder.name}/)")
    _tell(name, database)
    return database


def open_flowmaps(root: Path | None) -> FlowMaps | None:
    """The real flow maps, or None where ``root`` holds no ``flowmaps/``; one printed line says which.

    Raises:
        MxeError: if the folder is there and faulty.
    """
    folder = database_folder("flowmaps", root)
    if folder is None:
        why = "MXE_DATA is not set" if root is None else f"no folder flowmaps/ in {Path(root).name}/"
        print(f"flowmaps: none ({why})")
        return None
    maps = FlowMaps(folder)
    left_out = f"; {len(maps.missing)} listed without a map are left out" if maps.missing else ""
    print(f"flowmaps: {maps.origin} ({len(maps.clips())} maps in {Path(root).name}/{folder.name}/{left_out})")
    _tell("flowmaps", maps)
    return maps


def database_folder(name: str, root: Path | None) -> Path | None:
    """``root/<name>``, in any case of letters, or None.

    Raises:
        MxeError: if there are two, or what has the name is no folder (a file, a link into a disk that is not there):
            that is no absent database, which would be simulated.
    """
    if root is None:
        return None
    root = Path(root)
    found = [path for path in listing(root, root) if path.name.lower() == name]
    if len(found) > 1:
        names = " and ".join(f"{path.name}/" for path in found)
        raise MxeError(f"{name}: {names} are both in {root.name}/: move one out")
    if found and not is_folder(found[0], root):
        what = "a link to what isn't there" if found[0].is_symlink() and not found[0].exists() else "no folder"
        raise MxeError(f"{name}: {shown(found[0], root)} is {what}: put the database's folder there, or nothing")
    return found[0] if found else None


def _tell(name: str, database: Database | FlowMaps) -> None:
    for note in getattr(database, "notes", ()):  # an importer need not pass anything over
        print(f"{name}: {note}")
