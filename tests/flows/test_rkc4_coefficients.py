import numpy as np
import pytest
from scipy.integrate import solve_ivp

import derive_rkc4
from crossover.flows.rkc4_coefficients import METHODS
from crossover.flows.rkc4_error import error_weights, tableau

every_method = pytest.mark.parametrize("stages", METHODS)


def split(stages):
    A = tableau(METHODS[stages])
    return A[:-1], A[-1]


def conditions(A, b):
    """Left and right sides of the conditions up to order 4, by order: those up to order 3 come first."""
    c = A.sum(1)
    trees = [np.ones_like(c), c, c**2, A @ c, c**3, c * (A @ c), A @ c**2, A @ (A @ c)]
    return np.array(trees) @ b, 1 / np.array([1, 2, 3, 6, 4, 8, 12, 24])


def factors(method, z):
    """Of the stability polynomial on z, in their order in the step: (s - 3, z)."""
    substeps = [1 + delta * z for delta in method.substeps]
    a, b = np.zeros((4, 4)), np.array(method.weights)
    a[np.tril_indices(4, -1)] = method.block
    series = [1]
    v = np.ones(4)
    for _ in range(4):
        series.append(b @ v)
        v = a @ v
    return np.array([np.polyval(series[::-1], z), *substeps])


def points(method, count=5000):
    return -method.beta * (1 - np.cos(np.linspace(0, np.pi, count))) / 2


def test_there_is_a_method_for_every_number_of_stages():
    assert list(METHODS) == list(range(5, 21))
    for stages, method in METHODS.items():
        assert len(method.substeps) == stages - 4
        assert tableau(method).shape == (stages + 1, stages)


@every_method
def test_the_conditions_of_order_4_hold(stages):
    left, right = conditions(*split(stages))
    np.testing.assert_allclose(left, right, rtol=0, atol=1e-12)


@every_method
def test_the_embedded_solution_has_order_3(stages):
    A, b = split(stages)
    whole = np.zeros((stages + 1, stages + 1))  # with the end of the step as a last stage
    whole[:-1, :-1], whole[-1, :-1] = A, b
    embedded = np.append(b, 0)
    embedded[[0, 1, 2, 3, -1]] += error_weights(METHODS[stages])
    left, right = conditions(whole, embedded)
    np.testing.assert_allclose(left[:4], right[:4], rtol=0, atol=1e-12)
    assert np.abs(left[4:] - right[4:]).max() > 1e-5  # not of order 4: it would estimate nothing


@every_method
def test_the_stability_polynomial_is_damped_up_to_beta_and_follows_the_exponential(stages):
    method = METHODS[stages]
    z = points(method)
    R = factors(method, z).prod(0)
    assert np.abs(R).max() <= 1
    assert np.abs(R[z <= -1]).max() <= 0.901
    assert np.abs(factors(method, np.array([-1.005 * method.beta])).prod()) > 0.95  # beta is the end
    small = -np.array([0.4, 0.2, 0.1])
    error = np.abs(factors(method, small).prod(0) - np.exp(small))
    np.testing.assert_allclose(np.log2(error[:-1] / error[1:]), 5, atol=0.3)


@every_method
def test_the_tableau_has_the_stability_polynomial(stages):
    A, b = split(stages)
    for z in -METHODS[stages].beta * np.array([0.01, 0.1, 0.3]):
        by_stages = 1 + z * b @ np.linalg.solve(np.eye(stages) - z * A, np.ones(stages))
        assert by_stages == pytest.approx(factors(METHODS[stages], z).prod(), abs=1e-9)


def test_beta_grows_with_the_square_of_the_stages():
    stages, beta = np.array(list(METHODS)), np.array([method.beta for method in METHODS.values()])
    share = beta / stages**2
    assert (np.diff(share) > 0).all()  # so beta per evaluation grows, too
    assert share[0] > 0.237
    assert (share[stages >= 12] > 0.33).all()
    assert share[-1] > 0.342  # the limit without damping is about 0.353


@every_method
def test_perturbations_of_stages_do_not_grow(stages):
    """The substeps only damp. The stages of a stiff component grow, as the block does: about (beta / 3)^4, 6e5 at 16 stages and
    4e6 at 20; a perturbation of a stage of the block does not."""
    method = METHODS[stages]
    each = factors(method, points(method))
    assert np.abs(np.cumprod(each[:0:-1], 0)).max() <= 1
    A, b = split(stages)
    for z in points(method, 300):
        assert np.abs(z * np.linalg.solve(np.eye(stages) - z * A.T, b)).max() < 2.5
        values = np.linalg.solve(np.eye(stages) - z * A, np.ones(stages))
        assert np.abs(values).max() < (method.beta / 2.9) ** 4 + 40


@every_method
def test_a_stiff_component_that_follows_a_slow_course_has_a_small_error(stages):
    """y' = z (y - t^2 / 2) + t from y = 0 (Prothero and Robinson) with any stiffness: substeps after the block damp their own
    errors, while a block after them would amplify these, at 16 stages to 500."""
    method = METHODS[stages]
    A, b = split(stages)
    c = A.sum(1)
    defect, end = c**2 / 2 - A @ c, 1 / 2 - b @ c
    errors = [end + z * b @ np.linalg.solve(np.eye(stages) - z * A, defect) for z in points(method, 300)]
    assert np.abs(errors).max() < 0.07


@every_method
def test_coefficients_are_moderate(stages):
    assert np.abs(tableau(METHODS[stages])).max() < 2
    assert np.abs(error_weights(METHODS[stages])).max() < 0.3


@every_method
def test_the_measured_order_is_4(stages):
    def rate(t, y):
        return np.array([-y[0] + y[1] ** 2, -2 * y[1] + np.sin(y[0])])

    A, b = split(stages)
    exact = solve_ivp(rate, (0, 2), [1.0, -0.5], method="DOP853", rtol=1e-13, atol=1e-15).y[:, -1]
    counts, errors = np.array([16, 32, 64]), []
    for count in counts:
        y, step = np.array([1.0, -0.5]), 2 / count
        for _ in range(count):
            rates = np.zeros((stages, 2))
            for i in range(stages):
                rates[i] = rate(0, y + step * A[i] @ rates)
            y = y + step * b @ rates
        errors.append(np.linalg.norm(y - exact))
    assert -np.polyfit(np.log(counts), np.log(errors), 1)[0] == pytest.approx(4, abs=0.2)


@pytest.mark.parametrize("stages", [5, 9])
def test_the_script_derives_them(stages):
    derived = tableau(derive_rkc4.derive(stages))
    np.testing.assert_allclose(derived, tableau(METHODS[stages]), rtol=0, atol=1e-4)  # the optimum of the block is flat
