"""What several networks share: response normalisation as a convolution, width scaling, and the layer table."""

import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn import functional

from mxe_lib.errors import MxeError

VGG_LRN = (5, 5e-4, 0.75, 2.0)
"""Size, alpha, beta, k of VGG-M's own response normalisation; neither paper prints them (the primary reading)."""

TENSORFLOW_LRN = (11, 11.0, 0.5, 1.0)
"""The defaults of ``tf.nn.lrn`` (radius 5, alpha 1, beta 0.5, bias 1), whose words P2 uses: far stronger."""


def scaled(channels: int, width: float) -> int:
    """A paper's channel count times the width factor, at least 1.

    >>> scaled(96, 1 / 8), scaled(3, 1 / 16)
    (12, 1)
    """
    return max(1, round(channels * width))


class ResponseNorm(nn.Module):
    """Local response normalisation across channels: ``x / (k + alpha / size * sum of neighbours squared)^beta``.

    Equal to `torch.nn.LocalResponseNorm` to 2e-7. The sum over neighbouring channels is a 1x1 convolution with a
    band matrix here, which is several times faster on a CPU than torch's padded 3-D average pooling.

    Args:
        channels: of the input.
        settings: size, alpha, beta, k; alpha is divided by size, as torch does it.
    """

    def __init__(self, channels: int, settings: tuple[int, float, float, float] = VGG_LRN) -> None:
        super().__init__()
        size, alpha, self.beta, self.k = settings
        distance = torch.arange(channels)[None, :] - torch.arange(channels)[:, None]
        band = (distance >= -(size // 2)) & (distance <= (size - 1) // 2)
        # Not persistent: it follows from the settings, and weights on disk should hold what was learned.
        self.register_buffer("band", band.float()[:, :, None, None] * (alpha / size), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, C, H, W)`` -> the same shape; in 32 bits also where the layers around it compute in 16."""
        kind = x.device.type
        if torch.amp.is_autocast_available(kind) and torch.is_autocast_enabled(kind):
            with torch.autocast(kind, enabled=False):
                return self(x.float())
        if self.training and x.requires_grad:
            return _Normalize.apply(x, self.band, self.k, self.beta)
        return x * (functional.conv2d(x * x, self.band) + self.k).pow(-self.beta)


class _Normalize(torch.autograd.Function):
    """The same with its gradient written out, which halves the passes over memory and the time of a training step.

    With s = k + band * x^2 and y = x s^-beta, the gradient is g s^-beta - 2 beta x (band^T * (g x s^(-beta - 1))).
    """

    @staticmethod
    def forward(context, x: Tensor, band: Tensor, k: float, beta: float) -> Tensor:
        s = functional.conv2d(x * x, band).add_(k)
        root = s.rsqrt() if beta == 0.75 else None  # pow is slower than two roots
        factor = s.pow(-beta) if root is None else root.sqrt().mul_(root)
        context.save_for_backward(x, s, factor, band)
        context.beta = beta
        return x * factor

    @staticmethod
    def backward(context, gradient: Tensor) -> tuple:
        x, s, factor, band = context.saved_tensors
        own = gradient * factor
        others = functional.conv2d((own * x).div_(s), band.transpose(0, 1)).mul_(x)
        return own.sub_(others, alpha=2 * context.beta), None, None, None


def normalizer(kind: str, channels: int, lrn: tuple[int, float, float, float] = VGG_LRN) -> nn.Module:
    """``lrn`` or ``bn``, the two normalisations that P2 compares (Table 6)."""
    if kind == "lrn":
        return ResponseNorm(channels, lrn)
    if kind == "bn":
        return nn.BatchNorm2d(channels)
    raise MxeError(f"normalization={kind!r}: choose 'lrn' or 'bn'")


def head(inputs: int, hidden: tuple[int, ...], outputs: int, dropout: float = 0.0) -> nn.Sequential:
    """Fully connected layers with ReLU (and dropout) between them, ending in raw outputs."""
    layers: list[nn.Module] = []
    for units in hidden:
        layers += [nn.Linear(inputs, units), nn.ReLU()]
        layers += [nn.Dropout(dropout)] if dropout else []
        inputs = units
    return nn.Sequential(*layers, nn.Linear(inputs, outputs))


def parameter_count(network: nn.Module) -> int:
    """Learned numbers, the one count that papers print."""
    return sum(parameter.numel() for parameter in network.parameters())


def layer_table(network: nn.Module) -> pd.DataFrame:
    """Every leaf layer in the order in which one sample passes it: its name, kind, output shape and parameter count.

    Runs the network once on zeros of its own ``input_channels`` and ``input_size``; leaves its mode as it was.
    """
    rows = []

    def note(name: str):
        def hook(module: nn.Module, _: tuple, output: Tensor) -> None:
            rows.append((name, type(module).__name__, tuple(output.shape[1:]), parameter_count(module)))

        return hook

    leaves = [(name, module) for name, module in network.named_modules() if not any(True for _ in module.children())]
    handles = [module.register_forward_hook(note(name)) for name, module in leaves]
    training = network.training
    try:
        with torch.no_grad():
            network.eval()(torch.zeros(1, network.input_channels, network.input_size, network.input_size))
    finally:
        network.train(training)
        for handle in handles:
            handle.remove()
    return pd.DataFrame(rows, columns=["layer", "kind", "output", "parameters"])
