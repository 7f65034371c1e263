"""The linear model as a network, so that its cost is counted like the others'."""

from torch import Tensor, nn

from mxe_lib.clips import CLASSES


class LinearModel(nn.Module):
    """What ``linear.logistic_regression`` computes, as a layer: a weight for each pixel and class, and a bias."""

    input_size, input_channels = 28, 3

    def __init__(self, width: float = 1.0, outputs: int = len(CLASSES)) -> None:
        super().__init__()
        self.fc = nn.Linear(self.input_channels * self.input_size**2, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, 3, 28, 28)`` -> ``(N, 3)``."""
        return self.fc(x.flatten(1))
