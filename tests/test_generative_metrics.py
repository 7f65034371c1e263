"""Each measure of a generative model against values worked out by hand, and against sets whose answer is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch
from test_augmentation import blobs

from mxe_lib.errors import MxeError
from mxe_lib.evaluation import results
from mxe_lib.learning import training
from mxe_lib.learning.samples import Samples
from mxe_lib.recognition import generative_classifiers, generative_metrics
from mxe_lib.recognition.generative_classifiers import class_agreement, class_confusion, told_apart, told_from_real
from mxe_lib.recognition.generative_features import features, frechet, precision_recall, principal_axes
from mxe_lib.recognition.generative_metrics import SCORES, judge, quality
from mxe_lib.recognition.task import RecognizeEmotion


@pytest.fixture(scope="module")
def samples() -> Samples:
    return blobs(36)


@pytest.fixture(scope="module")
def recogniser(samples, tmp_path_factory):
    task = RecognizeEmotion("vgg_m", width=1 / 16, epochs=25, learning_rate=2e-3, batch_size=12)
    return training.load(training.fit(task, samples, 0, tmp_path_factory.mktemp("cache")))


def with_moments(mean, covariance, count=400) -> np.ndarray:
    """Numbers whose mean and covariance are exactly these."""
    values = np.random.default_rng(0).normal(size=(count, len(mean)))
    values -= values.mean(0)
    values = values @ np.linalg.inv(np.linalg.cholesky(np.cov(values, rowvar=False))).T
    return values @ np.linalg.cholesky(np.array(covariance, float)).T + mean


# ---- Features --------------------------------------------------------------------------------------


def test_frechet_distance_of_known_gaussians():
    """Diagonal covariances: |m1 - m2|^2 + sum (s1 - s2)^2 = 9 + 16 + (1 - 2)^2 + (3 - 1)^2 = 30."""
    first, second = with_moments([0, 0], [[1, 0], [0, 9]]), with_moments([3, 4], [[4, 0], [0, 1]])
    assert frechet(first, second) == pytest.approx(30)
    assert frechet(second, first) == pytest.approx(30)
    assert frechet(first, first) == pytest.approx(0, abs=1e-9)


def test_frechet_distance_of_covariances_that_do_not_commute():
    """C1 = [[2,1],[1,2]], C2 = diag(1,4): tr (C1 C2)^1/2 = sqrt(tr(C1 C2) + 2 sqrt(det C1 C2)) in two dimensions."""
    first, second = with_moments([0, 0], [[2, 1], [1, 2]]), with_moments([0, 0], [[1, 0], [0, 4]])
    assert frechet(first, second) == pytest.approx(4 + 5 - 2 * np.sqrt(10 + 2 * np.sqrt(12)))


def test_frechet_of_few_samples_in_many_dimensions_is_finite_on_principal_axes():
    values = np.random.default_rng(0).normal(size=(20, 128))
    axes = principal_axes(values)
    assert axes.shape == (128, 4)
    assert np.trace(np.cov(values @ axes, rowvar=False)) == pytest.approx(1)
    assert 0 < frechet(values[:10], values[10:], axes) < 1
    assert frechet(values, values + 3 * axes[:, 0] / (axes[:, 0] @ axes[:, 0]), axes) == pytest.approx(9)
    assert np.isnan(frechet(values[:1], values))
    assert frechet(np.ones((5, 3)), np.ones((5, 3)), principal_axes(np.ones((5, 3)))) == 0


def test_precision_and_recall_of_identical_disjoint_and_collapsed_sets():
    real = np.random.default_rng(0).normal(size=(60, 2))
    assert precision_recall(real, real) == (1, 1)
    assert precision_recall(real, real + 100) == (0, 0)
    collapsed = real[:1] + 1e-6 * np.random.default_rng(1).normal(size=(60, 2))
    precision, recall = precision_recall(real, collapsed)
    assert precision == 1
    assert recall <= 1 / 60
    noise = np.random.default_rng(1).normal(scale=50, size=(60, 2))
    precision, recall = precision_recall(real, noise)
    assert precision < 0.1
    assert recall > 0.8


def test_precision_and_recall_worked_by_hand():
    """k = 1 on a line. Real 0, 1, 3: radii 1, 1, 2, so they cover -1..5. Drawn 5, 6: radii 1, 1: they cover 4..7."""
    real, drawn = np.array([[0.0], [1], [3]]), np.array([[5.0], [6]])
    assert precision_recall(real, drawn, k=1) == (0.5, 0)
    assert np.isnan(precision_recall(real, drawn, k=2)).all()


def test_features_are_what_the_last_layer_reads(recogniser, samples):
    found = features(recogniser, samples)
    assert found.shape == (len(samples), 128)
    assert (found >= 0).all(), "behind a ReLU"
    last = recogniser.network.head[-1]
    logits = torch.from_numpy(found).float() @ last.weight.T + last.bias
    torch.testing.assert_close(logits, recogniser.answers(samples), rtol=1e-4, atol=1e-4)
    assert not last._forward_pre_hooks, "the hook is gone"  # noqa: SLF001 (torch has no public name for it)
    np.testing.assert_allclose(found, features(recogniser, samples.inputs, batch_size=7), rtol=1e-4, atol=1e-4)


# ---- Classifiers -----------------------------------------------------------------------------------


def drawn_from(generator, count, shift=0.0):
    values = generator.normal(shift, 1, (count, 20))
    return values, np.arange(count) % 3, np.arange(count)


def test_sets_of_one_distribution_cannot_be_told_apart_and_shifted_ones_can():
    generator = np.random.default_rng(0)
    same = [told_apart(drawn_from(generator, 80), drawn_from(generator, 80)) for _ in range(5)]
    assert np.mean(same) == pytest.approx(0.5, abs=0.07)
    assert told_apart(drawn_from(generator, 80), drawn_from(generator, 80, shift=1.5)) > 0.97


def test_shares_of_classes_do_not_tell_sets_apart():
    """Both sets say only their class; one has it unevenly. By shares alone 80 % could be told."""
    values = np.eye(3)
    uneven, even = np.repeat([0, 1, 2], [80, 10, 10]), np.repeat([0, 1, 2], [33, 33, 34])
    first, second = ((values[c] + 0.0, c, np.arange(len(c))) for c in (uneven, even))
    assert told_apart(first, second) == pytest.approx(0.5, abs=0.1)


def test_groups_are_never_split():
    """What a group has in common cannot tell the sets apart: each group has a mark of its own, none in two folds."""
    generator = np.random.default_rng(0)
    marks = np.eye(12) * 10
    parts = []
    for offset in (0, 6):
        groups = np.repeat(np.arange(6), 10)
        parts.append((marks[groups + offset] + 0.1 * generator.normal(size=(60, 12)), np.zeros(60, int), groups))
    assert told_apart(*parts, C=10.0) < 0.7
    by_field = [(values, classes, np.arange(60)) for values, classes, _ in parts]
    assert told_apart(*by_field, C=10.0) > 0.95, "control: with groups on both sides they are told apart"
    folds = generative_classifiers.group_folds(np.array(list("aaabbcdde")), 3)
    assert all(len(set(folds[np.array(list("aaabbcdde")) == g])) == 1 for g in "abcde")


def test_told_from_real_has_a_control_by_subject(samples):
    rough = samples.inputs + 0.5 * torch.randn(samples.inputs.shape, generator=torch.Generator().manual_seed(0))
    accuracy, control = told_from_real(samples, rough, samples.classes)
    assert accuracy > 0.95, "strain tells rough fields though u and v are the same on average"
    assert control < 0.7
    again, same = told_from_real(samples, blobs(36, seed=9).inputs, samples.classes)
    assert again < 0.75
    assert same == control
    one = samples.subset([clip.id for clip in samples.clips if clip.subject in ("s0", "s1")])
    assert np.isnan(told_from_real(one, rough, samples.classes)[1])


def test_class_agreement_follows_the_labels(recogniser, samples):
    fresh = blobs(36, seed=5)
    right = class_agreement(recogniser, fresh.inputs, fresh.classes)
    assert right["all"] > 0.9
    turned = class_agreement(recogniser, fresh.inputs, (fresh.classes + 1) % 3)
    assert turned["all"] < 0.1
    matrix = class_confusion(recogniser, fresh.inputs, fresh.classes)
    assert matrix.sum() == 36
    assert right["all"] == pytest.approx(np.mean(matrix.diagonal() / matrix.sum(1)))


# ---- Fields ----------------------------------------------------------------------------------------


def test_quality_knows_copies_and_collapse(samples):
    again = quality(samples, samples.inputs.clone(), samples.classes)
    np.testing.assert_allclose(again[["magnitude", "diversity", "copies", "mean_correlation"]], 1, rtol=1e-5)
    np.testing.assert_allclose(again["novelty"], 0, atol=1e-6)
    assert again["class"].tolist() == ["negative", "positive", "surprise", "all"]
    assert not again["collapsed"].any()
    one_each = torch.stack([samples.inputs[samples.classes == n][0] for n in range(3)]).repeat_interleave(5, 0)
    jitter = one_each + 1e-3 * torch.randn(one_each.shape, generator=torch.Generator().manual_seed(0))
    collapsed = quality(samples, jitter, torch.arange(3).repeat_interleave(5))
    assert collapsed["collapsed"].all()
    assert (collapsed["diversity"] < 0.05).all()


def test_one_collapsed_class_is_not_averaged_away(samples):
    fields = blobs(36, seed=3).inputs.clone()
    fields[samples.classes == 1] = fields[1].clone()
    table = quality(samples, fields, samples.classes).set_index("class")
    assert table["collapsed"].to_dict() == {"negative": False, "positive": True, "surprise": False, "all": True}
    assert table.loc["all", "diversity"] > 0.2


def test_copies_are_counted_one_by_one(samples):
    """Of each class four fields are copies and eight are far from any real one: a third are copies."""
    fields = samples.inputs.clone()
    for number in range(3):
        rows = torch.nonzero(samples.classes == number).squeeze(1)
        fields[rows[4:]] += 5
    table = quality(samples, fields, samples.classes)
    np.testing.assert_allclose(table["copies"], 1 / 3, rtol=1e-6)


def test_class_means_are_no_copies(samples):
    """They lie nearer to real fields than these to each other, but to many of them alike."""
    means = torch.stack([samples.inputs[samples.classes == n].mean(0) for n in range(3)])[samples.classes]
    table = quality(samples, means, samples.classes)
    assert (table["copies"] == 0).all()
    assert table["collapsed"].all()


def test_mean_fields_of_swapped_classes_correlate_less(samples):
    fresh = blobs(36, seed=7)
    right = quality(samples, fresh.inputs, fresh.classes)["mean_correlation"]
    wrong = quality(samples, fresh.inputs, (fresh.classes + 1) % 3)["mean_correlation"]
    assert right.min() > 0.8
    assert wrong.max() < 0.5
    assert quality(samples, -samples.inputs, samples.classes)["mean_correlation"].to_numpy() == pytest.approx(-1)


# ---- All at once -----------------------------------------------------------------------------------


def test_judge_tells_good_fields_from_bad_ones(recogniser, samples):
    fresh = blobs(36, seed=11)
    one = torch.stack([samples.inputs[samples.classes == n][0] for n in range(3)])[samples.classes]
    sets = {"fresh": fresh.inputs, "noise": torch.randn(samples.inputs.shape) * samples.inputs.std(), "one": one}
    tables = {name: judge(recogniser, samples, f, samples.classes, held_out=fresh) for name, f in sets.items()}
    whole = {n: t[(t["class"] == "all") & (t["compared"] == "drawn")].iloc[0] for n, t in tables.items()}
    floor = tables["fresh"].query("`class` == 'all' and compared == 'real_halves'").iloc[0]
    assert list(tables["fresh"].columns) == ["class", "compared", "real", *SCORES[:5], "collapsed", *SCORES[5:]]
    assert len(tables["fresh"]) == 8
    assert not floor["collapsed"]
    assert whole["noise"]["frechet"] > 3 * floor["frechet"]
    assert whole["fresh"]["frechet"] < whole["noise"]["frechet"]
    assert whole["one"]["collapsed"]
    assert whole["one"]["recall"] < 0.5 < floor["recall"]
    assert whole["noise"]["told_from_real"] == 1
    assert whole["fresh"]["class_agreement"] > 0.9
    assert floor["class_agreement"] > 0.9
    alone = judge(recogniser, samples, fresh.inputs, samples.classes, held_out=fresh, control=False)
    pd.testing.assert_frame_equal(alone, tables["fresh"][tables["fresh"]["compared"] == "drawn"])


def test_report_becomes_rows_that_the_results_take(recogniser, samples, tmp_path):
    report = judge(recogniser, samples, samples.inputs, samples.classes, halvings=3)
    fixed = dict(experiment="gan_augmentation", model="gan", protocol="kfold2", origin="simulated")
    rows = generative_metrics.rows(report, variant="gan_rate=0.002", **fixed)
    results.write("gan_augmentation", rows, tmp_path)
    table = results.read("gan_augmentation", tmp_path)
    assert "class=all;control=real_halves;gan_rate=0.002" in set(table["variant"])
    flag = table.query("metric == 'collapsed' and variant == 'class=all;gan_rate=0.002'")
    assert flag["value"].tolist() == [0]
    assert not table.query("metric == 'class_agreement' and variant.str.contains('control')").shape[0], "none was given"
    assert set(table["metric"]) == {*SCORES, "collapsed"}


def test_too_few_fields_are_said_in_one_line_and_tiny_classes_leave_gaps(recogniser, samples):
    with pytest.raises(MxeError, match=r"1 of class negative, needs 6: draw more of each class"):
        judge(recogniser, samples, samples.inputs[:3], samples.classes[:3])
    tiny = samples.subset([clip.id for clip in samples.clips[:4]])  # two of one class, one of each other
    report = judge(recogniser, tiny, samples.inputs, samples.classes, halvings=2).set_index(["compared", "class"])
    assert np.isnan(report.loc[("drawn", "surprise"), ["frechet", "precision", "diversity"]].astype(float)).all()
    assert not report.loc[("drawn", "surprise"), "collapsed"]
