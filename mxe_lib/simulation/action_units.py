"""Action units as displacement fields on a face: which muscle pulls which skin where.

Every unit is a sum of bumps. A bump is anchored on landmarks, has its own width to the left, right, top and bottom (so
a lip can part from the other lip, and a lid from the brow) and pulls the skin in one direction. Because a bump is a
product of a profile along x and one along y, a whole field is one small matrix product: clips and direct flow fields
share this code.

The descriptions follow Ekman, Friesen and Hager, *Facial Action Coding System*, 2002 (muscle and appearance change of
each unit); the widths are our own, in face units, from where the muscle inserts in the skin.
"""

import re
from dataclasses import dataclass

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


UNITS = {
    unit.number: unit
    for unit in (
        ActionUnit(1, "inner brow raiser", "frontalis, medial part", "inner ends of the brows move up", (
            Bump((20, 21), (0.05, -1.0), (0.20, 0.16, 0.20, 0.15)),
            Bump((20, 21), (0.0, -0.45), (0.24, 0.22, 0.22, 0.24), (0.03, -0.36)),
        )),
        ActionUnit(2, "outer brow raiser", "frontalis, lateral part", "outer part of the brows moves up", (
            Bump((18, 19), (0.0, -1.0), (0.18, 0.22, 0.20, 0.15)),
            Bump((18, 19), (0.0, -0.4), (0.22, 0.24, 0.22, 0.24), (0.0, -0.33)),
            Bump((17, 36), (0.0, -0.25), (0.12, 0.14, 0.14, 0.10)),
        )),
        ActionUnit(4, "brow lowerer", "corrugator supercilii, depressor supercilii, procerus",
                   "brows move down and together", (
            Bump((20, 21), (0.65, 0.70), (0.22, 0.13, 0.17, 0.15)),
            Bump((18, 19), (0.30, 0.45), (0.20, 0.22, 0.18, 0.14)),
            Bump((27,), (0.0, 0.45), (0.15, 0.15, 0.22, 0.16), (0.0, -0.22), central=True),
        )),
        ActionUnit(5, "upper lid raiser", "levator palpebrae superioris", "upper lid moves up, the eye widens", (
            Bump((37, 38), (0.0, -1.0), (0.15, 0.15, 0.085, 0.055)),
            Bump((37, 38), (0.0, -0.25), (0.20, 0.20, 0.09, 0.10), (0.0, -0.13)),
        ), gain=0.75),
        ActionUnit(6, "cheek raiser", "orbicularis oculi, orbital part", "cheek moves up, crow's feet, lid pushed up", (
            Bump((40, 41), (0.10, -1.0), (0.26, 0.24, 0.13, 0.20), (-0.05, 0.30)),
            Bump((36,), (0.45, 0.10), (0.15, 0.10, 0.14, 0.14), (-0.10, 0.03)),
            Bump((40, 41), (0.0, -0.35), (0.18, 0.18, 0.07, 0.09), (0.0, 0.03)),
            Bump((17, 18), (0.10, 0.20), (0.16, 0.18, 0.10, 0.12)),
        )),
        ActionUnit(7, "lid tightener", "orbicularis oculi, palpebral part", "lower lid rises, eye narrows", (
            Bump((40, 41), (0.18, -1.0), (0.17, 0.18, 0.09, 0.11), (0.0, 0.02)),
            Bump((37, 38), (0.0, 0.40), (0.17, 0.17, 0.08, 0.08)),
            Bump((36,), (0.35, 0.0), (0.12, 0.09, 0.09, 0.09), (-0.03, 0.0)),
        ), gain=0.7),
        ActionUnit(9, "nose wrinkler", "levator labii superioris alaeque nasi",
                   "skin along the nose moves up, nostril wings and upper lip rise, brows sink", (
            Bump((31,), (0.0, -1.0), (0.15, 0.12, 0.22, 0.10), (-0.02, -0.08)),
            Bump((28, 39), (0.0, -0.55), (0.12, 0.12, 0.16, 0.16), (0.0, 0.12)),
            Bump((49, 50), (0.0, -0.55), (0.14, 0.14, 0.12, 0.07)),
            Bump((21,), (0.25, 0.45), (0.18, 0.14, 0.14, 0.12)),
        )),
        ActionUnit(10, "upper lip raiser", "levator labii superioris", "upper lip and the fold beside the nose rise", (
            Bump((49, 50), (0.0, -1.0), (0.17, 0.16, 0.14, 0.05)),
            Bump((31, 49), (-0.08, -0.75), (0.16, 0.14, 0.20, 0.14), (-0.08, -0.05)),
        )),
        ActionUnit(12, "lip corner puller", "zygomaticus major", "lip corners move up and out, cheeks lift", (
            Bump((48,), (-0.70, -0.72), (0.17, 0.16, 0.17, 0.15)),
            Bump((48, 41), (-0.25, -0.62), (0.24, 0.20, 0.22, 0.22), (-0.04, -0.02)),
            Bump((49, 59), (-0.30, -0.15), (0.12, 0.14, 0.12, 0.12)),
        )),
        ActionUnit(14, "dimpler", "buccinator", "lip corners tighten and are drawn in, a dimple beside them", (
            Bump((48,), (-0.85, -0.08), (0.12, 0.17, 0.14, 0.13)),
            Bump((48,), (0.30, 0.0), (0.15, 0.10, 0.16, 0.16), (-0.26, 0.02)),
            Bump((58, 59), (-0.1, -0.20), (0.14, 0.14, 0.08, 0.12), (0.0, 0.05)),
        )),
        ActionUnit(15, "lip corner depressor", "depressor anguli oris", "lip corners move down", (
            Bump((48,), (-0.15, 1.0), (0.15, 0.13, 0.13, 0.18)),
            Bump((48, 5), (0.0, 0.45), (0.18, 0.20, 0.16, 0.18), (0.10, 0.08)),
        )),
        ActionUnit(17, "chin raiser", "mentalis", "chin boss and lower lip are pushed up", (
            Bump((8, 57), (0.0, -1.0), (0.24, 0.24, 0.15, 0.16), (0.0, 0.0), central=True),
            Bump((57,), (0.0, -0.70), (0.22, 0.22, 0.10, 0.13), (0.0, -0.02), central=True),
            Bump((58, 59), (0.0, -0.20), (0.14, 0.14, 0.09, 0.12)),
        )),
        ActionUnit(20, "lip stretcher", "risorius", "lip corners are drawn straight back", (
            Bump((48,), (-1.0, 0.12), (0.20, 0.20, 0.15, 0.17)),
            Bump((48, 4), (-0.50, 0.05), (0.22, 0.22, 0.20, 0.22), (0.03, 0.0)),
        )),
        ActionUnit(23, "lip tightener", "orbicularis oris", "lips narrow and tighten", (
            Bump((49, 50), (0.20, 0.45), (0.16, 0.16, 0.10, 0.08)),
            Bump((58, 59), (0.20, -0.55), (0.16, 0.16, 0.08, 0.11)),
            Bump((48,), (0.60, 0.0), (0.12, 0.12, 0.12, 0.12)),
        ), gain=0.8),
        ActionUnit(24, "lip pressor", "orbicularis oris", "lips are pressed together", (
            Bump((49, 50), (0.0, 0.55), (0.20, 0.20, 0.12, 0.12)),
            Bump((58, 59), (0.0, -0.75), (0.20, 0.20, 0.13, 0.14)),
            Bump((8, 57), (0.0, -0.35), (0.24, 0.24, 0.13, 0.16), central=True),
        ), gain=0.8),
        ActionUnit(25, "lips part", "depressor labii inferioris", "lips part, the lower lip moves down", (
            Bump((58, 59), (0.0, 0.55), (0.18, 0.18, 0.075, 0.16), (0.0, -0.02)),
            Bump((57,), (0.0, 0.65), (0.20, 0.20, 0.075, 0.16), (0.0, -0.02), central=True),
            Bump((50, 51), (0.0, -0.25), (0.20, 0.20, 0.10, 0.06)),
        )),
        ActionUnit(26, "jaw drop", "masseter relaxes", "the jaw and lower lip move down", (
            Bump((8,), (0.0, 1.0), (0.50, 0.50, 0.34, 0.14), (0.0, -0.12), central=True),
            Bump((57,), (0.0, 0.45), (0.26, 0.26, 0.075, 0.20), (0.0, -0.04), central=True),
            Bump((4, 5), (0.05, 0.40), (0.16, 0.20, 0.30, 0.20), (0.08, 0.0)),
        ), gain=1.3),
        ActionUnit(43, "eyes closed", "levator palpebrae superioris relaxes", "upper lid sinks over the eye", (
            Bump((37, 38), (0.0, 1.0), (0.17, 0.17, 0.10, 0.07), (0.0, 0.02)),
        )),
        ActionUnit(45, "blink", "levator palpebrae relaxes, orbicularis oculi", "lids close and open again", (
            Bump((37, 38), (0.0, 1.0), (0.17, 0.17, 0.10, 0.07), (0.0, 0.02)),
            Bump((40, 41), (0.10, -0.12), (0.17, 0.17, 0.05, 0.08)),
        )),
    )
}  # fmt: skip
"""All units by number."""

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
