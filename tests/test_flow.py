"""Flow finds known motions, and its cache is only trusted when it is whole and still applies."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from drawn_face import DrawnDatabase, draw_face, shifted

from mxe_lib.compute import pool
from mxe_lib.errors import MxeError
from mxe_lib.simulation.database import SimulatedDatabase
from mxe_lib.vision import faces, flow

DATABASE = DrawnDatabase()
CLIPS = DATABASE.clips()
NUMBERS = [[10, 14, 18]] * 4


def kept(cache):
    return sorted((cache / "flow").rglob("*.flow"))


@pytest.fixture(autouse=True, scope="module")
def stopped_pool():
    yield
    pool.stop()


@pytest.mark.parametrize("method", flow.METHODS)
@pytest.mark.parametrize("size", [28, 75])
def test_known_shift(method, size):
    image, _ = draw_face()
    face = faces.face_crop(image, faces.align(image), size)
    found = flow.optical_flow(face, shifted(face, 1, -0.5), method)
    assert found.shape == (2, size, size) and found.dtype == np.float32
    inner = np.s_[:, size // 4 : -size // 4, size // 4 : -size // 4]
    error = np.linalg.norm(found - np.array([1, -0.5])[:, None, None], axis=0)
    assert np.median(error[inner[1:]]) < 0.25
    assert not flow.crop_flow(image, image[None], size=size, method=method).any()


def test_clip_flow_is_in_crop_pixels():
    found = flow.clip_flow(DATABASE, CLIPS[0], [10, 14, 18], size=75)
    assert found.shape == (3, 2, 75, 75) and not found[0].any()
    frame = DATABASE.frames(CLIPS[0], [10])[0]
    factor = np.linalg.norm(faces.align(frame).matrix[:, 0]) * 75
    np.testing.assert_allclose(np.median(found[1:, 0], axis=(1, 2)), [1 * factor, 2 * factor], rtol=0.1)


def test_unusable_clips_are_named_and_left_out(tmp_path):
    with pytest.warns(UserWarning) as caught:
        found = flow.flows(DATABASE, CLIPS, NUMBERS, size=28, cache=tmp_path)
    assert [item is None for item in found] == [False, True, True, False]
    texts = sorted(str(warning.message) for warning in caught)
    assert texts[0].startswith("left out casme2/sub02/EP01_01: frame 10: no face found")
    assert texts[1] == "left out casme2/sub03/EP01_01: img14.jpg is missing"
    with pytest.warns(UserWarning):
        apexes = flow.apex_flow(DATABASE, CLIPS, [14] * 4, size=28)
    np.testing.assert_array_equal(apexes[3], found[3][1])
    assert apexes[1] is None


def test_second_run_only_reads(tmp_path, monkeypatch):
    clips, numbers = [CLIPS[0], CLIPS[3]], NUMBERS[:2]
    first = flow.flows(DATABASE, clips, numbers, size=28, cache=tmp_path, workers=2)
    files = [file for file in (tmp_path / "flow").rglob("*") if file.is_file()]
    assert [file.suffix for file in files] == sum(map(len, NUMBERS[:2])) * [".flow"]  # and nothing half-written
    monkeypatch.setattr(flow, "optical_flow", lambda *_: pytest.fail("computed again"))
    second = flow.flows(DATABASE, clips, numbers, size=28, cache=tmp_path)
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize(
    "damage",
    [lambda data: data[:-100], lambda data: b"", lambda data: b"no array", lambda data: data[:-9] + b"?" + data[-8:]],
)
def test_damaged_file_is_computed_again(tmp_path, damage):
    first = flow.flows(DATABASE, CLIPS[:1], NUMBERS[:1], size=28, cache=tmp_path)[0]
    file = kept(tmp_path)[1]
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    second = flow.flows(DATABASE, CLIPS[:1], NUMBERS[:1], size=28, cache=tmp_path)[0]
    np.testing.assert_array_equal(first, second)
    assert file.read_bytes() == whole


def test_key_changes_with_all_that_matters(tmp_path):
    def run(database=DATABASE, numbers=(10, 12), **settings):
        flow.flows(database, CLIPS[:1], [list(numbers)], cache=tmp_path, **{"size": 28, "method": "dis"} | settings)
        return len(kept(tmp_path))

    class Other(DrawnDatabase):
        def fingerprint(self, clip, numbers):
            return "other frames"

    assert [run(), run(), run(size=30), run(method="farneback"), run(numbers=(10, 13)), run(Other())] == [
        2, 2, 4, 6, 7, 9,
    ]  # fmt: skip


def test_only_missing_frames_are_computed(tmp_path, monkeypatch):
    some = dict(size=28, method="dis", cache=tmp_path)
    flow.flows(DATABASE, CLIPS[:1], [[12, 14]], **some)
    computed, honest = [], flow.clip_flow
    monkeypatch.setattr(
        flow, "clip_flow", lambda d, c, numbers, **rest: computed.extend(numbers) or honest(d, c, numbers, **rest)
    )
    mixed = flow.flows(DATABASE, CLIPS[:1], [[18, 14, 12, 18]], **some)[0]
    assert computed == [18]
    fresh = flow.flows(DATABASE, CLIPS[:1], [[18, 14, 12, 18]], **some | {"cache": None})[0]
    np.testing.assert_array_equal(mixed, fresh)


def test_same_bits_with_one_and_two_workers():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        one = flow.flows(DATABASE, CLIPS, NUMBERS, size=40, workers=1)
        two = flow.flows(DATABASE, CLIPS, NUMBERS, size=40, workers=2)
    assert [item is None for item in one] == [item is None for item in two]
    for a, b in zip(one, two, strict=True):
        np.testing.assert_array_equal(a, b)


def test_unknown_method_is_refused():
    with pytest.raises(MxeError, match="choose one of tvl1, tvl1_opencv, farneback, dis"):
        flow.flows(DATABASE, CLIPS, NUMBERS, size=28, method="raft")


def test_a_simulated_face_is_aligned_without_cascades(monkeypatch):
    """OpenCV 5 has none: the simulator's own eyes serve, and lie where the cascades find them."""
    database = SimulatedDatabase("casme2")
    clip = database.clips()[0]
    known = database.true_landmarks(clip, clip.onset)
    eyes = np.stack([known[36:42].mean(axis=0), known[42:48].mean(axis=0)])
    found = faces.transform_points(eyes, faces.align(database.frames(clip, [clip.onset])[0]), 1) + 0.5
    assert np.abs(found - np.array(faces.EYES)).max() < 0.05  # of the crop's side
    expected = flow.clip_flow(database, clip, [clip.apex], size=75)[0]
    monkeypatch.setattr(faces, "can_find", lambda: False)
    again = flow.clip_flow(database, clip, [clip.apex], size=75)[0]
    assert np.abs(again).mean() == pytest.approx(np.abs(expected).mean(), rel=0.2)


def test_a_real_face_needs_the_cascades(monkeypatch):
    faces._cascade.cache_clear()  # noqa: SLF001
    monkeypatch.setattr(faces, "can_find", lambda: False)
    frame = np.full((120, 120), 128, np.uint8)
    with pytest.raises(MxeError, match="face cascades are missing: pip install"):
        flow.crop_flow(frame, frame[None], size=75)
    faces._cascade.cache_clear()  # noqa: SLF001
