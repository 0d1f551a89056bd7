import time

import numpy as np
import pytest
import torch

from crossover import flows
from crossover.flows.state import Limits
from problems import SOFT_HINGE, Decay, Straight, run
from small_networks import ANY_FIELD, NETWORKS, contradiction, field_of, of_seeds, train

every = pytest.mark.parametrize("stepper", ANY_FIELD.values(), ids=ANY_FIELD)
every_on_networks = pytest.mark.parametrize("stepper", NETWORKS.values(), ids=NETWORKS)
FOLLOWED = {name: stepper for name, stepper in NETWORKS.items() if name != "adam"}  # known between their steps
every_flow_on_networks = pytest.mark.parametrize("stepper", FOLLOWED.values(), ids=FOLLOWED)


@every
def test_the_stop_of_a_straight_line_is_exact(stepper):
    result = run(stepper, Straight(torch.tensor([1.0, 0.25], dtype=torch.float64)), members=2)
    assert result.status == ["converged"] * 2
    # the root finder ends within 1e-8 of the step, and the solution is exact for both methods
    np.testing.assert_allclose(result.t_stop, [1.0, 4.0], rtol=1e-7)
    assert (result.F >= 1).all()


@every
def test_half_loss_of_a_straight_line_is_exact_and_its_curve_close(stepper):
    times = [0.1, 0.3, 0.9, 2.0]
    result = run(stepper, Straight(torch.ones(1, dtype=torch.float64)), members=1, times=times)
    loss = SOFT_HINGE.value(torch.tensor([0.0, 0.1, 0.3, 0.9], dtype=torch.float64))
    half = float(SOFT_HINGE.value(torch.tensor([result.t_half[0]], dtype=torch.float64)))
    assert half == pytest.approx(float(loss[0]) / 2, rel=1e-7)  # the location of the event
    # a cubic over a step in which the margin moves by up to 0.6 here (nothing else limits a straight line), while the
    # loss of this one pattern bends within 1/20; the mean over the patterns of a network is smooth, see the next test
    np.testing.assert_allclose(result.curve[0, :3], loss[1:], atol=0.05)
    assert np.isnan(result.curve[0, 3])  # after the stop


@every_flow_on_networks
def test_the_curve_of_a_network_passes_half_its_start_at_the_time_of_half_loss(stepper):
    times = np.geomspace(1e-3, 1e3, 2000)
    result = train(stepper, field_of([0, 1]), times=times)
    for curve, t_half in zip(result.curve, result.t_half, strict=True):
        there = np.isfinite(curve)
        at_half = np.interp(np.log(t_half), np.log(times[there]), curve[there])
        # cubic in a step against the network at a point inside it, twelve patterns
        assert at_half == pytest.approx(float(SOFT_HINGE.value(torch.zeros(1).double())) / 2, rel=5e-3)


@every
def test_the_slowest_pattern_decides_the_stop(stepper):
    stiffness = torch.tensor([[1.0, 2.0, 5.0]], dtype=torch.float64)
    result = run(stepper, Decay(stiffness), members=1)
    # y = 2 (1 - exp(-t)) reaches 1 at ln 2; both methods are within their error of a step
    assert result.t_stop[0] == pytest.approx(np.log(2), rel=5e-3)
    assert float(result.F.min()) == pytest.approx(1, abs=1e-6)


@every_on_networks
def test_a_member_does_not_depend_on_its_batch(stepper):
    together, alone = train(stepper, field_of([0, 1, 2])), train(of_seeds(stepper, [1]), field_of([1]))
    assert abs(together.work.evaluations[1] - alone.work.evaluations[0]) <= 3  # the root finder may take a call more or less
    # batched matrix products may round differently
    torch.testing.assert_close(together.F[1], alone.F[0], rtol=1e-6, atol=1e-9)
    assert together.t_stop[1] == pytest.approx(alone.t_stop[0], rel=1e-6)


@every_on_networks
def test_a_member_does_not_depend_on_one_that_is_not_finite(stepper):
    field = field_of([0, 1])
    w0 = field.anchor.w0.index_fill(0, torch.tensor([0]), torch.nan)
    broken = field._replace(anchor=field.anchor.network.anchor(w0, field.anchor.x))
    result, alone = train(stepper, broken), train(of_seeds(stepper, [1]), field_of([1]))
    assert result.status == ["not_finite", "converged"]
    torch.testing.assert_close(result.F[1], alone.F[0], rtol=1e-6, atol=1e-9)  # as above


@every_on_networks
def test_a_network_that_cannot_fit_reaches_the_evaluation_limit(stepper):
    x, labels = contradiction()
    result = train(stepper, field_of([0], x=x, labels=labels), limits=Limits(24, 600.0), times=[1e-3])
    assert result.status == ["evaluation_limit"]
    assert result.work.total()[0] >= 24
    assert np.isfinite(result.curve[0, 0])


@every_flow_on_networks
def test_a_network_that_cannot_fit_is_given_up_in_time(stepper):
    """Where the outputs rest between their labels, a tangent step has no end of its own."""
    x, labels = contradiction()
    begun = time.monotonic()
    result = train(stepper, field_of([0], x=x, labels=labels), limits=Limits(10**9, 1.0), times=[1e-3])
    assert result.status == ["time_limit"]
    assert time.monotonic() - begun < 20  # and one step
    assert np.isfinite(result.curve[0, 0])
    # at rest three pull up as much as one down: 3 sigmoid(20 (1 - F)) = sigmoid(20 (1 + F)), which is 1
    np.testing.assert_allclose(result.F, 1 + np.log(2) / 20, rtol=1e-3)


@every_on_networks
def test_a_member_that_is_late_reaches_the_time_limit(stepper):
    result = train(stepper, field_of([0, 1]), limits=Limits(20_000, 0.0))
    assert result.status == ["time_limit"] * 2
    assert (result.work.evaluations < 20).all()


def test_a_flow_whose_steps_are_never_accepted_ends_with_step_underflow():
    euler = flows.load("euler", gradient_change=1e-300, output_change=1e-300)
    result = run(euler, Decay(torch.ones((1, 3), dtype=torch.float64)), members=1)
    assert result.status == ["step_underflow"]


@every
def test_a_member_that_fits_at_the_start_converges_at_once(stepper):
    result = run(stepper, Straight(torch.ones(1, dtype=torch.float64)), members=1, y=torch.full((1, 3), 1.5).double())
    assert result.status == ["converged"]
    assert result.t_stop[0] == 0


def test_the_loss_rate_is_that_of_the_rescaled_loss():
    field = field_of([0, 1])
    y = 0.1 * torch.ones_like(field.anchor.w0)
    F, rate = field.outputs_and_rate(y)
    dt = 1e-6
    ahead, behind = (field.loss.value(field.outputs(y + s * dt * rate) * field.labels).mean(1) for s in (1, -1))
    # central difference: relative error of the order dt^2 and of rounding / dt
    torch.testing.assert_close(field.loss_rate(F, rate), (ahead - behind) / (2 * dt), rtol=1e-5, atol=1e-8)


def test_the_rate_is_minus_the_gradient_of_the_loss_of_equation_7():
    field = field_of([0, 1])
    y = 0.1 * torch.ones_like(field.anchor.w0)
    F, rate = field.outputs_and_rate(y)
    network, w0, x = field.anchor.network, field.anchor.w0, field.anchor.x
    w = (w0 + y).requires_grad_()
    outputs = field.alpha[:, None] * (network.outputs(w, x) - network.outputs(w0, x))
    loss = (field.loss.value(outputs * field.labels).mean(1) / field.alpha**2).sum()
    (gradient,) = torch.autograd.grad(loss, w)
    # the same sums in another order, float64
    torch.testing.assert_close(F, outputs.detach(), rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(rate, -gradient, rtol=1e-10, atol=1e-13)
