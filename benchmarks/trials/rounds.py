"""Runs that are killed, one of their processes after another, until they have come to their ends all the same."""

from __future__ import annotations

import collections
import contextlib
import fcntl
import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from trials import ROLES, ROOT, Trial, different, processes

VICTIMS = dict(zip(ROLES, (4, 3, 4, 7, 2), strict=True))
SIGNALS = {signal.SIGKILL: 6, signal.SIGTERM: 3, signal.SIGINT: 2}
MOMENTS = {"any": 5, "opened": 2, "writing": 2, "finished": 2, "cleaning": 2, "other": 2}
"""How often, one to another. The moments of a write: a file is opened, half-written, whole but not in its place,
its traces are removed; ``other`` are files that are not written in this way."""

SHARED = ("flow", "models", "predictions", "epoch_predictions", "samples", "appearance")
"""Folders of the cache whose files are found by a hash of all that made them."""

PATIENCE = 6.0
"""Seconds that a process may take to come to the moment it is killed at."""

STUCK = 600.0
"""Seconds without a new file after which a run is taken for hung."""


@dataclass(frozen=True)
class Kill:
    """A row of ``kills.csv``."""

    round: int
    trial: int
    seconds: float
    victim: str
    signal: str
    moment: str
    ended: bool


class Round:
    """Runs that are killed until they have ended well: one, or two that share a cache.

    Args:
        number: odd ones have two runs.
        folder: of this round; what is there is gone on with.
        options: of ``run_all.py``.
        chance: draws all that is left to it.
        keep: is given each kill.
    """

    def __init__(
        self,
        number: int,
        folder: Path,
        options: Sequence[str],
        chance: random.Random,
        keep: Callable[[Kill], None],
        root: Path = ROOT,
    ):
        self.number, self.folder, self.chance, self.keep = number, folder, chance, keep
        self.began = time.monotonic()
        self.problems: list[str] = []
        self.trials = self.kills = self.refused = 0
        self.awaited: tuple[str, float] | None = None
        self.seen: set[psutil.Process] = set()
        self.runs = [self._run(name, options, root) for name in ("ab" if number % 2 else "a")]
        for trial in self.runs[1:]:
            for name in SHARED:
                (self.runs[0].out / "cache" / name).mkdir(parents=True, exist_ok=True)
                (trial.out / "cache").mkdir(parents=True, exist_ok=True)
                with contextlib.suppress(FileExistsError):
                    (trial.out / "cache" / name).symlink_to(self.runs[0].out / "cache" / name)

    def _run(self, name: str, options: Sequence[str], root: Path) -> Trial:
        folder = self.folder / name
        places = {"MXE_KILLS": folder / "orders", "TMPDIR": folder / "tmp", "JUPYTER_RUNTIME_DIR": folder / "jupyter"}
        for place in places.values():
            place.mkdir(parents=True, exist_ok=True)
        path = [Path(__file__).parent / "inside", root, *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = {key: str(place) for key, place in places.items()}
        environment["PYTHONPATH"] = os.pathsep.join(map(str, path))
        return Trial(folder, options, environment, root, again=True)

    def play(self, wanted: int, until: float, pause: float) -> None:
        """Kills until so many are killed or the time has come, then lets the runs end.

        Args:
            wanted: kills.
            until: on the monotonic clock.
            pause: mean seconds between two kills.
        """
        try:
            self._play(wanted, until, pause)
        finally:
            for trial in self.runs:
                if trial.process is not None:
                    _end(trial.process.pid)

    def _play(self, wanted: int, until: float, pause: float) -> None:
        waiting = list(self.runs)
        words: dict[int, list[str]] = {id(trial): [] for trial in waiting}
        blows: dict[tuple, int] = collections.Counter()  # since a notebook was last done
        strike_at = time.monotonic() + self.chance.uniform(0.2, 2 * pause)
        look_at = time.monotonic() + STUCK
        while waiting:
            looks = time.monotonic() > look_at
            look_at = time.monotonic() + 10 if looks else look_at
            for trial in list(waiting):
                if trial.process is None:
                    self.trials += 1
                    trial.start("--workers", self.chance.choice("122"))
                    trial.started = time.monotonic()
                elif trial.process.poll() is not None:
                    self.told(trial, words[id(trial)])
                    words[id(trial)] = []
                    if trial.process.returncode == 0:
                        waiting.remove(trial)
                    trial.process = None
                elif looks and time.monotonic() - max(trial.started, _last_change(trial.out)) > STUCK:
                    self.problems.append(f"{trial.out.parent.name} hung: see {trial.log.name}")
                    _end(trial.process.pid)
            if time.monotonic() > strike_at and self.kills < wanted and time.monotonic() < until:
                strike_at = time.monotonic() + self.chance.choice((0.2, 1)) * self.chance.uniform(0, 2 * pause)
                trial = self.chance.choice(self.runs)
                if trial in waiting and trial.process is not None:
                    done = _done(trial.out)
                    if blows[id(trial), done] < 8:  # else it may come to the end of a notebook
                        new = self.awaited is None
                        second = self.second(trial) if new and self.chance.random() < 0.06 else None
                        if kill := self.strike(trial):
                            words[id(trial)].append(f"{kill.victim} {kill.signal} {kill.moment}")
                            blows[id(trial), done] += kill.ended and kill.victim != "worker"
                        else:
                            strike_at = time.monotonic() + 0.5
                        if second:
                            self.settle(trial, second)
            time.sleep(0.05)

    def strike(self, trial: Trial) -> Kill | None:
        """Kills one of a run's processes; None if there is none of the kind that was drawn."""
        found = {role: there for role, there in processes(trial.process.pid).items() if there}
        if not found:
            return None
        self.seen |= {process for there in found.values() for process in there}
        # One is waited for: a run that starts is the runner alone for long, and would else be hit most.
        role, since = self.awaited = self.awaited or (_draw(self.chance, VICTIMS), time.monotonic())
        if role not in found:
            self.awaited = self.awaited if time.monotonic() < since + 2 * PATIENCE else None
            return None
        self.awaited, number, moment = None, _draw(self.chance, SIGNALS), _draw(self.chance, MOMENTS)
        obeyed = self.order(trial, number, moment) if moment != "any" else None
        if obeyed:
            role, ended = obeyed
        else:  # nothing was written meanwhile
            victim, moment = self.chance.choice(found[role]), "any"
            try:
                victim.send_signal(number)
            except psutil.Error:
                return None
            ended = _ends(victim)
        seconds = round(time.monotonic() - self.began, 1)
        kill = Kill(self.number, self.trials, seconds, role, signal.Signals(number).name, moment, ended)
        self.kills += 1
        self.keep(kill)
        return kill

    def order(self, trial: Trial, number: int, moment: str) -> tuple[str, bool] | None:
        """Has the next process that comes to a moment killed; its role, and whether it ends; None if none comes."""
        order = Path(trial.environment["MXE_KILLS"]) / "order"
        seconds = self.chance.uniform(0, 0.002) if moment in ("writing", "other") else 0
        order.with_suffix(".new").write_text(f"{moment} {number:d} {seconds}", encoding="ascii")
        os.replace(order.with_suffix(".new"), order)
        until = time.monotonic() + PATIENCE
        while not (taken := list(order.parent.glob("order-*.*[0-9]"))):
            if time.monotonic() > until:
                try:
                    order.unlink()
                    return None
                except FileNotFoundError:  # taken at the last moment
                    continue
            time.sleep(0.02)
        taken[0].unlink()
        role = taken[0].stem.removeprefix("order-")
        try:
            return role, _ends(psutil.Process(int(taken[0].suffix[1:])))
        except psutil.NoSuchProcess:
            return role, True

    def second(self, trial: Trial) -> subprocess.Popen:
        """Another run in the folder of one that is at work."""
        first, second = trial.process, trial.start()
        trial.process = first
        time.sleep(self.chance.uniform(0, 4))
        return second

    def settle(self, trial: Trial, second: subprocess.Popen) -> None:
        """One of the two must be refused; but where the other was just killed, it may be at work itself."""
        first = trial.process
        while first.poll() is None and second.poll() is None:
            time.sleep(0.05)
        if first.returncode is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                second.wait(20)
        if first.returncode == 2:  # the second came first
            first, second = second, first
        if second.returncode == 2:
            self.refused += 1
            trial.process = first
        elif first.poll() is not None:
            trial.process = second
        elif second.returncode in (0, 1):
            self.problems.append(f"a second run ended with {second.returncode}: see {trial.log.name}")

    def told(self, trial: Trial, kills: Sequence[str]) -> None:
        """The line of a trial."""
        lines = Path(trial.log.name).read_text(encoding="utf-8", errors="replace").splitlines()
        status, last = trial.process.returncode, (lines or [""])[-1]
        plain = status < 0 or last.startswith("run_all: ") or (kills and "runner" in kills[-1])
        if status and not (kills and plain):
            self.problems.append(f"trial {self.trials} ended with {status} and said {last!r}")
        seconds = time.monotonic() - trial.started
        print(
            f"round {self.number}{trial.out.parent.name}, trial {self.trials}: {seconds:.0f} s, "
            f"status {status}, notebooks done {_done(trial.out)}, killed: {', '.join(kills) or 'nothing'}; "
            f"said: {last[:110]}",
            flush=True,
        )

    def judge(self, expected: dict[str, bytes]) -> list[str]:
        """What is wrong in the end."""
        found = list(self.problems)
        _, alive = psutil.wait_procs([process for process in self.seen if process.is_running()], timeout=20)
        found += [f"process {process.pid} outlived its run" for process in alive]
        for trial in self.runs:
            if names := different(trial.tables(), expected):
                found.append(f"{trial.out.parent.name}: tables differ: {names}")
            found += [f"{trial.out.parent.name}: {text}" for text in left(trial.out)]
        return found

    def outside(self) -> int:
        """How many temporary files and connection files killed processes have left."""
        places = [Path(trial.environment[name]) for trial in self.runs for name in ("TMPDIR", "JUPYTER_RUNTIME_DIR")]
        return sum(path.is_file() for place in places for path in place.rglob("*"))


def left(out: Path) -> list[str]:
    """What a run has left half-done."""
    found = [
        f"left {path.relative_to(out)}"
        for path in sorted(out.rglob("*"))
        if path.name.endswith((".partial", ".making", ".partial.ipynb"))
    ]
    with (out / "cache" / "run.lock").open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            found.append("the lock is held")
        if json.loads(file.read())["kernels"]:
            found.append("kernels are noted")
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.environ().get("MXE_OUT") == str(out):
                found.append(f"process {process.pid} is at work")
    for notebook in sorted((out / "notebooks").glob("*.ipynb")):
        cells = [cell for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"] if "outputs" in cell]
        cells = [cell for cell in cells if "".join(cell["source"]).strip()]
        if [cell["execution_count"] for cell in cells] != list(range(1, len(cells) + 1)):
            found.append(f"{notebook.name} is not executed from top to bottom")
        if not (out / "cache" / "stamps" / f"{notebook.stem}.json").exists():
            found.append(f"{notebook.name} is not done")
    return found


def _done(out: Path) -> int:
    return len(list((out / "cache" / "stamps").glob("*.json")))


def _last_change(out: Path) -> float:
    """When a folder below last changed, on the monotonic clock; 0 if there is none."""
    latest = max((os.stat(where).st_mtime for where, _, _ in os.walk(out)), default=0)
    return latest - time.time() + time.monotonic() if latest else 0


def _draw(chance: random.Random, weights: dict) -> object:
    return chance.choices(list(weights), list(weights.values()))[0]


def _ends(process: psutil.Process, seconds: float = 3) -> bool:
    until = time.monotonic() + seconds
    with contextlib.suppress(psutil.NoSuchProcess):
        while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            if time.monotonic() > until:
                return False
            time.sleep(0.02)
    return True


def _end(runner: int) -> None:
    for there in processes(runner).values():
        for process in there:
            with contextlib.suppress(psutil.Error):
                process.kill()
