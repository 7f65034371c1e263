"""Many cross-validations in one queue give what each gives by itself."""

from __future__ import annotations

import pandas as pd
import pytest
from test_crossval import CLIPS, samples, task

from mxe_lib.compute import parallel, pool
from mxe_lib.errors import MxeError
from mxe_lib.learning import crossval
from mxe_lib.learning.crossval import cross_validate_all
from mxe_lib.learning.folds import folds


@pytest.fixture(autouse=True, scope="module")
def stopped_pool():
    yield
    pool.stop()


def runs():
    data, other = samples(), samples(seed=1)
    three, two = folds("kfold3", CLIPS), folds("kfold2", CLIPS)
    return {
        "a": dict(task=task(), samples=data, folds=three),
        ("b", 1): dict(task=task(), samples=data, folds=two, seed=1),
        "c": dict(task=task(epochs=1), samples=other, folds=three),
    }


@pytest.mark.parametrize("workers", [1, 2])
def test_same_bits_as_one_by_one(tmp_path, workers):
    together = cross_validate_all(runs(), cache=tmp_path / "together", workers=workers)
    assert list(together) == ["a", ("b", 1), "c"]
    for name, run in runs().items():
        alone = crossval.cross_validate(**run, cache=tmp_path / "alone")
        pd.testing.assert_frame_equal(together[name], alone, check_exact=True)


def test_only_missing_folds_are_queued(tmp_path, monkeypatch):
    given = runs()
    crossval.cross_validate(**given["a"], cache=tmp_path)
    queued, honest = [], parallel.run
    monkeypatch.setattr(
        parallel, "run", lambda f, jobs, *rest, **more: queued.append(len(jobs)) or honest(f, jobs, *rest, **more)
    )
    cross_validate_all(given, cache=tmp_path, workers=2)
    assert queued[0] == 2 + 3 and not any(queued[1:])
    queued.clear()
    cross_validate_all(given, cache=tmp_path, workers=2)
    assert not any(queued)


def test_a_fold_of_other_clips_is_refused(tmp_path):
    given = dict(runs()["a"])
    given["samples"] = given["samples"].subset([clip.id for clip in CLIPS[6:]])
    with pytest.raises(MxeError, match="smic/s0/c0: is in a fold but not among the samples"):
        cross_validate_all({"wrong": given}, cache=tmp_path, workers=2)
