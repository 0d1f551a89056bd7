import numpy as np
import pytest
import scipy.stats

from crossover.claims.evidence import of_cube
from synthetic import A, H, summary


def _slope_over_h(values: np.ndarray, column: int) -> np.ndarray:
    """Slope of the logarithm over log h at one sqrt(h) alpha, from values (row, h, sqrt_h_alpha)."""
    x = np.log10(np.array(H, dtype=float))
    x -= x.mean()
    return np.log10(values[:, :, column]) @ x / (x @ x)


def test_the_first_row_is_the_estimate_and_every_width_leaves_out_its_own_seeds():
    cube = summary(seeds=4, noise=0.1)
    [evidence] = of_cube(cube)
    values = evidence.values["output_variance"]
    np.testing.assert_array_equal(values[0], cube["output_variance"].values[0])
    assert values.shape == (1 + 3 * 4, len(H), len(A))
    assert [list(stratum) for stratum in evidence.strata] == [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]]
    for width, stratum in enumerate(evidence.strata):
        for seed, row in enumerate(stratum):
            changed = values[row] != values[0]
            assert changed[width].all()
            assert not np.delete(changed, width, axis=0).any()
            # replicates are kept in float32
            replicate = cube["output_variance_replicate"].values[seed, 0, width]
            np.testing.assert_allclose(values[row, width], replicate, rtol=1e-6)


def test_the_jackknife_over_widths_is_that_of_brute_force():
    cube = summary(seeds=4, noise=0.2)
    [evidence] = of_cube(cube)
    measured = evidence.measure(lambda values: _slope_over_h(values["output_variance"], 3))
    estimate = cube["output_variance"].values  # (L, h, sqrt_h_alpha)
    variances = []
    for width in range(len(H)):
        rows = np.repeat(estimate, 4, axis=0)
        rows[:, width] = cube["output_variance_replicate"].values[:, 0, width]
        found = _slope_over_h(rows, 3)
        variances.append(3 / 4 * np.sum((found - found.mean()) ** 2))
    total = sum(variances)
    freedom = total**2 / sum(variance**2 / 3 for variance in variances)
    half = scipy.stats.t.ppf(0.975, freedom) * np.sqrt(total)
    centre = _slope_over_h(estimate, 3)[0]
    # replicates are kept in float32
    assert measured == pytest.approx((centre, centre - half, centre + half, np.sqrt(total)), rel=1e-5)


def test_a_bootstrap_measures_by_percentiles_of_its_rows():
    cube = summary(seeds=8, noise=0.2, kind="bootstrap")
    [evidence] = of_cube(cube)
    measured = evidence.measure(lambda values: _slope_over_h(values["output_variance"], 3))
    rows = _slope_over_h(cube["output_variance_replicate"].values[:, 0].astype(float), 3)
    low, high = np.quantile(rows - rows.mean(), [0.025, 0.975]) + measured.estimate
    assert measured[1:] == pytest.approx((low, high, rows.std(ddof=1)), rel=1e-6)


def test_rows_that_are_not_finite_give_an_estimate_without_interval():
    [evidence] = of_cube(summary())

    def estimator(values):
        rows = np.ones(len(values["test_error_mean"]))
        rows[3] = np.inf
        return rows

    measured = evidence.measure(estimator)
    assert measured.estimate == 1
    assert np.isnan(measured[1:]).all()


def test_an_estimate_that_no_seed_moves_has_an_interval_of_no_length():
    [evidence] = of_cube(summary())
    assert evidence.measure(lambda values: np.full(len(values["test_error_mean"]), 2.5)) == (2.5, 2.5, 2.5, 0.0)


def test_points_that_failed_or_lie_outside_the_grid_are_not_there():
    [evidence] = of_cube(summary(absent=[(0, 1)], failed=[(2, 4)]))
    there = evidence.there("test_error_mean")
    assert np.argwhere(~there).tolist() == [[0, 1], [2, 4]]
    assert "1 points left out" in evidence.scale


def test_every_depth_has_its_evidence_and_its_scale():
    cube = summary(L=(2, 3), n=500)
    found = of_cube(cube)
    assert [evidence.L for evidence in found] == [2, 3]
    for evidence in found:
        assert evidence.scale == f"made at preset demo: n = 500, L = {evidence.L}, h = 20, 40, 80, 4 seeds"


def test_seeds_that_truly_scatter_are_covered_by_the_interval():
    # 100 made cubes of slope -1 with noisy seeds: the interval holds -1 about as often as it says
    held = 0
    for trial in range(100):
        generator = np.random.default_rng(trial)
        shift = np.exp(0.05 * generator.standard_normal((3, 4)))  # (h, seed)
        rows = np.stack([np.delete(shift, k, axis=1).mean(1) for k in range(4)])
        cube = summary(seeds=4, noise=0.0)
        law = 1 / np.array(H)
        cube["output_variance"].values[0, :, 3] = law * shift.mean(1)
        cube["output_variance_replicate"].values[:, 0, :, 3] = law * rows
        [evidence] = of_cube(cube)
        measured = evidence.measure(lambda values: _slope_over_h(values["output_variance"], 3))
        held += measured.low <= -1 <= measured.high
    # binomial error of 100 trials 2 %; only two of the three widths move the slope
    assert held >= 88
