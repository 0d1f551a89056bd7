"""What a file holds and how it was made, as text: provenance, coordinates, values, statuses."""

import io
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import xarray as xr
import yaml
from rich.console import Console
from rich.table import Table

from crossover import cubes, schema

CONFIGURATIONS = ("spec", "configuration")
SHOWN_WHOLE = 6  # values of a coordinate; of more the ends


def as_text(path: Path, *, width: int = 150) -> tuple[str, bool]:
    """A file for a terminal of ``width`` columns, and whether its data are those it was made with.

    Raises
    ------
    ContractError
        When the file breaks the contract.
    """
    buffer = io.StringIO()
    console = Console(file=buffer, width=width)
    with cubes.read(path) as data:
        intact = cubes.data_digest(path) == data.attrs["data_sha256"]
        console.print(f"{path}: {data.attrs['title']}", markup=False, highlight=False)
        flags = (_flags(data, "Statuses", schema.STATUS), _flags(data, "Regimes", schema.REGIME))
        for table in (_provenance(data.attrs, intact=intact), _coordinates(data), _values(data), *flags):
            if table.row_count:
                console.print(table)
    return buffer.getvalue(), intact


def _table(title: str, *columns: str) -> Table:
    return Table(*columns, title=title, title_justify="left", box=None, header_style="bold")


def _provenance(attrs: Mapping[str, str], *, intact: bool) -> Table:
    table = _table("Provenance", "attribute", "value")
    for name in [
        *(name for name in schema.ATTRIBUTES if name in attrs),
        *(name for name in attrs if name not in schema.ATTRIBUTES),
    ]:
        text = str(attrs[name])
        if name in CONFIGURATIONS:
            content = json.loads(text)
            if name == "spec" and "configuration" in attrs:
                content.pop("configuration", None)  # stands below
            text = yaml.safe_dump(content, default_flow_style=None, width=110).rstrip()
        elif text.startswith(("{", "[")):
            text = yaml.safe_dump(json.loads(text), default_flow_style=False, width=1000).rstrip()
        if name == "data_sha256":
            text += "" if intact else "\nis not that of the data: they were changed after the file was made"
        table.add_row(name, text)
    return table


def _coordinates(data: xr.Dataset) -> Table:
    """Dimensions with the values of their coordinates, and the different values of coordinates along others."""
    table = _table("Coordinates", "name", "size", "values")
    for dim, size in data.sizes.items():
        table.add_row(str(dim), str(size), _ends(data[dim].values) if dim in data.coords else "")
    for name in data.coords:
        if name not in data.dims:
            table.add_row(str(name), " x ".join(map(str, data[name].shape)), _ends(np.unique(data[name].values)))
    return table


def _ends(values: np.ndarray) -> str:
    texts = [f"{value:g}" if isinstance(value, float) else str(value) for value in values.tolist()]
    return ", ".join(texts if len(texts) <= SHOWN_WHOLE else [*texts[:3], "...", texts[-1]])


def _values(data: xr.Dataset) -> Table:
    table = _table("Values", "variable", "dimensions", "units", "min", "median", "max", "missing")
    for name in data.data_vars:
        if name not in schema.FLAGS:
            units = data[name].attrs.get("units", "")
            table.add_row(str(name), ", ".join(map(str, data[name].dims)), units, *_summary(data[name].values))
    return table


def _summary(values: np.ndarray) -> tuple[str, ...]:
    """Minimum, median and maximum of what is there, and how many are missing."""
    there = values[~np.isnan(values)]
    numbers = (there.min(), np.median(there), there.max()) if there.size else ()
    return *(f"{number:.4g}" for number in numbers), *[""] * (3 - len(numbers)), str(values.size - there.size)


def _flags(data: xr.Dataset, title: str, codes: dict[str, int]) -> Table:
    """How often the variables with these flags have each of them."""
    table = _table(title, "variable", *codes)
    for name in (name for name in data.data_vars if schema.FLAGS.get(name) is codes):
        table.add_row(str(name), *(str((data[name].values == code).sum()) for code in codes.values()))
    return table
