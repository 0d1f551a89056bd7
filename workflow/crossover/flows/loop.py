"""The one loop that integrates ``dy/dt = rate(y)`` for a batch of independent members.

Every quantity has a leading member axis, also time, step and status. A member is advanced by its own accepted steps,
leaves the batch when it ends, and never looks at another: its numbers do not depend on its batch mates, nor on how they end.
"""

import time
from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np
import torch
from scipy.interpolate import CubicHermiteSpline
from scipy.optimize import elementwise
from torch import Tensor

from crossover.losses import Loss

# How a member ends; the names are the flag meanings of the cubes (`crossover.schema.STATUS`).
CONVERGED = "converged"
EVALUATION_LIMIT = "evaluation_limit"
TIME_LIMIT = "time_limit"
NOT_FINITE = "not_finite"
STEP_UNDERFLOW = "step_underflow"

MARGIN = 1.0  # training stops when every training pattern has F y >= 1 (Section 2)
SMALLEST = 2.0**-52  # step, in units of the time reached and the first step: no shorter one can advance
LOCATED = 1e-8  # an event is located to this part of the step


class Field(Protocol):
    """What is integrated: predictor on the training set and rate of change of the state, for a batch of members."""

    def outputs(self, y: Tensor) -> Tensor:
        """Predictor F of the states y (member, P), shape (member, n)."""

    def outputs_and_rate(self, y: Tensor) -> tuple[Tensor, Tensor]:
        """F, shape (member, n), and dy/dt, shape (member, P)."""

    def loss_rate(self, F: Tensor, rate: Tensor) -> Tensor:
        """Rate of change of the rescaled loss where the predictor is F and the state changes at ``rate``, shape (member,)."""

    def select(self, members: Tensor) -> "Field":
        """The field of some of the members."""


class State(NamedTuple):
    """Running members: original position, time, next step, state, predictor, rate, evaluations spent, stepper's memory."""

    index: Tensor  # (member,)
    t: Tensor  # (member,)
    dt: Tensor  # (member,)
    y: Tensor  # (member, P)
    F: Tensor  # (member, n)
    rate: Tensor  # (member, P)
    evaluations: Tensor  # (member,)
    memory: tuple = ()  # of tensors with a member axis, the stepper's own


class Proposal(NamedTuple):
    """A step of each member from ``t`` to ``t + dt``: the end point, whether it stands, and the next step to try."""

    accept: Tensor  # (member,)
    dt: Tensor  # (member,), at most the step that was asked for
    y: Tensor  # (member, P)
    F: Tensor  # (member, n)
    rate: Tensor  # (member, P)
    dt_next: Tensor  # (member,)
    evaluations: Tensor  # (member,), spent
    memory: tuple = ()


# States at t + theta dt of the members k of a step: theta (k,) in [0, 1], k (k,) -> (k, P).
Inside = Callable[[Tensor, Tensor], Tensor]


class Stepper(Protocol):
    """A method: proposes steps and says what the state is inside a step."""

    def start(self, field: Field, state: State) -> State:
        """The state with the method's own first step and memory."""

    def step(self, field: Field, state: State) -> Proposal:
        """One step of every member with its own ``state.dt``."""

    def inside(self, field: Field, state: State, proposal: Proposal) -> Inside:
        """The states inside the step."""


class Limits(NamedTuple):
    """Where a member is given up: evaluations of the network, wall seconds of its batch."""

    evaluations: int
    seconds: float


class Result(NamedTuple):
    """What became of each member, in the order given; tensors on the CPU.

    t_stop is the time of the stop for converged members and of the last accepted step for the others.
    """

    status: list[str]
    t_stop: np.ndarray  # (member,)
    t_half: np.ndarray  # (member,), NaN when the loss did not fall to half
    evaluations: np.ndarray  # (member,)
    y: Tensor  # (member, P)
    F: Tensor  # (member, n)
    curve: np.ndarray  # (member, time): rescaled loss at the times asked for, NaN after the end


# Of F (member, n) and the original positions of these members; the event has happened where it is >= 0, (member,).
Event = Callable[[Tensor, Tensor], Tensor]


def take(value, members: Tensor):
    """Some members of a tensor or of a tuple of tensors, in tuples of the same type."""
    if isinstance(value, Tensor):
        return value[members]
    parts = [take(part, members) for part in value]
    return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)


def _numpy(value: Tensor) -> np.ndarray:
    return value.cpu().numpy()


class _Recorder:
    """Rescaled losses of each member at fixed times, by the cubic through the losses and their rates at the ends of a step."""

    def __init__(self, times: np.ndarray, members: int, value: Callable[[Tensor], Tensor]):
        self.times, self.value = np.asarray(times, dtype=np.float64), value
        self.curve = np.full((members, len(self.times)), np.nan)
        self.next = np.zeros(members, dtype=np.int64)

    def record(self, field: Field, state: State, proposal: Proposal, accept: Tensor, until: Tensor) -> None:
        """Fill in the times of accepted steps up to ``until``, (member,), which is inside the last step of a member."""
        index, t0, dt = _numpy(state.index), _numpy(state.t), _numpy(proposal.dt)
        upto = np.where(_numpy(accept), np.searchsorted(self.times, _numpy(until), side="right"), 0)
        met = np.flatnonzero(upto > self.next[index])
        if not len(met):
            return
        losses = [_numpy(self.value(F).double()) for F in (state.F, proposal.F)]
        rates = [_numpy(field.loss_rate(end.F, end.rate).double()) for end in (state, proposal)]
        for k in met:
            at = slice(self.next[index[k]], upto[k])
            cubic = CubicHermiteSpline([0, dt[k]], [loss[k] for loss in losses], [rate[k] for rate in rates])
            bounds = sorted(loss[k] for loss in losses)  # the loss falls along a gradient flow
            self.curve[index[k], at] = cubic(self.times[at] - t0[k]).clip(*bounds)
            self.next[index[k]] = upto[k]


class _Located(NamedTuple):
    """Where members met an event: their positions in the batch, part of the step, state, predictor, evaluations spent."""

    members: Tensor
    theta: Tensor
    y: Tensor
    F: Tensor
    evaluations: Tensor


def _locate(field: Field, stepper: Stepper, state: State, proposal: Proposal, happened: Tensor, event: Event) -> _Located:
    """Locate an event that ``happened``, (member,), between the ends of the step; it has happened at the place returned."""
    members = happened.nonzero()[:, 0]
    field, state, proposal = field.select(members), take(state, members), take(proposal, members)

    inside = stepper.inside(field, state, proposal)

    def outputs(theta: Tensor, k: Tensor) -> Tensor:
        return field.select(k).outputs(inside(theta, k))

    def value(theta: np.ndarray, k: np.ndarray) -> np.ndarray:
        at = torch.as_tensor(k.astype(np.int64), device=members.device)
        theta = torch.as_tensor(theta, device=members.device)
        return _numpy(event(outputs(theta, at), state.index[at]).double())

    everyone = torch.arange(len(members), device=members.device)
    bracket = np.zeros(len(members)), np.ones(len(members))
    found = elementwise.find_root(
        value,
        bracket,
        args=(_numpy(everyone).astype(np.float64),),
        tolerances={"xatol": LOCATED, "xrtol": 0, "fatol": 0, "frtol": 0},
    )
    # the root itself where the event has happened there, else the end of its bracket on which it has
    after = np.where(found.f_bracket[1] >= 0, found.bracket[1], found.bracket[0])
    after = np.where(found.f_x >= 0, found.x, after)
    # no bracket: rounding hid the event at the end of the step, so it is there
    theta = torch.as_tensor(np.where(found.status == -1, 1.0, after), device=members.device)
    evaluations, nudge = torch.as_tensor(found.nfev, device=members.device), LOCATED
    while True:  # a batch of another size may round F to just before the event
        F = outputs(theta, everyone)
        evaluations = evaluations + 1
        before = (event(F, state.index) < 0) & (theta < 1)
        if not before.any():
            return _Located(members, theta, inside(theta, everyone), F, evaluations)
        theta, nudge = torch.where(before, (theta + nudge).clamp(max=1), theta), 2 * nudge


class _Ends:
    """The books of members that have ended."""

    def __init__(self, state: State):
        members = len(state.index)
        self.status = [""] * members
        self.t_stop = np.full(members, np.nan)
        self.evaluations = np.zeros(members, dtype=np.int64)
        self.y, self.F = state.y.clone(), state.F.clone()

    def book(self, state: State, ended: Tensor, status: str) -> Tensor:
        """Write down the members that ``ended``, (member,), and say which of the others run on."""
        some = take(state, ended)
        for member in some.index.tolist():
            self.status[member] = status
        self.t_stop[_numpy(some.index)] = _numpy(some.t)
        self.evaluations[_numpy(some.index)] = _numpy(some.evaluations)
        self.y[some.index], self.F[some.index] = some.y, some.F
        return ~ended


def integrate(
    stepper: Stepper,
    field: Field,
    *,
    y: Tensor,
    labels: Tensor,
    loss: Loss,
    first_step: Tensor,
    times: np.ndarray,
    limits: Limits,
    progress: Callable[[int, State], None],
) -> Result:
    """Integrate every member to the first time at which all its margins ``F y`` are at least 1.

    Parameters
    ----------
    stepper, field : the method, and what it integrates
    y : initial states, shape (member, P)
    labels : +1 or -1, shape (n,)
    loss : per pattern; the rescaled loss is its mean over the patterns
    first_step : first step to try, shape (member,), float64
    times : increasing times at which the rescaled loss is recorded, shape (time,)
    limits : where a member is given up
    progress : called after each step with the number of members that have ended and the state of those that ran
    """
    started, members, whole = time.monotonic(), len(y), field
    F, rate = field.outputs_and_rate(y)
    ones = torch.ones(members, dtype=torch.int64, device=y.device)
    state = State(ones.cumsum(0) - 1, torch.zeros_like(first_step), first_step, y, F, rate, ones)
    state = stepper.start(field, state)

    def rescaled_loss(F: Tensor) -> Tensor:
        return loss.value(F * labels).mean(-1)

    half_of_initial = rescaled_loss(F) / 2

    def half(F: Tensor, index: Tensor) -> Tensor:
        return half_of_initial[index] - rescaled_loss(F)

    def stop(F: Tensor, index: Tensor) -> Tensor:
        return (F * labels).amin(-1) - MARGIN

    ends, recorder = _Ends(state), _Recorder(times, members, rescaled_loss)
    t_half = torch.full_like(first_step, torch.nan)
    healthy = torch.isfinite(F).all(1) & torch.isfinite(rate).all(1)
    running = ends.book(state, ~healthy, NOT_FINITE)
    running &= ends.book(state, running & (stop(F, state.index) >= 0), CONVERGED)
    while running.any():
        if not running.all():
            state = take(state, running)
            field = whole.select(state.index)
        proposal = stepper.step(field, state)
        accept, dt, spent = proposal.accept, proposal.dt, proposal.evaluations.clone()
        new = state._replace(
            t=torch.where(accept, state.t + dt, state.t),
            dt=proposal.dt_next,
            memory=proposal.memory,
            y=torch.where(accept[:, None], proposal.y, state.y),
            F=torch.where(accept[:, None], proposal.F, state.F),
            rate=torch.where(accept[:, None], proposal.rate, state.rate),
        )
        halved = accept & (half(new.F, state.index) >= 0) & t_half[state.index].isnan()
        if halved.any():
            at = _locate(field, stepper, state, proposal, halved, half)
            t_half[state.index[halved]] = state.t[halved] + at.theta * dt[halved]
            spent[halved] += at.evaluations
        stopped = accept & (stop(new.F, state.index) >= 0)
        if stopped.any():
            at = _locate(field, stepper, state, proposal, stopped, stop)
            new.t[stopped] = state.t[stopped] + at.theta * dt[stopped]
            new.y[stopped], new.F[stopped] = at.y, at.F
            spent[stopped] += at.evaluations
        recorder.record(field, state, proposal, accept, new.t)

        state = new._replace(evaluations=state.evaluations + spent)
        late = time.monotonic() - started > limits.seconds
        running = ends.book(state, stopped, CONVERGED)
        for status, given_up in (
            (EVALUATION_LIMIT, state.evaluations >= limits.evaluations),
            (STEP_UNDERFLOW, state.dt < SMALLEST * (state.t + first_step[state.index])),
            (TIME_LIMIT, torch.full_like(running, late)),
        ):
            running &= ends.book(state, running & given_up, status)
        progress(members - int(running.sum()), state)
    return Result(ends.status, ends.t_stop, _numpy(t_half), ends.evaluations, ends.y.cpu(), ends.F.cpu(), recorder.curve)
