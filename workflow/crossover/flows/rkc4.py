"""Stabilised Runge-Kutta of order 4: a block of four classical stages, then Euler substeps that stretch the stability.

Stable up to ``step * spectral radius = beta(s) ~ 0.34 s^2`` with s stages, s - 4 of them substeps: a factorised stability
polynomial of order 4 as in ROCK4 (Abdulle, SIAM J. Sci. Comput. 23, 2041, 2002) with the factors in another order and
coefficients of our own, see `crossover.flows.rkc4_coefficients`.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from crossover.flows.rkc4_coefficients import METHODS
from crossover.flows.rkc4_error import BLOCK, error_weights
from crossover.flows.state import Field, State, column

FEWEST, MOST = min(METHODS), max(METHODS)  # stages
ORDER = 4
BETA = torch.tensor([METHODS[s].beta for s in range(FEWEST, MOST + 1)], dtype=torch.float64)
ERROR = {s: error_weights(method) for s, method in METHODS.items()}


def advance(field: Field, state: State, dt: Tensor, stages: Tensor) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
    """The end of the step of each member with its own number of stages, (member, P); stages - 1 evaluations.

    Also the function from the rate at the end to the estimated error, both (member, P): the difference to a step of order 3.
    """
    methods = [METHODS[s] for s in stages.tolist()]

    def weights(rows: list) -> Tensor:
        """Coefficients of the members times their steps, (coefficient, member, 1)."""
        return (torch.tensor(rows, dtype=torch.float64, device=dt.device).T * dt).to(state.y.dtype)[:, :, None]

    block, ends = weights([method.block for method in methods]), weights([method.weights for method in methods])
    rates, at = [state.rate], 0
    for stage in range(1, BLOCK):
        inner = state.y + sum(block[at + k] * rates[k] for k in range(stage))
        at += stage
        rates.append(field.outputs_and_rate(inner)[1])
    y = state.y + sum(ends[k] * rates[k] for k in range(BLOCK))
    errors = weights([ERROR[s] for s in stages.tolist()])
    end = _substeps(field, y, dt, [method.substeps for method in methods])
    return end, lambda rate: sum(errors[k] * each for k, each in enumerate([*rates, rate]))


def _substeps(field: Field, y: Tensor, dt: Tensor, substeps: list) -> Tensor:
    """The states after each member's own Euler substeps, (member, P)."""
    end, some = y.clone(), field
    members = torch.arange(len(y), device=dt.device)
    for j in range(max(map(len, substeps))):
        left = [k for k in members.tolist() if j < len(substeps[k])]
        if len(left) < len(members):
            members = torch.tensor(left, device=dt.device)
            some = field.select(members)
        delta = torch.tensor([substeps[k][j] for k in left], dtype=torch.float64, device=dt.device) * dt[members]
        end[members] += column(delta, y) * some.outputs_and_rate(end[members])[1]
    return end
