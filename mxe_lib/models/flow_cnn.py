"""Our own recogniser: a small network, or a committee of them, that reads a flow map whatever its zero and scale."""

import torch
from torch import Tensor, nn

from mxe_lib.models.layers import scaled
from mxe_lib.models.registry import network


@network("flow_cnn")
class FlowCnn(nn.Module):
    """Three convolutions over u and v, each map standardised by its own mean and deviation.

        per map and channel: minus its mean, over its deviation     2 x 28 x 28
        conv 5x5 stride 2 pad 2, batch normalisation, ReLU         16 x 14 x 14       848
        conv 3x3 stride 2 pad 1, batch normalisation, ReLU         32 x  7 x  7     4,704
        conv 3x3 pad 1, batch normalisation, ReLU                  32 x  7 x  7     9,312
        dropout, fc 1568 -> 64, ReLU                               64             100,416
        fc 64 -> 3                                                  3                 195

    Public flow maps are min-max scaled, so that zero flow is another grey value in each; here any such scaling cancels
    out. Strain is not read. The network trains on simulated strain, which lacks the staircases that an optical-flow
    method makes: rendered simulated clips, whose flow is measured, were told apart better without it (UF1 0.82 against
    0.80).

    Several networks agree on clips like those that they were trained on, and err differently on others. Where the two
    differ, a committee's mean probability is the safer answer (Lakshminarayanan et al. 2017). Its members learn side by
    side, each by its own loss, as groups of one convolution.

    Args:
        width: factor on the channels and on the 64 units.
        outputs: classes.
        dropout_rate: before the first fully connected layer.
        members: of the committee; parameters and time grow with them.
    """

    input_size, input_channels = 28, 2

    def __init__(self, width: float = 1.0, outputs: int = 3, dropout_rate: float = 0.4, members: int = 1) -> None:
        super().__init__()
        self.members, self.outputs = members, outputs
        c1, c2, units = (members * scaled(count, width) for count in (16, 32, 64))
        self.features = nn.Sequential(
            *(nn.Conv2d(self.input_channels, c1, 5, stride=2, padding=2), nn.BatchNorm2d(c1), nn.ReLU()),
            *(nn.Conv2d(c1, c2, 3, stride=2, padding=1, groups=members), nn.BatchNorm2d(c2), nn.ReLU()),
            *(nn.Conv2d(c2, c2, 3, padding=1, groups=members), nn.BatchNorm2d(c2), nn.ReLU()),
        )
        # A fully connected layer for each member is a grouped convolution over its whole 7 x 7 map.
        self.head = nn.Sequential(
            *(nn.Dropout(dropout_rate), nn.Conv2d(c2, units, 7, groups=members), nn.ReLU()),
            nn.Conv2d(units, members * outputs, 1, groups=members),
        )

    def forward(self, x: Tensor) -> Tensor:
        """``(N, 2, 28, 28)`` -> ``(N, 3)`` scores; of a committee ``(N, members, 3)`` while it is trained."""
        deviation, mean = torch.std_mean(x, (2, 3), keepdim=True)
        scores = self.head(self.features((x - mean) / (deviation + 1e-6)))
        scores = scores.reshape(len(x), self.members, self.outputs)
        if self.members == 1:
            return scores.squeeze(1)
        if self.training:
            return scores
        return scores.log_softmax(2).logsumexp(1)  # the log of the mean probability, but for a constant
