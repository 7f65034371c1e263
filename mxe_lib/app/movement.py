"""The frames of one facial movement: read, cut to the face, and checked on the way."""

import itertools
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mxe_lib.app import clip_files
from mxe_lib.app.whose_face import Watch, locate
from mxe_lib.errors import MxeError
from mxe_lib.recognition.shipped_recognizer import FLOW_SIZE
from mxe_lib.vision import faces

MOST_FRAMES = 2000

UNEVEN = 0.1
"""Share by which the time from frame to frame may differ from its median before it is called uneven."""


@dataclass(frozen=True)
class Movement:
    """A face through the frames from onset to offset.

    Attributes:
        crops: by frame number, ``(FLOW_SIZE, FLOW_SIZE)`` uint8.
        times: seconds by frame number, as the file's stamps say; empty where it has none.
        fps: frames per second where they come evenly, else None.
        notes: what a reader must know.
    """

    crops: dict[int, np.ndarray]
    times: dict[int, float]
    fps: float | None
    notes: tuple[str, ...]

    def milliseconds(self, number: int, fps: float | None) -> float | None:
        """From the first frame to this one; by ``fps`` if that is given, else by the file's stamps."""
        first = next(iter(self.crops))
        if fps:
            return 1000 * (number - first) / fps
        return 1000 * (self.times[number] - self.times[first]) if self.times else None


def read(path: Path, name: str, onset: int | None, apex: int | None, offset: int | None) -> Movement:
    """The movement between two frames of a clip.

    Args:
        path: as ``clip_files.open_clip`` takes it; name: as messages call it.
        onset, offset: frame numbers; None = first and last frame of the clip, or the apex as the last.
        apex: must be among them, if it is given.

    Raises:
        MxeError: if the clip cannot be read or has no such frames, or not one face from the first to the last.
    """
    opened, last = clip_files.open_clip(path), apex if offset is None else offset
    seen: list[int] = []
    crops: dict[int, np.ndarray] = {}
    times: dict[int, float | None] = {}
    for number, frame, time in opened.frames:
        seen.append(number)
        if last is not None and number > last:
            break
        if onset is not None and number < onset:
            continue
        try:
            if not crops:
                if onset is not None and number != onset:
                    raise MxeError(f"frame {onset} (--onset) is not there: {_nearest(seen, onset)}")
                alignment, notes = _located(number, frame)
                crop = faces.face_crop(frame, alignment, FLOW_SIZE)
                watch = Watch(number, frame, alignment, crop)
            else:
                crop = faces.face_crop(frame, alignment, FLOW_SIZE)
                watch.look(number, frame, crop)
        except MxeError as error:
            raise MxeError(f"{name}: {error}") from None
        crops[number], times[number] = crop, time
        if len(crops) > MOST_FRAMES:
            way = "cut out one movement with --onset and --offset, or search for all with --long"
            raise MxeError(f"{name}: more than {MOST_FRAMES} frames: {way}")
        if number == last:  # no further: what comes after it may be damaged
            break
    if last is not None and seen and last < seen[0]:
        option = "apex" if offset is None else "offset"
        raise MxeError(f"{name}: frame {last} (--{option}) lies before the clip's first: choose {seen[0]} or later")
    if len(seen) == 1 and last != seen[0]:
        raise MxeError(f"{name}: holds a single frame: a movement needs at least two")
    for option, number in (("onset", onset), ("offset or --apex", last)):
        if number is not None and number > seen[-1]:
            raise MxeError(f"{name}: frame {number} (--{option}) lies outside the clip: choose up to {seen[-1]}")
    for option, number in (("apex", apex), ("offset", offset)):
        if number is not None and number not in crops:
            raise MxeError(f"{name}: frame {number} (--{option}) is not there: {_nearest(seen, number)}")
    if len(crops) < 2:
        raise MxeError(f"{name}: fewer than two frames lie between onset and offset: choose them further apart")
    stamped = {number: time for number, time in times.items() if time is not None}
    untimed = _untimed(stamped, crops)
    stamped = {} if untimed or len(stamped) < len(crops) else stamped
    fps, uneven = _rate(stamped)
    if apex is None and not stamped and not untimed:
        uneven = _jumps({number: opened.marks[number] for number in crops if number in opened.marks})
    return Movement(crops, stamped, fps, (*opened.notes, *notes, *watch.notes, *untimed, *uneven))


def _nearest(numbers: list[int], wanted: int) -> str:
    """Advice to someone who asked for a frame that is not there."""
    below = max((n for n in numbers if n < wanted), default=None)
    above = min((n for n in numbers if n > wanted), default=None)
    near = [str(n) for n in (below, above) if n is not None]
    return f"the nearest {'are' if len(near) > 1 else 'is'} {' and '.join(near)}"


def _located(number: int, frame: np.ndarray) -> tuple[faces.Alignment, list[str]]:
    try:
        return locate(frame)
    except MxeError as error:
        raise MxeError(f"frame {number}: {error}") from None


def _untimed(times: dict[int, float], crops: dict[int, np.ndarray]) -> list[str]:
    """A note where the stamps tell no times, though there are some."""
    if len(times) < 2:  # an animation without delays still says when it begins
        return []
    if len(times) < len(crops):
        missing = next(number for number in crops if number not in times)
        return [f"Frame {missing} has no time stamp: no times are told."]
    back = next((n for (m, a), (n, b) in itertools.pairwise(times.items()) if b <= a), None)
    if back is None:
        return []
    return [
        f"The file's clock does not go on at frame {back}, as where two films were joined: no times are told, and a "
        "movement across that frame is none."
    ]


def _rate(times: dict[int, float]) -> tuple[float | None, list[str]]:
    """Frames per second, and a note where there is no such number."""
    if not times:
        return None, []
    # Numbers may jump where frames were left out; a step is from one number to the next.
    steps = np.array([(b - a) / (m - n) for (n, a), (m, b) in itertools.pairwise(times.items())])
    if even(steps):
        numbers, stamps = list(times), list(times.values())
        return round((numbers[-1] - numbers[0]) / (stamps[-1] - stamps[0]), 4), []
    low, high = 1000 * steps.min(), 1000 * steps.max()
    return None, [
        f"The frames do not come evenly ({low:.0f} to {high:.0f} ms apart): times are those of the file's own stamps, "
        "and the spotter takes the frames for even."
    ]


def _jumps(marks: dict[int, int]) -> list[str]:
    """A note where the names of images rise unevenly; what was rounded to whole numbers is no jump."""
    if len(marks) < 3:
        return []
    steps = {(m, n): after - before for (m, before), (n, after) in itertools.pairwise(marks.items())}
    usual = float(np.median(list(steps.values())))
    off = {ends: abs(step - usual) for ends, step in steps.items()}
    if max(off.values()) <= max(UNEVEN * usual, usual >= 3):
        return []
    (one, other) = max(off, key=off.__getitem__)
    return [
        f"The frames do not come evenly: from frame {one} to frame {other} it is {steps[one, other] / usual:.2g} times "
        "the usual step by their names, and the spotter takes the frames for even."
    ]


def even(steps: np.ndarray) -> bool:
    """Whether frames that follow one another after so many seconds each come evenly."""
    middle = float(np.median(steps))
    # Some containers count whole milliseconds, so that 240 frames a second lie 4, 4, 4 and 5 of them apart.
    return bool((np.abs(steps - middle) <= max(UNEVEN * middle, 0.0011)).all())
