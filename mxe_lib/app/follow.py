"""One face through a long video: found in the first seconds, followed, and left out where it cannot be seen.

A clip in which the face leaves is refused (``whose_face``); of a recording of minutes the rest is still worth a search.
"""

from dataclasses import dataclass

import numpy as np

from mxe_lib.app.whose_face import ALIKE, NEXT_ALIKE, OFF_THE_CROP, SAME_PERSON, alike, locate, nearest
from mxe_lib.errors import MxeError
from mxe_lib.recognition.shipped_recognizer import FLOW_SIZE
from mxe_lib.vision import face_detector, faces, long_flow

TRY, LOOK = 0.5, 1.0
"""Seconds between two searches for a face that is not there; and between two looks at one that has drifted."""

GONE = "the face is gone or covered"
OTHER = "another face, or the same one turned or lit otherwise"


@dataclass(frozen=True)
class Seen:
    """The face in one frame.

    Attributes:
        flow, crop: ``(long_flow.CROP, long_flow.CROP)`` and ``(FLOW_SIZE, FLOW_SIZE)`` uint8 of the same place.
        anew: whether the crop was laid anew, so that nothing can be measured from the frames before to this one.
    """

    flow: np.ndarray
    crop: np.ndarray
    anew: bool


class Follower:
    """Says of each frame where the first one's face lies.

    Attributes:
        notes: what a reader must know of the face.
        why: where the last frame showed no face, the reason.
        moves: how often the head went to another place, and the crop with it.
    """

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.why, self.moves = "", 0
        self._alignment: faces.Alignment | None = None
        self._person: np.ndarray | None = None
        self._first = self._before = np.zeros((FLOW_SIZE, FLOW_SIZE), np.uint8)
        self._next = -np.inf

    def look(self, frame: np.ndarray, time: float) -> Seen | None:
        """The face, or None where it is not to be seen.

        Args:
            frame: ``(H, W)`` or ``(H, W, 3)`` uint8; time: in seconds.
        """
        if self._alignment is None:
            return self._found(frame, time)
        grey = faces.grey(frame)
        crop = faces.face_crop(grey, self._alignment, FLOW_SIZE)
        drifted = time >= self._next and alike(crop, self._first) < ALIKE
        if drifted or alike(crop, self._before) < NEXT_ALIKE:
            self._next = time + LOOK
            self._alignment = self._still_there(frame, time)
            if self._alignment is None:
                return self._found(frame, time) if time >= self._next else None
        self._before = crop
        return Seen(faces.face_crop(grey, self._alignment, long_flow.CROP), crop, False)

    def _still_there(self, frame: np.ndarray, time: float) -> faces.Alignment | None:
        face, away = nearest(face_detector.find(frame), faces.frame_points(faces.EYES, self._alignment))
        if face is None or away > 2:
            self.why, self._next = GONE, time + TRY
        elif alike(_by_detector(frame, face), self._person) < SAME_PERSON:
            self.why, self._next = OTHER, time + TRY
        elif away > OFF_THE_CROP:
            self.moves += 1
            self.why, self._next = "the head moves to another place", time
        else:
            return self._alignment
        return None

    def _found(self, frame: np.ndarray, time: float) -> Seen | None:
        if time < self._next:
            return None
        self._next = time + TRY
        try:
            alignment, notes = locate(frame)
        except MxeError as error:
            self.why = "no face found" if str(error) == faces.NO_FACE else str(error)
            return None
        face, _ = nearest(face_detector.find(frame), faces.frame_points(faces.EYES, alignment))
        here = _by_detector(frame, face)
        if self._person is None:
            self._person, self.notes = (
                here,
                [note.replace("the first frame", "the first frame with one") for note in notes],
            )
        elif alike(here, self._person) < SAME_PERSON:
            self.why = OTHER
            return None
        grey = faces.grey(frame)
        self._alignment, self._next = alignment, time + LOOK
        self._first = self._before = faces.face_crop(grey, alignment, FLOW_SIZE)
        return Seen(faces.face_crop(grey, alignment, long_flow.CROP), self._first, True)


def _by_detector(frame: np.ndarray, face: face_detector.Face) -> np.ndarray:
    """The crop by the detector's eyes, which lie a little apart from the cascades': to be held against its like."""
    return faces.face_crop(frame, faces.between(face.eyes), FLOW_SIZE)
