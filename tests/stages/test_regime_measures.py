"""How far a kernel moved and how far an output is from linear, against explicit Jacobians."""

import numpy as np
import pytest
import torch

from crossover.stages.regime import linearization_error, measure
from straightforward import EVERY, normal, ours

N = 5
every_case = pytest.mark.parametrize("case", EVERY.values(), ids=EVERY)


def _problem(case, size, members=2):
    return normal(members, case.count), size * normal(members, case.count, seed=5), normal(N, case.d, seed=1)


@pytest.mark.parametrize("size", [1.0, 1e-3])
@every_case
def test_both_are_those_of_jacobians(case, size):
    w0, change, x = _problem(case, size)
    found = measure(ours(case), w0, change, x)
    for k in range(2):
        J0, J = (case.jacobian(w, x) for w in (w0[k], w0[k] + change[k]))
        wanted = float((J @ J.T - J0 @ J0.T).norm() / (J0 @ J0.T).norm())
        assert float(found["regime_kernel_change"][k]) == pytest.approx(wanted, rel=1e-7)
        moved = torch.stack([case.f(w0[k] + change[k], row) - case.f(w0[k], row) for row in x])
        wanted = float((moved - J0 @ change[k]).norm() / moved.norm())
        # a central difference: the square of 1e-5 of the weights, and rounding over it
        assert float(found["linearization_error"][k]) == pytest.approx(wanted, abs=1e-7)


def test_the_error_of_the_linearisation_falls_with_the_change():
    case = EVERY["L3-softplus-bias0.1"]
    w0, change, x = _problem(case, 1.0, members=1)
    errors = [linearization_error(ours(case), w0[0], size * change[0], x) for size in (1e-2, 1e-4, 1e-6)]
    np.testing.assert_allclose([errors[1] / errors[0], errors[2] / errors[1]], 1e-2, rtol=0.1)


def test_weights_that_are_not_finite_have_neither():
    case = EVERY["L1-softplus-bias0"]
    w0, change, x = _problem(case, 1.0)
    change[1, 0] = torch.nan
    found = measure(ours(case), w0, change, x)
    for values in found.values():
        assert values.isnan().tolist() == [False, True]


def test_no_change_is_lazy():
    case = EVERY["L1-softplus-bias0"]
    w0, change, x = _problem(case, 0.0)
    assert all((values == 0).all() for values in measure(ours(case), w0, change, x).values())
