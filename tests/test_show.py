"""`crossover show` and `crossover merge` as commands."""

import netCDF4
import numpy as np
import pytest
from typer.testing import CliRunner

from crossover import cli, cubes, schema, show
from made_files import MADE
from synthetic import raw


def _call(*arguments):
    return CliRunner().invoke(cli.app, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A file of every kind."""
    folder = tmp_path_factory.mktemp("show")
    for kind, make in MADE.items():
        cubes.write(make(), folder / f"{kind}.nc")
    return folder


@pytest.mark.parametrize("kind", MADE)
def test_every_kind_of_file_is_shown_with_its_provenance_coordinates_and_values(kind, written):
    done = _call("show", written / f"{kind}.nc")
    assert done.exit_code == 0, done.output
    for name in [*schema.ATTRIBUTES_OF[kind], *schema.COORDINATES_OF[kind], *schema.KINDS[kind]]:
        if name not in schema.FLAGS:
            assert name in done.output, name
    with cubes.read(written / f"{kind}.nc") as data:
        assert data.attrs["data_sha256"] in done.output
        assert data.attrs["spec_sha256"] in done.output
        assert all(str(dim) in done.output for dim in data.dims)


def _row(text: str, *start: str) -> list[str]:
    [row] = [line.split() for line in text.splitlines() if line.split()[: len(start)] == list(start)]
    return row[len(start) :]


def test_values_are_summarised_and_missing_cells_and_statuses_counted(tmp_path):
    data = raw(seeds=4)
    data["t_stop"].values[:] = np.arange(16).reshape(1, 2, 2, 4)
    data["t_stop"].values[0, 0, 0, 0] = np.nan
    data["status"].values[0, 1, 1, :3] = schema.STATUS["time_limit"]
    cubes.write(data, tmp_path / "raw.nc")
    text, intact = show.as_text(tmp_path / "raw.nc")
    assert intact
    assert _row(text, "t_stop")[-4:] == ["1", "8", "15", "1"]
    assert _row(text, "status") == ["0", "13", "0", "3", "0", "0"]
    assert _row(text, "seed") == ["4", "0,", "1,", "2,", "3"]


def test_attributes_of_other_programs_are_shown_as_well(tmp_path):
    cubes.write(raw(seeds=2).assign_attrs(NCO="netCDF Operators"), tmp_path / "raw.nc")
    assert _row(show.as_text(tmp_path / "raw.nc")[0], "NCO") == ["netCDF", "Operators"]


def test_a_variable_without_any_value_is_shown_as_missing(tmp_path):
    data = raw(seeds=2)
    data["t_half"].values[:] = np.nan
    cubes.write(data, tmp_path / "raw.nc")
    assert _row(show.as_text(tmp_path / "raw.nc")[0], "t_half")[-2:] == ["1", "8"]  # units, missing


def test_files_that_break_the_contract_are_named_and_the_others_shown(written, tmp_path):
    with netCDF4.Dataset(written / "losses.nc") as good, netCDF4.Dataset(tmp_path / "bad.nc", "w") as bad:
        bad.setncatts({name: good.getncattr(name) for name in good.ncattrs()} | {"schema_version": "1"})
    (tmp_path / "no.nc").write_bytes(b"nothing")
    done = _call("show", tmp_path / "bad.nc", written / "losses.nc", tmp_path / "no.nc", tmp_path / "none.nc")
    assert done.exit_code == 1
    assert "bad.nc: schema_version is 1" in done.stderr
    assert "(rule version)" in done.stderr
    assert "(rule netcdf)" in done.stderr
    assert "none.nc" in done.stderr
    assert len(done.stderr.splitlines()) == 3
    assert "Losses" in done.stdout or "made" in done.stdout
    assert str(written / "losses.nc") in done.stdout


def test_data_that_were_changed_after_the_file_was_made_are_found(written, tmp_path):
    path = tmp_path / "changed.nc"
    path.write_bytes((written / "members.nc").read_bytes())
    with netCDF4.Dataset(path, "a") as data:
        data["F_test"][0, 0, 0, 0, 0] = 5.0
    done = _call("show", path)
    assert done.exit_code == 1
    assert "changed after the file was made" in done.stdout
    assert "changed after the file was made" not in _call("show", written / "members.nc").stdout


def test_merge_writes_the_cube_and_says_its_grid(tmp_path):
    whole = raw(seeds=4)
    for name, seeds in (("one", [0, 1]), ("other", [2, 3])):
        cubes.write(whole.sel(seed=seeds), tmp_path / f"{name}.nc")
    done = _call("merge", tmp_path / "one.nc", tmp_path / "other.nc", "--output", tmp_path / "merged.nc")
    assert done.exit_code == 0, done.output
    assert "2 files, L 1, h 2, sqrt_h_alpha 2, seed 4" in done.stdout
    with cubes.read(tmp_path / "merged.nc") as merged:
        np.testing.assert_array_equal(merged["F_test"], whole["F_test"].astype("float32"))
    assert "merged_from" in _call("show", tmp_path / "merged.nc").stdout
