"""Two experiments whose members ended in every way, as raw cubes and the summary cubes that follow from them."""

import numpy as np
import xarray as xr

from crossover import cubes, schema, statistics
from synthetic import raw

# position (h, sqrt_h_alpha, seed) of members of the plane: how they ended. Width 4 has two seeds, width 8 four.
ENDED = {(1, 0, 1): "time_limit", (1, 1, 2): "not_finite"}


def plane() -> xr.Dataset:
    """The raw cube of an experiment with kernels, members at a limit, and absent ones."""
    made = raw(h=(4, 8), a=(0.01, 0.1, 1.0, 10.0), seeds=4, seed=1)
    status = made["status"].values
    status[:, 0, :, 2:] = schema.STATUS["absent"]
    for position, name in ENDED.items():
        status[(0, *position)] = schema.STATUS[name]
    for variable in made.data_vars.values():
        if variable.dtype.kind == "f" and "seed" in variable.dims:
            lost = np.isin(status, [schema.STATUS["absent"], schema.STATUS["not_finite"]])
            variable.values[lost] = np.nan
    made["frozen_init_status"].values[0, 1, 3, 1] = schema.STATUS["time_limit"]
    return made.assign_attrs(experiment="plane")


def variance() -> xr.Dataset:
    """The raw cube of an experiment without kernels, a depth more and every member converged."""
    made = raw(h=(6, 12, 24), a=(0.1, 10.0), L=(2, 3), seeds=5, seed=2)
    return made.drop_vars(list(schema.KERNELS)).assign_attrs(experiment="variance")


def summary_of(made: xr.Dataset) -> xr.Dataset:
    """The summary cube of a raw cube."""
    arrays = statistics.summarize(made, seed=0)
    arrays |= {name: made[name].values for name in ("L", "h", "sqrt_h_alpha", "alpha", "time")}
    attrs = made.attrs | {"kind": "summary", "replicates": arrays.pop("kind"), "interval_level": str(statistics.LEVEL)}
    return cubes.make("summary", arrays | {"interval": ["low", "high"]}, attrs)


def run() -> list[xr.Dataset]:
    """The cubes of a run of both experiments."""
    both = [plane(), variance()]
    return [*both, *map(summary_of, both)]
