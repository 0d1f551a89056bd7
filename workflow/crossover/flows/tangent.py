"""Tangent-kernel steps: the outputs are integrated with the kernel of the step, the weights move once.

A step from w0 over a time H, where ``force(F) = -(1/n) dl/dF``:

1. *Predict* with the kernel frozen, ``dF/dt = Theta0 force(F)``, ``C = int force dt``, ``w1 = w0 + J0' C``.
2. *Correct* with the kernel that moves from Theta0 to Theta1 = Theta(w1) as the weights go, ``Theta = Theta0 + s (Theta1 -
   Theta0)``, with the progress of the weights along their predicted move, ``s(t) = <J0' C(t), J0' C> / |J0' C|^2``, which is
   linear in C(t). With ``D = int s force dt`` the outputs are ``F0 + Theta0 C + (Theta1 - Theta0) D`` and the weights
   ``w0 + J0' (C - D) + J1' D``.

The step ends where the weights have moved by a given length, ``|J0' C|^2 = C' Theta0 C``: late in the flow time says little.
The outputs found at the new weights against those predicted are the error of the step, of third order in that length; it
decides the next. Theta1 serves as Theta0 of the next step, the two points differing by the correction. The rate of the weights
is not needed, and is NaN at the end of a step.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from crossover.flows import rkc2
from crossover.flows.field import Linearized, NetworkField
from crossover.flows.inner import Path, solve
from crossover.flows.kernels import Kernels
from crossover.flows.outputs import OutputPoints
from crossover.flows.rkc import Rkc
from crossover.flows.state import MARGIN, Inside, Proposal, State, Work, column, power, relative, where
from crossover.losses import Loss

SAFETY = 0.8
ORDER = 3  # of the error in the length of the step
PREDICT = 0.6  # exponent of the ratio of the last two errors where they grow: PI control
PRODUCTS = 6  # in one step, beside the integrations: two rates, one move, outputs at the ends of the paths
# Of the length; errors near rounding, which differ from batch to batch, are all at the upper end.
SHRINK, GROW = 0.1, 100.0
LATER = 1e4  # times the duration of a step the next may take: a lazy member finds its whole way in its second step
AFTER_REJECTION = 0.7
FIRST_MOVE = 0.05  # of the outputs in the first step, in margins
# Tolerances of the integration of the outputs, in tolerances of the step. What the prediction misses changes where the second
# kernel is taken, no more.
PREDICTION, CORRECTION = 5.0, 0.3
OVERSHOOT = 3.0  # errors beyond margin 1 at which a step ends, so that the true outputs have crossed it
EVALUATIONS = 3  # in one step: the network at its start, prediction and end; pullbacks of C, C - D and D


class Moving(NamedTuple):
    """Field of the outputs on a kernel that moves along: state (C, D), shape (member, 2 n); see the module."""

    loss: Loss
    labels: Tensor  # (n,)
    F0: Tensor  # (member, n)
    kernels: Kernels  # Theta0
    changes: Kernels  # Theta1 - Theta0
    along: Tensor  # (member, n): s = along . C

    def select(self, members: Tensor) -> "Moving":
        """The field of some of the members."""
        kernels, changes = self.kernels.select(members), self.changes.select(members)
        return self._replace(F0=self.F0[members], kernels=kernels, changes=changes, along=self.along[members])

    def outputs(self, y: Tensor) -> Tensor:
        """F0 + Theta0 C + (Theta1 - Theta0) D, shape (member, n)."""
        C, D = y.chunk(2, dim=1)
        return self.F0 + self.kernels.apply(C) + self.changes.apply(D)

    def outputs_and_rate(self, y: Tensor) -> tuple[Tensor, Tensor]:
        """F, shape (member, n), and the rates of C and D, shape (member, 2 n)."""
        F = self.outputs(y)
        force = self.loss.derivative(F * self.labels) * (self.labels / -len(self.labels))
        progress = (self.along * y[:, : len(self.labels)]).sum(1, keepdim=True)
        return F, torch.cat([force, progress * force], dim=1)


class Frozen(NamedTuple):
    """Field of the outputs on a frozen kernel: state C, shape (member, n)."""

    loss: Loss
    labels: Tensor  # (n,)
    F0: Tensor  # (member, n)
    kernels: Kernels

    def select(self, members: Tensor) -> "Frozen":
        """The field of some of the members."""
        return self._replace(F0=self.F0[members], kernels=self.kernels.select(members))

    def outputs(self, y: Tensor) -> Tensor:
        """F0 + Theta0 C, shape (member, n)."""
        return self.F0 + self.kernels.apply(y)

    def outputs_and_rate(self, y: Tensor) -> tuple[Tensor, Tensor]:
        """F and the rate of C, both of shape (member, n)."""
        F = self.outputs(y)
        return F, self.loss.derivative(F * self.labels) * (self.labels / -len(self.labels))


class Memory(NamedTuple):
    """What a member carries from step to step."""

    kernel: Tensor  # (member, n, n)
    error: Tensor  # (member,): of the last accepted step, relative
    length: Tensor  # (member,): of the next step
    growth: Tensor  # (member,): of the next step over this one
    radius: Tensor  # (member,): spectral radius of the flow of the outputs


class Dense(NamedTuple):
    """The path of (C, D), the networks and kernels at both weights of the step, the prediction and the error of the outputs."""

    path: Path
    at0: Linearized
    at1: Linearized
    kernel: Tensor  # (member, n, n): Theta0
    change: Tensor  # (member, n, n): Theta1 - Theta0
    predicted: Tensor  # (member, P)
    error: Tensor  # (member, n)


def _speed(field: NetworkField, state: State, kernel: Tensor) -> Tensor:
    """Root mean square of the rate of the outputs, (member,)."""
    return Kernels.of(kernel).apply(field.force(state.F)).double().square().mean(1).sqrt()


class Tangent(NamedTuple):
    """``tolerance`` bounds the difference of outputs found and predicted in a step (`state.relative`)."""

    tolerance: float

    def start(self, field: NetworkField, state: State) -> State:
        """The kernel at the start, and a first step on which outputs move by `FIRST_MOVE`."""
        memory = self.memory(field, state)
        work = state.work.plus(Work.of(state.index, evaluations=1, kernels=1))
        return state._replace(dt=FIRST_MOVE / _speed(field, state, memory.kernel), memory=memory, work=work)

    def memory(self, field: NetworkField, state: State) -> Memory:
        """What a member starts with where it is: one evaluation and one kernel."""
        kernel = field.linearize(state.y).kernel()
        nothing = torch.zeros_like(state.dt)
        return Memory(kernel, nothing + self.tolerance, nothing + torch.inf, nothing, nothing)

    def step(self, field: NetworkField, state: State) -> Proposal:
        """One predicted and corrected step of every member."""
        labels, kernel, last = field.labels, state.memory.kernel, state.memory.error
        scale, beyond = 1 / _speed(field, state, kernel), MARGIN + OVERSHOOT * last

        def fits(index: Tensor, F: Tensor) -> Tensor:
            return (F * labels).amin(1) >= beyond[index]

        at0 = field.linearize(state.y)
        frozen = Frozen(field.loss, labels, state.F, Kernels.of(kernel))
        C, length, duration, products = self._predict(frozen, state, scale, fits)
        predicted = state.y + at0.pullback(C)
        at1 = field.linearize(predicted)
        kernel1, moved = at1.kernel(), frozen.kernels.apply(C)
        change, along = kernel1 - kernel, moved / (C * moved).sum(1, keepdim=True)
        moving = Moving(field.loss, labels, state.F, frozen.kernels, Kernels.of(change), along)
        correct = Rkc(CORRECTION * self.tolerance, rkc2)
        path, more, radius = solve(
            correct, moving, size=2 * len(labels), until=duration, scale=scale, over=lambda k, _, F: fits(k, F)
        )
        C, D = path.end.chunk(2, dim=1)
        y = state.y + at0.pullback(C - D) + at1.pullback(D)
        F = field.outputs(y)
        difference = F - moving.outputs(path.end)
        error = relative(difference, F)
        accept = error <= self.tolerance
        growth = self._factor(error, last)
        memory = Memory(where(accept, kernel1, kernel), where(accept, error, last), length * growth, growth, radius)
        work = Work.of(state.index, evaluations=EVALUATIONS, kernels=1, products=products + 2 * more + PRODUCTS)
        dense = Dense(path, at0, at1, kernel, change, predicted, difference)
        dt_next = path.duration * torch.where(accept, LATER, 1.0)
        return Proposal(accept, path.duration, y, F, torch.full_like(y, torch.nan), dt_next, work, memory, dense)

    def _predict(self, frozen: Frozen, state: State, scale: Tensor, fits: Callable) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """C at the end of the step (member, n), the length and the duration of the step, the products spent, (member,)."""
        wanted = state.memory.length

        def squared(C: Tensor, F: Tensor, F0: Tensor) -> Tensor:
            return (C * (F - F0)).double().sum(1)  # F - F0 = Theta0 C

        def over(index: Tensor, C: Tensor, F: Tensor) -> Tensor:
            return (squared(C, F, frozen.F0[index]) >= wanted[index] ** 2) | fits(index, F)

        predict, n = Rkc(PREDICTION * self.tolerance, rkc2), state.F.shape[1]
        path, products, _ = solve(predict, frozen, size=n, until=state.dt, scale=scale, over=over)
        # the length is passed inside the last step: back to where it is met, by the line between the ends of that step
        start, at_start = path.last()
        before, after = (squared(C, frozen.outputs(C), frozen.F0).clamp_min(0).sqrt() for C in (at_start, path.end))
        part = ((wanted - before) / (after - before)).clamp(0, 1)
        part = torch.where(after > wanted, part, 1.0)
        duration = start + part * (path.duration - start)
        C = path.at(duration, torch.arange(len(duration), device=duration.device))
        return C, before + part * (after - before), duration, products

    def _factor(self, error: Tensor, last: Tensor) -> Tensor:
        """The length of the next step in units of this one, from its error and the one before, (member,)."""
        error = error.clamp_min(1e-300)
        factor = (SAFETY * power(self.tolerance / error, 1 / ORDER)).clamp(SHRINK, GROW)
        steady = factor * power((last / error).clamp(0.1, 1), PREDICT / ORDER)
        return torch.where(error <= self.tolerance, steady, factor.clamp_max(AFTER_REJECTION))

    def inside(self, field: NetworkField, state: State, proposal: Proposal) -> Inside:
        """The path of the outputs, and the weights along it."""
        dense = proposal.dense
        kernels, changes = Kernels.of(dense.kernel), Kernels.of(dense.change)

        def outputs(theta: Tensor, k: Tensor) -> Tensor:
            C, D = dense.path.at(theta * proposal.dt[k], k).chunk(2, dim=1)
            here = state.F[k] + kernels.select(k).apply(C) + changes.select(k).apply(D)
            return here + column(theta * theta * theta, here) * dense.error[k]  # the outputs found at the end

        def moves(theta: Tensor) -> tuple[Tensor, Tensor]:
            everyone = torch.arange(len(theta), device=theta.device)
            C, D = dense.path.at(theta * proposal.dt, everyone).chunk(2, dim=1)
            return C - D, D

        def weights(theta: Tensor) -> Tensor:
            by0, by1 = moves(theta)
            return state.y + dense.at0.pullback(by0) + dense.at1.pullback(by1)

        def elsewhere(points: OutputPoints) -> Callable[[Tensor], Tensor]:
            here, there = points.anchor.at(state.y), points.anchor.at(dense.predicted)
            kernel0, kernel1 = dense.at0.kernel_with(here), dense.at1.kernel_with(there)  # (member, n, points)

            def predicted(theta: Tensor) -> Tensor:
                by0, by1 = (by[:, None, :] for by in moves(theta))
                return here.f + torch.bmm(by0, kernel0)[:, 0] + torch.bmm(by1, kernel1)[:, 0]

            error = points.change(proposal.y) - predicted(torch.ones_like(state.t))
            return lambda theta: predicted(theta) + column(theta * theta * theta, error) * error  # as of `outputs`

        return Inside(outputs, weights, 0, 1, elsewhere)  # two pullbacks and, in `locate`, the outputs


def make(*, tolerance: float) -> Tangent:
    """The method; ``tolerance`` bounds the relative error of the outputs in a step."""
    return Tangent(tolerance)
