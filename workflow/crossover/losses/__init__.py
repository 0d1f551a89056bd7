"""Losses per pattern as functions of the margin ``m = F y``, one module each: ``make(**options)`` gives a `Loss`."""

from collections.abc import Callable
from importlib import import_module
from typing import NamedTuple

from torch import Tensor


class Loss(NamedTuple):
    """``value(m)`` and ``derivative(m) = dl/dm``, each of the shape of the margins m."""

    value: Callable[[Tensor], Tensor]
    derivative: Callable[[Tensor], Tensor]


def load(name: str, **options) -> Loss:
    """The loss ``name`` with its options."""
    return import_module(f"crossover.losses.{name}").make(**options)
