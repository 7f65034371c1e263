"""The networks whose cost notebook 09 counts, and the rows of its result table ``model_cost``."""

from collections.abc import Mapping

from torch import Tensor, nn

from mxe_lib import models
from mxe_lib.clips import CLASSES
from mxe_lib.errors import MxeError
from mxe_lib.models.cost import Cost
from mxe_lib.models.oc_net import COMPACT_CHANNELS
from mxe_lib.models.onnx_files import Exported

UNITS = {
    "parameters": "",
    "multiply_adds": "",
    "weight_bytes": "bytes",
    "activation_bytes": "bytes",
    "onnx_bytes": "bytes",
    "int8_bytes": "bytes",
    "onnx_difference": "1e-6",
}
"""The metrics of the table ``model_cost`` and their units; a difference of 1 is a millionth."""

VARIANTS = {
    "oc_net": {"": {}, "channels=compact": {"channels": COMPACT_CHANNELS}, "pooled=1+2+3": {"pooled": (1, 2, 3)}},
    "sme_conv_net": {"": {"outputs": 1}},
    "spotting_cnn": {"attention=no": {"outputs": 1}, "attention=yes": {"outputs": 1, "attention": True}},
}
COSTED = {
    (name, variant): args
    for name in ["logistic_regression", *models.NETWORKS]
    for variant, args in VARIANTS.get(name, {"": {}}).items()
}
"""(model, variant) of a result row -> the network's arguments: three classes, or one score of a spotter."""


class LinearModel(nn.Module):
    """What ``linear.logistic_regression`` computes, as a layer: a weight for each pixel and class, and a bias."""

    input_size, input_channels = 28, 3

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(self.input_channels * self.input_size**2, len(CLASSES))

    def forward(self, x: Tensor) -> Tensor:
        """``(N, 3, 28, 28)`` -> ``(N, 3)``."""
        return self.fc(x.flatten(1))


def build(model: str, variant: str = "", width: float = 1.0) -> nn.Module:
    """The network of a row of ``COSTED``.

    Raises:
        MxeError: if there is no such row, or the width is not positive.
    """
    if not width > 0:
        raise MxeError(f"width={width}: give a factor above 0, such as 1 or 1/8")
    if (model, variant) not in COSTED:
        known = ", ".join(" ".join(filter(None, pair)) for pair in COSTED)
        raise MxeError(f"no cost is known of '{model} {variant}': choose one of {known}")
    if model == "logistic_regression":
        return LinearModel()
    return models.build(model, width=width, **{"outputs": len(CLASSES), **COSTED[model, variant]})


def rows(found: Mapping[tuple[str, str], Cost | Exported]) -> list[dict]:
    """Result rows of ``model_cost``; ``origin`` is ``simulated`` since no clip was looked at."""
    table = []
    for (model, variant), numbers in found.items():
        for metric, value in vars(numbers).items():
            common = dict(experiment="model_cost", database="composite", origin="simulated", protocol="none")
            value = value * 1e6 if metric == "onnx_difference" else value
            row = dict(common, model=model, variant=variant, seed="all", metric=metric, value=float(value))
            table.append(dict(row, unit=UNITS[metric], source="ours"))
    return table
