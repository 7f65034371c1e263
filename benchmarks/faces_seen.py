"""What ``mxe analyze`` makes of a face that is small, tilted, dark, behind glasses or half covered.

    python benchmarks/faces_seen.py [--people 71] [--seed 0]

Each picture is made from one whose eyes are known: of simulated people, and of the photographs of people that
matplotlib and, where it is installed, scikit-image carry. Prints a line for each way of spoiling it: how often the eyes
are found where they are (within a quarter of their distance), how often the picture is refused, and how often something
else is taken for the eyes, which is the fault that must not happen. Then how many photographs without a person are
refused. Exit status 1 if anything else was taken.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import cv2
import matplotlib
import numpy as np
from sklearn.datasets import load_sample_images
from tqdm import tqdm

from mxe_lib.app.whose_face import locate
from mxe_lib.errors import MxeError
from mxe_lib.simulation.database import SimulatedDatabase
from mxe_lib.vision import faces

try:
    import skimage.data as scikit_image
except ImportError:  # the study does not need it, and without it there are fewer photographs
    scikit_image = None

NEAR = 0.25
"""Of the eyes' distance: how far from an eye it may be taken to be."""

NOBODY = ("chelsea", "coffee", "brick", "grass", "rocket", "page", "coins", "clock", "moon", "text")
"""Photographs of scikit-image without a person."""

Spoiled = tuple[np.ndarray, np.ndarray]
"""A picture, and where its eyes are: ``(2, 2)``, (x, y), the one at the left first."""


def linear(picture: np.ndarray, gain: float, noise: float, chance: np.random.Generator) -> np.ndarray:
    """Less light on the scene (sRGB undone and done again), and the sensor's noise, which does not get less."""
    light = gain * (picture / 255.0) ** 2.2
    dark = np.clip(light, 0, 1) ** (1 / 2.2) * 255 + chance.normal(0, noise, picture.shape)
    return np.clip(dark, 0, 255).astype(np.uint8)


def darker(gain: float) -> Callable[..., Spoiled]:
    return lambda picture, eyes, chance: (linear(picture, gain, 2.0, chance), eyes)


def wide(pixels: float) -> Callable[..., Spoiled]:
    """A face of so many pixels (about two distances of its eyes) in a frame of 1080 rows."""

    def smaller(picture: np.ndarray, eyes: np.ndarray, chance: np.random.Generator) -> Spoiled:
        factor = pixels / (2.1 * np.hypot(*(eyes[1] - eyes[0])))
        small = cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        small = small[:1080, :1920]
        frame = np.full((1080, 1920, 3), 128, np.uint8)
        x, y = (int(chance.integers(0, room + 1)) for room in (1920 - small.shape[1], 1080 - small.shape[0]))
        frame[y : y + len(small), x : x + small.shape[1]] = small
        return frame, (eyes + 0.5) * factor - 0.5 + (x, y)

    return smaller


def tilted(degrees: float) -> Callable[..., Spoiled]:
    def turned(picture: np.ndarray, eyes: np.ndarray, chance: np.random.Generator) -> Spoiled:
        height, width = picture.shape[:2]
        side = int(np.ceil(np.hypot(height, width)))
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
        matrix[:, 2] += (side / 2 - width / 2, side / 2 - height / 2)
        there = eyes @ matrix[:, :2].T + matrix[:, 2]
        return cv2.warpAffine(picture, matrix, (side, side), borderValue=(128,) * 3), there

    return turned


def glasses(rim: float, dark: float) -> Callable[..., Spoiled]:
    """Rims so thick, in distances of the eyes, round glass that swallows so much of the light."""

    def worn(picture: np.ndarray, eyes: np.ndarray, chance: np.random.Generator) -> Spoiled:
        distance = float(np.hypot(*(eyes[1] - eyes[0])))
        across = (eyes[1] - eyes[0]) / distance
        angle = float(np.degrees(np.arctan2(across[1], across[0])))
        axes = (round(0.36 * distance), round(0.27 * distance))
        glass, line = np.zeros(picture.shape[:2], np.uint8), np.zeros(picture.shape[:2], np.uint8)
        thick = max(1, round(rim * distance))
        for eye in eyes:
            centre = tuple(int(v) for v in np.round(eye))
            cv2.ellipse(glass, centre, axes, angle, 0, 360, 255, -1, cv2.LINE_AA)
            cv2.ellipse(line, centre, axes, angle, 0, 360, 255, thick, cv2.LINE_AA)
        bridge = [tuple(int(v) for v in np.round(eyes.mean(axis=0) + s * 0.14 * distance * across)) for s in (-1, 1)]
        cv2.line(line, *bridge, 255, thick, cv2.LINE_AA)
        through = picture * (1 - dark * glass[..., None] / 255.0)
        return (through * (1 - line[..., None] / 255.0) + 20 * (line[..., None] / 255.0)).astype(np.uint8), eyes

    return worn


def covered(picture: np.ndarray, eyes: np.ndarray, chance: np.random.Generator) -> Spoiled:
    """Nose and mouth behind a flat mask."""
    distance = float(np.hypot(*(eyes[1] - eyes[0])))
    middle, masked = eyes.mean(axis=0), picture.copy()
    corners = [(-0.9, 0.45), (0.9, 0.45), (0.8, 1.6), (-0.8, 1.6)]
    outline = np.round(middle + distance * np.array(corners)).astype(int)
    cv2.fillConvexPoly(masked, outline, (150, 190, 200))
    return masked, eyes


WAYS: dict[str, Callable[..., Spoiled]] = {
    "as it is": lambda picture, eyes, chance: (picture, eyes),
    **{f"{pixels} pixels wide, in 1080p": wide(pixels) for pixels in (300, 160, 100, 60)},
    **{f"tilted by {degrees} degrees": tilted(degrees) for degrees in (5, 10, -15, 20, -25, 30, 35, 60, 90, 180)},
    **{f"1/{parts} of the light": darker(1 / parts) for parts in (2, 4, 8, 16)},
    "glasses with thin rims": glasses(0.02, 0.1),
    "glasses with thick rims": glasses(0.08, 0.1),
    "sunglasses": glasses(0.06, 0.95),
    "masked below the eyes": covered,
}


def simulated_people(most: int) -> Iterator[np.ndarray]:
    """The onset of the first clip of each, ``(H, W, 3)``."""
    left = most
    for name in ("casme2", "samm", "smic"):
        database = SimulatedDatabase(name)
        for clip in list({clip.subject: clip for clip in database.clips()}.values())[:left]:
            frame = database.frames(clip, [clip.onset])[0]
            yield frame if frame.ndim == 3 else np.repeat(frame[..., None], 3, axis=2)
            left -= 1


def photographs() -> Iterator[np.ndarray]:
    """Of people, seen from the front."""
    path = Path(matplotlib.get_data_path()) / "sample_data/grace_hopper.jpg"
    yield cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
    if scikit_image:
        yield scikit_image.astronaut()


def outcome(picture: np.ndarray, eyes: np.ndarray) -> str:
    """``right``, ``refused`` or ``wrong``."""
    try:
        alignment, _ = locate(picture)
    except MxeError:
        return "refused"
    off = np.linalg.norm(faces.frame_points(faces.EYES, alignment) - eyes, axis=1).max()
    return "right" if off < NEAR * np.hypot(*(eyes[1] - eyes[0])) else "wrong"


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the table; 1 if anything but the eyes was taken for them."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--people", type=int, default=71, help="simulated ones, of up to three databases")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    wrong = 0
    for who, pictures in (("simulated people", simulated_people(options.people)), ("photographs", photographs())):
        known = [(picture, faces.frame_points(faces.EYES, locate(picture)[0])) for picture in pictures]
        print(f"{who}: {len(known)}")
        for number, (name, spoil) in enumerate(tqdm(WAYS.items(), leave=False, disable=None)):
            chance = np.random.default_rng([options.seed, number])
            counts = Counter(outcome(*spoil(picture, eyes, chance)) for picture, eyes in known)
            wrong += counts["wrong"]
            print(f"  {name:28} right {counts['right']:3}  refused {counts['refused']:3}  wrong {counts['wrong']:3}")
    empty = [*load_sample_images().images, *(getattr(scikit_image, name)() for name in NOBODY if scikit_image)]
    empty = [np.ascontiguousarray(np.asarray(picture)) for picture in empty]
    refused = sum(outcome(picture, np.array([[0.0, 0], [1, 0]])) == "refused" for picture in empty)
    print(f"photographs without a person: {refused} of {len(empty)} refused")
    return int(wrong > 0 or refused < len(empty))


if __name__ == "__main__":
    sys.exit(main())
