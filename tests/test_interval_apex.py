"""The apex inside an interval is its middle, as long as nothing is found that errs less; and that is said."""

from mxe_lib.app import interval_apex
from mxe_lib.app.interval_apex import MEASURED, TRIED
from mxe_lib.evaluation import results


def test_nothing_was_found_better_than_the_middle():
    """Who finds something better writes the table anew, and then the middle has to go."""
    rows = results.read(MEASURED.stem, MEASURED.parent)
    tested = rows[rows["metric"] == "mae_ms_difference"]
    assert set(tested["model"]) == set(TRIED.values()) and len(tested) == 3 * len(TRIED)
    assert not [row for row in tested.to_dict("records") if results.found(row["p_holm"]) and row["value"] < 0]


def test_the_note_quotes_the_table(tmp_path):
    (note,) = interval_apex.notes()
    rows = results.read(MEASURED.stem, MEASURED.parent)
    middle = rows[(rows["metric"] == "mae_ms") & (rows["model"] == "middle_frame")].set_index("variant")
    for kind in ("micro", "macro"):
        assert f"{middle.loc[f'kind={kind}', 'value']:.0f} ms [" in note
    clip = rows[(rows["model"] == "clip_spotter") & (rows["variant"] == "kind=all;rule=max;than=middle")].iloc[0]
    assert f"the clip spotter's peak {clip['value']:+.0f} ms [{clip['ci_low']:+.0f}, {clip['ci_high']:+.0f}]" in note
    (short,) = interval_apex.notes(tmp_path)
    assert short == "Each apex is the middle of its interval. On real faces none of this was tried."
