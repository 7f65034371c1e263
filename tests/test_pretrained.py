"""The shipped weights: small, loadable, made as their card says, and better than a guess on people they never saw."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from mxe_lib import weights
from mxe_lib.errors import MxeError
from mxe_lib.evaluation import metrics, results
from mxe_lib.learning import training
from mxe_lib.recognition import shipped_generator, shipped_recognizer, transfer
from mxe_lib.recognition.gan import AugmentFlow, stored_generator
from mxe_lib.recognition.recipe import Recipe
from mxe_lib.recognition.task import RecognizeEmotion
from mxe_lib.simulation import Crop
from mxe_lib.spotting import naive, rules, shipped_interval_spotter, shipped_spotter
from mxe_lib.spotting.interval_spotter import SpotIntervals
from mxe_lib.spotting.whole_clip import SpotApexInClip, simulated_clips
from mxe_lib.weights import WEIGHTS

ROOT = WEIGHTS.parent.parent
CARD = WEIGHTS / "MODEL_CARD.md"


def test_the_models_ship_in_few_megabytes():
    assert sum(path.stat().st_size for path in WEIGHTS.glob("*.model")) <= 2.5e6
    assert sum(path.stat().st_size for path in WEIGHTS.glob("generator*")) <= 1e6
    assert isinstance(shipped_spotter.spotter(), SpotApexInClip)
    assert isinstance(shipped_recognizer.recognizer().task, RecognizeEmotion)


def test_a_shipped_file_that_changed_is_refused(tmp_path, monkeypatch):
    """Whatever changed: a weight, the temperature, a number of a table, or two files that were swapped."""
    monkeypatch.setattr(weights, "WEIGHTS", shutil.copytree(WEIGHTS, tmp_path / "weights"))
    read = {
        "recognizer.json": shipped_recognizer.recognizer.__wrapped__,
        "recognizer.model": shipped_recognizer.recognizer.__wrapped__,
        "spotter.model": shipped_spotter.spotter.__wrapped__,
        "interval_spotter.model": shipped_interval_spotter.interval_spotter.__wrapped__,
        "generator_steps.csv": shipped_generator.steps_table,
        "generator_fields.npz": shipped_generator.shown_fields,
        "generator.model": lambda: stored_generator(1 / 8, tmp_path),
    }
    assert set(read) == {path.name for path in WEIGHTS.iterdir() if path.suffix not in (".md", ".py", "")}
    for name, call in read.items():
        path = tmp_path / "weights" / name
        before = path.read_bytes()
        call()
        other = (WEIGHTS / ("spotter.model" if name != "spotter.model" else "generator.model")).read_bytes()
        for after in (before[:-3] + bytes([before[-3] ^ 1]) + before[-2:], before[:-1], b"", before + b"\n", other):
            path.write_bytes(after)
            with pytest.raises(MxeError, match=rf"mxe_lib/weights/{name} is missing, damaged or not the one of"):
                call()
        path.unlink()
        with pytest.raises(MxeError, match=rf"{name} is missing"):
            call()
        path.write_bytes(before)
    for instead in (Path.touch, os.mkfifo, lambda path: path.symlink_to("/dev/zero")):
        (tmp_path / "weights" / weights.SUMS).unlink()
        instead(tmp_path / "weights" / weights.SUMS)
        with pytest.raises(MxeError, match=r"spotter\.model is missing, damaged or not the one of SHA256SUMS: restore"):
            weights.whole("spotter.model")
    (tmp_path / "weights" / weights.SUMS).unlink()
    weights.write_sums(tmp_path / "weights")
    assert (tmp_path / "weights" / weights.SUMS).read_text() == (WEIGHTS / weights.SUMS).read_text()


def test_they_are_what_the_code_would_train():
    assert dict(shipped_spotter.spotter().hparams) == dict(SpotApexInClip(**shipped_spotter.SPOTTER).hparams)
    own = SpotIntervals(**shipped_interval_spotter.SPOTTER).hparams
    assert dict(shipped_interval_spotter.interval_spotter().hparams) == dict(own)
    assert dict(shipped_recognizer.recognizer().task.hparams) == dict(
        transfer.task(**shipped_recognizer.RECOGNIZER).hparams
    )


def test_the_gan_is_what_the_code_would_train_and_draws_its_classes():
    """Judged anew on few fields, and as its table says: nearly the class of true fields, no copies, no collapse."""
    gan = training.load(WEIGHTS / "generator.model")
    assert dict(gan.hparams) == dict(AugmentFlow(shipped_generator.STEPS[-1], **shipped_generator.GAN).hparams)
    table = shipped_generator.steps_table()
    assert set(table["fields"]) == {*map(str, shipped_generator.STEPS), "strangers"}
    whole = table[table["class"] == "all"].set_index("fields")
    last = str(shipped_generator.STEPS[-1])
    assert whole.loc[last, "class_agreement"] >= 0.8 * whole.loc["strangers", "class_agreement"]
    assert whole.loc["100", "class_agreement"] < 0.45
    own = table[table["fields"] == last]
    assert not own["collapsed"].any() and (own["copies"] == 0).all()
    classes = torch.arange(3).repeat_interleave(60)
    drawn, true = gan.draw(classes, shipped_generator.SIZE, 5), shipped_generator.people(180, seed=77)
    likeness = torch.zeros(3, 3)
    for asked in range(3):
        for shown in range(3):
            pair = drawn[classes == asked].mean(0), true.inputs[true.classes == shown].mean(0)
            likeness[asked, shown] = torch.corrcoef(torch.stack([field.flatten() for field in pair]))[0, 1]
    assert likeness.argmax(1).tolist() == [0, 1, 2] and likeness.diagonal().min() > 0.4
    shown = shipped_generator.shown_fields()
    assert {name: fields.shape for name, fields in shown.items()} == dict.fromkeys(whole.index, (2, 3, 40, 40, 2))


@pytest.mark.parametrize("crop", shipped_recognizer.RECOGNIZER_CROPS)
def test_the_recogniser_reads_new_people_in_both_crops(crop):
    unseen = Recipe(settings={"crop": crop}).maps(600, seed=99)
    table = shipped_recognizer.recognizer().task.predictions(unseen)
    assert metrics.uf1(table["y_true"], table["y_pred"]) > 0.7


def test_the_spotter_beats_the_middle_frame_on_new_people():
    unseen = simulated_clips(100, seed=60)
    picked = rules.pick(shipped_spotter.spotter().predictions(unseen).assign(seed=0), unseen.clips, "sw_max")
    middle = naive.middle_frame(unseen.clips)
    assert metrics.mae(picked["apex"], picked["predicted"]) < 0.6 * metrics.mae(middle["apex"], middle["predicted"])


def test_a_committee_answers_with_its_mean_probability():
    network = shipped_recognizer.recognizer().task.network
    x = torch.randn(4, 2, 28, 28, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        together = network(x).softmax(1)
        deviation, mean = torch.std_mean(x, (2, 3), keepdim=True)
        each = network.head(network.features((x - mean) / (deviation + 1e-6))).reshape(4, 5, 3).softmax(2)
    torch.testing.assert_close(together, each.mean(1))


def test_any_scaling_of_a_map_gives_the_same_answer():
    maps = Recipe(settings={"crop": Crop()}).maps(9, seed=5)
    task = shipped_recognizer.recognizer().task
    other = type(maps)(
        inputs=0.2 + 0.5 * maps.inputs, clips=maps.clips, clip_index=maps.clip_index, classes=maps.classes
    )
    np.testing.assert_allclose(task.answers(maps), task.answers(other), atol=1e-3)


def test_half_precision_changes_no_answer(tmp_path):
    task = transfer.task("flow_cnn", transfer.PRETRAINING, 1)
    maps = Recipe().maps(64)
    whole = training.load(training.fit(task, maps, 0, tmp_path))
    training.save(whole, tmp_path / "half.model", half=True)
    half = training.load(tmp_path / "half.model")
    assert next(half.parameters()).dtype == torch.float32
    np.testing.assert_allclose(whole.answers(maps), half.answers(maps), atol=0.02)


def test_the_card_has_a_line_for_each_model_and_its_size():
    models = sorted(CARD.parent.glob("*.model"))
    card = CARD.read_text(encoding="utf-8")
    count = ("No", "One", "Two", "Three", "Four", "Five", "Six")[len(models)]
    assert f"{count} small models" in card
    rows = {line.split("`")[1]: line for line in card.splitlines() if line.startswith("| `")}
    assert sorted(rows) == [path.name for path in models]
    for path in models:
        said = float(rows[path.name].rsplit("|", 2)[1].split()[0])
        assert said == pytest.approx(path.stat().st_size / 1e6, rel=0.1), path.name


def test_the_card_quotes_what_was_measured():
    card = " ".join(CARD.read_text(encoding="utf-8").split())
    recognizer = shipped_recognizer.recognizer()
    assert f"{recognizer.accuracy:.0%} of {recognizer.checked} rendered clips" in card.replace(" %", "%")
    for needed in ("simulated", "out of scope", "python -m mxe_lib.app.rebuild"):
        assert needed in card.lower(), needed
    measured = shipped_generator.steps_table().query("`class` == 'all'").set_index("fields")["class_agreement"]
    drawn, true = (f"{measured[name]:.0%}".replace("%", " %") for name in ("10000", "strangers"))
    assert f"in {drawn} of its fields, and in {true} of other simulated people's true fields" in card
    real = results.read("sim_to_real", ROOT / "reference").query("model == 'shipped' and metric == 'uf1'")
    whole = real[(real["database"] == "composite") & (real["seed"] == "all")].iloc[0]
    assert f"UF1 {whole.value:.3f} [{whole.ci_low:.3f}, {whole.ci_high:.3f}]" in card
