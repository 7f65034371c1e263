"""The modified VGG-M of P1 (Table 1) and its four feed-forward variants (P1 Fig. 7).

Layers at width 1 (output of one sample; ReLU after every convolution and after fc1, fc2):

    layer   what                          output       parameters
    conv1   7x7, stride 2                 96 x 35 x 35      9,504
    norm1   local response normalisation  96 x 35 x 35
    pool1   max 3x3, stride 2             96 x 17 x 17
    conv2   5x5, stride 2                256 x  7 x  7    614,656
    norm2   local response normalisation 256 x  7 x  7
    pool2   max 3x3, stride 2            256 x  3 x  3
    conv3   3x3, padding 1               512 x  3 x  3  1,180,160
    conv4   3x3, padding 1               512 x  3 x  3  2,359,808
    conv5   3x3, padding 1               512 x  3 x  3  2,359,808
    pool5   max 3x3, stride 2            512 x  1 x  1
    fc1     512 -> 128                           128       65,664
    fc2     128 -> 128                           128       16,512
    fc3     128 -> 1 (or 3)                        1          129
                                                        6,606,241 (6,606,499 with three outputs)

Table 1 prints stride 1 for the first two pools; its own output sizes need stride 2, which the original VGG-M has.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from mxe_lib.errors import MxeError
from mxe_lib.models.layers import VGG_LRN, ResponseNorm, head, scaled
from mxe_lib.models.registry import Benchmark, network

VARIANTS = (0, 1, 2, 3, 4)


@network("vgg_m", label="VGG-M", published_rate=1e-4, benchmark=Benchmark(16, 1.1, "width"))
class VggM(nn.Module):
    """Modified VGG-M: one score for a frame, or three for a clip's emotion.

    Args:
        outputs: 1 (spotting) or 3 (recognition); raw, without sigmoid or softmax.
        width: factor on the channel counts; the 128 units of fc1 and fc2 stay, they cost next to nothing.
        variant: 0 = none, or which feed-forward bypass of P1 Fig. 7 is built. The figure gives only a caption, so
            the wiring is an assumption: a bypass is an average pooling (flow is signed) with the very kernels and
            strides of the block it skips, concatenated to that block's output.
            1: input past block 1. 2: block 1's output past block 2. 3: input past blocks 1 and 2. 4: both 1 and 2.
        lrn: size, alpha, beta, k of the response normalisation (`layers.VGG_LRN`, or `layers.TENSORFLOW_LRN`).
        input_channels: 2 = u, v.
        hidden: units of fc1 and fc2.
    """

    input_size = 75
    channels_last = True

    def __init__(
        self,
        outputs: int = 1,
        width: float = 1.0,
        variant: int = 0,
        lrn: tuple[int, float, float, float] = VGG_LRN,
        input_channels: int = 2,
        hidden: tuple[int, ...] = (128, 128),
    ) -> None:
        super().__init__()
        if variant not in VARIANTS:
            raise MxeError(f"variant={variant}: choose one of {VARIANTS}")
        self.input_channels, self.variant = input_channels, variant
        c1, c2, c3 = (scaled(channels, width) for channels in (96, 256, 512))
        into2 = c1 + (input_channels if variant in (1, 4) else 0)
        into3 = c2 + {0: 0, 1: 0, 2: c1, 3: input_channels, 4: into2}[variant]
        self.block1 = nn.Sequential(
            nn.Conv2d(input_channels, c1, 7, stride=2), nn.ReLU(), ResponseNorm(c1, lrn), nn.MaxPool2d(3, 2)
        )
        self.block2 = nn.Sequential(
            nn.Conv2d(into2, c2, 5, stride=2), nn.ReLU(), ResponseNorm(c2, lrn), nn.MaxPool2d(3, 2)
        )
        self.block3 = nn.Sequential(
            *(nn.Conv2d(into3, c3, 3, padding=1), nn.ReLU()),
            *(nn.Conv2d(c3, c3, 3, padding=1), nn.ReLU()),
            *(nn.Conv2d(c3, c3, 3, padding=1), nn.ReLU()),
            nn.MaxPool2d(3, 2),
        )
        self.bypass1 = nn.Sequential(TwoPassAvgPool2d(7, 2), TwoPassAvgPool2d(3, 2)) if variant in (1, 3, 4) else None
        self.bypass2 = nn.Sequential(TwoPassAvgPool2d(5, 2), TwoPassAvgPool2d(3, 2)) if variant in (2, 3, 4) else None
        self.head = head(c3, tuple(hidden), outputs)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, 2, 75, 75)`` -> ``(N, outputs)``."""
        block1 = self.block1(x)
        if self.variant in (1, 4):
            block1 = torch.cat([block1, self.bypass1(x)], dim=1)
        block2 = self.block2(block1)
        if self.variant in (2, 4):
            block2 = torch.cat([block2, self.bypass2(block1)], dim=1)
        elif self.variant == 3:
            block2 = torch.cat([block2, self.bypass2(self.bypass1(x))], dim=1)
        return self.head(self.block3(block2).flatten(1))


class TwoPassAvgPool2d(nn.AvgPool2d):
    """Average pooling, rows and columns one after the other: 2 k instead of k² additions."""

    def forward(self, x: Tensor) -> Tensor:
        """``(N, C, H, W)`` -> ``(N, C, H', W')``, as ``AvgPool2d`` up to rounding."""
        k, stride = self.kernel_size, self.stride
        return functional.avg_pool2d(functional.avg_pool2d(x, (k, 1), (stride, 1)), (1, k), (1, stride))
