"""How long a notebook's steps take: for ``timings/``, never for a result."""

import time
from dataclasses import dataclass, field
from pathlib import Path

from mxe_lib.evaluation import results


@dataclass
class Stopwatch:
    """Starts when it is made.

    Attributes:
        laps: seconds by step.
    """

    laps: dict[str, float] = field(default_factory=dict)
    since: float = field(default_factory=time.perf_counter)

    def lap(self, step: str) -> None:
        """What has passed since the last lap was this step."""
        now = time.perf_counter()
        self.laps[step] = self.laps.get(step, 0.0) + now - self.since
        self.since = now

    def write(self, notebook: str, folder: Path) -> None:
        rows = [{"step": step, "seconds": round(value, 1)} for step, value in self.laps.items()]
        results.write_timings(notebook, rows, folder)
