"""TV-L1 of our own is OpenCV's, as near the truth, the same bits compiled or not, and fit for any picture."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mxe_lib.simulation.database import SimulatedDatabase
from mxe_lib.simulation.timeline import Distractors
from mxe_lib.study import flow_errors
from mxe_lib.vision import dense_flow, faces, tvl1

PAIRS = 6


@pytest.fixture(scope="module", params=["still", "restless"])
def database(request):
    still = Distractors(head_motion=0, blinks=0, second_movement=0, drift=0)
    return SimulatedDatabase("casme2", distractors=still if request.param == "still" else Distractors(), seed=3)


def pairs(database, size):
    """Onset and apex crops of people's first clips, with their true flow."""
    first = {clip.subject: clip for clip in reversed(database.clips())}
    for clip in list(first.values())[:PAIRS]:
        apex = database.truth(clip).apex
        frames = database.frames(clip, [clip.onset, apex])
        alignment = faces.align(frames[0])
        crops = [faces.face_crop(frame, alignment, size) for frame in frames]
        yield *crops, flow_errors.true_flow(database, clip, apex, size)


@pytest.mark.parametrize("size", [75, 150])
def test_agrees_with_opencv_and_errs_no_more(database, size):
    differences, errors = [], {"ours": [], "opencv": []}
    for reference, target, truth in pairs(database, size):
        found = {"ours": tvl1.tvl1(reference, target), "opencv": dense_flow.tvl1_opencv(reference, target)}
        differences.append(np.abs(found["ours"] - found["opencv"]))
        for name, flow in found.items():
            errors[name].append(flow_errors.endpoint_error(flow.transpose(2, 0, 1), truth).mean())
    assert np.mean(differences) <= 0.01
    assert np.quantile(differences, 0.99) <= 0.1
    assert np.mean(errors["ours"]) <= 1.01 * np.mean(errors["opencv"])


def test_one_scale_and_warp_is_opencvs_to_rounding(monkeypatch, database):
    few = {"nscales": 1, "warps": 2}
    monkeypatch.setattr(tvl1, "PARAMETERS", tvl1.PARAMETERS | few)
    monkeypatch.setitem(dense_flow.PARAMETERS, "tvl1_opencv", dense_flow.PARAMETERS["tvl1_opencv"] | few)
    reference, target, _ = next(pairs(database, 75))
    np.testing.assert_allclose(tvl1.tvl1(reference, target), dense_flow.tvl1_opencv(reference, target), atol=1e-4)


def test_parameters_are_opencvs():
    assert tvl1.PARAMETERS.items() <= dense_flow.PARAMETERS["tvl1_opencv"].items()


@pytest.mark.parametrize("shape", [(75, 75), (16, 16), (40, 61), (17, 150)])
def test_numpy_gives_the_same_bits(monkeypatch, shape):
    rng = np.random.default_rng(0)
    reference = np.repeat(np.repeat(rng.integers(0, 255, shape, dtype=np.uint8), 4, 0), 4, 1)[: shape[0], : shape[1]]
    target = np.roll(reference, 1, 1)
    compiled = tvl1.tvl1(reference, target)
    assert tvl1.iterations() is not tvl1.iterate_numpy
    monkeypatch.setattr(tvl1, "iterations", lambda: tvl1.iterate_numpy)
    np.testing.assert_array_equal(compiled, tvl1.tvl1(reference, target))


@pytest.mark.parametrize("shape", [(75, 75), (16, 16), (1, 40), (40, 1), (1, 1), (2, 2), (3, 200)])
def test_pictures_without_size_or_texture(shape):
    flat = np.full(shape, 100, np.uint8)
    assert not tvl1.tvl1(flat, flat).any()
    assert not tvl1.tvl1(flat, flat + 50).any()
    rough = np.random.default_rng(0).integers(0, 255, shape, dtype=np.uint8)
    assert np.abs(tvl1.tvl1(rough, rough)).max() < 1e-6
    found = tvl1.tvl1(rough, rough[::-1])
    assert found.shape == (*shape, 2) and found.dtype == np.float32 and np.isfinite(found).all()


PROGRAM = """
import json, sys, numpy as np
if sys.argv[1] == "absent":
    sys.modules["numba"] = None
from mxe_lib.vision import tvl1
picture = np.random.default_rng(0).integers(0, 255, (40, 40), dtype=np.uint8)
flow = tvl1.tvl1(picture, np.roll(picture, 1, 1))
loops = sys.modules.get("mxe_lib.vision.tvl1_loops")
hits = None if loops is None or not hasattr(loops.iterate, "stats") else sum(loops.iterate.stats.cache_hits.values())
print(json.dumps([flow.tobytes().hex(), hits]))
"""


def run(numba="there", cwd=None, **environment):
    """Flow computed by a process of its own, and how often it found compiled code on disk (None: not asked)."""
    command = [sys.executable, "-c", PROGRAM, numba]
    done = subprocess.run(command, cwd=cwd, env=os.environ | environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_compiled_code_is_kept_and_nothing_needs_it(tmp_path):
    folder = {"NUMBA_CACHE_DIR": str(tmp_path / "numba")}
    flow, hits = run(**folder)
    assert hits == 0
    assert run(**folder) == [flow, 1]
    assert run("absent") == [flow, None]
    assert run(NUMBA_DISABLE_JIT="1") == [flow, None]
    # Nowhere to write: a file stands where each of the folders would be made.
    blocked, copy = tmp_path / "file", tmp_path / "copy"
    blocked.write_text("")
    shutil.copytree(Path(tvl1.__file__).parents[1], copy / "mxe_lib", ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "mxe_lib" / "vision" / "__pycache__").write_text("")
    nowhere = dict.fromkeys(["HOME", "XDG_CACHE_HOME", "IPYTHONDIR"], str(blocked))
    assert run(cwd=copy, NUMBA_CACHE_DIR="", **nowhere) == [flow, 0]
