"""Who the simulated people are: looks that a cohort mixes, drawn once for each subject."""

from dataclasses import dataclass

import numpy as np

from mxe_lib.compute.seeds import generator
from mxe_lib.simulation.cohort_tables import COHORTS
from mxe_lib.simulation.face import Placement, landmarks


@dataclass(frozen=True)
class Identity:
    """What makes a simulated person: shape ``(68, 2)`` in face units, colours (RGB, 0-255), and features.

    Attributes:
        hair_style: 0 short, 1 fringe, 2 centre parting, 3 receding.
        age: 0-1, strength of lines.
        light: (direction x, direction y, contrast) of the illumination.
        zoom: size of the head in the frame; shift: of its centre, face units.
    """

    shape: np.ndarray
    skin: np.ndarray
    hair: np.ndarray
    iris: np.ndarray
    lip: np.ndarray
    backdrop: np.ndarray
    clothes: np.ndarray
    brow_thickness: float
    brow_density: float
    hair_style: int
    hair_length: float
    glasses: bool
    beard: float
    age: float
    light: tuple[float, float, float]
    zoom: float
    shift: tuple[float, float]


def identity(cohort: str, subject: str, seed: int = 0) -> Identity:
    """The person behind a subject: CASME II- and SMIC-like young adults, SAMM-like all ages and ancestries."""
    rng = generator("identity", cohort, subject, seed)
    looks = COHORTS[cohort]
    tone = rng.uniform(*looks.tones)
    skin = np.array([236.0, 196, 172]) * (1 - tone) + np.array([122.0, 82, 62]) * tone
    skin = skin + rng.normal(0, 6) + rng.normal(0, 2.5, 3)
    dark = np.array([38.0, 32, 30])
    fair = np.array([[120.0, 88, 60], [168, 132, 86], [84, 58, 42], [140, 134, 130]])[rng.integers(4)]
    hair = dark if looks.all_dark or tone > 0.5 or rng.random() < 0.4 else fair
    iris = np.array([62.0, 42, 30]) if looks.all_dark or tone > 0.4 else rng.uniform([50, 60, 55], [110, 130, 150])
    long_hair = rng.random() < 0.5
    return Identity(
        shape=landmarks(rng),
        skin=np.clip(skin, 60, 245),
        hair=hair + rng.normal(0, 5),
        iris=iris,
        lip=np.clip(skin * [0.84, 0.60, 0.62] + [8, 0, 6] + rng.normal(0, 3, 3), 40, 230),
        backdrop=rng.uniform(90, 205) + rng.normal(0, 5, 3),
        clothes=rng.uniform(30, 200, 3),
        brow_thickness=rng.uniform(0.75, 1.3),
        brow_density=rng.uniform(0.55, 0.9),
        hair_style=int(rng.integers(looks.hair_styles)),
        hair_length=float(long_hair) * rng.uniform(0.5, 1.0),
        glasses=bool(rng.random() < 0.12),
        beard=float(rng.random() < 0.4) * rng.uniform(0.1, 0.4) * (not long_hair),
        age=rng.uniform(0, looks.oldest),
        light=(rng.uniform(-0.5, 0.5), rng.uniform(-0.7, -0.2), rng.uniform(0.25, 0.5)),
        zoom=rng.uniform(0.95, 1.05),
        shift=(rng.normal(0, 0.04), rng.normal(0, 0.04)),
    )


def placement(person: Identity, size: tuple[int, int]) -> Placement:
    """Where this person's face lies in a frame of (width, height) pixels: the head with hair and chin fills it."""
    width, height = size
    scale = min(0.31 * width, 0.256 * height) * person.zoom
    return Placement(
        (scale, scale),
        (width / 2 - 0.5 + scale * person.shift[0], 0.475 * height + scale * person.shift[1]),
    )
