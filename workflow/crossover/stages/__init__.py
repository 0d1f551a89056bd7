"""One entry module per expensive rule: from the arrays of the inputs and a spec to the arrays of the outputs.

These are the only modules that compose numerics, and what `crossover.digest` starts from. Arrays come back under the names of
`crossover.schema`.
"""

from importlib import import_module
from types import ModuleType


def load(name: str) -> ModuleType:
    """The stage ``name``, whose ``run(spec)`` gives its arrays."""
    return import_module(f"crossover.stages.{name}")
