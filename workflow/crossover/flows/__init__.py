"""Flows: `loop.integrate` advances a batch of members along a *field* with a *stepper*.

A field gives predictor and rate of change of the state (`field`, `frozen`); a stepper proposes a step for every member
(one module a method: ``make(**options)``); the loop accepts, locates events, records curves and ends members.
"""

import os
from importlib import import_module

from crossover.flows.state import Stepper

# Products of matrices round the same wherever the memory lies, hence in every batch; it costs nothing. MKL reads it at its
# first product.
os.environ.setdefault("MKL_CBWR", "AUTO")


def load(name: str, **options) -> Stepper:
    """The stepper ``name`` with its options."""
    return import_module(f"crossover.flows.{name}").make(**options)
