import torch

from crossover import flows
from crossover.flows.state import State, Work
from problems import Straight


def state_of(field, dt):
    y = torch.zeros((1, 3), dtype=torch.float64)
    F, rate = field.outputs_and_rate(y)
    index, t = torch.tensor([0]), torch.zeros(1, dtype=torch.float64)
    return State(index, t, torch.tensor([dt], dtype=torch.float64), y, F, rate, Work.of(index, evaluations=1))


def test_the_step_grows_only_when_both_changes_are_under_half_their_limits():
    euler = flows.load("euler", gradient_change=1e-4, output_change=0.1)
    field = Straight(torch.ones(1, dtype=torch.float64))  # the gradient never turns; outputs move by dt
    for dt, accepted, following in ((0.04, True, 0.044), (0.06, True, 0.06), (0.2, False, 0.02)):
        proposal = euler.step(field, state_of(field, dt))
        assert bool(proposal.accept) == accepted
        assert abs(float(proposal.dt_next) - following) < 1e-15  # rounding


def test_a_step_to_where_the_gradient_is_not_finite_is_undone():
    class Cliff(Straight):
        def outputs_and_rate(self, y):
            F, rate = super().outputs_and_rate(y)
            return F, torch.where(y > 0, torch.nan, rate)

    euler = flows.load("euler", gradient_change=1e-4, output_change=0.1)
    field = Cliff(torch.ones(1, dtype=torch.float64))
    proposal = euler.step(field, state_of(field, 0.01))
    assert not proposal.accept
    assert float(proposal.dt_next) < 0.01
