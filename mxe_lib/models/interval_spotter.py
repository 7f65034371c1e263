"""Our own spotter for long videos: where an expression is centred, and how long it is."""

from torch import Tensor, nn

from mxe_lib.models.layers import scaled


class IntervalSpotter(nn.Module):
    """The clip spotter without onset and offset: convolutions over time, and a heat map over time and length.

        over time:  conv 5, ReLU, dropout                           48 x T
                    conv 5, dilation 2, 4, 8 and 8, ReLU            48 x T
                    conv 1                                     lengths x T

    A score depends on 93 moments, three seconds to either side. There is one for each length that an expression may
    have: intervals of half a second and of four seconds look alike in none of their moments.

    Args:
        channels: numbers that describe a moment.
        width: factor on the hidden channels.
        outputs: lengths.
        dropout_rate: after the first layer.
    """

    def __init__(self, channels: int, width: float = 1.0, outputs: int = 10, dropout_rate: float = 0.1) -> None:
        super().__init__()
        hidden = scaled(48, width)
        layers = [nn.Conv1d(channels, hidden, 5, padding=2), nn.ReLU(), nn.Dropout(dropout_rate)]
        for step in (2, 4, 8, 8):
            layers += [nn.Conv1d(hidden, hidden, 5, padding=2 * step, dilation=step), nn.ReLU()]
        self.over_time = nn.Sequential(*layers, nn.Conv1d(hidden, outputs, 1))
        nn.init.constant_(self.over_time[-1].bias, -4.0)  # expressions are rare

    def forward(self, x: Tensor) -> Tensor:
        """``(N, T, channels)`` -> ``(N, T, outputs)`` raw scores."""
        return self.over_time(x.transpose(1, 2)).transpose(1, 2)
