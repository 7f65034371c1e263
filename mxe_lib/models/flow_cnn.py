"""Our own recogniser: a small network that reads a flow map whatever its zero and scale."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from mxe_lib.models.layers import scaled


class FlowCnn(nn.Module):
    """Three convolutions over u and v, each map standardised by its own mean and deviation.

        per map and channel: minus its mean, over its deviation     2 x 28 x 28
        conv 5x5 stride 2 pad 2, batch normalisation, ReLU         16 x 14 x 14       848
        conv 3x3 stride 2 pad 1, batch normalisation, ReLU         32 x  7 x  7     4,704
        conv 3x3 pad 1, batch normalisation, ReLU                  32 x  7 x  7     9,312
        dropout, fc 1568 -> 64, ReLU                               64             100,416
        fc 64 -> 3                                                  3                 195

    Public flow maps are min-max scaled, so that zero flow is another grey value in each; here any such scaling cancels
    out. Strain is not read: rendered simulated clips, whose flow an optical-flow method measured, were told apart
    better without it (UF1 0.82 against 0.80), because simulated strain lacks the method's staircases.

    Args:
        width: factor on the channels and on the 64 units.
        outputs: classes.
        dropout_rate: before the first fully connected layer.
    """

    input_size, input_channels = 28, 2

    def __init__(self, width: float = 1.0, outputs: int = 3, dropout_rate: float = 0.4) -> None:
        super().__init__()
        c1, c2, units = (scaled(count, width) for count in (16, 32, 64))
        self.features = nn.Sequential(
            *(nn.Conv2d(self.input_channels, c1, 5, stride=2, padding=2), nn.BatchNorm2d(c1), nn.ReLU()),
            *(nn.Conv2d(c1, c2, 3, stride=2, padding=1), nn.BatchNorm2d(c2), nn.ReLU()),
            *(nn.Conv2d(c2, c2, 3, padding=1), nn.BatchNorm2d(c2), nn.ReLU()),
        )
        self.head = nn.Sequential(
            nn.Dropout(dropout_rate), nn.Linear(c2 * 7 * 7, units), nn.ReLU(), nn.Linear(units, outputs)
        )

    def forward(self, x: Tensor) -> Tensor:
        """``(N, 2, 28, 28)`` -> ``(N, 3)``."""
        deviation, mean = torch.std_mean(x, (2, 3), keepdim=True)
        return self.head(self.features((x - mean) / (deviation + 1e-6)).flatten(1))
