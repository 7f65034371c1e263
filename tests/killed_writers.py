"""Writers of files, each killed in the middle of its work: ``python killed_writers.py FOLDER`` kills them all.

Each case is a process of its own, forked after the imports, which take seconds. It ends by a signal that the operating
system sends at the exact byte (a limit on the size of files), or by SIGKILL just before or after the new file takes the
old one's place.
"""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import signal
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
import torch
from test_crossval import samples as drawn
from test_crossval import task

from mxe_lib.compute import store
from mxe_lib.evaluation import results
from mxe_lib.figures import charts
from mxe_lib.learning import crossval, training
from mxe_lib.study import report, stamps

ROW = dict(database="smic", origin="simulated", model="toy", protocol="none", seed="all", metric="uf1", source="ours")
MOMENTS = ("first byte", "half", "before the replacement", "after the replacement")


def figure(kind: str) -> Callable[[Path, int], None]:
    def save(folder: Path, version: int) -> None:
        matplotlib.use("Agg")
        from matplotlib import pyplot as plt

        ax = plt.figure().subplots()
        ax.imshow(np.eye(8 * version)) if kind == "png" else ax.plot([0, version])
        charts.save(ax, "figure", folder)
        plt.close("all")

    return save


def weights(folder: Path, version: int) -> None:
    model = task()
    for parameter in model.parameters():
        torch.nn.init.constant_(parameter, version)
    training.save(model, folder / "weights.model")


def samples(folder: Path, version: int) -> None:
    """Under a hash of their content: the old file is a damaged one."""
    whole = drawn()
    if version == 1:
        store.write(folder / "samples" / f"{whole.digest()}.pt", b"damaged")
    else:
        crossval.store_samples(whole, folder)


def page(folder: Path, version: int) -> None:
    report.build(folder, [], "smoke" if version == 1 else "quick", "simulated")


WRITERS: dict[str, Callable[[Path, int], None]] = {
    "write": lambda folder, version: store.write(folder / "text", f"{version}\n" * 1000),
    "keep": lambda folder, version: store.keep(folder / "kept", bytes([version]) * 10_000),
    "copy": lambda folder, version: store.copy(source(folder, version), folder / "copy"),
    "kept table": lambda folder, version: store.keep_table(folder / "t.csv", pd.DataFrame({"a": [version] * 99})),
    "kept arrays": lambda folder, version: store.keep_arrays(folder / "a.flow", {"flow": np.full(999, version)}),
    "result table": lambda folder, version: results.write("toy", [dict(ROW, experiment="toy", value=version)], folder),
    "times": lambda folder, version: results.write_timings("toy", [{"seconds": version}] * 9, folder),
    "drawing": figure("svg"),
    "picture": figure("png"),
    "weights": weights,
    "samples": samples,
    "report": page,
    "stamp": lambda folder, version: stamps.write_stamp(folder, "00_first", {"version": version}, []),
    "attempts": lambda folder, _: stamps.begin(folder, "00_first"),
}
"""By name; called with a folder and version 1 or 2 of what is written."""


def source(folder: Path, version: int) -> Path:
    path = folder.with_name(f"{folder.name}-source{version}")
    path.write_text(f"{version}\n" * 1000)
    return path


def files(folder: Path) -> dict[str, bytes | dict]:
    """The content of all files; of torch's, that of their parts, whose names hold the file's own."""
    found = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = str(path.relative_to(folder))
        if path.suffix == ".pt" and zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as parts:
                found[name] = {part.partition("/")[2]: parts.read(part) for part in parts.namelist()}
        else:
            found[name] = path.read_bytes()
    return found


def killed(write: Callable[[Path, int], None], folder: Path, moment: str, size: int) -> int:
    """Writes version 2 in a process that is killed at this moment; the signal that ended it, 0 if none did."""
    process = os.fork()
    if process:
        return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    with contextlib.suppress(BaseException):
        if moment in ("first byte", "half"):
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL)  # Python ignores it
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            resource.setrlimit(resource.RLIMIT_FSIZE, (0 if moment == "first byte" else size // 2,) * 2)
        else:
            event = {"before the replacement": "os.rename", "after the replacement": "os.remove"}[moment]

            def kill(name: str, arguments: tuple) -> None:
                if name == event and str(arguments[0]).endswith(".partial"):
                    os.kill(os.getpid(), signal.SIGKILL)

            sys.addaudithook(kill)
        write(folder, 2)
    os._exit(0)


def main(top: Path) -> None:
    charts.use_style()
    for name, write in WRITERS.items():
        old, new = top / name / "old", top / name / "new"
        for place, versions in ((old, [1]), (new, [1, 2])):
            place.mkdir(parents=True)
            for version in versions:
                write(place, version)
        size = min(path.stat().st_size for path in new.rglob("*") if path.is_file())
        for moment in MOMENTS:
            shutil.copytree(old, top / name / moment)
            ended_by = -killed(write, top / name / moment, moment, size)
            (top / name / f"{moment}.signal").write_text(str(ended_by))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
