"""Databases with a workbook and a folder of images for each clip, which is found by its name at any nesting."""

from pathlib import Path

from mxe_lib.clips import Clip
from mxe_lib.databases.annotated import AnnotatedDatabase
from mxe_lib.databases.placed import Folders, common


class ByName(AnnotatedDatabase):
    """As ``AnnotatedDatabase``; of a raw and a cropped folder of the same name the raw one is taken.

    Attributes:
        apart: words in a folder's path, in small letters, of what holds other pictures of the same names.
    """

    apart: tuple[str, ...] = ()

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
        return common(list(self._places.values()), self.folder), []

    def _without_row(self) -> list[str]:
        return []  # any folder may be of another use
