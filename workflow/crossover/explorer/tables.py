"""Cubes -> tables of a page: a row for each point of the grid, and a row for each member."""

import pandas as pd
import xarray as xr

from crossover import schema


def behind(observable: str) -> str | None:
    """The variable of members that an observable is made of; None where it is no number of a member, as those of Var F."""
    name = observable.removesuffix("_mean").replace("ensemble_test_error", "test_error")
    return name if name in schema.RAW and schema.RAW[name].dims == schema.MEMBER else None


def observables(summary: xr.Dataset, raw: xr.Dataset) -> list[str]:
    """The variables of a summary cube that have one value at a point, those of what its members did not measure left out."""
    named = [name for name in schema.SUMMARY if name in summary and summary[name].dims == schema.POINT]
    return [name for name in named if behind(name) is None or behind(name) in raw]


def quantities(raw: xr.Dataset) -> list[str]:
    """The variables of a raw cube that have one number at a member; statuses are no numbers."""
    return [name for name in schema.RAW if name in raw and raw[name].dims == schema.MEMBER and name not in schema.FLAGS]


def points(summary: xr.Dataset, names: list[str]) -> pd.DataFrame:
    """The points of the grid: coordinates, alpha, observables, the ends of an interval as ``name_low`` and ``name_high``."""
    columns = summary[[*names, "seeds_wanted"]]
    for name in names:
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
    for flag in flags:
        table[flag] = table[flag].map({code: name for name, code in schema.FLAGS[flag].items()})
    return grid[list(schema.POINT)].merge(table, on=list(schema.POINT))


def as_csv(tables: dict[str, pd.DataFrame]) -> str:
    """The tables of all experiments as one, seven digits of each number (about float32); empty where nothing was measured."""
    together = pd.concat([table.assign(experiment=name) for name, table in tables.items()], ignore_index=True)
    return together.to_csv(index=False, float_format="%.7g", lineterminator="\n")
