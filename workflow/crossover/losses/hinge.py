"""Hinge ``max(0, 1 - m)`` (Section 2, Figure 1)."""

from torch import Tensor

from crossover.losses import Loss


def make() -> Loss:
    """Hinge; its derivative at margin 1 is 0."""

    def value(m: Tensor) -> Tensor:
        return (1 - m).clamp_min(0)

    def derivative(m: Tensor) -> Tensor:
        return -(m < 1).to(m.dtype)

    return Loss(value, derivative)
