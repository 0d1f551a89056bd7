"""Preactivations, and their speed at t = 0 by forward-mode derivatives."""

import pytest
import torch

from crossover.flows.preactivations import speeds
from problems import SOFT_HINGE
from straightforward import EVERY, normal, ours

N = 5


@pytest.mark.parametrize("case", EVERY.values(), ids=EVERY)
def test_preactivations_are_those_of_the_formula(case):
    w, x = normal(2, case.count), normal(N, case.d, seed=1)
    found = ours(case).preactivations(w, x)
    assert len(found) == case.L
    for k in range(2):
        for layer, wanted in enumerate(zip(*(case.layers(w[k], row)[1] for row in x), strict=True)):
            # sums of a few hundred products in float64
            torch.testing.assert_close(found[layer][k], torch.stack(wanted), rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("case", EVERY.values(), ids=EVERY)
def test_speeds_are_those_of_a_small_step_of_the_formula(case):
    w0, x = normal(2, case.count), normal(N, case.d, seed=1)
    labels, alpha = torch.tensor([1.0, -1.0, 1.0, -1.0, 1.0]).double(), torch.tensor([0.5, 2.0]).double()
    found = speeds(ours(case), SOFT_HINGE, w0=w0, x=x, labels=labels, alpha=alpha, rows=2)
    assert found.shape == (2, case.L)
    for k in range(2):
        # -rate grad L = -rate (1 / n) sum_mu l'(0) y_mu grad f(x_mu) / alpha, where F = 0
        slope = SOFT_HINGE.derivative(torch.zeros(N).double())
        rate = -case.rate * (slope * labels) @ case.jacobian(w0[k], x) / N / alpha[k]
        step = 1e-6 / rate.norm()
        moved = [[case.layers(w0[k] + sign * step * rate, row)[1] for row in x] for sign in (1, -1)]
        for layer in range(case.L):
            ahead, back = (torch.stack([row[layer] for row in rows]) for rows in moved)
            wanted = ((ahead - back) / (2 * step)).square().mean().sqrt()
            # central differences over 1e-6: 1e-12 of third derivatives, 1e-10 of rounding
            assert float(found[k, layer]) == pytest.approx(float(wanted), rel=1e-7)


def test_speeds_fall_as_the_root_of_the_width_at_fixed_alpha():
    """Claim C12; and not at all at fixed sqrt(h) alpha."""
    case = EVERY["L2-softplus-bias0"]
    x, labels = normal(20, case.d, seed=1), torch.ones(20).double()
    labels[::2] = -1
    x *= (case.d / x.square().sum(1, keepdim=True)).sqrt()
    means = []
    for h in (64, 1024):
        wide = case._replace(h=h)
        w0, alpha = normal(8, wide.count, seed=h), torch.ones(8).double()
        means.append(speeds(ours(wide), SOFT_HINGE, w0=w0, x=x, labels=labels, alpha=alpha, rows=20).mean(0))
    slope = torch.log(means[1] / means[0]) / torch.log(torch.tensor(16.0))
    assert slope.tolist() == pytest.approx([-0.5, -0.5], abs=0.1)  # eight members: some percent of a speed, 0.02 of the slope
