"""The workbooks of CASME II and SAMM: rows, columns and cells."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random

from breaks import cells, files
from breaks.databases import CLIPS, OnDisk
from breaks.judge import Change
from mxe_lib.clips import Clip

HEADER = {"casme2": 0, "samm": 13}
"""Index of the header's row."""

BOOK = {"casme2": "CASME2-coding-20140508.xlsx", "samm": "SAMM_Micro_FACS_Codes_v2.xlsx"}


class Listed(OnDisk):
    """A database with a workbook."""

    def __init__(self, name: str):
        super().__init__(name)
        self._book = BOOK[name]
        damage = files.DAMAGE | files.INSTEAD | files.HARMLESS
        self.breaks |= {f"workbook {key}": partial(self._workbook, value) for key, value in damage.items()}
        tables = cells.SAME | cells.OTHER | {"header_letters": cells.header_letters, "shifted": cells.row_shifted}
        self.breaks |= {f"workbook {key}": partial(self._cells, value) for key, value in tables.items()}
        own = (self._same_number, self._no_number, self._other_apex, self._wrong_order, self._unknown_emotion)
        own += (self._row_gone, self._row_twice, self._no_such_clip, self._subject, self._second_book)
        self.breaks |= {f"workbook {each.__name__.strip('_')}": each for each in own}

    def _path(self, folder: Path) -> Path:
        return folder / "data" / self.name / self._book

    def _workbook(self, break_it: Callable[[Path, Random], str], folder: Path, rng: Random) -> Change:
        path = self._path(folder)
        return Change(f"{path.name}: {break_it(path, rng)}", (path.name, f"{self.name}/ holds no annotation workbook"))

    def _cells(self, change: Callable[[cells.Grid, Random, int], str], folder: Path, rng: Random) -> Change:
        path = self._path(folder)
        said = cells.on_book(change, path, rng, HEADER[self.name])
        return Change(f"{path.name}: {said}", (path.name, f"{self.name}/ holds no annotation workbook"))

    def _cell(self, folder: Path, rng: Random, column: str, value: Callable[[Clip], object]) -> tuple[Clip, object]:
        """Another value in the column of one clip."""
        clip, made = rng.choice(CLIPS[self.name]), []

        def put(grid: cells.Grid, rng: Random, head: int) -> str:
            place = [str(cell).replace(" ", "").lower() for cell in grid[head]].index(column)
            row = next(row for row in grid[head + 1 :] if clip.name in row and int(row[0]) == _number(clip))
            made.append(value(clip))
            row[place] = made[0]
            return ""

        cells.on_book(put, self._path(folder), rng, HEADER[self.name])
        return clip, made[0]

    def _told(self, clip: Clip, said: str, **values: object) -> Change:
        truth = {"clips": {clip.id: Clip(**vars(clip) | values)}} if values else None
        return Change(f"{clip.name}: {said}", (self._book, clip.name), truth)

    def _same_number(self, folder: Path, rng: Random) -> Change:
        which = rng.choice(("onset", "apex", "offset"))
        clip, value = self._cell(folder, rng, f"{which}frame", lambda clip: cells.as_said(getattr(clip, which), rng))
        return self._told(clip, f"{which} {value!r}")

    def _no_number(self, folder: Path, rng: Random) -> Change:
        which, value = rng.choice(("onset", "apex", "offset")), rng.choice(cells.NO_NUMBERS)
        clip, _ = self._cell(folder, rng, f"{which}frame", lambda clip: value)
        return self._told(clip, f"{which} {value!r}")

    def _other_apex(self, folder: Path, rng: Random) -> Change:
        clip, value = self._cell(folder, rng, "apexframe", lambda clip: rng.choice(clip.frame_numbers()))
        return self._told(clip, f"apex {value}", apex=value)

    def _wrong_order(self, folder: Path, rng: Random) -> Change:
        which = rng.choice(("onset", "apex", "offset"))
        far = {"onset": 1, "apex": rng.choice((1, -20)), "offset": -20}[which] * rng.choice((1, 5000))
        clip, value = self._cell(folder, rng, f"{which}frame", lambda clip: max(0, clip.offset + far))
        return self._told(clip, f"{which} {value}")

    def _unknown_emotion(self, folder: Path, rng: Random) -> Change:
        value = rng.choice(("", "joy", "happyness", 3, None, "disgust?", "surprise/fear"))
        clip, _ = self._cell(folder, rng, "estimatedemotion", lambda clip: value)
        return self._told(clip, f"emotion {value!r}")

    def _no_such_clip(self, folder: Path, rng: Random) -> Change:
        """The name of a clip that is not there, or is mistyped."""
        clip, value = self._cell(
            folder, rng, "filename", lambda c: rng.choice((f"{c.name}x", c.name.lower(), f" {c.name} ", "", 12))
        )
        return Change(f"{clip.name} is listed as {value!r}", (self._book, clip.name, str(value) or clip.name))

    def _subject(self, folder: Path, rng: Random) -> Change:
        same = {
            "casme2": lambda c: rng.choice((c.subject, _number(c), f"{_number(c)}.0", float(_number(c)))),
            "samm": lambda c: rng.choice((c.subject, _number(c), f" {c.subject}", float(_number(c)))),
        }[self.name]
        clip, value = self._cell(
            folder, rng, "subject", lambda c: rng.choice((same(c), "", "x", -1, _number(c) + 1, 1.5, "sub", "1/2"))
        )
        return Change(f"subject of {clip.name} is {value!r}", (self._book, clip.name))

    def _row_gone(self, folder: Path, rng: Random) -> Change:
        clip = rng.choice(CLIPS[self.name])

        def drop(grid: cells.Grid, rng: Random, head: int) -> str:
            grid[head + 1 :] = [row for row in grid[head + 1 :] if clip.name not in row]
            return f"{clip.name} is not listed"

        said = cells.on_book(drop, self._path(folder), rng, HEADER[self.name])
        return Change(said, (clip.name,))

    def _row_twice(self, folder: Path, rng: Random) -> Change:
        clip, different = rng.choice(CLIPS[self.name]), rng.random() < 0.5

        def double(grid: cells.Grid, rng: Random, head: int) -> str:
            row = list(next(row for row in grid[head + 1 :] if clip.name in row))
            if different:
                row[4] = clip.onset
            grid.append(row)
            return f"{clip.name} is listed twice{', with another apex' if different else ''}"

        said = cells.on_book(double, self._path(folder), rng, HEADER[self.name])
        return Change(said, (clip.name, self._book))

    def _second_book(self, folder: Path, rng: Random) -> Change:
        """A copy of the workbook in which one apex is another: which one counts must be told."""
        path = self._path(folder)
        copy = path.with_name(rng.choice((f"{path.stem} (1).xlsx", f"Copy of {path.name}", "old.xlsx", "zz.xlsx")))
        shutil.copyfile(path, copy)
        clip, value = self._cell(folder, rng, "apexframe", lambda clip: clip.onset)
        return self._told(clip, f"{copy.name} has another apex than {path.name}, {value}", apex=value)


def _number(clip: Clip) -> int:
    return int(clip.subject.removeprefix("sub"))
