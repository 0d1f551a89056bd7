"""Adam on batches of the training set (Kingma and Ba, 2015; Table 1), for ``mean l(F y) / (sqrt(h) alpha)``.

With the loss over alpha^2, as in the flows, the gradient would fall under Adam's epsilon where alpha is large. The predictor on
a batch is a difference of outputs: float64 keeps its digits. Time is the number of steps. The whole training set is looked at
after a tenth more steps, `FARTHEST` at most; what lies between two looks is not known: events happen at looks.

A step of the loop is the steps of Adam from look to look.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.optim.adam import adam  # the function: making an object of the class imports torch's compiler, for seconds

from crossover.flows.field import NetworkField
from crossover.flows.state import Inside, Proposal, State, Work, column

LOOKS = 10  # looks while the number of steps grows by itself
FARTHEST = 1000  # steps between looks
BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8

# The random numbers of a member from its step number: the batches from there to the next look.
Stream = Callable[[int], np.random.Generator]


class Memory(NamedTuple):
    """What a member carries from look to look."""

    f0: Tensor  # (member, n): outputs of the network at w0
    first: Tensor  # (member, P): Adam's mean of the gradient
    second: Tensor  # (member, P): of its square


class Adam(NamedTuple):
    """Steps of ``learning_rate`` on ``batch_size`` patterns, drawn anew for each; ``streams`` of all members of the batch."""

    learning_rate: float
    batch_size: int
    streams: Sequence[Stream]

    def start(self, field: NetworkField, state: State) -> State:
        """The first look is after one step."""
        f0 = field.anchor.network.outputs(field.anchor.w0, field.inputs.x)
        memory = Memory(f0, torch.zeros_like(state.y), torch.zeros_like(state.y))
        work = state.work.plus(Work.of(state.index, evaluations=1))
        return state._replace(dt=torch.ones_like(state.dt), memory=memory, work=work)

    def step(self, field: NetworkField, state: State) -> Proposal:
        """The steps of every member to its next look. All are taken."""
        moved = [self._advance(field, state, k) for k in range(len(state.index))]
        y, first, second = (torch.stack(part) for part in zip(*moved, strict=True))
        F = field.outputs(y)
        end, n = state.t + state.dt, F.shape[1]
        # patterns seen in batches, in evaluations of the training set
        seen = (end * self._size(n) // n - state.t * self._size(n) // n).long()
        gap = (end // LOOKS).clamp(1, FARTHEST)
        dt_next = torch.where(torch.isfinite(F).all(1), gap, torch.nan)
        memory = Memory(state.memory.f0, first, second)
        accept = torch.ones_like(state.index, dtype=torch.bool)
        none = torch.full_like(y, torch.nan)  # the rate is not needed
        return Proposal(accept, state.dt, y, F, none, dt_next, Work.of(state.index, evaluations=1 + seen), memory)

    def _size(self, n: int) -> int:
        return min(self.batch_size, n)

    def _advance(self, field: NetworkField, state: State, k: int) -> tuple[Tensor, Tensor, Tensor]:
        """State and means of member number k at its next look, each (P,)."""
        network, x, labels, w0 = field.anchor.network, field.inputs.x, field.labels, field.anchor.w0[k]
        alpha, f0 = field.alpha[k], state.memory.f0[k]
        shift = (field.initial[k] - alpha * f0).expand(len(labels))  # F = alpha f + shift
        scale = labels / network.h**0.5  # of dl/dm: alpha y / (sqrt(h) alpha)
        w, first, second, t = w0 + state.y[k], state.memory.first[k].clone(), state.memory.second[k].clone(), state.t[k].float()
        for batch in self._batches(state, k).to(x.device):
            at = network.at(w[None], x[batch])
            m = (alpha * at.f + shift[batch]) * labels[batch]
            gradient = at.pullback(field.loss.derivative(m) * scale[batch] / len(batch))
            adam([w], [gradient[0]], [first], [second], [], [t], **self._options())
        return w - w0, first, second

    def _options(self) -> dict:
        """Those of torch's function, which has no defaults; fused: measured 2 to 3 times faster."""
        off = dict.fromkeys(("amsgrad", "maximize"), False)
        return off | {"fused": True, "beta1": BETA1, "beta2": BETA2, "lr": self.learning_rate, "weight_decay": 0, "eps": EPSILON}

    def _batches(self, state: State, k: int) -> Tensor:
        """Patterns of each step of member number k to its next look, none twice in a step, shape (step, batch)."""
        first, steps, n = int(state.t[k]), int(state.dt[k]), state.F.shape[1]
        generator = self.streams[int(state.index[k])](first)
        drawn = [generator.choice(n, self._size(n), replace=False, shuffle=False) for _ in range(steps)]
        return torch.from_numpy(np.stack(drawn))

    def inside(self, field: NetworkField, state: State, proposal: Proposal) -> Inside:
        """The state of the last look, until the next."""
        del field

        def latest(before: Tensor, after: Tensor, theta: Tensor) -> Tensor:
            return torch.where(column(theta, before) < 1, before, after)

        def outputs(theta: Tensor, k: Tensor) -> Tensor:
            return latest(state.F[k], proposal.F[k], theta)

        return Inside(outputs, lambda theta: latest(state.y, proposal.y, theta), 0, 0)


def make(*, learning_rate: float, batch_size: int, streams: Sequence[Stream]) -> Adam:
    """Adam with random numbers of each member from its own stream."""
    return Adam(learning_rate, batch_size, streams)
