"""Files and folders of a database: looked at with care, and named in messages without the machine's part."""

from pathlib import Path

from mxe_lib.errors import MxeError, one_line


def shown(path: Path, root: Path) -> str:
    """``path`` as an error names it: from the database's own folder on, without the machine's part.

    >>> shown(Path("/data/casme2/Cropped/sub01"), Path("/data/casme2"))
    'casme2/Cropped/sub01'
    """
    return one_line((Path(root.name) / path.relative_to(root)).as_posix(), 500)


def listing(folder: Path, root: Path) -> list[Path]:
    """What a folder holds, sorted.

    Raises:
        MxeError: if it cannot be read.
    """
    try:
        return sorted(folder.iterdir())
    except OSError as error:
        raise _unreadable(folder, root, error) from None


def plain(name: str) -> str:
    """A folder's name without what copying may change: its capitals, and spaces around it.

    >>> plain("Sub01 ")
    'sub01'
    """
    return name.strip().lower()


def below(folder: Path, name: str, root: Path) -> Path:
    """The folder of this name, or the only one whose name differs in nothing but capitals and spaces around it.

    Raises:
        MxeError: if ``folder`` cannot be read.
    """
    path = folder / name
    if is_folder(path, root) or not is_folder(folder, root):
        return path
    alike = [other for other in listing(folder, root) if plain(other.name) == plain(name) and is_folder(other, root)]
    return alike[0] if len(alike) == 1 else path


def is_folder(path: Path, root: Path) -> bool:
    """Whether this is a folder; a right to look at it that is lacking is an error, not a no.

    Raises:
        MxeError: if it may not be looked at.
    """
    try:
        return path.is_dir()
    except OSError as error:
        raise _unreadable(path, root, error) from None


def is_file(path: Path) -> bool:
    """Whether this is a file with something in it: no folder, pipe or broken link."""
    try:
        return path.is_file() and path.stat().st_size > 0
    except OSError:
        return False


def _unreadable(path: Path, root: Path, error: OSError) -> MxeError:
    return MxeError(f"{shown(path, root)} cannot be read ({error.strerror}): mend its rights, or unpack it again")
