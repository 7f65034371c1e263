"""Where a film begins that was cut out of another, and which way its pictures are up."""

import numpy as np

WAITED_FOR = 300
"""Packets without a keyframe after which a file is taken for one that doesn't mark them."""


class Beginning:
    """Packets up to the first frame that can be shown: those before a keyframe are made from what is not in the file.

    Some decoders leave such frames out, others show something grey, others complain.

    Attributes:
        note: what to say; empty where the film begins with a whole picture.
        nowhere: no packet is marked as a keyframe; then all are decoded.
    """

    def __init__(self, stream) -> None:
        self.note, self.nowhere = "", False
        self._waits = not stream.codec_context.codec.intra_only
        self._passed: list = []
        self._left_out = 0
        self._stamps: list[int] = []
        self._shown = False

    def ready(self, packet) -> list:
        """The packets to decode now."""
        if self._waits and packet.size and not packet.is_keyframe:
            self._passed.append(packet)
            if len(self._passed) < WAITED_FOR:
                return []
        packets = [packet]
        if self._waits:
            self._waits = False
            if packet.is_keyframe:
                self._left_out = sum(not each.is_discard for each in self._passed)
            elif self._passed:
                self.nowhere = True
                packets = self._passed if packet is self._passed[-1] else [*self._passed, packet]
            self._passed = []
        if not self._shown:
            # What an edit list hides is decoded and not shown, as it should be.
            self._stamps += [each.pts for each in packets if each.pts is not None and not each.is_discard]
        return packets

    def shown(self, frames: list) -> None:
        """The frames that came of them; the first ones tell which are missing before them."""
        if self._shown or not frames:
            return
        self._shown, first = True, frames[0].pts
        if self.nowhere:
            self.note = (
                "The film marks no whole picture (keyframe): if it was cut out of another, its first frames show what "
                "was never filmed."
            )
            return
        if first is not None:
            self._left_out += sum(stamp < first for stamp in self._stamps)
        if self._left_out:
            some = "frame needs an earlier one" if self._left_out == 1 else f"{self._left_out} frames need earlier ones"
            self.note = (
                f"The film begins in the middle of another: its first {some}, not in the file; left out, and frame 1 "
                "is the next."
            )


class Orientation:
    """Turns and mirrors pictures as a film's header says.

    Args:
        notes: gets a word where the header says what is no such turn.
    """

    def __init__(self, notes: list[str]) -> None:
        self._notes = notes
        self._told = False
        self._rotation: int | None = None
        self._matrix: np.ndarray | None = None

    def upright(self, image: np.ndarray, frame) -> np.ndarray:
        """``(H, W, ...)``, turned by quarters and mirrored."""
        # Who asks a frame for its side data ties it into a cycle, and memory fills with frames until Python looks for
        # cycles: it is asked of the first one, and of those that are turned otherwise than the one before.
        if frame.rotation != self._rotation:
            self._rotation, self._matrix = frame.rotation, _matrix(frame)
        if self._matrix is None:
            return image
        turn = _quarters(self._matrix)
        if turn is None:
            if not self._told:
                self._notes.append(
                    "The film's header turns the picture by no quarter of a circle: read as it is stored."
                )
            self._told = True
            return image
        (across, down), (across_too, down_too) = turn
        if across:
            return image[:: int(down_too), :: int(across)]
        return image.swapaxes(0, 1)[:: int(down), :: int(across_too)]


def _matrix(frame) -> np.ndarray | None:
    """``(2, 2)``: where a step to the right and a step down lead, as (right, down); None where nothing is said."""
    from av.sidedata.sidedata import Type

    data = frame.side_data.get(Type.DISPLAYMATRIX)
    if data is None:
        return None
    return np.frombuffer(bytes(data), "=i4", count=9).reshape(3, 3)[:2, :2].astype(float)


def _quarters(matrix: np.ndarray) -> np.ndarray | None:
    """The matrix as whole numbers, if it turns by quarters; it may stretch, too, which is told elsewhere."""
    length = np.linalg.norm(matrix, axis=1, keepdims=True)
    if not length.all():
        return None
    unit = matrix / length
    whole = unit.round()
    if np.abs(unit - whole).max() > 0.05 or abs(np.linalg.det(whole)) != 1:
        return None
    return whole
