"""CF conventions 1.11 where they apply, by rules of our own; and by the IOOS checker where its command is installed.

The checker is no test dependency: it brings 25 packages that nothing else here uses. Two of its findings do not apply:
it takes every variable called time for a date, while ours is the time of the gradient flow and has no dimension; and its
check of monotonicity fails on texts. Texts along a dimension of their own name (`interval`, `loss`) are the one place where
CF, which wants numbers there, is not followed: `sel(interval="high")` is worth it.
"""

import json
import re
import shutil
import subprocess

import netCDF4
import numpy as np
import pytest

from crossover import cubes, schema
from made_files import MADE

TEXTS = {"activation", "budget", "gain", "interval", "loss", "parameterization", "predictor", "stop"}


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A file of every kind."""
    folder = tmp_path_factory.mktemp("cf")
    for kind, make in MADE.items():
        cubes.write(make(), folder / f"{kind}.nc")
    return folder


@pytest.mark.parametrize("kind", MADE)
def test_names_units_and_texts_follow_cf(kind, written):
    with netCDF4.Dataset(written / f"{kind}.nc") as data:
        assert data.Conventions == "CF-1.11"  # 2.6.1
        assert data.title  # 2.6.2
        assert re.match(r"\d{4}-\d\d-\d\dT.*: crossover [a-z]", data.history)
        for name in [*data.variables, *data.dimensions]:
            assert re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name), name  # 2.3
        for name, variable in data.variables.items():
            assert len(set(variable.dimensions)) == len(variable.dimensions), name  # 2.4
            assert variable.long_name, name  # 3.2
            if variable.dtype is not str and name not in schema.FLAGS:
                assert variable.units in ("1", "s", "rad"), name  # 3.1: known to UDUNITS
            assert "missing_value" not in variable.ncattrs(), name


@pytest.mark.parametrize("kind", MADE)
def test_flags_follow_cf(kind, written):
    with netCDF4.Dataset(written / f"{kind}.nc") as data:  # 3.5
        for name, variable in data.variables.items():
            assert ("flag_values" in variable.ncattrs()) == (name in schema.FLAGS), name
            if name in schema.FLAGS:
                assert variable.flag_values.dtype == variable.dtype
                assert len(set(variable.flag_values.tolist())) == len(variable.flag_meanings.split())
                assert "units" not in variable.ncattrs()


@pytest.mark.parametrize("kind", MADE)
def test_coordinates_follow_cf(kind, written):
    with netCDF4.Dataset(written / f"{kind}.nc") as data:
        along = {name for name in data.variables if data[name].dimensions == (name,)}
        others = set(schema.COORDINATES_OF[kind]) - along
        assert {name for name in along if data[name].dtype is str} <= TEXTS
        for name in along - TEXTS:
            assert (np.diff(data[name][:]) > 0).all(), name  # 5: ordered monotonically, none missing
        for name in along | others:
            assert "_FillValue" not in data[name].ncattrs(), name  # 2.5.1
        for name, variable in data.variables.items():
            wanted = {other for other in others if set(data[other].dimensions) <= set(variable.dimensions)}
            if name not in along | others:
                assert set(getattr(variable, "coordinates", "").split()) == wanted, name  # 5: auxiliary coordinates are named


@pytest.mark.parametrize("kind", MADE)
def test_ncdump_shows_the_header(kind, written):
    if not shutil.which("ncdump"):
        pytest.skip("ncdump is not installed (Debian: netcdf-bin)")
    done = subprocess.run(["ncdump", "-h", written / f"{kind}.nc"], capture_output=True, text=True, check=True)
    for name, variable in schema.KINDS[kind].items():
        said = json.dumps(variable.long_name).replace("'", "\\'")  # as ncdump writes them
        assert f"{name}:long_name = {said} ;" in done.stdout
    assert f':kind = "{kind}" ;' in done.stdout
    assert max(map(len, done.stdout.splitlines())) < 1000


@pytest.mark.parametrize("kind", MADE)
def test_the_ioos_checker_finds_nothing_that_applies(kind, written, tmp_path):
    if not shutil.which("compliance-checker"):
        pytest.skip("compliance-checker is not installed (pip install compliance-checker, in an environment of its own)")
    report = tmp_path / "report.json"
    command = ["compliance-checker", "--test=cf:1.11", "-f", "json", "-o", report, written / f"{kind}.nc"]
    subprocess.run(command, capture_output=True, check=False)
    found = json.loads(report.read_text(encoding="utf-8"))["cf:1.11"]
    messages = {
        message for level in ("high", "medium", "low") for each in found[f"{level}_priorities"] for message in each["msgs"]
    }
    assert {message for message in messages if "'time' should have standard_name" not in message} == set()
    assert found["scored_points"] > 0
