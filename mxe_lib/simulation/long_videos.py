"""Simulated long videos with the truth of every interval: a stand-in for CAS(ME)2 and SAMM Long Videos.

Each person is filmed several times; some videos hold no expression at all. Frames are rendered when they are asked for,
so a video of minutes needs no more memory than a second of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from mxe_lib.compute import code
from mxe_lib.compute.seeds import generator
from mxe_lib.compute.store import digest
from mxe_lib.errors import MxeError
from mxe_lib.simulation import painting, people, render
from mxe_lib.simulation.action_units import Activation
from mxe_lib.simulation.cohort_tables import SMALL_MOVEMENTS
from mxe_lib.simulation.database import FLICKER, NOISE
from mxe_lib.simulation.displacement import Bumps, template
from mxe_lib.simulation.face import Placement
from mxe_lib.simulation.long_timeline import Script, lengths, script
from mxe_lib.simulation.motion import head_fields, head_mask
from mxe_lib.videos import Interval, LongVideo


@dataclass(frozen=True)
class Style:
    """How a cohort is filmed: ``looks`` of a cohort of clips, ``strength`` and ``head`` are factors on its motion."""

    looks: str
    fps: int
    strength: float = 1.0
    head: float = 1.0


STYLES = {"casme_sq": Style("casme2", 30), "samm_long": Style("samm", 200, 0.85, 0.6)}
"""CAS(ME)2-like, 30 frames a second; SAMM Long Videos-like, 200."""

EXPRESSIVE, RESTING = 2, 1
"""Videos of each person with and without expressions."""

PLAN = {"micro": 1.5, "macro": 2.5}
"""Expressions in a video of half a minute, on average."""

SPEECH = (
    (Activation(26, "both", "D"), Activation(25, "both", "C")),
    (Activation(20, "both", "C"),),
    (Activation(24, "both", "C"),),
)
"""What a syllable at full size moves: the jaw with the lips, stretched lips, pressed lips."""


@dataclass(frozen=True)
class LongTruth:
    """What only a simulator knows: frames (first, last) of each blink and each spoken word, and all courses."""

    blinks: tuple[tuple[int, int], ...]
    words: tuple[tuple[int, int], ...]
    script: Script


class LongVideos:
    """A cohort of simulated people and their long videos.

    Args:
        style: a name of ``STYLES``.
        seed: another seed is other people.
        subjects: how many people.
        seconds: shortest and longest video.
        size: (width, height) of a frame in pixels.

    Raises:
        MxeError: if there is no such style, or a setting lies outside its range.
    """

    origin = "simulated"

    def __init__(
        self,
        style: str = "casme_sq",
        seed: int = 0,
        *,
        subjects: int = 10,
        seconds: tuple[float, float] = (20.0, 30.0),
        size: tuple[int, int] = (128, 156),
    ) -> None:
        if style not in STYLES:
            raise MxeError(f"unknown style '{style}': choose one of {', '.join(STYLES)}")
        if not 1 <= subjects <= 200:
            raise MxeError(f"subjects {subjects}: choose from 1 to 200")
        if not 5 <= seconds[0] <= seconds[1] <= 600:
            raise MxeError(f"seconds {seconds}: choose shortest and longest from 5 to 600")
        if not all(64 <= side <= 1024 for side in size):
            raise MxeError(f"frame size {size}: choose width and height from 64 to 1024 pixels")
        self.name, self.seed, self.style = style, seed, STYLES[style]
        self.subjects, self.seconds, self.size = subjects, seconds, size
        self._scenes: dict[str, _Scene] = {}

    def __getstate__(self) -> dict:
        return self.__dict__ | {"_scenes": {}}

    def videos(self) -> list[LongVideo]:
        """All of them, sorted by person and name."""
        return [video for video, _ in self._all().values()]

    def truth(self, video: LongVideo) -> LongTruth:
        found = self._of(video)[1]
        return LongTruth(found.blinks, found.words, found)

    def events(self) -> dict[str, dict[str, tuple[tuple[int, int], ...]]]:
        """By video id ``blinks`` and ``words``, as ``evaluation.spotted.tally`` takes them."""
        return {video.id: {"blinks": found.blinks, "words": found.words} for video, found in self._all().values()}

    def frames(self, video: LongVideo, numbers: Sequence[int] | None = None) -> np.ndarray:
        """Render frames, ``(T, H, W)`` uint8 grey. A frame is the same, whatever other frames are asked for.

        Raises:
            MxeError: if the video or a frame number is not of this cohort.
        """
        numbers = video.frame_numbers() if numbers is None else numbers
        for number in numbers:
            if not video.first <= number <= video.last:
                raise MxeError(f"{video.id}: frame {number} is not there: choose from {video.first} to {video.last}")
        scene = self._scene(video)
        return np.stack([self._frame(scene, video, int(number) - video.first) for number in numbers])

    def fingerprint(self, video: LongVideo, numbers: Sequence[int]) -> str:
        """A hash of the simulator's code and all settings that these frames depend on."""
        simulator = (code.versions(__name__), code.digest(__name__))
        settings = (self.name, self.seed, self.style, self.seconds, self.size)
        return digest(repr((*simulator, *settings, video, [int(number) for number in numbers])))

    def eyes(self, video: LongVideo) -> np.ndarray:
        """Centres of the image's left and right eye in the first frame, ``(2, 2)`` pixels."""
        scene = self._scene(video)
        shape = scene.place.to_pixels(scene.person.shape)
        return np.stack([shape[36:42].mean(axis=0), shape[42:48].mean(axis=0)])

    def _all(self) -> dict[str, tuple[LongVideo, Script]]:
        return _written(self.name, self.seed, self.subjects, self.seconds)

    def _of(self, video: LongVideo) -> tuple[LongVideo, Script]:
        if video.id not in self._all():
            raise MxeError(f"{video.id}: not among these simulated videos of seed {self.seed}: take one of videos()")
        return self._all()[video.id]

    def motion(self, video: LongVideo) -> tuple[list[Bumps], np.ndarray, np.ndarray]:
        """What moves in a video, for those who need no frames.

        Returns:
            B movements of the skin, in face units at course 1; the courses ``(T, B + 6)`` of these and of the head's
            six motions (``motion.head_fields``); and ``(T,)`` the share of the eyes that lids cover.
        """
        written = self._of(video)[1]
        shape = people.identity(self.style.looks, video.subject, self.seed).shape
        rng = generator("long scene", video.id, self.seed)
        kinds = [(one.units, one.strength) for one in written.movements] + [(units, 1.0) for units in SPEECH]
        resting = [SMALL_MOVEMENTS[rng.integers(len(SMALL_MOVEMENTS))] for _ in range(2)]
        kinds += [(tuple(Activation(unit, "both", "A") for unit in units), 1.0) for units in resting]
        courses = np.hstack([written.intensity, written.speech, written.drift, written.head])
        return [template(units).on(shape).scaled(by) for units, by in kinds], courses, written.closure

    def _scene(self, video: LongVideo) -> _Scene:
        if video.id not in self._scenes:
            bumps, courses, closure = self.motion(video)
            person = people.identity(self.style.looks, video.subject, self.seed)
            place = people.placement(person, self.size)
            self._scenes.clear()  # videos are read one after the other
            self._scenes[video.id] = _Scene(person, place, basis(bumps, place, self.size), courses, closure)
        return self._scenes[video.id]

    def _frame(self, scene: _Scene, video: LongVideo, index: int) -> np.ndarray:
        weights = scene.courses[index]
        active = np.flatnonzero(weights)
        skin = np.tensordot(weights[active], scene.basis[active], 1)
        neutral = _painting(self.style.looks, video.subject, self.seed, self.size)
        picture = render.draw(neutral, skin, (float(scene.closure[index]),) * 2)
        rng = generator("long sensor", video.id, self.seed, index)
        light = 1 + FLICKER * (0.6 * rng.standard_normal() + np.sin(0.9 * index * 200 / video.fps))
        noise = np.zeros_like(picture)
        cv2.setRNGSeed(int(rng.integers(2**31)))
        cv2.randn(noise, 0, NOISE)
        return cv2.convertScaleAbs(np.maximum(cv2.addWeighted(picture, light, noise, 1, 0), 0))


@dataclass(frozen=True)
class _Scene:
    person: people.Identity
    place: Placement
    basis: np.ndarray
    courses: np.ndarray
    closure: np.ndarray


def basis(bumps: Sequence[Bumps], place: Placement, size: tuple[int, int]) -> np.ndarray:
    """``(N + 6, 2, H, W)`` float32 frame pixels: the skin's movements, and the head's six."""
    x = (np.arange(size[0]) - place.origin[0]) / place.scale[0]
    y = (np.arange(size[1]) - place.origin[1]) / place.scale[1]
    grid = np.stack(np.meshgrid(x, y), axis=-1)
    head = np.moveaxis(head_fields(grid) * head_mask(grid)[..., None, None], (2, 3), (0, 1))
    fields = np.stack([*(one.on_grid(x, y) for one in bumps), *head])
    return (fields * np.array(place.scale)[:, None, None]).astype(np.float32)


@lru_cache(maxsize=8)
def _written(name: str, seed: int, subjects: int, seconds: tuple[float, float]) -> dict[str, tuple[LongVideo, Script]]:
    """Every video with its script; nothing is rendered."""
    found = {}
    for number in range(1, subjects + 1):
        subject = f"s{number:02d}"
        rng = generator("long videos", name, seed, subject)
        times = rng.uniform(*seconds, EXPRESSIVE + RESTING)
        halves = times[:EXPRESSIVE].sum() / 30
        drawn = []
        for kind, wanted in PLAN.items():
            count = max(1, int(wanted * halves + rng.random()))
            drawn += [(kind, float(length)) for length in lengths(kind, count, rng)]
        order = rng.permutation(len(drawn))
        parts = [[drawn[i] for i in order[part::EXPRESSIVE]] for part in range(EXPRESSIVE)] + [[]] * RESTING
        talks = rng.permutation(EXPRESSIVE + RESTING) < 2
        for take, (length, wanted, speaks) in enumerate(zip(times, parts, talks, strict=True), start=1):
            style = STYLES[name]
            written = script(
                *(float(length), style.fps, wanted, style.looks, rng),
                **dict(speaks=bool(speaks), strength=style.strength, head=style.head),
            )
            video = _video(name, subject, take, style.fps, written)
            found[video.id] = (video, written)
    return found


def _video(name: str, subject: str, take: int, fps: int, written: Script) -> LongVideo:
    intervals = tuple(
        Interval(
            *(one.onset + 1, one.apex + 1, one.offset + 1, one.kind, one.emotion),
            tuple(unit.code for unit in one.units),
        )
        for one in written.movements
    )
    return LongVideo(name, subject, f"{subject}_{take}", fps, 1, len(written.closure), intervals, "simulated")


@lru_cache(maxsize=16)
def _painting(looks: str, subject: str, seed: int, size: tuple[int, int]) -> painting.Painting:
    person = people.identity(looks, subject, seed)
    return painting.paint(person, size, generator("long painting", looks, subject, seed)).grey()
