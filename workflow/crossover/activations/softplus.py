"""Softplus ``a ln(1 + exp(beta x)) / beta`` (Eq. 10)."""

import math

import torch
from torch import Tensor

from crossover.activations import Activation, Parts
from crossover.activations.gain import unit_gain

# Differences by `log1p(u)` within these limits of u; outside, values are subtracted, which differ by as much as they are.
LOWEST, HIGHEST = -0.95, 1e20  # 1 + u loses digits near 0; exp(beta dp) overflows


def make(*, beta: float, gain: float | None = None) -> Activation:
    """Softplus of sharpness ``beta``; ``gain`` is `unit_gain` (1.40438334763187 for beta = 5) unless a file brings its own."""
    gain = unit_gain(lambda x: max(x, 0.0) + math.log1p(math.exp(-abs(beta * x))) / beta) if gain is None else gain

    def value_and_slope(p: Tensor) -> tuple[Tensor, Tensor]:
        e = torch.exp(-beta * p.abs())  # in (0, 1]: neither overflows
        value = (gain / beta) * torch.log1p(e) + gain * p.clamp_min(0)
        slope = gain * torch.where(p >= 0, 1.0, e) / (1 + e)
        return value, slope

    def parts(p0: Tensor) -> Parts:
        e = torch.exp(-beta * p0.abs())  # torch.sigmoid rounds by the place in the batch
        q = torch.where(p0 >= 0, 1.0, e) / (1 + e)
        return p0, torch.where(q < torch.finfo(q.dtype).tiny, torch.nan, q)  # NaN: no digits are left, values are subtracted

    def difference_and_slope(parts: Parts, dp: Tensor) -> tuple[Tensor, Tensor]:
        # with q = sigmoid(beta p0) and u = q expm1(beta dp): 1 + exp(beta p) = (1 + exp(beta p0)) (1 + u), so that
        # beta (act(p) - act(p0)) / a = log1p(u) and sigmoid(beta p) = (q + u) / (1 + u): one exponential for both
        p0, q = parts
        u = torch.mul(dp, beta).expm1_().mul_(q)
        difference = torch.log1p(u).mul_(gain / beta)
        slope = (q + u).mul_(gain).div_(u + 1)
        low, high = u.aminmax()
        if not (low >= LOWEST and high <= HIGHEST):  # NaN compares false
            far = ((u < LOWEST) | ~(u <= HIGHEST)).flatten().nonzero()[:, 0]
            start, step = (part.flatten().index_select(0, far) for part in (p0, dp))
            end = start + step
            slope.view(-1).index_copy_(0, far, value_and_slope(end)[1])
            kink = torch.where(start > 0, torch.maximum(step, -start), end.clamp_min(0))  # the difference of max(p, 0)
            tails = [torch.log1p(torch.exp(-beta * p.abs())) for p in (start, end)]
            difference.view(-1).index_copy_(0, far, gain * kink + (gain / beta) * (tails[1] - tails[0]))
        return difference, slope

    return Activation(value_and_slope, parts, difference_and_slope)
