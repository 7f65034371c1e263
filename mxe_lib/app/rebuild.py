"""Trains the shipped models again, from nothing but this code, and writes the files of ``weights/``.

``python -m mxe_lib.app.rebuild``; on one machine and one set of versions, bit for bit. ``weights/MODEL_CARD.md`` says
what the models are good for.
"""

import argparse
import json
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from mxe_lib.compute import store
from mxe_lib.learning import training
from mxe_lib.recognition import shipped_generator
from mxe_lib.recognition.shipped_recognizer import checked, train_recognizer
from mxe_lib.spotting.shipped_interval_spotter import train_interval_spotter
from mxe_lib.spotting.shipped_spotter import train_spotter
from mxe_lib.study import profiles
from mxe_lib.weights import WEIGHTS, write_sums

Say = Callable[[str], None]


def rebuild(folder: Path, cache: Path, workers: int = 1, say: Say = print) -> None:
    """Train all four, and write their ``.model`` files and what was measured.

    Args:
        cache: for flow and full-precision weights; an empty one starts from nothing.
        workers: processes for the flow.
        say: told what takes time, before it does.
    """
    say("spotter: training on simulated clips: minutes")
    training.save(training.load(train_spotter(cache)), folder / "spotter.model", half=True)
    say("interval spotter: training on scripts and renderings of simulated long videos: minutes")
    learned = training.load(train_interval_spotter(cache, workers))
    training.save(learned, folder / "interval_spotter.model", half=True)
    say("recogniser: training on simulated flow maps: minutes")
    training.save(training.load(train_recognizer(cache)), folder / "recognizer.model", half=True)
    say("recogniser: checked on rendered clips of other people")
    note = checked(training.load(folder / "recognizer.model"), cache, workers)
    store.write(folder / "recognizer.json", json.dumps(note, indent=2) + "\n")
    say("generator: training a GAN on simulated flow fields, and judging it on the way: half an hour")
    training.save(training.load(shipped_generator.train_generator(cache)), folder / "generator.model", half=True)
    shipped_generator.save_judged(*shipped_generator.judged(cache), folder)
    write_sums(folder)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m mxe_lib.app.rebuild", description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=WEIGHTS, help="folder for the files (default: the package's own)")
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as empty:
        rebuild(options.out, Path(empty), profiles.workers())
    for file in sorted(options.out.glob("*.model")):
        print(f"{file.name}: {file.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
