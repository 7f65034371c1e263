"""OC-Net, P1's optimal compact network for recognition (section 3.5; its Fig. 11 could not be read).

Layers at width 1, reading A (output of one sample):

    layer     what                                       output       parameters
    C1        conv 3x3 pad 1, ReLU, BN, dropout 0.5      96 x 75 x 75      2,016
    C2        conv 3x3 pad 1, ReLU, BN, dropout 0.5     256 x 75 x 75    221,952
    C3        conv 3x3 pad 1, ReLU, max pool 3x3/2      512 x 37 x 37  1,180,160
    C4        conv 3x3 pad 1, ReLU, max pool 3x3/2      512 x 18 x 18  2,359,808
    C5        conv 3x3 pad 1, ReLU, max pool 3x3/2      512 x  8 x  8  2,359,808
    GAP       mean over the 8 x 8 map                   512
    fc1, fc2  512 -> 128 -> 128, ReLU                   128               82,176
    fc3       128 -> 3                                    3                  387
                                                                       6,206,307

Stated: the five units, which have what, 8 x 8 x 512 at the end, global average pooling, three fully connected layers,
dropout 0.5. Not stated: kernels, strides, widths of C1-C4. Eight from 75 after three halvings forces stride 1 in C1 and
C2; three natural readings reach it and are all here.

Claimed of it (section 3.5): "reducing the feature map size during the early layer will cause a lot of important
information loss, especially due to the maximum pooling operation", so it pools "in the last three convolution units to
retain more feature information in C1 and C2"; and that it is "a compact CNN model", though the same section grants that
"larger feature maps in the early layers produces a heavier model". The abstract calls the system "suitable for
mobile-based micro-expression analysis". Section 5: "a model that utilizes larger feature maps in the early layers
performs better compared to the model that immediately applied down-pooling layers"; shown by OC-Net against VGG-M only,
which differ in much else.

Our control, not the paper's: ``pooled=(1, 2, 3)`` moves the three poolings to the first three units and changes nothing
else: 37, 18, 8, 8, 8; the same parameters, the same 8 x 8 x 512 at the end, a twelfth of the multiply-adds.
"""

from collections.abc import Collection

from torch import Tensor, nn

from mxe_lib.errors import MxeError
from mxe_lib.models.layers import head, scaled
from mxe_lib.models.registry import Benchmark, network

CHANNELS = (96, 256, 512, 512, 512)
"""VGG-M's widths (assumed; the last is stated)."""

COMPACT_CHANNELS = (32, 64, 128, 256, 512)
"""An alternative that also ends in 512: 1,651,043 parameters."""

READINGS = {
    "A": {"kernels": (3, 3, 3, 3, 3), "padding": (1, 1, 1, 1, 1), "pool": 3},
    "B": {"kernels": (3, 3, 3, 3, 3), "padding": (0, 0, 1, 1, 1), "pool": 2},
    "C": {"kernels": (7, 5, 3, 3, 3), "padding": (0, 0, 1, 1, 1), "pool": 2},
}
"""A: 75-75-75-37-18-8, with the 3x3 pooling of all of P1 (primary). B: 75-73-71-35-17-8. C: 75-69-65-32-16-8."""


@network("oc_net", label="OC-Net", published_rate=6e-5, benchmark=Benchmark(16, 3.8, "real_large_width"))
class OcNet(nn.Module):
    """OC-Net: three raw scores for the onset-to-apex flow of a clip.

    Args:
        width: factor on the channel counts; the 128 units of fc1 and fc2 stay.
        dropout: the units with dropout: P1's Table 7 compares (), (1,), (1, 2) (its default) and (1, 2, 3).
        pooling: the reading ``A``, ``B`` or ``C`` of how 75 becomes 8 (see `READINGS`).
        dropout_rate: P1 states 0.5.
        channels: of C1 to C5 (`CHANNELS` or `COMPACT_CHANNELS`).
        hidden: units of the fully connected layers before the last; () reads P1's "a fully connected layer and
            softmax" literally.
        outputs: classes.
        input_channels: 2 = u, v.
        pooled: the units that end in max pooling: the paper's (3, 4, 5), or a control such as (1, 2, 3). In units 1 and
            2 it stands after the batch normalisation and before the dropout.

    Raises:
        MxeError: if ``pooling``, ``dropout`` or ``pooled`` name what is not there.
    """

    input_size = 75
    channels_last = True

    def __init__(
        self,
        width: float = 1.0,
        dropout: tuple[int, ...] = (1, 2),
        pooling: str = "A",
        dropout_rate: float = 0.5,
        channels: tuple[int, ...] = CHANNELS,
        hidden: tuple[int, ...] = (128, 128),
        outputs: int = 3,
        input_channels: int = 2,
        pooled: tuple[int, ...] = (3, 4, 5),
    ) -> None:
        super().__init__()
        if pooling not in READINGS:
            raise MxeError(f"pooling={pooling!r}: choose one of {', '.join(READINGS)}")
        _check_units("dropout", dropout, 3)
        _check_units("pooled", pooled, 5)
        self.input_channels = input_channels
        reading, into = READINGS[pooling], input_channels
        units = []
        for number, full in enumerate(channels, start=1):
            out = scaled(full, width)
            kernel, padding = reading["kernels"][number - 1], reading["padding"][number - 1]
            layers: list[nn.Module] = [nn.Conv2d(into, out, kernel, padding=padding), nn.ReLU()]
            layers += [nn.BatchNorm2d(out)] if number <= 2 else []
            layers += [nn.MaxPool2d(reading["pool"], 2)] if number in pooled else []
            layers += [nn.Dropout(dropout_rate)] if number in dropout else []
            units.append(nn.Sequential(*layers))
            into = out
        self.units = nn.Sequential(*units)
        self.head = head(into, tuple(hidden), outputs)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, 2, 75, 75)`` -> ``(N, 3)``."""
        return self.head(self.units(x).mean(dim=(2, 3)))


def _check_units(name: str, units: Collection[int], last: int) -> None:
    if not isinstance(units, tuple | list) or not set(units) <= set(range(1, last + 1)):
        raise MxeError(f"{name}={units!r}: name units among 1 to {last} in a tuple, such as (1, 2)")
