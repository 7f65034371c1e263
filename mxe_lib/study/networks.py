"""The papers' networks with a profile's settings, where a notebook needs several that others taught."""

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
