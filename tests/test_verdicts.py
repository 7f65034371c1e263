"""Verdicts follow from numbers: on hand-made differences, and on what the papers print."""

from __future__ import annotations

import pandas as pd
import pytest

from mxe_lib import published, results, verdicts
from mxe_lib.errors import MxeError


def difference(name, value, low, high, origin="real", database="pooled"):
    claim = verdicts.CLAIMS[name]
    return dict(
        experiment=claim.experiment, database=database, origin=origin, model=claim.model, variant=claim.variant,
        protocol="kfold5", seed="all", metric=claim.metric, value=value, unit="frames", ci_low=low, ci_high=high,
        p_holm=float("nan"), n=60, source="ours",
    )  # fmt: skip


def pairs(row):
    return dict(pair.split("=") for pair in row["variant"].split(";"))


@pytest.mark.parametrize(
    ("name", "numbers", "verdict"),
    [
        ("attention", (-2, -3, -1), "reproduced"),
        ("attention", (-2, -5, 1), "not"),
        ("attention", (2, 1, 3), "not"),
        ("continuous_labels", (2, 1, 3), "reproduced"),  # a claim of a larger error
        ("continuous_labels", (-2, -3, -1), "not"),
    ],
)
def test_real_differences_settle_claims(name, numbers, verdict):
    (row,) = verdicts.ours([name], [pd.DataFrame([difference(name, *numbers)])]).to_dict("records")
    assert pairs(row)["verdict"] == verdict
    assert row["value"] == numbers[0]


def test_databases_that_disagree_make_it_partly():
    rows = [difference("sw_max", -2, -3, -1), difference("sw_max", -4, -6, -2, database="casme2")]
    rows.append(difference("sw_max", 1, -1, 3, database="samm"))
    (row,) = verdicts.ours(["sw_max"], [pd.DataFrame(rows)]).to_dict("records")
    assert pairs(row)["verdict"] == "partly"


def test_simulated_differences_settle_nothing():
    table = pd.DataFrame([difference("attention", -2, -3, -1, origin="simulated")])
    (row,) = verdicts.ours(["attention", "depth"], [table]).to_dict("records")
    assert pairs(row) == {"basis": "ours", "claim": "attention", "on_simulated": "holds", "verdict": "cannot test"}
    assert row["origin"] == "simulated"


def test_two_rows_of_one_difference_are_refused():
    row = difference("attention", -2, -3, -1)
    with pytest.raises(MxeError, match="2 rows"):
        verdicts.ours(["attention"], [pd.DataFrame([row, row])])


def test_what_the_papers_print():
    table = verdicts.from_print()
    by_claim = {pairs(row)["claim"] + row["database"]: (row, pairs(row)) for row in table.to_dict("records")}
    row, said = by_claim["attentionpooled"]
    assert (round(row["value"], 2), said["agree"], said["verdict"]) == (-0.27, "3_of_5_folds", "not")
    row, said = by_claim["normalizationpooled"]
    assert (round(row["value"], 2), said["verdict"]) == (-0.03, "not")
    row, said = by_claim["depthpooled"]
    assert round(row["value"], 2) == -0.69 and said["verdict"] == "not"  # deeper is better in its own table
    row, said = by_claim["feedforwardcasme2"]
    assert (said["agree"], said["verdict"]) == ("2_of_8_cells", "not")
    assert by_claim["sw_maxpooled"][1]["agree"] == "4_of_4_cells"
    row, said = by_claim["beats_middle_frame_p2pooled"]
    assert row["value"] == pytest.approx(14.90 - 9.13) and said["verdict"] == "not"
    assert by_claim["beats_middle_frame_p1casme2"][0]["value"] == pytest.approx(10.28 - 8.43)
    assert {said["verdict"] for _, said in by_claim.values()} <= set(published.VERDICTS)


def test_they_make_a_result_table_and_read_well(tmp_path):
    table = pd.concat(
        [verdicts.from_print(), verdicts.ours(["depth"], [pd.DataFrame([difference("depth", 1, 0.5, 2)])])]
    )
    results.write("verdicts", table, tmp_path)
    aloud = verdicts.read_aloud(results.read("verdicts", tmp_path))
    assert len(aloud) == len(table)
    assert aloud["verdict"].isin(published.VERDICTS).all()


def test_every_claim_names_a_difference():
    for claim in verdicts.CLAIMS.values():
        keys = [pair.split("=")[0] for pair in claim.variant.split(";")]
        assert keys == sorted(keys) and "than" in keys
        assert claim.sign in (-1, 1)
