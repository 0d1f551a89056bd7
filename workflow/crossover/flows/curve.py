"""What is recorded along the flow, at fixed times: the rescaled loss, and norms of the outputs where they are asked for."""

from collections.abc import Callable

import numpy as np
import torch
from scipy.interpolate import CubicHermiteSpline
from torch import Tensor

from crossover.flows.events import numpy
from crossover.flows.outputs import OutputPoints
from crossover.flows.state import Field, Inside, Proposal, State, Stepper, take


class Recorder:
    """Curves of each member at fixed times inside its steps.

    Rescaled losses by the outputs inside the step where these cost nothing, else by the cubic through the losses and their
    rates at the ends. Norms of the outputs on the points that are ``followed`` by the inside of the step, which knows what a
    cubic in time does not: a tangent step may hold most of the training of a lazy member, many time scales apart.
    """

    def __init__(self, times: np.ndarray, members: int, value: Callable[[Tensor], Tensor], followed: OutputPoints | None = None):
        self.times, self.value, self.followed = np.asarray(times, dtype=np.float64), value, followed
        self.curve = np.full((members, len(self.times)), np.nan)
        self.norms = np.full((members, len(self.times), 2), np.nan)
        self.next = np.zeros(members, dtype=np.int64)

    def record(self, stepper: Stepper, field: Field, inside: Inside, state: State, proposal: Proposal, until: Tensor) -> None:
        """Fill in the times of accepted steps up to ``until``, (member,), which is inside the last step of a member.

        ``inside`` is that of all members of the step.
        """
        index = numpy(state.index)
        upto = np.where(numpy(proposal.accept), np.searchsorted(self.times, numpy(until), side="right"), 0)
        met = np.flatnonzero(upto > self.next[index])
        if not len(met):
            return
        self._losses(field, inside, state, proposal, met, upto)
        if self.followed:
            if len(met) < len(upto):
                members = torch.as_tensor(met, device=state.index.device)
                state, proposal = take((state, proposal), members)
                inside = stepper.inside(field.select(members), state, proposal)
            self._norms(inside, state, proposal, upto[met])
        self.next[index[met]] = upto[met]

    def _losses(self, field: Field, inside: Inside, state: State, proposal: Proposal, met: np.ndarray, upto: np.ndarray) -> None:
        """Losses of the members ``met`` up to the times number ``upto``."""
        index, t0, dt = numpy(state.index), numpy(state.t), numpy(proposal.dt)
        if inside.output_evaluations:
            losses = [numpy(self.value(F).double()) for F in (state.F, proposal.F)]
            rates = [numpy(field.loss_rate(end.F, end.rate).double()) for end in (state, proposal)]
        for k in met:
            at = slice(self.next[index[k]], upto[k])
            since = self.times[at] - t0[k]
            if inside.output_evaluations == 0:
                theta = torch.as_tensor(since / dt[k], device=state.t.device)
                F = inside.outputs(theta, torch.full_like(theta, int(k), dtype=torch.int64))
                self.curve[index[k], at] = numpy(self.value(F).double())
            else:
                cubic = CubicHermiteSpline([0, dt[k]], [loss[k] for loss in losses], [rate[k] for rate in rates])
                bounds = sorted(loss[k] for loss in losses)  # the loss falls along a gradient flow
                self.curve[index[k], at] = cubic(since).clip(*bounds)

    def _norms(self, inside: Inside, state: State, proposal: Proposal, upto: np.ndarray) -> None:
        """Norms of all members of the step, each at its times up to number ``upto``, one after the other."""
        index, points = numpy(state.index), self.followed.select(state.index)
        change = inside.elsewhere(points) if inside.elsewhere else lambda theta: points.change(inside.state(theta))
        first = self.next[index]
        for shift in range((upto - first).max()):
            at = np.minimum(first + shift, upto - 1)  # who has no more stays at the last
            theta = (self.times[at] - numpy(state.t)) / numpy(proposal.dt)
            self.norms[index, at] = numpy(points.norms(change(torch.as_tensor(theta, device=state.t.device))))
