"""Dataset <-> NetCDF4: one way in, one way out, checked against `crossover.schema` on both."""

import importlib.metadata
import json
import platform
import subprocess
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import numpy as np
import xarray as xr

from crossover import files, grid, schema

ENGINE = "netcdf4"
COMPRESSION = {"zlib": True, "complevel": 1, "shuffle": True}
VERSIONS_OF = ("numpy", "scipy", "scikit-learn", "torch", "xarray", "netCDF4", "snakemake")
REQUIRED_ATTRS = (
    "Conventions",
    "schema_version",
    "kind",
    "title",
    "spec",
    "spec_sha256",
    "git_commit",
    "versions",
    "created",
)


def provenance(*, kind: str, title: str, spec: str, **more: str) -> dict[str, str]:
    """Attributes that say what a file is and how it was made; ``created`` alone changes when equal results are made again."""
    return {
        "Conventions": "CF-1.11",
        "schema_version": schema.VERSION,
        "kind": kind,
        "title": title,
        "spec": spec,
        "spec_sha256": sha256(spec.encode()).hexdigest(),
        "git_commit": git_commit(),
        "versions": json.dumps({name: _version(name) for name in VERSIONS_OF} | {"python": platform.python_version()}),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    } | more


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def git_commit() -> str:
    """The commit of the code, with -dirty when files differ from it; 'unknown' outside a checkout."""
    command = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--abbrev=40", "--dirty", "--exclude=*"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return "unknown"


def make(kind: str, arrays: Mapping[str, np.ndarray], attrs: Mapping[str, str]) -> xr.Dataset:
    """A Dataset of one kind of file from arrays under the schema's names; coordinates are told by their names."""
    known = schema.KINDS[kind]
    data = {name: _variable(known[name], name, array) for name, array in arrays.items() if name in known}
    coords = {name: _variable(schema.COORDINATES[name], name, array) for name, array in arrays.items() if name not in known}
    return xr.Dataset(data, coords, dict(attrs))


def _variable(variable: schema.Variable, name: str, array) -> xr.Variable:
    array = np.asarray(array)
    attrs = {"units": variable.units, "long_name": variable.long_name}
    if variable.dtype == "str":
        attrs.pop("units")
        return xr.Variable(variable.dims, array.astype(object), attrs)
    if name in schema.FLAGS:
        attrs |= {"flag_values": np.array(schema.STATUS_ATTRS["flag_values"], dtype=variable.dtype)}
        attrs |= {"flag_meanings": schema.STATUS_ATTRS["flag_meanings"]}
        attrs.pop("units")
    if array.dtype.kind == "f" and np.isnan(array).any():
        return xr.Variable(variable.dims, array, attrs)  # cells not measured: an integer type has no NaN, `write` fills them
    return xr.Variable(variable.dims, array.astype(variable.dtype), attrs)


def status_codes(names: np.ndarray) -> np.ndarray:
    """Flag values of status names, int8."""
    return np.vectorize(schema.STATUS.__getitem__, otypes=[np.int8])(names)


def members(kind: str, job: grid.Job, measured: Mapping[str, np.ndarray], attrs: Mapping[str, str]) -> xr.Dataset:
    """The file of one job: arrays of a stage, member axis first, on the grid of the job."""
    shape = (1, 1, len(job.sqrt_h_alpha), job.seeds)
    arrays = {
        name: (status_codes(value) if name in schema.FLAGS else value).reshape(*shape, *value.shape[1:])
        if name in schema.RAW and "seed" in schema.RAW[name].dims
        else value
        for name, value in measured.items()
    }
    arrays |= {
        "L": [job.L],
        "h": [job.h],
        "sqrt_h_alpha": job.sqrt_h_alpha,
        "alpha": [[grid.alpha(grid.Point(job.L, job.h, a)) for a in job.sqrt_h_alpha]],
        "seed": np.arange(job.first, job.last + 1),
    }
    if "weight_change_layer" in arrays:
        arrays["layer"] = np.arange(arrays["weight_change_layer"].shape[-1])
    return make(kind, arrays, attrs)


def empty(variable: schema.Variable, shape: tuple[int, ...], name: str) -> np.ndarray:
    """An array in which no cell has been measured: NaN, or status absent; integers become floats to hold NaN."""
    if name in schema.FLAGS:
        return np.full(shape, schema.STATUS["absent"], dtype=variable.dtype)
    dtype = variable.dtype if variable.dtype.startswith("float") else "float64"
    return np.full(shape, np.nan, dtype=dtype)


def assemble(paths: Iterable[Path], points: Iterable[grid.Point], seeds: Iterable[int], attrs: Mapping) -> xr.Dataset:
    """The raw cube: every cell of the grid from the files of its jobs, absent where the grid has none."""
    points, seeds = list(points), sorted(seeds)
    axes = {
        "L": sorted({p.L for p in points}),
        "h": sorted({p.h for p in points}),
        "sqrt_h_alpha": sorted({p.sqrt_h_alpha for p in points}),
        "seed": seeds,
        "layer": list(range(max(p.L for p in points) + 1)),
    }
    arrays: dict[str, np.ndarray] = {}
    for path in paths:
        part = read(path)
        for name in part.data_vars:
            variable = schema.RAW[name]
            if "seed" not in variable.dims:
                arrays[name] = part[name].values
                continue
            if name not in arrays:
                sizes = {dim: len(axes[dim]) if dim in axes else part.sizes[dim] for dim in variable.dims}
                arrays[name] = empty(variable, tuple(sizes.values()), name)
            cell = [
                np.searchsorted(axes[dim], part[dim].values) if dim in axes else np.arange(part.sizes[dim])
                for dim in variable.dims
            ]
            arrays[name][np.ix_(*cell)] = part[name].values
        if "time" in part:
            arrays["time"] = part["time"].values
    alpha = np.array(axes["sqrt_h_alpha"])[None, :] / np.sqrt(axes["h"])[:, None]  # (h, sqrt_h_alpha)
    return make("raw", arrays | axes | {"alpha": alpha}, attrs)


def validate(data: xr.Dataset, name: str) -> None:
    """Check a Dataset against the schema.

    Raises
    ------
    ValueError
        When the kind is not known, an attribute is missing, or a variable has other dimensions than the schema says.
    """
    missing = [attr for attr in REQUIRED_ATTRS if attr not in data.attrs]
    if missing:
        raise ValueError(f"{name}: attributes {missing} are missing; not a file of this pipeline, make it again")
    if data.attrs["schema_version"] != schema.VERSION:
        raise ValueError(
            f"{name}: schema_version is {data.attrs['schema_version']}, this code reads {schema.VERSION}; make it again"
        )
    known = schema.KINDS.get(data.attrs["kind"])
    if known is None:
        raise ValueError(f"{name}: kind is {data.attrs['kind']!r}, known are {', '.join(schema.KINDS)}")
    for variable in data.variables:
        expected = known.get(variable) or schema.COORDINATES.get(variable)
        if expected is None:
            raise ValueError(f"{name}: variable {variable!r} is not in the schema of kind {data.attrs['kind']!r}")
        if data[variable].dims != expected.dims:
            raise ValueError(f"{name}: {variable} has dimensions {data[variable].dims}, wanted {expected.dims}")


def write(data: xr.Dataset, path: Path) -> None:
    """Write a Dataset as NetCDF4, compressed, under a temporary name that is renamed when it is complete."""
    validate(data, str(path))
    encoding = {}
    for name, variable in data.variables.items():
        wanted = schema.KINDS[data.attrs["kind"]].get(name) or schema.COORDINATES[name]
        if wanted.dtype == "str":
            continue
        encoding[name] = {"dtype": wanted.dtype}
        if name in data.data_vars:
            encoding[name] |= COMPRESSION | {"_FillValue": _fill(variable, wanted.dtype, name)}
        else:
            encoding[name] |= {"_FillValue": None}
    files.replace(path, lambda scratch: data.to_netcdf(scratch, engine=ENGINE, format="NETCDF4", encoding=encoding))


def _fill(variable: xr.Variable, dtype: str, name: str):
    """NaN for floats; -1 for integers with cells that were not measured; None where every cell has a value."""
    if dtype.startswith("float"):
        return np.nan
    return -1 if variable.dtype.kind == "f" and name not in schema.FLAGS else None


def read(path: Path) -> xr.Dataset:
    """Open a file lazily and check it."""
    try:
        data = xr.open_dataset(path, engine=ENGINE)
    except (OSError, ValueError) as error:
        raise ValueError(f"{path}: cannot be read as NetCDF ({error}); make it again") from error
    validate(data, str(path))
    return data
