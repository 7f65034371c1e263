"""The four sizes of the study, and where a run reads and writes.

Read by the notebooks and ``run_all.py`` only: the library's functions take plain arguments.
"""

from __future__ import annotations

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
    resamples: int = 2000

    def step_at(self, fps: float) -> int:
        """Every how many frames a clip of this rate is sampled: as far apart in time as at 200 frames a second.

        >>> PROFILES["quick"].step_at(200), PROFILES["quick"].step_at(100), PROFILES["full"].step_at(100)
        (4, 2, 1)
        """
        return max(1, round(self.frame_step * fps / 200))

    def spotting(self, batch_size: int) -> dict[str, object]:
        """How spotting networks are trained; ``batch_size`` is the paper's.

        Fewer epochs of smaller batches are as many steps: half the time for a network that is taught as long.
        """
        rate = self.learning_rate
        return dict(epochs=self.epochs, learning_rate=rate, batch_size=self.batch_size or batch_size)


PROFILES = {
    "smoke": Profile(
        name="smoke",
        width=1 / 8,
        flow_size=75,
        frame_step=6,
        whole_grid=False,
        spotting_clips=24,
        recognition_clips=24,
        subjects=6,
        folds="kfold2",
        small_folds="kfold2",
        epochs=2,
        small_epochs=2,
        batch_size=32,
        learning_rate=1e-3,
        seeds=1,
        small_seeds=1,
        gan_epochs=2,
        gan_fields_per_class=4,
        real_large_width=1 / 32,
        clip_epochs=2,
        clip_batch_size=8,
        real_epochs=2,
        flow_method_pairs=4,
        simulated_maps=300,
        simulated_seeds=1,
        committee=2,
        simulated_large=False,
        resamples=200,
    ),
    "quick": Profile(
        name="quick",
        width=1 / 8,
        flow_size=75,
        frame_step=4,
        whole_grid=False,
        spotting_clips=60,
        recognition_clips=80,
        subjects=12,
        folds="kfold5",
        small_folds="loso",
        epochs=5,
        small_epochs=60,
        batch_size=32,
        learning_rate=1e-3,
        seeds=1,
        small_seeds=3,
        gan_epochs=30,
        gan_fields_per_class=20,
        real_large_width=1 / 32,
        clip_epochs=12,
        clip_batch_size=8,
        real_epochs=30,
        flow_method_pairs=24,
        simulated_maps=4000,
        simulated_seeds=2,
        committee=3,
        simulated_large=False,
    ),
    "full": Profile(
        name="full",
        width=1.0,
        flow_size=150,
        frame_step=1,
        whole_grid=True,
        spotting_clips=None,
        recognition_clips=None,
        subjects=None,
        folds="kfold5",
        small_folds="loso",
        epochs=100,
        small_epochs=200,
        batch_size=None,
        learning_rate=None,
        seeds=3,
        small_seeds=5,
        gan_epochs=200,
        gan_fields_per_class=100,
        real_large_width=1.0,
        clip_epochs=100,
        clip_batch_size=16,
        real_epochs=100,
        flow_method_pairs=96,
        simulated_maps=20000,
        simulated_seeds=5,
        committee=5,
        simulated_large=True,
    ),
    "paper": Profile(
        name="paper",
        width=1.0,
        flow_size=150,
        frame_step=1,
        whole_grid=True,
        spotting_clips=None,
        recognition_clips=None,
        subjects=None,
        folds="kfold5",
        small_folds="loso",
        epochs=1000,
        small_epochs=800,
        batch_size=None,
        learning_rate=None,
        seeds=10,
        small_seeds=10,
        gan_epochs=500,
        gan_fields_per_class=100,
        real_large_width=1.0,
        clip_epochs=500,
        clip_batch_size=16,
        real_epochs=500,
        flow_method_pairs=96,
        simulated_maps=20000,
        simulated_seeds=10,
        committee=5,
        simulated_large=True,
    ),
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
