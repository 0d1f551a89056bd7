"""Tangent-kernel steps where they pay, stabilised Runge-Kutta steps where they do not: chosen for each member and each step.

Both are measured on the way: how far a member advances in time for its cost, over `WINDOW` steps. The method that advances
faster goes on, and the other is tried again from time to time, half as often after each try that lost. Runge-Kutta is tried only
where it could win: where the evaluations that are stable over the time of a tangent step cost less than that step. Costs
are counted, not timed, so that a choice is the same on every machine.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from crossover.flows import rkc, rkc4, tangent
from crossover.flows.field import NetworkField
from crossover.flows.rkc import Rkc
from crossover.flows.state import Inside, Proposal, State, Stepper, Work, put, take, where
from crossover.flows.tangent import Tangent

TANGENT, RUNGE_KUTTA = 0, 1
CHANGED = -2
# Multiplications that take as long in products of matrices as: a value of the activation and what is done with it; one in a
# product of a kernel and a vector, which waits for the memory. Measured on the CPU, see docs/flow_solver.md.
ACTIVATION, MEMORY = 700.0, 4.0
DEAREST = 60.0  # evaluations that a kernel may cost: a lazy member is done with a few kernels, or with some 600 evaluations
LOOSER = 4.0  # tolerance of Runge-Kutta in tolerances of the tangent steps: measured to end with about the same error
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
    progress: Tensor  # of this window
    cost: Tensor  # of this window
    since: Tensor  # cost since the other method was tried
    patience: Tensor  # windows until it is tried again
    rival: Tensor  # progress for cost of the other method when it was last measured

    @classmethod
    def begin(cls, like: Tensor, kind: int) -> "Race":
        """With one method, the other unknown; ``like`` is float64, (member,)."""
        whole = torch.full_like(like, kind, dtype=torch.int64)
        return cls(whole, whole * 0, like * 0, like * 0, like * 0, like * 0 + PATIENCE, like * 0)

    def after(self, accept: Tensor, advance: Tensor, cost: Tensor, hopeful: Tensor) -> "Race":
        """After a step of the method; the other is tried only where it is ``hopeful``, (member,)."""
        counts = self.steps >= 0
        steps = self.steps.clamp_min(-1) + accept
        progress, spent = self.progress + advance * (accept & counts), self.cost + cost * counts
        since, speed, full = self.since + cost, progress / spent.clamp_min(1e-300), steps >= WINDOW
        lost = full & (speed < self.rival)
        change = lost | (full & hopeful & (since > self.patience * spent))
        fresh = self._replace(
            kind=1 - self.kind,
            steps=torch.full_like(steps, CHANGED),
            patience=torch.where(lost, 2 * self.patience, self.patience),
            rival=speed,
        )._with(0 * spent)
        again = self._replace(steps=0 * steps)._with(0 * spent)._replace(since=since)
        running = self._replace(steps=steps, progress=progress, cost=spent, since=since)
        return where(change, fresh, where(full, again, running))

    def _with(self, nothing: Tensor) -> "Race":
        return self._replace(progress=nothing, cost=nothing, since=nothing)


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
            some = stale.nonzero()[:, 0]
            known = put(known, some, self.auto.tangent.memory(field.select(some), take(state, some)))
            caught_up = Work.of(state.index, evaluations=stale.long(), kernels=stale.long())
        proposal = self.auto.tangent.step(field, state._replace(memory=known))
        cost = costs.total(proposal.work)
        # what Runge-Kutta would spend at best over the time of the next step
        ahead = LONGER * proposal.memory.radius * proposal.dt * proposal.memory.growth
        hopeful = cost * LONGER > costs.evaluation * stable_evaluations(ahead)
        race = memory.race.after(proposal.accept, _progress(state, proposal), cost, hopeful)
        proposal = proposal._replace(memory=Memory(race, proposal.memory, memory.rkc), work=proposal.work.plus(caught_up))
        changes = race.kind == RUNGE_KUTTA  # after a step that stands: it needs the rate there, and a time to ask for
        if not changes.any():
            return proposal
        some = changes.nonzero()[:, 0]
        rate = put(proposal.rate, some, field.select(some).outputs_and_rate(proposal.y[some])[1])
        work = proposal.work.plus(Work.of(state.index, evaluations=changes))
        return proposal._replace(rate=rate, dt_next=torch.where(changes, proposal.dt, proposal.dt_next), work=work)

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
            some = fresh.nonzero()[:, 0]
            known = put(known, some, self.auto.rkc.restart(field.select(some), take(state, some), memory.tangent.radius[some]))
            spent = Work.of(state.index, evaluations=fresh)
        proposal = self.auto.rkc.step(field, state._replace(memory=known))
        work = proposal.work.plus(spent)
        hopeful = torch.full_like(proposal.accept, costs.kernel <= DEAREST * costs.evaluation)
        race = memory.race.after(proposal.accept, _progress(state, proposal), costs.total(work), hopeful)
        memory = Memory(race, memory.tangent, proposal.memory)
        return proposal._replace(memory=memory, work=work)

    def inside(self, field: NetworkField, state: State, proposal: Proposal) -> Inside:
        """As of the Runge-Kutta steps."""
        return self.auto.rkc.inside(field, state, proposal)


def _progress(state: State, proposal: Proposal) -> Tensor:
    """The part of the time reached that a step adds, (member,): steps grow with time as the flow slows down."""
    return proposal.dt / (state.t + proposal.dt)


def stable_evaluations(stiffness: Tensor) -> Tensor:
    """Evaluations that Runge-Kutta of order 4 takes over a time of so many spectral radii, (member,): what is stable."""
    beta = rkc4.BETA.to(stiffness.device)
    stiffness = rkc.RADIUS_SAFETY * stiffness
    stages = rkc4.FEWEST + torch.searchsorted(beta, stiffness).clamp_max(len(beta) - 1)
    return (stages + 1) * (stiffness / beta[-1]).clamp_min(1)  # and one for the error


def make(*, tolerance: float) -> Auto:
    """The method; ``tolerance`` bounds the relative error of the outputs in a tangent step (`state.relative`)."""
    return Auto(tolerance)
