"""Each rule of the contract: what breaks it is refused on write and on read, by its name, with the file and a remedy."""

import numpy as np
import pytest
import xarray as xr

from crossover import contract, cubes, schema
from crossover.contract import ContractError
from made_files import MADE


def _attribute(name: str, value):
    return lambda data: data.attrs.pop(name) if value is None else data.attrs.update({name: value})


def _of(variable: str, where: str, **entries):
    """A change of the attributes or the encoding of a variable; None removes."""

    def change(data: xr.Dataset) -> None:
        found = getattr(data.variables[variable], where)
        for name, value in entries.items():
            found.pop(name) if value is None else found.update({name: value})

    return change


def _values(name: str, values):
    def change(data: xr.Dataset) -> None:
        old = data[name]
        data[name] = (
            old.dims,
            np.broadcast_to(values, old.shape),
            old.attrs,
            {"dtype": old.encoding["dtype"], "_FillValue": None},
        )

    return change


# kind of file, rule, what breaks it, what the message says
BROKEN = [
    ("members", "version", _attribute("schema_version", "1"), "schema_version is 1, this code reads"),
    ("members", "version", _attribute("schema_version", None), "schema_version is missing"),
    ("members", "kind", _attribute("kind", "thing"), "kind is 'thing', known are dataset"),
    ("members", "attributes", _attribute("git_commit", None), r"attributes \['git_commit'\] are missing"),
    ("raw", "attributes", _attribute("configuration", None), r"\['configuration'\]"),
    ("summary", "attributes", _attribute("replicates", ""), r"\['replicates'\]"),
    ("members", "digests", _attribute("spec", '{"n": 3}'), "spec_sha256 is not the digest of spec"),
    ("summary", "digests", _attribute("configuration", "{}"), "configuration_sha256 is not the digest of configuration"),
    ("raw", "digests", _attribute("inputs", "none"), "inputs is 'none', no JSON"),
    ("members", "variables", lambda data: data.update({"x": ("test", np.zeros(5))}), "variable 'x' is not in the schema"),
    ("members", "variables", lambda data: data.drop_vars("t_stop"), r"variables \['t_stop'\] are missing"),
    ("members", "variables", lambda data: data.drop_vars("alpha"), r"variables \['alpha'\] are missing"),
    ("raw", "variables", lambda data: data.drop_vars("kernel_change"), r"variables \['kernel_change'\] are missing"),
    ("members", "dimensions", lambda data: data.update({"t_stop": data["t_stop"][0, 0, 0]}), r"\('seed',\), wanted \('L'"),
    ("raw", "dimensions", lambda data: data.update({"F_test": data["F_test"].T}), r"F_test has dimensions \('test'"),
    ("losses", "dtype", _of("loss_per_pattern", "encoding", dtype="float32"), "float32 in the file, wanted float64"),
    ("members", "dtype", _of("unfitted", "encoding", dtype="int64"), "unfitted is int64 in the file, wanted int32"),
    ("members", "units", _of("t_stop", "attrs", units="s"), "units of t_stop are 's', wanted '1'"),
    ("bench", "units", _of("seconds", "attrs", units=None), "units of seconds are None, wanted 's'"),
    ("members", "units", _of("h", "attrs", long_name=None), "h has no long_name"),
    ("members", "flags", _of("status", "attrs", flag_meanings="good bad"), "status has flags 'good bad', wanted 'absent"),
    ("members", "flags", _of("status", "attrs", flag_values=np.arange(6, dtype="i1")[::-1]), "status has flags"),
    ("kernels", "flags", _values("frozen_init_status", np.int8(77)), "frozen_init_status has the value 77, which is no flag"),
    ("members", "flags", _of("unfitted", "attrs", flag_values=np.int8(1)), "unfitted is no status or label, but has flags"),
    ("members", "missing", _of("F_test", "encoding", _FillValue=-999.0), "F_test has the _FillValue -999.0, wanted NaN"),
    ("members", "missing", _of("seed", "encoding", _FillValue=-1), "seed has the _FillValue -1, wanted none"),
    ("members", "missing", _of("unfitted", "encoding", _FillValue=0), "unfitted has the _FillValue 0, wanted -1 or none"),
    ("members", "coordinates", lambda data: data.isel(seed=[1, 0]), "seed does not increase strictly"),
    ("raw", "coordinates", _values("sqrt_h_alpha", 0.1), "sqrt_h_alpha does not increase strictly"),
    ("raw", "coordinates", _values("time", [*range(12), np.nan]), "time does not increase strictly"),
    ("losses", "coordinates", lambda data: data.isel(loss=[0, 0]), "loss has a value twice"),
    ("summary", "coordinates", lambda data: data.isel(interval=[1, 0]), r"interval is \['high', 'low'\], wanted low, high"),
    ("raw", "coordinates", _values("alpha", 1.0), "alpha is not sqrt_h_alpha"),
]


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A good file of every kind."""
    folder = tmp_path_factory.mktemp("made")
    for kind, make in MADE.items():
        cubes.write(make() if kind != "summary" else make().isel(replicate=slice(2)), folder / f"{kind}.nc")
    return folder


@pytest.mark.parametrize(("kind", "rule", "change", "message"), BROKEN, ids=[f"{rule}: {text}" for _, rule, _, text in BROKEN])
def test_a_file_that_breaks_a_rule_is_refused_by_the_name_of_the_rule(kind, rule, change, message, written, tmp_path):
    with xr.open_dataset(written / f"{kind}.nc") as opened:
        data = opened.load()
    changed = change(data)
    data = changed if isinstance(changed, xr.Dataset) and changed is not data else data
    for name in data.coords:
        data.variables[name].encoding.setdefault("_FillValue", None)  # xarray gives NaN otherwise
    path = tmp_path / "broken.nc"
    data.to_netcdf(path, engine="netcdf4")
    with pytest.raises(ContractError, match=message) as caught:
        cubes.read(path)
    assert caught.value.rule == rule
    assert str(caught.value).startswith(f"{path}: ")
    assert str(caught.value).endswith(f"; {contract.REMEDIES[rule]} (rule {rule})")
    assert len(str(caught.value).splitlines()) == 1


def test_every_rule_is_broken_by_a_test():
    assert {rule for _, rule, _, _ in BROKEN} | {"netcdf"} == set(contract.REMEDIES)


# Types and fill values are set by `write`, digests of texts by `provenance`: what is wrong with the rest is found on writing.
ON_WRITE = [case for case in BROKEN if case[1] not in ("dtype", "missing")]


@pytest.mark.parametrize(("kind", "rule", "change", "message"), ON_WRITE, ids=[f"{r}: {text}" for _, r, _, text in ON_WRITE])
def test_what_would_break_a_rule_is_not_written(kind, rule, change, message, written, tmp_path):
    with cubes.read(written / f"{kind}.nc") as opened:
        data = opened.load()
    changed = change(data)
    data = changed if isinstance(changed, xr.Dataset) and changed is not data else data
    with pytest.raises(ContractError, match=message) as caught:
        cubes.write(data, tmp_path / "broken.nc")
    assert caught.value.rule == rule
    assert str(caught.value).startswith(f"{tmp_path / 'broken.nc'}: ")
    assert list(tmp_path.iterdir()) == []


def test_fractions_are_not_rounded_into_an_integer(written, tmp_path):
    with cubes.read(written / "members.nc") as opened:
        data = opened.load()
    data["unfitted"] = data["unfitted"] + 0.5
    with pytest.raises(ContractError, match="unfitted holds fractions, wanted int32"):
        cubes.write(data, tmp_path / "broken.nc")


@pytest.mark.parametrize("content", [b"", b"not netcdf"])
def test_a_file_that_is_no_netcdf_is_named(content, tmp_path):
    path = tmp_path / "broken.nc"
    path.write_bytes(content)
    with pytest.raises(ContractError, match=r"broken\.nc: cannot be read as NetCDF .*; make it again") as caught:
        cubes.read(path)
    assert caught.value.rule == "netcdf"


def test_a_file_that_is_not_there_is_no_breach_of_the_contract(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none\.nc"):
        cubes.read(tmp_path / "none.nc")


def test_the_schema_says_what_every_kind_needs():
    assert set(schema.ATTRIBUTES_OF) == set(schema.RULE_OF) == set(schema.KINDS)
    required = {name for names in schema.ATTRIBUTES_OF.values() for name in names}
    assert set(schema.ATTRIBUTES) - required == {"stand_in_for", "image_shape", "merged_from"}
    assert set(schema.VOLATILE_ATTRS) < set(schema.ATTRIBUTES)
    assert schema.COORDINATES_OF["members"] == ("L", "h", "sqrt_h_alpha", "seed", "time", "layer", "alpha")
    assert schema.COORDINATES_OF["bench"] == ("role", "flow", "dtype")
    assert schema.COORDINATES_OF["dataset"] == ()
