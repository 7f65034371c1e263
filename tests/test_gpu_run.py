"""The experiments at the papers' scale, rehearsed at their smallest: all of them, stopped and resumed, published."""

import dataclasses
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from mxe_lib.errors import MxeError
from mxe_lib.evaluation import results
from mxe_lib.papers import verdicts
from mxe_lib.study import gpu_run, paper_scale, readme

TABLES = {
    "ocnet_dropout": 4,
    "recognition_benchmark": 7,
    "gan_augmentation": 4,
    "label_functions": 4 * 2,
    "attention": 3 * 2,
    "feedforward_variants": 5 * 2,
}
"""How many trained systems each one holds; spotting ones are read by two rules."""


@pytest.fixture(scope="module")
def rehearsed(tmp_path_factory):
    out = tmp_path_factory.mktemp("gpu")
    assert gpu_run.main(["--tiny", "--out", str(out), "--workers", "2"]) == 0
    return out


@pytest.mark.parametrize("name", TABLES)
def test_every_experiment_has_its_table(rehearsed, name):
    table = results.read(name, rehearsed / "results")
    whole = table[table["database"].isin(["composite", "pooled"]) & table["metric"].isin(["uf1", "mae"])]
    made = whole[whole["variant"].str.contains("precision=fp32;") & (whole["seed"] == "all")]
    assert len(made) == TABLES[name]
    assert all(made["variant"].str.contains(how).all() for how in (r"device=\w+;", "epochs=1;", "width=0.03125"))
    assert set(table["origin"]) == {"simulated"}
    assert {"always_negative", "logistic_regression"} <= set(table["model"]) or "middle_frame" in set(table["model"])
    words = table[table["metric"].isin(["uf1_difference", "mae_difference"])]["variant"].str.extract("than=([^;]+)")[0]
    assert set(words) == {word for _, _, word in paper_scale.pairs(name)}


def test_seeds_of_one_network_are_one_line(rehearsed):
    table = results.read("recognition_benchmark", rehearsed / "results")
    oc_net = table[(table["model"] == "oc_net") & ~table["variant"].str.contains("gan=")]
    oc_net = oc_net[(oc_net["database"] == "composite") & (oc_net["metric"] == "uf1")]
    assert sorted(oc_net["seed"]) == ["0", "1", "all"]


def test_verdicts_take_the_rows_at_full_scale(rehearsed):
    """Real ones would settle; these are simulated, and say what they show."""
    names = ["late_pooling", "gan_vgg_m", "sw_max", "attention_not_size", "oc_net_beats_ststnet", "gan_oc_net"]

    def at_full_scale(experiment):
        return results.read(experiment, rehearsed / "results")

    found = verdicts.ours(names, [], faithful=False, at_full_scale=at_full_scale)
    assert len(found) == len(names)
    assert found["variant"].str.contains("scale=full").all()
    assert found["variant"].str.contains("verdict=cannot test").all()
    assert set(verdicts.read_aloud(found)["name"]) == set(names)


def test_provenance_has_what_the_tables_have_no_room_for(rehearsed):
    about = json.loads((rehearsed / "provenance.json").read_text())
    assert about["complete"] and about["precision"] == "fp32"
    assert {"torch", "numpy", "python"} <= about["versions"].keys()
    assert about["scale"] == dataclasses.asdict(paper_scale.TINY)


def test_it_stops_in_time_and_goes_on(rehearsed, tmp_path, capsys, monkeypatch):
    shutil.copytree(rehearsed / "cache" / "flow", tmp_path / "cache" / "flow")
    only = {name: paper_scale.STEPS[name] for name in ("OC-Net",)}
    monkeypatch.setattr(gpu_run, "STEPS", only)
    command = ["--tiny", "--out", str(tmp_path), "--workers", "2"]
    assert gpu_run.main([*command, "--minutes", "0"]) == 0
    assert "the minutes are over" in capsys.readouterr().out
    assert not list(tmp_path.glob("results/*"))
    assert not json.loads((tmp_path / "provenance.json").read_text())["complete"]
    assert gpu_run.main(command) == 0
    expected = (rehearsed / "results" / "ocnet_dropout.csv").read_bytes()
    assert (tmp_path / "results" / "ocnet_dropout.csv").read_bytes() == expected


def test_a_fold_is_begun_only_if_there_is_time_for_it(tmp_path, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(paper_scale.time, "monotonic", lambda: now[0])
    clock = paper_scale.Clock(1, tmp_path / "seconds.json")
    assert clock.allows("fold")
    clock.timed("short", lambda: now.__setitem__(0, 5.0))
    clock.timed("fold", lambda: now.__setitem__(0, 35.0))
    assert not clock.allows("fold")
    assert clock.allows("short")
    assert not clock.allows("never seen: it may take as long")
    later = paper_scale.Clock(0.4, tmp_path / "seconds.json")
    assert not later.allows("fold") and later.allows("short")


@pytest.mark.parametrize("content", [b"", b"\xff", b"[1]", b'{"fold": "x"}', b'{"fold": null}'])
def test_damaged_notes_of_seconds_are_as_none(tmp_path, content):
    (tmp_path / "seconds.json").write_bytes(content)
    assert paper_scale.Clock(1, tmp_path / "seconds.json").longest == {}


@pytest.mark.parametrize("content", [b"", b"\xff", b"[1]", b"{}"])
def test_a_damaged_provenance_is_one_line(tmp_path, capsys, content):
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "depth.csv").touch()
    (tmp_path / "provenance.json").write_bytes(content)
    assert gpu_run.main(["--publish", str(tmp_path)]) == 2
    told = capsys.readouterr().err
    assert "provenance.json is damaged" in told and told.count("\n") == 1


def published_tree(tmp_path, monkeypatch, rehearsed, scale, origin="real"):
    """A repository with nothing but a README, and a run as of this scale."""
    root, run = tmp_path / "root", tmp_path / "run"
    (root / "reference" / "full").mkdir(parents=True)
    markers = (f"<!-- {name}:begin -->\n<!-- {name}:end -->" for name in readme.PAGES["README.md"])
    (root / "README.md").write_text("\n".join(markers))
    (run / "results").mkdir(parents=True)
    for path in (rehearsed / "results").glob("*.csv"):
        text = path.read_text()
        (run / "results" / path.name).write_text(text.replace(",simulated,", f",{origin},"))
    about = json.loads((rehearsed / "provenance.json").read_text()) | {"scale": dataclasses.asdict(scale)}
    (run / "provenance.json").write_text(json.dumps(about))
    shutil.copytree(Path(__file__).parents[1] / "notebooks", root / "notebooks")
    monkeypatch.setattr(gpu_run, "ROOT", root)
    return root, run


def test_tables_at_the_papers_scale_are_published(tmp_path, monkeypatch, rehearsed):
    root, run = published_tree(tmp_path, monkeypatch, rehearsed, paper_scale.Scale())
    assert gpu_run.main(["--publish", str(run)]) == 0
    found = {path.stem for path in (root / "reference" / "full").glob("*.csv")}
    assert found == set(TABLES)
    assert (root / "reference" / "full" / "provenance.json").is_file()


def test_simulated_tables_do_not_take_the_place_of_real_ones(tmp_path, monkeypatch, rehearsed, capsys):
    root, run = published_tree(tmp_path, monkeypatch, rehearsed, paper_scale.Scale(), "simulated")
    assert gpu_run.main(["--publish", str(run)]) == 2
    assert "is of simulated clips alone: run it with --data" in capsys.readouterr().err
    assert not list((root / "reference" / "full").iterdir())


def test_a_rehearsal_is_not_published(tmp_path, monkeypatch, rehearsed, capsys):
    root, run = published_tree(tmp_path, monkeypatch, rehearsed, paper_scale.TINY)
    assert gpu_run.main(["--publish", str(run)]) == 2
    assert "made at another scale than the papers'" in capsys.readouterr().err
    assert not list((root / "reference" / "full").iterdir())


REFUSED = {
    "publish": (["--publish", "nowhere"], "holds no tables of such a run"),
    "workers": (["--tiny", "--workers", "0"], "--workers 0: give 1 or more"),
    "data": (["--tiny", "--data", "nowhere"], "--data nowhere is not a folder"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_wrong_option_is_refused_in_one_line(name, capsys):
    options, message = REFUSED[name]
    assert gpu_run.main(options) == 2
    said = capsys.readouterr().err
    assert message in said
    assert len(said.splitlines()) == 1


def test_the_papers_networks_are_at_their_own_scale():
    scale = paper_scale.Scale()
    task = paper_scale.recognizer(scale, "oc_net")
    assert (task.hparams.width, task.hparams.epochs, task.hparams.learning_rate) == (1.0, 500, None)
    assert pytest.approx(6e-5) == paper_scale.models.NETWORKS["oc_net"].published_rate


BARE = """
import importlib.abc, importlib.metadata, sys

class Missing(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name.partition(".")[0] in {missing}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Missing())
importlib.metadata.requires = lambda name: (_ for _ in ()).throw(importlib.metadata.PackageNotFoundError(name))
from mxe_lib.study import gpu_run, paper_scale
print(gpu_run.provenance(paper_scale.TINY, True)["versions"]["torch"])
"""


def test_it_needs_no_more_than_a_gpu_machine_has():
    missing = {
        "av",
        "defusedxml",
        "openpyxl",
        "IPython",
        "jinja2",
        "papermill",
        "psutil",
        "nbformat",
        "dask",
        "distributed",
    }
    found = subprocess.run([sys.executable, "-c", BARE.format(missing=missing)], capture_output=True, text=True)
    assert found.returncode == 0, found.stderr
    assert found.stdout.strip()


def test_minutes_over_before_the_frames_are_there(tmp_path, monkeypatch):
    settings = paper_scale.profiles.Paths(out=tmp_path, data=None)
    given = paper_scale.Inputs(paper_scale.TINY, settings, 1, paper_scale.Clock(0))
    assert paper_scale.spotters(given) is None


def test_errors_of_a_table_are_told(rehearsed, tmp_path, monkeypatch):
    _, run = published_tree(tmp_path, monkeypatch, rehearsed, paper_scale.Scale())
    pd.DataFrame({"experiment": ["x"]}).to_csv(run / "results" / "attention.csv", index=False)
    assert gpu_run.main(["--publish", str(run)]) == 2
    with pytest.raises(MxeError, match="columns"):
        results.read("attention", run / "results")
