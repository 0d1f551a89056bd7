"""The raw cube from the files of jobs."""

import warnings

import numpy as np
import pytest
import xarray as xr

from crossover import assembly, cubes, schema
from crossover.grid import Point
from made_files import gathered, job_file

# Not a product: h = 8 lacks 10, and h = 4 at 0.1 has four seeds.
POINTS = {Point(2, 4, 0.1): 4, Point(2, 4, 10.0): 2, Point(1, 8, 0.1): 2}


def _parts(tmp_path) -> list:
    paths = []
    for position, (point, seeds) in enumerate(POINTS.items()):
        for first in range(0, seeds, 2):
            for kind in ("members", "kernels"):
                path = tmp_path / f"{kind}{position}_{first}.nc"
                cubes.write(job_file(kind, point, first, offset=10.0 * position + first), path)
                paths.append(path)
    return paths


def _assembled(tmp_path):
    return gathered(_parts(tmp_path), list(POINTS), range(4), tmp_path / "raw.nc")


def test_a_raw_cube_holds_every_job_at_its_place_and_flags_the_cells_that_the_grid_lacks(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        path = _assembled(tmp_path)
    with cubes.read(path) as cube:
        assert {dim: cube.sizes[dim] for dim in ("L", "h", "sqrt_h_alpha", "seed")} == {
            "L": 2,
            "h": 2,
            "sqrt_h_alpha": 2,
            "seed": 4,
        }
        present = 0
        for position, (point, seeds) in enumerate(POINTS.items()):
            cell = cube.sel(L=point.L, h=point.h, sqrt_h_alpha=point.sqrt_h_alpha)
            for first in range(0, seeds, 2):
                job = job_file("members", point, first, offset=10.0 * position + first).squeeze(("L", "h", "sqrt_h_alpha"))
                for name in schema.TRAIN:
                    found = cell[name].sel(seed=job["seed"])
                    if "layer" in found.dims:
                        found = found.sel(layer=job["layer"])
                    np.testing.assert_array_equal(found.values, job[name].values, err_msg=name)
                present += 2
        absent = cube["status"] == schema.STATUS["absent"]
        assert int(absent.sum()) == absent.size - present
        for name, variable in (schema.TRAIN | schema.KERNELS).items():
            if name not in schema.FLAGS:
                values = cube[name].values[absent.values]
                assert np.isnan(values.astype(float)).all(), f"{name} of a cell that was not measured"
            elif name != "status":
                assert (cube[name].values[absent.values] == schema.STATUS["absent"]).all()
            assert cube[name].encoding["dtype"] == variable.dtype


def test_plain_xarray_shows_absent_integers_as_missing(tmp_path):
    with xr.open_dataset(_assembled(tmp_path)) as cube:
        absent = (cube["status"] == schema.STATUS["absent"]).values
        assert np.isnan(cube["unfitted"].values[absent]).all()
        assert np.isnan(cube["evaluations"].values[absent]).all()
        assert not np.isnan(cube["evaluations"].values[~absent]).any()


def test_a_raw_cube_does_not_depend_on_the_order_of_its_files(tmp_path):
    paths = _parts(tmp_path)
    one = gathered(paths, list(POINTS), range(4), tmp_path / "one.nc")
    other = gathered(paths[::-1], list(POINTS)[::-1], [3, 1, 2, 0], tmp_path / "other.nc")
    assert cubes.data_digest(one) == cubes.data_digest(other)
    with cubes.read(one) as first, cubes.read(other) as second:
        xr.testing.assert_equal(first, second)
        assert first.attrs["inputs"] == second.attrs["inputs"]


def test_outputs_are_stored_member_by_member_and_keep_their_metadata(tmp_path):
    with xr.open_dataset(_assembled(tmp_path)) as cube:
        for name in assembly.OUTPUTS:
            assert cube[name].encoding["chunksizes"] == (1, 1, 1, 1, cube.sizes["test"])
            assert cube[name].encoding["zlib"]
            assert set(cube[name].coords) >= {"L", "h", "sqrt_h_alpha", "seed", "alpha"}


def _spoiled(tmp_path, spoil) -> list:
    """The files of two jobs, the second changed."""
    files = [job_file("members", Point(2, 4, 0.1), first) for first in (0, 2)]
    files[1] = spoil(files[1])
    for data, name in zip(files, ("one.nc", "other.nc"), strict=True):
        cubes.write(data, tmp_path / name)
    return [tmp_path / "one.nc", tmp_path / "other.nc"]


def test_files_of_different_data_are_not_gathered(tmp_path):
    spoiled = {
        "other.nc: time is another": lambda data: data.assign_coords(time=("time", data["time"].values * 2, data["time"].attrs)),
        "other.nc: y_test is another": lambda data: data.assign(y_test=-data["y_test"]),
        "other.nc: made from another data set than .*one.nc": lambda data: data.assign_attrs(inputs='{"dataset": "other"}'),
    }
    for message, spoil in spoiled.items():
        with xr.set_options(keep_attrs=True), pytest.raises(ValueError, match=message):
            assembly.gather(_spoiled(tmp_path, spoil), [Point(2, 4, 0.1)], range(4))


@pytest.mark.parametrize(("point", "message"), [(Point(2, 8, 0.1), "h = 8"), (Point(2, 4, 0.2), r"sqrt_h_alpha = 0\.2")])
def test_a_file_outside_the_grid_is_not_put_into_another_cell(point, message, tmp_path):
    cubes.write(job_file("members", point, 0), tmp_path / "other.nc")
    with pytest.raises(ValueError, match=f"{message} is not in the grid"):
        assembly.gather([tmp_path / "other.nc"], [Point(2, 4, 0.1)], range(2))


def test_a_cube_without_kernels_lacks_their_variables(tmp_path):
    path = tmp_path / "members.nc"
    cubes.write(job_file("members", Point(2, 4, 0.1), 0), path)
    with cubes.read(gathered([path], [Point(2, 4, 0.1)], range(2), tmp_path / "raw.nc")) as cube:
        assert not set(schema.KERNELS) & set(cube.variables)
        np.testing.assert_array_equal(cube["F_test"].values, job_file("members", Point(2, 4, 0.1), 0)["F_test"].values)


def test_a_job_of_several_alphas_goes_to_its_cells_though_another_width_has_values_between(tmp_path):
    alone, between = job_file("members", Point(2, 4, 0.1), 0), job_file("members", Point(2, 8, 0.3), 0)
    other = job_file("members", Point(2, 4, 1.0), 0, offset=7.0)
    both = xr.concat([alone, other], "sqrt_h_alpha", data_vars="minimal", coords="minimal", compat="override", join="outer")
    both["alpha"] = (("h", "sqrt_h_alpha"), np.array([[0.1, 1.0]]) / 2, alone["alpha"].attrs)
    for name, data in (("both", both.assign_attrs(alone.attrs)), ("between", between)):
        cubes.write(data, tmp_path / f"{name}.nc")
    points = [Point(2, 4, 0.1), Point(2, 4, 1.0), Point(2, 8, 0.3)]
    path = gathered([tmp_path / "both.nc", tmp_path / "between.nc"], points, range(2), tmp_path / "raw.nc")
    with cubes.read(path) as cube:
        for one, point in ((alone, points[0]), (other, points[1]), (between, points[2])):
            cell = cube.sel(L=[point.L], h=[point.h], sqrt_h_alpha=[point.sqrt_h_alpha])
            for name in ("F_test", "t_stop", "rescaled_loss"):
                np.testing.assert_array_equal(cell[name].values, one[name].values, err_msg=name)
        assert int((cube["status"] != schema.STATUS["absent"]).sum()) == 6
        assert int(np.isfinite(cube["F_test"]).any("test").sum()) == 6
