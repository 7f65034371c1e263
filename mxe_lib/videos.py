"""The vocabulary of long videos: what moves when in a recording that nobody cut.

A clip is one movement, cut out; a long video is all of a recording, and its intervals are the movements in it that
coders marked, micro- and macro-expressions alike. It may hold none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from mxe_lib.clips import Origin
from mxe_lib.errors import MxeError

Kind = Literal["micro", "macro"]
KINDS = ("micro", "macro")
"""A micro-expression lasts half a second at most; what lasts longer is a macro-expression."""


@dataclass(frozen=True)
class Interval:
    """One movement in a long video; frame numbers are the video's own.

    Attributes:
        onset, offset: the first and the last frame of the movement.
        apex: the strongest frame; None where the database gives none, or what it gives is unusable.
        kind: ``micro`` or ``macro``, as the coders say; a length alone decides nothing.
        emotion: the database's own word in lower case; empty where it gives none.
        action_units: FACS codes as written; empty where none are given.

    Raises:
        MxeError: if onset <= apex <= offset does not hold, or there is no such kind.
    """

    onset: int
    apex: int | None
    offset: int
    kind: Kind
    emotion: str = ""
    action_units: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise MxeError(f"interval {self.onset}-{self.offset}: kind '{self.kind}': choose {' or '.join(KINDS)}")
        if self.onset > self.offset:
            raise MxeError(f"interval: onset {self.onset} lies after offset {self.offset}: correct its row")
        if self.apex is not None and not self.onset <= self.apex <= self.offset:
            raise MxeError(f"interval {self.onset}-{self.offset}: apex {self.apex} lies outside of it: correct its row")

    @property
    def length(self) -> int:
        """Offset minus onset, in frames (a difference: the interval holds one frame more)."""
        return self.offset - self.onset


@dataclass(frozen=True)
class LongVideo:
    """One recording from its first to its last frame, and the intervals in it, by onset.

    Attributes:
        database: its name, such as ``samm_long``.
        subject: as the database writes it on disk: ``006``, ``s15``.
        name: the video's own name, such as ``006_1``; unique within its subject only.
        fps: frames per second.
        first, last: numbers of the first and the last frame, in the database's own count.
        intervals: what coders marked; they may overlap, and there may be none.
        origin: ``real`` or ``simulated``.

    Raises:
        MxeError: if an interval leaves the video, or the intervals are not sorted by onset.

    >>> video = LongVideo("samm_long", "006", "006_1", 200, 1, 900, (Interval(31, 60, 90, "micro"),))
    >>> video.id, video.subject_id, video.seconds
    ('samm_long/006/006_1', 'samm_long/006', 4.5)
    """

    database: str
    subject: str
    name: str
    fps: int
    first: int
    last: int
    intervals: tuple[Interval, ...] = ()
    origin: Origin = "real"

    def __post_init__(self) -> None:
        if self.fps <= 0:
            raise MxeError(f"{self.id}: {self.fps} frames a second: give a number above 0")
        if self.first > self.last:
            raise MxeError(f"{self.id}: its first frame {self.first} lies after its last, {self.last}")
        for interval in self.intervals:
            if interval.onset < self.first or interval.offset > self.last:
                raise MxeError(
                    f"{self.id}: interval {interval.onset}-{interval.offset} leaves the video, frames {self.first} to "
                    f"{self.last}: correct its row, or complete the images"
                )
        if list(self.intervals) != sorted(self.intervals, key=lambda interval: interval.onset):
            raise MxeError(f"{self.id}: its intervals are not in order: sort them by onset")

    @property
    def id(self) -> str:
        """Unique over all databases: ``samm_long/006/006_1``."""
        return f"{self.database}/{self.subject}/{self.name}"

    @property
    def subject_id(self) -> str:
        """Unique over all databases: ``samm_long/006``. Folds never split it."""
        return f"{self.database}/{self.subject}"

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return (self.last - self.first + 1) / self.fps

    def frame_numbers(self, step: int = 1) -> list[int]:
        """Every ``step``-th frame number from the first one on; the last frame is not added.

        >>> LongVideo("casme_sq", "s15", "15_0101", 30, 1, 8).frame_numbers(3)
        [1, 4, 7]
        """
        return list(range(self.first, self.last + 1, step))


class VideoDatabase(Protocol):
    """What an importer of long videos and a simulated cohort of them have in common."""

    name: str
    origin: Origin

    def videos(self) -> list[LongVideo]:
        """All videos, sorted by subject and name; those without any interval are among them."""

    def frames(self, video: LongVideo, numbers: Sequence[int] | None = None) -> np.ndarray:
        """The frames with these numbers; a video has thousands, so ask for some.

        Returns:
            ``(T, H, W)`` uint8 grey, or ``(T, H, W, 3)`` uint8 RGB.

        Raises:
            MxeError: if a frame is missing or unreadable; the message names its file.
        """

    def fingerprint(self, video: LongVideo, numbers: Sequence[int]) -> str:
        """A hash of what ``frames`` would return."""
