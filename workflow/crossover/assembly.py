"""The raw cube of an experiment from the files of its jobs. Outputs on test patterns go through memory one file at a time."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import netCDF4
import numpy as np
import xarray as xr

from crossover import cubes, grid, schema

# What a cube does not hold in memory: an article has some GB of each.
OUTPUTS = tuple(name for name, variable in schema.RAW.items() if variable.dims == (*schema.MEMBER, "test"))
PER_MEMBER = tuple(name for name, variable in schema.RAW.items() if "seed" in variable.dims and name not in OUTPUTS)
SHARED = ("time", "y_test", "class_test")


class Part(NamedTuple):
    """The file of a job: its path, its cells of the cube along `crossover.schema.MEMBER`, its attributes."""

    path: Path
    cells: tuple[np.ndarray, ...]
    attrs: Mapping[str, str]


class Gathered(NamedTuple):
    """The arrays of a cube without the outputs on test patterns, and the parts that have those."""

    arrays: dict[str, np.ndarray]
    parts: list[Part]


def with_alpha(axes: Mapping[str, list]) -> dict[str, np.ndarray]:
    """The axes with alpha, shape (h, sqrt_h_alpha)."""
    return dict(axes) | {"alpha": np.array(axes["sqrt_h_alpha"])[None, :] / np.sqrt(axes["h"])[:, None]}


def cells_of(part: xr.Dataset, axes: Mapping[str, list]) -> tuple[np.ndarray, ...]:
    """Positions of a Dataset's coordinates on the axes, for each of `crossover.schema.MEMBER`.

    Raises
    ------
    ValueError
        When an axis lacks one of its values.
    """
    for dim in schema.MEMBER:
        if lacking := sorted(set(part[dim].values.tolist()) - set(axes[dim])):
            raise ValueError(f"{dim} = {lacking[0]} is not in the grid; name only files of its jobs")
    return tuple(np.searchsorted(axes[dim], part[dim].values) for dim in schema.MEMBER)


def present(data: xr.Dataset) -> xr.DataArray:
    """Which cells of `crossover.schema.MEMBER` have a member."""
    return data["status" if "status" in data else "frozen_init_status"] != schema.STATUS["absent"]


def fill(arrays: dict[str, np.ndarray], part: xr.Dataset, axes: Mapping[str, list]) -> None:
    """Put what a file has of each of its members, outputs apart, into the arrays of a cube, made where they are not there."""
    here = present(part).values
    for name in part.data_vars:
        if name not in PER_MEMBER:
            continue
        dims = schema.RAW[name].dims
        if name not in arrays:
            shape = tuple(len(axes[dim]) if dim in axes else part.sizes[dim] for dim in dims)
            arrays[name] = cubes.empty(schema.RAW[name], shape, name)
        tail = [np.arange(part.sizes[dim]) for dim in dims[len(schema.MEMBER) :]]
        cell = np.ix_(*cells_of(part, axes), *tail)
        mask = here.reshape(here.shape + (1,) * len(tail))
        arrays[name][cell] = np.where(mask, part[name].values, arrays[name][cell])


def share(arrays: dict[str, np.ndarray], part: xr.Dataset, path: Path) -> None:
    """Take the curve's times and the test patterns' labels from a file; all must have the same.

    Raises
    ------
    ValueError
        When an earlier file has others.
    """
    for name in SHARED:
        if name in part and not np.array_equal(arrays.setdefault(name, part[name].values), part[name].values):
            raise ValueError(f"{path}: {name} is another than in the files before; make the older of them again")


def dataset_of(attrs: Mapping[str, str]) -> str | None:
    """Digest of the data set that a file was made from."""
    return json.loads(attrs["inputs"]).get("dataset")


def gather(paths: Iterable[Path], points: Iterable[grid.Point], seeds: Iterable[int]) -> Gathered:
    """Read the files of the jobs of a grid; cells that the grid has not are absent.

    Raises
    ------
    ValueError
        When the files were not made from the same data, curve and test patterns.
    """
    points = list(points)
    axes = {
        "L": sorted({p.L for p in points}),
        "h": sorted({p.h for p in points}),
        "sqrt_h_alpha": sorted({p.sqrt_h_alpha for p in points}),
        "seed": sorted(set(seeds)),
        "layer": list(range(max(p.L for p in points) + 1)),
    }
    arrays, parts = {}, []
    for path in paths:
        with cubes.read(path) as part:
            fill(arrays, part, axes)
            share(arrays, part, path)
            parts.append(Part(path, cells_of(part, axes), dict(part.attrs)))
        if dataset_of(parts[-1].attrs) != dataset_of(parts[0].attrs):
            raise ValueError(f"{path}: made from another data set than {parts[0].path}; make the older of them again")
    return Gathered(arrays | with_alpha(axes), parts)


def inputs(parts: Iterable[Part]) -> dict[str, str]:
    """Digests of the data that a cube is made from: the data set's, and one of all files of each kind."""
    parts = list(parts)
    digests: dict[str, list[str]] = {}
    for part in parts:
        digests.setdefault(part.attrs["kind"], []).append(part.attrs["data_sha256"])
    return {"dataset": dataset_of(parts[0].attrs)} | {kind: cubes.digest_of(each) for kind, each in digests.items()}


def outputs(parts: Iterable[Part]) -> Iterator[cubes.Slab]:
    """What the parts have of each output on test patterns, the seeds of one point at a time."""
    for part in parts:
        L, h, alphas, seeds = part.cells
        block = slice(int(seeds[0]), int(seeds[-1]) + 1)  # the seeds of a job follow each other on any axis that has them all
        with netCDF4.Dataset(part.path) as data:
            data.set_auto_mask(False)
            for name in OUTPUTS:
                for k, a in enumerate(alphas if name in data.variables else ()):
                    yield name, (int(L[0]), int(h[0]), int(a), block), data[name][0, 0, k]
