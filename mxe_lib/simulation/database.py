"""A simulated cohort that is used like an imported database, and the truth behind each of its clips."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache

import cv2
import numpy as np

from mxe_lib.clips import Clip, Repair
from mxe_lib.compute import code
from mxe_lib.compute.seeds import generator
from mxe_lib.compute.store import digest
from mxe_lib.errors import MxeError
from mxe_lib.simulation import motion, painting, people, render
from mxe_lib.simulation.action_units import parse
from mxe_lib.simulation.cohort_tables import COHORTS
from mxe_lib.simulation.cohorts import Row, cohort_rows
from mxe_lib.simulation.face import Placement
from mxe_lib.simulation.timeline import Distractors

NOISE, FLICKER = 1.0, 0.004
"""Standard deviations of the sensor's noise (grey levels) and of the light's flicker (share)."""


@dataclass(frozen=True)
class Truth:
    """What only a simulator knows of a clip.

    Attributes:
        onset, apex, offset: frame numbers as an annotator gives them, also where the database gives no apex.
        intensity: ``(T,)`` float, the expression at every frame from onset to offset; 1 at the physical apex.
        action_units: with side and intensity letter.
        physical_apex: the frame at which the muscles pull hardest; annotators miss it by a few frames.
    """

    onset: int
    apex: int
    offset: int
    intensity: np.ndarray
    action_units: tuple[str, ...]
    physical_apex: int


class SimulatedDatabase:
    """A simulated cohort, used like an imported database.

    Args:
        name: ``casme2``, ``samm`` or ``smic``.
        seed: another seed is another cohort of the same statistics.
        size: (width, height) of a frame in pixels; None = the cohort's own.
        distractors: strengths of head motion, blinks, noise and so on.

    Raises:
        MxeError: if there is no such cohort, or the frames are too small or large.
    """

    origin = "simulated"

    def __init__(
        self,
        name: str,
        seed: int = 0,
        *,
        size: tuple[int, int] | None = None,
        distractors: Distractors | None = None,
    ) -> None:
        if name not in COHORTS:
            raise MxeError(f"unknown cohort '{name}': choose one of {', '.join(COHORTS)}")
        self.name = name
        self.seed = seed
        self.cohort = COHORTS[name]
        self.size = size or self.cohort.frame_size
        self.distractors = distractors or Distractors()
        if not all(64 <= side <= 1024 for side in self.size):
            raise MxeError(f"frame size {self.size}: choose width and height from 64 to 1024 pixels")
        self._scenes: dict[str, _Scene] = {}
        self._own: dict[str, Row] = {}

    def __getstate__(self) -> dict:
        return self.__dict__ | {"_scenes": {}}  # megabytes that a worker process draws again in milliseconds

    def clips(self) -> list[Clip]:
        """The whole cohort, sorted by subject and name; the clip without a usable apex has ``apex=None``."""
        return [row.clip for row in cohort_rows(self.name, self.seed)]

    def rows(self) -> list[Row]:
        """The cohort's clips with their hidden apexes and units."""
        return list(cohort_rows(self.name, self.seed))

    def repairs(self) -> list[Repair]:
        """Nothing needed repair."""
        return []

    def add_clip(
        self,
        action_units: Sequence[str],
        *,
        length: int = 60,
        apex: int | None = None,
        subject: str | None = None,
        emotion: str = "others",
        name: str = "own_01",
    ) -> Clip:
        """A clip of one's own beside the cohort's, which ``frames`` and ``truth`` then know.

        Args:
            action_units: FACS codes such as ``("L12C", "6B")``; a unit without a letter acts at intensity B.
            length: offset - onset in frames, 4 to 2000.
            apex: frames from the onset to the apex; None = the middle.
            subject: any name; one of the cohort's gives that person's face.

        Raises:
            MxeError: if a setting lies outside its range; the message names the range.
        """
        if not 4 <= length <= 2000:
            raise MxeError(f"length {length}: choose from 4 to 2000 frames")
        apex = length // 2 if apex is None else apex
        if not 0 <= apex <= length:
            raise MxeError(f"apex {apex}: choose a frame from 0 to the length, {length}")
        units = tuple(parse(code) for code in action_units)
        subject = subject or self.clips()[0].subject
        first_apex = 1 + apex if self.cohort.marks_apex else None
        frames, codes = (1, first_apex, 1 + length), tuple(action_units)
        clip = Clip(self.name, subject, name, self.cohort.fps, *frames, emotion, codes, "simulated")
        if any(row.clip.id == clip.id for row in self.rows()):
            raise MxeError(f"clip name '{name}': {clip.id} is in the cohort already, choose another name")
        self._own[clip.id] = Row(clip, 1 + apex, 1 + apex, units)
        self._scenes.pop(clip.id, None)
        return clip

    def frames(self, clip: Clip, numbers: Sequence[int] | None = None) -> np.ndarray:
        """Render frames. A frame is the same, whatever other frames are asked for.

        Returns:
            ``(T, H, W, 3)`` uint8 RGB, or ``(T, H, W)`` uint8 grey for the SAMM-like cohort.

        Raises:
            MxeError: if the clip or a frame number is not of this cohort.
        """
        scene = self.scene(clip)
        numbers = clip.frame_numbers() if numbers is None else numbers
        return np.stack([self._frame(scene, self._index(clip, number)) for number in numbers])

    def fingerprint(self, clip: Clip, numbers: Sequence[int]) -> str:
        """A hash of the simulator's code and all settings that these frames depend on."""
        simulator = (code.versions(__name__), code.digest(__name__))
        settings = (self.name, self.seed, self.size, asdict(self.distractors))
        return digest(repr((*simulator, *settings, self._row(clip), [int(n) for n in numbers])))

    def truth(self, clip: Clip) -> Truth:
        """The clip's hidden apex, intensity and units."""
        row = self._row(clip)
        intensity = self.scene(clip).plan.courses.intensity.copy()
        codes = tuple(activation.code for activation in row.action_units)
        return Truth(row.clip.onset, row.apex, row.clip.offset, intensity, codes, row.physical_apex)

    def true_flow(self, clip: Clip, number: int) -> np.ndarray:
        """Where every point of the onset frame has moved by frame ``number``, head motion and lids included.

        Returns:
            ``(2, H, W)`` float32, pixels of the rendered frame: frame ``number`` at x + flow(x) shows what the onset
            frame shows at x.
        """
        scene = self.scene(clip)
        weights = scene.plan.weights(self._index(clip, number)).astype(np.float32)
        return np.tensordot(weights, scene.basis, 1)

    def true_landmarks(self, clip: Clip, number: int) -> np.ndarray:
        """The 68 iBUG points in frame ``number``, ``(68, 2)`` pixels (x, y)."""
        scene = self.scene(clip)
        moved = np.tensordot(scene.plan.weights(self._index(clip, number)), scene.landmark_basis, 1)
        return scene.place.to_pixels(scene.person.shape + moved)

    def _index(self, clip: Clip, number: int) -> int:
        if not clip.onset <= number <= clip.offset:
            raise MxeError(f"{clip.id}: frame {number} is not there: choose from {clip.onset} to {clip.offset}")
        return int(number) - clip.onset

    def _row(self, clip: Clip) -> Row:
        row = self._own.get(clip.id) or _rows_by_id(self.name, self.seed).get(clip.id)
        if row is None:
            raise MxeError(
                f"{clip.id}: not in the simulated {self.name} cohort of seed {self.seed}: take one of clips()"
            )
        return row

    def scene(self, clip: Clip) -> _Scene:
        if clip.id not in self._scenes:
            row = self._row(clip)
            person = people.identity(self.name, row.clip.subject, self.seed)
            plan = motion.plan(row, person.shape, self.distractors, self.seed)
            place = people.placement(person, self.size)
            bases = (motion.basis(plan, place, self.size), motion.basis_at(plan, person.shape))
            scene = _Scene(row, person, place, plan, *bases)
            while len(self._scenes) >= 4:  # clips are read one after the other
                self._scenes.pop(next(iter(self._scenes)))
            self._scenes[clip.id] = scene
        return self._scenes[clip.id]

    def _frame(self, scene: _Scene, index: int) -> np.ndarray:
        clip, plan = scene.row.clip, scene.plan
        weights = plan.weights(index).astype(np.float32)
        skin = np.tensordot(weights[: -motion.DRAWN], scene.basis[: -motion.DRAWN], 1)
        neutral = _painting(self.name, clip.subject, self.seed, self.size)
        picture = render.draw(neutral, skin, plan.closure(index))
        rng = generator("sensor", clip.id, self.seed, index)
        phase = 0.9 * index * 200 / clip.fps
        light = 1 + FLICKER * self.distractors.flicker * (0.6 * rng.standard_normal() + np.sin(phase))
        noise = np.zeros_like(picture)
        if self.distractors.noise:
            cv2.setRNGSeed(int(rng.integers(2**31)))  # OpenCV's generator is faster than numpy's, and as repeatable
            cv2.randn(noise, 0, NOISE * self.cohort.noise * self.distractors.noise)
        return cv2.convertScaleAbs(np.maximum(cv2.addWeighted(picture, light, noise, 1, 0), 0))


@dataclass(frozen=True)
class _Scene:
    row: Row
    person: people.Identity
    place: Placement
    plan: motion.Plan
    basis: np.ndarray
    landmark_basis: np.ndarray


@lru_cache(maxsize=8)
def _rows_by_id(name: str, seed: int) -> dict[str, Row]:
    return {row.clip.id: row for row in cohort_rows(name, seed)}


@lru_cache(maxsize=16)
def _painting(name: str, subject: str, seed: int, size: tuple[int, int]) -> painting.Painting:
    person = people.identity(name, subject, seed)
    picture = painting.paint(person, size, generator("painting", name, subject, seed))
    return picture if COHORTS[name].colour else picture.grey()
