"""What a run wrote: result tables, the stamps that say what they were made from, its notebooks."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random

import nbformat
import numpy as np

from breaks import cells, files
from breaks.judge import Change, Seen
from mxe_lib.errors import MxeError
from mxe_lib.evaluation import results
from mxe_lib.study import report, stamps
from mxe_lib.study.lock import Lock

NAME = "00_first"
MADE_FROM = {"source": "s", "settings": {"epochs": 3}, "code": "c", "versions": {"python": "3.11"}, "data": None}
MADE_FROM |= {"earlier": {}, "at_full_scale": {}, "device": [False, ""]}


class Tables:
    """A run of one notebook that wrote one table and one figure.

    A table that is not what the notebook wrote is right only if the run knows: it is executed again.
    """

    name, scratch = "results of a run", ("out",)

    def __init__(self) -> None:
        damage = files.DAMAGE | files.INSTEAD | files.HARMLESS
        self.breaks = {f"table {key}": partial(self._file, "results/depth.csv", value) for key, value in damage.items()}
        self.breaks |= {f"table {key}": partial(self._file, "results/depth.csv", v) for key, v in cells.TEXT.items()}
        for key, value in (cells.SAME | cells.OTHER | {"shifted": cells.row_shifted}).items():
            self.breaks[f"table {key}"] = partial(self._file, "results/depth.csv", partial(cells.on_csv, value))
        stamp, book = f"cache/stamps/{NAME}.json", f"notebooks/{NAME}.ipynb"
        self.breaks |= {f"stamp {key}": partial(self._file, stamp, value) for key, value in damage.items()}
        self.breaks |= {f"notebook {key}": partial(self._file, book, value) for key, value in damage.items()}
        others = {"figure": f"figures/{NAME}.svg", "times": "timings/notebooks.csv"}
        others |= {"attempts": f"cache/stamps/{NAME}.attempts", "notes": f"cache/stamps/{NAME}.notes"}
        others |= {"lock": "cache/run.lock"}
        for key, place in others.items():
            self.breaks[f"{key} damaged"] = partial(self._some, place, files.DAMAGE)
            self.breaks[f"{key} not there"] = partial(self._some, place, files.INSTEAD)
        own = (self._cell, self._another_experiment, self._stamp_says, self._notebook_says)
        self.breaks |= {each.__name__.strip("_"): each for each in own}

    def build(self, folder: Path) -> None:
        out = folder / "out"
        (out / "notebooks").mkdir(parents=True)
        cell = nbformat.v4.new_markdown_cell("# How deep?")
        book = nbformat.v4.new_notebook(cells=[cell, nbformat.v4.new_code_cell("print(1)")])
        book.metadata["mxe"] = {"experiments": {"depth": "How deep?"}, "reads": []}
        for number, each in enumerate(book.cells):
            each["id"] = f"c{number}"
        nbformat.write(book, out / "notebooks" / f"{NAME}.ipynb")
        results.write("depth", [_row(number) for number in range(6)], out / "results")
        (out / "figures").mkdir()
        (out / "figures" / f"{NAME}.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
        row = {"notebook": NAME, "profile": "smoke", "data": "simulated", "workers": "2", "cores": "2"}
        row |= {"at_once": "2", "attempt": "1", "seconds": "2.5"}
        results.write_timings("notebooks", [row], out / "timings")
        stamps.begin(out, NAME)
        stamps.notes_path(out, NAME).write_text(f"results/depth.csv\nfigures/{NAME}.svg\n")
        wrote = ["results/depth.csv", f"figures/{NAME}.svg", f"notebooks/{NAME}.ipynb"]
        stamps.write_stamp(out, NAME, MADE_FROM, wrote)
        with Lock(out):
            pass

    def observe(self, folder: Path) -> Seen:
        """What a run does when it comes to this notebook, step for step."""
        out, seen = folder / "out", Seen({"table": None, "done": None})
        with Lock(out):
            stamps.clear(out)
            book = out / "notebooks" / f"{NAME}.ipynb"
            done = stamps.is_done(out, NAME, MADE_FROM)
            seen.result["done"], seen.result["wrote"] = done, stamps.wrote(out, NAME)
            for what, call in {
                "table": lambda: results.read("depth", out / "results").to_csv(),
                "shown": lambda: results.show("depth", out / "results").to_csv(),
                "notebook": lambda: (stamps.notebook_cells(book), stamps.metadata(book), stamps.roots(book)),
                "page": lambda: report.build(out, [NAME], "smoke", "simulated").read_text(encoding="utf-8"),
            }.items():
                try:
                    seen.result[what] = call()
                except MxeError as error:
                    seen.refused[what] = str(error)
            if not done:
                stamps.begin(out, NAME)
                seen.told.add(f"{NAME} is executed again")
            stamps.noted(out, NAME)
            stamps.snapshot(out)
        return seen

    def wrong(self, before: Seen, seen: Seen, change: Change) -> str:
        if not seen.result["done"]:
            return ""  # all is made again
        for what in ("table", "shown", "notebook"):
            if what not in seen.refused and seen.result[what] != before.result[what]:
                return f"another {what}, and the notebook counts as done"
        return ""

    def _file(self, place: str, break_it: Callable[[Path, Random], str], folder: Path, rng: Random) -> Change:
        path = folder / "out" / place
        return Change(f"{place}: {break_it(path, rng)}", (path.name, path.stem, NAME))

    def _some(self, place: str, kinds: dict[str, files.Break], folder: Path, rng: Random) -> Change:
        return self._file(place, rng.choice(list(kinds.values())), folder, rng)

    def _cell(self, folder: Path, rng: Random) -> Change:
        """Another value, of any type."""
        column = rng.choice(results.COLUMNS)
        value = rng.choice(
            ("", "abc", "nan", "inf", "-1", "1e400", "0,5", "1_000", "é", "None", "2.5.1", "0x10", " 1 ")
        )

        def put(grid: cells.Grid, rng: Random, head: int) -> str:
            grid[rng.randrange(1, len(grid))][grid[0].index(column)] = value
            return f"{column} is {value!r}"

        return self._file("results/depth.csv", partial(cells.on_csv, put), folder, rng)

    def _another_experiment(self, folder: Path, rng: Random) -> Change:
        path = folder / "out" / "results" / "depth.csv"
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
        cells.write_csv(path, [rows[0], *(["width", *row[1:]] for row in rows[1:])])
        return Change("depth.csv holds the rows of another experiment", ("depth", NAME))

    def _stamp_says(self, folder: Path, rng: Random) -> Change:
        """A stamp that is JSON, and odd."""
        path = stamps.stamp_path(folder / "out", NAME)
        stamp = json.loads(path.read_text(encoding="utf-8"))
        odd = rng.choice(
            (
                {"wrote": {"../../../etc/passwd": "0"}},
                {"wrote": {"a\0b": "0"}},
                {"wrote": {"x" * 5000: "0"}},
                {"wrote": {"results/depth.csv": 7}},
                {"wrote": {"results": "0"}},
                {"wrote": []},
                {"wrote": {"": ""}},
                {"inputs": None},
                {"inputs": {}},
                {"inputs": MADE_FROM | {"code": "d"}},
                {"more": 1},
                {"wrote": {"/dev/zero": "0"}},
                {"wrote": {"results/\ud800": "0"}},
            )
        )
        path.write_text(json.dumps(stamp | odd))
        return Change(f"the stamp says {str(odd)[:60]}", (NAME,))

    def _notebook_says(self, folder: Path, rng: Random) -> Change:
        """A notebook that is JSON, and odd."""
        path = folder / "out" / "notebooks" / f"{NAME}.ipynb"
        book = json.loads(path.read_text(encoding="utf-8"))
        odd = rng.choice(
            (
                {"metadata": []},
                {"metadata": None},
                {"metadata": {"mxe": []}},
                {"metadata": {"mxe": {"reads": 7}}},
                {"metadata": {"mxe": {"experiments": ["depth"]}}},
                {"cells": []},
                {"cells": None},
                {"cells": [7]},
                {"cells": [{"cell_type": "markdown"}]},
                {"cells": [{"source": "x"}]},
                {"metadata": {"mxe": "x"}},
                {"cells": [{"cell_type": "markdown", "source": ""}]},
            )
        )
        path.write_text(json.dumps(rng.choice((book | odd, book | odd, [book], None))))
        return Change(f"the notebook says {str(odd)[:60]}", (path.name, NAME))


def _row(number: int) -> dict:
    row = dict(experiment="depth", database="pooled", origin="simulated", model="spotting_cnn")
    row |= dict(variant=f"layers={number}", protocol="kfold5", seed="all", metric="mae", unit="frames", source="ours")
    return row | dict(value=np.round(12.5 + number / 3, 6), ci_low=11.0, ci_high=20.25, p_holm=0.03, n=60)
