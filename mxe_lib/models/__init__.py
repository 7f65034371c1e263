"""Every network of the study, by name.

A network is a plain ``nn.Module`` that takes ``(N, input_channels, input_size, input_size)`` float32 and returns raw
scores ``(N, outputs)``; callers resize, pick channels, and apply the sigmoid or softmax. ``channels_last`` is True on
the classes that train faster in that memory format.
"""

from __future__ import annotations

from torch import nn

from mxe_lib.errors import MxeError
from mxe_lib.models.flow_cnn import FlowCnn
from mxe_lib.models.oc_net import OcNet
from mxe_lib.models.rivals import AlexNet, DualInception, OffApexNet, StstNet
from mxe_lib.models.sme_conv_net import SmeConvNet
from mxe_lib.models.spotting_cnn import SpottingCnn
from mxe_lib.models.vgg_m import VggM

NETWORKS = {
    "vgg_m": VggM,
    "spotting_cnn": SpottingCnn,
    "sme_conv_net": SmeConvNet,
    "oc_net": OcNet,
    "flow_cnn": FlowCnn,
    "ststnet": StstNet,
    "off_apexnet": OffApexNet,
    "dual_inception": DualInception,
    "alexnet": AlexNet,
}


def build(name: str, **args) -> nn.Module:
    """The network of this name with these constructor arguments (``width``, ``outputs``, ...).

    Raises:
        MxeError: if there is none of that name, or it refuses an argument.
    """
    if name not in NETWORKS:
        raise MxeError(f"unknown network '{name}': choose one of {', '.join(NETWORKS)}")
    return NETWORKS[name](**args)
