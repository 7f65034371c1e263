"""The folder of public flow maps: a list and an image for each of its rows."""

from __future__ import annotations

import contextlib
import io
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random

import numpy as np
from PIL import Image

from breaks import cells, files, pictures, strict
from breaks.databases import digest
from breaks.judge import Change, Seen, command
from mxe_lib.clips import CLASSES
from mxe_lib.databases.flowmaps import MAP_FOLDER
from mxe_lib.databases.sources import open_flowmaps
from mxe_lib.errors import MxeError
from mxe_lib.simulation.writers import MARKER

LIST = "combined_3_class2_for_optical_flow.csv"
ROWS = [
    ("casme2", "sub01", "EP02_01f", "1"),
    ("casme2", "sub17", "EP01_06", "0"),
    ("samm", "6", "006_1_2", "0"),
    ("samm", "32", "032_3_2", "2"),
    ("smic", "s01", "s01_ne_01", "0"),
    ("smic", "s01", "s01_po_01", "1"),
    ("smic", "s11", "s11_sur_02", "2"),
]
HEADER = ["", "dataset", "sub", "filename_o", "label", "imagename"]


class Maps:
    """Read by ``open_flowmaps`` and ``mxe check``. A change's truth: ``{"classes": ..., "maps": ...}`` by clip."""

    name, scratch = "flow maps", ()

    def __init__(self) -> None:
        images = files.DAMAGE | files.INSTEAD | files.HARMLESS | pictures.STORED | pictures.ODD
        self.breaks = {f"map {key}": partial(self._map, value) for key, value in images.items()}
        lists = files.DAMAGE | files.INSTEAD | files.HARMLESS | cells.TEXT
        self.breaks |= {f"list {key}": partial(self._list, value) for key, value in lists.items()}
        tables = cells.SAME | cells.OTHER | {"header_letters": cells.header_letters, "shifted": cells.row_shifted}
        for key, value in tables.items():
            self.breaks[f"list {key}"] = partial(self._list, partial(cells.on_csv, value))
        own = (self._cell, self._renamed, self._doubled, self._swapped, self._row_gone, self._row_twice, self._places)
        self.breaks |= {each.__name__.strip("_"): each for each in own}

    def build(self, folder: Path) -> None:
        place = folder / "data" / "flowmaps"
        (place / MAP_FOLDER).mkdir(parents=True)
        (place / MARKER).write_text("Not of real faces.\n")
        grid = [HEADER]
        for number, (database, subject, clip, label) in enumerate(ROWS):
            pixels = np.random.default_rng(number).integers(0, 12, (28, 28, 3), dtype=np.uint8) * 20
            pixels[..., 2] = pixels[..., 0] // 2
            pixels[..., 1] = pixels[..., 0]
            Image.fromarray(pixels).save(place / MAP_FOLDER / f"{subject}_{clip} .png")
            grid.append([str(number), database, subject, clip, label, f"{subject}_{clip} .png"])
        cells.write_csv(place / LIST, grid)

    def observe(self, folder: Path) -> Seen:
        status, lines = command("check", folder / "data")
        problems = {line for line in lines if "problem:" in line}
        assert status == int(bool(problems)), f"status {status} with {len(problems)} problems"
        seen = Seen({"classes": {}, "maps": {}, "problems": problems}, set(map(str.strip, lines)))
        try:
            with contextlib.redirect_stdout(io.StringIO()) as out:
                found = open_flowmaps(folder / "data")
            seen.told |= set(out.getvalue().splitlines())
            seen.told |= {f"{r.clip} {r.field}: {r.found} -> {r.used} ({r.reason})" for r in found.repairs()}
            maps = np.round(found.maps() * 255).astype(np.uint8).transpose(0, 2, 3, 1)
        except MxeError as error:
            seen.refused["maps"] = str(error)
            return seen
        seen.result["classes"] = {clip.id: clip.emotion for clip in found.clips()}
        seen.result["maps"] = {clip.id: digest(image) for clip, image in zip(found.clips(), maps, strict=True)}
        return seen

    def wrong(self, before: Seen, seen: Seen, change: Change) -> str:
        if seen.refused:
            same = seen.result["problems"] == before.result["problems"]
            return f"mxe check finds nothing, but reading says: {seen.refused['maps']}" if same else ""
        truth = change.truth or {}
        for kind in ("classes", "maps"):
            right = truth[kind] if kind == "classes" and kind in truth else before.result[kind] | truth.get(kind, {})
            for name in sorted({*right, *seen.result[kind]}):
                if kind == "maps" and name not in seen.result["classes"]:
                    continue  # said already
                if right.get(name) != seen.result[kind].get(name):
                    return f"{kind} of {name}: {seen.result[kind].get(name)} for {right.get(name)}"
        return ""

    def _place(self, folder: Path) -> Path:
        return folder / "data" / "flowmaps"

    def _picked(self, folder: Path, rng: Random) -> tuple[str, Path]:
        row = rng.choice(ROWS)
        return _id(*row[:3]), self._place(folder) / MAP_FOLDER / f"{row[1]}_{row[2]} .png"

    def _map(self, break_it: Callable[[Path, Random], str], folder: Path, rng: Random) -> Change:
        clip, path = self._picked(folder, rng)
        said, picture = break_it(path, rng), strict.image(path)
        truth = {"maps": {clip: digest(picture)}} if picture is not None else None
        return Change(f"{path.name}: {said}", (path.name, clip), truth)

    def _list(self, break_it: Callable[[Path, Random], str], folder: Path, rng: Random) -> Change:
        path = self._place(folder) / LIST
        said = break_it(path, rng)
        names = (LIST, "flowmaps/ holds no list", "left out", "no file")
        classes = said_by(path) if path.is_file() else None  # a pipe would be waited for
        return Change(f"{LIST}: {said}", names, {"classes": classes} if classes else None)

    def _cell(self, folder: Path, rng: Random) -> Change:
        place, value = rng.choice(((1, "casme"), (1, ""), (2, ""), (2, "sub99"), (3, ""), (3, "x"), (4, "3"), (4, "")))
        place, value = rng.choice(((place, value), (4, "1.0"), (4, "-1"), (4, "one"), (4, "0"), (1, "CASME2")))

        def put(grid: cells.Grid, rng: Random, head: int) -> str:
            row = grid[rng.randrange(1, len(grid))]
            row[place] = value
            return f"row of {row[3]}: {HEADER[place]} is {value!r}"

        return self._list(partial(cells.on_csv, put), folder, rng)

    def _row_gone(self, folder: Path, rng: Random) -> Change:
        """Its map is there and not listed: it can be known, and must be told."""
        number = rng.randrange(1, len(ROWS) + 1)
        path, row = self._place(folder) / LIST, ROWS[number - 1]
        grid = cells.read_csv(path)
        del grid[number]
        cells.write_csv(path, grid)
        return Change(f"{row[2]} is not listed", (row[2], _id(*row[:3])))

    def _row_twice(self, folder: Path, rng: Random) -> Change:
        number = rng.randrange(1, len(ROWS) + 1)
        path, row = self._place(folder) / LIST, ROWS[number - 1]
        grid = cells.read_csv(path)
        grid.append(list(grid[number]))
        grid[-1][4] = rng.choice("012")
        cells.write_csv(path, grid)
        return Change(f"{row[2]} is listed twice", (row[2], _id(*row[:3])))

    def _renamed(self, folder: Path, rng: Random) -> Change:
        clip, path = self._picked(folder, rng)
        name = rng.choice(
            [name for name in files.other_names(path) if name != path.name] + [path.name.replace(" ", "")]
        )
        path.rename(path.with_name(name))
        return Change(f"{path.name} is called {name!r}", (path.name, clip, name))

    def _doubled(self, folder: Path, rng: Random) -> Change:
        clip, path = self._picked(folder, rng)
        said, copy = files.doubled(path, rng)
        return Change(f"{path.name} {said}", (path.name, copy.name, clip))

    def _swapped(self, folder: Path, rng: Random) -> Change:
        (clip, path), (clip2, path2) = self._picked(folder, rng), self._picked(folder, rng)
        said = files.swapped(path, path2)
        truth = {clip: digest(strict.image(path)), clip2: digest(strict.image(path2))}
        return Change(f"{path.name} {said}", (clip, clip2), {"maps": truth})

    def _places(self, folder: Path, rng: Random) -> Change:
        """The folder of maps is called otherwise, lies deeper, or is there twice."""
        place = self._place(folder) / MAP_FOLDER
        how = rng.choice(("lower", "deeper", "twice", "beside", "letters"))
        if how == "lower":
            place.rename(place.with_name(MAP_FOLDER.lower()))
        elif how == "deeper":
            (place.parent / "HTNet-main" / "datasets").mkdir(parents=True)
            place.rename(place.parent / "HTNet-main" / "datasets" / MAP_FOLDER)
        elif how == "twice":
            shutil.copytree(place, place.parent / "old" / MAP_FOLDER)
        elif how == "beside":
            for path in place.iterdir():
                path.rename(place.parent / path.name)
            place.rmdir()
        else:
            place.parent.rename(place.parent.with_name("FlowMaps"))
        return Change(f"{MAP_FOLDER}: {how}", (MAP_FOLDER, "flowmaps"))


def said_by(path: Path) -> dict[str, str] | None:
    """Classes by clip of a list that keeps to its rules; None if it doesn't."""
    grid = cells.csv_strict(path)
    if grid is None:
        return None
    try:
        places = [grid[0].index(name) for name in HEADER[1:5]]
        rows = [tuple(row[place].strip() for place in places) for row in grid[1:]]
        found = {_id(row[0].lower(), *row[1:3]): CLASSES[("0", "1", "2").index(row[3])] for row in rows}
    except ValueError:
        return None
    return found if len(found) == len(rows) and all(all(row) for row in rows) else None


def _id(database: str, subject: str, clip: str) -> str:
    """The clip's name in this library."""
    if database == "smic":
        subject, clip = f"s{subject.lstrip('s0')}", f"s{clip.lstrip('s0')}"
    return f"{database}/{subject.zfill(3) if database == 'samm' else subject}/{clip}"
