"""The public optical-flow maps of the MEGC 2019 composite: onset-to-apex flow as 28 x 28 images, no faces.

The public repository of HTNet (Wang, Zhang, Luo & Sankaranarayana, "HTNet for micro-expression recognition",
Neurocomputing 602 (2024) 128196) ships 442 of them: a folder ``STSNet_whole_norm_u_v_os/`` and its list
``combined_3_class2_for_optical_flow.csv``. They were computed from CASME II, SAMM and SMIC-HS, carry no licence of
their own and fall under the terms of those databases (research only, no redistribution): this project contains none.
Cite the three databases (see ``casme2.py``, ``samm.py``, ``smic.py``) and HTNet where you use them.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mxe_lib.clips import CLASSES, Clip, Repair
from mxe_lib.databases import images, paths, pixels, subjects
from mxe_lib.databases.choice import Candidate, official_version, settle
from mxe_lib.databases.registry import DATABASES
from mxe_lib.databases.smic import CLASS_CODES
from mxe_lib.databases.spreadsheets import read_list
from mxe_lib.errors import MxeError, one_line

COLUMNS = ("dataset", "sub", "filename_o", "label")
FPS = {name: spec.fps for name, spec in DATABASES.items() if spec.official_counts}
SIZE = 28
_NAMED = {"samm": subjects.NUMBERED}
MAP_FOLDER = "STSNet_whole_norm_u_v_os"
LIST = "combined_3_class2_for_optical_flow.csv"


class FlowMaps:
    """The maps in ``folder``: the list (found by its header) and the PNGs, at any nesting.

    A map's file is ``{sub}_{filename_o} .png``, with the space; the list's ``imagename`` is wrong for 93 SMIC rows and
    is not read. Clips carry the ids that the importers give the same clips: SMIC's padding is stripped (``s01`` ->
    ``s1``), SAMM's subjects are padded (``6`` -> ``006``). Maps are found by these numbers, whatever a spreadsheet
    program made of them (6, 006, 6.0), and the list may have any separator and encoding such a program writes.

    Attributes:
        listed: how many clips the list holds.
        missing: ids of listed clips whose map is not on disk; they are left out.
        notes: lines that say which other list or folder of maps, and which map without a row, was passed over.

    Raises:
        MxeError: if there is no list, or a row of it is faulty, or two differ; the message names file, row and column.
    """

    name = "flowmaps"

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.origin = images.origin_of(self.folder)
        chosen, self.notes = settle(self._lists(), LIST)
        self.list = chosen.path
        places = [
            path for path in images.folders(self.folder, lambda path: False) if path.name.lower() == MAP_FOLDER.lower()
        ] or [self.list.parent]
        place, *others = places
        shown = paths.shown(place, self.folder)
        self.notes += [f"{paths.shown(other, self.folder)} is passed over: {shown} is read" for other in others]
        on_disk: dict[str, list[Path]] = defaultdict(list)
        for path in paths.listing(place, self.folder):
            if path.suffix.lower() == ".png" and not path.name.startswith("."):
                on_disk[_by_numbers(path.stem)].append(path)
        self._files: dict[str, Path] = {}
        for clip in chosen.clips:
            if found := on_disk.get(_by_numbers(f"{clip.subject}_{clip.name}")):
                self._files[clip.id] = self._only(found)
        self.notes += self._called_otherwise(chosen.clips)
        used = {_by_numbers(f"{clip.subject}_{clip.name}") for clip in chosen.clips}
        if unlisted := [found[0].name for key, found in on_disk.items() if key not in used]:
            listed = paths.shown(self.list, self.folder)
            self.notes.append(f"{listed} does not list {len(unlisted)} of the maps, first '{one_line(unlisted[0])}'")
        self._clips = [clip for clip in chosen.clips if clip.id in self._files]
        self.missing = [clip.id for clip in chosen.clips if clip.id not in self._files]
        self.listed = len(chosen.clips)
        self._clips.sort(key=lambda clip: (clip.database, *images.natural(clip)))
        if not self._clips:
            raise MxeError(
                f"{self.folder.name}/ holds none of the maps that {paths.shown(self.list, self.folder)} lists: "
                f"put {MAP_FOLDER}/ beside it"
            )

    def clips(self) -> list[Clip]:
        """Clips whose map is on disk, sorted; onset, apex and offset None, emotion = class."""
        return list(self._clips)

    def maps(self, clips: Sequence[Clip] | None = None) -> np.ndarray:
        """The maps of these clips (default: all).

        Returns:
            ``(N, 3, 28, 28)`` float32 in [0, 1]; channels u, v, strain, each min-max scaled per image.

        Raises:
            MxeError: if a clip has no map here, or its file is unreadable or of another shape.
        """
        clips = self._clips if clips is None else clips
        maps = np.empty((len(clips), 3, SIZE, SIZE), np.float32)
        for index, clip in enumerate(clips):
            path = self._file(clip)
            image = pixels.read_image(path, self.folder)  # R, G, B = u, v, strain; cv2.imread would reverse them
            if image.shape != (SIZE, SIZE, 3):
                raise MxeError(
                    f"{paths.shown(path, self.folder)} has shape {image.shape}, not {(SIZE, SIZE, 3)}: get it again"
                )
            maps[index] = image.transpose(2, 0, 1) / np.float32(255)
        return maps

    def frames(self, clip: Clip, numbers: Sequence[int] | None = None) -> np.ndarray:
        """Always an error: the maps hold no frames."""
        raise MxeError(f"{clip.id}: flowmaps/ holds flow, no frames: use maps(), or a database with images")

    def fingerprint(self, clip: Clip, numbers: Sequence[int] = ()) -> str:
        """A hash of the map's bytes."""
        return pixels.digest([self._file(clip)], self.folder)

    def repairs(self) -> list[Repair]:
        """Listed clips without a map."""
        reason = "the list names it, but its map is not on disk"
        return [Repair(i.split("/")[0], i, "map", "no file", "left out", reason) for i in self.missing]

    def _file(self, clip: Clip) -> Path:
        if clip.id not in self._files:
            raise MxeError(f"{self.folder.name}/ holds no map of {clip.id}: take one of clips()")
        return self._files[clip.id]

    def _only(self, found: list[Path]) -> Path:
        """The one map, or the first of several that are the same."""
        for other in found[1:]:
            if pixels.digest([other], self.folder) != pixels.digest(found[:1], self.folder):
                names = " and ".join(f"'{one_line(path.name)}'" for path in (found[0], other))
                where = paths.shown(other.parent, self.folder)
                raise MxeError(f"{where}: {names} are maps of one clip, and differ: move the wrong one out")
        return found[0]

    def _called_otherwise(self, clips: Sequence[Clip]) -> list[str]:
        """A line on maps whose files say another name than the list, but the same numbers, if there are any."""
        found = []
        for clip in clips:
            if clip.id in self._files:
                stem = self._files[clip.id].stem.strip()
                subject, _, name = stem.partition("_")
                if DATABASES[clip.database].importer.listed(subject, name) != (clip.subject, clip.name):
                    found.append((clip, stem))
        if not found:
            return []
        clip, stem = found[0]
        listed, several = paths.shown(self.list, self.folder), f"map{'s' * (len(found) > 1)}"
        return [
            f"{listed} names {len(found)} {several} in other ways than the files, first {clip.id} of "
            f"'{one_line(stem)}': the list's names are used"
        ]

    def _lists(self) -> list[Candidate]:
        """All lists of maps, read."""
        found = []
        for place in images.folders(self.folder, lambda path: path.name.lower() == MAP_FOLDER.lower()):
            for path in paths.listing(place, self.folder):
                if path.suffix.lower() == ".csv" and path.is_file() and not path.name.startswith((".", "~$")):
                    found += self._candidate(path)
        if not found:
            raise MxeError(f"{self.folder.name}/ holds no list of maps: put {LIST} there")
        return found

    def _candidate(self, path: Path) -> list[Candidate]:
        """The list at ``path``, read; none if it is another kind of list."""
        shown, version = paths.shown(path, self.folder), official_version(path.name, re.escape(LIST))
        try:
            lines = read_list(path, self.folder)
        except MxeError as fault:
            return [Candidate(path, shown, version, fault=fault)]
        header = [name.lower() for name in lines[0][1]] if lines else []
        missing = [column for column in COLUMNS if column not in header]
        if len(missing) > len(COLUMNS) - 2:
            return []
        twice = [column for column in COLUMNS if header.count(column) > 1]
        if missing or twice:
            what = f"{', '.join(missing)} is missing" if missing else f"{twice[0]} is there twice"
            fault = MxeError(f"{shown}, row {lines[0][0]}: column {what}: correct the header")
            return [Candidate(path, shown, version, fault=fault, meant=False)]
        try:
            return [Candidate(path, shown, version, clips=tuple(self._rows(shown, header, lines[1:])))]
        except MxeError as fault:
            return [Candidate(path, shown, version, fault=fault)]

    def _rows(self, shown: str, header: list[str], lines: list[tuple[int, list[str]]]) -> list[Clip]:
        clips: dict[str, Clip] = {}
        seen: dict[str, int] = {}
        for line, cells in lines:
            row = dict(zip(header, cells, strict=False))
            database, subject, name, label = (_whole(row.get(column, "")) for column in COLUMNS)
            if not any((database, subject, name, label)):
                continue
            database = database.lower()
            if database not in FPS:
                wrong = one_line(database)
                raise MxeError(f"{shown}, row {line}, column dataset: '{wrong}': one of {', '.join(FPS)}")
            if label not in ("0", "1", "2"):
                raise MxeError(f"{shown}, row {line}, column label: '{one_line(label)}': one of 0, 1, 2")
            if not subject or not name:
                raise MxeError(f"{shown}, row {line}, column {'sub' if not subject else 'filename_o'}: empty cell")
            names, emotion = DATABASES[database].importer.listed(subject, name), CLASSES[int(label)]
            if not re.search(r"\d", names[0]):
                wrong = one_line(subject)
                raise MxeError(f"{shown}, row {line}, column sub: '{wrong}' is not a subject: correct the cell")
            clip = Clip(database, *names, FPS[database], None, None, None, emotion, origin=self.origin)
            subjects.demand_same(
                *names, f"{shown}, row {line}, column filename_o", _NAMED.get(database, subjects.NAMED)
            )
            said = CLASS_CODES.get(names[1].split("_")[1]) if database == "smic" and "_" in names[1] else None
            if said not in (None, emotion):
                raise MxeError(
                    f"{shown}, row {line}, column label: {label} is {emotion}, but '{one_line(name)}' says {said}: "
                    "correct the one that is wrong"
                )
            if clip.id in seen:
                raise MxeError(f"{shown}, row {line}, column filename_o: {clip.id} is on row {seen[clip.id]} already")
            seen[clip.id], clips[clip.id] = line, clip
        return list(clips.values())


def _whole(text: str) -> str:
    """``6`` of ``6.0``."""
    return re.sub(r"^(\d+)\.0+$", r"\1", text)


def _by_numbers(stem: str) -> str:
    """A map's name without what gets lost on the way: leading zeros, case, the space before the dot.

    >>> _by_numbers("006_006_1_2 ") == _by_numbers("6_006_1_2"), _by_numbers("s01_s01_ne_01")
    (True, 's1_s1_ne_1')
    """
    return re.sub(r"0*(\d+)", r"\1", stem.strip().lower())
