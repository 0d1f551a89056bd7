"""ReLU ``sqrt(2) max(x, 0)``."""

import math

import torch
from torch import Tensor

from crossover.activations import Activation, Parts


def make(*, gain: float = math.sqrt(2)) -> Activation:
    """ReLU; its slope at 0 is 0."""

    def value_and_slope(p: Tensor) -> tuple[Tensor, Tensor]:
        return gain * p.clamp_min(0), gain * (p > 0).to(p.dtype)

    def difference_and_slope(parts: Parts, dp: Tensor) -> tuple[Tensor, Tensor]:
        (p0,) = parts
        p = p0 + dp
        return gain * torch.where(p0 > 0, torch.maximum(dp, -p0), p.clamp_min(0)), gain * (p > 0).to(p.dtype)

    return Activation(value_and_slope, lambda p0: (p0,), difference_and_slope)
