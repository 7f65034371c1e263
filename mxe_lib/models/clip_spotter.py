"""Our own spotter: a network that looks at a whole clip, not at single frames."""

import torch
from torch import Tensor, nn

from mxe_lib.models.layers import scaled


class ClipSpotter(nn.Module):
    """An embedding of every moment's flow, then convolutions over time; a score for each moment.

        per moment: conv 3x3 stride 2 pad 1, ReLU                  16 x 8 x 8          304
                    conv 3x3 stride 2 pad 1, ReLU                  32 x 4 x 4        4,640
                    fc 512 -> 32, ReLU                             32               16,416
        position in the clip: t and 4 t (1 - t)                     2
        over time:  conv 5, ReLU                                   64 x T           10,944
                    conv 5 dilation 2, ReLU                        64 x T           20,544
                    conv 5 dilation 4, ReLU                        64 x T           20,544
                    conv 1                                          1 x T               65

    A frame by itself cannot say whether more is to come, so a moment's score depends on nearly the whole clip (29 of 32
    moments). It also depends on where in the clip the moment lies: apexes are near the middle (notebook 03), which is
    evidence like any other.

    Args:
        width: factor on the channels.
        dropout_rate: on embeddings.
    """

    input_size, input_channels = 15, 2

    def __init__(self, width: float = 1.0, dropout_rate: float = 0.2) -> None:
        super().__init__()
        c1, c2, embedding, hidden = (scaled(count, width) for count in (16, 32, 32, 64))
        self.embed = nn.Sequential(
            *(nn.Conv2d(self.input_channels, c1, 3, stride=2, padding=1), nn.ReLU()),
            *(nn.Conv2d(c1, c2, 3, stride=2, padding=1), nn.ReLU()),
            *(nn.Flatten(), nn.Linear(c2 * 4 * 4, embedding), nn.ReLU(), nn.Dropout(dropout_rate)),
        )
        self.over_time = nn.Sequential(
            *(nn.Conv1d(embedding + 2, hidden, 5, padding=2), nn.ReLU()),
            *(nn.Conv1d(hidden, hidden, 5, padding=4, dilation=2), nn.ReLU()),
            *(nn.Conv1d(hidden, hidden, 5, padding=8, dilation=4), nn.ReLU()),
            nn.Conv1d(hidden, 1, 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        """``(N, T, 2, 15, 15)`` flow from the onset to T moments evenly over each clip -> ``(N, T)`` scores."""
        n, t = x.shape[:2]
        moments = self.embed(x.flatten(0, 1)).reshape(n, t, -1).transpose(1, 2)
        place = torch.linspace(0, 1, t, device=x.device, dtype=x.dtype)
        place = torch.stack([place, 4 * place * (1 - place)]).expand(n, -1, -1)
        return self.over_time(torch.cat([moments, place], 1)).squeeze(1)
