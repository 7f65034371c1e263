"""Every network of the study, by name.

A network is a plain ``nn.Module`` that takes ``(N, input_channels, input_size, input_size)`` float32 and returns raw
scores ``(N, outputs)``; callers resize, pick channels, and apply the sigmoid or softmax. ``channels_last`` is True on
the classes that train faster in that memory format.

A new one goes into a file of its own, under ``@network`` of ``registry``, and into the imports below. ``cost`` counts
what a network needs, ``onnx_files`` writes it for other programs. May import: ``compute``; and this file, which hands
on what readers call a network, the names of ``figures``: a trained network does not depend on them.
"""

from mxe_lib.figures.names import NAMES

# Networks stand in tables in the order in which they are entered here.
# isort: off
from mxe_lib.models import vgg_m, spotting_cnn, sme_conv_net, oc_net, flow_cnn, rivals, softnet  # noqa: F401
from mxe_lib.models.registry import NETWORKS, build

# isort: on

NAMES.update({name: entry.label for name, entry in NETWORKS.items() if entry.label})

__all__ = ["NETWORKS", "build"]
