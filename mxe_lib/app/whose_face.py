"""Whose face a clip shows: the largest one in its first frame, and whether it stays.

The crop is laid once, on the first frame, so that flow is the face's own motion. A face that leaves, or another one
that takes its place, would be read as one huge movement.
"""

from functools import cached_property

import cv2
import numpy as np

from mxe_lib.errors import MxeError
from mxe_lib.vision import face_detector, faces

ALIKE, NEXT_ALIKE, SAME_PERSON = 0.8, 0.9, 0.7
"""Correlations of aligned crops: with the onset's and with the frame before, below which a frame gets a closer look;
and of the same person, aligned anew. Simulated clips keep above 0.89 and 0.96 with blinks and drifting heads; crops of
two people have 0.52 at the median."""

APART, LONGER, TURNED = 0.25, 1.25, 8.0
"""How far the cascades' eyes may differ from the detector's: eye distances that an eye lies away, factor of the
distance, degrees of tilt. Of 193 simulated clips the largest are 0.18, 1.20 and 6.3. Where the cascades see a face and
no eyes in it, they put them upright where eyes mostly lie: too wide, or beside those of a tilted head."""

OFF_THE_CROP = 0.35
"""Eye distances that a head may move before the crop shows another part of it."""


def locate(frame: np.ndarray) -> tuple[faces.Alignment, list[str]]:
    """Where the largest face of a frame lies, and what a reader must know of that.

    The eyes are those that ``faces.align`` finds, as in the databases, if they are that face's; else the detector's.

    Args:
        frame: ``(H, W)`` or ``(H, W, 3)`` uint8.

    Raises:
        MxeError: if there is no face, or it is too small, tilted or turned aside.
    """
    found = face_detector.find(frame)
    if not found:
        raise MxeError(faces.NO_FACE)
    face = found[0]
    if face.width < face_detector.SMALLEST:
        raise MxeError(f"the face is {face.width:.0f} pixels wide, too small to measure movement: film it from nearer")
    if abs(face.tilt) > face_detector.TILTED:
        raise MxeError(f"the face is turned by {abs(face.tilt):.0f} degrees: turn the clip upright")
    if abs(face.nose) > face_detector.SIDEWAYS:
        raise MxeError("the face is seen from the side: only faces from the front can be read")
    notes = []
    if len(found) > 1:
        x, y = face.centre
        notes.append(
            f"{len(found)} faces are in the first frame: the largest is taken, around pixel ({x:.0f}, {y:.0f}) and "
            f"{face.width:.0f} wide."
        )
    return _exactly(frame, face), notes


def _exactly(frame: np.ndarray, face: face_detector.Face) -> faces.Alignment:
    if not faces.can_find():
        return faces.between(face.eyes)
    whole = faces.align(frame)
    if _is_of(whole, face):
        return whole
    # Around this face alone: it may be small in the frame, or not the one with the most votes.
    corner = np.maximum(0, np.floor(face.centre - 1.2 * face.width)).astype(int)
    x_end, y_end = np.ceil(face.centre + 1.2 * face.width).astype(int)
    part = np.ascontiguousarray(frame[corner[1] : y_end, corner[0] : x_end])
    near = faces.align(part)
    moved = near.matrix.copy()
    moved[:, 2] -= near.matrix[:, :2] @ corner
    near = faces.Alignment(moved, near.found)
    return near if _is_of(near, face) else faces.between(face.eyes)


def _is_of(alignment: faces.Alignment, face: face_detector.Face) -> bool:
    """Whether an alignment's eyes are this face's."""
    if not alignment.found:
        return False
    eyes = faces.frame_points(faces.EYES, alignment)
    theirs, ours = ((pair[1] - pair[0]) @ [1, 1j] for pair in (face.eyes, eyes))
    near = np.linalg.norm(eyes - face.eyes, axis=1).max() < APART * abs(theirs)
    turned = abs(np.degrees(np.angle(ours / theirs)))
    return bool(near and 1 / LONGER < abs(ours / theirs) < LONGER and turned < TURNED)


def nearest(found: list[face_detector.Face], eyes: np.ndarray) -> tuple[face_detector.Face | None, float]:
    """The face nearest to these eyes, and how far it is away in eye distances."""
    distance = np.hypot(*(eyes[1] - eyes[0]))
    away = [float(np.hypot(*(face.eyes.mean(axis=0) - eyes.mean(axis=0))) / distance) for face in found]
    return (found[int(np.argmin(away))], min(away)) if found else (None, np.inf)


class Watch:
    """Looks at each frame of a clip whether it still shows the first one's face.

    Attributes:
        notes: what a reader must know.

    Args:
        number, frame, alignment, crop: of the first frame.
    """

    def __init__(self, number: int, frame: np.ndarray, alignment: faces.Alignment, crop: np.ndarray) -> None:
        self.number, self.frame, self.alignment, self.first = number, frame, alignment, crop
        self.before, self.last = crop, number
        self.notes: list[str] = []

    def look(self, number: int, frame: np.ndarray, crop: np.ndarray) -> None:
        """Takes the next frame.

        Raises:
            MxeError: if the face has gone, moved away or changed.
        """
        if alike(crop, self.first) < ALIKE or alike(crop, self.before) < NEXT_ALIKE:
            self._closer(number, frame)
        self.before, self.last = crop, number

    def _closer(self, number: int, frame: np.ndarray) -> None:
        way = (
            f"cut the clip before it with --offset {self.last}" if self.last != self.number else "start the clip later"
        )
        face, away = nearest(face_detector.find(frame), faces.frame_points(faces.EYES, self.alignment))
        if face is None or away > 2:
            raise MxeError(f"frame {number}: the face of frame {self.number} is gone or covered: {way}")
        here = faces.face_crop(frame, faces.between(face.eyes), len(self.first))
        if alike(here, self._detected) < SAME_PERSON:
            raise MxeError(f"frame {number}: another face than in frame {self.number}, or the picture changes: {way}")
        if away > OFF_THE_CROP:
            raise MxeError(f"frame {number}: the head has moved by {away:.1f} eye distances: {way}")
        if not self.notes:
            self.notes.append(f"The head moves (frame {number}): part of the movement is the head's, not the face's.")

    @cached_property
    def _detected(self) -> np.ndarray:
        """The first frame's crop by the detector's eyes, which lie a little apart from the cascades'."""
        face, _ = nearest(face_detector.find(self.frame), faces.frame_points(faces.EYES, self.alignment))
        return faces.face_crop(self.frame, faces.between(face.eyes), len(self.first))


def alike(one: np.ndarray, other: np.ndarray) -> float:
    """The correlation of two crops, whose light may differ; 0 if one is flat."""
    return float(cv2.matchTemplate(one, other, cv2.TM_CCOEFF_NORMED)[0, 0]) if one.std() and other.std() else 0.0
