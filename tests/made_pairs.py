"""Pairs of files for the tests of diff: a made cube, and the same with something changed."""

import numpy as np
import xarray as xr

from crossover import cubes
from crossover.diff.folders import diff
from crossover.diff.result import Diff, Options
from synthetic import raw

SEEDS = 8


def cube(**sizes) -> xr.Dataset:
    """A raw cube in which the kernel change of each member is 1 with 5 % of scatter over seeds."""
    made = raw(**{"seeds": SEEDS} | sizes)
    generator = np.random.default_rng(1)
    return made.assign(kernel_change=made["kernel_change"].copy(data=1 + 0.05 * generator.standard_normal(made["status"].shape)))


def changed(data: xr.Dataset, name: str, edit) -> xr.Dataset:
    """A copy in which ``edit`` has changed the values of one variable in place."""
    values = data[name].values.copy()
    edit(values)
    return data.assign({name: data[name].copy(data=values)})


def compare(folder, a: xr.Dataset, b: xr.Dataset, **options) -> Diff:
    """Both written and compared."""
    for name, data in (("a", a), ("b", b)):
        cubes.write(data, folder / f"{name}.nc")
    return diff(folder / "a.nc", folder / "b.nc", Options(**options))


def of(found: Diff, name: str):
    """One variable of the first file."""
    return next(variable for variable in found.files[0].variables if variable.name == name)
