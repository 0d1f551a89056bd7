"""Runge-Kutta-Chebyshev of order 2 (Sommeijer, Shampine and Verwer, J. Comput. Appl. Math. 88, 315, 1997).

Stable up to ``step * spectral radius = beta(s) ~ 0.65 s^2`` with s stages, any number of them.
"""

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np
import torch
from numpy.polynomial import chebyshev
from torch import Tensor

from crossover.flows.state import Field, State, column, take

DAMPING = 2 / 13  # epsilon of the stability polynomial (section 2)
FEWEST, MOST = 2, 60  # stages
ORDER = 2


class Method(NamedTuple):
    """Coefficients of s stages: beta, and for each stage j the weights of y0, Y(j-1), Y(j-2), h F(j-1), h F0."""

    beta: float
    weights: np.ndarray  # (s + 1, 5), rows 0 and 1 as far as they apply


@cache
def method(stages: int) -> Method:
    """The method of s >= 2 stages (section 2: Eqs. 2.1 to 2.6)."""
    w0 = 1 + DAMPING / stages**2
    basis = np.eye(stages + 1)
    T, dT, ddT = (np.array([chebyshev.chebval(w0, chebyshev.chebder(row, k)) for row in basis]) for k in range(3))
    w1 = dT[stages] / ddT[stages]
    b = np.ones(stages + 1)
    b[2:] = ddT[2:] / dT[2:] ** 2
    b[:2] = b[2]
    a = 1 - b * T
    weights = np.zeros((stages + 1, 5))
    weights[1] = [1, 0, 0, b[1] * w1, 0]  # Y1 = y0 + mu h F0: here F(j-1) is F0
    for j in range(2, stages + 1):
        mu, nu, mu_rate = 2 * b[j] * w0 / b[j - 1], -b[j] / b[j - 2], 2 * b[j] * w1 / b[j - 1]
        weights[j] = [1 - mu - nu, mu, nu, mu_rate, -a[j - 1] * mu_rate]
    return Method((w0 + 1) * ddT[stages] / dT[stages], weights)


BETA = torch.tensor([method(s).beta for s in range(FEWEST, MOST + 1)], dtype=torch.float64)  # of FEWEST, ..., MOST stages


def advance(field: Field, state: State, dt: Tensor, stages: Tensor) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
    """The end of the step of each member with its own number of stages, (member, P); stages - 1 evaluations.

    Also the function from the rate at the end to the estimated error, both (member, P) (section 3).
    """
    counts = stages.tolist()
    most = max(counts)
    weights = np.zeros((most + 1, len(counts), 5))
    for k, count in enumerate(counts):
        weights[: count + 1, k] = method(count).weights
    weights = torch.as_tensor(weights, dtype=state.y.dtype, device=dt.device)
    weights[:, :, 3:] *= column(dt, state.y)
    end, before, last = state.y.clone(), state.y, state.y
    last = last + weights[1, :, 3:4] * state.rate
    members, some, start = torch.arange(len(counts), device=dt.device), field, state
    for j in range(2, most + 1):
        _, rate = some.outputs_and_rate(last)
        w = weights[j, members]
        new = w[:, :1] * start.y + w[:, 1:2] * last + w[:, 2:3] * before + w[:, 3:4] * rate + w[:, 4:] * start.rate
        before, last = last, new
        done = stages[members] == j
        if done.any():
            end[members[done]] = last[done]
            left = (~done).nonzero()[:, 0]
            members, before, last, some, start = members[left], before[left], last[left], some.select(left), take(start, left)
    return end, lambda rate: 0.8 * (state.y - end) + 0.4 * column(dt, end) * (state.rate + rate)
