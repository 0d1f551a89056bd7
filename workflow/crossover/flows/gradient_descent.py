"""Gradient descent on the whole training set: steps of one length, whatever becomes of the loss."""

from typing import NamedTuple

import torch

from crossover.flows.euler import straight
from crossover.flows.state import Field, Inside, Proposal, State, Work, column


class GradientDescent(NamedTuple):
    """``w <- w - learning_rate rate grad L``: after k steps the time is k learning rates."""

    learning_rate: float

    def start(self, field: Field, state: State) -> State:
        """The state with the learning rate as its step."""
        del field
        return state._replace(dt=torch.full_like(state.dt, self.learning_rate))

    def step(self, field: Field, state: State) -> Proposal:
        """One step of every member; it stands unless it leaves the finite, which ends the member. One evaluation each."""
        y = state.y + column(state.dt, state.y) * state.rate
        F, rate = field.outputs_and_rate(y)
        finite = torch.isfinite(F).all(1) & torch.isfinite(rate).all(1)
        dt_next = torch.where(finite, state.dt, torch.nan)
        return Proposal(finite, state.dt, y, F, rate, dt_next, Work.of(state.index, evaluations=1))

    def inside(self, field: Field, state: State, proposal: Proposal) -> Inside:
        """The step is a straight line; a margin is reached on it, so that a time does not hang on the learning rate."""
        return straight(field, state, proposal)


def make(*, learning_rate: float) -> GradientDescent:
    """Gradient descent with steps of ``learning_rate`` in the time of the flow; `Limits.evaluations` bounds their number."""
    return GradientDescent(learning_rate)
