"""Quadratic hinge ``max(0, 1 - m)^2 / 2``: flat at margin 1, which gradient flow approaches and does not reach."""

from torch import Tensor

from crossover.losses import Loss


def make() -> Loss:
    """Quadratic hinge."""

    def value(m: Tensor) -> Tensor:
        return (1 - m).clamp_min(0).square() / 2

    def derivative(m: Tensor) -> Tensor:
        return -(1 - m).clamp_min(0)

    return Loss(value, derivative)
