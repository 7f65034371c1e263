"""The recognition networks that P1 compares OC-Net with (Fig. 13), each at its own input size.

    network         input      parameters  source
    STSTNet         28x28x3         1,683  Liong et al. 2019, Table I, and its authors' PyTorch code (paper: 1,670)
    OFF-ApexNet     28x28x2     2,664,475  Gan et al. 2019, and the PyTorch code in Off-TANet (STSTNet's paper: 2.77 M)
    Dual-Inception  28x28x2     6,449,963  Zhou et al. 2019, and its authors' Keras code
    AlexNet       227x227x2    57,008,387  Krizhevsky et al. 2012, as torchvision builds it (STSTNet's paper: 61 M)

Each class's docstring shows its layers. Scores come out raw, without softmax.
"""

import torch
from torch import Tensor, nn

from mxe_lib.models.layers import scaled
from mxe_lib.models.registry import Benchmark, network


@network("ststnet", label="STSTNet", published_rate=5e-5, benchmark=Benchmark(256, 0.2))
class StstNet(nn.Module):
    """STSTNet: three parallel shallow streams over u, v and strain.

        all three streams (3, 5 and 8 filters)     output        parameters
        conv 3x3 pad 2, ReLU                      16 x 30 x 30   448
        batch normalisation                       16 x 30 x 30    32
        max pool 3x3, stride 3, pad 1; dropout    16 x 10 x 10
        average pool 2x2                          16 x  5 x  5
        fc 400 -> 3                                3           1,203

    The streams differ in nothing but their number of filters and meet only in the last layer, so they are one
    convolution with 16 filters. The paper's 'same' convolution and its pool from 28 to 10
    come to the same sizes.

    Args:
        width: factor on the filters.
        outputs: classes.
        dropout_rate: after the max pooling.
    """

    input_size, input_channels = 28, 3
    channels_last = True

    def __init__(self, width: float = 1.0, outputs: int = 3, dropout_rate: float = 0.5) -> None:
        super().__init__()
        filters = sum(scaled(count, width) for count in (3, 5, 8))
        self.streams = nn.Sequential(
            *(nn.Conv2d(self.input_channels, filters, 3, padding=2), nn.ReLU(), nn.BatchNorm2d(filters)),
            *(nn.MaxPool2d(3, 3, padding=1), nn.Dropout(dropout_rate), nn.AvgPool2d(2, 2)),
        )
        self.fc = nn.Linear(filters * 5 * 5, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, 3, 28, 28)`` -> ``(N, 3)``."""
        return self.fc(self.streams(x).flatten(1))


@network("off_apexnet", label="OFF-ApexNet", benchmark=Benchmark(64, 1.3))
class OffApexNet(nn.Module):
    """OFF-ApexNet: one stream for u, one for v.

        per stream                       output        parameters of both
        conv 5x5 pad 2 (1 -> 6)           6 x 28 x 28      312
        max pool 2x2                      6 x 14 x 14
        conv 5x5 pad 2 (6 -> 16)         16 x 14 x 14    4,832
        max pool 2x2                     16 x  7 x  7
        concatenate: 1568
        fc 1568 -> 1024, ReLU, dropout    1024       1,606,656
        fc 1024 -> 1024, ReLU, dropout    1024       1,049,600
        fc 1024 -> 3                         3           3,075

    Args:
        width: factor on the filters and on the 1024 units.
        outputs: classes.
        relu: put a ReLU after the convolutions; the public code has none.
        dropout_rate: after the first two fully connected layers.
    """

    input_size, input_channels = 28, 2

    def __init__(self, width: float = 1.0, outputs: int = 3, relu: bool = False, dropout_rate: float = 0.5) -> None:
        super().__init__()
        c1, c2, units = (scaled(count, width) for count in (6, 16, 1024))

        def activation() -> list[nn.Module]:
            return [nn.ReLU()] if relu else []

        self.streams = nn.ModuleList(
            nn.Sequential(
                *(nn.Conv2d(1, c1, 5, padding=2), *activation(), nn.MaxPool2d(2)),
                *(nn.Conv2d(c1, c2, 5, padding=2), *activation(), nn.MaxPool2d(2)),
            )
            for _ in range(2)
        )
        self.head = nn.Sequential(
            *(nn.Linear(2 * c2 * 7 * 7, units), nn.ReLU(), nn.Dropout(dropout_rate)),
            *(nn.Linear(units, units), nn.ReLU(), nn.Dropout(dropout_rate)),
            nn.Linear(units, outputs),
        )

    def forward(self, x: Tensor) -> Tensor:
        """``(N, 2, 28, 28)`` -> ``(N, 3)``."""
        streams = [stream(x[:, [channel]]).flatten(1) for channel, stream in enumerate(self.streams)]
        return self.head(torch.cat(streams, dim=1))


class Inception(nn.Module):
    """Four branches over one input, each with ``filters`` outputs and ReLU: 1x1; 1x1-3x3; 1x1-5x5; max pool-1x1."""

    def __init__(self, channels: int, filters: int) -> None:
        super().__init__()
        one = [nn.Conv2d(channels, filters, 1) for _ in range(4)]
        self.branches = nn.ModuleList(
            [
                nn.Sequential(one[0], nn.ReLU()),
                nn.Sequential(one[1], nn.ReLU(), nn.Conv2d(filters, filters, 3, padding=1), nn.ReLU()),
                nn.Sequential(one[2], nn.ReLU(), nn.Conv2d(filters, filters, 5, padding=2), nn.ReLU()),
                nn.Sequential(nn.MaxPool2d(3, 1, padding=1), one[3], nn.ReLU()),
            ]
        )

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([branch(x) for branch in self.branches], dim=1)


@network("dual_inception", label="Dual-Inception", published_rate=1e-4, benchmark=Benchmark(64, 6.0))
class DualInception(nn.Module):
    """Dual-Inception: two inception blocks for u, two for v.

        per stream                       output        parameters of both
        grey image read as three equal channels
        inception, 6 filters a branch    24 x 28 x 28    2,664
        max pool 2x2                     24 x 14 x 14
        inception, 16 filters a branch   64 x 14 x 14   20,672
        max pool 2x2                     64 x  7 x  7
        concatenate: 6272
        fc 6272 -> 1024, ReLU            1024        6,423,552
        fc 1024 -> 3                        3            3,075

    The authors feed it the flow to the middle frame of a clip, not to its apex.

    Args:
        width: factor on the filters and on the 1024 units.
        outputs: classes.
    """

    input_size, input_channels = 28, 2

    def __init__(self, width: float = 1.0, outputs: int = 3) -> None:
        super().__init__()
        c1, c2, units = (scaled(count, width) for count in (6, 16, 1024))
        self.streams = nn.ModuleList(
            nn.Sequential(Inception(3, c1), nn.MaxPool2d(2), Inception(4 * c1, c2), nn.MaxPool2d(2)) for _ in range(2)
        )
        self.head = nn.Sequential(nn.Linear(2 * 4 * c2 * 7 * 7, units), nn.ReLU(), nn.Linear(units, outputs))

    def forward(self, x: Tensor) -> Tensor:
        """``(N, 2, 28, 28)`` -> ``(N, 3)``."""
        streams = [stream(x[:, [channel] * 3]).flatten(1) for channel, stream in enumerate(self.streams)]
        return self.head(torch.cat(streams, dim=1))


@network("alexnet", label="AlexNet", benchmark=Benchmark(32, 2.7, "width"))
class AlexNet(nn.Module):
    """AlexNet as torchvision builds it, with two input channels and three outputs; no ImageNet weights.

        conv 11x11 stride 4 pad 2, ReLU; max pool 3x3/2    64 x 56 x 56; 27 x 27      15,552
        conv 5x5 pad 2, ReLU; max pool 3x3/2              192 x 27 x 27; 13 x 13     307,392
        conv 3x3 pad 1, ReLU                              384 x 13 x 13              663,936
        conv 3x3 pad 1, ReLU                              256 x 13 x 13              884,992
        conv 3x3 pad 1, ReLU; max pool 3x3/2              256 x 13 x 13; 6 x 6       590,080
        adaptive average pool                             256 x  6 x  6
        dropout, fc 9216 -> 4096, ReLU                   4096                     37,752,832
        dropout, fc 4096 -> 4096, ReLU                   4096                     16,781,312
        fc 4096 -> 3                                        3                         12,291

    Args:
        width: factor on the filters and on the 4096 units.
        outputs: classes.
        dropout_rate: before the first two fully connected layers.
        input_channels: 2 = u, v.
    """

    input_size = 227
    channels_last = True

    def __init__(
        self, width: float = 1.0, outputs: int = 3, dropout_rate: float = 0.5, input_channels: int = 2
    ) -> None:
        super().__init__()
        self.input_channels = input_channels
        c1, c2, c3, c4, units = (scaled(count, width) for count in (64, 192, 384, 256, 4096))
        self.features = nn.Sequential(
            *(nn.Conv2d(input_channels, c1, 11, stride=4, padding=2), nn.ReLU(), nn.MaxPool2d(3, 2)),
            *(nn.Conv2d(c1, c2, 5, padding=2), nn.ReLU(), nn.MaxPool2d(3, 2)),
            *(nn.Conv2d(c2, c3, 3, padding=1), nn.ReLU()),
            *(nn.Conv2d(c3, c4, 3, padding=1), nn.ReLU()),
            *(nn.Conv2d(c4, c4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(3, 2)),
        )
        self.pool = nn.AdaptiveAvgPool2d(6)
        self.head = nn.Sequential(
            *(nn.Dropout(dropout_rate), nn.Linear(c4 * 6 * 6, units), nn.ReLU()),
            *(nn.Dropout(dropout_rate), nn.Linear(units, units), nn.ReLU()),
            nn.Linear(units, outputs),
        )

    def forward(self, x: Tensor) -> Tensor:
        """``(N, 2, 227, 227)`` -> ``(N, 3)``; smaller inputs pass too, the adaptive pool evens them out."""
        return self.head(self.pool(self.features(x)).flatten(1))
