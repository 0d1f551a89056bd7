import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp

from crossover import flows
from crossover.flows import rkc, rkc2, rkc4
from crossover.flows.state import State, Work
from problems import Decay, Logistic, run

ORDERS = {2: flows.load("rkc", tolerance=1e-4, order=2), 4: flows.load("rkc", tolerance=1e-4, order=4)}
both = pytest.mark.parametrize("order", ORDERS)


def at(field, y, dt):
    """The state y with a step, (member,)."""
    index = torch.arange(len(y))
    F, rate = field.outputs_and_rate(y)
    return State(index, torch.ones(len(y)).double(), dt, y, F, rate, Work.of(index, evaluations=1))


def advance(method, field, y, dt, steps, stages):
    """Steps of equal length with a fixed number of stages, a number or (member,)."""
    dt, stages = torch.full((len(y),), dt, dtype=torch.float64), torch.as_tensor(stages).expand(len(y))
    for _ in range(steps):
        y, _ = method.advance(field, at(field, y, dt), dt, stages)
    return y


def logistic(t):
    return solve_ivp(lambda t, v: v * (1 - v / 3) + 0.1, (0, t), [0.0], method="DOP853", rtol=1e-13, atol=1e-15).y[0, -1]


@pytest.mark.parametrize(("order", "stages"), [(2, s) for s in (2, 3, 5, 10, 30)] + [(4, s) for s in (5, 6, 9, 14, 20)])
def test_the_measured_order(order, stages):
    field, y, exact = Logistic(torch.zeros(1)), torch.zeros((1, 1), dtype=torch.float64), logistic(4)
    # steps that are short enough for the order, and whose errors are far over rounding
    counts = np.array([16, 32, 64, 128] if order == 2 else [12, 24, 48])
    errors = [abs(float(advance(flows.rkc.METHODS[order], field, y, 4 / count, count, stages)) - exact) for count in counts]
    assert -np.polyfit(np.log(counts), np.log(errors), 1)[0] == pytest.approx(order, abs=0.2)


@pytest.mark.parametrize("stages", [2, 3, 5, 10, 30, 60])
def test_the_stability_polynomial_of_order_2_is_damped_up_to_beta(stages):
    beta = rkc2.method(stages).beta
    z = np.linspace(0.01, 1, 400) * beta
    field = Decay(torch.tensor(z)[None])
    start = torch.full((1, len(z)), 3.0, dtype=torch.float64)  # 1 above the fixed point
    R = advance(rkc2, field, start, 1.0, 1, stages)[0] - 2
    assert float(R.abs().max()) <= 1
    assert float(R[z > 0.5 * beta].abs().max()) < 0.97  # damping 2/13 leaves about 1 - 2/3 of it: away from 1
    assert beta == pytest.approx(2 / 3 * (stages**2 - 1) * (1 - 2 / 15 * rkc2.DAMPING), rel=0.01)  # the paper's section 2


@pytest.mark.parametrize("stages", range(rkc4.FEWEST, rkc4.MOST + 1))
def test_a_step_of_order_4_is_damped_up_to_beta(stages):
    """Through the stepper; the polynomials themselves are tested with their coefficients."""
    z = np.geomspace(0.1, float(rkc4.BETA[stages - rkc4.FEWEST]), 1000)
    R = advance(rkc4, Decay(torch.tensor(z)[None]), torch.full((1, len(z)), 3.0).double(), 1.0, 1, stages)[0] - 2
    assert float(R.abs().max()) <= 1
    assert float(R[z >= 1].abs().max()) <= 0.901
    assert float((R - torch.exp(-torch.tensor(z)))[z < 0.2].abs().max()) < 0.2**5 / 30  # about z^5 / 5! of a step


@both
def test_the_error_estimate_is_of_the_order_of_the_embedded_method(order):
    field, y = Logistic(torch.zeros(1)), torch.full((1, 1), 0.4, dtype=torch.float64)
    method, sizes, estimates = flows.rkc.METHODS[order], (0.2, 0.1, 0.05, 0.025), []
    for size in sizes:
        dt = torch.tensor([size], dtype=torch.float64)
        end, error_at = method.advance(field, at(field, y, dt), dt, torch.tensor([7]))
        estimates.append(abs(float(error_at(field.outputs_and_rate(end)[1]))))
    # the difference of a method of order 4 to one of order 3; order 2 estimates its own error
    assert np.polyfit(np.log(sizes), np.log(estimates), 1)[0] == pytest.approx(min(order, 3) + 1, abs=0.3)


@both
def test_members_with_their_own_stages_advance_as_alone(order):
    method = flows.rkc.METHODS[order]
    stiffness = torch.tensor([[1.0, 2.0, 3.0], [1.0, 5.0, 20.0], [1.0, 3.0, 50.0], [2.0, 2.0, 2.0]]).double()
    field, y = Decay(stiffness), torch.rand((4, 3), generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    stages, dt = torch.tensor([6, 12, 20, 5]), torch.tensor([0.4, 0.8, 1.0, 0.3]).double()
    together, error_at = method.advance(field, at(field, y, dt), dt, stages)
    errors = error_at(field.outputs_and_rate(together)[1])
    for k in range(4):
        only = field.select(torch.tensor([k]))
        alone, error_alone = method.advance(only, at(only, y[k : k + 1], dt[k : k + 1]), dt[k : k + 1], stages[k : k + 1])
        assert torch.equal(alone[0], together[k])  # elementwise: nothing rounds differently
        assert torch.equal(error_alone(only.outputs_and_rate(alone)[1])[0], errors[k])


@both
def test_a_stiff_problem_costs_the_root_of_its_stiffness(order):
    counts = {}
    for stiffness in (1e2, 1e4):
        rates = torch.tensor([[1.0, stiffness / 3, stiffness]], dtype=torch.float64)
        result = run(ORDERS[order], Decay(rates), members=1)
        assert result.t_stop[0] == pytest.approx(np.log(2), rel=1e-3)  # tolerance 1e-4 a step, some twenty steps
        counts[stiffness] = int(result.work.evaluations[0])
    assert counts[1e4] < 20 * counts[1e2]  # the root is 10; a factor 2 for steps that are not stiff
    # explicit Euler: steps of at most 2 / stiffness; order 4 has 20 stages at most, with 137 / stiffness
    assert counts[1e4] < {2: 0.3, 4: 0.45}[order] * np.log(2) * 1e4 / 2


@both
def test_the_error_follows_the_tolerance(order):
    errors = []
    for tolerance in (1e-3, 1e-5):
        stepper = flows.load("rkc", tolerance=tolerance, order=order)
        result = run(stepper, Decay(torch.tensor([[1.0, 3.0, 40.0]]).double()), members=1)
        errors.append(abs(result.t_stop[0] / np.log(2) - 1))
    # order 2 with an error a step of order 3: 100 times the tolerance is 100^(2/3) = 20 times the error; order 4: 30 times
    assert errors[1] < max(errors[0] / 5, 1e-6)  # the looser one may hit by chance
    assert errors[1] < 1e-3


@both
def test_members_take_their_own_number_of_stages(order):
    field = Decay(torch.tensor([[1.0, 2.0, 3.0], [1.0, 50.0, 900.0]]).double())
    together = run(ORDERS[order], field, members=2)
    for k in range(2):
        alone = run(ORDERS[order], field.select(torch.tensor([k])), members=1)
        assert alone.work.evaluations[0] == together.work.evaluations[k]
        assert alone.t_stop[0] == pytest.approx(together.t_stop[k], rel=1e-12)  # elementwise: nothing rounds differently
    assert together.work.evaluations[1] > together.work.evaluations[0]


def test_order_4_is_cheaper_where_accuracy_is_wanted():
    evaluations = {}
    for order in (2, 4):
        result = run(flows.load("rkc", tolerance=1e-7, order=order), Logistic(torch.zeros(1)), members=1)
        evaluations[order] = int(result.work.evaluations[0])
    assert evaluations[4] < evaluations[2] / 3


def test_a_restart_knows_the_spectral_radius():
    field, y = Decay(torch.tensor([[1.0, 2.0, 30.0]]).double()), torch.zeros((1, 3), dtype=torch.float64)
    state = at(field, y, torch.tensor([0.1], dtype=torch.float64))
    memory = ORDERS[4].restart(field, state, torch.tensor([5.0]).double())
    assert 5 <= float(memory.radius) <= 30 * (1 + 1e-6)  # one power iteration from the rate: most of it, never more
    assert float(memory.direction.norm()) == pytest.approx(1)
    assert float(ORDERS[4].restart(field, state, torch.tensor([100.0]).double()).radius) == 100


def test_the_radius_of_a_flat_direction_is_zero_and_no_step_is_lost():
    assert rkc.RADIUS_SAFETY > 1
    field = Decay(torch.zeros((1, 3)).double())
    state = at(field, torch.zeros((1, 3)).double(), torch.ones(1).double())
    state = state._replace(rate=torch.ones_like(state.y))
    direction, radius = ORDERS[2]._power(field, state._replace(rate=torch.zeros_like(state.y)), state.rate, state.dt)
    assert float(radius) == 0
    assert torch.equal(direction, state.rate)
