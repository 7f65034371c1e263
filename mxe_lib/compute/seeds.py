"""From a text to a seed, the same on every machine and in any order of calls; not Python's ``hash``, which differs.

Each way stays as it is, because all numbers of the study come from it. New code takes ``of_values``.
"""

import hashlib

import numpy as np


def of_values(*values: object) -> int:
    """A seed that depends on the values' ``repr`` alone."""
    return int.from_bytes(_hash(repr(values))[:8], "little")


def generator(*values: object) -> np.random.Generator:
    """The simulator's random numbers: a generator that depends on the values' ``repr`` alone."""
    return np.random.default_rng(int.from_bytes(_hash(repr(values))[:16], "little"))


def of_texts(*values: object) -> int:
    """The seed of what augmentation draws; it depends on the values as text."""
    return int.from_bytes(_hash("|".join(map(str, values)))[:7])


def of_training(settings: str, seed: int, fold: str) -> int:
    """The seed of one fold's training, by the task's settings, the run's seed and the fold's name."""
    return int.from_bytes(_hash(f"{settings}|{seed}|{fold}")[:8]) >> 1


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
