"""Dataset <-> NetCDF4: one way in, one way out, checked against the contract (`crossover.contract`) on both."""

import importlib.metadata
import json
import math
import platform
import subprocess
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import netCDF4
import numpy as np
import xarray as xr

from crossover import contract, files, grid, schema
from crossover.contract import ContractError

ENGINE = "netcdf4"
# Chosen by `crossover bench cubes`: see docs/cubes.md.
COMPRESSION = {"zlib": True, "complevel": 1, "shuffle": True}
VERSIONS_OF = ("numpy", "scipy", "scikit-learn", "torch", "xarray", "netCDF4", "snakemake")
STARTED = datetime.now(UTC)  # a command is a process of its own
HELD = 2**22  # numbers of a variable that are in memory at once
Slab = tuple[str, tuple, np.ndarray]  # name of a variable, a cell of it, the values there
PASSED_ON = ("licence", "stand_in_for", "device")


def provenance(
    *, kind: str, title: str, spec: str, made_from: Iterable[Mapping] = (), inputs: Mapping[str, str] | None = None, **more: str
) -> dict[str, str]:
    """Attributes that say what a file is and how it was made; see `crossover.schema.ATTRIBUTES`.

    Parameters
    ----------
    spec : JSON; its ``code`` and ``dtype`` are noted under the file's rule
    made_from : attributes of the files it was made from, whose code, dtype and `PASSED_ON` are passed on
    inputs : sha256 of the data it was made from, by name
    more : further attributes, before those that are passed on
    """
    parents, rule, described = list(made_from), more.get("rule", schema.RULE_OF[kind]), json.loads(spec)
    passed_on = {name: join(found) for name in PASSED_ON if (found := [each[name] for each in parents if name in each])}
    for name in ("code", "dtype"):
        own = {rule: described[name]} if name in described and rule == schema.RULE_OF[kind] else {}
        passed_on[name] = joined_maps([*(each[name] for each in parents if name in each), json.dumps(own)])
    if "configuration" in more:
        more["configuration_sha256"] = sha256(more["configuration"].encode()).hexdigest()
    return (
        {
            "Conventions": "CF-1.11",
            "schema_version": schema.VERSION,
            "kind": kind,
            "title": title,
            "spec": spec,
            "spec_sha256": sha256(spec.encode()).hexdigest(),
            "rule": rule,
            "inputs": json.dumps(inputs or {}, sort_keys=True),
            "git_commit": git_commit(),
            "versions": json.dumps({name: _version(name) for name in VERSIONS_OF} | {"python": platform.python_version()}),
            "started": STARTED.isoformat(timespec="seconds"),
            "host": platform.node() or "unknown",
        }
        | {name: value for name, value in passed_on.items() if name != "dtype" or value != "{}"}
        | more
    )


def join(values: Iterable[str]) -> str:
    """The different values, sorted, as one text; a value may be such a text."""
    return " | ".join(sorted({value for text in values for value in text.split(" | ")}))


def joined_maps(texts: Iterable[str]) -> str:
    """Maps in JSON as one; where they differ the value is all of theirs."""
    maps = [json.loads(text) for text in texts]
    keys = sorted({key for each in maps for key in each})
    return json.dumps({key: join(each[key] for each in maps if key in each) for key in keys})


def digest_of(digests: Iterable[str]) -> str:
    """One digest of several, whatever their order."""
    return sha256("\n".join(sorted(digests)).encode()).hexdigest()


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
        attrs |= {"flag_values": np.array(list(schema.FLAGS[name].values()), dtype=variable.dtype)}
        attrs |= {"flag_meanings": " ".join(schema.FLAGS[name])}
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
    """An array in which no cell has been measured: NaN, or the first flag, absent; integers become floats to hold NaN."""
    if name in schema.FLAGS:
        return np.full(shape, min(schema.FLAGS[name].values()), dtype=variable.dtype)
    dtype = variable.dtype if variable.dtype.startswith("float") else "float64"
    return np.full(shape, np.nan, dtype=dtype)


def data_digest(path: Path) -> str:
    """Sha256 of what a file holds, attributes apart: name, dimensions, type, shape and stored values of each variable."""
    total = sha256()
    with netCDF4.Dataset(path) as data:
        data.set_auto_maskandscale(False)
        for name, variable in sorted(data.variables.items()):
            shape = variable.shape
            total.update(json.dumps([name, variable.dimensions, str(variable.dtype), shape]).encode())
            if variable.dtype is str:
                total.update(json.dumps(variable[:].tolist()).encode())
                continue
            split = next(k for k in range(len(shape) + 1) if math.prod(shape[k:]) <= HELD)
            for cell in np.ndindex(shape[:split]):
                total.update(np.ascontiguousarray(variable[cell], dtype=variable.dtype.newbyteorder("<")))
    return total.hexdigest()


def write(data: xr.Dataset, path: Path, slabs: Iterable[Slab] = ()) -> None:
    """Write a Dataset as NetCDF4, compressed, under a temporary name that is renamed when it is complete and checked.

    Parameters
    ----------
    slabs : what does not fit into memory beside ``data``: variables of the kind along dimensions of ``data``, cell by cell

    Raises
    ------
    ContractError
        When the file would break the contract.
    """

    def put(scratch: str) -> None:
        contract.check(data, path, ("version", "kind"))
        data.to_netcdf(scratch, engine=ENGINE, format="NETCDF4", encoding=_encoding(data, path))
        _put_slabs(scratch, data.attrs["kind"], slabs)
        ended = datetime.now(UTC).isoformat(timespec="seconds")
        rule = data.attrs.get("rule", "unknown")
        stamps = {"data_sha256": data_digest(Path(scratch)), "ended": ended, "history": f"{ended}: crossover {rule}"}
        with netCDF4.Dataset(scratch, "a") as written:
            written.setncatts(stamps)
        _open(Path(scratch), path).close()

    files.replace(path, put)


def _encoding(data: xr.Dataset, path: Path) -> dict[str, dict]:
    """Type, fill value and compression of each variable."""
    encoding = {}
    for name, variable in data.variables.items():
        wanted = contract.expected(data.attrs["kind"], name)
        if wanted is None:
            raise ContractError(path, "variables", contract.unknown(data.attrs["kind"], name))
        if wanted.dtype == "str":
            continue
        if wanted.dtype.startswith("int") and variable.dtype.kind == "f" and (variable.values % 1 > 0).any():
            raise ContractError(path, "dtype", f"{name} holds fractions, wanted {wanted.dtype}")
        encoding[name] = {"dtype": wanted.dtype, "_FillValue": None}
        if name in data.data_vars:
            encoding[name] |= (
                COMPRESSION | {"_FillValue": _fill(variable, wanted.dtype, name)} | _chunks(variable.dims, variable.shape)
            )
    return encoding


def _fill(variable: xr.Variable, dtype: str, name: str):
    """NaN for floats; -1 for integers with cells that were not measured; None where every cell has a value."""
    if dtype.startswith("float"):
        return np.nan
    return -1 if variable.dtype.kind == "f" and name not in schema.FLAGS else None


def _chunks(dims: tuple[str, ...], shape: tuple[int, ...]) -> dict:
    """Outputs on test patterns are stored member by member, as they are made and read; the rest as the library likes."""
    return {"chunksizes": (1,) * (len(dims) - 1) + shape[-1:]} if dims[-1:] == ("test",) else {}


def _put_slabs(scratch: str, kind: str, slabs: Iterable[Slab]) -> None:
    """Add variables to a file cell by cell; the cells that no slab has are missing."""
    with netCDF4.Dataset(scratch, "a") as written:
        for name, cell, values in slabs:
            if name not in written.variables:
                _create(written, name, schema.KINDS[kind][name], values.shape[-1])
            written[name][cell] = values


def _create(written: netCDF4.Dataset, name: str, wanted: schema.Variable, last: int) -> None:
    """A variable without values; its last dimension, of size ``last``, may be new to the file."""
    if wanted.dims[-1] not in written.dimensions:
        written.createDimension(wanted.dims[-1], last)
    shape = tuple(written.dimensions[dim].size for dim in wanted.dims)
    made = written.createVariable(
        name, wanted.dtype, wanted.dims, fill_value=np.nan, **COMPRESSION, **_chunks(wanted.dims, shape)
    )
    made.setncatts({"units": wanted.units, "long_name": wanted.long_name, "coordinates": "alpha"})


def read(path: Path) -> xr.Dataset:
    """Open a file lazily and check it.

    Raises
    ------
    ContractError
        When it cannot be opened or breaks the contract.
    """
    return _open(path, path)


def _open(path: Path, name: Path) -> xr.Dataset:
    try:
        data = xr.open_dataset(path, engine=ENGINE)
    except FileNotFoundError:
        raise
    except (OSError, ValueError) as error:
        raise ContractError(name, "netcdf", f"cannot be read as NetCDF ({error})") from error
    try:
        contract.check(data, name)
    except ContractError:
        data.close()
        raise
    return data
