"""One variable of two files, compared block by block: counts, largest differences, and the plane of its differences."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import xarray as xr

from crossover import schema
from crossover.diff import compare
from crossover.diff.align import Axis, blocks, take
from crossover.diff.result import Extreme, VariableDiff, judge
from crossover.tolerances import Tolerance

BLOCK = 2**21  # elements: 16 MB as float64, of which a dozen are alive at once
LARGEST = 5  # differences kept of each variable

# p of the elements of a block, where asked: called with the block's place, its arrays and which elements are asked for
Errors = Callable[[tuple[slice, ...], np.ndarray, np.ndarray, np.ndarray], np.ndarray]


class Test(NamedTuple):
    """How the differences of a variable are tested: kind (paired, combined, none, not counted), p for combined, and threshold.

    threshold : p up to it is significant; replicates : numbers behind an element, for the memory of a block.
    """

    kind: str
    p: Errors | None
    threshold: float
    replicates: int = 1


class _Tally:
    """Sums over the blocks of one variable."""

    def __init__(self, dims: tuple[str, ...], axes: list[Axis]):
        self.dims, self.axes = dims, axes
        self.compared = self.unequal = self.beyond = self.cells = self.significant = 0
        self.largest: list[Extreme] = []
        self.point = [dims.index(dim) for dim in schema.POINT] if set(schema.POINT) <= set(dims) else None
        if self.point is not None:
            shape = tuple(axes[dim].size for dim in self.point)
            self.excess, self.difference = np.full(shape, -1.0), np.full(shape, np.nan)
            self.beyond_at, self.significant_at = np.zeros(shape, bool), np.zeros(shape, bool)

    def keep_largest(self, where, a, b, found: compare.Compared, significant) -> None:
        index = np.flatnonzero(found.unequal)
        if len(index) > LARGEST:
            index = index[np.argpartition(found.excess.flat[index], -LARGEST)[-LARGEST:]]
        for flat in index:
            place = np.unravel_index(flat, a.shape)
            at = {
                dim: _label(axis, piece.start + int(k))
                for dim, axis, piece, k in zip(self.dims, self.axes, where, place, strict=True)
            }
            values = (_plain(array[place]) for array in (a, b, found.difference, found.excess, significant))
            self.largest.append(Extreme(at, *values))
        self.largest = sorted(self.largest, key=lambda extreme: -extreme.excess)[:LARGEST]

    def keep_plane(self, where, b, a, found: compare.Compared, significant, counted, tolerance: Tolerance) -> None:
        """The largest difference of each point, relative where the tolerance is."""
        difference = found.difference
        if tolerance.is_relative:
            largest = np.maximum(np.abs(a), np.abs(b))
            difference = np.divide(difference, largest, out=np.zeros_like(difference), where=largest > 0)
        at = tuple(where[dim] for dim in self.point)

        def rest(array):
            return np.moveaxis(array, self.point, (0, 1, 2)).reshape(*self.excess[at].shape, -1)

        excess = np.where(rest(counted), rest(found.excess), -1.0)
        first = excess.argmax(-1)[..., None]
        excess, difference = (np.take_along_axis(array, first, -1)[..., 0] for array in (excess, rest(difference)))
        larger = excess > self.excess[at]
        self.excess[at][larger], self.difference[at][larger] = excess[larger], difference[larger]
        self.beyond_at[at] |= rest(found.beyond).any(-1)
        self.significant_at[at] |= rest(significant).any(-1)


def _label(axis: Axis, k: int):
    return _plain(axis.labels[k]) if axis.labels is not None else k


def _plain(value):
    return value.item() if isinstance(value, np.generic) else value


def pieces(a: xr.DataArray, axes: list[Axis], limit: int):
    """The blocks in which a variable is read, all seeds of a point together."""
    shape = tuple(axis.size for axis in axes)
    if 0 in shape:
        return
    chunks = a.encoding.get("chunksizes") or (1,) * len(shape)
    whole = a.dims.index("seed") if "seed" in a.dims else None
    yield from blocks(shape, chunks, whole=whole, limit=limit)


def common_block(data: xr.DataArray, indices: list[np.ndarray], where: tuple[slice, ...]) -> np.ndarray:
    """The values of a block, numbers as float64."""
    values = take(data.variable, [index[piece] for index, piece in zip(indices, where, strict=True)])
    return values.astype(np.float64) if values.dtype.kind in "fiub" else values


def diff(
    a: xr.DataArray, b: xr.DataArray, axes: dict[str, Axis], tolerance: Tolerance, test: Test, there: xr.DataArray | None
) -> VariableDiff:
    """Compare the common part of a variable.

    Parameters
    ----------
    a, b : the variable in both files, lazily opened, with the same dimensions
    axes : the common part of every dimension
    tolerance, test : what may differ, and how what differs more is tested
    there : cells that both grids have, over some of the dimensions; other cells are not compared; None: all are
    """
    along = [axes[dim] for dim in a.dims]
    tally = _Tally(a.dims, along)
    for where in pieces(a, along, max(1, BLOCK // test.replicates)):
        x, y = common_block(a, [axis.a for axis in along], where), common_block(b, [axis.b for axis in along], where)
        _add_block(tally, where, x, y, tolerance, test, _counted(there, a.dims, where, x.shape))
    tolerated, explained = not tally.beyond, not tally.significant
    result, verdict = judge(tolerated, explained, tally.unequal)
    counts = (tally.compared, tally.unequal, tally.beyond, tally.cells, tally.significant)
    return VariableDiff(a.name, tolerance, test.kind, *counts, tally.largest, result, verdict, _plane(tally, axes))


def _counted(there: xr.DataArray | None, dims: tuple[str, ...], where: tuple[slice, ...], shape) -> np.ndarray:
    if there is None or not set(there.dims) <= set(dims):
        return np.ones(shape, bool)
    cut = there.isel({dim: piece for dim, piece in zip(dims, where, strict=True) if dim in there.dims})
    full = cut.variable.set_dims(dict(zip(dims, shape, strict=True)))
    return full.transpose(*dims).values


def _add_block(tally: _Tally, where, a, b, tolerance: Tolerance, test: Test, counted: np.ndarray) -> None:
    found = compare.numbers(a, b, tolerance) if a.dtype.kind == "f" else compare.labels(a, b)
    if "time" in tally.dims:
        found = compare.curves(found)
    if not counted.all():
        found = compare.Compared(*(part & counted for part in found[:3]), *(np.where(counted, part, 0.0) for part in found[3:]))
    seed = tally.dims.index("seed") if "seed" in tally.dims and test.kind == "paired" else None
    significant = _significant(where, a, b, found, counted, tolerance, test, seed)
    tally.compared += int(counted.sum())
    tally.unequal += int(found.unequal.sum())
    tally.beyond += int(found.beyond.sum())
    tally.cells += int((counted if seed is None else counted.any(seed)).sum())
    tally.significant += int((significant if seed is None else significant.any(seed)).sum())
    if found.unequal.any():
        tally.keep_largest(where, a, b, found, significant)
    if tally.point is not None and a.dtype.kind == "f":
        tally.keep_plane(where, b, a, found, significant, counted, tolerance)


def _significant(where, a, b, found: compare.Compared, counted, tolerance: Tolerance, test: Test, seed: int | None) -> np.ndarray:
    """Elements beyond tolerance that the seeds do not explain: of a cell over its seeds, all of them."""
    if test.kind == "not counted":
        return found.one_sided
    if test.kind == "none" or not found.beyond.any():
        return found.beyond
    if test.kind == "combined":
        asked = found.beyond & ~found.one_sided
        p = np.zeros(a.shape)
        if asked.any():
            p[asked] = test.p(where, a, b, asked)
        return found.beyond & (p <= test.threshold)
    columns = [np.moveaxis(np.where(counted, array, np.nan), seed, 0).reshape(a.shape[seed], -1) for array in (a, b)]
    beyond = np.moveaxis(found.beyond, seed, 0).reshape(a.shape[seed], -1)
    one_sided = np.moveaxis(found.one_sided, seed, 0).reshape(a.shape[seed], -1).any(0)
    asked = beyond.any(0)
    p = np.ones(beyond.shape[1])
    p[asked] = compare.paired_p(columns[0][:, asked], columns[1][:, asked], tolerance)
    cells = (p <= test.threshold) | one_sided
    rest = [length for dim, length in enumerate(a.shape) if dim != seed]
    return found.beyond & np.expand_dims(cells.reshape(rest), seed)


def _plane(tally: _Tally, axes: dict[str, Axis]) -> xr.Dataset | None:
    if tally.point is None or not tally.excess.size or not (tally.excess >= 0).any():
        return None
    counted = tally.excess >= 0
    arrays = {
        "difference": np.where(counted, tally.difference, np.nan),
        "compared": counted,
        "beyond": tally.beyond_at,
        "significant": tally.significant_at,
    }
    coords = {dim: axes[dim].labels for dim in schema.POINT}
    return xr.Dataset({name: (schema.POINT, array) for name, array in arrays.items()}, coords)
