"""The one loop that integrates ``dy/dt = rate(y)`` for a batch of independent members.

Every quantity has a leading member axis, also time, step and status. A member is advanced by its own accepted steps,
leaves the batch when it ends, and never looks at another: its numbers do not depend on its batch mates, nor on how they end.
"""

import time
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from crossover.flows.curve import Recorder
from crossover.flows.events import crossing, locate, numpy
from crossover.flows.outputs import OutputPoints
from crossover.flows.state import MARGIN, Checkpoint, Field, Limits, Result, State, Stepper, Work, join, take, where
from crossover.losses import Loss

# How a member ends; the names are the flag meanings of the cubes (`crossover.schema.STATUS`).
CONVERGED = "converged"
EVALUATION_LIMIT = "evaluation_limit"
TIME_LIMIT = "time_limit"
NOT_FINITE = "not_finite"
STEP_UNDERFLOW = "step_underflow"
RUNNING = ""
STATUSES = (RUNNING, CONVERGED, EVALUATION_LIMIT, TIME_LIMIT, NOT_FINITE, STEP_UNDERFLOW)

RECORDED = ("curve", "norms", "next")  # what a `Recorder` has come to

SMALLEST = 2.0**-52  # step, in units of the time reached and the first step: no shorter one can advance


class _Ends:
    """The books of members: what is known of them when they end."""

    def __init__(self, state: State):
        self.status = torch.zeros_like(state.index)  # positions in STATUSES
        self.t_stop = torch.full_like(state.t, torch.nan)
        self.t_half = torch.full_like(state.t, torch.nan)
        self.work = Work(*(torch.zeros_like(part) for part in state.work))
        self.y, self.F = state.y.clone(), state.F.clone()

    def book(self, state: State, ended: Tensor, status: str) -> Tensor:
        """Write down the members that ``ended``, (member,), and say which of the others run on."""
        some = take(state, ended)
        self.status[some.index] = STATUSES.index(status)
        self.t_stop[some.index] = some.t
        for total, part in zip(self.work, some.work, strict=True):
            total[some.index] = part
        self.y[some.index], self.F[some.index] = some.y, some.F
        return ~ended


def _leaves(value) -> list[Tensor]:
    """The tensors of nested tuples, in order."""
    return [value] if isinstance(value, Tensor) else [leaf for part in value for leaf in _leaves(part)]


def _like(value, leaves: list[Tensor]):
    """Nested tuples like ``value`` of the tensors ``leaves``, which are used up."""
    if isinstance(value, Tensor):
        return leaves.pop(0).to(value.device)
    parts = [_like(part, leaves) for part in value]
    return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)


def _pack(state: State, ends: _Ends, recorder: Recorder, seconds: float) -> dict[str, Tensor]:
    """Everything that the rest of the integration depends on."""
    packed = {f"state.{k}": leaf for k, leaf in enumerate(_leaves(state))}
    packed |= {f"ends.{k}": leaf for k, leaf in enumerate(_leaves(tuple(vars(ends).values())))}
    packed |= {name: torch.from_numpy(getattr(recorder, name)) for name in RECORDED}
    return packed | {"seconds": torch.tensor(seconds, dtype=torch.float64)}


def _unpack(packed: dict[str, Tensor], state: State, ends: _Ends, recorder: Recorder) -> tuple[State, float]:
    """The state and the seconds spent; ``ends`` and ``recorder`` are filled in."""
    leaves = {
        part: [packed[f"{part}.{k}"] for k in range(sum(n.startswith(f"{part}.") for n in packed))] for part in ("state", "ends")
    }
    for name, value in zip(vars(ends), _like(tuple(vars(ends).values()), leaves["ends"]), strict=True):
        setattr(ends, name, value)
    for name in RECORDED:
        setattr(recorder, name, packed[name].numpy())
    return _like(state, leaves["state"]), float(packed["seconds"])


def _each_part(stepper: Stepper, field: Field, state: State, advance: Callable) -> tuple[State, Tensor]:
    """``advance`` with the stepper, or with each of its parts and their members; joined again."""
    if not hasattr(stepper, "parts"):
        return advance(stepper, field, state)
    parts = stepper.parts(state)
    if len(parts) == 1:
        return advance(parts[0][0], field, state)
    advanced = [advance(part, field.select(members), take(state, members)) for part, members in parts]
    order = torch.cat([members for _, members in parts]).argsort()
    return join(advanced, order)


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
    checkpoint: Checkpoint | None = None,
    stop_loss: float | None = None,
    followed: OutputPoints | None = None,
) -> Result:
    """Integrate every member to the first time at which all its margins ``F y`` are at least 1, or its loss is low enough.

    Parameters
    ----------
    stepper, field : the method, and what it integrates
    y : initial states, shape (member, P)
    labels : +1 or -1, shape (n,)
    loss : per pattern; the rescaled loss is its mean over the patterns
    first_step : first step to try, shape (member,), float64
    times : increasing times at which curves are recorded, shape (time,)
    limits : where a member is given up
    progress : called after each step with the number of members that have ended and the state of those that ran
    checkpoint : where to continue from and to write to; the result is the same with and without
    stop_loss : where it is given, members stop at this rescaled loss and not at margin 1
    followed : points on which norms of the outputs are recorded beside the rescaled loss; no part of the work that is counted
    """
    started, members, whole = time.monotonic(), len(y), field
    F, rate = field.outputs_and_rate(y)
    index = torch.arange(members, device=y.device)
    state = State(index, torch.zeros_like(first_step), first_step, y, F, rate, Work.of(index, evaluations=1))
    state = stepper.start(field, state)

    def rescaled_loss(F: Tensor) -> Tensor:
        return loss.value(F * labels).mean(-1)

    half_of_initial = rescaled_loss(F) / 2

    def half(F: Tensor, index: Tensor) -> Tensor:
        return half_of_initial[index] - rescaled_loss(F)

    def stop(F: Tensor, index: Tensor) -> Tensor:
        return (F * labels).amin(-1) - MARGIN if stop_loss is None else stop_loss - rescaled_loss(F)

    ends, recorder = _Ends(state), Recorder(times, members, rescaled_loss, followed)

    def advance(stepper: Stepper, field: Field, state: State) -> tuple[State, Tensor]:
        """The members after a step, and which of them stopped, (member,)."""
        proposal = stepper.step(field, state)
        accept, inside = proposal.accept, stepper.inside(field, state, proposal)
        end = (state.t + proposal.dt, proposal.y, proposal.F, proposal.rate)
        t, y, F, rate = where(accept, end, (state.t, state.y, state.F, state.rate))
        new = State(state.index, t, proposal.dt_next, y, F, rate, state.work.plus(proposal.work), proposal.memory)
        halved = accept & (half(F, state.index) >= 0) & ends.t_half[state.index].isnan()
        if halved.any():
            before, step, among = *take((state, proposal), halved), field.select(halved)
            theta, spent = crossing(stepper.inside(among, before, step), half, before.index)
            ends.t_half[before.index] = before.t + theta * step.dt
            new.work.evaluations[halved] += spent
            del before, step, among  # copies of the kernels of the step
        stopped = accept & (stop(F, state.index) >= 0)
        if stopped.any():
            before, step, among = *take((state, proposal), stopped), field.select(stopped)
            at = locate(among, stepper.inside(among, before, step), stop, before.index)
            new.t[stopped] = before.t + at.theta * step.dt
            new.y[stopped], new.F[stopped] = at.y, at.F
            new.work.evaluations[stopped] += at.evaluations
            del before, step, among
        recorder.record(stepper, field, inside, state, proposal, new.t)
        return new, stopped

    if checkpoint and (packed := checkpoint.load()):
        state, seconds = _unpack(packed, state, ends, recorder)
        started -= seconds
        field, running = whole.select(state.index), torch.ones_like(state.index, dtype=torch.bool)
    else:
        healthy = torch.isfinite(F).all(1) & torch.isfinite(rate).all(1)
        running = ends.book(state, ~healthy, NOT_FINITE)
        running &= ends.book(state, running & (stop(F, state.index) >= 0), CONVERGED)
    while running.any():
        if not running.all():
            state = take(state, running)
            field = whole.select(state.index)
        state, stopped = _each_part(stepper, field, state, advance)
        late = time.monotonic() - started > limits.seconds
        running = ends.book(state, stopped, CONVERGED)
        for status, given_up in (
            (EVALUATION_LIMIT, state.work.total() >= limits.evaluations),
            (NOT_FINITE, state.dt.isnan()),
            (STEP_UNDERFLOW, state.dt < SMALLEST * (state.t + first_step[state.index])),
            (TIME_LIMIT, torch.full_like(running, late)),
        ):
            running &= ends.book(state, running & given_up, status)
        progress(members - int(running.sum()), state)
        if checkpoint and checkpoint.due(ended=not running.any()):
            checkpoint.save(_pack(take(state, running), ends, recorder, time.monotonic() - started))
    status = [STATUSES[code] for code in ends.status.tolist()]
    work = Work(*(part.cpu() for part in ends.work))
    curves = (recorder.curve, recorder.norms)
    seconds = time.monotonic() - started
    return Result(status, numpy(ends.t_stop), numpy(ends.t_half), work, ends.y.cpu(), ends.F.cpu(), *curves, seconds)
