"""What the notebooks on invented flow and simulated people do in one call: tables, luck, drawings, one GAN step."""

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import torch

from mxe_lib.clips import CLASSES, Clip
from mxe_lib.figures import generative, transfer
from mxe_lib.learning.folds import folds
from mxe_lib.learning.samples import recognition_samples
from mxe_lib.recognition.gan import AugmentFlow
from mxe_lib.study import augmented, profiles, simulated
from mxe_lib.study.experiments import Experiment


@pytest.fixture(autouse=True)
def no_figures_left():
    yield
    plt.close("all")


def fields(count: int = 24, size: int = 30):
    """Fields of four people whose pixels say nothing of their classes."""
    clips = [Clip("casme2", f"s{n % 4}", f"c{n}", 200, 0, 5, 9, CLASSES[n % 3]) for n in range(count)]
    flow = np.random.default_rng(0).normal(size=(count, 2, size, size)).astype(np.float32)
    return recognition_samples(clips, flow, [n % 3 for n in range(count)])


def predictions(right: float, seed: int = 0) -> pd.DataFrame:
    rng, samples = np.random.default_rng(seed), fields()
    truth = samples.classes.numpy()
    guessed = np.where(rng.random(len(truth)) < right, truth, (truth + 1) % 3)
    columns = dict(clip=[c.id for c in samples.clips], database="casme2", subject=samples.subject_ids, fold="f", seed=0)
    return pd.DataFrame(columns | dict(y_true=truth, y_pred=guessed))


def test_a_source_that_learned_the_test_clips_by_heart_is_found_out():
    samples = fields()
    split = folds("kfold2", samples)
    honest, leaky = (augmented.by_heart(samples, split, sees_all, seed=0) for sees_all in (False, True))
    right = [(table["y_true"] == table["y_pred"]).mean() for table in (honest, leaky)]
    assert right[0] < 0.7
    assert right[1] > 0.9


def test_a_step_without_a_trainer_changes_both_networks():
    gan = AugmentFlow(width=1 / 16)
    before = {name: value.clone() for name, value in gan.state_dict().items()}
    augmented.library_step(gan, torch.rand(6, 2, 80, 80) * 2 - 1, torch.arange(6) % 3)
    changed = {name.split(".")[0] for name, value in gan.state_dict().items() if not torch.equal(value, before[name])}
    assert {"generator", "discriminator"} <= changed


def test_networks_are_held_against_themselves():
    made = {("a", "gan=no", "kfold2"): 0, ("a", "gan=yes", "kfold2"): 1, ("b", "gan=yes", "kfold2"): 2}
    pairs = augmented.pairs(made, than="none", second="gan=no")
    assert pairs == [(("a", "gan=yes", "kfold2"), ("a", "gan=no", "kfold2"), "none")]
    assert augmented.pairs(made, than="none", second="gan=no", first=["gan=never"]) == []


def test_each_model_has_its_own_reference(tmp_path):
    systems = {
        (model, f"training={way}", "kfold2"): predictions(right, seed)
        for seed, (model, way, right) in enumerate(
            [("flow_cnn", "real", 0.6), ("flow_cnn", "mixed", 0.9), ("ststnet", "real", 0.5), ("ststnet", "mixed", 0.5)]
        )
    }
    table = Experiment("toy", "simulated", "kfold2", 100, tmp_path).recognition(systems, reference="training=real")
    whole = table.query("metric == 'uf1' and database == 'composite'").set_index(["model", "variant"])["p_holm"]
    assert whole.xs("training=real", level=1).isna().all()
    assert whole.xs("training=mixed", level=1).notna().all()
    shown = simulated.gains(systems, table)
    assert len(shown) == 2
    assert all(text.endswith("real people only") for text in shown.index)


def test_the_best_seed_is_flattered_where_it_was_chosen():
    looks = simulated.best_seed([predictions(0.6, seed) for seed in range(10)], people=1, looks=40)
    gap, kept = looks["best"] - looks["mean"], looks["best_elsewhere"] - looks["mean_elsewhere"]
    assert gap.min() >= 0
    assert gap.mean() > kept.mean() + 0.05
    assert len(transfer.best_seed(looks).lines) > 2


def test_plans_hold_a_committee_that_meets_no_real_person():
    names = {plan.name: plan for plan in simulated.plans(profiles.PROFILES["full"])}
    assert set(names) == {"flow_cnn", "ststnet", "oc_net", "committee"}
    assert len(names["committee"].real_seeds) == 0
    assert "oc_net" not in {plan.name for plan in simulated.plans(profiles.PROFILES["quick"])}


def test_drawings_have_a_row_for_each_class_and_the_hues_key():
    samples = fields()
    columns = generative.mean_and_one("clips", samples.inputs, samples.classes)
    figure = generative.class_fields(columns)
    assert len(figure.axes) == 3 * (len(columns) + 1)
    assert [ax.get_ylabel() for ax in figure.axes if ax.get_ylabel()] == list(CLASSES)
    assert len(generative.flow_row({"a": np.ones((2, 8, 8))}, np.zeros((68, 2))).axes) == 2
    texts = {text.get_text() for text in generative.gan_scheme().texts}
    assert "class y" in texts
