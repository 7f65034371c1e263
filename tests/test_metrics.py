import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score
from torchmetrics.functional.classification import multiclass_accuracy, multiclass_f1_score

from mxe_lib.errors import MxeError
from mxe_lib.evaluation import metrics

# Worked by hand. Truth: 5 negative, 3 positive, 2 surprise.
#             predicted  neg pos sur
TRUE = [0, 0, 0, 0, 0, 1, 1, 1, 2, 2]
PRED = [0, 0, 0, 1, 2, 1, 0, 1, 2, 0]
MATRIX = [[3, 1, 1], [1, 2, 0], [1, 0, 1]]


def test_confusion_has_truth_in_rows():
    assert metrics.confusion(TRUE, PRED).tolist() == MATRIX


def test_scores_worked_by_hand():
    # F1: neg 2*3/(6+2+2) = 0.6; pos 2*2/(4+1+1) = 2/3; sur 2*1/(2+1+1) = 0.5
    np.testing.assert_allclose(metrics.per_class_f1_of(metrics.confusion(TRUE, PRED)), [0.6, 2 / 3, 0.5])
    assert metrics.uf1(TRUE, PRED) == pytest.approx((0.6 + 2 / 3 + 0.5) / 3)
    assert metrics.uar(TRUE, PRED) == pytest.approx((3 / 5 + 2 / 3 + 1 / 2) / 3)
    assert metrics.accuracy(TRUE, PRED) == pytest.approx(0.6)
    # Four errors of ten: each is wrong in two of the three one-vs-rest tables, so 8 of 30 cells are wrong.
    assert metrics.pooled_ovr_accuracy(TRUE, PRED) == pytest.approx(22 / 30)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=60))
def test_equal_to_scikit_learn_and_torchmetrics(pairs):
    true, pred = map(np.array, zip(*pairs, strict=True))
    assert metrics.accuracy(true, pred) == pytest.approx(accuracy_score(true, pred))
    expected = f1_score(true, pred, labels=[0, 1, 2], average="macro", zero_division=0)
    assert metrics.uf1(true, pred) == pytest.approx(expected)
    if set(true) == {0, 1, 2}:
        assert metrics.uar(true, pred) == pytest.approx(balanced_accuracy_score(true, pred))
        t, p = torch.tensor(true), torch.tensor(pred)
        assert metrics.uf1(true, pred) == pytest.approx(float(multiclass_f1_score(p, t, 3, average="macro")), abs=1e-6)
        assert metrics.uar(true, pred) == pytest.approx(float(multiclass_accuracy(p, t, 3, average="macro")), abs=1e-6)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=60))
def test_pooled_accuracy_is_accuracy_rescaled(pairs):
    true, pred = zip(*pairs, strict=True)
    assert metrics.pooled_ovr_accuracy(true, pred) == pytest.approx(1 - 2 / 3 * (1 - metrics.accuracy(true, pred)))


def test_absent_class_scores_zero():
    assert metrics.uf1([0, 0, 1], [0, 0, 1]) == pytest.approx(2 / 3)
    assert metrics.uar([0, 0, 1], [0, 0, 1]) == pytest.approx(2 / 3)


def test_always_negative_on_the_composite():
    true = [0] * 250 + [1] * 109 + [2] * 83
    pred = [0] * 442
    assert metrics.accuracy(true, pred) == pytest.approx(250 / 442)
    assert metrics.uf1(true, pred) == pytest.approx(0.2408, abs=5e-5)
    assert metrics.uar(true, pred) == pytest.approx(1 / 3)


def test_stacked_matrices_score_as_single_ones():
    stack = np.random.default_rng(0).integers(0, 9, (4, 5, 3, 3))
    for function in metrics.RECOGNITION.values():
        assert function(stack)[2, 3] == pytest.approx(float(function(stack[2, 3])))


def test_spotting_scores_worked_by_hand():
    onset, offset, fps = [0, 100, 0], [20, 140, 30], [200, 200, 100]
    apex, predicted = [12, 118, 9], [10, 124, 9]
    assert metrics.mae(apex, predicted) == pytest.approx((2 + 6 + 0) / 3)
    assert metrics.mae_ms(apex, predicted, fps) == pytest.approx((10 + 30 + 0) / 3)
    assert metrics.within(apex, predicted) == pytest.approx(2 / 3)
    # Middle frames 10, 120, 15: errors 2, 2, 6.
    assert metrics.skill(apex, predicted, onset, offset) == pytest.approx(1 - 8 / 10)
    assert metrics.skill(apex, metrics.middle(onset, offset), onset, offset) == 0
    sums = metrics.clip_sums(apex, predicted, onset, offset, fps).sum(0)
    assert metrics.SPOTTING["mae"](sums) == pytest.approx(8 / 3)
    assert metrics.SPOTTING["mae_ms"](sums) == pytest.approx(40 / 3)
    assert metrics.SPOTTING["within_5"](sums) == pytest.approx(2 / 3)
    assert metrics.SPOTTING["skill"](sums) == pytest.approx(0.2)


def test_middle_frame_rounds_down():
    assert metrics.middle([46, 47], [47, 49]).tolist() == [46, 48]


@pytest.mark.parametrize("true, pred", [([0, 1], [0]), ([], []), ([0, 3], [0, 1]), ([0, 1], [0, -1])])
def test_bad_labels(true, pred):
    with pytest.raises(MxeError, match="labels"):
        metrics.confusion(true, pred)


def test_clip_without_apex_cannot_be_scored():
    with pytest.raises(MxeError, match="without an apex"):
        metrics.mae([10, np.nan], [10, 11])
