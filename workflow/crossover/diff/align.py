"""Which cells two files have in common, by label and not by position, and in what blocks to read them."""

import itertools
import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import xarray as xr

# Labels are equal when they agree in this many digits: the last bit of a power may differ between machines.
LABEL_DIGITS = 12


class Axis(NamedTuple):
    """The common part of a dimension.

    a, b : where it is in each file, shape (label,), or slices; labels : shape (label,), None for a dimension without labels;
    only_a, only_b : labels that one file alone has; lengths : of a dimension without labels that differs in length, which
    has no common part.
    """

    a: np.ndarray
    b: np.ndarray
    labels: np.ndarray | None
    only_a: list
    only_b: list
    lengths: tuple[int, int] | None = None

    @property
    def size(self) -> int:
        """Number of common labels."""
        return len(self.a)


def _key(label):
    return float(f"%.{LABEL_DIGITS}g" % label) if isinstance(label, float) else label


def axis(a: xr.Dataset, b: xr.Dataset, dim: str) -> Axis:
    """The common part of one dimension that both files have, in the order of ``a``."""
    if dim in a.coords and dim in b.coords:
        first, second = a[dim].values.tolist(), b[dim].values.tolist()
        at_a, at_b = ({_key(label): k for k, label in enumerate(labels)} for labels in (first, second))
        common = [key for key in at_a if key in at_b]
        where_a, where_b = (np.array([at[key] for key in common], dtype=int) for at in (at_a, at_b))
        only_a, only_b = (
            [labels[k] for key, k in at.items() if key not in other]
            for labels, at, other in ((first, at_a, at_b), (second, at_b, at_a))
        )
        return Axis(where_a, where_b, a[dim].values[where_a], only_a, only_b)
    lengths = a.sizes[dim], b.sizes[dim]
    if lengths[0] != lengths[1]:
        return Axis(np.empty(0, int), np.empty(0, int), None, [], [], lengths)
    return Axis(np.arange(lengths[0]), np.arange(lengths[0]), None, [], [])


def axes(a: xr.Dataset, b: xr.Dataset) -> dict[str, Axis]:
    """The common part of every dimension that both files have."""
    return {str(dim): axis(a, b, dim) for dim in a.sizes if dim in b.sizes}


def blocks(shape: tuple[int, ...], chunks: tuple[int, ...], *, whole: int | None, limit: int) -> Iterator[tuple[slice, ...]]:
    """Cut an array into blocks of about ``limit`` elements at most, along the chunks on disk so that none is read twice.

    Parameters
    ----------
    shape, chunks : of the array
    whole : a dimension that is never cut, so that a block has all its seeds; None without
    limit : elements of a block; one slice along ``whole`` is read even when it is longer
    """
    size = [min(chunk, length) for chunk, length in zip(chunks, shape, strict=True)]
    if whole is not None:
        size[whole] = shape[whole]
    free = [dim for dim in range(len(shape)) if dim != whole]
    for dim in free:  # chunks that are too large together: fewer along the first dimensions
        size[dim] = max(1, min(size[dim], limit * size[dim] // max(1, math.prod(size))))
    for dim in reversed(free):  # room left: more chunks along the last dimensions
        room = max(1, limit // max(1, math.prod(size)))
        size[dim] = min(shape[dim], size[dim] * room)
    starts = [range(0, length, step) for length, step in zip(shape, size, strict=True)]
    for start in itertools.product(*starts):
        yield tuple(slice(at, min(at + step, length)) for at, step, length in zip(start, size, shape, strict=True))


def take(variable: xr.Variable, indices: list[np.ndarray]) -> np.ndarray:
    """Read the outer product of sorted-by-label ``indices`` of a lazily opened variable; contiguous ones as one slice."""
    return variable[tuple(_as_slice(index) for index in indices)].values


def _as_slice(index: np.ndarray) -> slice | np.ndarray:
    contiguous = len(index) and (np.diff(index) == 1).all()
    return slice(int(index[0]), int(index[-1]) + 1) if contiguous else index
