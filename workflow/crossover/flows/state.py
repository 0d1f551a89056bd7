"""What flows are made of: the field that is integrated, the state of its members, the steppers' protocol, the result."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor

from crossover.flows.outputs import OutputPoints

MARGIN = 1.0  # training stops when every training pattern has F y >= 1 (Section 2)
PRODUCTS = 100  # of a kernel and a vector, that count as an evaluation where work is limited
LEAST = 1e-3  # margins: smaller outputs need no better absolute accuracy


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


class Work(NamedTuple):
    """What was computed for each member: int64 tensors of shape (member,).

    evaluations : of the network or its gradient on the training set, also those of estimates and of locating events
    kernels : of the training set
    products : of a kernel and a vector, n^2 multiplications each
    """

    evaluations: Tensor
    kernels: Tensor
    products: Tensor

    @classmethod
    def of(cls, like: Tensor, *, evaluations=0, kernels=0, products=0) -> "Work":
        """Work of so many of each (numbers or tensors), with the members and the device of ``like``."""
        counts = (evaluations, kernels, products)
        return cls(*(torch.zeros_like(like, dtype=torch.int64) + torch.as_tensor(count, device=like.device) for count in counts))

    def total(self) -> Tensor:
        """Evaluations for a limit: a kernel counts as one, and `PRODUCTS` products do, (member,)."""
        return self.evaluations + self.kernels + self.products // PRODUCTS

    def plus(self, other: "Work") -> "Work":
        """The sum."""
        return Work(*(a + b for a, b in zip(self, other, strict=True)))


class State(NamedTuple):
    """Running members: original position, time, next step, state, predictor, rate, work done, stepper's memory."""

    index: Tensor  # (member,)
    t: Tensor  # (member,), float64
    dt: Tensor  # (member,), float64
    y: Tensor  # (member, P)
    F: Tensor  # (member, n)
    rate: Tensor  # (member, P)
    work: Work
    memory: tuple = ()  # of tensors with a member axis, the stepper's own


class Proposal(NamedTuple):
    """A step of each member from ``t`` to ``t + dt``: the end point, whether it stands, and the next step to try."""

    accept: Tensor  # (member,)
    dt: Tensor  # (member,), at most the step that was asked for
    y: Tensor  # (member, P)
    F: Tensor  # (member, n)
    rate: Tensor  # (member, P)
    dt_next: Tensor  # (member,)
    work: Work  # of this step
    memory: tuple = ()
    dense: tuple = ()  # what `inside` wants to know, see `take`


class Inside(NamedTuple):
    """What lies inside a step, at ``t + theta dt`` with theta in [0, 1].

    outputs(theta, k) : F of the members k of the step, theta and k of shape (k,); shape (k, n); close to F of `state`
    state(theta) : the states of all its members, shape (member, P)
    output_evaluations, state_evaluations : of the network, spent by one call
    elsewhere(points) : f(w) - f(w0) of all its members on other inputs (`outputs.OutputPoints`), a function of theta, (member,)
        -> (member, points), where it costs less than the states; else None
    """

    outputs: Callable[[Tensor, Tensor], Tensor]
    state: Callable[[Tensor], Tensor]
    output_evaluations: int
    state_evaluations: int
    elsewhere: Callable[[OutputPoints], Callable[[Tensor], Tensor]] | None = None


class Stepper(Protocol):
    """A method: proposes steps and says what lies inside a step.

    One that has ``parts(state)`` is made of others: pairs of a stepper and the members that it advances this time.
    """

    def start(self, field: Field, state: State) -> State:
        """The state with the method's own first step and memory."""

    def step(self, field: Field, state: State) -> Proposal:
        """One step of every member with its own ``state.dt``."""

    def inside(self, field: Field, state: State, proposal: Proposal) -> Inside:
        """The inside of the step."""


class Checkpoint(Protocol):
    """Where an integration keeps its state, so that one that was killed goes on where it was."""

    def load(self) -> dict[str, Tensor] | None:
        """What was saved last, or nothing."""

    def due(self, *, ended: bool) -> bool:
        """Whether it is time to save; ``ended``: all members have."""

    def save(self, packed: dict[str, Tensor]) -> None:
        """Replace what was saved."""


class Limits(NamedTuple):
    """Where a member is given up: evaluations (`Work.total`), wall seconds of its batch."""

    evaluations: int
    seconds: float


class Result(NamedTuple):
    """What became of each member, in the order given; tensors on the CPU.

    t_stop is the time of the stop for converged members and of the last accepted step for the others.
    """

    status: list[str]
    t_stop: np.ndarray  # (member,)
    t_half: np.ndarray  # (member,), NaN when the loss did not fall to half
    work: Work
    y: Tensor  # (member, P)
    F: Tensor  # (member, n)
    curve: np.ndarray  # (member, time): rescaled loss at the times asked for, NaN after the end
    norms: np.ndarray  # (member, time, 2): as the curve, what else was asked for; NaN where nothing was
    seconds: float  # wall time of the batch, that before a checkpoint included


def take(value, members: Tensor):
    """Some members of a tensor, of what selects its own, or of a tuple of such, in tuples of the same type."""
    if isinstance(value, Tensor):
        return value[members]
    if hasattr(value, "select"):
        return value.select(members)
    parts = [take(part, members) for part in value]
    return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)


def put(whole, members: Tensor, some):
    """``whole`` with the members (some,), positions, replaced by ``some``; tensors or tuples of tensors alike."""
    if isinstance(whole, Tensor):
        return whole.index_copy(0, members, some)
    parts = [put(a, members, b) for a, b in zip(whole, some, strict=True)]
    return type(whole)(*parts) if hasattr(whole, "_fields") else tuple(parts)


def join(parts: list, order: Tensor):
    """Tensors or tuples of tensors of parts of the members, joined and put in an order (member,)."""
    if isinstance(parts[0], Tensor):
        return torch.cat(parts)[order]
    joined = [join(list(each), order) for each in zip(*parts, strict=True)]
    return type(parts[0])(*joined) if hasattr(parts[0], "_fields") else tuple(joined)


def where(members: Tensor, yes, no):
    """``yes`` for the ``members`` (member,), bool, and ``no`` for the others; tensors or tuples of tensors alike."""
    if isinstance(yes, Tensor):
        return torch.where(members.reshape(-1, *[1] * (yes.ndim - 1)), yes, no)
    parts = [where(members, a, b) for a, b in zip(yes, no, strict=True)]
    return type(yes)(*parts) if hasattr(yes, "_fields") else tuple(parts)


def column(values: Tensor, like: Tensor) -> Tensor:
    """Numbers of the members, (member,), to be multiplied with ``like``, (member, P): a column of its dtype."""
    return values.to(like.dtype)[:, None]


def power(values: Tensor, exponent: float) -> Tensor:
    """``values ** exponent`` for positive values: torch's own rounds by the place in the batch."""
    return torch.exp(torch.log(values) * exponent)


def relative(error: Tensor, F: Tensor) -> Tensor:
    """Root mean square of an error of the outputs F, both (member, n), relative to that of F between `LEAST` and 1 margin.

    Early errors of small outputs grow with them where features are learned; beyond a margin the loss knows no larger scale.
    Not finite is a large error. Shape (member,), float64.
    """
    size = error.double().square().mean(1).sqrt() / F.double().square().mean(1).sqrt().clamp(LEAST, MARGIN)
    return torch.where(torch.isfinite(size), size, 1e9)


def cubic(y0: Tensor, y1: Tensor, rate0: Tensor, rate1: Tensor, *, dt: Tensor, theta: Tensor) -> Tensor:
    """Values at ``theta dt`` of the cubics with these values and rates (member, P) at 0 and dt (member,): Hermite's."""
    theta, dt = column(theta, y0), column(dt, y0)
    back = 1 - theta
    return back**2 * (1 + 2 * theta) * y0 + theta**2 * (3 - 2 * theta) * y1 + theta * back * dt * (back * rate0 - theta * rate1)


def along(field: Field, point: Callable[[Tensor, Tensor], Tensor], state: State, proposal: Proposal) -> Inside:
    """The inside of a step whose states are ``point(theta, k)``: one evaluation for each of its outputs but those at the ends."""

    def outputs(theta: Tensor, k: Tensor) -> Tensor:
        for end, F in ((0.0, state.F), (1.0, proposal.F)):
            if (theta == end).all():
                return F[k]
        return field.select(k).outputs(point(theta, k))

    def states(theta: Tensor) -> Tensor:
        return point(theta, torch.arange(len(theta), device=theta.device))

    return Inside(outputs, states, 1, 0)
