"""Runge-Kutta-Chebyshev, order 2 (Sommeijer, Shampine and Verwer, J. Comput. Appl. Math. 88, 315, 1997).

The Jacobian of a gradient flow is symmetric with a real negative spectrum: s stages are stable up to
``step * spectral radius = beta(s) ~ 0.65 s^2``, so a stiff step costs only the root of its stiffness. Each member takes the
least s that its step needs, and its step from an error estimate on its outputs.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
import torch
from numpy.polynomial import chebyshev
from torch import Tensor

from crossover.flows.loop import Field, Inside, Proposal, State, take

DAMPING = 2 / 13  # epsilon of the stability polynomial (section 2)
FEWEST, MOST = 2, 60  # stages
ORDER = 3  # of the error estimate in the step
SAFETY = 0.8  # of the step that the error estimate allows
SHRINK, GROW = 0.2, 2.0  # limits of a change of the step
AFTER_REJECTION = 0.7
PREDICT = 0.3  # exponent of the ratio of the last two errors: PI control
RADIUS_SAFETY = 1.1
RADIUS_AGE = 5  # accepted steps after which the spectral radius is estimated again
RADIUS_STEP = 1e-2  # of the last step: displacement of the estimate
FIRST_MOVE = 1e-2  # of the outputs, in margins: displacement of the first estimate and scale of the first step
FIRST_ITERATIONS = 3


class _Method(NamedTuple):
    """Coefficients of s stages: beta, and for each stage j the weights of y0, Y(j-1), Y(j-2), h F(j-1), h F0."""

    beta: float
    weights: np.ndarray  # (s + 1, 5), rows 0 and 1 as far as they apply


@cache
def method(stages: int) -> _Method:
    """The method of s >= 2 stages (section 2: Eqs. 2.1 to 2.6)."""
    w0 = 1 + DAMPING / stages**2
    basis = np.eye(stages + 1)
    T, dT, ddT = (np.array([chebyshev.chebval(w0, chebyshev.chebder(row, k)) for row in basis]) for k in range(3))
    w1 = dT[stages] / ddT[stages]
    b = np.ones(stages + 1)
    b[2:] = ddT[2:] / dT[2:] ** 2
    b[:2] = b[2]
    a = 1 - b * T
    weights = np.zeros((stages + 1, 5))
    weights[1] = [1, 0, 0, b[1] * w1, 0]  # Y1 = y0 + mu h F0: here F(j-1) is F0
    for j in range(2, stages + 1):
        mu, nu, mu_rate = 2 * b[j] * w0 / b[j - 1], -b[j] / b[j - 2], 2 * b[j] * w1 / b[j - 1]
        weights[j] = [1 - mu - nu, mu, nu, mu_rate, -a[j - 1] * mu_rate]
    return _Method((w0 + 1) * ddT[stages] / dT[stages], weights)


BETA = torch.tensor([np.nan, np.nan] + [method(s).beta for s in range(FEWEST, MOST + 1)], dtype=torch.float64)


class Memory(NamedTuple):
    """What a member carries from step to step."""

    direction: Tensor  # (member, P): estimate of the stiffest direction, norm 1
    radius: Tensor  # (member,): spectral radius
    age: Tensor  # (member,): accepted steps since it was estimated
    error: Tensor  # (member,): of the last accepted step, in tolerances


def _column(values: Tensor, like: Tensor) -> Tensor:
    return values.to(like.dtype)[:, None]


class Rkc(NamedTuple):
    """``tolerance`` bounds the root mean square of the estimated error of the outputs in a step, in margins."""

    tolerance: float

    def start(self, field: Field, state: State) -> State:
        """First estimate of the spectral radius, and the first step."""
        norm = state.rate.double().norm(dim=1)
        probe = 1e-3 * state.dt  # how far do outputs move in a short time?
        moved = (field.outputs(state.y + _column(probe, state.y) * state.rate) - state.F).double().abs().amax(1)
        small = probe * FIRST_MOVE / moved
        direction, radius = state.rate / _column(norm, state.rate), norm
        for _ in range(FIRST_ITERATIONS):
            direction, radius = self._power(field, state, direction, small * norm)
        memory = Memory(direction, radius, torch.zeros_like(state.evaluations), torch.ones_like(norm))
        dt = torch.minimum(1 / radius, 10 * small)
        return state._replace(dt=dt, memory=memory, evaluations=state.evaluations + 1 + FIRST_ITERATIONS)

    def _power(self, field: Field, state: State, direction: Tensor, distance: Tensor) -> tuple[Tensor, Tensor]:
        """One power iteration with a finite difference of the rate over ``distance`` (member,)."""
        _, rate = field.outputs_and_rate(state.y + _column(distance, state.y) * direction)
        change = rate - state.rate
        size = change.double().norm(dim=1)
        return change / _column(size, change), size / distance

    def _refresh(self, field: Field, state: State) -> tuple[Memory, Tensor]:
        """The memory with a new spectral radius where the estimate is old, and the evaluations spent, (member,)."""
        memory, spent = state.memory, torch.zeros_like(state.evaluations)
        old = (memory.age >= RADIUS_AGE).nonzero()[:, 0]
        if not len(old):
            return memory, spent
        some = take(state, old)
        distance = RADIUS_STEP * some.dt * some.rate.double().norm(dim=1)
        direction, radius = self._power(field.select(old), some, some.memory.direction, distance)
        memory = memory._replace(
            direction=memory.direction.index_copy(0, old, direction),
            radius=memory.radius.index_copy(0, old, radius),
            age=memory.age.index_fill(0, old, 0),
        )
        return memory, spent.index_fill(0, old, 1)

    def step(self, field: Field, state: State) -> Proposal:
        """One step of every member with the fewest stages that are stable."""
        memory, spent = self._refresh(field, state)
        beta = BETA.to(state.dt.device)
        radius = RADIUS_SAFETY * memory.radius
        dt = torch.minimum(state.dt, beta[MOST] / radius)
        stages = FEWEST + torch.searchsorted(beta[FEWEST:], radius * dt).clamp_max(MOST - FEWEST)
        y = self._stages(field, state, dt, stages)
        F, rate = field.outputs_and_rate(y)
        step = _column(dt, y)
        error = 0.8 * (state.y - y) + 0.4 * step * (state.rate + rate)
        size = (field.outputs(y + error) - F).double().square().mean(1).sqrt() / self.tolerance
        size = torch.where(torch.isfinite(size), size, 1e9).clamp_min(1e-6)
        accept = size <= 1
        factor = SAFETY * size ** (-1 / ORDER)
        steady = factor * (memory.error / size).clamp(0.1, 10) ** (PREDICT / ORDER)
        factor = torch.where(accept, steady, factor.clamp_max(AFTER_REJECTION)).clamp(SHRINK, GROW)
        memory = memory._replace(
            age=torch.where(accept, memory.age + 1, RADIUS_AGE),  # a step that fails asks for a new estimate
            error=torch.where(accept, size, memory.error),
        )
        return Proposal(accept, dt, y, F, rate, dt * factor, spent + stages + 1, memory)

    def _stages(self, field: Field, state: State, dt: Tensor, stages: Tensor) -> Tensor:
        """The end of the step of each member with its own number of stages; stages - 1 evaluations."""
        counts = stages.tolist()
        most = max(counts)
        weights = np.zeros((most + 1, len(counts), 5))
        for k, count in enumerate(counts):
            weights[: count + 1, k] = method(count).weights
        weights = torch.as_tensor(weights, dtype=state.y.dtype, device=dt.device)
        weights[:, :, 3:] *= _column(dt, state.y)
        end, before, last = state.y.clone(), state.y, state.y
        last = last + weights[1, :, 3:4] * state.rate
        members, some, start = torch.arange(len(counts), device=dt.device), field, state
        for j in range(2, most + 1):
            _, rate = some.outputs_and_rate(last)
            w = weights[j, members]
            new = w[:, :1] * start.y + w[:, 1:2] * last + w[:, 2:3] * before + w[:, 3:4] * rate + w[:, 4:] * start.rate
            before, last = last, new
            done = stages[members] == j
            if done.any():
                end[members[done]] = last[done]
                left = (~done).nonzero()[:, 0]
                members, before, last, some, start = members[left], before[left], last[left], some.select(left), take(start, left)
        return end

    def inside(self, field: Field, state: State, proposal: Proposal) -> Inside:
        """Cubic interpolation between the ends of the step."""
        del field
        ends = (state.y, proposal.y, state.rate, proposal.rate)
        return lambda theta, k: cubic(*[end[k] for end in ends], dt=proposal.dt[k], theta=theta)


def cubic(y0: Tensor, y1: Tensor, rate0: Tensor, rate1: Tensor, *, dt: Tensor, theta: Tensor) -> Tensor:
    """Values at ``theta dt`` of the cubics with these values and rates (member, P) at 0 and dt (member,): Hermite's."""
    theta, dt = _column(theta, y0), _column(dt, y0)
    back = 1 - theta
    return back**2 * (1 + 2 * theta) * y0 + theta**2 * (3 - 2 * theta) * y1 + theta * back * dt * (back * rate0 - theta * rate1)


def make(*, tolerance: float) -> Rkc:
    """The method with its tolerance in margins."""
    return Rkc(tolerance)
