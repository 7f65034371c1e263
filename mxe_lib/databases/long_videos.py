"""What the importers of long videos share: intervals from a workbook's rows, and the videos from the images."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mxe_lib.clips import Clip, Repair
from mxe_lib.databases import images, paths
from mxe_lib.databases.frames import frame_files
from mxe_lib.databases.placed import Folders, common
from mxe_lib.databases.workbook import LONGEST, Row
from mxe_lib.errors import MxeError, one_line
from mxe_lib.videos import Interval, Kind, LongVideo


@dataclass(frozen=True)
class Movement(Clip):
    """A clip that was not cut out of its long video.

    Attributes:
        kind: ``micro`` or ``macro``.
        video: name of the long video, whose frame numbers are the clip's.
    """

    kind: Kind = "micro"
    video: str = ""

    @property
    def interval(self) -> Interval:
        """The same as an interval of its video."""
        return Interval(self.onset, self.apex, self.offset, self.kind, self.emotion, self.action_units)


class LongVideoDatabase(images.ImageDatabase):
    """Long videos as folders of images, and clips that are the intervals in them; see ``videos.VideoDatabase``.

    An importer reads its workbook into ``_movements``, says in ``_video_of`` which folder is a video, and in
    ``_folder_of`` where the one of this subject and name lies; then it calls ``_settle``.

    Args:
        folder: the database's folder.
        cropped: True or False to demand the cropped or the raw images.

    Attributes:
        apart: patterns in a folder's name, in small letters, of what holds cut clips.
        hint: what is passed over because of them and looks like a video, if anything.
        past_the_end: by clip id, (onset, offset) of intervals that are known to leave their videos: they are cut at the
            last image, or left out where none of their images is there.
    """

    name: str
    fps: int
    package: tuple[str, str]
    apart: tuple[str, ...] = ()
    hint: str | None = None
    past_the_end: dict[str, tuple[int, int]]

    def __init__(self, folder: str | Path, cropped: bool | None = None) -> None:
        super().__init__(folder)
        self.folders = Folders(self.folder, cropped, self.apart)
        self._last: tuple[Path | None, dict[int, Path]] = (None, {})
        self._places: dict[tuple[str, str], Path] = {}

    def clips(self) -> list[Movement]:
        """The intervals of all videos, micro and macro, sorted by subject and name."""
        return list(self._clips)

    def videos(self) -> list[LongVideo]:
        """All videos that have a folder or an interval, sorted by subject and name.

        A video without images reaches from its first onset to its last offset.

        Raises:
            MxeError: if the folder holds no image tree.
        """
        self._demand_tree()
        mine: dict[tuple[str, str], list[Movement]] = {key: [] for key in self._places}
        for clip in self._clips:
            mine.setdefault((clip.subject, clip.video), []).append(clip)
        found = []
        for (subject, name), clips in mine.items():
            intervals = sorted((clip.interval for clip in clips), key=lambda i: (i.onset, i.offset))
            place = self._places.get((subject, name))
            numbers = list(self._images(place)) if place else []
            if place and not numbers and not intervals:
                continue  # an empty folder
            first = min(numbers[:1] + [interval.onset for interval in intervals])
            last = max(numbers[-1:] + [interval.offset for interval in intervals])
            video = LongVideo(self.name, subject, name, self.fps, first, last, tuple(intervals), self.origin)
            if lost := (numbers[-1] - numbers[0] + 1 - len(numbers)) if numbers else 0:
                gap = next(number for number in range(numbers[0], numbers[-1]) if number not in self._images(place))
                fault = f"{video.id} lacks {lost} frames inside, first {gap}: unpack it again"
                self.faults += [fault] if fault not in self.faults else []
            found.append(video)
        return sorted(found, key=images.natural)

    def files(self, clip: Movement | LongVideo, numbers: Sequence[int] | None = None) -> list[Path]:
        """The image files of these frames of a clip or a video, whether they exist or not.

        Raises:
            MxeError: if the folder holds no image tree.
        """
        self._demand_tree()
        video = clip.video if isinstance(clip, Movement) else clip.name
        place = self._places.get((clip.subject, video))
        files = self._images(place) if place else {}
        place = place or self.tree / video
        return [
            files.get(n, place / self.image_name(clip.subject, video, n))
            for n in (clip.frame_numbers() if numbers is None else numbers)
        ]

    def described(self) -> str:
        """A line on the videos, for ``mxe check``."""
        videos, kinds = self.videos(), Counter(clip.kind for clip in self._clips)
        minutes = sum(video.seconds for video in videos) / 60
        return (
            f"{len(videos)} videos, {minutes:.1f} minutes, {sum(not video.intervals for video in videos)} without an "
            f"interval; {kinds['micro']} micro- and {kinds['macro']} macro-expressions"
        )

    def image_name(self, subject: str, video: str, number: int) -> str:
        """What a frame's file should be called."""
        raise NotImplementedError  # each importer says its own

    def _settle(self, movements: Sequence[Movement], places: dict[tuple[str, str], Path]) -> None:
        """Takes the workbook's movements and the videos' folders, and cuts what is known to leave its video."""
        self._places, self.tree = places, common(list(places.values()), self.folder)
        for clip in movements:
            place = places.get((clip.subject, clip.video))
            known = self.past_the_end.get(clip.id) == (clip.onset, clip.offset)
            last = max(self._images(place), default=None) if known and place else None
            if last is None or last >= clip.offset:
                self._clips.append(clip)
            elif clip.onset > last:
                reason = "the video ends before it: the clip is left out"
                found = f"{clip.onset}-{clip.offset}"
                self._repairs.append(Repair(self.name, clip.id, "clip", found, "left out", reason))
            else:
                reason = "the video ends before it: the interval is cut there"
                self._repairs.append(Repair(self.name, clip.id, "Offset", str(clip.offset), str(last), reason))
                apex = clip.apex if clip.apex is not None and clip.apex <= last else None
                self._clips.append(replace(clip, offset=last, apex=apex))
        self._clips.sort(key=images.natural)
        # Both packages count from 1; who cuts a film into frames anew counts from 0, in every video alike.
        first = min(places.values(), default=None)
        if first and 0 in self._images(first):
            self.notes.append(
                f"{paths.shown(first, self.folder)}: its images begin with 0, and the package's with 1: if they were "
                "numbered anew, each is taken for the one before it; add 1 to every number"
            )

    def _images(self, place: Path) -> dict[int, Path]:
        if self._last[0] != place:  # one video's thousands of names are kept, not all videos'
            self._last = place, frame_files(place, self.folder)
        return self._last[1]

    def _demand_tree(self) -> None:
        if self.tree is None:
            example, package = self.package
            hint = f" ({self.hint})" if self.hint else ""
            raise MxeError(f"{self.folder.name}/ holds no image folder ({example}): unpack {package} there{hint}")


def movements(found: Sequence[tuple[Row, str, Movement]]) -> list[Movement]:
    """The rows' movements under names of their own: where a name stands on several rows, the onset is added.

    Args:
        found: (row, column of the name, movement).

    Raises:
        MxeError: if a movement stands there twice.
    """
    often = Counter(clip.id for _, _, clip in found)
    named, seen = [], {}
    for row, column, clip in found:
        if often[clip.id] > 1:
            clip = replace(clip, name=f"{clip.name}_{clip.onset}")
        if clip.id in seen:
            raise MxeError(f"{row.where(column)}: {clip.id} stands on row {seen[clip.id]} already: correct one")
        seen[clip.id] = row.number
        named.append(clip)
    return named


def interval_numbers(
    row: Row, columns: tuple[str, str, str], clip_id: str, repairs: list[Repair]
) -> tuple[int, int | None, int]:
    """A row's onset, apex and offset; a 0 is no frame, and what is made of it is added to ``repairs``.

    An onset or offset of 0 becomes the apex, as public code on these databases reads it; an apex of 0, or one outside
    of its interval, is dropped: to spot an interval nobody needs it.

    Args:
        columns: the workbook's, for onset, apex and offset.

    Raises:
        MxeError: if a cell holds no number, or the interval ends before it begins.
    """
    database = clip_id.partition("/")[0]
    onset, apex, offset = (row.frame(column) for column in columns)
    if not apex and not (onset and offset):
        raise MxeError(f"{row.where(columns[1])}: apex and an end of the interval are 0: correct the row")

    def told(column: str, found: int, used: int | None, reason: str) -> int | None:
        used_text = "none" if used is None else str(used)
        repairs.append(Repair(database, clip_id, column, str(found), used_text, reason))
        return used

    if not onset:
        onset = told(columns[0], onset, apex, "0 is no frame: the interval begins at its apex")
    if not offset:
        offset = told(columns[2], offset, apex, "0 is no frame: the interval ends at its apex")
    if onset > offset:
        raise MxeError(f"{row.where(columns[0])}: onset {onset} lies after offset {offset}: correct the row")
    if offset - onset > LONGEST:
        raise MxeError(
            f"{row.where(columns[2])}: offset {offset} lies {offset - onset} frames after the onset, more than "
            f"{LONGEST}: correct the row"
        )
    if not apex:
        return onset, told(columns[1], apex, None, "0 is no frame: the interval has no apex"), offset
    if not onset <= apex <= offset:
        return onset, told(columns[1], apex, None, "it lies outside of the interval, which keeps none"), offset
    return onset, apex, offset


def kind_of(row: Row, column: str) -> Kind:
    """Micro or macro, from a cell such as ``Micro - 1/2`` or ``macro-expression``.

    Raises:
        MxeError: if it says neither.
    """
    text = row.required(column)
    match = re.match(r"(micro|macro)s?(?![a-z])|(micro|macro)[ -]?(?=expressions?\b|movements?\b)", text.lower())
    kinds = {kind for kind in ("micro", "macro") if kind in text.lower()}
    if match is not None and len(kinds) == 1:
        return match[1] or match[2]
    raise MxeError(
        f"{row.where(column)}: unknown type '{one_line(text)}': one that begins with Micro or Macro (Micro - 1/2)"
    )
