import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from mxe_lib.clips import CLASSES, Clip
from mxe_lib.databases.composite import OFFICIAL_SUBJECTS
from mxe_lib.databases.flowmaps import FlowMaps
from mxe_lib.errors import MxeError
from mxe_lib.evaluation import metrics
from mxe_lib.learning import leaks
from mxe_lib.learning.folds import loso
from mxe_lib.learning.samples import Samples, spotting_samples
from mxe_lib.recognition import linear
from mxe_lib.spotting import naive

COLUMNS = ("clip", "database", "subject", "fold", "seed", "y_true", "y_pred", *(f"p_{name}" for name in CLASSES))
MAPS = Path(os.environ.get("MXE_DATA") or "nowhere") / "flowmaps"


def clip(subject, name, onset, apex, offset, database="casme2"):
    return Clip(database, subject, name, 200, onset, apex, offset, "disgust")


CLIPS = [
    clip("sub01", "a", 0, 4, 10),  # relative apex 0.4
    clip("sub01", "b", 100, 106, 110),  # 0.6
    clip("sub02", "a", 0, 16, 20),  # 0.8
    clip("006", "a", 0, 10, 100, "samm"),  # 0.1
    clip("007", "a", 50, 60, 70, "samm"),  # 0.5
]


@dataclass
class Fold:
    name: str
    train: tuple
    test: tuple


def recognition_samples(subjects=6, per_subject=6, gap=2.0):
    """Maps whose mean brightness tells the class, if ``gap`` is large."""
    generator = np.random.default_rng(0)
    clips, inputs, classes = [], [], []
    for s in range(subjects):
        for c in range(per_subject):
            clips.append(clip(f"sub{s:02}", f"c{c}", 0, 5, 10))
            classes.append(c % 3)
            inputs.append(generator.normal(gap * (c % 3), 1, (3, 6, 6)))
    n = len(clips)
    inputs, classes = torch.tensor(np.array(inputs), dtype=torch.float32), torch.tensor(classes)
    return Samples(inputs, tuple(clips), torch.arange(n), None, classes)


def test_middle_frame():
    table = naive.middle_frame(CLIPS)
    assert tuple(table.columns) == naive.SPOTTING_COLUMNS
    assert table["predicted"].tolist() == [5, 105, 10, 50, 60]
    assert table["subject"].tolist()[3] == "samm/006"
    assert metrics.mae(table["apex"], table["predicted"]) == pytest.approx((1 + 1 + 6 + 40 + 0) / 5)


def test_mean_relative_position_learns_from_the_other_subjects_of_its_database():
    assert naive.mean_relative_position(CLIPS)["predicted"].tolist() == [8, 108, 10, 50, 52]
    with pytest.raises(MxeError, match="no other subject"):
        naive.mean_relative_position(CLIPS[:2])
    with pytest.raises(MxeError, match="true apexes"):
        naive.mean_relative_position([*CLIPS, Clip("smic", "s1", "a", 100, 0, None, 9, "positive")])


def test_uniform_random_hangs_on_clip_and_seed_only():
    table = naive.uniform_random(CLIPS, seed=3).set_index("clip")
    assert table["predicted"].between(table["onset"], table["offset"]).all()
    backwards = naive.uniform_random(CLIPS[::-1], seed=3).set_index("clip")
    assert backwards["predicted"].to_dict() == table["predicted"].to_dict()
    draws = [naive.uniform_random(CLIPS[:1], seed)["predicted"][0] for seed in range(300)]
    assert set(draws) == set(range(11))


def test_flow_magnitude_peak():
    flow = np.zeros((4, 2, 5, 5), np.float32)
    flow[1, 0], flow[2] = 3, -2.9  # hypot(2.9, 2.9) > 3
    samples = spotting_samples(CLIPS[:3], [flow, None, flow * 0], [[0, 3, 6, 10]] * 3)
    table = naive.flow_magnitude_peak(samples)
    assert table["clip"].tolist() == ["casme2/sub01/a", "casme2/sub02/a"]
    assert table["predicted"].tolist() == [6, 3]


def test_a_flow_map_clip_cannot_be_spotted_in():
    with pytest.raises(MxeError, match="only a flow map"):
        naive.middle_frame([Clip("smic", "s1", "a", 100, None, None, None, "positive")])


def test_always_negative():
    table = linear.always_negative(recognition_samples())
    assert tuple(table.columns) == COLUMNS
    assert (table["y_pred"] == 0).all()
    assert metrics.uar(table["y_true"], table["y_pred"]) == pytest.approx(1 / 3)


def test_logistic_regression_learns_what_is_there():
    samples = recognition_samples()
    table = linear.logistic_regression(samples, loso(samples.clips))
    assert tuple(table.columns) == COLUMNS
    assert sorted(table["clip"]) == sorted(c.id for c in samples.clips)
    assert metrics.uf1(table["y_true"], table["y_pred"]) > 0.9
    np.testing.assert_allclose(table[[f"p_{name}" for name in CLASSES]].sum(axis=1), 1)
    shuffled = Samples(
        samples.inputs,
        samples.clips,
        samples.clip_index,
        None,
        samples.classes[torch.randperm(len(samples.clips), generator=torch.Generator().manual_seed(0))],
    )
    chance = linear.logistic_regression(shuffled, loso(samples.clips))
    assert metrics.uf1(chance["y_true"], chance["y_pred"]) < 0.6


def test_logistic_regression_is_scikit_learns_own():
    samples = recognition_samples(gap=0.3)
    fold = loso(samples.clips)[0]
    table = linear.logistic_regression(samples, [fold], C=0.01)
    pixels, test = samples.inputs.reshape(len(samples), -1).double().numpy(), np.arange(len(samples)) < 6
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, class_weight="balanced", tol=1e-8))
    expected = model.fit(pixels[~test], samples.classes[~test]).predict_proba(pixels[test])
    np.testing.assert_allclose(table[[f"p_{name}" for name in CLASSES]], expected, atol=1e-3)


def test_pca_svm_is_scikit_learns_own():
    samples = recognition_samples(gap=0.3)
    fold = loso(samples.clips)[0]
    table = linear.pca_svm(samples, [fold], components=5)
    pixels, test = samples.inputs.reshape(len(samples), -1).double().numpy(), np.arange(len(samples)) < 6
    model = make_pipeline(StandardScaler(), PCA(5, svd_solver="full"), SVC(class_weight="balanced"))
    scores = model.fit(pixels[~test], samples.classes[~test]).decision_function(pixels[test])
    np.testing.assert_array_equal(table["y_pred"], scores.argmax(1))
    np.testing.assert_allclose(
        np.log(table["p_surprise"] / table["p_negative"]), scores[:, 2] - scores[:, 0], atol=1e-4
    )
    with pytest.raises(MxeError, match="no training clip of some class"):
        linear.pca_svm(samples, [Fold("x", tuple(c.id for c in samples.clips if c.name == "c0"), ())])


def test_logistic_regression_sees_no_test_clip():
    """Spoiling a test fold's pixels changes no other fold's predictions."""
    samples = recognition_samples(gap=0.3)
    folds = loso(samples.clips)[:2]
    first = linear.logistic_regression(samples, folds[:1])
    inputs = samples.inputs.clone()
    inputs[[c.id in folds[0].test for c in samples.clips]] += 50
    spoiled = Samples(inputs, samples.clips, samples.clip_index, None, samples.classes)
    second = linear.logistic_regression(spoiled, [folds[0]])
    assert first["clip"].tolist() == second["clip"].tolist()
    kept = [Fold("x", folds[0].train, folds[1].test)]
    a, b = linear.logistic_regression(samples, kept), linear.logistic_regression(spoiled, kept)
    np.testing.assert_array_equal(a["p_negative"], b["p_negative"])


def test_one_class_cannot_be_trained_on():
    samples = recognition_samples()
    one = tuple(c.id for c in samples.clips if c.name == "c0")
    with pytest.raises(MxeError, match="all of one class"):
        linear.logistic_regression(samples, [Fold("x", one, ())])


def test_random_guesser_reaches_the_literature():
    """UF1 of the best of E guesses per subject: 0.33, 0.71 and 0.83 for E = 1, 50, 800 (mean of 20 repeats)."""
    counts = list(OFFICIAL_SUBJECTS.values())
    for epochs, expected in [(1, 0.33), (50, 0.713), (800, 0.826)]:
        scores = [metrics.uf1_of(leaks.random_guesser(counts, epochs, seed)) for seed in range(20)]
        assert np.mean(scores) == pytest.approx(expected, abs=0.015)
    assert leaks.random_guesser(counts, 3, 0).sum() == 442


@pytest.mark.skipif(
    not MAPS.is_dir(), reason="the public flow maps are not here: set MXE_DATA to the folder above flowmaps/"
)
def test_logistic_regression_on_the_real_maps():
    """The check that the path from file to score is right: LOSO, C = 0.001, standardised pixels of all channels."""
    maps = FlowMaps(MAPS)
    clips = maps.clips()
    assert len(clips) == 442
    classes = torch.tensor([CLASSES.index(c.emotion) for c in clips])
    samples = Samples(torch.from_numpy(maps.maps(clips)), tuple(clips), torch.arange(len(clips)), None, classes)
    table = linear.logistic_regression(samples, loso(clips))

    def score(rows):
        return metrics.uf1(rows["y_true"], rows["y_pred"])

    assert score(table) == pytest.approx(0.722, abs=0.0005)
    assert metrics.uar(table["y_true"], table["y_pred"]) == pytest.approx(0.747, abs=0.0005)
    for database, uf1 in {"casme2": 0.881, "samm": 0.577, "smic": 0.667}.items():
        assert score(table[table["database"] == database]) == pytest.approx(uf1, abs=0.0005)


def test_what_looks_at_no_pixel_by_hand():
    assert naive.always_onset(CLIPS)["predicted"].tolist() == [0, 100, 0, 0, 50]
    assert naive.median_relative_position(CLIPS)["predicted"].tolist() == [8, 108, 10, 50, 52]
    rising = [clip("sub01", "x", 0, 12, 20), clip("sub02", "a", 0, 7, 10), clip("sub02", "b", 10, 37, 60)]
    rising += [clip("sub03", "c", 0, 17, 30), clip("sub03", "d", 0, 39, 40)]
    # Rises 7, 27, 17 of lengths 10, 50, 30 lie on 2 + length / 2; the odd one (39 of 40) does not tilt the line.
    assert naive.line_on_length(rising)["predicted"][0] == 12


def test_naive_spotters_leave_out_what_cannot_learn():
    def samples(clips):
        return spotting_samples(clips, [np.zeros((2, 2, 5, 5), np.float32)] * len(clips), [[0, 5]] * len(clips))

    assert len(naive.naive_spotters(samples(CLIPS))) == 7
    assert {name for name, _ in naive.naive_spotters(samples(CLIPS))} >= set(naive.LEARNED)
    with pytest.warns(UserWarning, match="no other subject"):
        alone = naive.naive_spotters(samples(CLIPS[:2]))
    assert {name for name, _ in alone} == {"middle_frame", "uniform_random", "always_onset", "flow_magnitude_peak"}


@pytest.mark.parametrize("clips", [5, 12, 13, 40])
def test_rotation_loses_nothing(clips):
    """Of fewer clips than pixels, of more, and of so many more that the other way is cheaper: four pixels."""
    rng = np.random.default_rng(0)
    train, test = rng.normal(size=(clips, 4)), rng.normal(size=(7, 4))
    known, unknown = linear.rotated(train, test)
    np.testing.assert_allclose(known @ known.T, train @ train.T, atol=1e-9)
    np.testing.assert_allclose(unknown @ known.T, test @ train.T, atol=1e-9)
