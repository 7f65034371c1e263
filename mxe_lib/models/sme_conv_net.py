"""SMEConvNet (IEEE Access 2018), P2's second benchmark: a small CNN that says of a frame whether it is an apex.

Only its outline is public: four convolutions, faces aligned by the inner eye corners, apex frames against all others,
a sliding window over the answers. Layer sizes are assumed:

    4 x (conv 3x3 pad 1, ReLU, max 2x2)     16 x 32 x 32, 32 x 16 x 16, 64 x 8 x 8, 64 x 4 x 4     60,224
    fc 1024 -> 128, ReLU                   128                                                   131,200
    fc 128 -> 1                              1                                                       129
"""

from torch import Tensor, nn

from mxe_lib.models.layers import head, scaled
from mxe_lib.models.registry import network


@network("sme_conv_net", label="SMEConvNet")
class SmeConvNet(nn.Module):
    """One score for a frame's grey face; its sigmoid is the two-way softmax of the original.

    Args:
        width: factor on the channels.
        outputs: scores per sample.
    """

    input_size, input_channels = 64, 1
    channels_last = True

    def __init__(self, width: float = 1.0, outputs: int = 1) -> None:
        super().__init__()
        into, layers = self.input_channels, []
        for channels in (scaled(count, width) for count in (16, 32, 64, 64)):
            layers += [nn.Conv2d(into, channels, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
            into = channels
        self.features = nn.Sequential(*layers)
        self.head = head(into * 4 * 4, (128,), outputs)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, 1, 64, 64)`` -> ``(N, outputs)``."""
        return self.head(self.features(x).flatten(1))
