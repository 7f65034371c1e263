"""Pictures that repeat the one before: a file shows more frames a second than its camera took, or stands still.

After a lossy codec a repeated frame may differ a little, so that not every one is noticed here.
"""

import cv2
import numpy as np

STILL, LEAST = 0.05, 1.0
"""Mean grey levels by which two crops differ at most where the picture stands, and seconds from which on that is told.
A camera's noise alone makes ten times as many."""

SHARE = 0.1
"""Of all frames, from which on repeated ones are told."""

KEYFRAME = 1.5
"""Mean grey levels by which a keyframe may differ from the same picture before it."""

NAMED = 3


class Standing:
    """Looks at each crop, of which it keeps one."""

    def __init__(self) -> None:
        self.stretches: list[tuple[float, float, int, int]] = []
        self._before: np.ndarray | None = None
        self._since = self._last = (0, 0.0)
        self._joint = np.inf  # how much the first crop of a run differs from the one before
        self._run = self._steps = self._repeats = 0

    def look(self, crop: np.ndarray | None, number: int, time: float) -> None:
        """``crop``: ``(H, W)`` uint8, or None where there is no face."""
        still, exactly, difference = False, False, np.inf
        if crop is not None and self._before is not None:
            difference = float(cv2.absdiff(crop, self._before).mean())
            still, exactly = difference <= STILL, difference == 0
            self._steps += 1
        if still:
            self._run += exactly
        else:
            self._end()
            self._since, self._joint = (number, time), difference
        self._before, self._last = crop, (number, time)

    def _end(self) -> None:
        (first, start), (last, end) = self._since, self._last
        if end - start >= LEAST:
            if self._joint <= KEYFRAME and self.stretches and self.stretches[-1][3] == first - 1:
                start, _, first, _ = self.stretches.pop()
            self.stretches.append((start, end, first, last))
        else:
            self._repeats += self._run
        self._run = 0

    def notes(self, rate: float) -> list[str]:
        """What a reader must know when all is read; ``rate``: frames a second of the file."""
        self._end()
        self._since = self._last
        found = []
        if self.stretches:
            shown = [f"{start:.1f} to {end:.1f} s (frames {a} to {b})" for start, end, a, b in self.stretches[:NAMED]]
            more = len(self.stretches) - len(shown)
            shown += [f"and {more} more"] if more else []
            found.append(
                f"The picture stands still: {'; '.join(shown)}. Nothing can be found there, and what moved meanwhile "
                "shows as one sudden movement after it."
            )
        share = self._repeats / self._steps if self._steps else 0.0
        if share >= SHARE:
            found.append(
                f"{share:.0%} of the frames repeat the one before: the camera gave about {rate * (1 - share):.3g} a "
                f"second, and ends and apex are known to \u00b1 {1000 / (rate * (1 - share)):.0f} ms at best."
            )
        return found
