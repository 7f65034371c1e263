"""A long video in, intervals out: what ``analyze`` does with a recording that nobody cut."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

from mxe_lib.app import clip_files, frame_rates, interval_apex, long_reading, moment_stream, progress, videos
from mxe_lib.app.long_reading import Reading, Segment, Stretch
from mxe_lib.app.moment_stream import CLOCK
from mxe_lib.clips import CLASSES
from mxe_lib.databases import frames
from mxe_lib.errors import MxeError, one_line
from mxe_lib.evaluation import results
from mxe_lib.evaluation.spotted import Spotted
from mxe_lib.recognition import shipped_recognizer
from mxe_lib.spotting import shipped_interval_spotter
from mxe_lib.vision import flow

LONG = 10.0
"""Seconds from which on a video is searched for intervals: more than one expression lasts."""

GLIMPSES = 120
"""Pictures at most, evenly over the video and no more than one a second, beside those of the intervals."""

NAMED, TOLD = 20, 5
"""Intervals that the text on the terminal lists, and stretches that a note names."""

REFERENCE = Path(__file__).parents[2] / "reference" / "long_videos.csv"
"""What notebook 16 measured of this spotter, where the package lies in its repository."""


class Picture(NamedTuple):
    """The face in a frame: its number, seconds from the video's first frame, ``(H, W)`` uint8."""

    number: int
    seconds: float
    face: np.ndarray


@dataclass(frozen=True)
class FoundInterval:
    """One movement.

    Attributes:
        number: from 1, by onset.
        kind: ``micro`` below half a second, else ``macro``.
        onset, apex, offset: frame numbers as the video counts them; the apex is the middle.
        onset_s, apex_s, offset_s: seconds from the video's first frame.
        score: the spotter's belief, from 0 to 1; no probability.
        motion: 99th percentile of the motion from onset to apex, in pixels of a crop 75 wide.
        probabilities: by class, which add up to 1: the recogniser's, of this movement from onset to apex.
        pictures: around it, for the page.
    """

    number: int
    kind: str
    onset: int
    apex: int
    offset: int
    onset_s: float
    apex_s: float
    offset_s: float
    score: float
    motion: float
    probabilities: dict[str, float]
    pictures: tuple[Picture, ...] = ()

    @property
    def emotion(self) -> str:
        """The class with the highest probability."""
        return max(CLASSES, key=self.probabilities.__getitem__)

    def __str__(self) -> str:
        sure = f"{self.emotion} {self.probabilities[self.emotion]:.2f}"
        return (
            f"{self.number}. {self.onset_s:.2f} to {self.offset_s:.2f} s, {self.kind}: frames {self.onset} to "
            f"{self.offset}, apex {self.apex}; {sure}; score {self.score:.2f}"
        )


@dataclass(frozen=True)
class Search:
    """What was found in a long video, before it is written down.

    Attributes:
        clip: name of the file or folder.
        first, last, seconds, fps: as ``long_reading.Reading``.
        searched: seconds in which the face was seen.
        intervals: by onset; left_out: by frame.
        belief: (seconds of the first moment, the highest belief over all lengths at each moment) of each stretch.
        thresholds: least score by kind.
        prior: by class, before any look at the video.
        notes: what a reader must know.
        glimpses: of all that was searched, for the page.
    """

    clip: str
    first: int
    last: int
    seconds: float
    fps: float | None
    searched: float
    intervals: tuple[FoundInterval, ...]
    left_out: tuple[Stretch, ...]
    belief: tuple[tuple[float, np.ndarray], ...]
    thresholds: dict[str, float]
    prior: dict[str, float]
    notes: tuple[str, ...]
    glimpses: tuple[Picture, ...] = ()

    def __str__(self) -> str:
        micro = sum(one.kind == "micro" for one in self.intervals)
        named = [str(one) for one in self.intervals[:NAMED]]
        if len(self.intervals) > NAMED:
            named.append(f"... and {len(self.intervals) - NAMED} more: see the table")
        return "\n".join(
            [
                f"{one_line(self.clip, 300)}: {counted(len(self.intervals))} in {self.searched:.1f} searched seconds "
                f"of {self.seconds:.1f} ({micro} micro, {len(self.intervals) - micro} macro)",
                *named,
                *self.notes,
            ]
        )


def counted(intervals: int) -> str:
    """``1 interval``, ``2 intervals``."""
    return f"{intervals} interval{'' if intervals == 1 else 's'}"


def is_long(
    clip: Path, onset: int | None = None, apex: int | None = None, offset: int | None = None, fps: float | None = None
) -> bool:
    """Whether a clip holds more than ``LONG`` seconds to search, as far as that can be told without decoding it.

    A movement whose apex, or whose onset and offset, are given is one movement. A folder has no times without ``fps``.
    """
    if apex is not None or (onset is not None and offset is not None):
        return False
    try:
        if clip.is_dir():
            files = frames.ordered(clip, clip).files if fps else {}
            inside = [n for n in files if (onset is None or n >= onset) and (offset is None or n <= offset)]
            return bool(inside) and (inside[-1] - inside[0]) / fps > LONG
        if not clip.is_file():
            return False
        kind = videos if clip_files.is_film(clip) else clip_files
        return kind.outlasts(clip, LONG, fps=fps, first=onset, last=offset)
    except (MxeError, OSError):
        return False


def search(
    clip: Path, name: str, *, onset: int | None = None, offset: int | None = None, fps: float | None = None
) -> Search:
    """Find the movements in a long video and name their classes.

    Args:
        clip: as ``clip_files.open_clip`` takes it; name: as messages call it.
        onset, offset: frame numbers between which to search; None = all of it.
        fps: frames per second, where the video doesn't say or says it wrong.

    Raises:
        MxeError: in one line, as ``Reader.read``; or if there is no room on the disk for the crops.
    """
    task = shipped_interval_spotter.interval_spotter()
    least = shipped_interval_spotter.THRESHOLDS
    try:
        crops = tempfile.TemporaryFile(prefix="mxe-")  # noqa: SIM115
    except OSError as error:
        raise long_reading.no_room(error) from None
    with crops:
        reader = long_reading.Reader(name, task, crops, fps)
        with progress.bar(name, "frames", total=progress.expected(clip, offset)) as bar:
            read = reader.read(clip_files.open_clip(clip), onset, offset, bar.update)
        both = [(one, moment_stream.found_in(one.map, len(one.numbers), least)) for one in read.segments]
        spans = [(segment, one) for segment, found in both for one in found]
        shown = progress.bar(name, "intervals", of=spans)
        found = [_interval(number, *span, crops) for number, span in enumerate(shown, start=1)]
        glimpses = [picture for segment in read.segments for picture in _glimpses(segment, read.seconds, crops)]
    searched = sum(len(one.numbers) for one in read.segments) / CLOCK
    return Search(
        clip=name,
        **{each: getattr(read, each) for each in ("first", "last", "seconds", "fps")},
        searched=min(searched, read.seconds),
        intervals=tuple(found),
        left_out=tuple(read.left_out),
        belief=tuple((one.start, one.map.max(axis=1)) for one in read.segments),
        thresholds=dict(least),
        prior=dict(zip(CLASSES, shipped_recognizer.prior(), strict=True)),
        notes=(
            *(*read.notes, *_cut(spans), *_gaps(read), *_moves(reader), *_rates(read)),
            *(*interval_apex.notes(), *_alarms(REFERENCE)),
        ),
        glimpses=tuple(glimpses),
    )


def _interval(number: int, segment: Segment, one: Spotted, crops: BinaryIO) -> FoundInterval:
    ends = one.onset, one.apex, one.offset
    face = [long_reading.crop(crops, segment.place + tick) for tick in ends]
    movement = flow.optical_flow(face[0], face[1])
    ticks = sorted({*np.linspace(max(0, one.onset - 2), one.offset, 7).round().astype(int).tolist(), *ends})
    pictures = {segment.numbers[tick]: _picture(segment, tick, crops) for tick in ticks}
    return FoundInterval(
        number,
        one.kind,
        *(segment.numbers[tick] for tick in ends),
        *(round(segment.times[tick], 4) for tick in ends),
        score=one.score,
        motion=float(np.percentile(np.linalg.norm(movement, axis=0), 99)),
        probabilities=shipped_recognizer.recognizer().probabilities(movement),
        pictures=tuple(pictures.values()),
    )


def _picture(segment: Segment, tick: int, crops: BinaryIO) -> Picture:
    seconds = round(segment.times[tick], 4)
    return Picture(segment.numbers[tick], seconds, long_reading.crop(crops, segment.place + tick))


def _glimpses(segment: Segment, whole: float, crops: BinaryIO) -> list[Picture]:
    """Of a stretch of a video that lasts ``whole`` seconds."""
    step = max(1, round(CLOCK * max(1.0, whole / GLIMPSES)))
    return [_picture(segment, tick, crops) for tick in range(0, len(segment.numbers), step)]


def _cut(spans: list[tuple[Segment, Spotted]]) -> list[str]:
    """Which intervals may go on where nobody looked: their apex is the middle of the whole."""
    cut = [
        str(number)
        for number, (segment, one) in enumerate(spans, start=1)
        if one.onset <= 0 or one.offset >= len(segment.numbers) - 1
    ]
    if not cut:
        return []
    which = f"Interval{'s' if len(cut) > 1 else ''} {', '.join(cut[:TOLD])}{' and others' if len(cut) > TOLD else ''}"
    return [
        f"{which} reach{'' if len(cut) > 1 else 'es'} the first or last moment that was searched: the movement may go "
        "on beyond it, and its apex need not be the middle."
    ]


def _gaps(read: Reading) -> list[str]:
    """Where nobody looked, by reason."""
    if not read.left_out:
        return []
    shown = [
        f"{one.start:.1f} to {one.end:.1f} s (frames {one.first} to {one.last}: {one.why})"
        for one in read.left_out[:TOLD]
    ]
    more = len(read.left_out) - len(shown)
    shown += [f"and {more} more, which the JSON lists"] if more else []
    return [f"Left out: {'; '.join(shown)}."]


def _moves(reader: long_reading.Reader) -> list[str]:
    if not reader.follower.moves:
        return []
    times = "once" if reader.follower.moves == 1 else f"{reader.follower.moves} times"
    return [f"The head moved to another place {times}: what happened just then was not searched."]


def _rates(read: Reading) -> list[str]:
    """What this many frames a second can and can't show."""
    rate = read.rate
    seen = min(rate, CLOCK)
    notes = []
    if rate > 1.05 * CLOCK:
        notes.append(f"Of {rate:.3g} frames a second the spotter is given {CLOCK}: it was taught at that rate.")
    notes.append(
        f"At {seen:.3g} frames a second a micro-expression of half a second has {round(seen / 2)} frames. Onset, apex "
        f"and offset are known to \u00b1 a frame ({1000 / seen:.0f} ms) at best."
    )
    notes += frame_rates.notes(rate)
    if rate < 24:
        notes.append(f"{rate:.3g} frames a second are few, each of them blurred for longer: film with 25 or more.")
    return notes


def _alarms(table: Path) -> list[str]:
    """How often this spotter was wrong where nothing was; nothing where that was not measured."""
    try:
        rows = results.read(table.stem, table.parent) if table.is_file() else None
    except MxeError:
        return []
    if rows is None:
        return []
    ours = (rows["model"] == "interval_spotter") & rows["variant"].str.contains("taught=others", regex=False)
    rows = rows[ours & (rows["metric"] == "false_alarms_rest")]
    if not len(rows):
        return []
    one = rows.iloc[0]
    return [
        f"On simulated videos without any expression this spotter raised {one['value']:.1f} false alarms a minute "
        f"[{one['ci_low']:.1f}, {one['ci_high']:.1f}]; no real video was at hand, and on real faces it may be more."
    ]
