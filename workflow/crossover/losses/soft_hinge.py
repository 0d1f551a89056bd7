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
        return -torch.sigmoid(beta * (1 - m))

    return Loss(value, derivative)
