"""Trains the experiments at the papers' own scale, as far as the minutes reach, and publishes their tables.

    python -m mxe_lib.study.gpu_run --data DIR --minutes 12    (make gpu DATA=DIR MINUTES=12)
    python -m mxe_lib.study.gpu_run --tiny                     (make gpu TINY=1: a rehearsal, on any machine)
    python -m mxe_lib.study.gpu_run --publish DIR              (make publish FROM=DIR)

Networks have the papers' widths and rates (``paper_scale``). Each fold is kept when it is trained, so the next call
goes on where this one stopped. A table holds the systems that are complete, and says in each variant which device,
precision, epochs and width made them; ``provenance.json`` has the rest. Nothing here needs more than torch, Lightning,
numba, numpy, pandas, scikit-learn and OpenCV.
"""

from __future__ import annotations

import argparse
import json
import platform
import re
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import pandas as pd
import torch

from mxe_lib.command_line import reader_may_go
from mxe_lib.compute import code, determinism, store
from mxe_lib.errors import MxeError
from mxe_lib.evaluation import results
from mxe_lib.evaluation.rows import difference_rows, recognition_table, spotting_table
from mxe_lib.learning import folds
from mxe_lib.learning.samples import Samples
from mxe_lib.recognition import linear
from mxe_lib.spotting import rules
from mxe_lib.spotting.naive import LEARNED, naive_spotters
from mxe_lib.spotting.task import SpotApex
from mxe_lib.study import profiles
from mxe_lib.study.paper_scale import RULES, STEPS, TINY, Clock, Inputs, Scale, System, pairs

ROOT = Path(__file__).parents[2]
ON_MAPS = ("ocnet_dropout", "recognition_benchmark", "gan_augmentation")
"""Experiments on flow maps, of which everybody may have the real ones; the spotters' clips are simulated by default."""


@reader_may_go
def main(arguments: Sequence[str] | None = None) -> int:
    """Runs, rehearses or publishes; 0 = all is done, or the minutes are over; 2 = bad input; 130 = interrupted."""
    parser = argparse.ArgumentParser(prog="gpu_run", description=__doc__.split("\n\n")[0])
    parser.add_argument("--data", type=Path, help="folder with flowmaps/ and databases; default: all simulated")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="stop cleanly before they are over")
    parser.add_argument("--out", type=Path, help="default: runs/gpu, or runs/gpu-tiny")
    parser.add_argument("--tiny", action="store_true", help="every step at its smallest, to rehearse")
    parser.add_argument("--workers", type=int, help="processes for the flow of clips; default: one a core")
    parser.add_argument("--publish", type=Path, metavar="DIR", help="tables of such a run become reference/full/")
    options = parser.parse_args(arguments)
    try:
        if options.publish:
            return publish(options.publish)
        if options.data is not None and not options.data.is_dir():
            raise MxeError(f"--data {options.data} is not a folder: name one that holds flowmaps/, casme2/, samm/")
        options.workers = profiles.workers() if options.workers is None else options.workers
        if options.workers < 1:
            raise MxeError(f"--workers {options.workers}: give 1 or more")
        return run(options)
    except MxeError as error:
        print(f"gpu_run: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\ngpu_run: interrupted: the same command goes on from here", file=sys.stderr)
        return 130


def run(options: argparse.Namespace) -> int:
    """Trains system after system, and writes the tables each time one is complete."""
    scale = TINY if options.tiny else Scale()
    out = (options.out or ROOT / "runs" / ("gpu-tiny" if options.tiny else "gpu")).resolve()
    paths = profiles.Paths(out=out, data=options.data and options.data.resolve())
    given = Inputs(scale, paths, options.workers, Clock(options.minutes, out / "cache" / "seconds.json"))
    began, complete = time.monotonic(), True
    made: dict[str, list[System]] = {}
    print(f"{device()}, {determinism.precision()}, output in {out}", flush=True)
    for name, step in STEPS.items():
        for system in step(given) or [None]:
            complete = system is not None and trained(system, paths.cache, given.clock)
            if not complete:
                break
            made.setdefault(system.experiment, []).append(system)
            write(made[system.experiment], paths, scale)
            keep_provenance(out, scale, complete=False)  # now: a machine may be taken away at any moment
            print(f"  {name}: {system.model} {system.variant}, {time.monotonic() - began:.0f} s", flush=True)
        if not complete:
            print("the minutes are over: the same command goes on from here", flush=True)
            break
    keep_provenance(out, scale, complete)
    print(f"tables in {out / 'results'}", flush=True)
    return 0


def trained(system: System, cache: Path, clock: Clock) -> bool:
    """Trains a system's folds, or reads them; False when the minutes are over before its last one."""
    kind = f"{system.model} {system.protocol} {system.augment is not None}"
    for job in system.jobs(cache):
        if job.path().exists():
            system.tables.append(job.run())
        elif clock.allows(kind):
            system.tables.append(clock.timed(kind, job.run))
        else:
            return False
    return True


def write(systems: Sequence[System], paths: profiles.Paths, scale: Scale) -> None:
    """The table of an experiment, of the systems that are complete."""
    samples, experiment, origin = systems[0].samples, systems[0].experiment, systems[0].samples.clips[0].origin
    fixed = dict(experiment=experiment, origin=origin, resamples=profiles.load(scale.profile).resamples)
    spots = isinstance(systems[0].task, SpotApex)
    parts: dict[tuple[str, str, str], list[pd.DataFrame]] = {}
    for system in systems:
        for rule, table in read_by(system, spots).items():
            parts.setdefault((system.model, f"{system.variant};{rule}".strip(";"), system.protocol), []).append(table)
    how = made_with(systems[0], scale)
    # One system of several seeds is one table.
    found = {
        (m, results.and_variant(v, **how), p): pd.concat(each, ignore_index=True) for (m, v, p), each in parts.items()
    }
    rows = [spotting(found, samples, fixed) if spots else recognition(found, samples, fixed)]
    for first, other, word in pairs(experiment):
        one, two = ((m, results.and_variant(v, **how), scale.folds) for m, v in (first, other))
        if one in found and two in found:
            named = dict(model=one[0], variant=one[1], than=word, protocol=scale.folds, **fixed)
            rows.append(difference_rows(found[one], found[two], "mae" if spots else "uf1", **named))
    results.write(experiment, rows, paths.results)


def read_by(system: System, spots: bool) -> dict[str, pd.DataFrame]:
    """A system's predictions; of a spotter, the frames that each rule picks."""
    table = pd.concat(system.tables, ignore_index=True)
    if not spots:
        return {"": table}
    return {f"rule={rule}": rules.pick(table, list(system.samples.clips), rule) for rule in RULES}


def spotting(found: Mapping, samples: Samples, fixed: dict) -> pd.DataFrame:
    """Errors of all systems beside the naive spotters' on the same clips."""
    systems = naive_spotters(samples, 0) | {(m, v): table for (m, v, _), table in found.items()}
    protocols = LEARNED | {model: protocol for model, _, protocol in found}
    return spotting_table(systems, ("middle_frame", ""), protocols=protocols, **fixed)


def recognition(found: Mapping, samples: Samples, fixed: dict) -> pd.DataFrame:
    """Scores of all systems beside the linear model's on the same folds."""
    plain = results.variant(input=_input(samples))
    systems = {("always_negative", plain, "none"): linear.always_negative(samples)}
    for protocol in dict.fromkeys(protocol for _, _, protocol in found):
        split = folds.folds(protocol, samples)
        systems["logistic_regression", plain, protocol] = linear.logistic_regression(samples, split)
    return recognition_table(systems | found, ("logistic_regression", plain), **fixed)


def _input(samples: Samples) -> str:
    return "public_maps" if samples.clips[0].origin == "real" else "simulated_maps"


def made_with(system: System, scale: Scale) -> dict[str, object]:
    """What a variant says besides: device, precision, epochs and width, and of a recogniser what it was fed."""
    how = dict(device=device(), precision=determinism.precision(), epochs=system.task.hparams.epochs)
    fed = {} if isinstance(system.task, SpotApex) else {"input": _input(system.samples)}
    return how | dict(width=f"{scale.width:g}") | fed


def device() -> str:
    """A GPU by its name, a CPU by its architecture: ``nvidia_h100_80gb_hbm3``, ``x86_64``."""
    name = torch.cuda.get_device_name() if determinism.device() == "cuda" else platform.machine()
    return re.sub(r"\W+", "_", name.lower()).strip("_")


def keep_provenance(out: Path, scale: Scale, complete: bool) -> None:
    store.write(out / "provenance.json", json.dumps(provenance(scale, complete), indent=1) + "\n")


def provenance(scale: Scale, complete: bool) -> dict:
    """What the tables' variants have no room for."""
    try:
        asked = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True)
        commit = asked.stdout.strip()
    except OSError:  # no git here
        commit = ""
    return {
        "device": device(),
        "precision": determinism.precision(),
        "commit": commit or "not in a git checkout",
        "versions": code.versions(__name__ if __name__ != "__main__" else "mxe_lib.study.gpu_run", packages=True),
        "scale": asdict(scale),
        "complete": complete,
    }


def publish(folder: Path) -> int:
    """Copies the tables of a run into ``reference/full/``, with its provenance; rewrites the README's tables.

    Raises:
        MxeError: if there are none, they were made at another scale than the papers', or on simulated clips alone.
    """
    from mxe_lib.study import readme  # needs what a bare GPU machine may lack

    source, about = Path(folder) / "results", Path(folder) / "provenance.json"
    if not about.is_file() or not list(source.glob("*.csv")):
        raise MxeError(f"--publish {folder}: holds no tables of such a run: name the folder that 'make gpu' wrote")
    try:
        scale = json.loads(about.read_text(encoding="utf-8"))["scale"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MxeError(f"--publish {folder}: provenance.json is damaged ({error}): run it again") from None
    if scale != asdict(Scale()):
        raise MxeError(f"--publish {folder}: made at another scale than the papers': publish a run without --tiny")
    target = ROOT / "reference" / "full"
    found = sorted(source.glob("*.csv"))
    for path in found:  # before anything is copied
        if not (results.read(path.stem, source)["origin"] == "real").any() and path.stem in ON_MAPS:
            raise MxeError(f"--publish {folder}: {path.name} is of simulated clips alone: run it with --data")
    store.clear(target)
    for path in found:
        store.copy(path, target / path.name)
    store.copy(about, target / "provenance.json")
    readme.update_readme(ROOT)
    print("published to reference/full/ and README.md: look at them, then commit")
    return 0


if __name__ == "__main__":
    sys.exit(main())
