"""Integration of the outputs inside a tangent-kernel step, with the whole path kept."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from crossover.flows.rkc import Rkc
from crossover.flows.state import Field, State, Work, cubic, take, where

# An integration that takes more steps, or one shorter than this part of its time, ends where it is: a short tangent step.
MOST_STEPS, SHORTEST = 1000, 1e-14
ENDED = 1 - 1e-12  # part of the duration at which it is over


class Path(NamedTuple):
    """States and rates of each member at the ends of its steps; a member that has ended repeats its last."""

    t: Tensor  # (member, step)
    y: Tensor  # (member, step, K)
    rate: Tensor  # (member, step, K)

    @property
    def duration(self) -> Tensor:
        """Time at the end, shape (member,)."""
        return self.t[:, -1]

    @property
    def end(self) -> Tensor:
        """State at the end, shape (member, K)."""
        return self.y[:, -1]

    def last(self) -> tuple[Tensor, Tensor]:
        """Time, (member,), and state, (member, K), at the start of each member's last step."""
        at = (self.t < self.t[:, -1:]).sum(1) - 1
        members = torch.arange(len(at), device=at.device)
        return self.t[members, at], self.y[members, at]

    def at(self, t: Tensor, members: Tensor) -> Tensor:
        """States of the members (k,) at times t (k,) between 0 and the duration, by cubics in the steps, shape (k, K)."""
        times = self.t[members]
        right = torch.searchsorted(times.contiguous(), t[:, None].contiguous())[:, 0].clamp(1, self.t.shape[1] - 1)
        each = torch.arange(len(t), device=t.device)
        start, end = times[each, right - 1], times[each, right]
        dt = end - start
        theta = ((t - start) / torch.where(dt > 0, dt, 1.0)).clamp(0, 1)
        ends = [part[members, side] for part in (self.y, self.rate) for side in (right - 1, right)]
        return cubic(*ends, dt=dt, theta=theta)


# Of the running members' original positions, states (member, K) and outputs F (member, n): is it over, (member,)?
Over = Callable[[Tensor, Tensor, Tensor], Tensor]


def solve(rkc: Rkc, field: Field, *, size: int, until: Tensor, scale: Tensor, over: Over) -> tuple[Path, Tensor, Tensor]:
    """Integrate from 0 to the times ``until`` (member,), or to the first step after which it is ``over``.

    ``size`` is K, the length of a member's state; ``scale`` (member,) a time in which outputs move by a margin or so. Also
    returned are the evaluations of the outputs and the largest spectral radius met, (member,).
    """
    y = torch.zeros((len(until), size), dtype=field.labels.dtype, device=until.device)
    F, rate = field.outputs_and_rate(y)
    index = torch.arange(len(until), device=y.device)
    state = State(index, torch.zeros_like(until), scale, y, F, rate, Work.of(index, evaluations=1))
    state = rkc.start(field, state)
    kept, whole, running = [(state.t, state.y, state.rate)], field, torch.ones_like(until, dtype=torch.bool)
    evaluations, radius = torch.zeros_like(index), state.memory.radius
    for _ in range(MOST_STEPS):
        if not running.all():
            state, field = take(state, running), whole.select(state.index[running])
        state = state._replace(dt=torch.minimum(state.dt, until[state.index] - state.t))
        proposal = rkc.step(field, state)
        new = (state.t + proposal.dt, proposal.y, proposal.F, proposal.rate)
        t, y, F, rate = where(proposal.accept, new, (state.t, state.y, state.F, state.rate))
        state = State(state.index, t, proposal.dt_next, y, F, rate, state.work.plus(proposal.work), proposal.memory)
        kept.append(tuple(last.index_copy(0, state.index, part) for last, part in zip(kept[-1], (t, y, rate), strict=True)))
        evaluations[state.index] = state.work.evaluations
        radius = radius.index_copy(0, state.index, torch.maximum(radius[state.index], state.memory.radius))
        running = (t < until[state.index] * ENDED) & ~over(state.index, y, F)
        running &= state.dt > SHORTEST * t  # NaN compares false
        if not running.any():
            break
    return Path(*(torch.stack(part, dim=1) for part in zip(*kept, strict=True))), evaluations, radius
