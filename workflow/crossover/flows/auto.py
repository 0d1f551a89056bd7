"""Tangent-kernel steps where they pay, stabilised Runge-Kutta steps where they do not: chosen for each member and each step.

Both are measured on the way: the time that a member advances for its cost, over `WINDOW` steps. The method that advances faster
goes on, and the other is tried again from time to time, half as often after each try that lost. Runge-Kutta is tried only
where it could win: where the evaluations that are stable over the time of a tangent step cost less than that step. Costs
are counted, not timed, so that a choice is the same on every machine.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from crossover.flows import rkc, rkc4, tangent
from crossover.flows.field import NetworkField
from crossover.flows.rkc import Rkc
from crossover.flows.state import Inside, Proposal, State, Stepper, Work, where
from crossover.flows.tangent import Tangent

TANGENT, RUNGE_KUTTA = 0, 1
CHANGED = -2
# Multiplications that take as long in products of matrices as: a value of the activation and what is done with it; one in a
# product of a kernel and a vector, which waits for the memory. Measured on the CPU, see docs/flow_solver.md.
ACTIVATION, MEMORY = 700.0, 4.0
DEAREST = 60.0  # evaluations that a kernel may cost: a lazy member is done with a few kernels, or with some 600 evaluations
LOOSER = 3.0  # tolerance of Runge-Kutta in tolerances of the tangent steps: measured to end with about the same error
WINDOW = 4  # accepted steps
PATIENCE = 4.0  # windows before the other method is tried first
LONGER = 2.5  # the longest that Runge-Kutta steps were in tangent steps of the same error


class Costs(NamedTuple):
    """Of one member, in multiplications of products of matrices."""

    evaluation: float
    kernel: float
    product: float

    @classmethod
    def of(cls, field: NetworkField) -> "Costs":
        """The costs on the field's network and training set."""
        n = len(field.labels)
        flops = field.anchor.network.flops(n)
        return cls(flops.evaluation + ACTIVATION * flops.activations, flops.kernel, MEMORY * 2 * n**2)

    def total(self, work: Work) -> Tensor:
        """Cost of some work, (member,), float64."""
        counts = (part.double() for part in work)
        return sum(count * cost for count, cost in zip(counts, self, strict=True))


class Race(NamedTuple):
    """The two methods' performance as far as a member knows it, each (member,)."""

    kind: Tensor  # TANGENT or RUNGE_KUTTA: the method of the next step
    steps: Tensor  # accepted in this window; `CHANGED` before the first of a method, which does not count
    time: Tensor  # advanced in this window
    cost: Tensor  # of this window
    since: Tensor  # cost since the other method was tried
    patience: Tensor  # windows until it is tried again
    rival: Tensor  # time for cost of the other method when it was last measured

    @classmethod
    def begin(cls, like: Tensor, kind: int) -> "Race":
        """With one method, the other unknown; ``like`` is float64, (member,)."""
        whole = torch.full_like(like, kind, dtype=torch.int64)
        return cls(whole, whole * 0, like * 0, like * 0, like * 0, like * 0 + PATIENCE, like * 0)

    def after(self, accept: Tensor, dt: Tensor, cost: Tensor, hopeful: Tensor) -> "Race":
        """After a step of the method; the other is tried only where it is ``hopeful``, (member,)."""
        counts = self.steps >= 0
        steps = self.steps.clamp_min(-1) + accept
        time, spent = self.time + dt * (accept & counts), self.cost + cost * counts
        since, speed, full = self.since + cost, time / spent.clamp_min(1e-300), steps >= WINDOW
        lost = full & (speed < self.rival)
        change = lost | (full & hopeful & (since > self.patience * spent))
        fresh = self._replace(
            kind=1 - self.kind,
            steps=torch.full_like(steps, CHANGED),
            patience=torch.where(lost, 2 * self.patience, self.patience),
            rival=speed,
        )._with(0 * time)
        again = self._replace(steps=0 * steps)._with(0 * time)._replace(since=since)
        running = self._replace(steps=steps, time=time, cost=spent, since=since)
        return where(change, fresh, where(full, again, running))

    def _with(self, nothing: Tensor) -> "Race":
        return self._replace(time=nothing, cost=nothing, since=nothing)


class Memory(NamedTuple):
    """What a member carries from step to step."""

    race: Race
    tangent: tangent.Memory  # out of date where Runge-Kutta steps
    rkc: rkc.Memory  # out of date where tangent steps


class Auto(NamedTuple):
    """``tolerance`` of the tangent steps; see the module."""

    tolerance: float

    @property
    def tangent(self) -> Tangent:
        """The tangent steps."""
        return Tangent(self.tolerance)

    @property
    def rkc(self) -> Rkc:
        """The Runge-Kutta steps."""
        return Rkc(LOOSER * self.tolerance, rkc4)

    def start(self, field: NetworkField, state: State) -> State:
        """Begin with tangent steps, unless a kernel is too dear to ever pay."""
        costs, nothing = Costs.of(field), torch.zeros_like(state.dt)
        if costs.kernel > DEAREST * costs.evaluation:
            started = self.rkc.start(field, state)
            none = tangent.Memory(state.y.new_zeros(len(state.y), 0, 0), *[nothing] * 4)
            memory = Memory(Race.begin(nothing, RUNGE_KUTTA), none, started.memory)
        else:
            started = self.tangent.start(field, state)
            none = rkc.Memory(torch.zeros_like(state.y), nothing, torch.zeros_like(state.index), nothing)
            memory = Memory(Race.begin(nothing, TANGENT), started.memory, none)
        return started._replace(memory=memory)

    def parts(self, state: State) -> list[tuple[Stepper, Tensor]]:
        """The steppers of this step, each with its members, (some,)."""
        kinds = ((TANGENT, TangentPart(self)), (RUNGE_KUTTA, RungeKuttaPart(self)))
        parts = ((stepper, (state.memory.race.kind == kind).nonzero()[:, 0]) for kind, stepper in kinds)
        return [(stepper, members) for stepper, members in parts if len(members)]


class TangentPart(NamedTuple):
    """Tangent steps of the members that take them."""

    auto: Auto

    def step(self, field: NetworkField, state: State) -> Proposal:
        """One step, and the choice of the next."""
        memory, costs = state.memory, Costs.of(field)
        stale, known, caught_up = memory.race.steps == CHANGED, memory.tangent, Work.of(state.index)
        if stale.any():
            known = where(stale, self.auto.tangent.memory(field, state), known)
            caught_up = Work.of(state.index, evaluations=stale.long(), kernels=stale.long())
        proposal = self.auto.tangent.step(field, state._replace(memory=known))
        cost = costs.total(proposal.work)
        # what Runge-Kutta would spend at best over the time of the next step
        ahead = LONGER * proposal.memory.radius * proposal.dt * proposal.memory.growth
        hopeful = cost * LONGER > costs.evaluation * stable_evaluations(ahead)
        race = memory.race.after(proposal.accept, proposal.dt, cost, hopeful)
        # a step that asks for no more than the time of the last
        dt_next = torch.where(race.kind == RUNGE_KUTTA, proposal.dt, proposal.dt_next)
        rate, leaves = proposal.rate, race.kind == RUNGE_KUTTA
        if leaves.any():  # a tangent step leaves no rate, which Runge-Kutta and what looks inside its steps begin with
            rate = where(leaves, field.outputs_and_rate(proposal.y)[1], rate)
            caught_up = caught_up.plus(Work.of(state.index, evaluations=leaves))
        memory = Memory(race, proposal.memory, memory.rkc)
        return proposal._replace(memory=memory, rate=rate, dt_next=dt_next, work=proposal.work.plus(caught_up))

    def inside(self, field: NetworkField, state: State, proposal: Proposal) -> Inside:
        """As of the tangent steps."""
        return self.auto.tangent.inside(field, state, proposal)


class RungeKuttaPart(NamedTuple):
    """Runge-Kutta steps of the members that take them."""

    auto: Auto

    def step(self, field: NetworkField, state: State) -> Proposal:
        """One step, and the choice of the next."""
        memory, costs, spent = state.memory, Costs.of(field), Work.of(state.index)
        known, fresh = memory.rkc, memory.race.steps == CHANGED
        if fresh.any():
            known = where(fresh, self.auto.rkc.restart(field, state, memory.tangent.radius), known)
            spent = Work.of(state.index, evaluations=fresh)
        proposal = self.auto.rkc.step(field, state._replace(memory=known))
        work = proposal.work.plus(spent)
        hopeful = torch.full_like(proposal.accept, costs.kernel <= DEAREST * costs.evaluation)
        race = memory.race.after(proposal.accept, proposal.dt, costs.total(work), hopeful)
        memory = Memory(race, memory.tangent, proposal.memory)
        return proposal._replace(memory=memory, work=work)

    def inside(self, field: NetworkField, state: State, proposal: Proposal) -> Inside:
        """As of the Runge-Kutta steps."""
        return self.auto.rkc.inside(field, state, proposal)


def stable_evaluations(stiffness: Tensor) -> Tensor:
    """Evaluations that Runge-Kutta of order 4 takes over a time of so many spectral radii, (member,): what is stable."""
    beta = rkc4.BETA.to(stiffness.device)
    stiffness = rkc.RADIUS_SAFETY * stiffness
    stages = rkc4.FEWEST + torch.searchsorted(beta, stiffness).clamp_max(len(beta) - 1)
    return (stages + 1) * (stiffness / beta[-1]).clamp_min(1)  # and one for the error


def make(*, tolerance: float) -> Auto:
    """The method; ``tolerance`` bounds the relative error of the outputs in a tangent step (`state.relative`)."""
    return Auto(tolerance)
