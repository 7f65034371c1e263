"""The same bits again: where a computation runs, on how many threads, from which random state."""

import contextlib
import os
from collections.abc import Iterator

import torch

from mxe_lib.errors import MxeError

PRECISIONS = ("bf16", "tf32", "fp32")

# Read by cuBLAS when a process first uses it: without a workspace of its own it may add in another order.
os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")


def device() -> str:
    """A CUDA device where there is one; not Apple's MPS, whose sums differ from run to run."""
    return "cuda" if torch.cuda.is_available() else "cpu"


def precision() -> str:
    """How numbers are multiplied: on a CPU ``fp32``; on a GPU what ``MXE_PRECISION`` says, by default ``bf16``.

    ``bf16`` is autocast in training (weights, sums and losses stay in 32 bits; GANs and all predictions use ``tf32``),
    ``tf32`` multiplies with ten bits behind the point, ``fp32`` with all of them.

    Raises:
        MxeError: if it says anything else.
    """
    wanted = os.environ.get("MXE_PRECISION") or "bf16"
    if wanted not in PRECISIONS:
        raise MxeError(f"MXE_PRECISION={wanted}: choose one of {', '.join(PRECISIONS)}")
    return wanted if device() == "cuda" else "fp32"


def engine() -> str:
    """Device and precision, as they count in the key of a result: ``cpu``, ``cuda NVIDIA H200 bf16``."""
    how = precision()
    return "cpu" if device() == "cpu" else f"{device()} {torch.cuda.get_device_name()} {how}"


@contextlib.contextmanager
def multiplied(how: str) -> Iterator[None]:
    """A GPU's products in this precision, and sums in the same order each time; the former settings afterwards."""
    matmul, cudnn = torch.backends.cuda.matmul, torch.backends.cudnn
    before = matmul.allow_tf32, cudnn.allow_tf32
    strict, warns = torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()
    matmul.allow_tf32 = cudnn.allow_tf32 = how != "fp32"
    try:
        if device() == "cuda":  # a CPU thread always adds in the same order
            torch.use_deterministic_algorithms(True, warn_only=True)
        yield
    finally:
        matmul.allow_tf32, cudnn.allow_tf32 = before
        torch.use_deterministic_algorithms(strict, warn_only=warns)


@contextlib.contextmanager
def own_random_state(seed: int) -> Iterator[None]:
    devices = list(range(torch.cuda.device_count()))
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(seed)
        yield


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """The sums of a convolution depend on how many threads share it."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
