"""Image folders that are found by their names, at any nesting: where a package's outer layout is not established."""

import os
import re
from collections.abc import Sequence
from pathlib import Path

from mxe_lib.databases import images, paths
from mxe_lib.errors import MxeError

DEPTH = 8  # folders below the database's own


class Folders:
    """All folders below a database's own, by the ends of their paths, in small letters.

    Args:
        root: the database's folder.
        cropped: True or False to demand the cropped or the raw images; None = raw ones, or cropped ones.
        apart: patterns in a folder's name, in small letters, of what holds other pictures, such as ``depth``; not where
            the name says ``micro`` as well as ``macro``.

    Raises:
        MxeError: if a folder cannot be read.
    """

    def __init__(self, root: Path, cropped: bool | None = None, apart: Sequence[str] = ()) -> None:
        self.root, self.cropped, self.apart = root, cropped, apart
        self._found: dict[tuple[str, ...], list[Path]] = {}
        self._apart: dict[tuple[str, ...], list[Path]] = {}
        self._walk(root, (os.path.realpath(root),), self._found)

    def names(self, depth: int = 1, *, apart: bool = False) -> list[tuple[str, ...]]:
        """The last ``depth`` parts of all folders' paths, in small letters, sorted; or of those that are set apart."""
        return sorted(parts for parts in (self._apart if apart else self._found) if len(parts) == depth)

    def find(self, *ends: tuple[str, ...]) -> Path | None:
        """The folder whose path ends in the first of these that there is; None where there is none.

        Raises:
            MxeError: if several do, and neither is the raw one of a raw and a cropped one.
        """
        for end in ends:
            found = self.every(end)
            kinds = {path: images.is_cropped(path, self.root) for path in found}
            for wanted in (False, True) if self.cropped is None else (self.cropped,):
                mine = [path for path in found if kinds[path] == wanted]
                if len(mine) > 1:
                    one, other = (paths.shown(path, self.root) for path in mine[:2])
                    raise MxeError(
                        f"{one} and {other} are both called so: move the one that is not of the package out of "
                        f"{self.root.name}/"
                    )
                if mine:
                    return mine[0]
        return None

    def every(self, end: tuple[str, ...]) -> list[Path]:
        """All folders whose paths end so, raw and cropped ones."""
        return self._found.get(tuple(map(paths.plain, end)), [])

    def passed_over(self, *ends: tuple[str, ...]) -> str | None:
        """A line on a folder whose path ends in one of these, but which a word in it sets apart; None without one."""
        for end in ends:
            for path in self._apart.get(tuple(map(paths.plain, end)), []):
                if images.is_cropped(path, self.root) == self.cropped or self.cropped is None:
                    word = next(filter(None, map(self._word_apart, path.relative_to(self.root).parts)))
                    return (
                        f"{paths.shown(path, self.root)} is passed over, since '{word}' in its path says that it "
                        "holds other pictures: rename that folder if they are the right ones"
                    )
        return None

    def _word_apart(self, name: str) -> str | None:
        """What in a folder's name sets it apart."""
        found = [match[0] for word in self.apart if (match := re.search(word, name.lower()))]
        if found and "micro" in name.lower():
            found = [word for word in found if word not in ("macro", "mae")]
        return found[0] if found else None

    def _walk(self, place: Path, way: tuple[str, ...], into: dict[tuple[str, ...], list[Path]]) -> None:
        try:
            with os.scandir(place) as entries:
                # A link in a ring is no folder, and no fault of the one that holds it.
                below = sorted(
                    entry.name
                    for entry in entries
                    if (paths.is_folder(place / entry.name, self.root) if entry.is_symlink() else entry.is_dir())
                )
        except OSError as error:
            shown = paths.shown(place, self.root)
            raise MxeError(f"{shown} cannot be read ({error.strerror}): mend its rights, or unpack it again") from None
        for name in below:
            path = place / name
            # __MACOSX and dot folders repeat a package's names without its images.
            if name.startswith((".", "__")):
                continue
            mine = self._apart if self._word_apart(name) else into
            if (target := os.path.realpath(path)) in way:
                continue
            parts = tuple(map(paths.plain, path.relative_to(self.root).parts))
            for length in range(1, min(3, len(parts)) + 1):
                mine.setdefault(parts[-length:], []).append(path)
            if len(parts) < DEPTH:
                self._walk(path, (*way, target), mine)


def common(places: Sequence[Path], root: Path) -> Path | None:
    """The folder that holds all of these; None where there are none."""
    if not places:
        return None
    above = [place.parent.relative_to(root).parts for place in places]
    shared = next((n for n, parts in enumerate(zip(*above, strict=False)) if len(set(parts)) > 1), min(map(len, above)))
    return root.joinpath(*above[0][:shared])
