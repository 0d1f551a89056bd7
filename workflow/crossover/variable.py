"""How a variable of a file is written. Imports nothing."""

from typing import NamedTuple


class Variable(NamedTuple):
    """How a variable is written: dimensions, dtype on disk, units (CF), long name."""

    dims: tuple[str, ...]
    dtype: str
    units: str
    long_name: str
