"""Stabilised explicit Runge-Kutta methods, of order 2 (`rkc2`) and 4 (`rkc4`): stages, step and error of each member.

The Jacobian of a gradient flow is symmetric with a real negative spectrum. s stages are stable up to ``step * spectral radius
= beta(s)``, which grows as s^2, so a stiff step costs only the root of its stiffness. Each member takes the least s that
its step needs, and its step from an error estimate on its outputs.
"""

from types import ModuleType
from typing import NamedTuple

import torch
from torch import Tensor

from crossover.flows import rkc2, rkc4
from crossover.flows.state import Field, Inside, Proposal, State, Work, along, column, cubic, power, relative, take

METHODS = {2: rkc2, 4: rkc4}
SAFETY = 0.7  # of the step that the error estimate allows
SHRINK, GROW = 0.2, 1.4  # limits of a change of the step
AFTER_REJECTION = 0.5
PREDICT = 0.3  # exponent of the ratio of the last two errors: PI control
RADIUS_SAFETY = 1.1
RADIUS_AGE = 5  # accepted steps after which the spectral radius is estimated again
RADIUS_STEP = 1e-2  # of the last step: displacement of the estimate
FIRST_MOVE = 1e-2  # of the outputs, in margins: displacement of the first estimate and scale of the first step
FIRST_ITERATIONS = 3


class Memory(NamedTuple):
    """What a member carries from step to step."""

    direction: Tensor  # (member, P): estimate of the stiffest direction, norm 1
    radius: Tensor  # (member,): spectral radius
    age: Tensor  # (member,): accepted steps since it was estimated
    error: Tensor  # (member,): of the last accepted step, in tolerances


class Rkc(NamedTuple):
    """``tolerance`` bounds the estimated error of the outputs in a step (`state.relative`)."""

    tolerance: float
    method: ModuleType

    def start(self, field: Field, state: State) -> State:
        """First estimate of the spectral radius, and the first step."""
        norm = state.rate.double().norm(dim=1)
        probe = 1e-3 * state.dt  # how far do outputs move in a short time?
        moved = (field.outputs(state.y + column(probe, state.y) * state.rate) - state.F).double().abs().amax(1)
        small = probe * FIRST_MOVE / moved
        direction, radius = state.rate / column(norm, state.rate), norm
        for _ in range(FIRST_ITERATIONS):
            direction, radius = self._power(field, state, direction, small * norm)
        memory = Memory(direction, radius, torch.zeros_like(state.index), torch.ones_like(norm))
        dt = torch.minimum(1 / radius, 10 * small)
        work = state.work.plus(Work.of(state.index, evaluations=1 + FIRST_ITERATIONS))
        return state._replace(dt=dt, memory=memory, work=work)

    def restart(self, field: Field, state: State, radius: Tensor) -> Memory:
        """What a member starts with on its way, its spectral radius being known: one evaluation."""
        norm = state.rate.double().norm(dim=1)
        direction, found = self._power(field, state, state.rate / column(norm, state.rate), RADIUS_STEP * state.dt * norm)
        return Memory(direction, torch.maximum(found, radius), torch.zeros_like(state.index), torch.ones_like(norm))

    def _power(self, field: Field, state: State, direction: Tensor, distance: Tensor) -> tuple[Tensor, Tensor]:
        """One power iteration with a finite difference of the rate over ``distance`` (member,)."""
        _, rate = field.outputs_and_rate(state.y + column(distance, state.y) * direction)
        change = rate - state.rate
        size = change.double().norm(dim=1)
        turned = torch.where(column(size, change) > 0, change / column(size, change), direction)  # 0: flat to rounding
        return turned, size / distance

    def _refresh(self, field: Field, state: State) -> tuple[Memory, Tensor]:
        """The memory with a new spectral radius where the estimate is old, and the evaluations spent, (member,)."""
        memory, spent = state.memory, torch.zeros_like(state.index)
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
        method, beta = self.method, self.method.BETA.to(state.dt.device)
        radius = RADIUS_SAFETY * memory.radius
        dt = torch.minimum(state.dt, beta[-1] / radius)
        stages = method.FEWEST + torch.searchsorted(beta, radius * dt).clamp_max(len(beta) - 1)
        y, error_at = method.advance(field, state, dt, stages)
        F, rate = field.outputs_and_rate(y)
        size = (relative(field.outputs(y + error_at(rate)) - F, F) / self.tolerance).clamp_min(1e-6)
        accept = size <= 1
        exponent = 1 / (min(method.ORDER, 3) + 1)  # of the error estimate: h^3 in order 2, h^4 in order 4
        factor = SAFETY * power(size, -exponent)
        steady = factor * power((memory.error / size).clamp(0.1, 10), PREDICT * exponent)
        factor = torch.where(accept, steady, factor.clamp_max(AFTER_REJECTION)).clamp(SHRINK, GROW)
        memory = memory._replace(
            age=torch.where(accept, memory.age + 1, RADIUS_AGE),  # a step that fails asks for a new estimate
            error=torch.where(accept, size, memory.error),
        )
        return Proposal(accept, dt, y, F, rate, dt * factor, Work.of(state.index, evaluations=spent + stages + 1), memory)

    def inside(self, field: Field, state: State, proposal: Proposal) -> Inside:
        """Cubic interpolation between the ends of the step."""
        ends = (state.y, proposal.y, state.rate, proposal.rate)

        def point(theta: Tensor, k: Tensor) -> Tensor:
            return cubic(*[end[k] for end in ends], dt=proposal.dt[k], theta=theta)

        return along(field, point, state, proposal)


def make(*, tolerance: float, order: int = 2) -> Rkc:
    """The method of order 2 or 4; ``tolerance`` bounds the relative error of the outputs in a step."""
    return Rkc(tolerance, METHODS[order])
