"""Soft hinge ``ln(1 + exp(beta (1 - m))) / beta`` (Section 2, Figure 1)."""

import torch
from torch import Tensor

from crossover.losses import Loss


def make(*, beta: float) -> Loss:
    """Soft hinge of sharpness ``beta``; tends to the hinge as beta grows."""

    def value(m: Tensor) -> Tensor:
        u = beta * (1 - m)
        return (u.clamp_min(0) + torch.log1p(torch.exp(-u.abs()))) / beta

    def derivative(m: Tensor) -> Tensor:
        u = beta * (1 - m)
        e = torch.exp(-u.abs())  # torch.sigmoid rounds by the place in the batch
        return -torch.where(u >= 0, 1.0, e) / (1 + e)

    return Loss(value, derivative)
