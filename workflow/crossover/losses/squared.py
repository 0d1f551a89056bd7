"""Squared loss ``(1.1 - m)^2 / 2``, with its minimum beyond margin 1, which gradient flow therefore reaches."""

from torch import Tensor

from crossover.losses import Loss

TARGET = 1.1  # margin of least loss, as in the authors' code


def make() -> Loss:
    """Squared loss."""

    def value(m: Tensor) -> Tensor:
        return (TARGET - m).square() / 2

    def derivative(m: Tensor) -> Tensor:
        return m - TARGET

    return Loss(value, derivative)
