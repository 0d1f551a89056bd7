"""Error bars of a summary cube's observables: from its replicates, or from its intervals where it has none."""

from typing import NamedTuple

import numpy as np
import xarray as xr

from crossover import schema, statistics
from crossover.diff import compare
from crossover.diff.align import Axis, take


class Side(NamedTuple):
    """One of two summary cubes: its dataset, and where the common cells are in it, by dimension."""

    data: xr.Dataset
    indices: dict[str, np.ndarray]

    def read(self, name: str, dims: tuple[str, ...], where: tuple[slice, ...]) -> np.ndarray:
        """The part of a variable at a block of the dimensions ``dims``; other dimensions whole and first."""
        variable = self.data[name]
        place = dict(zip(dims, where, strict=True))
        picks = [
            self.indices[dim][place[dim]] if dim in place else np.arange(variable.sizes[dim]) for dim in variable.dims
        ]  # replicate and interval are each file's own
        return take(variable.variable, picks).astype(np.float64)

    def seeds(self, dims: tuple[str, ...], where: tuple[slice, ...], shape: tuple[int, ...]) -> np.ndarray:
        """Seeds behind each element of a block."""
        place = dict(zip(dims, where, strict=True))
        counts = self.data["seeds_converged"].isel({dim: self.indices[dim][place[dim]] for dim in schema.POINT})
        full = counts.variable.set_dims(dict(zip(dims, shape, strict=True))).transpose(*dims)
        return full.values.astype(np.float64)

    def spread(self, name: str, dims: tuple[str, ...], where: tuple[slice, ...]) -> tuple[str, np.ndarray | None]:
        """What tells the error: ``replicate`` or ``interval`` and its values, or neither."""
        for ending in ("replicate", "interval"):
            if f"{name}_{ending}" in self.data:
                return ending, self.read(f"{name}_{ending}", dims, where)
        return "", None


def sides(a: xr.Dataset, b: xr.Dataset, axes: dict[str, Axis]) -> tuple[Side, Side]:
    """Both cubes."""
    first = Side(a, {dim: axis.a for dim, axis in axes.items()})
    return first, Side(b, {dim: axis.b for dim, axis in axes.items()})


def replicates(both: tuple[Side, Side], name: str) -> int:
    """How many numbers stand behind one element of an observable, for the memory of a block."""
    found = (side.data.get(f"{name}_replicate") for side in both)
    return max((array.sizes["replicate"] for array in found if array is not None), default=1)


def p_of(both: tuple[Side, Side], name: str, dims: tuple[str, ...]):
    """The p of elements of a block of an observable (`crossover.diff.variables.Errors`).

    Quantities whose intervals are taken on the logarithm are compared on it, where all their numbers are positive.
    """

    def p(where: tuple[slice, ...], a: np.ndarray, b: np.ndarray, asked: np.ndarray) -> np.ndarray:
        values = [a[asked], b[asked]]
        spreads = [side.spread(name, dims, where) for side in both]
        spreads = [(kind, None if spread is None else spread[:, asked]) for kind, spread in spreads]
        seeds = tuple(side.seeds(dims, where, a.shape)[asked] for side in both)
        if name in statistics.LOGARITHMIC:
            positive = np.all([~(np.nan_to_num(v, nan=1.0) <= 0) for v in values], axis=0)
            for _, spread in spreads:
                if spread is not None:
                    positive &= ~(spread <= 0).any(0)
            values = [_log(value, positive) for value in values]
            spreads = [(kind, None if spread is None else _log(spread, positive)) for kind, spread in spreads]
        kinds = [side.data.attrs["replicates"] for side in both]
        errors = tuple(_error(*spread, count, kind) for spread, count, kind in zip(spreads, seeds, kinds, strict=True))
        return compare.combined_p(*values, errors, seeds)

    return p


def _log(values: np.ndarray, positive: np.ndarray) -> np.ndarray:
    return np.where(positive, np.log(np.where(positive, values, 1.0)), values)


def _error(ending: str, spread: np.ndarray | None, seeds: np.ndarray, kind: str) -> np.ndarray:
    if ending == "replicate":
        return compare.replicate_error(spread, seeds, kind)
    if ending == "interval":
        return compare.interval_error(spread[0], spread[1], seeds, kind)
    return np.full(seeds.shape, np.nan)
