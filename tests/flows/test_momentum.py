"""Momentum against the damped oscillator, the gradient flow and a tight general solver."""

from typing import NamedTuple

import mpmath
import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp
from torch import Tensor

from crossover import flows
from crossover.flows.frozen import KernelField
from crossover.flows.kernels import Kernels
from crossover.flows.loop import integrate
from crossover.flows.momentum import phi
from crossover.flows.state import Limits, State, Work
from problems import SOFT_HINGE, Straight, run
from small_networks import field_of, train


class Springs(NamedTuple):
    """F = y and a rate -stiffness (y - 2): under momentum each pattern is an oscillator damped by tau, shape (member, n)."""

    stiffness: Tensor
    sqrt_h_alpha: Tensor

    def select(self, members):
        return Springs(self.stiffness[members], self.sqrt_h_alpha[members])

    def outputs(self, y):
        return y

    def outputs_and_rate(self, y):
        return y, -self.stiffness * (y - 2)


def springs(stiffness, a=(1.0,)):
    return Springs(torch.tensor(stiffness, dtype=torch.float64), torch.tensor(a, dtype=torch.float64))


def oscillator(t, tau, k):
    """tau y'' + y' + k (y - 2) = 0 from rest at 0: its position and velocity, complex roots and all."""
    root = np.emath.sqrt(1 - 4 * tau * k)
    fast, slow = (-1 - root) / (2 * tau), (-1 + root) / (2 * tau)
    y = 2 - 2 * (fast * np.exp(slow * t) - slow * np.exp(fast * t)) / (fast - slow)
    v = -2 * fast * slow * (np.exp(slow * t) - np.exp(fast * t)) / (fast - slow)
    return np.real(y), np.real(v)


def steps(stepper, field, count, until, n=3):
    """State after so many equal steps, none undone."""
    y = torch.zeros(len(field.sqrt_h_alpha), n).double()
    index = torch.arange(len(y))
    nothing = torch.zeros(len(y)).double()
    state = stepper.start(field, State(index, nothing, nothing + until / count, y, *field.outputs_and_rate(y), Work.of(index)))
    for _ in range(count):
        proposal = stepper._replace(tolerance=1e300).step(field, state)
        assert proposal.accept.all()
        state = state._replace(t=state.t + state.dt, y=proposal.y, F=proposal.F, rate=proposal.rate, memory=proposal.memory)
    return state


def test_the_phi_functions_agree_with_many_digits():
    z = torch.tensor([1e-9, 1e-3, 0.049999, 0.050001, 0.3, 2.0, 40.0, 1e4], dtype=torch.float64)
    with mpmath.workdps(60):
        exact = [[(1 - mpmath.exp(-x)) / x for x in map(mpmath.mpf, z.tolist())]]
        for last in (1, mpmath.mpf(1) / 2):
            exact.append([(last - value) / x for value, x in zip(exact[-1], map(mpmath.mpf, z.tolist()), strict=True)])
        wanted = torch.tensor([[float(value) for value in row] for row in exact], dtype=torch.float64)
    # the third is a difference over z^3, from 1.25e-4 on
    torch.testing.assert_close(torch.stack(phi(z)), wanted, rtol=1e-11, atol=0)


# undamped almost, oscillating, critical, overdamped, and tau so short that it is gradient flow
@pytest.mark.parametrize(("tau", "until"), [(100.0, 1.0), (1.0, 1.0), (1 / 12, 1.0), (0.01, 0.1), (1e-9, 1.0)])
def test_the_order_on_a_damped_oscillator_is_2(tau, until):
    k = 3.0
    y, v = oscillator(until, tau * (1 + 1e-9), k)  # the two roots apart
    errors = []
    for count in (100, 200):
        state = steps(flows.load("momentum", tolerance=1.0, c_tau=tau), springs([[k] * 3]), count, until)
        errors.append(abs(float(state.y[0, 0]) - y))
        assert float(state.memory.velocity[0, 0]) == pytest.approx(v, abs=5e-3)  # second order, and some
    assert np.log2(errors[0] / errors[1]) == pytest.approx(2, abs=0.2)
    assert errors[1] < 2e-3


@pytest.mark.parametrize("tau", [10.0, 1e-3])
def test_under_a_constant_force_one_step_is_exact(tau):
    class Pulled(Springs):
        def outputs_and_rate(self, y):
            return y, torch.full_like(y, 0.7)

    state = steps(flows.load("momentum", tolerance=1.0, c_tau=tau), Pulled(*springs([[1.0] * 3])), 1, 2.0)
    wanted = 0.7 * (2 - tau * -np.expm1(-2 / tau))
    assert float(state.y[0, 0]) == pytest.approx(wanted, rel=1e-12)  # rounding
    assert float(state.memory.velocity[0, 0]) == pytest.approx(0.7 * -np.expm1(-2 / tau), rel=1e-12)


def test_tau_grows_with_sqrt_h_alpha_up_to_1000_and_is_that_of_each_member():
    stepper = flows.load("momentum", tolerance=1.0, c_tau=1e-3)
    together = steps(stepper, springs([[3.0] * 3] * 3, (1e2, 1e3, 1e7)), 40, 2.0)
    assert torch.equal(together.y[1], together.y[2])
    for k, a in enumerate((1e2, 1e3)):
        assert torch.equal(together.y[k], steps(stepper, springs([[3.0] * 3], (a,)), 40, 2.0).y[0])
        y, _ = oscillator(2.0, 1e-3 * a, 3.0)
        assert float(together.y[k, 0]) == pytest.approx(y, abs=5e-3)  # second order, steps of 1/20


def test_where_tau_grows_with_time_it_converges_to_a_tight_solution():
    mu, k, start, until = 3.0, 3.0, 1e-9, 2.0

    def rate(t, state):
        return [state[1], mu / t * (-k * (state[0] - 2) - state[1])]

    tight = solve_ivp(rate, (start, until), [0.0, 2 * k], method="Radau", rtol=1e-11, atol=1e-13).y[0, -1]
    stepper = flows.load("momentum", tolerance=1.0, mu=mu)
    errors = [abs(float(steps(stepper, springs([[k] * 3]), count, until).y[0, 0]) - tight) for count in (200, 400)]
    assert np.log2(errors[0] / errors[1]) > 1.5  # near t = 0 tau changes much in a step, however short
    assert errors[1] < 1e-3


def test_a_smaller_tolerance_is_a_smaller_error_and_the_stop_is_that_of_the_oscillator():
    tau, k = 0.5, 3.0  # passes 1 on its first swing
    errors = []
    for tolerance in (1e-2, 1e-3, 1e-4):
        result = run(flows.load("momentum", tolerance=tolerance, c_tau=tau), springs([[k] * 3]), members=1)
        assert result.status == ["converged"]
        y, _ = oscillator(result.t_stop[0], tau, k)
        errors.append(abs(y - 1))
    # the error of a step is estimated by that of order 1, so the error falls about as the tolerance
    assert errors[0] < 1e-2
    assert errors[1] < errors[0] / 4
    assert errors[2] < errors[1] / 4


def test_a_network_goes_where_a_tight_general_solver_takes_it():
    field = field_of([0], sqrt_h_alpha=10.0, n=6)
    tau, (_, P), labels = 0.1 * 10, field.anchor.w0.shape, field.labels

    def rate(t, state):
        y, v = np.split(state, [P])
        return np.concatenate([v, (field.outputs_and_rate(torch.from_numpy(y)[None])[1][0].numpy() - v) / tau])

    def stop(t, state):
        return float((field.outputs(torch.from_numpy(state[:P])[None]) * labels).min()) - 1

    stop.terminal = True
    tight = solve_ivp(rate, (0, 1e4), np.zeros(2 * P), method="DOP853", events=stop, rtol=1e-6, atol=1e-8)
    result = train(flows.load("momentum", tolerance=3e-4, c_tau=0.1), field)
    wanted = tight.y_events[0][0][:P]
    # hundreds of steps that each leave under their tolerance
    assert result.t_stop[0] == pytest.approx(tight.t_events[0][0], rel=1e-3)
    assert np.linalg.norm(result.y[0].numpy() - wanted) < 1e-3 * np.linalg.norm(wanted)


def test_with_a_short_tau_it_is_gradient_flow():
    field = field_of([0, 1], sqrt_h_alpha=[1.0, 1e3], n=6)
    exact = train(flows.load("rkc", tolerance=1e-5, order=4), field)
    result = train(flows.load("momentum", tolerance=1e-3, c_tau=1e-9), field)
    np.testing.assert_allclose(result.t_stop, exact.t_stop, rtol=2e-3)  # steps that leave up to their tolerance
    assert ((result.y - exact.y).norm(dim=1) < 2e-3 * exact.y.norm(dim=1)).all()


def test_frozen_kernels_move_the_outputs_as_they_move_the_weights():
    """Far on the lazy side momentum on the outputs' coefficients is momentum on the weights."""
    field = field_of([0, 1], sqrt_h_alpha=1e6, n=6)
    stepper = flows.load("momentum", tolerance=1e-3, c_tau=1e-3)
    kernel = field.linearize(torch.zeros_like(field.anchor.w0)).kernel()
    frozen = KernelField(SOFT_HINGE, Kernels.of(kernel), field.labels, field.initial, field.sqrt_h_alpha)
    on_weights = train(stepper, field)
    on_outputs = integrate(
        stepper,
        frozen,
        y=torch.zeros_like(on_weights.F),
        labels=field.labels,
        loss=SOFT_HINGE,
        first_step=field.alpha.double() / 8,
        times=np.array([]),
        limits=Limits(20_000, 600.0),
        progress=lambda ended, state: None,
    )
    # the kernel changes by 1e-5 or so
    np.testing.assert_allclose(on_outputs.t_stop, on_weights.t_stop, rtol=1e-3)
    torch.testing.assert_close(on_outputs.F, on_weights.F, rtol=1e-3, atol=1e-3)


def test_the_outputs_inside_a_step_lie_on_a_parabola():
    stepper = flows.load("momentum", tolerance=1e9, c_tau=1.0)
    field = Straight(torch.ones(1).double())
    index, at = torch.tensor([0]), lambda t: torch.tensor([[t * t - 3 * t]], dtype=torch.float64)
    memory = stepper.start(
        springs([[1.0]]), State(index, *[torch.zeros(1).double()] * 2, at(0), at(0), at(0), Work.of(index))
    ).memory
    # steps from 1 to 1.5 and from there to 3.5
    memory = memory._replace(before=at(1.0), dt=torch.tensor([0.5]).double())
    state = State(index, torch.tensor([1.5]).double(), None, at(1.5), at(1.5), None, None, memory)
    proposal = State(index, None, torch.tensor([2.0]).double(), at(3.5), at(3.5), None, None, memory)
    for theta in (0.0, 0.2, 1.0):
        found = stepper.inside(field, state, proposal).outputs(torch.tensor([theta], dtype=torch.float64), index)
        assert float(found) == pytest.approx(float(at(1.5 + 2 * theta)), abs=1e-12)


@pytest.mark.parametrize("laws", [{}, {"c_tau": 1e-3, "mu": 1000.0}])
def test_momentum_has_one_law(laws):
    with pytest.raises(ValueError, match="give one of them"):
        flows.load("momentum", tolerance=1e-3, **laws)
