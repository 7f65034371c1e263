"""The models that ship, and what was measured of them; ``MODEL_CARD.md`` says what they are good for.

``SHA256SUMS`` says what each file held when it was made: a flipped bit would be another model, or another number.
"""

import hashlib
from pathlib import Path

from mxe_lib.errors import MxeError

WEIGHTS = Path(__file__).parent
SUMS = "SHA256SUMS"


def whole(name: str) -> Path:
    """The path of a shipped file, which is read and compared with its sum.

    Raises:
        MxeError: if it is missing or damaged.
    """
    found = _sum(WEIGHTS / name)
    try:
        sums = (WEIGHTS / SUMS).read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        sums = []
    if found is None or f"{found}  {name}" not in sums:
        raise MxeError(
            f"mxe_lib/weights/{name} is missing, damaged or not the one of {SUMS}: restore that folder with "
            "git checkout, or install mxe-lib again"
        )
    return WEIGHTS / name


def write_sums(folder: Path) -> None:
    """Writes the sums of all models in a folder and of what was measured, as ``sha256sum`` does."""
    names = sorted(path.name for path in folder.iterdir() if path.suffix in (".model", ".json", ".csv", ".npz"))
    (folder / SUMS).write_text("".join(f"{_sum(folder / name)}  {name}\n" for name in names), encoding="utf-8")


def _sum(path: Path) -> str | None:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None
    except OSError:
        return None
