"""Experiments joined point by point: their differences, and the errors of these."""

import numpy as np
import pytest

from crossover.claims.evidence import of_cube
from crossover.claims.joint import joint
from synthetic import summary


def _noisy(seed: int, shared: np.ndarray | None = None, own: float = 0.1, seeds: int = 5, **made):
    """A summary of one width whose test errors are a shared part and one of their own for each seed; jackknife."""
    generator = np.random.default_rng(seed)
    each = own * generator.standard_normal(seeds) + (0 if shared is None else shared)
    cube = summary(h=(20,), a=(1.0,), seeds=seeds, noise=0, **made)
    cube["test_error_mean"].values[:] = each.mean()
    cube["test_error_mean_replicate"].values[:, 0, 0, 0] = [np.delete(each, k).mean() for k in range(seeds)]
    return of_cube(cube)[0]


def _difference(values):
    return values["one.test_error_mean"][:, 0, 0] - values["two.test_error_mean"][:, 0, 0]


def test_what_both_share_cancels_in_their_difference():
    shared = np.random.default_rng(0).standard_normal(5)
    both = joint({"one": _noisy(1, shared), "two": _noisy(2, shared)})
    # the shared part has a spread of 1, each own part of 0.1: the standard error is sqrt(2/5) 0.1, within its own scatter
    assert 0.02 < both.measure(_difference).error < 0.15
    assert [list(stratum) for stratum in both.strata] == [[1, 2, 3, 4, 5]]


def test_depths_that_differ_are_independent_and_their_variances_add():
    one, two = _noisy(1, own=1.0), _noisy(2, own=1.0, L=(9,))
    both = joint({"one": one, "two": two})
    errors = [each.measure(lambda values: values["test_error_mean"][:, 0, 0]).error for each in (one, two)]
    assert both.measure(_difference).error == pytest.approx(np.hypot(*errors), rel=1e-5)  # replicates in float32
    assert [len(stratum) for stratum in both.strata] == [5, 5]


def test_experiments_with_other_numbers_of_seeds_are_independent():
    one, two = _noisy(1, own=1.0), _noisy(2, own=1.0, seeds=3)
    both = joint({"one": one, "two": two})
    errors = [each.measure(lambda values: values["test_error_mean"][:, 0, 0]).error for each in (one, two)]
    assert both.measure(_difference).error == pytest.approx(np.hypot(*errors), rel=1e-5)


def test_points_are_those_that_all_have():
    one, two = (of_cube(summary(h=h, a=a, noise=0.1))[0] for h, a in (((20, 40, 80), (1.0, 10.0)), ((40, 80, 160), (0.1, 1.0))))
    both = joint({"one": one, "two": two})
    assert (both.h.tolist(), both.a.tolist()) == ([40, 80], [1.0])
    assert both.values["one.test_error_mean"].shape == (1 + 2 * 4, 2, 1)
    np.testing.assert_array_equal(both.values["one.test_error_mean"][0, :, 0], one.values["test_error_mean"][0, 1:, 0])
    np.testing.assert_array_equal(both.values["two.test_error_mean"][0, :, 0], two.values["test_error_mean"][0, :2, 1])
    # leaving out the first seed of h = 40, in both
    np.testing.assert_array_equal(both.values["one.test_error_mean"][1, :, 0], one.values["test_error_mean"][5, 1:, 0])
    np.testing.assert_array_equal(both.values["two.test_error_mean"][1, :, 0], two.values["test_error_mean"][1, :2, 1])


def test_nothing_shared_is_no_point():
    one, two = (of_cube(summary(a=a))[0] for a in ((1.0,), (10.0,)))
    assert joint({"one": one, "two": two}).there("one.test_error_mean").shape == (3, 0)


def test_the_rows_of_a_bootstrap_are_taken_pairwise():
    one, two = (of_cube(summary(kind="bootstrap", seeds=10, noise=0.1))[0] for _ in range(2))
    both = joint({"one": one, "two": two})  # the same made numbers: no difference in any row
    assert both.measure(_difference) == (0, 0, 0, 0)


def test_a_bootstrap_and_a_jackknife_are_not_joined():
    one, two = of_cube(summary(kind="bootstrap", seeds=10))[0], of_cube(summary())[0]
    assert joint({"one": one, "two": two}) is None
