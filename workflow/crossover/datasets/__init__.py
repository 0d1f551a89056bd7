"""Sources of images: one module a file format, the pool that every source goes through, and normalisations."""

from importlib import import_module
from types import ModuleType


def load(name: str) -> ModuleType:
    """The module of a format (``read(paths)``), of a normalisation (``normalize(images)``) or of PCA (``project(x, ...)``)."""
    return import_module(f"crossover.datasets.{name}")
