"""The rescaled loss along the flow, at fixed times."""

from collections.abc import Callable

import numpy as np
import torch
from scipy.interpolate import CubicHermiteSpline
from torch import Tensor

from crossover.flows.events import numpy
from crossover.flows.state import Field, Inside, Proposal, State


class Recorder:
    """Rescaled losses of each member at fixed times inside its steps.

    By the outputs inside the step where these cost nothing, else by the cubic through the losses and their rates at the ends.
    """

    def __init__(self, times: np.ndarray, members: int, value: Callable[[Tensor], Tensor]):
        self.times, self.value = np.asarray(times, dtype=np.float64), value
        self.curve = np.full((members, len(self.times)), np.nan)
        self.next = np.zeros(members, dtype=np.int64)

    def record(self, field: Field, inside: Inside, state: State, proposal: Proposal, until: Tensor) -> None:
        """Fill in the times of accepted steps up to ``until``, (member,), which is inside the last step of a member."""
        index, t0, dt = numpy(state.index), numpy(state.t), numpy(proposal.dt)
        upto = np.where(numpy(proposal.accept), np.searchsorted(self.times, numpy(until), side="right"), 0)
        met = np.flatnonzero(upto > self.next[index])
        if not len(met):
            return
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
            self.next[index[k]] = upto[k]
