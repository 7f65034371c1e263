"""The vocabulary of the study: clips, classes, and what a database is.

Every other module speaks in these terms. A clip is one annotated micro-expression from onset to offset; a database
lists its clips and hands out their frames, whether it lies on disk or is simulated.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from mxe_lib.errors import MxeError

CLASSES = ("negative", "positive", "surprise")
"""The three classes in the order of the MEGC 2019 composite (label 0, 1, 2)."""

Origin = Literal["real", "simulated"]


@dataclass(frozen=True)
class Clip:
    """One micro-expression.

    Attributes:
        database: its name, such as ``casme2`` (``databases.registry``).
        subject: as the database writes it on disk: ``sub01``, ``006``, ``s1``.
        name: the clip's own name, such as ``EP02_01f``; unique within its subject only.
        fps: frames per second.
        onset: frame number of the first moving frame, in the database's own count; None where only a flow map exists.
        apex: frame number of the strongest frame; None where the database gives none (SMIC) or it is unusable.
        offset: frame number of the last frame.
        emotion: the database's own word in lower case (``disgust``, ``others``); for SMIC the class itself.
        action_units: FACS codes as written, such as ``("L4", "7B")``; empty where none are given.
        origin: ``real`` or ``simulated``.

    Raises:
        MxeError: if onset <= apex <= offset does not hold.
    """

    database: str
    subject: str
    name: str
    fps: int
    onset: int | None
    apex: int | None
    offset: int | None
    emotion: str
    action_units: tuple[str, ...] = ()
    origin: Origin = "real"

    def __post_init__(self) -> None:
        onset, apex, offset = self.onset, self.apex, self.offset
        if onset is not None and offset is not None and onset > offset:
            raise MxeError(f"{self.id}: onset {onset} lies after offset {offset}: correct the workbook's row")
        if apex is not None and onset is not None and apex < onset:
            raise MxeError(f"{self.id}: onset {onset} lies after apex {apex}: correct the workbook's row")
        if apex is not None and offset is not None and apex > offset:
            raise MxeError(f"{self.id}: apex {apex} lies after offset {offset}: correct the workbook's row")

    @property
    def id(self) -> str:
        """Unique over all databases: ``casme2/sub01/EP02_01f``."""
        return f"{self.database}/{self.subject}/{self.name}"

    @property
    def subject_id(self) -> str:
        """Unique over all databases: ``casme2/sub01``. Folds never split it."""
        return f"{self.database}/{self.subject}"

    @property
    def length(self) -> int:
        """Offset minus onset, in frames (a difference: the clip holds one frame more)."""
        if self.onset is None or self.offset is None:
            raise MxeError(f"{self.id}: has no onset and offset, so no length: only its flow map is known")
        return self.offset - self.onset

    def frame_numbers(self, step: int = 1) -> list[int]:
        """Frame numbers from onset to offset, every ``step``-th, with the offset always among them.

        The apex is not added: a sampling that always held it would give its position away.

        >>> Clip("smic", "s1", "s1_po_01", 100, 10, None, 17, "positive").frame_numbers(3)
        [10, 13, 16, 17]
        """
        numbers = list(range(self.onset, self.onset + self.length + 1, step))
        return numbers if numbers[-1] == self.offset else [*numbers, self.offset]


@dataclass(frozen=True)
class Repair:
    """One value of an annotation file that an importer corrected, or one clip that it left out, and why."""

    database: str
    clip: str
    field: str
    found: str
    used: str
    reason: str


class Database(Protocol):
    """What an importer and a simulated cohort have in common."""

    name: str
    origin: Origin

    def clips(self) -> list[Clip]:
        """All usable clips, sorted by subject and name."""

    def frames(self, clip: Clip, numbers: Sequence[int] | None = None) -> np.ndarray:
        """The frames with these numbers (default: onset to offset).

        Returns:
            ``(T, H, W)`` uint8 grey, or ``(T, H, W, 3)`` uint8 RGB.

        Raises:
            MxeError: if a frame is missing or unreadable; the message names its file.
        """

    def fingerprint(self, clip: Clip, numbers: Sequence[int]) -> str:
        """A hash of what ``frames`` would return: of the files' bytes, or of a simulated clip's settings."""

    def repairs(self) -> list[Repair]:
        """What was corrected or left out on import."""
