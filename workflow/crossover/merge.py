"""Cubes of one experiment, or files of one point, that were made on several machines, as one file."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from itertools import combinations
from pathlib import Path

import netCDF4
import numpy as np
import xarray as xr

from crossover import assembly, cubes, schema

KINDS = ("raw", "members", "kernels")
NAMED = 3  # conflicts that a message spells out
# What is kept of each file that was merged.
KEPT = ("title", "data_sha256", "spec_sha256", "code", "inputs", "git_commit", "versions", "device", "dtype")


def merge(paths: list[Path], output: Path) -> dict[str, int]:
    """Write the cells of all files as one file of the same kind; the sizes of its grid.

    Raises
    ------
    ValueError
        When the files differ in more than their grid (for files of jobs: their seeds), or a cell in two of them differs.
    """
    if len(set(paths)) < 2:
        raise ValueError(f"{paths[0]} alone is nothing to merge; give two files or more")
    with ExitStack() as stack:
        opened = {path: stack.enter_context(cubes.read(path)) for path in paths}
        _check_alike({path: dict(data.attrs) for path, data in opened.items()})
        axes = _axes(opened.values())
        arrays: dict[str, np.ndarray] = {}
        for path, data in opened.items():
            assembly.share(arrays, data, path)
            assembly.fill(arrays, data, axes)
        if found := _conflicts(opened):
            named = ", ".join(found[:NAMED]) + (", ..." if len(found) > NAMED else "")
            raise ValueError(f"{len(found)} cells differ: {named}; make them again with one code on one device")
        arrays |= {
            name: values for name, values in assembly.with_alpha(axes).items() if name in next(iter(opened.values())).coords
        }
        attrs = _attrs([dict(data.attrs) for data in opened.values()], axes["seed"])
        cubes.write(cubes.make(attrs["kind"], arrays, attrs), output, _outputs(opened, axes))
    return {dim: len(axes[dim]) for dim in schema.MEMBER}


def _axes(files: Iterable[xr.Dataset]) -> dict[str, list]:
    """The axes that hold the cells of all files."""
    files = list(files)
    values = {dim: sorted({value for data in files for value in data[dim].values.tolist()}) for dim in schema.MEMBER}
    return values | {"layer": list(range(values["L"][-1] + 1))}


def _check_alike(attrs: Mapping[Path, Mapping[str, str]]) -> None:
    """Files of one kind, that only differ in where they are on the grid."""
    (first, wanted), *others = attrs.items()
    for path, found in attrs.items():
        if found["kind"] not in KINDS:
            remedy = "merge the raw cubes, then run `crossover summary`" if found["kind"] == "summary" else "make it again"
            raise ValueError(f"{path}: kind is {found['kind']}, wanted {', '.join(KINDS)}; {remedy}")
    for path, found in others:
        if difference := _first_difference(_fixed(wanted), _fixed(found)):
            key, one, other = difference
            free = "the grid" if found["kind"] == "raw" else "the seeds"
            raise ValueError(f"{path}: {key} is {other}, in {first} it is {one}; only {free} may differ")


def _fixed(attrs: Mapping[str, str]) -> dict:
    """What files must have in common to be merged."""
    fixed = {"kind": attrs["kind"], "data set": assembly.dataset_of(attrs), "code": json.loads(attrs["code"])}
    if attrs["kind"] == "raw":
        configuration = json.loads(attrs["configuration"])
        configuration.pop("grid")
        return fixed | {"experiment": attrs["experiment"], "configuration": configuration, "dtype": json.loads(attrs["dtype"])}
    spec = json.loads(attrs["spec"])
    spec.pop("seeds")
    return fixed | {"spec": spec}


def _first_difference(one, other, key: str = "") -> tuple[str, str, str] | None:
    """Dotted key of the first difference of nested maps, with both values."""
    if isinstance(one, dict) and isinstance(other, dict):
        names = [*one, *(name for name in other if name not in one)]
        found = (_first_difference(one.get(name), other.get(name), f"{key}.{name}".lstrip(".")) for name in names)
        return next((difference for difference in found if difference), None)
    return None if one == other else (key, json.dumps(one), json.dumps(other))


def _conflicts(opened: Mapping[Path, xr.Dataset]) -> list[str]:
    """The cells that two files have and that differ, as text."""
    found = []
    for (path, one), (other_path, other) in combinations(opened.items(), 2):
        one, other = xr.align(one, other, join="inner", exclude=set(schema.DIMS) - set(schema.MEMBER))
        both = (assembly.present(one) & assembly.present(other)).values
        differ = {name: both & _differ(one[name], other[name]) for name in one.data_vars if name in assembly.PER_MEMBER}
        for cell in np.argwhere(both.any(-1)):
            point = dict(zip(schema.POINT, cell, strict=True))
            for name in assembly.OUTPUTS:
                if name in one:
                    here = differ.setdefault(name, np.zeros_like(both))
                    here[tuple(cell)] = both[tuple(cell)] & _differ(one[name].isel(point), other[name].isel(point), 1)
        for cell in np.argwhere(np.any(list(differ.values()), axis=0)):
            where = ", ".join(f"{dim} = {one[dim].values[k]:g}" for dim, k in zip(schema.MEMBER, cell, strict=True))
            names = ", ".join(name for name, each in differ.items() if each[tuple(cell)])
            found.append(f"({where}) of {path} and {other_path} in {names}")
    return found


def _differ(one: xr.DataArray, other: xr.DataArray, kept: int = len(schema.MEMBER)) -> np.ndarray:
    """Where arrays differ, along the first ``kept`` axes; missing equals missing, and a layer that only one has is missing."""
    one, other = xr.align(one, other, join="outer")
    a, b = one.values, other.values
    different = (a != b) & ~((a != a) & (b != b))
    return different.any(axis=tuple(range(kept, different.ndim)))


def _outputs(opened: Mapping[Path, xr.Dataset], axes: Mapping[str, list]) -> Iterator[cubes.Slab]:
    """What the files have of each output on test patterns, a member at a time."""
    for path, data in opened.items():
        cells = assembly.cells_of(data, axes)
        members = [tuple(int(k) for k in member) for member in np.argwhere(assembly.present(data).values)]
        with netCDF4.Dataset(path) as stored:
            stored.set_auto_mask(False)
            for name in assembly.OUTPUTS:
                if name in stored.variables:
                    for member in members:
                        yield name, tuple(cells[axis][k] for axis, k in enumerate(member)), stored[name][member]


def _attrs(files: list[dict[str, str]], seeds: list[int]) -> dict[str, str]:
    """Provenance of the merged file: its grid is all of theirs, and theirs is kept."""
    first, kind = files[0], files[0]["kind"]
    merged_from = {json.dumps(record, sort_keys=True) for attrs in files for record in _records(attrs)}
    more = {"merged_from": f"[{', '.join(sorted(merged_from))}]"}
    spec = json.loads(first["spec"])
    if kind == "raw":
        parts = {json.dumps(part, sort_keys=True) for attrs in files for part in json.loads(attrs["configuration"])["grid"]}
        configuration = json.loads(first["configuration"]) | {"grid": [json.loads(part) for part in sorted(parts)]}
        spec |= {"preset": cubes.join(attrs["preset"] for attrs in files), "configuration": configuration}
        more |= {"experiment": first["experiment"], "preset": spec["preset"]}
        more |= {"configuration": json.dumps(configuration, sort_keys=True)}
    else:
        if seeds != list(range(seeds[0], seeds[-1] + 1)):
            raise ValueError(f"seeds {seeds} have a gap; name the files that fill it as well")
        spec |= {"seeds": [seeds[0], seeds[-1]]}
    return cubes.provenance(
        kind=kind,
        title=f"{first['title']}, merged from {len(merged_from)} files",
        spec=json.dumps(spec, sort_keys=True),
        rule="merge",
        made_from=files,
        inputs={"dataset": assembly.dataset_of(first), kind: cubes.digest_of(attrs["data_sha256"] for attrs in files)},
        **more,
    )


def _records(attrs: Mapping[str, str]) -> list[dict[str, str]]:
    """What is kept of a file; of one that was merged, what is kept of its files."""
    return json.loads(attrs["merged_from"]) if "merged_from" in attrs else [{name: attrs[name] for name in KEPT}]
