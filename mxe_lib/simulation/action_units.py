"""Action units as displacement fields on a face: which muscle pulls which skin where.

Every unit is a sum of bumps. A bump is anchored on landmarks, has its own width to the left, right, top and bottom (so
a lip can part from the other lip, and a lid from the brow) and pulls the skin in one direction. Because a bump is a
product of a profile along x and one along y, a whole field is one small matrix product: clips and direct flow fields
share this code.

The descriptions follow Ekman, Friesen and Hager, *Facial Action Coding System*, 2002 (muscle and appearance change of
each unit); the widths are our own, in face units, from where the muscle inserts in the skin.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mxe_lib.compute import tables
from mxe_lib.errors import MxeError

AMPLITUDES = {"A": 0.022, "B": 0.035, "C": 0.052, "D": 0.072, "E": 0.095}
"""Peak skin displacement by intensity letter (trace ... maximum), face units; 0.1 is 4.3 px in a frame 140 px wide.
The unit's bumps, acting on both sides of the mean face, are scaled to reach it exactly."""


@dataclass(frozen=True)
class Bump:
    """One pull on the skin of the face's half that stands on the image's left.

    Attributes:
        anchors: landmarks whose mean is the centre.
        pull: (towards the face's axis, down), relative to the unit's other bumps.
        width: standard deviations (outer, inner, above, below) in face units; outer is away from the axis.
        shift: centre's displacement from the anchors (towards the axis, down).
        central: stands on the axis, is not mirrored, and is halved when one side alone acts.
    """

    anchors: tuple[int, ...]
    pull: tuple[float, float]
    width: tuple[float, float, float, float]
    shift: tuple[float, float] = (0.0, 0.0)
    central: bool = False


@dataclass(frozen=True)
class ActionUnit:
    """A FACS action unit: number, name, muscle, what is seen, and its bumps; ``gain`` scales the amplitude."""

    number: int
    name: str
    muscle: str
    appearance: str
    bumps: tuple[Bump, ...]
    gain: float = 1.0


def _bump(row: Mapping[str, str]) -> Bump:
    return Bump(
        anchors=tuple(int(landmark) for landmark in row["anchors"].split()),
        pull=(float(row["inwards"]), float(row["down"])),
        width=tuple(float(row[side]) for side in ("outer", "inner", "above", "below")),
        shift=(float(row["shift_inwards"]), float(row["shift_down"])),
        central=row["central"] == "yes",
    )


_BUMPS = tables.read(Path(__file__).with_name("bumps.csv"))
UNITS = {
    int(row["number"]): ActionUnit(
        *(int(row["number"]), row["name"], row["muscle"], row["appearance"]),
        bumps=tuple(_bump(bump) for bump in _BUMPS if bump["unit"] == row["number"]),
        gain=float(row["gain"]),
    )
    for row in tables.read(Path(__file__).with_name("action_units.csv"))
}
"""All units by number, from ``action_units.csv`` and ``bumps.csv``."""

LID_CLOSURE = {"A": 0.25, "B": 0.4, "C": 0.6, "D": 0.8, "E": 1.0}
"""Share of the eye that units 43 and 45 cover, by letter: lids travel further than skin."""

COMBINATIONS = {
    (1, 2): {1: (1.0, 0.82), 2: (1.0, 0.82)},  # one muscle sheet: the whole brow rises, its middle not twice
    (1, 4): {1: (1.0, 0.75), 4: (1.25, 0.15)},  # the inner ends go up and together: the brow turns oblique
    (2, 4): {2: (1.0, 0.8), 4: (1.0, 0.7)},
    (6, 12): {6: (1.0, 1.25), 12: (1.0, 1.1)},  # the smile pushes the cheek that unit 6 lifts
    (12, 15): {12: (1.1, 0.55), 15: (1.1, 0.55)},  # antagonists at the corner: it goes out more than up or down
    (12, 17): {12: (1.0, 0.85), 17: (1.0, 0.9)},
    (15, 17): {15: (1.0, 1.1), 17: (1.0, 0.85)},  # the raised chin boss bends the corners further down
    (6, 7): {6: (1.0, 0.75), 7: (1.0, 0.7)},  # two parts of one ring muscle lift the same lower lid
    (9, 10): {9: (1.0, 0.8), 10: (1.0, 0.8)},  # heads of one muscle
    (20, 25): {25: (1.0, 1.15)},
    (23, 24): {23: (0.7, 0.7), 24: (0.7, 0.7)},
}
"""Factors (x, y) on each unit's pull where two act on one side at equal strength; weaker partners change less."""

_CODE = re.compile(r"([LR]?)(\d{1,2})([A-E]?)")


@dataclass(frozen=True)
class Activation:
    """A unit at work: ``side`` is ``left``, ``right`` (the owner's) or ``both``; ``letter`` may be "" (not coded)."""

    unit: int
    side: str = "both"
    letter: str = ""

    @property
    def code(self) -> str:
        """As FACS writes it: ``L4B``."""
        return {"left": "L", "right": "R", "both": ""}[self.side] + str(self.unit) + self.letter


def parse(code: str) -> Activation:
    """Read one FACS code.

    >>> parse("L12C")
    Activation(unit=12, side='left', letter='C')

    Raises:
        MxeError: if the unit or the letter is none of those known here.
    """
    match = _CODE.fullmatch(code.strip())
    if match is None:
        raise MxeError(f"action unit '{code}': write an optional L or R, the number, an optional intensity from A to E")
    unit = int(match[2])
    if unit not in UNITS:
        raise MxeError(f"action unit '{code}': unknown unit {unit}: choose from {', '.join(map(str, UNITS))}")
    return Activation(unit, {"L": "left", "R": "right", "": "both"}[match[1]], match[3])
