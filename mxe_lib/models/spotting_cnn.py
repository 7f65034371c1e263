"""P2's apex-spotting network: the base CNN (Table 3) and the attention network, "Model A" (Table 4, Fig. 6).

Base CNN with five layers at width 1 (ReLU after every convolution, fc1 and fc2):

    layer   what                        output       parameters
    conv1   3x3, stride 2               96 x 37 x 37      1,824
    norm1   LRN (or BN)                 96 x 37 x 37        (192)
    pool1   max 3x3, stride 2, pad 1    96 x 19 x 19
    conv2   3x3, stride 2              256 x  9 x  9    221,440
    norm2   LRN (or BN)                256 x  9 x  9        (512)
    pool2   max 3x3, stride 2          256 x  4 x  4
    conv3   3x3, padding 1             512 x  4 x  4  1,180,160
    conv4   3x3, padding 1             512 x  4 x  4  2,359,808
    conv5   3x3, padding 1             512 x  4 x  4  2,359,808
    pool3   max 3x3, stride 1          512 x  2 x  2
    fc1     2048 -> 128                         128     262,272
    fc2     128 -> 128                          128      16,512
    fc3     128 -> 1                              1         129
                                                      6,401,953 (4 layers 4,042,145; 3 layers 1,682,337)

Model A puts a mask on X, pool2's output, the only 4 x 4 x 256 tensor there is; conv3 gets X + X * mask:

    conv    3x3, padding 1, LRN        256 x  4 x  4    590,080
    pool    max 2x2                    256 x  2 x  2
    conv    3x3, padding 1, LRN        512 x  2 x  2  1,180,160
    up      bilinear, x 2              512 x  4 x  4
    conv    3x3, padding 1, LRN        256 x  4 x  4  1,179,904
    conv    3x3, padding 1, LRN, sigmoid               590,080
                                                      3,540,224; Model A in all 9,942,177
"""

from torch import Tensor, nn
from torch.nn import functional

from mxe_lib.errors import MxeError
from mxe_lib.models.layers import VGG_LRN, head, normalizer, scaled
from mxe_lib.models.registry import network


@network("spotting_cnn", label="P2's CNN", published_rate=1e-4)
class SpottingCnn(nn.Module):
    """P2's network: one raw score for a frame's flow.

    Args:
        layers: convolutions: 5; 4 drops conv5; 3 drops conv4 and conv5 (pool3 is kept).
        normalization: ``lrn`` or ``bn``.
        attention: put the mask between pool2 and conv3 (Model A).
        width: factor on the channel counts; the 128 units of fc1 and fc2 stay.
        outputs: scores per sample.
        combine: ``residual``: X + X * mask (the text's "multiplied and added back"); ``multiply``: X * mask;
            ``add``: X + the branch without its sigmoid, a control of Model A's size without any attention.
        pool1: 19, what P2's own equations give, or 20, which Table 3 prints and only zero padding on both sides gives.
        upsample: ``bilinear`` (the text) or ``transposed`` (the table's kernel and stride).
        mask_norm: whether the mask's last convolution is normalised before the sigmoid.
        lrn: size, alpha, beta, k of the response normalisation.
        input_channels: 2 = u, v; 3 is possible, P2's Fig. 3 shows colour maps.
    """

    input_size = 75
    channels_last = True

    def __init__(
        self,
        layers: int = 5,
        normalization: str = "lrn",
        attention: bool = False,
        width: float = 1.0,
        outputs: int = 1,
        combine: str = "residual",
        pool1: int = 19,
        upsample: str = "bilinear",
        mask_norm: bool = True,
        lrn: tuple[int, float, float, float] = VGG_LRN,
        input_channels: int = 2,
        hidden: tuple[int, ...] = (128, 128),
    ) -> None:
        super().__init__()
        if layers not in (3, 4, 5):
            raise MxeError(f"layers={layers}: choose 3, 4 or 5")
        if pool1 not in (19, 20):
            raise MxeError(f"pool1={pool1}: choose 19 or 20")
        self.input_channels = input_channels
        c1, c2, c3 = (scaled(channels, width) for channels in (96, 256, 512))
        # After a ReLU zeros are what -inf would be to a maximum, so plain zero padding gives the 20.
        pool = [nn.MaxPool2d(3, 2, padding=1)] if pool1 == 19 else [nn.ZeroPad2d(2), nn.MaxPool2d(3, 2)]
        self.block1 = nn.Sequential(
            nn.Conv2d(input_channels, c1, 3, stride=2), nn.ReLU(), normalizer(normalization, c1, lrn), *pool
        )
        self.block2 = nn.Sequential(
            nn.Conv2d(c1, c2, 3, stride=2), nn.ReLU(), normalizer(normalization, c2, lrn), nn.MaxPool2d(3, 2)
        )
        self.attention = Attention(c2, c3, combine, upsample, mask_norm, lrn) if attention else None
        deep: list[nn.Module] = []
        for into in [c2, c3, c3][: layers - 2]:
            deep += [nn.Conv2d(into, c3, 3, padding=1), nn.ReLU()]
        self.block3 = nn.Sequential(*deep, nn.MaxPool2d(3, 1))
        self.head = head(c3 * 2 * 2, tuple(hidden), outputs)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, 2, 75, 75)`` -> ``(N, outputs)``."""
        x = self.block2(self.block1(x))
        if self.attention is not None:
            x = self.attention(x)
        return self.head(self.block3(x).flatten(1))


class Attention(nn.Module):
    """The mask branch of Model A: weighs ``X`` of shape ``(N, 256, 4, 4)`` by a mask in (0, 1) and adds it to X.

    P2 prints the sigmoid on a normalisation row of Table 4, its text on the last convolution; the order here,
    convolution, normalisation, sigmoid, is the only one that keeps the mask in (0, 1).
    """

    def __init__(self, narrow: int, wide: int, combine: str, upsample: str, mask_norm: bool, lrn: tuple) -> None:
        super().__init__()
        if combine not in ("residual", "multiply", "add"):
            raise MxeError(f"combine={combine!r}: choose 'residual', 'multiply' or 'add'")
        if upsample not in ("bilinear", "transposed"):
            raise MxeError(f"upsample={upsample!r}: choose 'bilinear' or 'transposed'")
        self.combine = combine
        up: nn.Module = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False)
        if upsample == "transposed":
            up = nn.ConvTranspose2d(wide, wide, 3, stride=2, padding=1, output_padding=1)
        self.branch = nn.Sequential(
            *(nn.Conv2d(narrow, narrow, 3, padding=1), nn.ReLU(), normalizer("lrn", narrow, lrn), nn.MaxPool2d(2, 2)),
            *(nn.Conv2d(narrow, wide, 3, padding=1), nn.ReLU(), normalizer("lrn", wide, lrn), up),
            *(nn.Conv2d(wide, narrow, 3, padding=1), nn.ReLU(), normalizer("lrn", narrow, lrn)),
            *(nn.Conv2d(narrow, narrow, 3, padding=1), normalizer("lrn", narrow, lrn) if mask_norm else nn.Identity()),
        )

    def mask(self, x: Tensor) -> Tensor:
        """The mask alone, ``(N, 256, 4, 4)`` in (0, 1): what a figure of the attention shows."""
        return functional.sigmoid(self.branch(x))

    def forward(self, x: Tensor) -> Tensor:
        if self.combine == "add":
            return x + self.branch(x)
        return x * self.mask(x) + (x if self.combine == "residual" else 0)
