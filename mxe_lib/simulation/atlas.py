"""An atlas of the action units: each alone on one face."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mxe_lib.simulation.action_units import UNITS, ActionUnit, parse
from mxe_lib.simulation.database import SimulatedDatabase
from mxe_lib.simulation.timeline import NONE


@dataclass(frozen=True)
class Portrait:
    """A page of the atlas: a unit, the neutral and the apex frame, and the ``(2, H, W)`` flow between them (pixels)."""

    unit: ActionUnit
    neutral: np.ndarray
    apex: np.ndarray
    flow: np.ndarray


def atlas(
    units: Sequence[int | str] | None = None,
    *,
    cohort: str = "casme2",
    subject: str | None = None,
    letter: str = "E",
    size: tuple[int, int] = (140, 170),
    seed: int = 0,
) -> list[Portrait]:
    """Each action unit alone on one face, without distractors, to be drawn side by side.

    Args:
        units: numbers or codes such as ``"L12"``; None = all.
        letter: intensity from A to E.
        subject: one of the cohort's; None = its first.

    Raises:
        MxeError: if a unit, the letter, the cohort or the size is not known or out of range.
    """
    database = SimulatedDatabase(cohort, seed, size=size, distractors=NONE)
    portraits = []
    for unit in UNITS if units is None else units:
        activation = parse(f"{unit}{letter}")
        clip = database.add_clip([activation.code], length=8, apex=4, subject=subject, name=f"atlas_{activation.code}")
        neutral, apex = database.frames(clip, [clip.onset, clip.onset + 4])
        portraits.append(Portrait(UNITS[activation.unit], neutral, apex, database.true_flow(clip, clip.onset + 4)))
    return portraits
