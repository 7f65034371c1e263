"""Networks as ONNX files: their size, what they answer, with 8-bit weights too, and how long it takes."""

import contextlib
import logging
import statistics
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from mxe_lib.errors import MxeError
from mxe_lib.models.cost import one_sample


@dataclass(frozen=True)
class Exported:
    """A network as files; see :func:`exported`."""

    onnx_bytes: int
    int8_bytes: int
    onnx_difference: float


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
            (one_sample(network),),
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
    """The median time of a forward pass of one sample in milliseconds, on one thread.

    It holds for this machine at this moment, and for nothing else.

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
