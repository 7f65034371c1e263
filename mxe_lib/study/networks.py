"""The papers' spotting networks with a profile's settings, for notebooks that need what others taught."""

from pathlib import Path

from mxe_lib.learning.samples import Samples
from mxe_lib.learning.training import fit, load
from mxe_lib.spotting import rules
from mxe_lib.spotting.task import SpotApex
from mxe_lib.study.profiles import Profile


def single_frame_spotters(settings: Profile) -> dict[str, SpotApex]:
    """By model: SMEConvNet as its class near the apex, P1's VGG-M and P2's attention network with the linear label."""
    small, large = settings.spotting(batch_size=64), settings.spotting(batch_size=128)
    cnn = dict(output="linear", width=settings.width, network_args={"attention": True})
    return {
        "smeconvnet": SpotApex("sme_conv_net", "near", output="class", **small),
        "vgg_m": SpotApex("vgg_m", "linear", width=settings.width, network_args={"variant": 0}, **small),
        "spotting_cnn": SpotApex("spotting_cnn", "linear", **cnn, **large),
    }


def as_first_paper(settings: Profile, known: Samples, asked: Samples, seed: int, cache: Path) -> dict[str, int]:
    """By clip id the apex that P1's way gives for SMIC: VGG-M with its first bypass (assumed) and the linear label.

    Args:
        known: spotting samples of the annotated clips, which all train it.
        asked: those of the clips without an apex.
    """
    training = dict(width=settings.width, **settings.spotting(batch_size=64))
    task = SpotApex("vgg_m", "linear", network_args={"variant": 1}, **training)
    scores = load(fit(task, known, seed, cache)).predictions(asked).assign(seed=seed)
    picked = rules.pick(scores, asked.clips, "max")
    return dict(zip(picked["clip"], picked["predicted"], strict=True))
