import os

import numpy as np
import pandas as pd
import pytest

from mxe_lib.errors import MxeError
from mxe_lib.evaluation import intervals, metrics, results
from mxe_lib.evaluation.rows import add_p_holm, difference_rows, recognition_rows, spotting_rows, spotting_table
from mxe_lib.papers import published

HEADER = "experiment,database,origin,model,variant,protocol,seed,metric,value,unit,ci_low,ci_high,p_holm,n,source"


def row(**changes):
    base = dict(experiment="depth", database="pooled", origin="simulated", model="spotting_cnn", variant="layers=3")
    base |= dict(protocol="kfold5", seed="all", metric="mae", value=12.5, unit="frames", n=60, source="ours")
    return base | changes


def recognition(seeds=2, subjects=8):
    rows = [
        (f"{d}/{s}/{c}", d, f"{d}/{s}", "f", seed, (s + c) % 3, (s + c + (seed + c) % 2) % 3)
        for d in ("casme2", "samm")
        for s in range(subjects)
        for c in range(4)
        for seed in range(seeds)
    ]
    return pd.DataFrame(rows, columns=["clip", "database", "subject", "fold", "seed", "y_true", "y_pred"])


def spotting():
    rows = [
        (f"casme2/{s}/{c}", "casme2", f"casme2/{s}", 0, 10, 10 + 3 * c + s, 60, 200, 30)
        for s in range(6)
        for c in range(5)
    ]
    columns = ["clip", "database", "subject", "seed", "onset", "apex", "offset", "fps", "predicted"]
    return pd.DataFrame(rows, columns=columns)


def test_file_is_exactly_the_contract(tmp_path):
    results.write("depth", [row(variant="layers=5", value=-1e-9), row(ci_low=11, ci_high=14.25)], tmp_path)
    assert (tmp_path / "depth.csv").read_bytes().decode() == (
        HEADER + "\n"
        "depth,pooled,simulated,spotting_cnn,layers=3,kfold5,all,mae,12.500000,frames,11.000000,14.250000,,60,ours\n"
        "depth,pooled,simulated,spotting_cnn,layers=5,kfold5,all,mae,0.000000,frames,,,,60,ours\n"
    )
    assert [p.name for p in tmp_path.iterdir()] == ["depth.csv"]


def test_bytes_do_not_depend_on_the_order_of_rows(tmp_path):
    rows = [row(variant=f"layers={k}", metric=m) for k in (3, 4, 5) for m in ("mae", "skill")]
    results.write("depth", rows, tmp_path / "a")
    results.write("depth", rows[::-1], tmp_path / "b")
    assert (tmp_path / "a" / "depth.csv").read_bytes() == (tmp_path / "b" / "depth.csv").read_bytes()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("12.500000", "12.5OOOOO"),
        ("12.500000", ""),
        ("12.500000", "nan"),
        ("12.500000", "1e999"),
        ("60", "sixty"),
        ("60", "6.5"),
        ("kfold5", "kfold5,x"),
        ("pooled", "poole"),
        ("ours", "hours"),
        ("depth", "width"),
        ("layers=3", "layers"),
        (",mae,", ",,"),
        ("simulated", "simulated\n"),
        ("value", "valve"),
        ("spotting_cnn", '"spotting_cnn'),
        (HEADER, ""),
        (HEADER, HEADER.replace(",", ";")),
        ("ours\n", "ours\n" + 'depth,"'),
    ],
)
def test_a_table_that_is_not_as_it_is_written_is_refused(tmp_path, old, new):
    results.write("depth", [row()], tmp_path)
    text = (tmp_path / "depth.csv").read_text()
    assert old in text
    (tmp_path / "depth.csv").write_text(text.replace(old, new))
    with pytest.raises(MxeError, match="depth") as error:
        results.read("depth", tmp_path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("how", ["utf-16", "cut", "empty", "zero", "twice", "pipe", "folder", "link"])
def test_a_file_that_is_no_table_is_refused(tmp_path, how):
    results.write("depth", [row(model=name) for name in "abc"], tmp_path)
    path = tmp_path / "depth.csv"
    whole = path.read_bytes()
    contents = {"utf-16": whole.decode().encode("utf-16"), "cut": whole[:-30], "empty": b"", "zero": bytes(200)}
    contents["twice"] = whole + whole.partition(b"\n")[2]
    path.unlink()
    if how in contents:
        path.write_bytes(contents[how])
    else:
        {"pipe": os.mkfifo, "folder": os.mkdir, "link": lambda path: path.symlink_to("nowhere")}[how](path)
    with pytest.raises(MxeError, match="depth") as error:
        results.read("depth", tmp_path)
    assert "\n" not in str(error.value)


def test_read_back(tmp_path):
    results.write("depth", [row(seed=0), row(seed="all", ci_low=1.0, ci_high=2.0, p_holm=0.5)], tmp_path)
    table = results.read("depth", tmp_path)
    assert tuple(table.columns) == results.COLUMNS
    assert table["seed"].tolist() == ["0", "all"]
    assert table["n"].tolist() == [60, 60]
    assert np.isnan(table["ci_low"][0])
    assert table["p_holm"][1] == 0.5
    results.write("depth", table, tmp_path / "again")
    assert (tmp_path / "again" / "depth.csv").read_bytes() == (tmp_path / "depth.csv").read_bytes()


@pytest.mark.parametrize(
    "rows, message",
    [
        ([row(origin="synthetic")], "origin 'synthetic'"),
        ([row(source="theirs")], "source 'theirs'"),
        ([row(database="CASME II")], "database 'CASME II'"),
        ([row(experiment="attention")], "experiment 'attention'"),
        ([row(), row(value=3)], "two rows"),
        ([row(value=float("nan"))], "no value"),
        ([row(variant="rule=max;k=1")], "sorted by key"),
        ([row(variant="fast")], "key=value"),
        ([row(model="")], "no model"),
        ([{k: v for k, v in row().items() if k != "metric"}], "lack metric"),
        ([row(seconds=3)], "unknown columns seconds"),
        ([], "no rows"),
    ],
)
def test_refused_rows_leave_the_old_file(tmp_path, rows, message):
    results.write("depth", [row()], tmp_path)
    path = tmp_path / "depth.csv"
    before = path.read_bytes()
    with pytest.raises(MxeError, match=message) as error:
        results.write("depth", rows, tmp_path)
    assert "\n" not in str(error.value)
    assert path.read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 1


def test_recognition_rows():
    table = recognition()
    rows = recognition_rows(
        table, experiment="recognition_benchmark", model="oc_net", protocol="loso", origin="simulated", resamples=100
    )
    assert set(rows["database"]) == {"composite", "casme2", "samm"}
    assert set(rows["seed"]) == {"all", 0, 1}
    whole = rows[(rows["database"] == "composite") & (rows["metric"] == "uf1")].set_index("seed")
    per_seed = [metrics.uf1(g["y_true"], g["y_pred"]) for _, g in table.groupby("seed")]
    assert whole.loc["all", "value"] == pytest.approx(np.mean(per_seed))
    assert whole.loc[1, "value"] == pytest.approx(per_seed[1])
    expected = intervals.bootstrap_over_subjects(table, "uf1", resamples=100)
    assert (whole.loc["all", "ci_low"], whole.loc["all", "ci_high"]) == expected
    assert np.isnan(whole.loc[0, "ci_low"])
    assert whole.loc["all", "n"] == 64


def test_spotting_rows(tmp_path):
    rows = spotting_rows(
        spotting(), experiment="depth", model="middle_frame", protocol="none", origin="simulated", resamples=100
    )
    pooled = rows[rows["database"] == "pooled"].set_index("metric")
    assert set(pooled.index) == {"mae", "mae_ms", "within_5", "skill"}
    assert pooled.loc["mae_ms", "value"] == pytest.approx(5 * pooled.loc["mae", "value"])
    assert pooled.loc["mae", "unit"] == "frames"
    results.write("depth", [rows, published.result_rows("depth")], tmp_path)
    shown = results.show("depth", tmp_path, metrics=["mae"], databases=["pooled"])
    assert shown.columns.tolist() == [("pooled", "mae")]
    assert "[" in shown.xs("middle_frame", level="model").iloc[0, 0]
    assert any("15.200" in cell for cell in shown[("pooled", "mae")])


def test_differences_of_a_table_are_corrected_together(tmp_path):
    """Holm over those of one origin and input; p itself is in no table, and each difference brings one."""
    rows = [row(seed="all", model=f"m{n}", variant="input=frames", p=p) for n, p in enumerate((0.01, 0.04, 0.03))]
    rows += [row(seed="all", model="m3", variant="input=public_maps", p=0.04), row(seed="all", model="m4")]
    results.write("depth", rows, tmp_path)
    table = results.read("depth", tmp_path).set_index("model")
    assert "p" not in table
    np.testing.assert_allclose(table["p_holm"], [0.03, 0.06, 0.06, 0.04, np.nan])
    assert [results.found(p) for p in table["p_holm"]] == [True, False, False, True, False]


def test_p_holm():
    table = recognition()
    perfect = table.assign(y_pred=table["y_true"])
    systems = {("oc_net", ""): table, ("always_right", ""): perfect, ("same", ""): table}
    rows = pd.concat(
        [
            recognition_rows(
                predictions, experiment="e", model=model, protocol="loso", origin="simulated", resamples=50
            )
            for (model, _), predictions in systems.items()
        ],
        ignore_index=True,
    )
    rows = add_p_holm(rows, systems, ("oc_net", ""), "uf1", database="composite", permutations=200)
    filled = rows.dropna(subset="p_holm").set_index("model")["p_holm"]
    assert filled.to_dict() == {"always_right": pytest.approx(2 / 201), "same": 1.0}
    with pytest.raises(MxeError, match="exactly one"):
        add_p_holm(rows.head(4), systems, ("oc_net", ""), "uf1", database="composite", permutations=10)


def test_missing_table(tmp_path):
    with pytest.raises(MxeError, match=r"depth\.csv is not in"):
        results.read("depth", tmp_path)
    (tmp_path / "depth.csv").write_text("a,b\n1,2\n")
    with pytest.raises(MxeError, match="columns"):
        results.read("depth", tmp_path)


def test_timings_stand_apart(tmp_path):
    results.write_timings("01_flow_extraction", [{"method": "tvl1", "ms": 12.0}], tmp_path / "timings")
    assert (tmp_path / "timings" / "01_flow_extraction.csv").read_bytes() == b"method,ms\ntvl1,12.0\n"


def spotted(errors):
    """Two subjects of each database, one clip each, with these errors."""
    people = [("casme2", "1"), ("casme2", "2"), ("samm", "1"), ("samm", "2")]
    rows = [
        dict(clip=f"{d}/{s}/a", database=d, subject=f"{d}/{s}", seed=0, predicted=50 + error)
        for (d, s), error in zip(people, errors, strict=True)
    ]
    return pd.DataFrame(rows).assign(onset=0, apex=50, offset=100, fps=200)


def test_differences_are_the_first_less_the_other_paired():
    first, other = spotted([1, 3, 5, 7]), spotted([4, 6, 8, 10])
    named = dict(experiment="depth", model="m", variant="rule=max", than="base", protocol="kfold5", origin="simulated")
    rows = difference_rows(first, other, "mae", **named).set_index("database")
    assert rows.loc["pooled", ["value", "ci_low", "ci_high"]].tolist() == [-3, -3, -3]  # the same on every subject
    assert set(rows.index) == {"pooled", "casme2", "samm"}
    assert set(rows["variant"]) == {"rule=max;than=base"} and set(rows["metric"]) == {"mae_difference"}
    assert rows.loc["samm", "n"] == 2
    alone = difference_rows(first.iloc[:1], other.iloc[:1], "mae", **named)
    assert alone["value"].eq(-3).all() and alone["ci_low"].isna().all()


def test_a_spotting_table_holds_every_system_and_its_p():
    systems = {("middle_frame", ""): spotted([9, 9, 9, 9]), ("vgg_m", "rule=max"): spotted([1, 2, 1, 2])}
    named = dict(experiment="depth", protocols={"vgg_m": "kfold5"}, origin="simulated", resamples=200)
    rows = spotting_table(systems, ("middle_frame", ""), **named).query("metric == 'mae' and database == 'pooled'")
    rows = rows.set_index("model")
    assert rows["value"].to_dict() == {"middle_frame": 9, "vgg_m": 1.5}
    assert rows["protocol"].to_dict() == {"middle_frame": "none", "vgg_m": "kfold5"}
    assert np.isnan(rows.loc["middle_frame", "p_holm"]) and 0 < rows.loc["vgg_m", "p_holm"] <= 1
