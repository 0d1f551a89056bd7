import json
import warnings

import numpy as np
import pytest
import scipy.stats

from crossover import cubes, schema, statistics
from synthetic import raw

RNG = np.random.default_rng(3)
SEEDS, TEST = 9, 40
LABELS = 2 * (np.arange(TEST) % 2) - 1
F = LABELS + 1.5 * RNG.standard_normal((SEEDS, TEST))
CONVERGED = schema.STATUS["converged"]


def _samples(draws: int = 20) -> tuple[list[np.ndarray], np.ndarray]:
    """Samples of seeds with replacement, none of one seed alone, and how often each holds each seed."""
    samples = [np.random.default_rng(k).integers(0, SEEDS, SEEDS) for k in range(draws)]
    return samples, np.array([np.bincount(sample, minlength=SEEDS) for sample in samples], dtype=float)


def test_a_weighted_mean_is_the_mean_of_the_resampled_array():
    samples, weights = _samples()
    wanted = np.array([F[sample].mean(0) for sample in samples])
    # sums of nine numbers
    np.testing.assert_allclose(statistics.weighted_mean(weights, F), wanted, rtol=1e-12, atol=1e-14)


def test_the_ensemble_error_is_that_of_the_mean_predictor_of_the_resampled_array():
    samples, weights = _samples()
    wanted = [np.mean(F[sample].mean(0) * LABELS <= 0) for sample in samples]
    np.testing.assert_allclose(statistics.ensemble_error(weights, F, LABELS), wanted, atol=1e-15)


def test_a_tie_of_the_ensemble_is_an_error():
    tied = np.array([[1.0, 1.0], [-1.0, 1.0]])
    assert statistics.ensemble_error(np.ones((1, 2)), tied, np.array([1, 1])).tolist() == [0.5]


def test_the_output_variance_is_the_unbiased_variance_of_the_resampled_array():
    samples, weights = _samples()
    wanted = [F[sample].var(0, ddof=1).mean() for sample in samples]
    # through a Gram matrix of centred values: some more roundings
    np.testing.assert_allclose(statistics.output_variance(weights, F), wanted, rtol=1e-12)


def test_the_output_variance_keeps_its_digits_on_a_large_common_output():
    weights = np.ones((1, SEEDS))
    # F + 1e6 itself is rounded to 1e-10
    np.testing.assert_allclose(statistics.output_variance(weights, F + 1e6), statistics.output_variance(weights, F), rtol=1e-8)


def test_the_variance_of_one_seed_is_not_a_number():
    assert np.isnan(statistics.output_variance(np.eye(SEEDS)[:1], F)).all()


def test_leaving_out_seeds_gives_the_arrays_without_them():
    wanted = [np.delete(F, k, axis=0).var(0, ddof=1).mean() for k in range(SEEDS)]
    np.testing.assert_allclose(statistics.output_variance(statistics.jackknife_weights(SEEDS), F), wanted, rtol=1e-12)


def test_the_jackknife_error_of_a_mean_is_its_standard_error():
    values = RNG.standard_normal(7)
    replicates = statistics.weighted_mean(statistics.jackknife_weights(7), values)
    assert statistics.jackknife_error(replicates) == pytest.approx(values.std(ddof=1) / np.sqrt(7), rel=1e-12)


@pytest.mark.parametrize("seeds", [2, 3, 8])
def test_no_bootstrap_draw_holds_one_seed_alone(seeds):
    weights = statistics.bootstrap_weights(seeds, 2000, np.random.default_rng(0))
    assert weights.shape == (2000, seeds)
    assert (weights.sum(1) == seeds).all()
    assert ((weights > 0).sum(1) >= 2).all()


def test_a_bootstrap_holds_every_seed_once_on_average():
    weights = statistics.bootstrap_weights(10, 4000, np.random.default_rng(0))
    # variance of a multiplicity 0.9, 4000 draws: five standard errors of 0.015
    np.testing.assert_allclose(weights.mean(0), 1, atol=0.075)
    np.testing.assert_allclose(weights.var(0), 0.9, atol=0.15)


def test_a_bootstrap_interval_holds_the_middle_95_percent_of_the_replicates_whatever_their_shift():
    replicates = np.random.default_rng(0).standard_normal(1000)
    for shift in (0.0, 0.4):
        found = statistics.interval(2.0, replicates + shift, kind="bootstrap", logarithmic=False)
        assert found == pytest.approx(2 + np.quantile(replicates - replicates.mean(), [0.025, 0.975]))


def test_a_logarithmic_interval_does_not_see_a_factor_common_to_the_replicates():
    replicates = np.exp(0.3 * np.random.default_rng(0).standard_normal(1000))
    found = [statistics.interval(1.0, k * replicates, kind="bootstrap", logarithmic=True) for k in (1.0, 0.875)]
    assert found[0] == pytest.approx(found[1], rel=1e-12)
    assert found[0][0] < 1 < found[0][1]


def test_a_jackknife_interval_is_students():
    values = RNG.standard_normal(5)
    replicates = statistics.weighted_mean(statistics.jackknife_weights(5), values)
    found = statistics.interval(values.mean(), replicates, kind="jackknife", logarithmic=False)
    wanted = scipy.stats.t.interval(0.95, 4, loc=values.mean(), scale=scipy.stats.sem(values))
    assert found == pytest.approx(wanted, rel=1e-12)


def test_a_logarithmic_interval_is_students_on_the_logarithm():
    values = np.exp(RNG.standard_normal(5))
    replicates = statistics.weighted_mean(statistics.jackknife_weights(5), values)
    low, high = statistics.interval(values.mean(), replicates, kind="jackknife", logarithmic=True)
    half = scipy.stats.t.ppf(0.975, 4) * statistics.jackknife_error(np.log(replicates))
    assert [np.log(low), np.log(high)] == pytest.approx([np.log(values.mean()) - half, np.log(values.mean()) + half])


@pytest.mark.parametrize("replicates", [[1.0], [1.0, np.nan], [1.0, 0.0], [1.0, -1.0]])
def test_replicates_that_give_no_interval_give_nan(replicates):
    assert np.isnan(statistics.interval(1.0, np.array(replicates), kind="jackknife", logarithmic=True)).all()


@pytest.mark.parametrize("seeds", [4, 8])
def test_a_summary_holds_the_observables_of_every_point(seeds):
    cube = raw(seeds=seeds)
    found = statistics.summarize(cube, seed=0)
    assert found["kind"] == ("bootstrap" if seeds >= 8 else "jackknife")
    for i, j in np.ndindex(2, 2):
        here = cube.isel(L=0, h=i, sqrt_h_alpha=j)
        F_here, at = here["F_test"].values.astype(float), (0, i, j)
        labels = cube["y_test"].values
        wanted = {
            "test_error_mean": here["test_error"].values.mean(),
            "ensemble_test_error": np.mean(F_here.mean(0) * labels <= 0),
            "output_variance": F_here.var(0, ddof=1).mean(),
            "kernel_change_mean": here["kernel_change"].values.mean(),
            "t_half_mean": here["t_half"].values.mean(),
            "frozen_init_ensemble_test_error": np.mean(here["frozen_init_F_test"].values.mean(0) * labels <= 0),
        }
        for name, value in wanted.items():
            assert found[name][at] == pytest.approx(value, rel=1e-10), name
            low, high = found[f"{name}_interval"][(slice(None), *at)]
            assert low <= high, name
        np.testing.assert_allclose(found["rescaled_loss_mean"][at], here["rescaled_loss"].values.mean(0), rtol=1e-6)
    assert (found["seeds_wanted"] == seeds).all()
    assert (found["seeds_converged"] == seeds).all()


def test_a_summary_has_exactly_the_variables_of_the_schema():
    found = statistics.summarize(raw(), seed=0)
    assert set(found) - {"kind"} == set(schema.SUMMARY)


def test_jackknife_replicates_leave_each_seed_out_in_turn():
    cube = raw(seeds=4)
    found = statistics.summarize(cube, seed=0)["output_variance_replicate"][:, 0, 1, 0]
    F_here = cube["F_test"].values[0, 1, 0].astype(float)
    wanted = [np.delete(F_here, k, axis=0).var(0, ddof=1).mean() for k in range(4)]
    # replicates are kept in float32
    np.testing.assert_allclose(found, wanted, rtol=1e-6)


def test_bootstrap_draws_are_shared_along_alpha_and_not_over_widths():
    cube = raw(seeds=8)
    cube["test_error"].values[:] = np.arange(8) / 10  # every point has the same seeds
    found = statistics.summarize(cube, seed=0)["test_error_mean_replicate"][:, 0]
    assert np.array_equal(found[:, 0, 0], found[:, 0, 1])
    assert np.array_equal(found[:, 1, 0], found[:, 1, 1])
    # independent draws: a correlation of 500 pairs has a standard error of 0.045
    assert abs(np.corrcoef(found[:, 0, 0], found[:, 1, 0])[0, 1]) < 0.25


def test_the_bootstrap_of_a_summary_depends_on_its_seed_alone():
    one, same, other = (statistics.summarize(raw(seeds=8), seed=seed)["output_variance_replicate"] for seed in (0, 0, 1))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_the_interval_of_a_bootstrapped_variance_holds_the_estimate_in_its_middle():
    found = statistics.summarize(raw(seeds=8, test=2000), seed=0)
    low, high = np.log(found["output_variance_interval"] / found["output_variance"])
    # a resampled variance is (N - 1)/N of the variance on average, which must not shift the interval
    assert (low < 0).all() and (high > 0).all()
    assert (np.abs(high + low) < 0.5 * (high - low)).all()


def test_a_point_with_a_failed_member_is_nan_and_counted():
    cube = raw()
    cube["status"].values[0, 0, 1, 2] = schema.STATUS["time_limit"]
    found = statistics.summarize(cube, seed=0)
    assert found["seeds_wanted"][0].tolist() == [[4, 4], [4, 4]]
    assert found["seeds_converged"][0].tolist() == [[4, 3], [4, 4]]
    for name in schema.OBSERVABLES:
        assert np.isnan(found[name][0, 0, 1]).all(), name
        assert np.isnan(found[f"{name}_replicate"][:, 0, 0, 1]).all(), name
        assert np.isfinite(found[name][0, 1]).all(), name


def _allowing(cube, **configuration):
    return cube.assign_attrs(configuration=json.dumps({"dataset": "fashion_subset", "n": 100, "grid": []} | configuration))


@pytest.mark.parametrize("status", ["converged", "evaluation_limit", "time_limit", "step_underflow", "not_finite"])
def test_a_member_with_few_unfitted_patterns_counts_where_the_experiment_allows_it(status):
    cube = raw()
    cube["status"].values[0, 0, 1, 2] = schema.STATUS[status]
    for unfitted, allowed, counts in (
        (3, {"unfitted_allowed": 0.04}, True),
        (4, {"unfitted_allowed": 0.04}, False),
        (3, {}, False),
    ):
        cube["unfitted"].values[0, 0, 1, 2] = unfitted
        found = statistics.summarize(_allowing(cube, **allowed), seed=0)
        there = status == "converged" or (counts and status != "not_finite")
        assert found["seeds_converged"][0].tolist() == [[4, 4 if there else 3], [4, 4]]
        assert np.isfinite(found["test_error_mean"][0, 0, 1]) == there
        if there:
            assert found["test_error_mean"][0, 0, 1] == pytest.approx(cube["test_error"].values[0, 0, 1].mean())


def test_absent_members_are_never_allowed():
    cube = raw()
    cube["status"].values[0, 0, 1] = schema.STATUS["absent"]
    cube["unfitted"].values[0, 0, 1] = 0
    found = statistics.summarize(_allowing(cube, unfitted_allowed=0.04), seed=0)
    assert found["seeds_wanted"][0, 0, 1] == found["seeds_converged"][0, 0, 1] == 0


@pytest.mark.parametrize("seeds", [4, 8])
def test_curves_are_means_over_seeds_with_replicates_and_intervals_on_the_logarithm(seeds):
    cube = raw(seeds=seeds)
    ended = 9
    cube["output_norm"].values[0, 1, 0, 2, ended:] = np.nan  # one member stops first
    found = statistics.summarize(cube, seed=0)
    for name in ("output_norm", "output_change"):
        values = cube[name].values[0, 1, 0].astype(float)
        np.testing.assert_allclose(found[f"{name}_mean"][0, 1, 0], values.mean(0), rtol=1e-6)
        low, high = found[f"{name}_mean_interval"][:, 0, 1, 0]
        there = np.isfinite(values.mean(0))
        assert there.sum() == (ended if name == "output_norm" else len(cube["time"]))
        assert (low[there] > 0).all() and (low[there] < high[there]).all()
        assert np.isnan(low[~there]).all()
        if seeds == 4:
            left_out = [np.delete(values, k, axis=0).mean(0) for k in range(4)]
            replicates = found[f"{name}_mean_replicate"][:, 0, 1, 0]
            np.testing.assert_allclose(replicates[:, there], np.array(left_out)[:, there], rtol=1e-6)
            assert np.isnan(replicates[:, ~there]).all()


def test_an_experiment_without_output_points_has_nan_for_its_norms_and_numbers_for_the_rest():
    cube = raw()
    for name in ("output_norm", "output_change"):
        cube[name].values[:] = np.nan
    found = statistics.summarize(cube, seed=0)
    for name in schema.OBSERVABLES:
        for part in (name, f"{name}_interval", f"{name}_replicate"):
            assert np.isnan(found[part]).all() == name.startswith(("output_norm", "output_change")), part


def test_a_point_outside_the_grid_is_nan_and_counts_no_seeds():
    cube = raw()
    cube["status"].values[0, 0, 1] = schema.STATUS["absent"]
    found = statistics.summarize(cube, seed=0)
    assert found["seeds_wanted"][0, 0, 1] == found["seeds_converged"][0, 0, 1] == 0
    assert np.isnan(found["test_error_mean"][0, 0, 1])


def test_a_frozen_flow_that_did_not_converge_takes_out_its_own_observables_alone():
    cube = raw()
    cube["frozen_init_status"].values[0, 0, 0, 1] = schema.STATUS["evaluation_limit"]
    found = statistics.summarize(cube, seed=0)
    assert np.isnan(found["frozen_init_test_error_mean"][0, 0, 0])
    assert np.isnan(found["frozen_init_ensemble_test_error"][0, 0, 0])
    assert np.isfinite(found["frozen_final_test_error_mean"][0, 0, 0])
    assert np.isfinite(found["test_error_mean"][0, 0, 0])


def test_an_experiment_without_kernels_has_nan_for_what_kernels_decide_and_numbers_for_the_rest():
    found = statistics.summarize(raw().drop_vars(list(schema.KERNELS)), seed=0)
    for name in schema.OBSERVABLES:
        kernels = name.startswith(("frozen", "kernel", "sign"))
        assert np.isnan(found[name]).all() == kernels, name


def test_a_summary_goes_to_disk_and_back(tmp_path):
    cube = raw(seeds=8)
    arrays = statistics.summarize(cube, seed=0)
    kind = arrays.pop("kind")
    arrays |= {name: cube[name].values for name in ("L", "h", "sqrt_h_alpha", "alpha", "time")} | {"interval": ["low", "high"]}
    attrs = dict(cube.attrs) | {"kind": "summary", "replicates": kind, "interval_level": str(statistics.LEVEL)}
    cubes.write(cubes.make("summary", arrays, attrs), tmp_path / "summary.nc")
    with cubes.read(tmp_path / "summary.nc") as back:
        np.testing.assert_array_equal(back["output_variance"].values, arrays["output_variance"])
        assert back["interval"].values.tolist() == ["low", "high"]


@pytest.mark.parametrize(("seeds", "kind"), [(4, "jackknife"), (12, "bootstrap")])
def test_the_intervals_of_a_mean_of_gaussian_seeds_hold_the_truth_about_as_often_as_they_say(seeds, kind):
    generator = np.random.default_rng(5)
    held, trials = 0, 400
    for _ in range(trials):
        values = 1 + 0.1 * generator.standard_normal(seeds)
        jackknife = kind == "jackknife"
        weights = statistics.jackknife_weights(seeds) if jackknife else statistics.bootstrap_weights(seeds, 300, generator)
        replicates = statistics.weighted_mean(weights, values)
        low, high = statistics.interval(values.mean(), replicates, kind=kind, logarithmic=False)
        held += low <= 1 <= high
    # binomial error of 400 trials 1.1 %; the percentile bootstrap of 12 seeds is known to fall short, at about 91 %
    assert 0.86 <= held / trials <= 0.99
    assert kind == "bootstrap" or held / trials >= 0.915


def test_summarising_warns_of_nothing_when_points_are_missing():
    cube = raw()
    cube["status"].values[0, 0, 1] = schema.STATUS["absent"]
    cube["status"].values[0, 1, 1, 0] = schema.STATUS["not_finite"]
    cube["rescaled_loss"].values[0, 0, 0, :, 5:] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        statistics.summarize(cube, seed=0)
