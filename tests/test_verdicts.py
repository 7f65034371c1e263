"""Verdicts follow from numbers: on hand-made differences, and on what the papers print."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mxe_lib.errors import MxeError
from mxe_lib.evaluation import results
from mxe_lib.papers import by_claim, claims, published, verdicts

ORIGINS = ("simulated", "real")
REFERENCE = Path(__file__).parents[1] / "reference"


def difference(name, value, low, high, origin="real", database="pooled", p_holm=None):
    """A row; unless given, its p is small where the interval leaves 0 out."""
    claim = claims.CLAIMS[name]
    return dict(
        experiment=claim.experiment, database=database, origin=origin, model=claim.model, variant=claim.variant,
        protocol="kfold5", seed="all", metric=claim.metric, value=value, unit="frames", ci_low=low, ci_high=high,
        p_holm=(0.01 if low * high > 0 else low * 0 + 0.3) if p_holm is None else p_holm, n=60, source="ours",
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
    table = [pd.DataFrame([difference(name, *numbers)])]
    (row,) = verdicts.ours([name], table, faithful=True).to_dict("records")
    assert pairs(row)["verdict"] == verdict
    assert row["value"] == numbers[0]
    (small,) = verdicts.ours([name], table, faithful=False).to_dict("records")
    assert pairs(small)["verdict"] == "cannot test" and pairs(small)["shows"] == pairs(row)["shows"]


def test_a_row_at_full_scale_stands_beside_the_small_one_and_settles():
    """On real flow maps it may say reproduced or not; a small network there never does."""
    name, made_with = "late_pooling", "device=h100;{};epochs=500;input=public_maps;precision=bf16;{};width=1"
    one, than = claims.CLAIMS[name].variant.split(";")
    small = difference(name, 0.1, 0.05, 0.15, database="composite") | {"variant": f"{one};input=public_maps;{than}"}
    clips = difference(name, 0.2, 0.1, 0.3, database="composite", origin="simulated")
    full = difference(name, -0.1, -0.2, -0.05, database="composite") | {"variant": made_with.format(one, than)}
    tables = [pd.DataFrame([small, clips])]
    before = verdicts.ours([name], tables, faithful=False, at_full_scale=lambda experiment: None)
    assert [pairs(row)["verdict"] for row in before.to_dict("records")] == ["cannot test", "cannot test"]
    found = verdicts.ours([name], tables, faithful=False, at_full_scale=lambda experiment: pd.DataFrame([full]))
    real, simulated, large = found.to_dict("records")
    assert (pairs(large)["verdict"], pairs(large)["shows"], pairs(large)["scale"], large["value"]) == (
        "not",
        "opposite",
        "full",
        -0.1,
    )
    assert (pairs(real)["verdict"], real["value"]) == ("cannot test", 0.1)
    assert (pairs(simulated)["verdict"], simulated["value"]) == ("cannot test", 0.2)
    assert "scale" not in pairs(simulated) and "scale" not in pairs(real)
    assert by_claim.final(found)[name] == "not"
    (line,) = by_claim.table(found, by_claim.RECOGNITION).to_dict("records")
    assert line["real flow maps, full scale"] == "-0.10 [-0.20, -0.05], the opposite found"
    assert line["real flow maps"] == "+0.10 [+0.05, +0.15], found"
    assert (line["simulated clips"], line["verdict"]) == ("+0.20 [+0.10, +0.30], found", "not")


def test_databases_that_disagree_make_it_partly():
    rows = [difference("sw_max", -2, -3, -1), difference("sw_max", -4, -6, -2, database="casme2")]
    rows.append(difference("sw_max", 1, -1, 3, database="samm"))
    (row,) = verdicts.ours(["sw_max"], [pd.DataFrame(rows)], faithful=True).to_dict("records")
    assert pairs(row)["verdict"] == "partly"


def test_simulated_differences_settle_nothing():
    table = pd.DataFrame([difference("attention", -2, -3, -1, origin="simulated")])
    (row,) = verdicts.ours(["attention", "depth"], [table], faithful=True).to_dict("records")
    assert pairs(row) == {"basis": "ours", "claim": "attention", "shows": "holds", "verdict": "cannot test"}
    assert row["origin"] == "simulated"


def test_the_corrected_p_decides_not_the_interval():
    rows = [difference("attention", -2, -3, -1, p_holm=p) for p in (0.05, 0.049, np.nan)]
    shown = [pairs(verdicts.ours(["attention"], [pd.DataFrame([row])], True).iloc[0])["shows"] for row in rows]
    assert shown == ["undecided", "holds", "undecided"]


def test_two_rows_of_one_difference_are_refused():
    row = difference("attention", -2, -3, -1)
    with pytest.raises(MxeError, match="2 rows"):
        verdicts.ours(["attention"], [pd.DataFrame([row, row])], faithful=True)


def test_what_the_papers_print():
    table = verdicts.from_print()
    by_claim = {pairs(row)["claim"] + row["database"]: (row, pairs(row)) for row in table.to_dict("records")}
    row, said = by_claim["attentionpooled"]
    assert (round(row["value"], 2), said["agree"], said["verdict"]) == (-0.27, "3_of_5_folds", "not")
    row, said = by_claim["normalizationpooled"]
    assert (round(row["value"], 2), said["verdict"]) == (-0.03, "not")
    row, said = by_claim["depthpooled"]
    assert (round(row["value"], 2), said["agree"], said["shows"]) == (-0.69, "4_of_5_folds", "undecided")
    row, said = by_claim["feedforwardcasme2"]
    assert (said["agree"], said["verdict"]) == ("2_of_8_cells", "not")
    assert (by_claim["sw_maxpooled"][1]["agree"], by_claim["sw_maxpooled"][1]["verdict"]) == (
        "8_of_8_cells",
        "cannot test",
    )
    assert {said["verdict"] for _, said in by_claim.values()} <= set(verdicts.VERDICTS)


def test_no_network_of_the_papers_beats_the_middle_frame_in_print():
    table = published.against_middle_frame().set_index(["paper", "database"])
    assert table.loc[("P2", "pooled"), "difference"] == pytest.approx(14.90 - 9.13)
    assert table.loc[("P1", "casme2"), "difference"] == pytest.approx(10.28 - 8.43)
    assert (table["difference"] > 0).all()


def test_read_aloud_turns_differences_towards_their_claim():
    table = verdicts.ours(
        ["continuous_labels"], [pd.DataFrame([difference("continuous_labels", 2, 1, 3)])], faithful=True
    )
    (line,) = verdicts.read_aloud(table).to_dict("records")
    assert (line["towards"], line["low"], line["high"]) == (2, 1, 3)
    table = verdicts.ours(["attention"], [pd.DataFrame([difference("attention", -2, -3, 1)])], faithful=True)
    (line,) = verdicts.read_aloud(table).to_dict("records")
    assert (line["towards"], line["low"], line["high"]) == (2, -1, 3)
    assert (line["verdict"], line["shows"]) == ("not", "undecided")


def test_they_make_a_result_table_and_read_well(tmp_path):
    table = pd.concat(
        [
            verdicts.from_print(),
            verdicts.ours(["depth"], [pd.DataFrame([difference("depth", 1, 0.5, 2)])], faithful=True),
        ]
    )
    results.write("verdicts", table, tmp_path)
    aloud = verdicts.read_aloud(results.read("verdicts", tmp_path))
    assert len(aloud) == len(table)
    assert aloud["verdict"].isin(verdicts.VERDICTS).all()


def test_every_claim_names_a_difference():
    for claim in claims.CLAIMS.values():
        keys = [pair.split("=")[0] for pair in claim.variant.split(";")]
        assert keys == sorted(keys) and "than" in keys
        assert claim.sign in (-1, 1)


def test_every_claim_is_answered_by_the_committed_tables():
    tables = [results.read(name, REFERENCE) for name in {claim.experiment for claim in claims.CLAIMS.values()}]
    table = pd.concat([verdicts.ours(claims.CLAIMS, tables, faithful=False), verdicts.from_cost(pd.concat(tables))])
    assert {pairs(row)["claim"] for row in table.to_dict("records")} == set(claims.CLAIMS)


def test_an_input_in_the_variant_is_another_row_of_the_same_claim(tmp_path):
    rows = [difference("oc_net_beats_vgg_m", -0.1, -0.2, -0.05, origin=o, database="composite") for o in ORIGINS]
    rows = [
        row | {"variant": f"input={o};{row['variant']}"} for row, o in zip(rows, ("frames", "public_maps"), strict=True)
    ]
    rows.append(rows[0] | {"origin": "real"})  # both real databases and real maps
    table = verdicts.ours(["oc_net_beats_vgg_m"], [pd.DataFrame(rows)], faithful=True)
    said = {(row["origin"], pairs(row).get("input")): pairs(row) for row in table.to_dict("records")}
    assert {key: pair["verdict"] for key, pair in said.items()} == {
        ("real", None): "not",
        ("real", "public_maps"): "cannot test",
        ("simulated", None): "cannot test",
    }
    assert {pair["shows"] for pair in said.values()} == {"opposite"}
    results.write("verdicts", table, tmp_path)  # each row has a key of its own


def test_a_surplus_of_few_printed_clips_shows_nothing():
    """Four clips more: even if all other answers agree, a coin gives that in one of eight throws (p = 0.125)."""
    table = {pairs(row)["claim"]: (row, pairs(row)) for row in verdicts.from_print().to_dict("records")}
    assert (table["gan_oc_net"][1]["agree"], table["gan_oc_net"][1]["verdict"]) == ("4_of_441_clips_more", "not")
    assert table["oc_net_beats_off_apexnet"][1]["agree"] == "1_of_441_clips_more"
    assert table["gan_vgg_m"][1]["verdict"] == "cannot test"
    assert table["gan_vgg_m"][0]["value"] == pytest.approx(40 / 441)
    for rival in ("alexnet", "dual_inception"):  # ranked between STSTNet and VGG-M
        row, said = table[f"oc_net_beats_{rival}"]
        assert (said["agree"], said["verdict"]) == ("7_to_41_of_441_clips_more", "cannot test")
        assert row["value"] == pytest.approx(7 / 441)
        (line,) = verdicts.read_aloud(pd.DataFrame([row])).to_dict("records")
        assert line["difference"] == "at least +0.02 of accuracy"


def test_compactness_is_counted():
    costs = {"oc_net": 1e10, "vgg_m": 1e8, "ststnet": 1e5, "off_apexnet": 1e7, "dual_inception": 1e7, "alexnet": 1e8}
    adds = pd.DataFrame({"model": costs.keys(), "value": costs.values(), "metric": "multiply_adds", "variant": ""})
    table = pd.concat([adds, adds.assign(metric="parameters", value=[1e6, *[2e6] * 5])]).assign(source="ours")
    few, many = verdicts.from_cost(table).to_dict("records")
    assert many["value"] == pytest.approx(3)
    assert (pairs(many)["agree"], pairs(many)["verdict"]) == ("0_of_12_readings", "not")
    assert few["value"] == pytest.approx(-np.log10(2))
    assert (pairs(few)["agree"], pairs(few)["verdict"]) == ("6_of_12_readings", "cannot test"), "wide or narrow decides"
    large = table.assign(value=table["value"] * 1e9)
    assert [pairs(row)["verdict"] for row in verdicts.from_cost(large).to_dict("records")] == ["reproduced"] * 2
    assert verdicts.from_cost(table[table["model"] != "oc_net"]).empty


def test_whether_oc_net_is_compact_hangs_on_what_is_not_printed():
    """Of our first reading's parameters it has 0.96 times the median; wider kernels in C1 and C2 lift it above."""
    (row, _) = verdicts.from_cost(results.read("model_cost", REFERENCE)).to_dict("records")
    assert (pairs(row)["agree"], pairs(row)["verdict"]) == ("8_of_12_readings", "cannot test")
    wide, _, kernels, *narrow = verdicts.oc_net_readings()["parameters"]
    assert wide == 6_206_307 < 6_449_963 < kernels, "Dual-Inception is the median of the five"
    assert max(narrow) < 2_664_475 < wide, "OFF-ApexNet is the median of the three whose scores are printed"


def test_without_tables_there_is_no_verdict():
    assert verdicts.read_aloud(verdicts.ours(claims.CLAIMS, [], faithful=True)).empty
    nothing = difference("attention", -1, float("nan"), float("nan"))
    (row,) = verdicts.ours(["attention"], [pd.DataFrame([nothing])], faithful=True).to_dict("records")
    assert pairs(row)["verdict"] == "cannot test"  # a single subject leaves no interval


def test_each_claim_has_one_verdict_and_they_add_up():
    rows = results.read("verdicts", REFERENCE)
    said = by_claim.final(rows)
    assert list(said) == list(claims.CLAIMS)
    assert sum(by_claim.count(rows).values()) == len(claims.CLAIMS)
    assert said["sw_max"] == "cannot test"  # single printed runs; ours are simulated
    assert (said["compact_parameters"], said["attention"]) == ("cannot test", "not")


def test_real_clips_overrule_print_which_overrules_nothing():
    printed = verdicts.from_print()
    ours = verdicts.ours(["attention"], [pd.DataFrame([difference("attention", -2, -3, -1)])], faithful=True)
    simulated = pd.DataFrame([difference("attention", -2, -3, -1, origin="simulated")])
    assert by_claim.final(printed)["attention"] == "not"
    assert by_claim.final(pd.concat([printed, ours]))["attention"] == "reproduced"
    seen = verdicts.ours(["attention"], [simulated], faithful=True)
    assert by_claim.final(pd.concat([printed, seen]))["attention"] == "not"


def test_tables_of_claims_are_for_readers():
    rows = results.read("verdicts", REFERENCE)
    for names in (by_claim.SPOTTING, by_claim.RECOGNITION, by_claim.COUNTED):
        table = by_claim.table(rows, names)
        assert len(table) == len(names) <= 12
        assert not re.search("_|nan|=", " ".join(table.astype(str).to_numpy().ravel()))
