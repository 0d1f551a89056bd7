"""Cubes -> tables of a page: a row for each point of the grid, and a row for each member."""

import pandas as pd
import xarray as xr

from crossover import schema

STATUS_NAMES = {code: name for name, code in schema.STATUS.items()}


def observables(summary: xr.Dataset) -> list[str]:
    """The variables of a summary cube that have one value at a point."""
    return [name for name in schema.SUMMARY if name in summary and summary[name].dims == schema.POINT]


def quantities(raw: xr.Dataset) -> list[str]:
    """The variables of a raw cube that have one number at a member; statuses are no numbers."""
    return [name for name in schema.RAW if name in raw and raw[name].dims == schema.MEMBER and name not in schema.FLAGS]


def points(summary: xr.Dataset) -> pd.DataFrame:
    """The points of the grid: coordinates, alpha, observables, and the ends of their intervals as ``_low`` and ``_high``."""
    columns = summary[observables(summary)]
    for name in columns.data_vars:
        if f"{name}_interval" in summary:
            ends = summary[f"{name}_interval"]
            columns = columns.assign({f"{name}_{end}": ends.sel(interval=end, drop=True) for end in ("low", "high")})
    table = columns.to_dataframe(dim_order=schema.POINT).reset_index()
    return table[table["seeds_wanted"] > 0].reset_index(drop=True)


def members(raw: xr.Dataset, grid: pd.DataFrame) -> pd.DataFrame:
    """The members of the points in ``grid``: coordinates, statuses by name, and `quantities`; predictors stay in the cube."""
    flags = [name for name in raw.data_vars if name in schema.FLAGS]
    columns = raw[[*flags, *quantities(raw)]].drop_vars("alpha")
    table = columns.to_dataframe(dim_order=schema.MEMBER).reset_index()
    table[flags] = table[flags].apply(lambda codes: codes.map(STATUS_NAMES))
    return grid[list(schema.POINT)].merge(table, on=list(schema.POINT))


def as_csv(tables: dict[str, pd.DataFrame]) -> str:
    """The tables of all experiments as one, seven digits of each number (about float32); empty where nothing was measured."""
    together = pd.concat([table.assign(experiment=name) for name, table in tables.items()], ignore_index=True)
    return together.to_csv(index=False, float_format="%.7g", lineterminator="\n")
