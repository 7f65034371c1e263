"""The spotter that ships: trained on clips of simulated people only."""

from functools import cache as cached
from pathlib import Path

from mxe_lib.learning import training
from mxe_lib.spotting.whole_clip import SpotApexInClip, simulated_clips
from mxe_lib.weights import whole

SPOTTER = {"epochs": 10}
SPOTTER_CLIPS = 4000


@cached
def spotter() -> SpotApexInClip:
    """Says how probable it is that a frame is the apex, by the flow from the onset to all frames of the clip."""
    return training.load(whole("spotter.model"))


def train_spotter(cache: Path) -> Path:
    """Trained on clips of simulated people, none of them of the cohorts that the study tests on."""
    return training.fit(SpotApexInClip(**SPOTTER), simulated_clips(SPOTTER_CLIPS), 0, cache)
