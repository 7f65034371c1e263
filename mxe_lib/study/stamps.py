"""What a run remembers: which notebooks are done, what they were made from and what they wrote.

A notebook is done when a stamp says so *and* everything it was made from and everything it wrote is still the same.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from IPython.core.inputtransformer2 import TransformerManager

from mxe_lib.compute import code, store
from mxe_lib.compute.store import digest, write
from mxe_lib.databases.registry import FOLDERS
from mxe_lib.databases.sources import database_folder
from mxe_lib.errors import MxeError
from mxe_lib.study.lock import shown
from mxe_lib.study.profiles import Profile

FULL_SCALE = ("verdicts", "full_grid", "at_full_scale")
"""Names in a notebook by which it reads tables of ``reference/full/``."""

ANSWER = "answers.published"
"""By which a notebook shows what the published run found."""

NAMED = ("mxe_lib.lessons", "mxe_lib.study.answers")
"""Packages in which a notebook uses the module of its own name, and imports the package alone."""

WRITTEN_IN = ("results", "figures", "timings")
TIMES = "timings/notebooks.csv"
"""The one file there that the runner itself writes."""


def notebook_cells(notebook: Path) -> list[dict]:
    """The cells of a notebook file, each with ``cell_type`` and ``source`` as one string.

    Raises:
        MxeError: if the file is not a notebook.
    """
    try:
        return [dict(cell, source="".join(cell["source"])) for cell in _json(notebook)["cells"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MxeError(
            f"{notebook}: not a notebook ({error}): restore it with git checkout, or run it again"
        ) from error


def metadata(notebook: Path) -> dict:
    """What a notebook says of itself under ``mxe`` in its metadata.

    ``experiments`` has the tables that it writes, with the question of each; ``reads`` those that it reads of the
    notebooks before it, ``["*"]`` for all. A notebook that says nothing of ``reads`` may read all.

    Raises:
        MxeError: if the file is not a notebook, or says something else there.
    """
    try:
        said = _json(notebook).get("metadata", {}).get("mxe", {})
        known = isinstance(said.get("experiments", {}), dict) and isinstance(said.get("reads", []), list)
    except (OSError, ValueError, AttributeError) as error:
        raise MxeError(
            f"{notebook}: not a notebook ({error}): restore it with git checkout, or run it again"
        ) from error
    if not known:
        raise MxeError(f"{notebook}: mxe in its metadata: experiments is a table by name, reads a list: correct it")
    return said


def _json(path: Path) -> object:
    """Not of a pipe: it would be waited for."""
    if not path.is_file():
        raise OSError("no such file")
    return json.loads(path.read_text(encoding="utf-8"))


def reads(notebook: Path, tables: Iterable[str]) -> list[str]:
    """Those of the earlier tables, by name, that a notebook may read."""
    wanted = metadata(notebook).get("reads", ["*"])
    return [name for name in tables if "*" in wanted or name in wanted]


def roots(notebook: Path) -> list[str]:
    """The modules that a notebook's code cells import; every module of the library if they can't be read."""
    transformed = TransformerManager().transform_cell
    code_cells = [cell["source"] for cell in notebook_cells(notebook) if cell["cell_type"] == "code"]
    try:
        found = code.imported("\n".join(map(transformed, code_cells)))
        return sorted(found | {name for package in NAMED if package in found for name in _own(package, notebook)})
    except SyntaxError:
        files = [path.relative_to(code.PACKAGE.parent) for path in code.PACKAGE.rglob("*.py")]
        return [".".join(path.with_suffix("").parts).removesuffix(".__init__") for path in files]


def _own(package: str, notebook: Path) -> list[str]:
    """The module there that is named after the notebook, if there is one."""
    name = f"{package}.{notebook.stem.partition('_')[2]}"
    return [name] if (code.PACKAGE.parent / name.replace(".", "/")).with_suffix(".py").is_file() else []


def versions() -> dict[str, str]:
    """Of Python and of the packages that ``pyproject.toml`` names for the library itself."""
    return {"python": platform.python_version()} | code.installed()


def data_digest(data: Path | None) -> str | None:
    """Of the data folder's listing: names, sizes and times of change, not contents (they may be many gigabytes)."""
    if data is None:
        return None
    seen, places = hashlib.sha256(), set()
    for name in FOLDERS:
        for folder, folders, files in os.walk(database_folder(name, data) or data / name, followlinks=True):
            if os.path.realpath(folder) in places:  # a link that leads back
                folders.clear()
                continue
            places.add(os.path.realpath(folder))
            folders.sort()
            for name in sorted(files):
                where = os.path.relpath(os.path.join(folder, name), data)
                try:
                    stat = os.stat(os.path.join(folder, name))
                    what = f"{stat.st_size}\0{stat.st_mtime_ns}"
                except OSError as error:  # a link to nothing
                    what = str(error.errno)
                seen.update(f"{where}\0{what}\n".encode(errors="surrogateescape"))
    return seen.hexdigest()


def inputs(notebook: Path, settings: Profile, data: str | None, earlier: dict[str, str]) -> dict:
    """Everything a notebook's outputs depend on, as JSON-ready values.

    Args:
        notebook: its own cells count, and the meaning of all code that it imports; its stored outputs don't.
        settings: the profile.
        data: ``data_digest`` of the data folder.
        earlier: files that the notebooks before it wrote, and their digests: it may read some of the tables.
    """
    cells = [(cell["cell_type"], cell["source"]) for cell in notebook_cells(notebook)]
    tables = {Path(name).stem: value for name, value in earlier.items() if name.startswith("results/")}
    imports = roots(notebook)
    return {
        "source": digest(json.dumps(cells)),
        "settings": asdict(settings),
        "code": code.digest(*imports, packages=True),
        "versions": code.versions(*imports, packages=True),
        "data": data,
        "earlier": {name: tables[name] for name in reads(notebook, tables)},
        "at_full_scale": _at_full_scale() if any(word in source for _, source in cells for word in FULL_SCALE) else {},
        "published": _published(notebook) if any(ANSWER in source for _, source in cells) else {},
        "device": [Path("/dev/nvidiactl").exists(), os.environ.get("MXE_PRECISION") or ""],
    }


def _published(notebook: Path) -> dict[str, str]:
    """The committed tables of this notebook, from which its answer at the top is made."""
    folder = code.PACKAGE.parent / "reference"
    found = {name: folder / f"{name}.csv" for name in sorted(metadata(notebook).get("experiments", {}))}
    return {name: digest(path.read_bytes()) for name, path in found.items() if path.is_file()}


def _at_full_scale() -> dict[str, str]:
    """The committed tables of runs at the papers' scale: verdicts and figures show them beside the run's own."""
    folder = code.PACKAGE.parent / "reference" / "full"
    return {path.name: digest(path.read_bytes()) for path in sorted(folder.glob("*.csv"))}


def snapshot(out: Path) -> dict[str, tuple[int, int, int]]:
    """Size, time of change and inode of each file that notebooks have written under ``out``."""
    files = (path for folder in WRITTEN_IN for path in (out / folder).rglob("*") if path.is_file())
    stats = {path.relative_to(out).as_posix(): path.stat() for path in files if not path.name.endswith(".partial")}
    return {name: (stat.st_size, stat.st_mtime_ns, stat.st_ino) for name, stat in stats.items() if name != TIMES}


def stamp_path(out: Path, name: str) -> Path:
    return out / "cache" / "stamps" / f"{name}.json"


def notes_path(out: Path, name: str) -> Path:
    """Where the library, when a notebook uses it, notes which files it writes (``store.whole``)."""
    return stamp_path(out, name).with_suffix(".notes")


def noted(out: Path, name: str) -> set[str]:
    """Those files, relative to ``out``."""
    path = notes_path(out, name)
    found = set(path.read_text(encoding="utf-8", errors="replace").splitlines()) if path.is_file() else set()
    return {file for file in found if file.startswith(tuple(f"{folder}/" for folder in WRITTEN_IN))}


def read_stamp(out: Path, name: str) -> dict | None:
    """``{"inputs": …, "wrote": {file: sha256}}``, or None where there is none that can be read."""
    try:
        stamp = _json(stamp_path(out, name))
        return stamp if isinstance(stamp["inputs"], dict) and isinstance(stamp["wrote"], dict) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def wrote(out: Path, name: str) -> dict[str, str]:
    """The files that a notebook wrote when it was last done, and their digests."""
    return (read_stamp(out, name) or {"wrote": {}})["wrote"]


def clear(out: Path) -> None:
    """Deletes half-written files of processes that were killed; the caller holds the folder's lock.

    Only the cache may have others at work in it: a cluster's workers, or a run that shares a part of it by a link.
    """
    for folder in WRITTEN_IN:
        for left_over in (out / folder).rglob("*.partial"):
            if not left_over.is_dir():
                left_over.unlink()
    store.clear(out)


def begin(out: Path, name: str) -> int:
    """Takes back a notebook's stamp and notes; returns the number of this attempt, from 1."""
    for path in (stamp_path(out, name), notes_path(out, name)):
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise MxeError(f"{shown(path)}: cannot be taken away ({error.strerror}): move it elsewhere") from None
    attempts = stamp_path(out, name).with_suffix(".attempts")
    attempt = 1
    if attempts.exists():
        try:
            attempt = int(attempts.read_text(encoding="utf-8")) + 1 if attempts.is_file() else 2
        except ValueError:  # damaged; but it was not the first
            attempt = 2
    write(attempts, f"{attempt}\n")
    return attempt


def write_stamp(out: Path, name: str, made_from: dict, files: list[str]) -> None:
    """Says that a notebook is done; ``files`` are those it wrote, relative to ``out``."""
    stamp = {"inputs": made_from, "wrote": {file: digest((out / file).read_bytes()) for file in sorted(files)}}
    write(stamp_path(out, name), json.dumps(stamp, indent=1, sort_keys=True) + "\n")


def is_done(out: Path, name: str, made_from: dict) -> bool:
    """Whether the stamp agrees with ``made_from`` and each file it lists is there, unchanged."""
    stamp = read_stamp(out, name)
    if stamp is None or stamp["inputs"] != json.loads(json.dumps(made_from)):
        return False
    return not altered(out, stamp["wrote"])


def altered(out: Path, files: dict[str, str]) -> list[str]:
    """Those of the files that are not there any more, or not as they were when these digests were made."""
    return [file for file, value in files.items() if _digest(out / file) != value]


def _digest(path: Path) -> str | None:
    try:
        return digest(path.read_bytes()) if path.is_file() else None
    except OSError:  # a name that is none, a disk that fails
        return None
