"""The label functions against their formulas (P1, section 3.3), and at the clips where the formulas divide by zero."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mxe_lib.errors import MxeError
from mxe_lib.spotting.labels import LABELS, label


def test_values_against_the_formulas():
    numbers = [10, 15, 20, 30, 40]  # u = 0, 1/2, 1, 1/2, 0
    assert label("linear", numbers, 10, 20, 40).tolist() == [0, 0.5, 1, 0.5, 0]
    half = (math.exp(0.5) - 1) / (math.e - 1)
    np.testing.assert_allclose(label("exponential", numbers, 10, 20, 40), [0, half, 1, half, 0], rtol=1e-6)
    half = math.log(1 + (math.exp(5) - 1) / 2) / 5
    np.testing.assert_allclose(label("log", numbers, 10, 20, 40, steepness=5), [0, half, 1, half, 0], rtol=1e-6)
    assert label("impulse", numbers, 10, 20, 40).tolist() == [0, 0, 1, 0, 0]


def test_near_the_apex():
    assert label("near", range(6, 15), 5, 10, 20).tolist() == [0, 0, 1, 1, 1, 1, 1, 0, 0]
    assert label("near", [5, 14, 20], 5, 10, 20).tolist() == [0, 1, 0]  # as the impulse: the nearest that is taken
    assert label("near", [8, 9, 10, 11, 12], 9, 10, 11).tolist() == [0, 1, 1, 1, 0]


def test_log_undoes_the_exponential():
    u = label("linear", range(0, 101), 0, 37, 100)
    for k in (1.0, math.log(10), 5.0):
        exponential = label("exponential", range(0, 101), 0, 37, 100, k)
        np.testing.assert_allclose(np.log1p(np.expm1(k) * exponential) / k, u, atol=1e-6)


def test_log_is_never_below_linear_and_exponential_never_above():
    numbers = range(0, 60)
    linear = label("linear", numbers, 0, 25, 59)
    assert (label("log", numbers, 0, 25, 59, 5) >= linear - 1e-6).all()
    assert (label("exponential", numbers, 0, 25, 59, 5) <= linear + 1e-6).all()


@pytest.mark.parametrize("function", LABELS)
@pytest.mark.parametrize("onset, apex, offset", [(69, 69, 80), (5, 30, 30), (7, 8, 9), (4, 4, 4), (0, 1, 1)])
def test_degenerate_clips_peak_at_the_apex(function, onset, apex, offset):
    numbers = list(range(onset, offset + 1))
    y = label(function, numbers, onset, apex, offset)
    assert np.isfinite(y).all()
    assert numbers[int(y.argmax())] == apex
    assert y.max() == 1
    assert (y == 1).sum() == 1
    if apex > onset:
        assert y[0] == 0
    if apex < offset:
        assert y[-1] == 0


@given(
    st.sampled_from(LABELS),
    st.integers(0, 5000),
    st.integers(0, 60),
    st.integers(0, 60),
    st.floats(0.1, 8),
    st.integers(1, 7),
)
def test_any_clip_and_sampling_gives_labels_in_range_with_the_highest_next_to_the_apex(
    function, onset, rise, fall, steepness, step
):
    apex, offset = onset + rise, onset + rise + fall
    numbers = np.array(sorted({*range(onset, offset + 1, step), offset}))
    y = label(function, numbers, onset, apex, offset, steepness)
    assert y.shape == numbers.shape
    assert y.dtype == np.float32
    assert y.min() >= 0
    assert y.max() <= 1
    assert abs(numbers[y.argmax()] - apex) <= step


def test_impulse_moves_to_the_nearest_frame_where_the_apex_is_not_sampled():
    assert label("impulse", [0, 3, 6, 9], 0, 5, 9).tolist() == [0, 0, 1, 0]
    assert label("impulse", [0, 1, 2], 0, 8, 9).tolist() == [0, 0, 0]


def test_frames_outside_the_clip_get_nothing():
    for function in LABELS:
        assert label(function, [5, 9, 31, 80], 10, 20, 30).tolist() == [0, 0, 0, 0]


def test_bad_input_is_one_line():
    for arguments in [
        ("quadratic", [1], 1, 1, 1),
        ("log", [1], 1, 1, 1, 0.0),
        ("log", [1], 5, 4, 9),
        ("log", [1], 5, None, 9),
    ]:
        with pytest.raises(MxeError) as error:
            label(*arguments)
        assert "\n" not in str(error.value)
