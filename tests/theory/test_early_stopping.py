import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from crossover.theory import kernel_matrix, symmetric_kernel_matrix, tabulated_ntk
from crossover.theory.early_stopping import factor, normalized_time, projection, spectrum
from crossover.theory.limits import trivial_factor, trivial_projection
from crossover.theory.network import limiting_ntk
from crossover.theory.points import uniform_on_sphere


@pytest.fixture
def problem():
    """A training kernel of 12 points, the kernel with 5 others, and labels."""
    generator = np.random.default_rng(0)
    x, test = uniform_on_sphere(12, 4, generator), uniform_on_sphere(5, 4, generator)
    kernel = tabulated_ntk(3)
    return symmetric_kernel_matrix(kernel, x), kernel_matrix(kernel, test, x), generator.standard_normal(12)


@pytest.mark.parametrize("time", [0.1, 1.0, 20.0])
def test_predictions_are_those_of_the_gradient_flow(problem, time):
    kernel, cross, labels = problem

    def rate(_, state):
        residual = state[:12] - labels
        return np.concatenate([-kernel @ residual, -cross @ residual])

    flow = solve_ivp(rate, (0, time), np.zeros(17), rtol=1e-10, atol=1e-12, method="DOP853").y[:, -1]
    trained = spectrum(kernel)
    np.testing.assert_allclose(projection(trained, cross, time) @ labels, flow[12:], atol=1e-8)
    np.testing.assert_allclose(projection(trained, kernel, time) @ labels, flow[:12], atol=1e-8)


def test_without_end_the_training_points_are_fitted_and_others_interpolated(problem):
    kernel, cross, labels = problem
    trained = spectrum(kernel)
    np.testing.assert_allclose(projection(trained, kernel, math.inf), np.eye(12), atol=1e-12)
    np.testing.assert_allclose(projection(trained, cross, math.inf) @ labels, cross @ np.linalg.solve(kernel, labels), atol=1e-11)
    np.testing.assert_allclose(projection(trained, cross, 1e9), projection(trained, cross, math.inf), atol=1e-12)


def test_the_factor_keeps_its_digits_and_never_passes_the_time():
    values = np.array([-1e-18, 0.0, 1e-14, 1e-3, 1.0, 2e3])
    for time in (1e-3, 1.0, 100.0):
        wanted = [time, time] + [time * (1 - time * value / 2) for value in values[2:3]]
        found = factor(values, time)
        np.testing.assert_allclose(found[:3], wanted, rtol=1e-13)
        assert (found[1:] <= time).all()
        assert (found[3:] <= 1 / values[3:]).all()
    np.testing.assert_allclose(factor(np.array([2.0, 5e3]), 1e6), [0.5, 2e-4], rtol=1e-15)


def test_a_time_of_the_network_is_one_of_the_normalized_kernel():
    x = 1.5 * uniform_on_sphere(10, 4, np.random.default_rng(2))
    weights, time, square = 4, 3.0, 1.5**2 / 4
    own = spectrum(limiting_ntk(x, x, weights, gain=1.0))
    normalized = symmetric_kernel_matrix(tabulated_ntk(weights), x)
    inner = normalized_time(time, weights, gain=1.0, square=square)
    np.testing.assert_allclose(
        projection(own, limiting_ntk(x, x, weights, gain=1.0), time),
        projection(spectrum(normalized), normalized, inner),
        atol=1e-10,
    )
    assert inner == pytest.approx(time * square * 4 / 8, rel=1e-15)


@pytest.mark.parametrize("time", [0.5, 10.0, math.inf])
def test_the_limit_of_infinite_depth_is_its_closed_form(time):
    n = 9
    trained = spectrum(0.75 * np.eye(n) + 0.25)
    # rows of points far from all: 1/4 each
    np.testing.assert_allclose(projection(trained, np.full((1, n), 0.25), time)[0], trivial_projection(n, time), rtol=1e-12)
    np.testing.assert_allclose(factor(trained.values, time)[:-1], trivial_factor(time), rtol=1e-12)


def test_eigenvalues_of_rounding_are_reported_and_stop_an_infinite_time(problem):
    x = uniform_on_sphere(12, 4, np.random.default_rng(0))
    x[7] = x[2]
    trained = spectrum(symmetric_kernel_matrix(tabulated_ntk(3), x))
    assert trained.unresolved == 1
    assert spectrum(problem[0]).unresolved == 0
    with pytest.raises(ValueError, match="`time` is inf, but 1 eigenvalues are rounding"):
        projection(trained, problem[1], math.inf)
    assert np.isfinite(projection(trained, problem[1], 1e4)).all()


def test_wrong_input_is_an_error():
    with pytest.raises(ValueError, match=r"`kernel` has shape \(2, 3\)"):
        spectrum(np.zeros((2, 3)))
    with pytest.raises(ValueError, match="`kernel` has shape"):
        spectrum(np.full((2, 2), np.nan))
    with pytest.raises(ValueError, match="`kernel` differs from its transpose"):
        spectrum(np.array([[1.0, 0.1], [0.2, 1.0]]))
    with pytest.raises(ValueError, match="`time` is 0"):
        factor(np.ones(2), 0)
    with pytest.raises(ValueError, match=r"`values` has .* and `time` is inf"):
        factor(np.array([0.0, 1.0]), math.inf)
