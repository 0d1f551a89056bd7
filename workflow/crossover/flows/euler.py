"""Explicit Euler with the article's control of the step (Eqs. 8, 9 and the authors' code)."""

from typing import NamedTuple

import torch
from torch import Tensor

from crossover.flows.state import Field, Inside, Proposal, State, Work, along, column

GROWTH = 1.1  # of the next step, when both changes are under half their limits
SHRINK = 0.1  # of a step that is undone


class Euler(NamedTuple):
    """A step stands when the gradient turned by less than ``gradient_change`` and no output moved by ``output_change``."""

    gradient_change: float
    output_change: float

    def start(self, field: Field, state: State) -> State:
        """Nothing to prepare: the first step is the one given."""
        return state

    def step(self, field: Field, state: State) -> Proposal:
        """One step of every member; one evaluation each."""
        y = state.y + column(state.dt, state.y) * state.rate
        F, rate = field.outputs_and_rate(y)
        output = (F - state.F).abs().amax(1)
        turned = (rate - state.rate).square().sum(1)
        gradient = turned / (state.rate.square().sum(1) * rate.square().sum(1)).sqrt()
        # NaN compares false: a step to where F or its gradient is not finite is undone
        accept = (gradient < self.gradient_change) & (output < self.output_change)
        easy = (gradient < self.gradient_change / 2) & (output < self.output_change / 2)
        dt_next = torch.where(accept, torch.where(easy, GROWTH * state.dt, state.dt), SHRINK * state.dt)
        return Proposal(accept, state.dt, y, F, rate, dt_next, Work.of(state.index, evaluations=1))

    def inside(self, field: Field, state: State, proposal: Proposal) -> Inside:
        """The step is a straight line."""
        return straight(field, state, proposal)


def straight(field: Field, state: State, proposal: Proposal) -> Inside:
    """The inside of a step along the rate at its start."""

    def point(theta: Tensor, k: Tensor) -> Tensor:
        return state.y[k] + column(theta * proposal.dt[k], state.y) * state.rate[k]

    return along(field, point, state, proposal)


def make(*, gradient_change: float, output_change: float) -> Euler:
    """Euler with the article's limits 1e-4 and 0.1, or others (Appendix G)."""
    return Euler(gradient_change, output_change)
