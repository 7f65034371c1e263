"""SOFTNet (Liong, See and Wong 2021, *Shallow optical flow three-stream CNN for macro- and micro-expression spotting
from long videos*), rebuilt from the paper and its authors' package."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mxe_lib.models.layers import scaled
from mxe_lib.models.registry import network


@network("softnet", label="SOFTNet", published_rate=5e-4)
class SoftNet(nn.Module):
    """Three streams over u, v and strain, and a score of how far a moment lies within an expression.

        u: conv 5x5 same, ReLU; max pool 3x3, stride 3     3 x 14 x 14       78
        v: as u                                            5 x 14 x 14      130
        strain: as u                                       8 x 14 x 14      208
        concatenate, max pool 2x2                         16 x  7 x  7
        fc 784 -> 400, ReLU                              400            314,000
        fc 400 -> 1                                        1                401

    Args:
        width: factor on the filters and on the 400 units.
        outputs: 1, a score.
    """

    input_size, input_channels = 42, 3

    def __init__(self, width: float = 1.0, outputs: int = 1) -> None:
        super().__init__()
        filters, units = [scaled(count, width) for count in (3, 5, 8)], scaled(400, width)
        self.streams = nn.ModuleList(
            nn.Sequential(nn.Conv2d(1, count, 5, padding=2), nn.ReLU(), nn.MaxPool2d(3, 3)) for count in filters
        )
        self.head = nn.Sequential(nn.Linear(sum(filters) * 7 * 7, units), nn.ReLU(), nn.Linear(units, outputs))
        self.pool = nn.MaxPool2d(2, 2)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, 3, 42, 42)``, each image and channel from 0 to 1 -> ``(N, 1)``."""
        return self.head(self.pool(self._joined_streams(x)).flatten(1))

    def _joined_streams(self, x: Tensor) -> Tensor:
        """What ``streams`` give, one after the other; on a CPU in less than half their time.

        They are one convolution whose filters are zero on the other streams' channels. The largest of a pool's values
        stays the largest after ReLU, which has nine times as little to do there.
        """
        convolutions = [stream[0] for stream in self.streams]
        last = len(convolutions) - 1
        kernels = [F.pad(one.weight, (0, 0, 0, 0, at, last - at)) for at, one in enumerate(convolutions)]
        biases = torch.cat([one.bias for one in convolutions])
        x = x.contiguous(memory_format=torch.channels_last)
        return F.relu(F.max_pool2d(F.conv2d(x, torch.cat(kernels), biases, padding=2), 3))
