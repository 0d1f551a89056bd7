import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossover.claims import estimators

X = np.array([0.0, 1.0, 2.0, 0.0, 1.0, 3.0])
GROUPS = np.array([0, 0, 0, 1, 1, 1])


@given(st.floats(-3, 3), st.floats(-5, 5), st.floats(-5, 5))
def test_the_slope_of_parallel_lines_is_theirs_whatever_their_intercepts(slope, one, other):
    y = slope * X + np.where(GROUPS == 0, one, other)
    # a few sums of numbers of order 10
    assert estimators.slope(X, y[None], GROUPS) == pytest.approx(slope, abs=1e-12)


def test_the_slope_is_that_of_least_squares_with_an_intercept_for_each_group():
    y = np.random.default_rng(0).standard_normal((4, 6))
    design = np.stack([X, GROUPS == 0, GROUPS == 1], axis=1).astype(float)
    wanted = np.linalg.lstsq(design, y.T, rcond=None)[0][0]
    np.testing.assert_allclose(estimators.slope(X, y, GROUPS), wanted, rtol=1e-12)


def test_the_slope_leaves_its_arguments_as_they_are():
    x, y = X.copy(), np.ones((1, 6))
    estimators.slope(x, y, GROUPS)
    assert np.array_equal(x, X)
    assert (y == 1).all()


def test_curves_of_one_shape_collapse_and_another_shape_shows_its_gap():
    curve = np.array([0.0, 0.5, 1.0])
    curves = np.stack([[curve, 3 * curve + 7], [curve, curve**2]])  # (row, curve, x)
    # one rounding of the rescaling
    np.testing.assert_allclose(estimators.rescaled_gap(curves), [0, 0.25], atol=1e-15)


def test_a_flat_curve_cannot_be_rescaled():
    assert np.isnan(estimators.rescaled_gap(np.array([[[1.0, 1.0], [0.0, 1.0]]]))).all()


def test_the_largest_gap_is_over_all_pairs_where_both_are_there():
    curves = np.array([[[0.0, 1.0, 9.0], [0.2, 1.5, np.nan], [0.1, np.nan, np.nan]]])
    assert estimators.largest_gap(curves) == pytest.approx([0.5])


@given(st.floats(-2, 2), st.floats(0.2, 3))
def test_a_power_law_crosses_one_where_it_should(log_crossing, exponent):
    x = np.geomspace(1e-3, 1e3, 7)
    y = (x / 10**log_crossing) ** -exponent
    # interpolation on logarithms is exact for a power law
    assert estimators.log_crossing(x, y[None]) == pytest.approx(log_crossing, abs=1e-9)


def test_a_curve_that_does_not_fall_through_one_has_no_crossing():
    x = np.array([1.0, 10.0, 100.0])
    assert np.isnan(estimators.log_crossing(x, np.array([[5.0, 4.0, 3.0], [0.1, 0.2, 0.5], [0.1, 5.0, 7.0]]))).all()


def test_a_crossing_between_values_more_than_a_decade_apart_is_not_read():
    assert estimators.log_crossing(np.array([1.0, 10.0]), np.array([[10.0, 0.1]])) == pytest.approx([0.5])
    assert np.isnan(estimators.log_crossing(np.array([1.0, 11.0]), np.array([[10.0, 0.1]]))).all()
    assert np.isnan(estimators.log_crossing(np.array([1.0]), np.array([[10.0]]))).all()


def test_the_first_crossing_counts():
    x = np.array([1.0, 10.0, 100.0, 1000.0])
    assert estimators.log_crossing(x, np.array([[10.0, 0.1, 10.0, 0.1]])) == pytest.approx([0.5])
