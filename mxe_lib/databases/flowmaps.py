"""The public optical-flow maps of the MEGC 2019 composite: onset-to-apex flow as 28 x 28 images, no faces.

The public repository of HTNet (Wang, Zhang, Luo & Sankaranarayana, "HTNet for micro-expression recognition",
Neurocomputing 602 (2024) 128196) ships 442 of them: a folder ``STSNet_whole_norm_u_v_os/`` and its list
``combined_3_class2_for_optical_flow.csv``. They were computed from CASME II, SAMM and SMIC-HS, carry no licence of
their own and fall under the terms of those databases (research only, no redistribution): this project contains none.
Cite the three databases (see ``casme2.py``, ``samm.py``, ``smic.py``) and HTNet where you use them.
"""

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mxe_lib.clips import CLASSES, Clip, Repair
from mxe_lib.databases import images, pixels
from mxe_lib.databases.registry import DATABASES
from mxe_lib.errors import MxeError

COLUMNS = ("dataset", "sub", "filename_o", "label")
FPS = {name: spec.fps for name, spec in DATABASES.items() if spec.official_counts}
SIZE = 28
MAP_FOLDER = "STSNet_whole_norm_u_v_os"


class FlowMaps:
    """The maps in ``folder``: the list (found by its header) and the PNGs, at any nesting.

    A map's file is ``{sub}_{filename_o} .png``, with the space; the list's ``imagename`` is wrong for 93 SMIC rows and
    is not read. Clips carry the ids that the importers give the same clips: SMIC's padding is stripped (``s01`` ->
    ``s1``), SAMM's subjects are padded (``6`` -> ``006``).

    Attributes:
        listed: how many clips the list holds.
        missing: ids of listed clips whose map is not on disk; they are left out.

    Raises:
        MxeError: if there is no list, or a row of it is faulty; the message names file, row and column.
    """

    name = "flowmaps"

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.origin = images.origin_of(self.folder)
        self.list = self._find_list()
        places = list(images.folders(self.folder, lambda path: False))
        place = next((path for path in places if path.name == MAP_FOLDER), self.list.parent)
        self._files: dict[str, Path] = {}
        self._clips: list[Clip] = []
        self.missing: list[str] = []
        for clip, stem in self._rows():
            # The space before the dot gets lost in some unpackings.
            path = next((p for p in (place / f"{stem} .png", place / f"{stem}.png") if p.exists()), None)
            if path is None:
                self.missing.append(clip.id)
            else:
                self._clips.append(clip)
                self._files[clip.id] = path
        self.listed = len(self._clips) + len(self.missing)
        self._clips.sort(key=lambda clip: (clip.database, *images.natural(clip)))
        if not self._clips:
            raise MxeError(
                f"{self.folder.name}/ holds none of the maps that {self.list.name} lists: put {MAP_FOLDER}/ beside it"
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
                    f"{images.shown(path, self.folder)} has shape {image.shape}, not {(SIZE, SIZE, 3)}: get it again"
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

    def _find_list(self) -> Path:
        for place in images.folders(self.folder, lambda path: path.name == MAP_FOLDER):
            for path in sorted(place.glob("*.csv")):
                with path.open(newline="", encoding="utf-8-sig", errors="replace") as file:
                    header = next(csv.reader(file), [])
                if set(COLUMNS) <= set(header):
                    return path
                if len(set(COLUMNS) & set(header)) > 1:
                    missing = ", ".join(column for column in COLUMNS if column not in header)
                    raise MxeError(f"{images.shown(path, self.folder)}, row 1: column {missing} is missing")
        raise MxeError(f"{self.folder.name}/ holds no list of maps: put combined_3_class2_for_optical_flow.csv there")

    def _rows(self) -> list[tuple[Clip, str]]:
        """Each row's clip and the stem of its file."""
        shown, seen, rows = images.shown(self.list, self.folder), {}, []
        with self.list.open(newline="", encoding="utf-8-sig", errors="replace") as file:
            reader = csv.DictReader(file)
            for row in reader:
                line = reader.line_num
                database, subject, name = ((row[column] or "").strip() for column in COLUMNS[:3])
                label = (row["label"] or "").strip()
                if not any((database, subject, name, label)):
                    continue
                if database not in FPS:
                    raise MxeError(f"{shown}, row {line}, column dataset: '{database}': one of {', '.join(FPS)}")
                if label not in ("0", "1", "2"):
                    raise MxeError(f"{shown}, row {line}, column label: '{label}': one of 0, 1, 2")
                if not subject or not name:
                    raise MxeError(f"{shown}, row {line}, column {'sub' if not subject else 'filename_o'}: empty cell")
                names, emotion = DATABASES[database].importer.listed(subject, name), CLASSES[int(label)]
                clip = Clip(database, *names, FPS[database], None, None, None, emotion, origin=self.origin)
                if clip.id in seen:
                    raise MxeError(
                        f"{shown}, row {line}, column filename_o: {clip.id} is on row {seen[clip.id]} already"
                    )
                seen[clip.id] = line
                rows.append((clip, f"{subject}_{name}"))
        return rows
