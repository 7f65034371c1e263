"""Long videos of simulated people as moments, without rendering a frame: hundreds of people in a minute.

The scripts are those of ``simulation.long_videos``; flow is the difference of two displacements, evaluated on the grid
of an aligned crop. What an optical-flow method would get wrong is added: each frame has errors of its own, smooth in
space, and a flow has those of both its frames.
"""

import numpy as np
import torch
import torch.nn.functional as F

from mxe_lib.compute.seeds import generator
from mxe_lib.simulation import people
from mxe_lib.simulation.action_units import Activation
from mxe_lib.simulation.displacement import template
from mxe_lib.simulation.face import Placement
from mxe_lib.simulation.fields import Crop
from mxe_lib.simulation.long_videos import LongVideos, basis
from mxe_lib.spotting.interval_spotter import GRID, VideoSamples, distances, moments
from mxe_lib.vision import long_flow

FINE = long_flow.GRID

NOISE = (0.02, 0.03)
"""Standard deviations of a frame's own errors, in pixels of the crop: over a third of the face, and over a tenth."""

DAMPED = 1.0
"""Standard deviation, in cells of the grid, of the blur with which a window of flow sees sharp movements."""


def simulated(count: int, seed: int) -> VideoSamples:
    """The videos of ``count`` people of a cohort's seed, 1 or more."""
    database = LongVideos(seed=seed, subjects=count)
    videos = database.videos()
    return VideoSamples(tuple(videos), tuple(moments(true_flow(database, video), video.fps) for video in videos))


def true_flow(database: LongVideos, video) -> dict[int, np.ndarray]:
    """As ``long_flow.flows`` of one video over ``interval_spotter.distances``, from the script alone."""
    rng = generator("simulated moments", video.id, database.seed)
    bumps, courses, closure = database.motion(video)
    shape = people.identity(database.style.looks, video.subject, database.seed).shape
    lids = template((Activation(45, "both", "E"),)).on(shape)
    fields = basis([lids, *bumps], _placed(rng), (FINE, FINE)) * np.float32(long_flow.CROP / FINE)
    fields = _blurred(fields)
    weights = np.hstack([closure[:, None], courses]).astype(np.float32)
    here = np.tensordot(weights, fields, 1) + _errors(rng, len(weights))
    return {distance: here[distance:] - here[:-distance] for distance in distances(video.fps)}


def _placed(rng: np.random.Generator) -> Placement:
    """Where the face lies on the grid: as ``faces.align`` puts it, give or take."""
    crop = Crop()
    (left_x, left_y), (right_x, _) = crop.eyes
    across = FINE * (right_x - left_x) * np.exp(crop.zoom * rng.standard_normal())
    middle = np.array([(left_x + right_x) / 2, left_y]) + crop.shift * rng.standard_normal(2)
    return Placement((across, across), tuple(FINE * middle - 0.5))


def _blurred(fields: np.ndarray) -> np.ndarray:
    line = torch.exp(-0.5 * (torch.arange(-3, 4) / DAMPED) ** 2)
    kernel = (line[:, None] * line / line.sum() ** 2)[None, None].expand(2, 1, 7, 7)
    padded = F.pad(torch.from_numpy(fields), (3, 3, 3, 3), mode="replicate")
    return F.conv2d(padded, kernel, groups=2).numpy()


def _errors(rng: np.random.Generator, count: int) -> np.ndarray:
    errors = np.zeros((count, 2, FINE, FINE), np.float32)
    for size, cells in zip(NOISE, (4, 11), strict=True):
        knots = torch.from_numpy(rng.standard_normal((count, 2, cells, cells), dtype=np.float32))
        errors += size * F.interpolate(knots, (FINE, FINE), mode="bilinear", align_corners=True).numpy()
    return errors


assert FINE == 2 * GRID
