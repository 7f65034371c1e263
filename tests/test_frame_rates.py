"""What a long video's result says of its frame rate is what was measured."""

import shutil

import pytest

from mxe_lib.app import frame_rates
from mxe_lib.compute.code import PACKAGE
from mxe_lib.evaluation import results
from mxe_lib.figures.tables import cell


@pytest.mark.parametrize(("rate", "measured"), [(12.0, "12.5"), (29.97, "33.3"), (240.0, "200")])
def test_the_nearest_measured_rate_speaks(rate, measured):
    rows = results.read("frame_rates", frame_rates.MEASURED.parent).set_index(["metric", "variant"])
    (note,) = frame_rates.notes(rate)
    row = rows.loc[("f1_micro", f"fps={measured}")]
    assert f"an F1 of {cell(row['value'], row['ci_low'], row['ci_high'], digits=2)} on micro" in note
    assert (f"with {measured} of them left" in note) == (measured != "200")
    assert frame_rates.BLUR in note


def test_without_the_table_nothing_is_said(tmp_path):
    assert frame_rates.notes(30, tmp_path) == []
    shutil.copy(frame_rates.MEASURED, tmp_path / frame_rates.MEASURED.name)
    assert frame_rates.notes(30, tmp_path) == frame_rates.notes(30)


def test_every_rate_is_held_against_all_frames():
    rows = results.read("frame_rates", frame_rates.MEASURED.parent)
    gaps = rows[rows["metric"].str.endswith("_difference")]
    assert gaps["p_holm"].between(0, 1).all()
    rates = set(rows["variant"].str.extract(r"fps=([\d.]+)")[0]) - {"200"}
    for metric in ("f1_any", "f1_micro", "f1_macro"):
        own = gaps[gaps["metric"] == f"{metric}_difference"]["variant"]
        assert set(own) == {f"fps={rate};than=all_frames" for rate in rates}


def test_the_page_says_what_the_table_says():
    page = " ".join((PACKAGE.parent / "docs" / "running.md").read_text(encoding="utf-8").split())
    rows = results.read("frame_rates", frame_rates.MEASURED.parent)
    lowest = min(rows["variant"].str.extract(r"fps=([\d.]+)")[0], key=float)
    lost = rows[rows["metric"].str.endswith("_difference") & rows["p_holm"].map(results.found)]
    assert (f"down to {lowest} a second no loss was found" in page) == lost.empty
