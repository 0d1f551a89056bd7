"""The core against scipy and closed forms."""

import numpy as np
import pytest
from scipy import stats

from crossover.diff import compare
from crossover.statistics import bootstrap_weights, interval, jackknife_weights, weighted_mean
from crossover.tolerances import EXACT, Tolerance

NAN, INF = np.nan, np.inf
TABLE = [
    # a, b, tolerance, unequal, beyond
    (1.0, 1.0, EXACT, False, False),
    (1.0, np.nextafter(1.0, 2), EXACT, True, True),
    (1.0, 1.01, Tolerance(0.02, 0), True, False),
    (1.0, 1.03, Tolerance(0.02, 0), True, True),
    (100.0, 101.0, Tolerance(0, 0.01), True, False),
    (100.0, 102.0, Tolerance(0, 0.01), True, True),
    (0.0, 1e-12, Tolerance(0, 0.01), True, True),
    (NAN, NAN, EXACT, False, False),
    (INF, INF, EXACT, False, False),
    (INF, -INF, Tolerance(1, 1), True, True),
    (NAN, 1.0, Tolerance(1, 1), True, True),
    (1.0, INF, Tolerance(1, 1), True, True),
]


@pytest.mark.parametrize(("a", "b", "tolerance", "unequal", "beyond"), TABLE)
def test_numbers_are_equal_within_or_beyond_tolerance_the_same_both_ways(a, b, tolerance, unequal, beyond):
    for pair in ((a, b), (b, a)):
        found = compare.numbers(*(np.array([value]) for value in pair), tolerance)
        assert (found.unequal[0], found.beyond[0]) == (unequal, beyond)


def test_the_excess_is_the_difference_in_tolerances():
    found = compare.numbers(np.array([1.0, 2.0, 3.0]), np.array([1.5, 2.0, NAN]), Tolerance(0.1, 0))
    np.testing.assert_allclose(found.excess, [5, 0, INF])
    np.testing.assert_array_equal(found.difference, [0.5, 0, NAN])


def test_where_a_curve_has_ended_nothing_is_beyond_tolerance():
    found = compare.curves(compare.numbers(np.array([1.0, NAN, 1.0]), np.array([1.0, 1.0, 9.0]), Tolerance(1e-3, 0)))
    assert found.unequal.tolist() == [False, True, True]
    assert found.beyond.tolist() == [False, False, True]


def test_texts_are_equal_or_not():
    found = compare.labels(np.array(["a", "b"], dtype=object), np.array(["a", "c"], dtype=object))
    assert found.beyond.tolist() == [False, True]


def test_a_shift_of_all_seeds_has_the_p_of_scipys_paired_test():
    generator = np.random.default_rng(0)
    a = generator.standard_normal((8, 50))
    b = a + 0.1 + 0.02 * generator.standard_normal((8, 50))
    # small against the scatter of the seeds, so that no single one stands out
    np.testing.assert_allclose(compare.paired_p(a, b, Tolerance(1e-6, 0)), stats.ttest_rel(a, b, axis=0).pvalue, rtol=1e-9)


def test_seeds_without_a_number_are_left_out_in_pairs():
    a = np.arange(6.0)[:, None] ** 2
    b = a + np.array([0.5, 0.6, 0.4, 0.55, 0.45, 0.5])[:, None]
    a[0], b[1] = NAN, NAN
    wanted = stats.ttest_rel(a[2:, 0], b[2:, 0]).pvalue
    np.testing.assert_allclose(compare.paired_p(a, b, Tolerance(1e-6, 0)), wanted)


def test_one_member_that_is_off_is_found_against_the_scatter_of_the_seeds():
    a = 1 + 0.01 * np.random.default_rng(0).standard_normal((8, 1))
    b = a.copy()
    b[3] += 1
    assert stats.ttest_rel(a, b, axis=0).pvalue[0] > 0.3
    wanted = 2 * stats.t.sf(1 / (np.sqrt(2) * a.std(ddof=1)), 7)
    np.testing.assert_allclose(compare.paired_p(a, b, Tolerance(1e-3, 0)), wanted, rtol=1e-9)


def test_differences_within_tolerance_are_never_significant_and_one_seed_has_no_error_bar():
    a = np.zeros((5, 1))
    assert compare.paired_p(a, a + 1e-4, Tolerance(1e-3, 0)) == 1
    assert compare.paired_p(a, a + 1e-2, Tolerance(1e-3, 0)) == 0
    assert compare.paired_p(a[:1], a[:1] + 1e-2, Tolerance(1e-3, 0)) == 0


def test_noise_alone_is_called_significant_no_more_often_than_promised():
    generator = np.random.default_rng(0)
    a, b = (generator.standard_normal((8, 20_000)) for _ in range(2))
    p = compare.paired_p(a, b, Tolerance(1e-9, 0))
    tests = 1 + 8
    # the scatter is the smaller of two estimates, which makes the test of a member up to twice as ready
    assert (p <= 0.05 / tests).mean() <= 2 * 0.05
    assert (p <= 0.05).mean() >= 0.05


def test_two_estimates_have_the_p_of_scipys_welch_test():
    generator = np.random.default_rng(0)
    a, b = generator.standard_normal((6, 40)), 0.3 + 2 * generator.standard_normal((11, 40))
    errors = a.std(0, ddof=1) / np.sqrt(6), b.std(0, ddof=1) / np.sqrt(11)
    found = compare.combined_p(a.mean(0), b.mean(0), errors, (np.full(40, 6), np.full(40, 11)))
    np.testing.assert_allclose(found, stats.ttest_ind(a, b, equal_var=False).pvalue, rtol=1e-9)


def test_an_estimate_without_an_error_bar_counts_as_different():
    one, none = np.ones(1), np.full(1, NAN)
    assert compare.combined_p(one, 2 * one, (none, one), (8 * one, 8 * one)) == 0
    assert compare.combined_p(one, 2 * one, (0 * one, 0 * one), (8 * one, 8 * one)) == 0
    assert compare.combined_p(one, one, (0 * one, 0 * one), (8 * one, 8 * one)) == 1


@pytest.mark.parametrize("kind", ["jackknife", "bootstrap"])
def test_replicates_and_intervals_give_the_standard_error_of_a_mean(kind):
    generator = np.random.default_rng(0)
    values = generator.standard_normal((9, 3))
    weights = jackknife_weights(9) if kind == "jackknife" else bootstrap_weights(9, 20_000, generator)
    replicates, seeds = weighted_mean(weights, values), np.full(3, 9)
    wanted = values.std(0, ddof=1) / 3
    # 20,000 draws give the bootstrap's error to half a percent; its percentiles are not quite those of a normal
    np.testing.assert_allclose(
        compare.replicate_error(replicates, seeds, kind), wanted, rtol=1e-9 if kind == "jackknife" else 0.02
    )
    ends = [interval(values[:, k].mean(), replicates[:, k], kind=kind, logarithmic=False) for k in range(3)]
    low, high = np.array(ends).T
    found = compare.interval_error(low, high, seeds, kind)
    np.testing.assert_allclose(found, wanted, rtol=1e-9 if kind == "jackknife" else 0.05)


def test_a_jackknife_of_fewer_seeds_leaves_missing_replicates_out():
    values = np.random.default_rng(0).standard_normal(5)
    replicates = np.concatenate([weighted_mean(jackknife_weights(5), values), [NAN, NAN]])[:, None]
    np.testing.assert_allclose(compare.replicate_error(replicates, np.array([5]), "jackknife"), values.std(ddof=1) / np.sqrt(5))
