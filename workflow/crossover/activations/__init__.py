"""Activations, one module each: ``make(**options)`` gives an `Activation`.

Each is scaled so that ``E[act(N(0, 1))^2] = 1`` (Section 2): preactivations keep unit variance at initialisation.
"""

from collections.abc import Callable
from importlib import import_module
from typing import NamedTuple

from torch import Tensor


class Activation(NamedTuple):
    """``value_and_slope(p)``: act(p) and act'(p), each of the shape of p, sharing what they share."""

    value_and_slope: Callable[[Tensor], tuple[Tensor, Tensor]]


def load(name: str, **options) -> Activation:
    """The activation ``name`` with its options."""
    return import_module(f"crossover.activations.{name}").make(**options)
