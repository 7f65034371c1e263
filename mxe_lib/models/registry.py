"""The networks by name, as their files enter them.

A task asks for its network here and imports none itself: what it has trained depends on that network alone, not on the
others. ``mxe_lib.models`` imports all files that enter one.
"""

from collections.abc import Callable
from dataclasses import dataclass

from torch import nn

from mxe_lib.errors import MxeError


@dataclass(frozen=True)
class Benchmark:
    """How notebook 07 trains a network.

    Attributes:
        batch_size: on maps; smaller on the fewer clips.
        milliseconds: for a field and step on one core at the profile quick, for the plan of the notebook.
        width: the profile's setting that gives the factor on the channels; None for the full network.
    """

    batch_size: int
    milliseconds: float
    width: str | None = None


@dataclass(frozen=True)
class Entry:
    """A network of the registry.

    Attributes:
        build: the class, or what makes the network from ``outputs``, ``width`` and its own arguments.
        published_rate: Adam's learning rate where the source prints one, else 1e-4.
        benchmark: None for a network that notebook 07 leaves out.
        label: the name as the field writes it, for readers; None reads the registry's own without its underscores.
    """

    build: Callable[..., nn.Module]
    published_rate: float = 1e-4
    benchmark: Benchmark | None = None
    label: str | None = None


NETWORKS: dict[str, Entry] = {}


def network(name: str, **known) -> Callable[[type], type]:
    """Enters the class below under a name.

    Args:
        known: of ``Entry``.
    """

    def enter(build: type) -> type:
        NETWORKS[name] = Entry(build, **known)
        return build

    return enter


def entry(name: str) -> Entry:
    """What is known of the network of this name.

    Raises:
        MxeError: if there is none.
    """
    if name not in NETWORKS:
        raise MxeError(f"unknown network '{name}': choose one of {', '.join(NETWORKS)}")
    return NETWORKS[name]


def build(name: str, **args) -> nn.Module:
    """The network of this name with these constructor arguments (``width``, ``outputs``, ...).

    Raises:
        MxeError: if there is none of that name, or it refuses an argument.
    """
    return entry(name).build(**args)
