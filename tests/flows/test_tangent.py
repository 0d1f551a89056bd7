"""Tangent-kernel steps: exact where the kernel does not move, of third order where it does."""

from typing import NamedTuple

import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp
from scipy.special import expit
from torch import Tensor

from crossover import flows
from crossover.flows.outputs import OutputPoints
from crossover.flows.state import State, Work, take
from problems import SOFT_HINGE
from small_networks import field_of, train

N = 6
LABELS = torch.tensor([1.0, -1.0, 1.0, 1.0, -1.0, 1.0]).double()


class Linear(NamedTuple):
    """F = A y: its kernel A A' is the same everywhere."""

    A: Tensor  # (member, n, P)
    loss: object = SOFT_HINGE
    labels: Tensor = LABELS

    def select(self, members):
        return self._replace(A=self.A[members])

    def outputs(self, y):
        return (self.A @ y[:, :, None])[:, :, 0]

    def force(self, F):
        return -self.loss.derivative(F * self.labels) * self.labels / len(self.labels)

    def pullback(self, c):
        return (c[:, None, :] @ self.A)[:, 0, :]

    def outputs_and_rate(self, y):
        F = self.outputs(y)
        return F, self.pullback(self.force(F))

    def loss_rate(self, F, rate):
        return -rate.square().sum(1)

    def linearize(self, y):
        return Derivatives(self.outputs(y), self)


class Derivatives(NamedTuple):
    F: Tensor
    field: Linear

    def select(self, members):
        return Derivatives(self.F[members], self.field.select(members))

    def pullback(self, c):
        return self.field.pullback(c)

    def kernel(self):
        return self.field.A @ self.field.A.mT


def linear(members=2):
    return Linear(torch.randn(members, N, 20, generator=torch.Generator().manual_seed(0), dtype=torch.float64) / 4)


def begin(stepper, field, y):
    index, (F, rate) = torch.arange(len(y)), field.outputs_and_rate(y)
    t = torch.zeros(len(y), dtype=torch.float64)
    return stepper.start(field, State(index, t, t + 0.1, y, F, rate, Work.of(index, evaluations=1)))


def frozen_flow(field, k, t):
    """F of a linear member at a time, and the time at which the last margin is 1, by scipy."""
    kernel, y = (field.A[k] @ field.A[k].T).numpy(), LABELS.numpy()

    def rate(_, F):
        return kernel @ (expit(20 * (1 - F * y)) * y) / N

    def stop(_, F):
        return (F * y).min() - 1

    stop.direction = 1
    return solve_ivp(rate, (0, t), np.zeros(N), method="LSODA", rtol=1e-11, atol=1e-13, events=stop)


def test_where_the_kernel_is_constant_a_step_is_the_frozen_flow():
    field, stepper = linear(), flows.load("tangent", tolerance=1e-6)
    state = begin(stepper, field, torch.zeros(2, 20).double())
    for _ in range(3):  # the second finds the whole way
        proposal = stepper.step(field, state)
        assert proposal.accept.all()
        assert (proposal.memory.error < 1e-10).all()  # rounding: nothing else is wrong about the prediction
        end = state.t + proposal.dt
        for k in range(2):
            exact = frozen_flow(field, k, float(end[k])).y[:, -1]
            np.testing.assert_allclose(proposal.F[k], exact, atol=3e-5)  # inner steps of 3e-7, some dozens
        torch.testing.assert_close(proposal.F, field.outputs(proposal.y), rtol=0, atol=1e-12)
        assert proposal.rate.isnan().all()
        assert torch.equal(proposal.work.kernels, torch.tensor([1, 1]))
        assert torch.equal(proposal.work.evaluations, torch.tensor([3, 3]))
        state = State(state.index, end, proposal.dt_next, *proposal[2:5], state.work, proposal.memory)


@pytest.mark.parametrize("name", ["tangent", "auto"])
def test_a_linear_problem_takes_a_few_kernels_to_the_stop(name, monkeypatch):
    from crossover.flows import auto
    from problems import run

    monkeypatch.setattr(auto.Costs, "of", classmethod(lambda cls, field: cls(1.0, 1.0, 1.0)))
    field = linear()
    result = run(flows.load(name, tolerance=1e-5), Signed(field), members=2, n=N, y=torch.zeros(2, 20).double())
    assert result.status == ["converged"] * 2
    for k in range(2):
        exact = frozen_flow(field, k, 1e4).t_events[0][0]
        assert result.t_stop[k] == pytest.approx(exact, rel=1e-4)
    assert (result.work.kernels <= 4).all()


class Signed(Linear):
    """The linear problem with its labels in its outputs, so that all labels are +1."""

    def __new__(cls, field):
        return Linear(field.A * LABELS[:, None], labels=torch.ones(N).double())


def step_of(field, length, tolerance=1e-9):
    """A step from the start in which alpha times the weights moves by ``length``."""
    stepper = flows.load("tangent", tolerance=tolerance)
    state = begin(stepper, field, torch.zeros_like(field.anchor.w0))
    memory = state.memory._replace(length=torch.full_like(state.dt, length))
    state = state._replace(dt=torch.full_like(state.dt, 1e6), memory=memory)
    return stepper, state, stepper.step(field, state)


def weights_flow(field, t):
    """The outputs of a network, one member, at a time by scipy."""

    def rate(_, y):
        return field.outputs_and_rate(torch.tensor(y)[None])[1][0].numpy()

    y = solve_ivp(rate, (0, t), np.zeros(field.anchor.w0.shape[1]), method="DOP853", rtol=1e-11, atol=1e-13).y[:, -1]
    return field.outputs(torch.tensor(y)[None])


@pytest.mark.parametrize("activation", ["softplus", "tanh"])
def test_the_error_of_a_step_is_of_third_order_in_its_length(activation):
    field = field_of([0], sqrt_h_alpha=10.0, n=N, activation=activation)
    lengths, errors, estimates = np.array([0.4, 0.2, 0.1]), [], []
    for length in lengths:
        _, _, proposal = step_of(field, length)
        errors.append(float((proposal.F - weights_flow(field, float(proposal.dt[0]))).norm()))
        estimates.append(float(proposal.dense.error.norm()))
    for sizes in (errors, estimates):
        assert np.polyfit(np.log(lengths), np.log(sizes), 1)[0] == pytest.approx(3, abs=0.3)


def test_a_step_ends_where_the_weights_have_moved_by_its_length():
    field = field_of([0, 1], sqrt_h_alpha=10.0, n=N)
    for length in (0.4, 0.05):
        _, state, proposal = step_of(field, length, tolerance=1e-6)
        moved = field.alpha * (proposal.dense.predicted - state.y).norm(dim=1)
        # the line between the ends of the last inner step
        torch.testing.assert_close(moved, torch.full_like(moved, length), rtol=0.01, atol=0)


def test_inside_a_step_the_outputs_are_about_those_of_the_weights_and_meet_them_at_its_ends():
    field = field_of([0, 1], sqrt_h_alpha=10.0, n=N)
    stepper, state, proposal = step_of(field, 0.4)
    inside, k = stepper.inside(field, state, proposal), torch.arange(2)
    for theta in (0.0, 0.3, 0.7, 1.0):
        part = torch.full((2,), theta).double()
        found, there = inside.outputs(part, k), field.outputs(inside.state(part))
        close = 1e-9 if theta in (0, 1) else 3 * float(proposal.dense.error.abs().max())
        torch.testing.assert_close(found, there, rtol=0, atol=close)
    torch.testing.assert_close(inside.state(torch.ones(2).double()), proposal.y, rtol=0, atol=1e-12)
    torch.testing.assert_close(inside.outputs(torch.ones(1).double(), k[1:]), proposal.F[1:], rtol=0, atol=1e-12)


@pytest.mark.parametrize("parameterization", ["ntk", "mean_field"])  # a rate of 1 and another
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=["float64", "float32"])
def test_inside_a_step_the_outputs_on_other_points_move_as_those_on_the_training_points_and_as_the_weights_say(
    parameterization, dtype
):
    field = field_of([0, 1, 2], sqrt_h_alpha=[3.0, 10.0, 100.0], n=N, dtype=dtype, parameterization=parameterization)
    assert (field.anchor.network.rate == 1) == (parameterization == "ntk")
    stepper, state, proposal = step_of(field, 0.3, tolerance=1e-4)
    inside, k = stepper.inside(field, state, proposal), torch.arange(3)
    network, w0, x = field.anchor.network, field.anchor.w0, field.anchor.x
    trained = inside.elsewhere(OutputPoints.of(network, w0, x))
    points = torch.randn(4, 5, generator=torch.Generator().manual_seed(3), dtype=torch.float64).to(dtype)
    others = OutputPoints.of(network, w0, points)
    elsewhere, change = inside.elsewhere(others), others.change(proposal.y)
    rounding, size = 1e3 * torch.finfo(dtype).eps, change.abs().amax(1, keepdim=True)
    for theta in (0.0, 0.3, 0.7, 1.0):
        part = torch.full((3,), theta).double()
        torch.testing.assert_close(field.alpha[:, None] * trained(part), inside.outputs(part, k), rtol=0, atol=rounding)
        off = (elsewhere(part) - others.change(inside.state(part))).abs() / size
        assert off.max() < (rounding if theta in (0, 1) else 0.02)
    part = torch.full((3,), 0.3).double()
    for some in (torch.tensor([False, True, True]), torch.tensor([2]), torch.tensor([2, 0])):
        alone = stepper.inside(field.select(some), *take((state, proposal), some))
        assert torch.equal(alone.elsewhere(others.select(some))(part[some]), elsewhere(part)[some])
        assert torch.equal(alone.state(part[some]), inside.state(part)[some])


@pytest.mark.parametrize("sqrt_h_alpha", [0.1, 100.0])
def test_force_pullback_and_kernel_belong_together(sqrt_h_alpha):
    field = field_of([0, 1], sqrt_h_alpha=sqrt_h_alpha, n=N)
    y = 0.1 * torch.randn(field.anchor.w0.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    here = field.linearize(y)
    rows = torch.stack([here.pullback(row.expand(2, N)) for row in torch.eye(N).double()], dim=1)  # (member, n, P): J / alpha
    alpha = field.alpha[:, None, None]
    torch.testing.assert_close(here.kernel(), alpha**2 * rows @ rows.mT, rtol=1e-11, atol=1e-11)
    # what the pullback of c does to the outputs
    c, step = torch.randn(2, N, generator=torch.Generator().manual_seed(2), dtype=torch.float64), 1e-5 * sqrt_h_alpha
    ahead, behind = (field.outputs(y + s * step * here.pullback(c)) for s in (1, -1))
    moved = (here.kernel() @ c[:, :, None])[:, :, 0]
    torch.testing.assert_close((ahead - behind) / (2 * step), moved, rtol=1e-5, atol=1e-6 * float(moved.abs().max()))
    F = here.F.clone().requires_grad_()
    [gradient] = torch.autograd.grad(field.loss.value(F * field.labels).mean(1).sum(), F)
    torch.testing.assert_close(field.force(here.F), -gradient, rtol=1e-10, atol=1e-14)
    torch.testing.assert_close(field.outputs_and_rate(y)[1], here.pullback(field.force(here.F)), rtol=0, atol=0)


def test_a_rejected_step_is_shortened_and_keeps_the_kernel():
    field = field_of([0], sqrt_h_alpha=1.0, n=N)
    stepper, state, _ = step_of(field, 1.0, tolerance=1e-5)
    proposal = stepper.step(field, state)
    assert not proposal.accept.any()
    assert float(proposal.memory.length[0]) < 0.7 * 1.0
    torch.testing.assert_close(proposal.memory.kernel, state.memory.kernel, rtol=0, atol=0)
    assert float(proposal.dt_next[0]) <= float(proposal.dt[0])


def test_the_error_follows_the_tolerance():
    field, errors = field_of([0], sqrt_h_alpha=3.0, n=N), []
    exact = train(flows.load("rkc", tolerance=1e-8, order=4), field)
    for tolerance in (1e-2, 1e-4):
        result = train(flows.load("tangent", tolerance=tolerance), field)
        errors.append(float((result.F - exact.F).norm()))
    # the sum over tolerance^(-1/3) steps: 100 times the tolerance is 100^(2/3) = 20 times the error, more or less
    assert errors[1] < errors[0] / 5
    assert errors[1] < 3e-3
