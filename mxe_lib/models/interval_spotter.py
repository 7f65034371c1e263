"""Our own spotter for long videos: where an expression is centred, and how long it is."""

from torch import Tensor, nn

from mxe_lib.models.layers import scaled


class IntervalSpotter(nn.Module):
    """The clip spotter without onset and offset: an embedding of every moment, convolutions over time, a heat map.

        per moment: conv 3x3 stride 2 pad 1, ReLU               16 x 8 x 8          592
                    conv 3x3 stride 2 pad 1, ReLU               32 x 4 x 4        4,640
                    fc 512 -> 32, ReLU                          32               16,416
        over time:  conv 5, ReLU                                48 x T            7,728
                    conv 5, dilation 2, 4, 8 and 8, ReLU        48 x T           46,272
                    conv 1                                 lengths x T              490

    A score depends on 93 moments, three seconds to either side. There is one for each length that an expression may
    have: intervals of half a second and of four seconds look alike in none of their moments.

    Args:
        width: factor on the channels.
        outputs: lengths.
        channels: of a moment: u and v over each distance in time.
        dropout_rate: on embeddings.
    """

    input_size = 16

    def __init__(self, width: float = 1.0, outputs: int = 10, channels: int = 4, dropout_rate: float = 0.2) -> None:
        super().__init__()
        c1, c2, embedding, hidden = (scaled(count, width) for count in (16, 32, 32, 48))
        self.input_channels = channels
        self.embed = nn.Sequential(
            *(nn.Conv2d(channels, c1, 3, stride=2, padding=1), nn.ReLU()),
            *(nn.Conv2d(c1, c2, 3, stride=2, padding=1), nn.ReLU()),
            *(nn.Flatten(), nn.Linear(c2 * 4 * 4, embedding), nn.ReLU(), nn.Dropout(dropout_rate)),
        )
        layers = [nn.Conv1d(embedding, hidden, 5, padding=2), nn.ReLU()]
        for step in (2, 4, 8, 8):
            layers += [nn.Conv1d(hidden, hidden, 5, padding=2 * step, dilation=step), nn.ReLU()]
        self.over_time = nn.Sequential(*layers, nn.Conv1d(hidden, outputs, 1))
        nn.init.constant_(self.over_time[-1].bias, -4.0)  # expressions are rare

    def forward(self, x: Tensor) -> Tensor:
        """``(N, T, channels, 16, 16)`` -> ``(N, T, outputs)`` raw scores."""
        n, t = x.shape[:2]
        moments = self.embed(x.flatten(0, 1)).reshape(n, t, -1).transpose(1, 2)
        return self.over_time(moments).transpose(1, 2)
