"""Tables that are part of the library: a CSV file beside the module that reads it."""

import csv
from pathlib import Path


def read(path: Path) -> list[dict[str, str]]:
    """The rows as text, by the names in the first line; lines that start with # are comments."""
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(line for line in lines if not line.startswith("#")))
