"""A long video, read once: the stretches in which one face is to be seen, and what the spotter believes of each.

Memory does not grow with the video: frames come one by one, the crops that are looked at again later lie in a file on
disk, and what stays is a number or some for each thirtieth of a second.
"""

import tempfile
from array import array
from dataclasses import dataclass, field, replace
from typing import BinaryIO

import numpy as np

from mxe_lib.app import movement
from mxe_lib.app.clip_files import SLOWEST, OpenedClip
from mxe_lib.app.follow import Follower, Seen
from mxe_lib.app.moment_stream import CLOCK, MomentStream
from mxe_lib.app.standing import Standing
from mxe_lib.errors import MxeError
from mxe_lib.recognition.shipped_recognizer import FLOW_SIZE
from mxe_lib.spotting.interval_spotter import SpotIntervals

FIRST_SECONDS = 10
"""In which the face must be found."""

SHORTEST = 24
"""Ticks of ``CLOCK`` that a face must be seen without a break: flow is measured over 23."""

GAP = 0.5
"""Seconds without a frame from which on nothing is measured across them."""


@dataclass(frozen=True)
class Stretch:
    """Part of the video that was not searched: frame numbers, seconds from the first frame, and the reason."""

    first: int
    last: int
    start: float
    end: float
    why: str


@dataclass
class Segment:
    """A stretch through which one crop shows the face, tick by tick of ``CLOCK``.

    Attributes:
        place: of its first crop in the file of crops.
        start: seconds from the video's first frame.
        numbers, times: of the frame that each tick shows: its number, and its seconds from the first frame.
        map: ``(M, lengths)``, the spotter's belief, every other tick.
    """

    place: int
    start: float
    numbers: array = field(default_factory=lambda: array("q"))
    times: array = field(default_factory=lambda: array("d"))
    map: np.ndarray | None = None


@dataclass
class Reading:
    """What was read.

    Attributes:
        segments: those that were searched; left_out: all else.
        first, last: frame numbers; seconds: from the first to the last frame.
        fps: frames per second where they come evenly, else None; rate: their median.
        notes: what a reader must know.
    """

    segments: list[Segment]
    left_out: list[Stretch]
    first: int
    last: int
    seconds: float
    fps: float | None
    rate: float
    notes: list[str]


class Reader:
    """Reads a video once.

    Args:
        name: as messages call it.
        task: the spotter.
        crops: an empty binary file, which gets ``(FLOW_SIZE, FLOW_SIZE)`` bytes for each tick.
        fps: frames per second; None = by the stamps of the file.
    """

    def __init__(self, name: str, task: SpotIntervals, crops: BinaryIO, fps: float | None) -> None:
        self.name, self.task, self.crops, self.fps = name, task, crops, fps
        self.follower, self.standing = Follower(), Standing()
        self.segments: list[Segment] = []
        self.left_out: list[Stretch] = []
        self.steps = array("d")
        self._ticks = 0
        self._segment: Segment | None = None
        self._stream: MomentStream | None = None
        self._held: tuple[int, float, Seen] | None = None
        self._missed: list | None = None

    def read(self, opened: OpenedClip, onset: int | None = None, offset: int | None = None, tell=None) -> Reading:
        """Everything from one frame to another.

        Args:
            onset, offset: frame numbers; None = the first and the last.
            tell: called after each frame, for a progress bar.

        Raises:
            MxeError: if the video is damaged, its times are unknown or run backwards, its frames are too few a second,
                or no face is found.
        """
        first = number = number_ = None
        start = before = 0.0
        stamps: list[float] = []
        for number_, image, stamp in opened.frames:
            if offset is not None and number_ > offset:
                break
            if tell:
                tell()
            if onset is not None and number_ < onset:
                continue
            if self.fps is None and stamp is None:
                raise MxeError(f"{self.name}: how many frames a second it has is not known: give --fps")
            time = number_ / self.fps if self.fps else stamp
            if stamp is not None and len(stamps) < 2 * SLOWEST:
                stamps.append(stamp)
            if first is None:
                first, start, time = number_, time, 0.0
            else:
                time -= start
                if time <= before:
                    raise MxeError(f"{self.name}: its time runs backwards at frame {number_}: give --fps")
                self._step((time - before) / (number_ - number))
                if time - before > GAP:
                    self._close()
                    self.left_out.append(Stretch(number, number_, before, time, "no frames"))
            self._take(number_, time, image)
            number, before = number_, time
            if number == offset:  # the next one may be damaged
                break
        for option, wanted in (("onset", onset), ("offset", offset)):
            if wanted is not None and number_ is not None and number_ < wanted:
                raise MxeError(
                    f"{self.name}: frame {wanted} (--{option}) lies outside the clip: choose up to {number_}"
                )
        if first is None or number == first:
            raise MxeError(f"{self.name}: fewer than two frames to search: choose --onset and --offset further apart")
        self._close()
        self._found_again()
        self._step(None)
        if not self.segments:
            if before < SHORTEST / CLOCK:
                raise MxeError(
                    f"{self.name}: frames {first} to {number} last {before:.2f} s, too short to search: give "
                    f"{SHORTEST / CLOCK} s or more, or leave out --long where it is one movement"
                )
            why = self.follower.why or "the face is seen too briefly"
            raise MxeError(f"{self.name}: no second of it shows one face from the front ({why}): film it anew")
        fps, notes = self._evenly(first, number, before)
        rate = 1 / float(np.median(self.steps))
        own = float(np.median(np.diff(stamps))) if len(stamps) > 1 else 0.0
        notes += contradicted(1 / own if own > 0 else None, self.fps)
        if onset is not None:
            notes.append(f"Seconds count from frame {first}, where the search begins.")
        return Reading(
            self.segments,
            _merged(self.left_out),
            *(first, number, before, fps, rate),
            [*opened.notes, *self.follower.notes, *notes, *self.standing.notes(rate)],
        )

    def _step(self, seconds: float | None) -> None:
        """Between two frames; None: there are no more."""
        if seconds is not None:
            self.steps.append(seconds)
        if len(self.steps) == 2 * SLOWEST or seconds is None:
            rate = 1 / float(np.median(self.steps))
            if rate < 0.95 * SLOWEST:
                raise MxeError(
                    f"{self.name}: {rate:.3g} frames a second are too few to see half a second of movement: film "
                    "with 25 or more"
                )

    def _take(self, number: int, time: float, image: np.ndarray) -> None:
        seen = self.follower.look(image, time)
        self.standing.look(seen and seen.crop, number, time)
        if seen is None:
            self._close()
            if self._missed is None:
                self._missed = [number, number, time, time, self.follower.why]
            self._missed[1], self._missed[3] = number, time
            if not self.segments and time > FIRST_SECONDS:
                raise MxeError(
                    f"{self.name}: its first {FIRST_SECONDS} seconds show no face to follow ({self.follower.why}): "
                    "start later with --onset, or film it anew"
                )
            return
        self._found_again()
        if seen.anew:
            self._close()
        if self._segment is None:
            self._segment, self._stream = Segment(self._ticks, time), MomentStream(self.task)
        elif self._held:
            self._emit(until=(self._held[1] + time) / 2)
        self._held = (number, time, seen)

    def _emit(self, until: float) -> None:
        """The held frame for each tick up to a time."""
        number, time, seen = self._held
        while self._segment.start + len(self._segment.numbers) / CLOCK <= until:
            self._segment.numbers.append(number)
            self._segment.times.append(time)
            self._stream.add(seen.flow)
            self._keep(seen.crop)
            self._ticks += 1

    def _keep(self, crop: np.ndarray) -> None:
        try:
            self.crops.write(crop.tobytes())
            self.crops.flush()
        except OSError as error:
            raise no_room(error) from None

    def _close(self) -> None:
        """The face is lost here, or the video ends."""
        if self._segment is None:
            return
        self._emit(until=self._held[1] + 0.5 / CLOCK)
        segment = self._segment
        if len(segment.numbers) >= SHORTEST:
            segment.map = self._stream.heat_map()
            self.segments.append(segment)
        else:
            ends = segment.numbers[0], segment.numbers[-1], segment.times[0], segment.times[-1]
            self.left_out.append(Stretch(*ends, "the face is seen too briefly"))
        self._segment = self._stream = self._held = None

    def _found_again(self) -> None:
        if self._missed is not None:
            self.left_out.append(Stretch(*self._missed))
            self._missed = None

    def _evenly(self, first: int, last: int, seconds: float) -> tuple[float | None, list[str]]:
        steps = np.frombuffer(self.steps)
        if self.fps:
            return self.fps, []
        if movement.even(steps):
            return round((last - first) / seconds, 4), []
        low, high = 1000 * steps.min(), 1000 * steps.max()
        return None, [
            f"The frames do not come evenly ({low:.0f} to {high:.0f} ms apart): times are those of the file's own "
            f"stamps, and the spotter is given the frame that is nearest to each {CLOCK}th of a second."
        ]


def contradicted(own: float | None, given: float | None) -> list[str]:
    """A note where ``--fps`` is not what the file's stamps say."""
    if not own or not given or abs(own / given - 1) <= 0.05:
        return []
    return [f"By its own stamps it has {own:.4g} frames a second: --fps {given:.4g} was taken instead."]


def no_room(error: OSError) -> MxeError:
    """Crops that cannot be kept."""
    return MxeError(
        f"{tempfile.gettempdir()}: cannot keep crops there ({error.strerror}): make room for 10 MB a minute of video, "
        "or name another folder in TMPDIR"
    )


def _merged(stretches: list[Stretch]) -> list[Stretch]:
    """In their order; those that follow one another for one reason are one."""
    kept: list[Stretch] = []
    for one in sorted(stretches, key=lambda one: one.first):
        if kept and kept[-1].why == one.why and one.start - kept[-1].end <= GAP:
            kept[-1] = replace(kept[-1], last=one.last, end=one.end)
        else:
            kept.append(one)
    return kept


def crop(crops: BinaryIO, place: int) -> np.ndarray:
    """``(FLOW_SIZE, FLOW_SIZE)`` uint8 from the file of crops."""
    crops.seek(place * FLOW_SIZE**2)
    return np.frombuffer(crops.read(FLOW_SIZE**2), np.uint8).reshape(FLOW_SIZE, FLOW_SIZE)
