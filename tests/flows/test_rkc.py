import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp

from crossover import flows
from crossover.flows import rkc
from crossover.flows.loop import State
from problems import Decay, Logistic, run

RKC = flows.load("rkc", tolerance=1e-4)


def advance(field, y, dt, steps, stages):
    """Steps of equal length with a fixed number of stages."""
    for _ in range(steps):
        F, rate = field.outputs_and_rate(y)
        one = torch.ones(len(y), dtype=torch.int64)
        state = State(one - 1, one.double(), one * dt, y, F, rate, one)
        y = RKC._stages(field, state, torch.full((len(y),), dt).double(), one * stages)
    return y


@pytest.mark.parametrize("stages", [2, 3, 5, 10, 30])
def test_the_measured_order_is_two(stages):
    field, y = Logistic(torch.zeros(1)), torch.zeros((1, 1), dtype=torch.float64)
    exact = solve_ivp(lambda t, v: v * (1 - v / 3) + 0.1, (0, 2), [0.0], rtol=1e-12, atol=1e-14).y[0, -1]
    counts = np.array([16, 32, 64, 128])
    errors = [abs(float(advance(field, y, 2 / count, count, stages)) - exact) for count in counts]
    order = -np.polyfit(np.log(counts), np.log(errors), 1)[0]
    assert order == pytest.approx(2, abs=0.2)


@pytest.mark.parametrize("stages", [2, 3, 5, 10, 30, 60])
def test_the_stability_polynomial_is_damped_up_to_beta(stages):
    beta = rkc.method(stages).beta
    z = np.linspace(0.01, 1, 400) * beta
    field = Decay(torch.tensor(z)[None])
    start = torch.full((1, len(z)), 3.0, dtype=torch.float64)  # 1 above the fixed point
    R = advance(field, start, 1.0, 1, stages)[0] - 2
    assert float(R.abs().max()) <= 1
    assert float(R[z > 0.5 * beta].abs().max()) < 0.97  # damping 2/13 leaves about 1 - 2/3 of it: away from 1
    assert beta == pytest.approx(2 / 3 * (stages**2 - 1) * (1 - 2 / 15 * rkc.DAMPING), rel=0.01)  # the paper's section 2


def test_a_stiff_problem_costs_the_root_of_its_stiffness():
    counts = {}
    for stiffness in (1e2, 1e4):
        rates = torch.tensor([[1.0, stiffness / 3, stiffness]], dtype=torch.float64)
        result = run(RKC, Decay(rates), members=1)
        assert result.t_stop[0] == pytest.approx(np.log(2), rel=1e-3)  # tolerance 1e-4 a step, some twenty steps
        counts[stiffness] = int(result.evaluations[0])
    assert counts[1e4] < 20 * counts[1e2]  # the root is 10; a factor 2 for steps that are not stiff
    assert counts[1e4] < 0.3 * np.log(2) * 1e4 / 2  # explicit Euler: steps of at most 2 / stiffness


def test_the_error_follows_the_tolerance():
    errors = []
    for tolerance in (1e-3, 1e-5):
        result = run(flows.load("rkc", tolerance=tolerance), Decay(torch.tensor([[1.0, 3.0, 40.0]]).double()), members=1)
        errors.append(abs(result.t_stop[0] / np.log(2) - 1))
    # order 2 with an error a step of order 3: 100 times the tolerance is 100^(2/3) = 20 times the error
    assert errors[1] < errors[0] / 5
    assert errors[1] < 1e-3


def test_members_take_their_own_number_of_stages():
    field = Decay(torch.tensor([[1.0, 2.0, 3.0], [1.0, 50.0, 900.0]]).double())
    together = run(RKC, field, members=2)
    for k in range(2):
        alone = run(RKC, field.select(torch.tensor([k])), members=1)
        assert alone.evaluations[0] == together.evaluations[k]
        assert alone.t_stop[0] == pytest.approx(together.t_stop[k], rel=1e-12)  # elementwise: nothing rounds differently
    assert together.evaluations[1] > together.evaluations[0]
