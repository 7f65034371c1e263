"""What notebooks 07 and 09 show: drawn architecture, rows of several inputs, rows at the paper's own scale."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from mxe_lib import models
from mxe_lib.evaluation import results
from mxe_lib.figures import architecture, benchmarks, costs, nested_choice, tables
from mxe_lib.study import benchmark, cost_table, profiles
from mxe_lib.study.answers import REFERENCE
from mxe_lib.study.experiments import Experiment
from mxe_lib.study.full_scale import at_full_scale
from mxe_lib.study.stopwatch import Stopwatch


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def uf1():
    rows = results.read("recognition_benchmark", REFERENCE)
    return rows.query("source == 'ours' and seed == 'all' and database == 'composite' and metric == 'uf1'")


def test_boxes_are_the_layers_and_the_mean():
    boxes = architecture.stages(models.layers.layer_table(models.build("oc_net", width=1 / 32)))
    assert [box.name for box in boxes] == ["C1", "C2", "C3", "C4", "C5", "GAP", "fc1", "fc2", "fc3"]
    assert boxes[4].output == (16, 8, 8)
    assert boxes[5].output == (16,)
    assert boxes[1].steps == ("convolution", "ReLU", "batch norm.", "dropout")


def test_drawings_are_drawn():
    table = models.layers.layer_table(models.build("oc_net", width=1 / 32))
    texts = [text.get_text() for text in architecture.draw(table, (2, 75, 75), notes={"C3": "56 %"}).texts]
    assert any(text.startswith("56 %\n16\n37") for text in texts)
    assert len(nested_choice.nested_choice().axes) == 2


def test_widths_stand_with_narrowed_networks(uf1):
    widths = benchmark.widths(profiles.load("quick"))
    assert widths["oc_net"] == "1/32"
    assert set(benchmark.widths(profiles.load("paper")).values()) == {"full"}
    real = uf1.query("origin == 'real'")
    spelled = benchmarks.spelled(real, widths)["model"]
    assert "OC-Net × 1/32, GAN" in set(spelled)
    shown = tables.scores(real.query("protocol == 'kfold5'"), against="the linear model", notes={"width": widths})
    assert list(shown) == ["width", "all", "p against the linear model"]
    assert shown.loc["OC-Net", "width"] == "1/32"
    assert shown.loc["logistic regression", "width"] == "–"
    assert len(benchmarks.by_protocol(real, widths).axes) == 2


def test_rows_at_full_scale_stand_beside_the_runs_own(uf1):
    assert "No run at the paper's own scale" in at_full_scale(uf1, lambda experiment: None).data
    own = uf1[(uf1["model"] == "oc_net") & (uf1["variant"] == "input=public_maps")].iloc[0]
    made = "device=nvidia;epochs=500;input=public_maps;precision=32;width=1"
    rows = [own.to_dict() | {"variant": made, "value": 0.7, "ci_low": 0.6, "ci_high": 0.8}]
    rows += [rows[0] | {"seed": "1", "value": 0.1}]
    rows += [rows[0] | {"variant": made.replace("device", "channels=compact;device")}]
    shown = at_full_scale(uf1, lambda experiment: pd.DataFrame(rows))
    assert shown["at the paper's scale"].tolist() == ["0.700 [0.600, 0.800]"] * 2
    assert shown["this run"].iloc[0] == tables.cell(own["value"], own["ci_low"], own["ci_high"])
    assert shown["this run"].iloc[1] == "–"
    assert shown["made with"].iloc[0] == "width 1, 500 epochs"


def predictions(seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    truth = np.arange(30) % 3
    answers = np.where(rng.random(30) < 0.6, truth, rng.integers(0, 3, 30))
    subjects = [f"casme2/s{number % 6}" for number in range(30)]
    clips = [f"casme2/c{number}" for number in range(30)]
    rows = dict(clip=clips, database="casme2", subject=subjects, fold="f", seed=0, y_true=truth, y_pred=answers)
    return pd.DataFrame(rows)


def test_one_table_holds_the_rows_of_several_inputs(tmp_path):
    systems = {("logistic_regression", "", "kfold5"): predictions(0), ("oc_net", "gan=yes", "kfold5"): predictions(1)}
    pair = [(("oc_net", "gan=yes", "kfold5"), predictions(2), "another_seed")]
    sources = {"frames": ("simulated", systems, pair), "public_maps": ("real", systems, pair)}
    made = Experiment("recognition_benchmark", "simulated", "kfold5", 50, tmp_path)
    rows = made.recognition_on(sources, reference=("logistic_regression", "")).query("source == 'ours'")
    assert set(rows["origin"]) == {"simulated", "real"}
    gaps = rows.query("metric == 'uf1_difference' and database == 'composite'")
    assert set(gaps["variant"]) == {f"gan=yes;input={name};than=another_seed" for name in sources}
    assert rows.query("metric == 'uf1' and model == 'oc_net' and database == 'composite'")["p_holm"].notna().all()


def test_systems_stand_side_by_side():
    found = {("a", "", "loso"): predictions(0).iloc[::-1], ("b", "", "loso"): predictions(1), ("c", "", "none"): None}
    answered, truth, fold = benchmark.side_by_side(found, "loso")
    assert answered.shape == (2, 30)
    assert (answered[0] == predictions(0).sort_values("clip")["y_pred"]).all()
    assert (truth == predictions(0).sort_values("clip")["y_true"]).all()
    assert set(fold) == {"f"}


def test_costs_are_read_in_words():
    shown = cost_table.shown(cost_table.counted())
    assert shown.index[-1] == "OC-Net"
    assert shown.loc["OC-Net", "multiply-adds"] == "11,883,770,432"
    assert len(shown) <= 12
    gaps = results.read("ocnet_dropout", REFERENCE).query("metric == 'uf1_difference' and database == 'composite'")
    said = tables.differences(costs.spelled(gaps[gaps["origin"] == "real"])).index
    assert "OC-Net, dropout in 1+2 − no dropout" in said
    assert "OC-Net, dropout in 1+2 − dropout in 1+2+3" in said


def test_a_stopwatch_adds_up_its_laps(tmp_path):
    watch = Stopwatch()
    for step in ("flow", "networks", "flow"):
        watch.lap(step)
    watch.write("07", tmp_path)
    assert (tmp_path / "07.csv").read_text().splitlines()[0] == "step,seconds"
    assert list(watch.laps) == ["flow", "networks"]
