"""The same bits again: where a computation runs, on how many threads, from which random state."""

import contextlib
from collections.abc import Iterator

import torch


def device() -> str:
    """A CUDA device where there is one; not Apple's MPS, whose sums differ from run to run."""
    return "cuda" if torch.cuda.is_available() else "cpu"


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
