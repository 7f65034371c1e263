"""The study at smoke, killed some hundred times: in the end nothing must differ from a run that nobody disturbed.

    python benchmarks/kills.py [--kills 200] [--minutes 60] [--seed 0] [--out DIR] [--notebooks 03 04]

Runs are started on the same folder again and again, and killed: ``run_all.py``, the process that executes a notebook, a
kernel, a process of its pool, or a server that these are forked from; by SIGKILL, SIGTERM or SIGINT; at any moment, or
at one of a write. Now and then a second run is started in the folder of one that is at work; and in every other round
two runs in folders of their own share, by links, all of the cache that is found by its content. A round ends when its
runs have ended well. Then the result tables must be byte for byte those of an undisturbed run, and nothing may be left.

Prints a line a trial (a start of ``run_all.py`` and its end) and one a round, and keeps ``kills.csv`` in the output
folder: called again on it, it goes on. Exit status 1 if a table differs, or anything is left.
"""

from __future__ import annotations

import argparse
import csv
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path

from trials import Trial
from trials.rounds import Kill, Round


def main(arguments: Sequence[str] | None = None) -> int:
    """Plays rounds until enough are killed; 1 if anything is wrong in the end of one."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--minutes", type=float, default=60, help="after these nothing is killed any more")
    parser.add_argument("--pause", type=float, default=6, help="mean seconds between two kills")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--notebooks", nargs="+", help="numbers; default: all")
    parser.add_argument("--out", type=Path, help="default: a new temporary folder; goes on from what is there")
    options = parser.parse_args(arguments)
    # Shells have background jobs ignore it, and so would all that is started, and interrupted, from here.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    out = (options.out or Path(tempfile.mkdtemp(prefix="kills-"))).resolve()
    only = ["--only", *options.notebooks] if options.notebooks else []
    until = time.monotonic() + 60 * options.minutes
    undisturbed = Trial(out / "undisturbed", only, again=True)
    undisturbed.run()
    expected = undisturbed.tables()
    print(f"undisturbed: {len(expected)} tables, in {out}", flush=True)
    book, wrong = Book(out / "kills.csv"), []
    number = max([int(row["round"]) for row in book.rows], default=0)  # one that was left is gone on with
    while (before := len(book.rows)) < options.kills and time.monotonic() < until:
        chance = random.Random(f"{options.seed} {number} {before}")
        each = Round(number, out / f"round{number}", only, chance, book.add)
        each.play(options.kills - before, until, options.pause)
        problems = each.judge(expected)
        wrong += problems
        print(
            f"round {number}: {each.trials} trials, {each.kills} kills, {each.refused} second runs refused, "
            f"{each.outside()} files left in folders for temporary files: "
            f"{'; '.join(problems) or 'the same tables, nothing left'}",
            flush=True,
        )
        number += 1
    print(book.summary())
    print("wrong: " + "; ".join(wrong) if wrong else "nothing differs, nothing is left")
    return int(bool(wrong))


class Book:
    """``kills.csv``, to which each kill is added as it comes."""

    def __init__(self, path: Path):
        self.path, self.rows = path, []
        if path.exists():
            with path.open(encoding="utf-8", newline="") as file:
                self.rows = list(csv.DictReader(file))
        else:
            path.write_text(",".join(field.name for field in fields(Kill)) + "\n", encoding="utf-8")

    def add(self, kill: Kill) -> None:
        self.rows.append({name: str(value) for name, value in asdict(kill).items()})
        with self.path.open("a", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerow(asdict(kill).values())

    def summary(self) -> str:
        """Counts by signal and victim, and by moment."""
        lines = [f"{len(self.rows)} kills"]
        for names in (("victim", "signal"), ("moment",), ("ended",)):
            counts = Counter(" ".join(row[name] for name in names) for row in self.rows)
            lines.append(", ".join(f"{words} {count}" for words, count in sorted(counts.items())))
        return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
