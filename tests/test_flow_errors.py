"""Endpoint errors against the simulator's truth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mxe_lib.evaluation import results
from mxe_lib.simulation import NONE, SimulatedDatabase
from mxe_lib.study import flow_errors
from mxe_lib.vision import flow


def test_endpoint_error_of_known_fields():
    truth = np.zeros((2, 4, 5), np.float32)
    found = truth + np.array([3, -4])[:, None, None]
    np.testing.assert_array_equal(flow_errors.endpoint_error(found, truth), np.full((4, 5), 5.0))


def test_truth_and_measurement_agree_on_a_clear_movement():
    """Truth in the crop is what TV-L1 measures there: a mistake in direction, scale or place would show at once."""
    database = SimulatedDatabase("casme2", distractors=NONE, size=(280, 340))
    clip = database.add_clip(("1E", "2E", "12E"), length=20, apex=10)
    errors = flow_errors.measure(database, [clip], size=75, methods=["tvl1"]).set_index("method")
    assert errors.loc["zero_flow", "epe_moving"] == errors.loc["zero_flow", "zero_moving"] > 0.5
    assert errors.loc["tvl1", "epe_moving"] < 0.4 * errors.loc["zero_flow", "epe_moving"]


def test_rows_are_a_result_table(tmp_path):
    errors = pd.DataFrame(
        {
            "database": ["casme2", "casme2", "samm"] * 2,
            "subject": ["casme2/sub01", "casme2/sub02", "samm/006"] * 2,
            "clip": ["a", "b", "c"] * 2,
            "size": 75,
            "method": ["tvl1"] * 3 + ["zero_flow"] * 3,
            "epe": [1.0, 2, 3, 2, 4, 6],
            "epe_moving": [1, 3, np.nan, 4, 4, np.nan],
            "zero": [2.0, 4, 6] * 2,
            "zero_moving": [4, 4, np.nan] * 2,
        }
    )
    rows = flow_errors.result_rows(errors, experiment="flow_methods", resamples=50)
    results.write("flow_methods", rows, tmp_path)
    table = results.read("flow_methods", tmp_path).set_index(["model", "metric"])
    assert table.loc[("tvl1", "epe"), "value"] == 2 and table.loc[("tvl1", "epe"), "n"] == 3
    assert table.loc[("tvl1", "epe_moving"), "value"] == 2 and table.loc[("tvl1", "epe_moving"), "n"] == 2
    assert table.loc[("tvl1", "epe_moving_relative"), "value"] == 0.5
    assert table.loc[("zero_flow", "epe_relative"), "value"] == 1
    assert (table["ci_low"] <= table["value"] + 1e-9).all() and (table["value"] <= table["ci_high"] + 1e-9).all()
    assert table.loc[("tvl1", "epe_relative"), "ci_high"] == pytest.approx(0.5)


def test_all_cohorts_and_sizes_are_measured_and_timed():
    cohorts = {name: SimulatedDatabase(name, distractors=NONE) for name in ("casme2", "samm")}
    clips = [cohort.add_clip(("12E",), length=8, apex=4) for cohort in cohorts.values()]
    errors = flow_errors.measure_all(cohorts, clips, (40, 75), methods=["dis"])
    found = set(zip(errors["database"], errors["size"], errors["method"], strict=True))
    assert found == {(d, size, m) for d in cohorts for size in (40, 75) for m in ("zero_flow", "dis")}
    frames = cohorts["samm"].frames(clips[1], [clips[1].onset, clips[1].apex])
    times = flow_errors.times(*frames, sizes=(40,), repeats=1)
    assert [(row["method"], row["size"]) for row in times] == [(name, 40) for name in flow.METHODS]
    assert all(row["ms_per_pair"] > 0 for row in times)
