"""What a network costs: parameters, multiply-adds, memory, the size of its ONNX file, and the same with 8-bit weights.

Everything but :func:`latency` follows from the network alone and is the same on every machine. P1 calls OC-Net a
"compact CNN model" (section 3.5) and its system "suitable for mobile-based micro-expression analysis" (abstract), and
prints none of these numbers.

    >>> from mxe_lib import models
    >>> cost(models.build("oc_net")).multiply_adds
    11883770432
"""

from __future__ import annotations

import contextlib
import copy
import logging
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytorch_lightning as pl
import torch
from scipy import special
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from mxe_lib import crossval, models
from mxe_lib.clips import CLASSES
from mxe_lib.datamodules import Samples
from mxe_lib.errors import MxeError
from mxe_lib.folds import Fold
from mxe_lib.models import layers
from mxe_lib.models.oc_net import COMPACT_CHANNELS

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

COSTED = {
    ("logistic_regression", ""): {},
    ("ststnet", ""): {},
    ("flow_cnn", ""): {},
    ("off_apexnet", ""): {},
    ("dual_inception", ""): {},
    ("vgg_m", ""): {},
    ("alexnet", ""): {},
    ("oc_net", ""): {},
    ("oc_net", "channels=compact"): {"channels": COMPACT_CHANNELS},
    ("oc_net", "pooled=1+2+3"): {"pooled": (1, 2, 3)},
    ("sme_conv_net", ""): {"outputs": 1},
    ("spotting_cnn", "attention=no"): {"outputs": 1},
    ("spotting_cnn", "attention=yes"): {"outputs": 1, "attention": True},
}
"""(model, variant) of a result row -> the network's arguments: three classes, or one score of a spotter."""


class LinearModel(nn.Module):
    """What ``baselines.logistic_regression`` computes, as a layer: a weight for each pixel and class, and a bias."""

    input_size, input_channels = 28, 3

    def __init__(self, width: float = 1.0, outputs: int = len(CLASSES)) -> None:
        super().__init__()
        self.fc = nn.Linear(self.input_channels * self.input_size**2, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, 3, 28, 28)`` -> ``(N, 3)``."""
        return self.fc(x.flatten(1))


@dataclass(frozen=True)
class Cost:
    """What one sample costs; see the functions of the same names."""

    parameters: int
    multiply_adds: int
    weight_bytes: int
    activation_bytes: int


@dataclass(frozen=True)
class Exported:
    """A network as files; see :func:`exported`."""

    onnx_bytes: int
    int8_bytes: int
    onnx_difference: float


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


# ---- Counted -------------------------------------------------------------------------------------


def cost(network: nn.Module) -> Cost:
    """All four of a network; see the functions below."""
    return Cost(
        parameters=layers.parameter_count(network),
        multiply_adds=multiply_adds(network),
        weight_bytes=weight_bytes(network),
        activation_bytes=activation_bytes(network),
    )


def multiply_adds(network: nn.Module) -> int:
    """Multiplications, each with its addition, of all convolutions and linear layers for one sample.

    Left out, as papers do it: biases, activations, pooling and normalisation; so is the 1x1 convolution by which
    ``ResponseNorm`` sums its neighbours, which is a trick of ours and no layer of the paper's.
    """
    network = _outline(network).eval()
    counter = FlopCounterMode(display=False)
    with counter, torch.no_grad():
        network(_one_sample(network))
    counts = {name: sum(found.values()) for name, found in counter.get_flop_counts().items()}
    norms = {name for name, module in network.named_modules() if isinstance(module, layers.ResponseNorm)}
    tricks = sum(counts.get(f"{type(network).__name__}.{name}", 0) for name in norms)
    return (counts.get("Global", 0) - tricks) // 2  # torch counts a multiplication and its addition as two


def weight_bytes(network: nn.Module) -> int:
    """What is stored of a trained network: its parameters and running statistics, as many bytes as they have."""
    return sum(tensor.numel() * tensor.element_size() for tensor in network.state_dict().values())


def activation_bytes(network: nn.Module) -> int:
    """What training keeps of one sample between the forward and the backward pass; weights are not counted again.

    Tensors that autograd saves, each memory once: inputs of convolutions, outputs of ReLU, places of maxima, masks of
    dropout. A batch of 64 keeps 64 times as much.
    """
    network = _outline(network).train()
    own = {_memory(tensor) for tensor in [*network.parameters(), *network.buffers()]}
    kept: dict[int, Tensor] = {}  # the tensors, too, or their memory would be given to the next ones

    def keep(tensor: Tensor) -> Tensor:
        kept[_memory(tensor)] = tensor
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        network(_one_sample(network))
    return sum(tensor.untyped_storage().nbytes() for memory, tensor in kept.items() if memory not in own)


# ---- Exported ------------------------------------------------------------------------------------


def exported(network: nn.Module, folder: Path | str, inputs: Tensor) -> Exported:
    """Writes ``network.onnx`` and ``int8.onnx`` into the folder, and compares the first with torch.

    Args:
        inputs: ``(N, C, H, W)``; on the first the two are compared, on all the 8-bit version is calibrated.

    Returns:
        Sizes in bytes, and the largest absolute difference between a score of ONNX Runtime and of torch.
    """
    whole = export(network, Path(folder) / "network.onnx")
    with torch.inference_mode(), _evaluating(network):
        expected = network(inputs[:1]).numpy()
    difference = float(np.abs(answers(whole, inputs[:1]) - expected).max())
    small = quantize(whole, Path(folder) / "int8.onnx", inputs)
    return Exported(whole.stat().st_size, small.stat().st_size, difference)


def export(network: nn.Module, path: Path | str) -> Path:
    """The network as an ONNX file for one sample at a time: input ``flow``, output ``scores``, no softmax.

    Raises:
        MxeError: if onnx or onnxruntime is not installed.
    """
    _onnxruntime()
    # TorchScript's exporter: the newer one needs onnxscript, one more dependency for the same file.
    with warnings.catch_warnings(), _evaluating(network):
        warnings.simplefilter("ignore")  # that this exporter is the old one
        torch.onnx.export(
            network,
            (_one_sample(network),),
            str(path),
            dynamo=False,
            input_names=["flow"],
            output_names=["scores"],
        )
    return Path(path)


def quantize(path: Path | str, target: Path | str, inputs: Tensor) -> Path:
    """The same network with 8-bit weights and activations; what passes between layers is calibrated on ``inputs``.

    Static quantisation, each output channel's weights with a scale of their own: what ONNX Runtime advises for
    convolutions. Its dynamic kind, which needs no inputs, is made for linear layers.

    Args:
        inputs: ``(N, C, H, W)`` like those that will be asked about, and none that it is tested on.
    """
    _onnxruntime()
    from onnxruntime import quantization

    class Reader(quantization.CalibrationDataReader):
        def __init__(self) -> None:
            self.rows: Iterator[Tensor] = iter(inputs.split(1))

        def get_next(self) -> dict[str, np.ndarray] | None:
            rows = next(self.rows, None)
            return None if rows is None else {"flow": rows.contiguous().numpy()}

    if len(inputs) == 0:
        raise MxeError("quantize: no inputs to calibrate on: give at least one")
    with _quiet():
        quantization.quantize_static(str(path), str(target), Reader(), per_channel=True)
    return Path(target)


def answers(path: Path | str, inputs: Tensor) -> np.ndarray:
    """ONNX Runtime's scores for ``(N, C, H, W)`` inputs, on one thread of the CPU; ``(N, outputs)`` float32."""
    session = _session(path)
    parts = [session.run(None, {"flow": rows.contiguous().numpy()})[0] for rows in inputs.split(1)]
    return np.concatenate(parts)


def latency(path: Path | str | None, network: nn.Module, inputs: Tensor, repeats: int = 5) -> float:
    """The median time of a forward pass of one sample in milliseconds, on one thread: of this machine, at this moment.

    Args:
        path: an ONNX file for ONNX Runtime, or None for torch itself.
    """
    if path is not None:
        session, feed = _session(path), {"flow": inputs[:1].contiguous().numpy()}
        return _median(lambda: session.run(None, feed), repeats)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.inference_mode(), _evaluating(network):
            return _median(lambda: network(inputs[:1]), repeats)
    finally:
        torch.set_num_threads(threads)


def random_inputs(network: nn.Module, n: int = 4, seed: int = 0) -> Tensor:
    """``(n, C, H, W)`` normal numbers of the network's own size: enough to compare files, no flow of any face."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(n, network.input_channels, network.input_size, network.input_size, generator=generator)


def quantized_predictions(
    task: pl.LightningModule, samples: Samples, folds: Sequence[Fold], *, seed: int = 0, cache: Path
) -> pd.DataFrame:
    """What ``crossval.cross_validate`` predicts, by the same trained networks with 8-bit weights and activations.

    Each fold's network is calibrated on up to 32 of its own training clips, evenly over all; its test clips are only
    asked.

    Args:
        task, samples, folds, seed, cache: as given to ``cross_validate``, whose weights are read where they are stored.
    """
    parts = []
    for fold in folds:
        train, test = samples.subset(fold.train), samples.subset(fold.test)
        task_ = crossval.load(crossval.fit(task, train, crossval.fold_seed(task, seed, fold), cache))
        calibration = task_.prepared(train.inputs[:: -(-len(train) // 32)])
        with tempfile.TemporaryDirectory() as folder:
            whole = export(task_.network, Path(folder) / "network.onnx")
            scores = answers(quantize(whole, Path(folder) / "int8.onnx", calibration), task_.prepared(test.inputs))
        probabilities = special.softmax(scores.astype(float), axis=1)
        table = task_.predictions(test).assign(fold=fold.name, seed=seed, y_pred=probabilities.argmax(1))
        parts.append(table.assign(**{f"p_{name}": probabilities[:, i] for i, name in enumerate(CLASSES)}))
    return pd.concat(parts, ignore_index=True).sort_values("clip", ignore_index=True)


# ---- The table -----------------------------------------------------------------------------------


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


# ---- Helpers -------------------------------------------------------------------------------------


def _outline(network: nn.Module) -> nn.Module:
    """A copy that has shapes and no numbers (torch's ``meta`` device): counts take no time, however large it is."""
    return copy.deepcopy(network).to("meta")


def _one_sample(network: nn.Module) -> Tensor:
    device = next(network.parameters()).device
    return torch.zeros(1, network.input_channels, network.input_size, network.input_size, device=device)


def _memory(tensor: Tensor) -> int:
    return tensor.untyped_storage()._cdata  # data_ptr is 0 on the meta device


@contextlib.contextmanager
def _evaluating(network: nn.Module) -> Iterator[None]:
    training = network.training
    network.eval()
    try:
        yield
    finally:
        network.train(training)


def _session(path: Path | str):
    options = _onnxruntime().SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # the same sums, whatever the machine
    return _onnxruntime().InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def _onnxruntime():
    try:
        import onnx  # noqa: F401
        import onnxruntime
    except ImportError as error:
        raise MxeError(f"ONNX files need {error.name}: pip install 'mxe-lib[export]'") from None
    return onnxruntime


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without the advice to simplify the graph first, which ONNX Runtime logs for each file."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)


def _median(call: Callable[[], object], repeats: int) -> float:
    call()  # the first one makes room and chooses algorithms
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        call()
        times.append(1000 * (time.perf_counter() - started))
    return statistics.median(times)
