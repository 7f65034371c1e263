"""What a network costs: parameters, multiply-adds and memory, counted without running it.

Everything here follows from the network alone and is the same on every machine. P1 calls OC-Net a "compact CNN
model" (section 3.5) and its system "suitable for mobile-based micro-expression analysis" (abstract), and prints none
of these numbers.

    >>> from mxe_lib import models
    >>> cost(models.build("oc_net")).multiply_adds
    11883770432
"""

import copy
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from mxe_lib.models import layers


@dataclass(frozen=True)
class Cost:
    """What one sample costs; see the functions of the same names."""

    parameters: int
    multiply_adds: int
    weight_bytes: int
    activation_bytes: int


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
    ``ResponseNorm`` sums its neighbours, which is our way to compute it and no layer of the paper's.
    """
    network = _outline(network).eval()
    counter = FlopCounterMode(display=False)
    with counter, torch.no_grad():
        network(one_sample(network))
    counts = {name: sum(found.values()) for name, found in counter.get_flop_counts().items()}
    norms = {name for name, module in network.named_modules() if isinstance(module, layers.ResponseNorm)}
    tricks = sum(counts.get(f"{type(network).__name__}.{name}", 0) for name in norms)
    return (counts.get("Global", 0) - tricks) // 2  # torch counts a multiplication and its addition as two


def weight_bytes(network: nn.Module) -> int:
    """What is stored of a trained network: its parameters and running statistics, as many bytes as they have."""
    return sum(tensor.numel() * tensor.element_size() for tensor in network.state_dict().values())


def activation_bytes(network: nn.Module) -> int:
    """What training keeps of one sample between the forward and the backward pass.

    These are the tensors that autograd saves: inputs of convolutions, outputs of ReLU, places of maxima, masks of
    dropout. Memory that two of them share counts once, and weights don't count. A batch of 64 keeps 64 times as much.
    """
    network = _outline(network).train()
    own = {_memory(tensor) for tensor in [*network.parameters(), *network.buffers()]}
    kept: dict[int, Tensor] = {}  # the tensors, too, or their memory would be given to the next ones

    def keep(tensor: Tensor) -> Tensor:
        kept[_memory(tensor)] = tensor
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        network(one_sample(network))
    return sum(tensor.untyped_storage().nbytes() for memory, tensor in kept.items() if memory not in own)


def random_inputs(network: nn.Module, n: int = 4, seed: int = 0) -> Tensor:
    """``(n, C, H, W)`` normal numbers of the network's own size: enough to compare files, no flow of any face."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(n, network.input_channels, network.input_size, network.input_size, generator=generator)


def _outline(network: nn.Module) -> nn.Module:
    """A copy that has shapes and no numbers (torch's ``meta`` device): counts take no time, however large it is."""
    return copy.deepcopy(network).to("meta")


def one_sample(network: nn.Module) -> Tensor:
    device = next(network.parameters()).device
    return torch.zeros(1, network.input_channels, network.input_size, network.input_size, device=device)


def _memory(tensor: Tensor) -> int:
    return tensor.untyped_storage()._cdata  # noqa: SLF001 (data_ptr is 0 on the meta device)
