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
    sums, content = _read(WEIGHTS / SUMS) or b"", _read(WEIGHTS / name)
    if content is None or _line(name, content) not in sums.splitlines(keepends=True):
        raise MxeError(
            f"mxe_lib/weights/{name} is missing, damaged or not the one of {SUMS}: restore that folder with "
            "git checkout, or install mxe-lib again"
        )
    return WEIGHTS / name


def write_sums(folder: Path) -> None:
    """Writes the sums of all models in a folder and of what was measured, as ``sha256sum`` does."""
    names = sorted(path.name for path in folder.iterdir() if path.suffix in (".model", ".json", ".csv", ".npz"))
    (folder / SUMS).write_bytes(b"".join(_line(name, (folder / name).read_bytes()) for name in names))


def _line(name: str, content: bytes) -> bytes:
    return f"{hashlib.sha256(content).hexdigest()}  {name}\n".encode()


def _read(path: Path) -> bytes | None:
    """None where there is no file that can be read; a pipe would be waited for."""
    try:
        return path.read_bytes() if path.is_file() else None
    except OSError:
        return None
