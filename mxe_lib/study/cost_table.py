"""The networks whose cost notebook 09 counts, and the rows of its result table ``model_cost``."""

import tempfile
from collections.abc import Mapping

import pandas as pd
import torch
from torch import Tensor, nn

from mxe_lib import models
from mxe_lib.clips import CLASSES
from mxe_lib.errors import MxeError
from mxe_lib.evaluation import results
from mxe_lib.evaluation.rows import difference_rows
from mxe_lib.figures.names import words
from mxe_lib.models import onnx_files
from mxe_lib.models.cost import Cost, cost, random_inputs
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
    if name != "softnet"  # it spots in long videos, and no claim on cost is about it
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


SPOTTERS = ("spotting_cnn", "sme_conv_net")
"""They score a frame and recognise nothing."""


def counted() -> dict[tuple[str, str], Cost]:
    """The cost of every network of ``COSTED`` at full width."""
    found = {}
    for key in COSTED:
        with torch.device("meta"):  # shapes without numbers: counting takes no memory
            found[key] = cost(build(*key))
    return found


def shown(costs: Mapping[tuple[str, str], Cost]) -> pd.DataFrame:
    """The recognisers for readers, the cheapest first."""
    kept = sorted((found.multiply_adds, key, found) for key, found in costs.items() if key[0] not in SPOTTERS)
    lines = [
        {
            "network": words(" ".join(key).strip()),
            "parameters": f"{found.parameters:,}",
            "multiply-adds": f"{found.multiply_adds:,}",
            "weights, MB": f"{found.weight_bytes / 1e6:.2f}",
            "kept while training, MB": f"{found.activation_bytes / 1e6:.2f}",
        }
        for _, key, found in kept
    ]
    return pd.DataFrame(lines).set_index("network")


def exported(
    costs: Mapping[tuple[str, str], Cost], at_most: float = float("inf"), repeats: int = 3
) -> tuple[dict[tuple[str, str], Exported], pd.DataFrame]:
    """Each network as a file, with random weights: sizes, and the milliseconds of one answer on one thread.

    Args:
        at_most: parameters; larger networks are left out, but for OC-Net.
        repeats: of each timing.

    Returns:
        (by (model, variant) the files' numbers, a table of model, variant, engine and milliseconds).
    """
    files, times = {}, []
    listed = [key for key, found in costs.items() if found.parameters < at_most]
    for key in dict.fromkeys([*listed, ("oc_net", "")]):
        with torch.random.fork_rng():
            torch.manual_seed(0)
            network = build(*key)
        inputs = random_inputs(network, 2)
        with tempfile.TemporaryDirectory() as folder:
            files[key] = onnx_files.exported(network, folder, inputs)
            for engine, path in {"torch": None, "onnx": "network.onnx", "int8": "int8.onnx"}.items():
                taken = onnx_files.latency(path and f"{folder}/{path}", network, inputs, repeats=repeats)
                times.append(dict(model=key[0], variant=key[1], engine=engine, milliseconds=round(taken, 3)))
    return files, pd.DataFrame(times)


def files_shown(files: Mapping[tuple[str, str], Exported], times: pd.DataFrame) -> pd.DataFrame:
    """Sizes and times of the recognisers' files for readers, the smallest file first."""
    taken = times.set_index(["model", "variant", "engine"])["milliseconds"]
    kept = sorted((found.onnx_bytes, key, found) for key, found in files.items() if key[0] not in SPOTTERS)
    lines = []
    for _, key, found in kept:
        line = {"network": words(" ".join(key).strip()), "file, MB": f"{found.onnx_bytes / 1e6:.3f}"}
        line["with 8 bits, MB"] = f"{found.int8_bytes / 1e6:.3f}"
        engines = {"torch": "PyTorch, ms", "onnx": "file, ms", "int8": "with 8 bits, ms"}
        lines.append(line | {text: f"{taken[*key, engine]:.2f}" for engine, text in engines.items()})
    return pd.DataFrame(lines).set_index("network")


def rows_of_8_bits(
    small: pd.DataFrame, whole: pd.DataFrame, *, input: str, width: float, resamples: int, **named
) -> list[dict | pd.DataFrame]:
    """Whether OC-Net with 8 bits answers as it does with 32: the share of equal classes, and the difference in UF1.

    Args:
        small, whole: predictions of the same trained networks.
        named: protocol and origin of the rows.
    """
    ours = dict(named, experiment="model_cost", model="oc_net", variant=results.variant(input=input, width=width))
    same = whole.set_index("clip")["y_pred"] == small.set_index("clip")["y_pred"]
    row = dict(database="composite", seed="all", metric="int8_agreement", source="ours", n=len(same), value=same.mean())
    return [ours | row, difference_rows(small, whole, "uf1", than="float", resamples=resamples, **ours)]


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
