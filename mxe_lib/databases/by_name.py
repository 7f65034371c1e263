"""Databases with a workbook and a folder of images for each clip, which is found by its name at any nesting."""

import re
from pathlib import Path

from mxe_lib.clips import Clip
from mxe_lib.databases import images, paths
from mxe_lib.databases.annotated import AnnotatedDatabase
from mxe_lib.databases.placed import Folders, common


class ByName(AnnotatedDatabase):
    """As ``AnnotatedDatabase``; of a raw and a cropped folder of the same name the raw one is taken.

    Attributes:
        apart: patterns in a folder's name, in small letters, of what holds other pictures of the same names.
        called: what a clip's folder is called, as a pattern in small letters; "" where no name says so.
    """

    apart: tuple[str, ...] = ()
    called: str = ""

    def ends(self, clip: Clip) -> tuple[tuple[str, ...], ...]:
        """How the path of a clip's folder may end; the first that there is counts."""
        raise NotImplementedError  # each importer says its own

    def place(self, clip: Clip) -> Path:
        """The folder of a clip's images, whether it exists or not."""
        return self._places.get(clip.id) or self.tree.joinpath(*self.ends(clip)[0])

    def _find_tree(self) -> tuple[Path | None, list[str]]:
        folders = Folders(self.folder, self._cropped, self.apart)
        found = {clip.id: folders.find(*self.ends(clip)) for clip in self._clips}
        self._places = {clip_id: place for clip_id, place in found.items() if place is not None}
        self._folders = folders
        lost = [folders.passed_over(*self.ends(clip)) for clip in self._clips if clip.id not in self._places]
        self._lost = next(filter(None, lost), None)
        notes = [self._lost] if self._lost and self._places else []
        return common(list(self._places.values()), self.folder), notes + self._twice()

    def _hint(self) -> str:
        if self._lost:
            return f" ({self._lost})"
        unlisted = self._unlisted()
        if not unlisted:
            return ""
        book = paths.shown(self.workbook, self.folder)
        return f", or mend the names: {book} lists {self._clips[0].name}, and no {unlisted[0].name}, which is there"

    def _twice(self) -> list[str]:
        """A line on clips of which there is another folder, of the same kind, that is not read."""
        for clip in self._clips:
            mine = self._places.get(clip.id)
            for other in self._folders.every((clip.name,)) if mine and mine.name.lower() == clip.name.lower() else ():
                if other != mine and images.is_cropped(other, self.folder) == images.is_cropped(mine, self.folder):
                    one, two = paths.shown(other, self.folder), paths.shown(mine, self.folder)
                    return [f"{one} is passed over: {two} is read, a folder of the same name"]
        return []

    def _unlisted(self) -> list[Path]:
        """Folders that are called like a clip's, and are of none."""
        mine = {end[-1].lower() for clip in self._clips for end in self.ends(clip)}
        mine |= {repair.clip.rpartition("/")[2].lower() for repair in self._repairs}  # those that are left out
        names = [name for (name,) in self._folders.names() if self.called and re.fullmatch(self.called, name)]
        return [self._folders.every((name,))[0] for name in names if name not in mine]

    def _without_row(self) -> list[str]:
        found = self._unlisted() if self.tree is not None else []
        if not found:
            return []
        book, first = paths.shown(self.workbook, self.folder), paths.shown(found[0], self.folder)
        return [f"{book} does not list {len(found)} clip folder{'s' * (len(found) > 1)}, first {first}"]
