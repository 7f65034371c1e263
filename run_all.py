"""Runs the study: executes the notebooks in order, skips what is done, resumes what is not.

python run_all.py [--profile smoke|quick|full|paper] [--only 03 07] [--data DIR] [--out DIR] [--workers N] [--at-once N]
                  [--cluster local|slurm|tcp://host:8786|scheduler.json]

Settings reach a notebook through the environment: MXE_PROFILE, MXE_DATA, MXE_OUT, MXE_WORKERS, MXE_CLUSTER. Everything
is written under runs/<profile>[-<data name>]/. Exit status: 0 done; 1 a notebook failed; 2 an option or input is wrong;
130 interrupted; 141 whoever read its output has gone.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import io
import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from mxe_lib.command_line import Parser, reader_may_go
from mxe_lib.compute import store
from mxe_lib.errors import CellFailed, MxeError
from mxe_lib.study import crew, profiles, readme, report, stamps
from mxe_lib.study.lock import Lock, shown

ROOT = Path(__file__).resolve().parent
CELL_TIMEOUT = {"smoke": 600, "quick": 1800}
"""Seconds after which a cell is given up; the larger profiles have no limit."""

AT_ONCE = {"smoke": 4}
"""Notebooks beside each other, where there are as many cores; else 2. At smoke their jobs are so small that a second
process costs more than it does."""


@reader_may_go
def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the study; returns the exit status."""
    signal.signal(signal.SIGTERM, interrupt)
    try:
        options = parse(arguments)
        with Lock(options.out) as lock, joined(options):
            run(options, lock)
            if options.publish:
                publish(options)
        return 0
    except MxeError as error:
        print(f"run_all: {error}", file=sys.stderr)
        return 2
    except CellFailed as error:
        print(f"run_all: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nrun_all: interrupted: start it again with the same options, and it goes on from here", file=sys.stderr)
        return 130


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Parses, checks and completes the options.

    Raises:
        MxeError: if an option names what does not exist.
    """
    profile, data, out, cluster = (
        os.environ.get(name) or None for name in ("MXE_PROFILE", "MXE_DATA", "MXE_OUT", "MXE_CLUSTER")
    )
    parser = Parser(prog="run_all.py", description="Execute the study's notebooks in order.")
    parser.add_argument("--profile", default=profile or "quick", help=f"one of {', '.join(profiles.PROFILES)}")
    parser.add_argument("--only", nargs="+", metavar="NOTEBOOK", help="numbers or names: --only 03 07")
    parser.add_argument(
        "--data", default=data, help="holds any of casme2/ samm/ smic/ flowmaps/; default: all simulated"
    )
    parser.add_argument("--out", default=out, help="default: runs/<profile>[-<data name>]")
    parser.add_argument("--workers", type=int, help="worker processes of each notebook; default: one a core")
    parser.add_argument("--at-once", type=int, help="notebooks executed beside each other; default: 2")
    parser.add_argument(
        "--cluster",
        default=cluster,
        metavar="WHERE",
        help="jobs go to a Dask cluster: local, slurm, an address such as tcp://host:8786, a scheduler's JSON file",
    )
    parser.add_argument("--cell-timeout", type=int, help="seconds that a cell may take; 0 = no limit")
    parser.add_argument("--force", action="store_true", help="execute notebooks even if nothing changed")
    parser.add_argument(
        "--publish", action="store_true", help="copy a complete quick run, or tables of a full one, into the repository"
    )
    parser.add_argument("--notebooks", default=ROOT / "notebooks", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)

    options.settings = profiles.load(options.profile)
    options.notebooks = find(Path(options.notebooks))
    options.chosen = choose(options.only, options.notebooks)
    if options.data is not None and not Path(options.data).is_dir():
        raise MxeError(f"--data {options.data} is not a folder: name one that holds casme2/, samm/, smic/ or flowmaps/")
    options.data = Path(options.data).resolve() if options.data else None
    folder = options.profile + (f"-{options.data.name}" if options.data else "")
    options.out = Path(options.out or ROOT / "runs" / folder).resolve()
    share_cores(options)
    if options.cell_timeout is None:
        options.cell_timeout = CELL_TIMEOUT.get(options.profile, 0)
    if options.publish:
        check_publishable(options)
    return options


def share_cores(options: argparse.Namespace) -> None:
    """Completes how many notebooks run beside each other, and on how many processes each.

    Raises:
        MxeError: if one of them is no number of processes.
    """
    cores = profiles.workers()
    for name in ("workers", "at_once"):
        if getattr(options, name) is not None and getattr(options, name) < 1:
            raise MxeError(f"--{name.replace('_', '-')} {getattr(options, name)}: give 1 or more")
    if options.at_once is None:
        options.at_once = min(AT_ONCE.get(options.profile, 2), options.workers or cores)
    if options.workers is None:
        alone = options.profile in AT_ONCE and not options.cluster
        options.workers = max(1, cores // options.at_once) if alone else cores


@contextlib.contextmanager
def joined(options: argparse.Namespace) -> Iterator[None]:
    """While the jobs can go to the cluster that is wanted, if one is.

    Raises:
        MxeError: if there is none, or one of its workers would not compute the same.
    """
    if not options.cluster:
        yield
        return
    from mxe_lib.compute import cluster, scheduler

    patience = None if options.cluster == "slurm" else cluster.PATIENCE  # a queue takes as long as it takes
    with scheduler.at(options.cluster, options.workers) as where:
        options.cluster = where
        print(scheduler.check(where, options.out / "cache", options.data, patience), flush=True)
        try:
            yield
        finally:
            cluster.disconnect()


def find(folder: Path) -> list[Path]:
    """The notebooks in their order.

    Raises:
        MxeError: if there is none.
    """
    found = [path for path in sorted(folder.glob("[0-9][0-9]_*.ipynb")) if not path.name.endswith(".partial.ipynb")]
    if not found:
        raise MxeError(f"{folder}: holds no notebook such as 00_start_here.ipynb: restore it with git checkout")
    return [path.resolve() for path in found]


def choose(wanted: Sequence[str] | None, notebooks: Sequence[Path]) -> list[Path]:
    """Those whose number or name is wanted; all by default.

    Raises:
        MxeError: if one is wanted that does not exist.
    """
    for want in wanted or ():
        if not any(want in (path.stem, path.stem[:2], path.name) for path in notebooks):
            raise MxeError(f"--only {want}: no such notebook: choose from {', '.join(path.stem for path in notebooks)}")
    return [path for path in notebooks if wanted is None or {path.stem, path.stem[:2], path.name} & set(wanted)]


def run(options: argparse.Namespace, lock: Lock) -> None:
    """Brings every chosen notebook up to date, several at a time, then the report.

    Raises:
        CellFailed: at the first notebook that does not run to its end; those beside it are stopped.
    """
    out, place, began = options.out, shown(options.out), time.monotonic()
    source = f"data {options.data.name}" if options.data else "simulated data"
    workers = (
        "on the cluster" if options.cluster else f"{options.workers} worker{'s' if options.workers > 1 else ''} each"
    )
    at_once = f"{options.at_once} notebook{'s' if options.at_once > 1 else ''} at once"
    print(f"profile {options.profile}, {source}, {at_once}, {workers}, output in {place}", flush=True)
    stamps.clear(out)
    check_others(options)
    data, waiting, executed = stamps.data_digest(options.data), list(options.chosen), []
    with crew.Crew(lock) as at_work:
        while waiting or at_work:
            for notebook in list(waiting):
                before = options.chosen[: options.chosen.index(notebook)]
                undone = [each for each in before if each in waiting or each in at_work]
                if len(at_work) == options.at_once or crew.waits_for(notebook, undone):
                    continue
                waiting.remove(notebook)
                made_from = inputs(notebook, options, data)
                if stamps.is_done(out, notebook.stem, made_from) and not options.force:
                    at_work.say(notebook, "unchanged")
                else:
                    executed.append(Execution(notebook, options, made_from, at_work))
            if at_work:
                done = at_work.next_done()
                next(each for each in executed if each.notebook == done).keep(options)
    seconds = time.monotonic() - began
    if len(executed) == len(options.notebooks) and all(each.attempt == 1 for each in executed):
        write_timing(options, "all", 1, seconds)
    origin = options.data.name if options.data else "simulated"
    stamps.clear(out)  # of a worker that was killed, and replaced
    report.build(out, [path.stem for path in options.notebooks], options.profile, origin)
    unchanged = len(options.chosen) - len(executed)
    print(f"{len(executed)} executed, {unchanged} unchanged in {seconds:.0f} s: see {place}/report.html")


def check_others(options: argparse.Namespace) -> None:
    """Raises:
    MxeError: if a table of a notebook that is not chosen changed since: others read it, and the report shows it.
    """
    for notebook in options.notebooks:
        if notebook not in options.chosen:
            tables = {k: v for k, v in stamps.wrote(options.out, notebook.stem).items() if k.startswith("results/")}
            for name in stamps.altered(options.out, tables):
                if (path := options.out / name).exists():  # one that is not there is told where it is read
                    raise MxeError(
                        f"{shown(path)} is not as {notebook.stem} wrote it: add {notebook.stem[:2]} to --only, "
                        "or leave --only away"
                    )


def inputs(notebook: Path, options: argparse.Namespace, data: str | None) -> dict:
    """What a notebook is made from: its own cells, settings, code, data, and the tables of those before it."""
    earlier: dict[str, str] = {}
    for other in options.notebooks[: options.notebooks.index(notebook)]:
        earlier |= stamps.wrote(options.out, other.stem)
    return stamps.inputs(notebook, options.settings, data, earlier)


class Execution:
    """A notebook that is executed, from its start to its stamp."""

    def __init__(self, notebook: Path, options: argparse.Namespace, made_from: dict, at_work: crew.Crew):
        out = options.out
        self.notebook, self.made_from = notebook, made_from
        self.attempt = stamps.begin(out, notebook.stem)
        self.before, self.began = stamps.snapshot(out), time.monotonic()
        environment = {
            "MXE_PROFILE": options.profile,
            "MXE_DATA": str(options.data or ""),
            "MXE_OUT": str(out),
            "MXE_WORKERS": str(max(2, options.workers) if options.cluster else options.workers),
            "MXE_CLUSTER": options.cluster or "",
            "MXE_PROGRESS": "0",
            "MXE_READS": ",".join(made_from["earlier"]),
            "MXE_NOTES": str(stamps.notes_path(out, notebook.stem)),
        }
        at_work.start(notebook, out / "notebooks", environment, options.cell_timeout)

    def keep(self, options: argparse.Namespace) -> None:
        """Stamps it when it is done: what changed meanwhile it wrote, but for what others noted as theirs."""
        out, name = options.out, self.notebook.stem
        now = stamps.snapshot(out)
        changed = {file for file, state in now.items() if self.before.get(file) != state}
        others = [stamps.noted(out, each.stem) for each in options.notebooks if each != self.notebook]
        files = (changed - set().union(*others)) | (stamps.noted(out, name) & now.keys())
        write_timing(options, name, self.attempt, time.monotonic() - self.began)
        # Last: a run that is killed before executes the notebook again, and nothing is missing.
        stamps.write_stamp(out, name, self.made_from, [*files, f"notebooks/{self.notebook.name}"])


def write_timing(options: argparse.Namespace, name: str, attempt: int, seconds: float) -> None:
    """Puts a notebook's time into the table of times; ``all`` is the whole run's, from nothing to its end.

    ``attempt`` 1 ran without anything cached by itself.
    """
    row = {"notebook": name, "profile": options.profile, "data": options.data.name if options.data else "simulated"}
    row |= {"workers": options.workers, "cores": os.cpu_count(), "at_once": options.at_once, "attempt": attempt}
    row |= {"seconds": f"{seconds:.1f}"}
    table = options.out / stamps.TIMES
    try:
        rows = {old["notebook"]: old for old in report.if_there(table)} | {name: row}
    except (MxeError, KeyError):
        print(f"{shown(table)} can't be read: times begin anew", flush=True)
        rows = {name: row}
    text = io.StringIO()
    writer = csv.DictWriter(text, list(row), lineterminator="\n", extrasaction="ignore", restval="")
    writer.writeheader()
    writer.writerows(rows[name] for name in sorted(rows))
    store.write(table, text.getvalue())


def check_publishable(options: argparse.Namespace) -> None:
    """Raises:
    MxeError: unless this is a whole quick run with real flow maps, which the repository shows, or a full run with
        them, of which it keeps tables.
    """
    whole_quick = options.profile == "quick" and options.only is None
    if not whole_quick and options.profile != "full":
        raise MxeError("--publish: only a whole run of profile quick is published, or tables of profile full")
    if options.data is None or not (options.data / "flowmaps").is_dir():
        raise MxeError("--publish: the published run has real flow maps: give --data a folder that holds flowmaps/")


def publish(options: argparse.Namespace) -> None:
    """Copies executed notebooks, figures and result tables into the repository; brings the README's tables up to date.

    Figures and tables that the run no longer makes are deleted.

    Raises:
        MxeError: if something changed while the run went on.
    """
    for folder in ("figures", "notebooks", "reference"):
        store.clear(ROOT / folder)  # of a publication that was killed
    if options.profile == "full":
        return publish_tables(options)
    out, data, earlier = options.out, stamps.data_digest(options.data), {}
    for notebook in options.notebooks:
        if not stamps.is_done(out, notebook.stem, inputs(notebook, options, data)):
            raise MxeError(f"--publish: {notebook.name} or what it reads changed during the run: start it again")
        earlier |= stamps.wrote(out, notebook.stem)
    for name in sorted(earlier):
        folder, _, file = name.partition("/")
        if folder in ("results", "figures"):
            target = ROOT / {"results": "reference", "figures": "figures"}[folder] / file
            store.copy(out / name, target)
    for notebook in options.notebooks:
        store.copy(out / "notebooks" / notebook.name, notebook)
    for stale in [path for path in sorted((ROOT / "figures").rglob("*.*")) if path.is_file()]:
        if f"figures/{stale.relative_to(ROOT / 'figures').as_posix()}" not in earlier:
            stale.unlink()
    store.copy(out / stamps.TIMES, ROOT / "reference" / report.MINUTES)
    readme.update_readme(ROOT)
    print("published to notebooks/, figures/, reference/ and README.md: look at them, then commit")


def interrupt(*_) -> None:
    """End as after Ctrl-C, also in the background, where shells have SIGINT ignored."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.raise_signal(signal.SIGINT)


def publish_tables(options: argparse.Namespace) -> None:
    """Copies the chosen notebooks' result tables into ``reference/full/``, for which no laptop has the time."""
    target = ROOT / "reference" / "full"
    for notebook in options.chosen:
        for name in sorted(stamps.wrote(options.out, notebook.stem)):
            folder, _, file = name.partition("/")
            if folder == "results":
                store.copy(options.out / name, target / file)
    store.copy(options.out / stamps.TIMES, target / report.MINUTES)
    readme.update_readme(ROOT)
    print("published to reference/full/ and README.md: look at them, then commit")


if __name__ == "__main__":
    sys.exit(main())
