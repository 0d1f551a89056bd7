"""Softplus ``a ln(1 + exp(beta x)) / beta`` (Eq. 10)."""

import math
from math import exp, log

import torch
from torch import Tensor

from crossover.activations import Activation, Parts
from crossover.activations.gain import unit_gain

ROOM = 8.0  # between the largest exponent that is taken and that at which exp overflows
LARGE = 20.0  # log1p(u) is log(u) from exp(LARGE) on, in every dtype


def farthest(p: Tensor) -> float:
    """The largest exponent of exp that is taken in the dtype of p."""
    return log(torch.finfo(p.dtype).max) - ROOM


def make(*, beta: float, gain: float | None = None) -> Activation:
    """Softplus of sharpness ``beta``; ``gain`` is `unit_gain` (1.40438334763187 for beta = 5) unless a file brings its own."""
    gain = unit_gain(lambda x: max(x, 0.0) + math.log1p(math.exp(-abs(beta * x))) / beta) if gain is None else gain

    def value_and_slope(p: Tensor) -> tuple[Tensor, Tensor]:
        e = torch.exp(-beta * p.abs())  # in (0, 1]: neither overflows
        value = (gain / beta) * torch.log1p(e) + gain * p.clamp_min(0)
        slope = gain * torch.maximum(e, (p >= 0).to(p.dtype)) / (1 + e)
        return value, slope

    def parts(p0: Tensor) -> Parts:
        e = torch.exp(-beta * p0.abs())  # torch.sigmoid rounds by the place in the batch
        q, above = e / (1 + e), (p0 > 0).to(p0.dtype)
        q = torch.where(q < exp(LARGE - farthest(q)), torch.nan, q)  # NaN: values are subtracted
        return p0, q, above

    def difference_and_slope(parts: Parts, dp: Tensor) -> tuple[Tensor, Tensor]:
        # Seen from the side of 0 on which p0 lies, since act(p) = a p + act(-p): with q = sigmoid(-beta |p0|) <= 1/2 and
        # u = q expm1(+- beta dp) >= -1/2, act(p) - act(p0) = a log1p(u) / beta (+ a dp where p0 > 0), and
        # sigmoid(beta p) = (q + u) / (1 + u), or (1 - q) / (1 + u) where p0 > 0. Factors for torch.where: ten times faster.
        p0, q, above = parts
        u, most = (beta - 2 * beta * above).mul_(dp), farthest(dp)
        # there log(q exp(u)) goes on as a straight line; NaN compares false
        beyond = None if u.amax() <= most else (u - most).clamp_min(0)
        u = u.clamp_max_(most).expm1_().mul_(q)
        difference = torch.log1p(u).mul_(gain / beta).addcmul_(dp, above, value=gain)
        if beyond is not None:
            difference.add_(beyond, alpha=gain / beta)
        slope = torch.maximum(q, above - q).addcmul_(1 - above, u).mul_(gain).div_(u + 1)  # at u = 0: q, or 1 - q
        if u.amax().isnan():
            far = u.isnan().flatten().nonzero()[:, 0]
            start, step = (part.flatten().index_select(0, far) for part in (p0, dp))
            end = start + step
            slope.view(-1).index_copy_(0, far, value_and_slope(end)[1])
            kink = torch.where(start > 0, torch.maximum(step, -start), end.clamp_min(0))  # the difference of max(p, 0)
            tails = [torch.log1p(torch.exp(-beta * p.abs())) for p in (start, end)]
            difference.view(-1).index_copy_(0, far, gain * kink + (gain / beta) * (tails[1] - tails[0]))
        return difference, slope

    return Activation(value_and_slope, parts, difference_and_slope)
