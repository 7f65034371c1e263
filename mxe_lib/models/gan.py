"""P1's compact conditional DC-GAN for flow fields (section 3.4; its Fig. 8 could not be read).

Generator at width 1:                                    Discriminator at width 1:

    noise 100 + one-hot 3                                    flow 2 + one plane a class 3    5 x 80 x 80
    fc 103 -> 128*10*10, leaky ReLU      1,331,200           conv 4x4/2, leaky ReLU         64 x 40 x 40      5,184
    transposed conv 4x4/2  128 x 20 x 20   262,272           conv 4x4/2, leaky ReLU        128 x 20 x 20    131,200
    transposed conv 4x4/2  128 x 40 x 40   262,272           conv 4x4/2, leaky ReLU        256 x 10 x 10    524,544
    transposed conv 4x4/2  128 x 80 x 80   262,272           dropout 0.4
    conv 5x5 pad 2, tanh     2 x 80 x 80     6,402           fc 25,600 -> 1                      1           25,601
                                         2,124,418                                                          686,529

P1 states three transposed and three strided convolutions, leaky ReLU, tanh, one-hot classes joined to the flow and to
the noise, dropout and a dense layer at the discriminator's end, and 80 x 80 pixels. The other sizes follow from 80 =
10 * 2^3. P1's "softmax" between real and fake is one sigmoid, written here as a raw score for a cross-entropy with
logits.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from mxe_lib.models.layers import scaled

IMAGE_SIZE = 80
LATENT = 100


class Generator(nn.Module):
    """Noise and a class in, a flow field in [-1, 1] out.

    Args:
        width: factor on the 128 channels.
        classes: how many.
        latent: length of the noise vector.
        slope: of the leaky ReLU.
    """

    def __init__(self, width: float = 1.0, classes: int = 3, latent: int = LATENT, slope: float = 0.2) -> None:
        super().__init__()
        channels = scaled(128, width)
        self.classes, self.latent = classes, latent
        self.project = nn.Sequential(
            nn.Linear(latent + classes, channels * 10 * 10), nn.LeakyReLU(slope), nn.Unflatten(1, (channels, 10, 10))
        )
        ups: list[nn.Module] = []
        for _ in range(3):
            ups += [nn.ConvTranspose2d(channels, channels, 4, stride=2, padding=1), nn.LeakyReLU(slope)]
        self.up = nn.Sequential(*ups)
        self.out = nn.Sequential(nn.Conv2d(channels, 2, 5, padding=2), nn.Tanh())

    def forward(self, noise: Tensor, classes: Tensor) -> Tensor:
        """``(N, 100)`` float and ``(N,)`` int -> ``(N, 2, 80, 80)`` in [-1, 1]."""
        onehot = functional.one_hot(classes, self.classes).to(noise.dtype)
        return self.out(self.up(self.project(torch.cat([noise, onehot], dim=1))))


class Discriminator(nn.Module):
    """A flow field and its claimed class in, one raw score out: how real the pair looks.

    Args:
        width: factor on the channels.
        classes: how many.
        slope: of the leaky ReLU.
        dropout_rate: before the last layer.
    """

    def __init__(self, width: float = 1.0, classes: int = 3, slope: float = 0.2, dropout_rate: float = 0.4) -> None:
        super().__init__()
        self.classes = classes
        layers: list[nn.Module] = []
        into = 2 + classes
        for full in (64, 128, 256):
            out = scaled(full, width)
            layers += [nn.Conv2d(into, out, 4, stride=2, padding=1), nn.LeakyReLU(slope)]
            into = out
        self.down = nn.Sequential(*layers)
        self.out = nn.Sequential(nn.Flatten(), nn.Dropout(dropout_rate), nn.Linear(into * 10 * 10, 1))

    def forward(self, flow: Tensor, classes: Tensor) -> Tensor:
        """``(N, 2, 80, 80)`` and ``(N,)`` int -> ``(N,)``."""
        planes = functional.one_hot(classes, self.classes).to(flow.dtype)[:, :, None, None]
        planes = planes.expand(-1, -1, *flow.shape[2:])
        return self.out(self.down(torch.cat([flow, planes], dim=1)))[:, 0]
