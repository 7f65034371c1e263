"""The four sizes of the study, and where a run reads and writes.

Read by the notebooks and ``run_all.py`` only: the library's functions take plain arguments.
"""

import contextlib
import os
from dataclasses import dataclass, make_dataclass
from fractions import Fraction
from pathlib import Path

from mxe_lib.compute import tables
from mxe_lib.errors import MxeError

_ROWS = tables.read(Path(__file__).with_name("profiles.csv"))
_Settings = make_dataclass("_Settings", ["name", *(row["setting"] for row in _ROWS)], frozen=True)


class Profile(_Settings):
    """Every setting that differs between a smoke test on CI and the papers' own runs.

    Attributes:
        name: ``smoke``, ``quick``, ``full`` or ``paper``. All others are lines of ``profiles.csv``, which says what
            each of them is and its value in each profile; an empty cell is None.
    """

    def step_at(self, fps: float) -> int:
        """Every how many frames a clip of this rate is sampled: as far apart in time as at 200 frames a second.

        >>> PROFILES["quick"].step_at(200), PROFILES["quick"].step_at(100), PROFILES["full"].step_at(100)
        (4, 2, 1)
        """
        return max(1, round(self.frame_step * fps / 200))

    def spotting(self, batch_size: int) -> dict[str, object]:
        """How spotting networks are trained; ``batch_size`` is the paper's.

        Half the epochs with batches half as large are as many steps in half the time.
        """
        rate = self.learning_rate
        return dict(epochs=self.epochs, learning_rate=rate, batch_size=self.batch_size or batch_size)


def _value(cell: str) -> object:
    """What a cell of ``profiles.csv`` says: a number, also as a fraction, yes or no, or a word; None if empty."""
    if cell in ("", "yes", "no"):
        return {"": None, "yes": True, "no": False}[cell]
    for kind in (int, float, lambda text: float(Fraction(text))):
        with contextlib.suppress(ValueError):
            return kind(cell)
    return cell


PROFILES = {name: Profile(name, *(_value(row[name]) for row in _ROWS)) for name in list(_ROWS[0])[1:-1]}
"""The profiles by name."""


def load(name: str | None = None) -> Profile:
    """The profile of this name; by default the one that ``MXE_PROFILE`` names, else ``quick``.

    Raises:
        MxeError: if there is none of that name.
    """
    name = name or os.environ.get("MXE_PROFILE") or "quick"
    if name not in PROFILES:
        raise MxeError(f"unknown profile '{name}': choose one of {', '.join(PROFILES)}")
    return PROFILES[name]


@dataclass(frozen=True)
class Paths:
    """Where a run reads its data and writes everything else.

    Attributes:
        out: ``runs/<profile>[-<data name>]``; nothing is written outside it.
        data: the folder with ``casme2/ samm/ smic/ flowmaps/``, or None (all simulated).
    """

    out: Path
    data: Path | None

    @property
    def results(self) -> Path:
        return self.out / "results"

    @property
    def timings(self) -> Path:
        return self.out / "timings"

    @property
    def figures(self) -> Path:
        return self.out / "figures"

    @property
    def cache(self) -> Path:
        return self.out / "cache"


def paths(profile: Profile) -> Paths:
    """The folders that ``MXE_OUT`` and ``MXE_DATA`` name; by default ``runs/<profile>`` beside ``notebooks/``.

    Raises:
        MxeError: if ``MXE_DATA`` is set and is not a folder.
    """
    data = os.environ.get("MXE_DATA") or None
    if data is not None and not Path(data).is_dir():
        raise MxeError(f"MXE_DATA={data} is not a folder: name one that holds casme2/, samm/, smic/ or flowmaps/")
    data = Path(data).resolve() if data else None
    root = Path.cwd().parent if Path.cwd().name == "notebooks" else Path.cwd()
    default = root / "runs" / (profile.name + (f"-{data.name}" if data else ""))
    return Paths(out=Path(os.environ.get("MXE_OUT") or default).resolve(), data=data)


def workers() -> int:
    """Worker processes to use: ``MXE_WORKERS``, else one for each core this process may run on.

    Raises:
        MxeError: if ``MXE_WORKERS`` is not a whole number of at least 1.
    """
    wanted = os.environ.get("MXE_WORKERS")
    if wanted:
        if not wanted.isdigit() or int(wanted) < 1:
            raise MxeError(f"MXE_WORKERS={wanted} is not a number of workers: give 1 or more")
        return int(wanted)
    try:
        return len(os.sched_getaffinity(0))  # Linux: respects containers and taskset; macOS has no such call
    except AttributeError:
        return os.cpu_count() or 1
