"""A person's neutral face as a painting: skin with pores and lines, eyes, brows, nose, mouth, hair, glasses.

It is made at twice the frame's resolution and lightly blurred, so that sub-pixel motion neither aliases nor pulses when
``render`` samples it.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from mxe_lib.simulation.canvas import Canvas, by, curve
from mxe_lib.simulation.face import Placement
from mxe_lib.simulation.people import Identity, placement

SUPERSAMPLING = 2
"""Painting pixels per frame pixel along each axis."""


@dataclass(frozen=True)
class Painting:
    """A neutral face at twice the frame's resolution.

    Attributes:
        image: ``(2H, 2W, 3)`` float32 RGB, blurred for sampling.
        lids: the same with both eyes shut.
        lid_edges: for each eye (image left, right) the columns, and rows of the upper and the lower lid's edge there.
        lash: colour of the lid's edge.
    """

    image: np.ndarray
    lids: np.ndarray
    lid_edges: tuple[tuple[np.ndarray, np.ndarray, np.ndarray], ...]
    lash: np.ndarray

    def grey(self) -> Painting:
        """The same as a camera without colour sees it; pictures ``(2H, 2W, 1)``."""
        luma = np.array([[0.299], [0.587], [0.114]], np.float32)
        return Painting(self.image @ luma, self.lids @ luma, self.lid_edges, self.lash @ luma)


def paint(person: Identity, size: tuple[int, int], rng: np.random.Generator) -> Painting:
    """Paint a person at rest, for frames of this (width, height)."""
    place = placement(person, size)
    s = SUPERSAMPLING
    fine = Placement(
        (place.scale[0] * s, place.scale[1] * s),
        ((place.origin[0] + 0.5) * s - 0.5, (place.origin[1] + 0.5) * s - 0.5),
    )
    canvas = Canvas((size[0] * s, size[1] * s), fine)
    _backdrop(canvas, person, rng)
    _head(canvas, person, rng)
    _skin_detail(canvas, person, rng)
    _nose(canvas, person)
    _mouth(canvas, person, rng)
    _brows(canvas, person, rng)
    shut = Canvas((size[0] * s, size[1] * s), fine)
    shut.image = canvas.image.copy()
    for eye in (person.shape[36:42], person.shape[42:48][[3, 2, 1, 0, 5, 4]]):
        _eye(canvas, person, eye, rng)
        _shut_eye(shut, person, eye)
    strands = rng.integers(2**32)
    for picture in (canvas, shut):
        _hair(picture, person, np.random.default_rng(strands))
        if person.glasses:
            _glasses(picture, person)
        _light(picture, person)
    edges = tuple(_lid_edges(fine, eye) for eye in (person.shape[36:42], person.shape[42:48]))
    soften = [cv2.GaussianBlur(np.clip(picture.image, 0, 255), (0, 0), 0.8) for picture in (canvas, shut)]
    return Painting(soften[0], soften[1], edges, person.skin * 0.22)


def _outline(person: Identity) -> np.ndarray:
    """The head's contour: the jaw, closed over the forehead."""
    jaw = curve(person.shape[:17], 48)
    left, right = person.shape[0], person.shape[16]
    angle = np.linspace(0, np.pi, 32)[1:-1]
    half = (right[0] - left[0]) / 2
    x = (left[0] + right[0]) / 2 + half * np.cos(angle) * (1 - 0.04 * np.sin(angle))
    y = (left[1] + right[1]) / 2 - 1.52 * np.sin(angle) ** 0.85
    return np.vstack([jaw, np.stack([x, y], axis=1)])


def _backdrop(canvas: Canvas, person: Identity, rng: np.random.Generator) -> None:
    canvas.image[:] = person.backdrop
    canvas.image *= (1 + 0.06 * canvas.x + 0.04 * canvas.y + 0.012 * canvas.noise(rng, 0.5))[..., None]
    if person.hair_length:
        angle = np.linspace(0, 2 * np.pi, 48)
        back = np.stack([1.25 * np.cos(angle), -0.1 + 1.6 * np.sin(angle)], axis=1)
        back[:, 1] += np.where(back[:, 1] > 0, 1.4, 0)
        canvas.paint(canvas.mask(back, 0.02), person.hair * 0.75)
    flank = np.array([[0.62, 1.2], [0.68, 2.1], [1.9, 2.45], [1.9, 3.0]])
    neck = np.vstack([flank, flank[::-1] * by(-1, 1)])
    canvas.paint(canvas.mask(neck, 0.02), person.skin * 0.74)
    chest = np.array([[-0.75, 2.12], [0.0, 2.5], [0.75, 2.12], [2.0, 2.35], [2.0, 3.2], [-2.0, 3.2], [-2.0, 2.35]])
    canvas.paint(canvas.mask(chest, 0.02), person.clothes)


def _head(canvas: Canvas, person: Identity, rng: np.random.Generator) -> None:
    for side in (-1, 1):
        base = person.shape[0 if side < 0 else 16]
        angle = np.linspace(0, 2 * np.pi, 24)
        ear = np.stack([base[0] + side * 0.06 + 0.11 * np.cos(angle), 0.28 + 0.36 * np.sin(angle)], axis=1)
        canvas.paint(canvas.mask(ear, 0.01), person.skin * [0.86, 0.78, 0.76])
        canvas.shade(canvas.blob(np.array([base[0] + side * 0.07, 0.28]), 0.045, 0.2), 0.75)
    outline = _outline(person)
    canvas.shade(canvas.mask(outline + by(0, 0.12), 0.08) * (canvas.y > 0.9), 0.72)  # the chin's shadow on the neck
    face = canvas.mask(outline, 0.012)
    canvas.paint(face, person.skin)
    half = person.shape[16, 0] - person.shape[0, 0]
    across, down = 2 * canvas.x / half, (canvas.y - 0.2) / 1.75
    depth = np.sqrt(np.clip(1 - 0.92 * across**2 - 0.75 * down**2, 0.02, 1))
    normal_x, normal_y = across * 0.75, down * 0.6
    light_x, light_y, contrast = person.light
    glow = depth * 0.9 + normal_x * light_x * 0.5 + normal_y * light_y * 0.5
    canvas.shade(face, 1.0)
    canvas.image *= (1 + face * (contrast * (glow - 0.72)))[..., None]


def _skin_detail(canvas: Canvas, person: Identity, rng: np.random.Generator) -> None:
    shape = person.shape
    face = canvas.mask(_outline(person), 0.03)
    for size, strength in ((0.018, 0.027), (0.04, 0.028), (0.10, 0.022), (0.3, 0.02)):
        canvas.image *= (1 + face * strength * canvas.noise(rng, size))[..., None]
    for _ in range(rng.integers(3, 14)):  # freckles and moles
        spot = canvas.blob(rng.uniform([-0.9, -1.0], [0.9, 1.6]), *rng.uniform(0.012, 0.03, 2))
        canvas.shade(spot * face, rng.uniform(0.75, 0.95))
    for side, cheek in ((-1, (shape[41] + shape[48]) / 2), (1, (shape[46] + shape[54]) / 2)):
        spot = canvas.blob(cheek + by(0.12 * side, 0.0), 0.26, 0.24)
        canvas.paint(spot, person.skin * [1.04, 0.9, 0.88], 0.35)
        canvas.shade(canvas.blob(cheek + by(0.18 * side, -0.22), 0.22, 0.14), 1.06)
    for inner, outer in ((39, 36), (42, 45)):
        centre = (shape[inner] + shape[outer]) / 2
        canvas.shade(canvas.blob(centre + by(0, -0.10), 0.30, 0.13), 0.86)  # the socket
        canvas.shade(canvas.blob(centre + by(0, 0.20), 0.22, 0.05), 0.93 - 0.05 * person.age)
        canvas.shade(canvas.blob((shape[inner] + by(0, 0.02)), 0.09, 0.14), 0.86)
    fold = 0.06 + 0.14 * person.age
    for nostril, corner, side in ((31, 48, -1), (35, 54, 1)):
        start, end = shape[nostril] + by(0.08 * side, -0.08), shape[corner] + by(0.11 * side, -0.05)
        line = curve([start, (start + end) / 2 + by(0.07 * side, -0.02), end])
        canvas.shade(canvas.stroke(line, 0.03, 0.025), 1 - fold)
    for i in range(3):
        y = -0.72 - 0.15 * i
        line = np.stack([np.linspace(-0.6, 0.6, 20), y + 0.03 * np.sin(np.linspace(0, 6, 20) + i)], axis=1)
        canvas.shade(canvas.stroke(line, 0.02, 0.015), 1 - 0.02 - 0.10 * person.age)
    canvas.shade(canvas.blob(np.array([0, -0.85]), 0.5, 0.25), 1.05)
    if person.beard:
        lower = canvas.mask(np.vstack([curve(shape[3:14]), [[0.45, 0.98], [-0.45, 0.98]]]), 0.06)
        stubble = 1 + 0.35 * canvas.noise(rng, 0.012)
        canvas.paint(lower * np.clip(stubble, 0, 2), person.hair, person.beard)


def _nose(canvas: Canvas, person: Identity) -> None:
    shape = person.shape
    tip, left, right = shape[30], shape[31], shape[35]
    ridge = canvas.stroke(np.vstack([shape[27] + by(0, -0.05), shape[28:31]]), 0.07, 0.05)
    canvas.shade(ridge, 1.10)
    for side, wing in ((-1, left), (1, right)):
        line = np.array(
            [shape[27] + by(0.13 * side, 0.0), shape[29] + by(0.13 * side, 0), wing + by(0.03 * side, -0.16)]
        )
        light = 1 if side * person.light[0] < 0 else 0
        canvas.shade(canvas.stroke(curve(line), 0.06, 0.05), 0.90 + 0.05 * light)
        arc = np.array([wing + by(0.03 * side, -0.17), wing + by(0.07 * side, -0.06), wing + by(0.03 * side, 0.03)])
        canvas.shade(canvas.stroke(curve(arc), 0.025, 0.012), 0.72)
        canvas.shade(canvas.blob(wing + by(-0.07 * side, 0.005), 0.06, 0.028), 0.42)
    canvas.shade(canvas.blob(tip + by(0, -0.02), 0.08, 0.07), 1.12)
    canvas.shade(canvas.blob(shape[33] + by(0, 0.03), 0.16, 0.05), 0.80)


def _mouth(canvas: Canvas, person: Identity, rng: np.random.Generator) -> None:
    shape = person.shape
    upper = np.vstack([curve(shape[48:55], 30), curve(shape[[54, 64, 63, 62, 61, 60, 48]], 30)])
    lower = np.vstack([curve(shape[[54, 55, 56, 57, 58, 59, 48]], 30), curve(shape[[48, 60, 67, 66, 65, 64, 54]], 30)])
    canvas.paint(canvas.mask(upper, 0.012), person.lip * 0.84, 0.9)
    canvas.paint(canvas.mask(lower, 0.014), person.lip, 0.85)
    lips = canvas.mask(np.vstack([shape[48:55], shape[55:60]]), 0.01)
    fine = cv2.GaussianBlur(rng.standard_normal(canvas.x.shape).astype(np.float32), (0, 0), 0.8, sigmaY=3)
    canvas.image *= (1 + 0.25 * fine * lips)[..., None]
    canvas.shade(canvas.blob(shape[57] + by(0, -0.07), 0.16, 0.035), 1.12)
    middle = (shape[[60, 61, 62, 63, 64]] + shape[[60, 67, 66, 65, 64]]) / 2
    line = np.vstack([shape[48], middle[1:4], shape[54]])
    canvas.paint(canvas.stroke(curve(line), 0.028, 0.006), person.lip * 0.28, 0.9)
    for corner in (48, 54):
        canvas.shade(canvas.blob(shape[corner], 0.04, 0.03), 0.65)
    canvas.shade(canvas.blob(shape[57] + by(0, 0.07), 0.2, 0.05), 0.80)
    canvas.shade(canvas.blob((shape[33] + shape[51]) / 2 + by(0, 0.02), 0.03, 0.07), 0.90)
    canvas.shade(canvas.blob(shape[8] + by(0, -0.22), 0.2, 0.13), 1.06)


def _brows(canvas: Canvas, person: Identity, rng: np.random.Generator) -> None:
    for points in (person.shape[17:22], person.shape[22:27][::-1]):
        line = curve(points, 30)
        taper = (
            0.055 * person.brow_thickness * np.interp(np.linspace(0, 1, 30), [0, 0.3, 0.85, 1], [0.25, 0.8, 1.0, 0.7])
        )
        band = np.vstack([line - np.stack([0 * taper, taper], 1), (line + np.stack([0 * taper, taper], 1))[::-1]])
        canvas.paint(canvas.mask(band, 0.018), person.hair * 0.9, 0.62 * person.brow_density)
        grain = canvas.noise(rng, 0.012)
        canvas.shade(canvas.mask(band, 0.012), 0.86)
        canvas.image *= (1 + canvas.mask(band, 0.012) * 0.13 * grain)[..., None]


def _eye(canvas: Canvas, person: Identity, eye: np.ndarray, rng: np.random.Generator) -> None:
    """Paint an open eye; ``eye`` runs from the outer corner over the upper lid to the inner one, then back below."""
    upper, lower = curve(eye[[0, 1, 2, 3]], 24), curve(eye[[3, 4, 5, 0]], 24)
    opening = canvas.mask(np.vstack([upper, lower]))
    canvas.paint(opening, np.array([222.0, 216, 212]) * (0.75 + 0.25 * person.skin[0] / 240))
    centre = np.array([eye[:, 0].mean(), (upper[12, 1] + lower[12, 1]) / 2 - 0.008])
    distance = np.hypot(canvas.x - centre[0], canvas.y - centre[1])
    edge = 1.2 / canvas.scale
    iris = np.clip((0.115 - distance) / edge + 0.5, 0, 1) * opening
    canvas.paint(iris, person.iris)
    canvas.paint(np.exp(-0.5 * ((distance - 0.108) / 0.015) ** 2) * opening, person.iris * 0.45, 0.7)
    canvas.paint(np.clip((0.052 - distance) / edge + 0.5, 0, 1) * opening, np.array([14.0, 12, 12]))
    canvas.paint(canvas.blob(centre + by(0.035, -0.035), 0.018, 0.018), np.array([250.0, 250, 250]), 0.9)
    canvas.shade(opening * np.exp(-np.clip(canvas.y - np.interp(canvas.x, *_sorted(upper)), 0, 1) / 0.035), 0.62)
    canvas.paint(canvas.stroke(upper, 0.034, 0.006), person.skin * 0.16, 0.9)  # lashes
    canvas.paint(canvas.stroke(lower, 0.016, 0.008), person.skin * 0.42, 0.6)
    crease = upper + np.stack([np.zeros(24), -0.075 * np.sin(np.linspace(0.15, np.pi - 0.15, 24)) - 0.012], axis=1)
    canvas.shade(canvas.stroke(crease, 0.02, 0.01), 0.72)
    canvas.shade(canvas.stroke(lower + by(0, 0.05), 0.02, 0.018), 0.9)


def _shut_eye(canvas: Canvas, person: Identity, eye: np.ndarray) -> None:
    upper, lower = curve(eye[[0, 1, 2, 3]], 24), curve(eye[[3, 4, 5, 0]], 24)
    area = canvas.mask(np.vstack([upper, lower]), 0.03)
    canvas.paint(area, person.skin * 0.9, 0.6)
    canvas.shade(canvas.blob(eye.mean(axis=0) + by(0, -0.03), 0.16, 0.06), 1.06)
    canvas.paint(canvas.stroke(lower, 0.03, 0.008), person.skin * 0.2, 0.8)
    crease = upper + by(0, -0.03)
    canvas.shade(canvas.stroke(crease, 0.02, 0.012), 0.84)


def _sorted(line: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    order = np.argsort(line[:, 0])
    return line[order, 0], line[order, 1]


def _lid_edges(place: Placement, eye: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    upper = place.to_pixels(curve(eye[[0, 1, 2, 3]], 24))
    lower = place.to_pixels(curve(eye[[3, 4, 5, 0]], 24))
    columns = np.arange(int(np.ceil(upper[:, 0].min())), int(upper[:, 0].max()))
    top = np.interp(columns, *_sorted(upper)).astype(np.float32)
    bottom = np.interp(columns, *_sorted(lower)).astype(np.float32)
    return columns, top, np.maximum(bottom, top + 0.1)


def _hair(canvas: Canvas, person: Identity, rng: np.random.Generator) -> None:
    outline = _outline(person)
    crown = outline[outline[:, 1] < -0.12]
    crown = crown[np.argsort(np.arctan2(crown[:, 1] + 0.05, crown[:, 0]))]
    outer = crown * by(1.09, 1.10) + by(0, -0.03)
    x = np.linspace(outer[-1, 0], outer[0, 0], 40)
    u = x / abs(x).max()
    line = {
        0: -1.02 + 0.95 * np.abs(u) ** 3.2,
        1: person.shape[17:27, 1].min() - 0.16 + 0.5 * np.abs(u) ** 4,
        2: -1.18 + 1.05 * np.abs(u) ** 2.0,
        3: -1.30 + 1.15 * np.abs(u) ** 4,
    }[person.hair_style]
    line = line + 0.02 * np.sin(9 * u + 1) + 0.015 * np.sin(23 * u)
    cap = canvas.mask(np.vstack([outer, np.stack([x, line], axis=1)]), 0.02)
    canvas.paint(cap, person.hair)
    strands = cv2.GaussianBlur(rng.standard_normal(canvas.x.shape).astype(np.float32), (0, 0), 0.9, sigmaY=5)
    strands /= strands.std()
    shine = canvas.blob(np.array([person.light[0] * 0.8, -1.35]), 0.6, 0.12)
    canvas.image *= (1 + cap * (0.16 * strands + 0.5 * shine))[..., None]
    if person.hair_length:
        for side in (-1, 1):
            edge = person.shape[0 if side < 0 else 16, 0]
            y = np.linspace(-0.5, 2.6, 20)
            wave = 0.05 * person.hair_length * np.sin(2.2 * y + 3 * person.hair_length)
            lock = np.stack([edge - side * (0.06 - 0.10 * np.clip(y, 0, 1.5)) + side * wave, y], axis=1)
            far = np.stack([edge + side * (0.16 + 0.14 * np.clip(y[::-1], -0.5, 1)), y[::-1]], axis=1)
            mask = canvas.mask(np.vstack([lock, far]), 0.03)
            canvas.paint(mask, person.hair)
            canvas.image *= (1 + mask * 0.16 * strands)[..., None]


def _glasses(canvas: Canvas, person: Identity) -> None:
    for eye in (person.shape[36:42], person.shape[42:48]):
        angle = np.linspace(0, 2 * np.pi, 40)
        round_x, round_y = np.cos(angle), np.sin(angle)
        corner = np.sign(round_x) * np.abs(round_x) ** 0.7, np.sign(round_y) * np.abs(round_y) ** 0.7
        rim = eye.mean(axis=0) + by(0, 0.06) + np.stack([0.36 * corner[0], 0.27 * corner[1]], axis=1)
        canvas.paint(canvas.stroke(rim, 0.022, 0.004), np.array([40.0, 36, 36]), 0.85)
        canvas.shade(canvas.mask(rim), 1.02)
    bridge = np.array([[-0.15, 0.02], [0.0, -0.03], [0.15, 0.02]])
    canvas.paint(canvas.stroke(curve(bridge), 0.022, 0.004), np.array([40.0, 36, 36]), 0.85)
    for side, ear in ((-1, person.shape[0]), (1, person.shape[16])):
        arm = np.array([[0.86 * side, 0.0], [ear[0], 0.05]])
        canvas.paint(canvas.stroke(arm, 0.022, 0.004), np.array([40.0, 36, 36]), 0.85)


def _light(canvas: Canvas, person: Identity) -> None:
    light_x, light_y, contrast = person.light
    canvas.image *= (1 + 0.12 * contrast * (light_x * canvas.x + light_y * canvas.y))[..., None]
