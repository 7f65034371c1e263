"""Notebook 12: what can be said about one clip; it writes no table, and one clip is an example."""

from collections.abc import Callable, Iterator

import pandas as pd

from mxe_lib.errors import MxeError
from mxe_lib.evaluation import results
from mxe_lib.figures import tables
from mxe_lib.recognition import shipped_recognizer
from mxe_lib.study import answers


def sentences(read: Callable[[str], pd.DataFrame]) -> Iterator[str]:
    """Of the two shipped models: what was measured when they were trained, and the published run's scores of them.

    The second and third are left out where a package was installed without the published tables.
    """
    shipped = shipped_recognizer.recognizer()
    yield (
        "It can be said where the apex probably lies and how probable each class is; what the person feels cannot. The "
        f"shipped recogniser is right on {shipped.accuracy:.0%} of {shipped.checked} clips of simulated people whom it "
        f"never saw; the most frequent class has a prior of {max(shipped_recognizer.prior()):.0%}."
    )
    yield from _published()
    yield (
        "A class names a movement: a blink, speech or a turn of the head gets one as well, and its probability does "
        "not say how far anything moved."
    )


def _published() -> Iterator[str]:
    try:
        maps, clips = (results.read(name, answers.REFERENCE) for name in ("sim_to_real", "spotting_benchmarks"))
    except (MxeError, OSError):
        return
    maps = maps.query("origin == 'real' and database == 'composite' and metric == 'uf1' and seed == 'all'")
    maps = maps.set_index("model")
    own, naive = maps.loc["shipped"], maps.loc["always_negative"]
    yield (
        f"On the {own['n']} public flow maps of real people its UF1 is "
        f"{tables.cell(own['value'], own['ci_low'], own['ci_high'], digits=2)}, that of always negative "
        f"{naive['value']:.2f}."
    )
    clips = clips.query("origin == 'simulated' and database == 'pooled' and seed == 'all'")
    errors = clips[clips["metric"] == "mae"].set_index(["model", "variant"])
    own = errors.loc[("clip_spotter", "rule=sw_max;trained_on=simulated")]
    gap = clips.set_index(["model", "variant"]).loc[
        ("clip_spotter", "rule=sw_max;than=middle_frame;trained_on=simulated"), "p_holm"
    ]
    yield (
        f"The shipped spotter errs by {own['value']:.1f} frames on {own['n']} simulated clips, the middle frame by "
        f"{errors.loc[('middle_frame', ''), 'value']:.1f}, a difference that is {results.said(gap)}; on real clips it "
        "was not measured."
    )
