"""The four sizes of the study, and where a run reads and writes.

Read by the notebooks and ``run_all.py`` only: the library's functions take plain arguments.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from mxe_lib.errors import MxeError


@dataclass(frozen=True)
class Profile:
    """Every setting that differs between a smoke test on CI and the papers' own runs.

    Attributes:
        width: factor on the channel counts of the papers' networks (VGG-M, spotting CNN, OC-Net, GAN).
        flow_size: side in pixels of the face crop on which flow is computed.
        frame_step: every how many frames spotting samples a clip of 200 a second; ``step_at`` knows other rates.
        whole_grid: whether spotting networks are also trained with every steepness, and on each database alone.
        spotting_clips, recognition_clips, subjects: how many are taken; None = all.
        folds: protocol for the large networks: ``kfold2``, ``kfold5`` or ``loso``.
        small_folds: protocol for networks under 0.7 ms a sample and step.
        epochs, small_epochs: of a large and of a small network.
        batch_size: of the spotting networks; None = each paper's own.
        learning_rate: of both; None = each paper's own.
        seeds, small_seeds: repetitions of recognition networks; spotting networks are trained once.
        gan_epochs: passes of the GAN over its training fold.
        gan_fields_per_class: synthetic fields that are added to each class.
        real_large_width: as ``width``, for OC-Net: twenty times as costly as the others at the same width.
        clip_epochs, clip_batch_size: of the large recognition networks on clips.
        real_epochs: of the same on the public real flow maps, in batches of 16.
        flow_method_pairs: clips on which notebook 01 compares flow methods.
        simulated_maps: flow maps on which recognisers are trained before they meet real ones.
        simulated_seeds: repetitions of that; committee: networks that answer together.
        simulated_large: whether OC-Net, too, is trained that way.
        resamples: bootstrap resamples and permutations.
    """

    name: str
    width: float
    flow_size: int
    frame_step: int
    whole_grid: bool
    spotting_clips: int | None
    recognition_clips: int | None
    subjects: int | None
    folds: str
    small_folds: str
    epochs: int
    small_epochs: int
    batch_size: int | None
    learning_rate: float | None
    seeds: int
    small_seeds: int
    gan_epochs: int
    gan_fields_per_class: int
    real_large_width: float
    clip_epochs: int
    clip_batch_size: int
    real_epochs: int
    flow_method_pairs: int
    simulated_maps: int
    simulated_seeds: int
    committee: int
    simulated_large: bool
    resamples: int

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


_NAMES = ("smoke", "quick", "full", "paper")
_SETTINGS = {
    "width": (1 / 8, 1 / 8, 1.0, 1.0),
    "flow_size": (75, 75, 150, 150),
    "frame_step": (6, 4, 1, 1),
    "whole_grid": (False, False, True, True),
    "spotting_clips": (24, 60, None, None),
    "recognition_clips": (24, 80, None, None),
    "subjects": (6, 12, None, None),
    "folds": ("kfold2", "kfold5", "kfold5", "kfold5"),
    "small_folds": ("kfold2", "loso", "loso", "loso"),
    "epochs": (2, 5, 100, 1000),
    "small_epochs": (2, 60, 200, 800),
    "batch_size": (32, 32, None, None),
    "learning_rate": (1e-3, 1e-3, None, None),
    "seeds": (1, 1, 3, 10),
    "small_seeds": (1, 3, 5, 10),
    "gan_epochs": (2, 30, 200, 500),
    "gan_fields_per_class": (4, 20, 100, 100),
    "real_large_width": (1 / 32, 1 / 32, 1.0, 1.0),
    "clip_epochs": (2, 12, 100, 500),
    "clip_batch_size": (8, 8, 16, 16),
    "real_epochs": (2, 30, 100, 500),
    "flow_method_pairs": (4, 24, 96, 96),
    "simulated_maps": (300, 4000, 20000, 20000),
    "simulated_seeds": (1, 2, 5, 10),
    "committee": (2, 3, 5, 5),
    "simulated_large": (False, False, True, True),
    "resamples": (200, 2000, 2000, 2000),
}  # fmt: skip
"""Each setting in the four profiles, in the order of their names."""

PROFILES = {
    name: Profile(name, **{setting: values[column] for setting, values in _SETTINGS.items()})
    for column, name in enumerate(_NAMES)
}


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
