"""Activations, one module each: ``make(**options)`` gives an `Activation`.

Each is scaled so that ``E[act(N(0, 1))^2] = 1`` (Section 2): preactivations keep unit variance at initialisation.
"""

from collections.abc import Callable
from importlib import import_module
from typing import NamedTuple

from torch import Tensor

Parts = tuple[Tensor, ...]  # what is kept of preactivations p0, each of the shape of p0


class Activation(NamedTuple):
    """An activation and its differences; values and slopes share what they share.

    value_and_slope(p)               act(p) and act'(p), each of the shape of p
    parts(p0)                        what `difference_and_slope` wants to know of p0, computed once
    difference_and_slope(parts, dp)  act(p0 + dp) - act(p0), to the relative precision of dp, and act'(p0 + dp)
    """

    value_and_slope: Callable[[Tensor], tuple[Tensor, Tensor]]
    parts: Callable[[Tensor], Parts]
    difference_and_slope: Callable[[Parts, Tensor], tuple[Tensor, Tensor]]


def load(name: str, **options) -> Activation:
    """The activation ``name`` with its options."""
    return import_module(f"crossover.activations.{name}").make(**options)
