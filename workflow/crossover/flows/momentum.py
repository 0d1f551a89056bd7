"""Momentum flow ``dv/dt = (rate - v) / tau``, ``dy/dt = v``, where the field's rate is -grad L.

At the start v = 0, or where tau starts at 0 the rate, which v then follows at once.

By an exponential Runge-Kutta method of order 2 (Cox and Matthews, J. Comput. Phys. 176, 430, 2002, section 2.4): between two
evaluations the rate is a straight line, for which the damping by tau is integrated exactly. So a step is stable however
short tau is (it becomes Heun's of the gradient flow), and where tau is long it resolves the oscillation. tau is taken in
the middle of the step.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from crossover.flows.state import Field, Inside, Proposal, State, Work, column, cubic, power, relative, where

LARGEST = 1e3  # sqrt(h) alpha beyond which tau does not grow
SAFETY = 0.9
SHRINK, GROW = 0.2, 1.5  # limits of a change of the step
PREDICT = 0.3  # exponent of the ratio of the last two errors: PI control
MOST_AMPLIFIED = 100.0  # the error of the predictor, where steps are far shorter than tau: no more of its rounding
SMALL = 0.05  # below it the phi functions are series

# tau of the members in the middle of their steps, (member,), of the field and the time there.
Law = Callable[[Field, Tensor], Tensor]


class Memory(NamedTuple):
    """What a member carries from step to step."""

    velocity: Tensor  # (member, P)
    before: Tensor  # (member, n): F at the start of the last accepted step
    dt: Tensor  # (member,): of the last accepted step
    error: Tensor  # (member,): of the last accepted step, in tolerances


def phi(z: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """``phi_1, phi_2, phi_3`` at -z for z > 0: (1 - exp(-z)) / z, (1 - phi_1) / z, (1/2 - phi_2) / z, each of the shape of z."""
    third = 1 / 6 - z / 24 + z**2 / 120 - z**3 / 720 + z**4 / 5040 - z**5 / 40320 + z**6 / 362880
    series = (1 - z * (1 / 2 - z * third), 1 / 2 - z * third, third)
    first = -torch.expm1(-z) / z
    second = (1 - first) / z
    return where(z < SMALL, series, (first, second, (1 / 2 - second) / z))


class Momentum(NamedTuple):
    """``tolerance`` bounds the estimated error of the outputs in a step (`state.relative`), ``law`` is that of tau."""

    tolerance: float
    law: Law

    def start(self, field: Field, state: State) -> State:
        """The velocity at the start; the first step is the one given."""
        velocity = where(self.law(field, state.t) > 0, torch.zeros_like(state.y), state.rate)
        memory = Memory(velocity, state.F, torch.zeros_like(state.dt), torch.ones_like(state.dt))
        return state._replace(memory=memory)

    def step(self, field: Field, state: State) -> Proposal:
        """One step of every member; two evaluations each.

        The predictor holds the rate; what it misses of the place where the member would come to rest, y + tau v, is dt / 2
        times the change of the rate, of which ``z phi_3 dt`` are in y already.
        """
        velocity, dt = state.memory.velocity, state.dt
        z = dt / self.law(field, state.t + dt / 2)
        phi1, phi2, phi3 = phi(z)
        come, gain = column(dt * phi1, state.y), column(dt * z * phi2, state.y)
        predicted = state.y + come * velocity + gain * state.rate
        F_predicted, rate = field.outputs_and_rate(predicted)
        change = rate - state.rate
        y = predicted + column(dt * z * phi3, state.y) * change
        kept = column(z * phi1, state.y)
        velocity = velocity + kept * (state.rate - velocity) + column(z * phi2, state.y) * change
        F, rate = field.outputs_and_rate(y)
        amplified = (1 / (2 * z * phi3)).clamp_max(MOST_AMPLIFIED)
        size = (amplified * relative(F - F_predicted, F) / self.tolerance).clamp_min(1e-6)
        accept = size <= 1
        factor = SAFETY * power(size, -1 / 2)
        steady = factor * power((state.memory.error / size).clamp(0.1, 10), PREDICT / 2)
        factor = torch.where(accept, steady, factor).clamp(SHRINK, GROW)
        memory = where(accept, Memory(velocity, state.F, dt, size), state.memory)
        return Proposal(accept, dt, y, F, rate, dt * factor, Work.of(state.index, evaluations=2), memory)

    def inside(self, field: Field, state: State, proposal: Proposal) -> Inside:
        """Outputs on the parabola through those of two steps, at no cost; states on the cubic by their velocities."""
        del field
        last = state.memory

        def outputs(theta: Tensor, k: Tensor) -> Tensor:
            F0, F1, ratio = state.F[k], proposal.F[k], last.dt[k] / proposal.dt[k]
            slope = where(ratio > 0, (F0 - last.before[k]) / column(ratio, F0), F1 - F0)
            theta = column(theta, F0)
            return F0 + theta * (F1 - F0 + (theta - 1) * (F1 - F0 - slope) / column(1 + ratio, F0))

        def states(theta: Tensor) -> Tensor:
            ends = (state.y, proposal.y, last.velocity, proposal.memory.velocity)
            return cubic(*ends, dt=proposal.dt, theta=theta)

        return Inside(outputs, states, 0, 0)


def make(*, tolerance: float, c_tau: float | None = None, mu: float | None = None) -> Momentum:
    """The flow with ``tau = c_tau min(sqrt(h) alpha, 1000)``, or ``tau = t / mu``.

    Raises
    ------
    ValueError
        When not exactly one of the two is given.
    """
    if (c_tau is None) == (mu is None):
        raise ValueError(f"momentum has c_tau = {c_tau} and mu = {mu}; give one of them")

    def fixed(field: Field, t: Tensor) -> Tensor:
        del t
        return c_tau * field.sqrt_h_alpha.clamp_max(LARGEST)

    def growing(field: Field, t: Tensor) -> Tensor:
        del field
        return t / mu

    return Momentum(tolerance, growing if c_tau is None else fixed)
