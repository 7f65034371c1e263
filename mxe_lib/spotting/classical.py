"""The spotters that P2 compares itself with (Table 9), run on the very clips that the networks are tested on.

P2 copied their numbers from papers on other videos. Each scores every frame by how far the face has gone from its
onset, and takes a peak; none learns. What no source states is a parameter here.

    strain        Liong et al., ACCV 2016 workshops: mean optical strain, eyes masked
    landmarks     Yan et al., ECCV 2014 workshops: mean displacement of tracked landmarks
    LBP           Liong et al., ACPR 2015: difference of local binary patterns, peak by divide and conquer
"""

from collections.abc import Sequence

import cv2
import numpy as np
import pandas as pd

from mxe_lib.clips import Clip
from mxe_lib.learning.samples import Samples, spotting_samples
from mxe_lib.simulation.face import MEAN_SHAPE
from mxe_lib.spotting.appearance import Appearance
from mxe_lib.vision import faces, fields

EYE_MARGIN = 0.12
"""By how much of the face's width the eyes' mask is wider than the eyes."""


def strain_scores(flow: np.ndarray, mask_eyes: bool = True) -> np.ndarray:
    """Mean optical strain of each frame outside the eyes, where blinks strain most.

    Args:
        flow: ``(T, 2, S, S)`` from the onset to each frame, on the aligned crop of ``faces.py``.

    Returns:
        ``(T,)`` scores.
    """
    strain = fields.strain(flow)
    kept = ~eye_mask(flow.shape[-1]) if mask_eyes else np.ones(flow.shape[-2:], bool)
    return strain[:, kept].mean(1)


def eye_mask(size: int, margin: float = EYE_MARGIN) -> np.ndarray:
    """Where the eyes lie in the aligned crop, with a margin: ``(size, size)`` bool."""
    (left_x, eye_y), (right_x, _) = faces.EYES
    scale = size * (right_x - left_x)
    points = MEAN_SHAPE * scale + [size * (left_x + right_x) / 2 - 0.5, size * eye_y - 0.5]
    mask = np.zeros((size, size), np.uint8)
    for eye in (slice(36, 42), slice(42, 48)):
        cv2.fillPoly(mask, [np.round(points[eye]).astype(np.int32)], 1)
    reach = max(1, round(margin * scale * np.ptp(MEAN_SHAPE[:17, 0])))
    return cv2.dilate(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1,) * 2)).astype(bool)


def landmark_scores(shapes: np.ndarray) -> np.ndarray:
    """How far the 68 points have gone from the first frame, the head's own motion taken out.

    Each frame's shape is laid on the first by the similarity that fits best (Procrustes); what is left is the face's
    own motion, in eye distances.

    Args:
        shapes: ``(T, 68, 2)`` landmarks of each frame.

    Returns:
        ``(T,)`` mean distances.
    """
    first = np.asarray(shapes[0], float)
    eyes = np.linalg.norm(first[42:48].mean(0) - first[36:42].mean(0))
    return np.array([np.linalg.norm(_laid_on(shape, first) - first, axis=1).mean() / eyes for shape in shapes])


def lbp_scores(crops: np.ndarray, blocks: int = 5) -> np.ndarray:
    """1 minus the correlation of each frame's LBP histograms with the first frame's.

    Args:
        crops: ``(T, S, S)`` uint8 aligned grey faces.
        blocks: the face is cut into ``blocks`` x ``blocks``, each with a histogram of its own (not stated).

    Returns:
        ``(T,)`` differences, 0 for the first frame.
    """
    histograms = np.stack([lbp_histogram(crop, blocks) for crop in crops])
    lengths = np.linalg.norm(histograms, axis=1)
    return 1 - histograms @ histograms[0] / (lengths * lengths[0])


def faces_of(clips: Sequence[Clip], looks: Sequence[Appearance], numbers: Sequence[Sequence[int]]) -> Samples:
    """Grey faces aligned by the inner eye corners, each with mean 0 and deviation 1: what SMEConvNet reads."""
    pictures = []
    for look in looks:
        eyes = look.eyes.astype(np.float32)
        mean, deviation = (part(eyes, axis=(1, 2), keepdims=True) for part in (np.mean, np.std))
        pictures.append(((eyes - mean) / np.maximum(deviation, 1))[:, None])
    return spotting_samples(clips, pictures, numbers)


def table(samples: Samples, scores: Sequence[np.ndarray]) -> pd.DataFrame:
    """Scores of each clip's frames as ``rules.pick`` reads them: clip, database, subject, seed, number, score."""
    parts = [
        pd.DataFrame({"clip": clip.id, "number": numbers, "score": values})
        for (clip, _, numbers), values in zip(samples.per_clip(), scores, strict=True)
    ]
    home = {clip.id: (clip.database, clip.subject_id) for clip in samples.clips}
    scored = pd.concat(parts, ignore_index=True)
    scored.insert(1, "database", [home[clip][0] for clip in scored["clip"]])
    scored.insert(2, "subject", [home[clip][1] for clip in scored["clip"]])
    scored.insert(3, "seed", 0)
    return scored


def _laid_on(shape: np.ndarray, target: np.ndarray) -> np.ndarray:
    return shape @ (matrix := faces.similarity(np.asarray(shape, float), target))[:, :2].T + matrix[:, 2]


def lbp_histogram(crop: np.ndarray, blocks: int) -> np.ndarray:
    """Uniform LBP(8, 1) histograms of all blocks, one after the other: ``(blocks^2 * 59,)``."""
    image = crop.astype(np.int16)
    centre = image[1:-1, 1:-1]
    ring = ((0, 0), (0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0))
    code = np.zeros(centre.shape, np.uint8)
    for bit, (down, right) in enumerate(ring):
        there = image[down : down + centre.shape[0], right : right + centre.shape[1]]
        code |= (there >= centre).astype(np.uint8) << np.uint8(bit)
    labels = UNIFORM[code]
    parts = [part for row in np.array_split(labels, blocks, 0) for part in np.array_split(row, blocks, 1)]
    return np.concatenate([np.bincount(part.ravel(), minlength=59) for part in parts]).astype(float)


def _uniform() -> np.ndarray:
    """The label of each code: 0-57 for the 58 codes with two changes of bit or fewer, 58 for all others."""
    bits = (np.arange(256)[:, None] >> np.arange(8)) & 1
    few = (bits != np.roll(bits, 1, axis=1)).sum(1) <= 2
    labels = np.full(256, 58)
    labels[few] = np.arange(few.sum())
    return labels


UNIFORM = _uniform()
