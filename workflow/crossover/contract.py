"""The contract of every file, rule by rule: checked when a file is written and when it is read. docs/cubes.md explains it."""

import json
from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import numpy as np
import xarray as xr

from crossover import schema


class ContractError(ValueError):
    """A file breaks a rule of the contract: one line with the file, what is wrong, the remedy and the rule's name."""

    def __init__(self, file: Path | str, rule: str, problem: str):
        super().__init__(f"{file}: {problem}; {REMEDIES[rule]} (rule {rule})")
        self.rule = rule


class Rule(NamedTuple):
    """What must hold, how it is checked (what is wrong as text, None when nothing is), and what to do when it does not."""

    says: str
    check: Callable[[xr.Dataset], str | None]
    remedy: str


def expected(kind: str, name: str) -> schema.Variable | None:
    """The variable or coordinate of a kind of file; None for a name that the kind does not have."""
    return schema.KINDS[kind].get(name) or (schema.COORDINATES[name] if name in schema.COORDINATES_OF[kind] else None)


def unknown(kind: str, name: str) -> str:
    """What is wrong with a variable that a kind does not have."""
    return f"variable {name!r} is not in the schema of kind {kind!r}"


def check(data: xr.Dataset, file: Path | str, rules: Iterable[str] | None = None) -> None:
    """Check a Dataset, opened from a file, rule by rule: all of `RULES`, or some by their names.

    Raises
    ------
    ContractError
        At the first rule that does not hold.
    """
    for name in RULES if rules is None else rules:
        if problem := RULES[name].check(data):
            raise ContractError(file, name, problem)


def _version(data: xr.Dataset) -> str | None:
    found = data.attrs.get("schema_version", "missing")
    return None if found == schema.VERSION else f"schema_version is {found}, this code reads {schema.VERSION}"


def _kind(data: xr.Dataset) -> str | None:
    found = data.attrs.get("kind")
    return None if found in schema.KINDS else f"kind is {found!r}, known are {', '.join(schema.KINDS)}"


def _attributes(data: xr.Dataset) -> str | None:
    missing = [name for name in schema.ATTRIBUTES_OF[data.attrs["kind"]] if not data.attrs.get(name)]
    return f"attributes {missing} are missing" if missing else None


def _digests(data: xr.Dataset) -> str | None:
    for name in ("spec", "configuration"):
        if name in data.attrs and data.attrs.get(f"{name}_sha256") != sha256(data.attrs[name].encode()).hexdigest():
            return f"{name}_sha256 is not the digest of {name}"
    for name in ("spec", "code", "inputs", "versions", "dtype", "configuration"):
        try:
            json.loads(data.attrs.get(name, "{}"))
        except json.JSONDecodeError:
            return f"{name} is {data.attrs[name]!r}, no JSON"
    return None


def _variables(data: xr.Dataset) -> str | None:
    kind = data.attrs["kind"]
    strange = [name for name in data.variables if expected(kind, name) is None]
    if strange:
        return unknown(kind, strange[0])
    wanted = [*schema.KINDS[kind], *schema.COORDINATES_OF[kind]]
    optional = schema.OPTIONAL.get(kind, ())
    if not any(name in data.variables for name in optional):
        wanted = [name for name in wanted if name not in optional]
    missing = [name for name in wanted if name not in data.variables]
    return f"variables {missing} are missing" if missing else None


def _each(problem: Callable[[str, xr.Variable, schema.Variable], str | None]) -> Callable[[xr.Dataset], str | None]:
    """A check of every variable against its entry in the schema, as a check of the Dataset."""

    def every(data: xr.Dataset) -> str | None:
        found = (problem(name, each, expected(data.attrs["kind"], name)) for name, each in data.variables.items())
        return next((text for text in found if text), None)

    return every


def _dimensions(name: str, found: xr.Variable, wanted: schema.Variable) -> str | None:
    return None if found.dims == wanted.dims else f"{name} has dimensions {found.dims}, wanted {wanted.dims}"


def _dtype(name: str, found: xr.Variable, wanted: schema.Variable) -> str | None:
    stored = found.encoding.get("dtype", found.dtype)
    text = stored is str or np.dtype(stored).kind in "OSUT"
    named = "str" if text else np.dtype(stored).name
    return None if named == wanted.dtype else f"{name} is {named} in the file, wanted {wanted.dtype}"


def _units(name: str, found: xr.Variable, wanted: schema.Variable) -> str | None:
    units = None if wanted.dtype == "str" or name in schema.FLAGS else wanted.units
    if found.attrs.get("units") != units:
        return f"units of {name} are {found.attrs.get('units')!r}, wanted {units!r}"
    return None if found.attrs.get("long_name") else f"{name} has no long_name"


def _flags(name: str, found: xr.Variable, wanted: schema.Variable) -> str | None:
    del wanted
    if name not in schema.FLAGS:
        return f"{name} is no status or label, but has flags" if "flag_values" in found.attrs else None
    values, meanings = list(schema.FLAGS[name].values()), " ".join(schema.FLAGS[name])
    if np.ravel(found.attrs.get("flag_values", [])).tolist() != values or found.attrs.get("flag_meanings") != meanings:
        return f"{name} has flags {found.attrs.get('flag_meanings')!r}, wanted {meanings!r} = {values}"
    strange = np.setdiff1d(found.values, values)
    return f"{name} has the value {strange[0]}, which is no flag" if len(strange) else None


def _missing(name: str, found: xr.Variable, wanted: schema.Variable) -> str | None:
    fill = found.encoding.get("_FillValue")
    if (name in schema.COORDINATES and found.dims == schema.COORDINATES[name].dims) or name in schema.FLAGS:
        return None if fill is None else f"{name} has the _FillValue {fill}, wanted none"
    if wanted.dtype.startswith("float"):
        return None if fill is not None and np.isnan(fill) else f"{name} has the _FillValue {fill}, wanted NaN"
    return None if fill in (None, -1) else f"{name} has the _FillValue {fill}, wanted -1 or none"


def _coordinates(data: xr.Dataset) -> str | None:
    for name in schema.COORDINATES_OF[data.attrs["kind"]]:
        values = data[name].values
        if name == "interval" and values.tolist() != ["low", "high"]:
            return f"interval is {values.tolist()}, wanted low, high"
        alpha = data["sqrt_h_alpha"].values / np.sqrt(data["h"].values)[:, None] if name == "alpha" else values
        if name == "alpha" and not np.allclose(values, alpha, rtol=1e-12, atol=0):
            return "alpha is not sqrt_h_alpha / sqrt(h)"
        if data[name].dims == (name,) and values.dtype.kind in "iuf" and not (np.diff(values) > 0).all():
            return f"{name} does not increase strictly"
        if data[name].dims == (name,) and len(set(values.tolist())) < len(values):
            return f"{name} has a value twice"
    return None


RULES = {
    "version": Rule(
        "schema_version is that of the code",
        _version,
        "make it again, or read it with the code of its git_commit",
    ),
    "kind": Rule("kind is one of the schema", _kind, "make it again"),
    "attributes": Rule("the attributes of the kind are there and not empty", _attributes, "make it again"),
    "digests": Rule(
        "spec_sha256 and configuration_sha256 are the digests of their texts; these, code, inputs, versions and dtype are JSON",
        _digests,
        "the text was changed after the file was made: make it again",
    ),
    "variables": Rule(
        "the variables and coordinates of the kind are there, and no others; a raw cube has all those of the kernels or none",
        _variables,
        "make it again, and keep variables of your own in another file",
    ),
    "dimensions": Rule("every variable has the dimensions of the schema in their order", _each(_dimensions), "transpose it back"),
    "dtype": Rule("the type on disk is that of the schema", _each(_dtype), "write it with crossover.cubes.write"),
    "units": Rule(
        "units are those of the schema (none for texts and flags), long_name is there", _each(_units), "set the attribute"
    ),
    "flags": Rule(
        "a status or label has flag_values and flag_meanings of the schema, and no other value", _each(_flags), "make it again"
    ),
    "missing": Rule(
        "missing is NaN in floats, -1 in integers; coordinates and flags have no _FillValue",
        _each(_missing),
        "write it with crossover.cubes.write",
    ),
    "coordinates": Rule(
        "coordinates along a dimension increase strictly (texts: none twice), interval is low, high, "
        "alpha is sqrt_h_alpha / sqrt(h)",
        _coordinates,
        "sort it, and take each value once",
    ),
}
REMEDIES = {"netcdf": "make it again"} | {name: rule.remedy for name, rule in RULES.items()}
