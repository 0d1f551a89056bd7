"""Cubes of one experiment made on two machines: the merged cube equals the one made at once, conflicts are named."""

import hashlib
import json

import netCDF4
import numpy as np
import pytest
import xarray as xr

from crossover import cubes, merge, schema
from crossover.grid import Point
from made_files import gathered, job_file
from synthetic import summary

SEEDS = 4
# The seeds that each of the two machines has at a point; both have two seeds of the third.
HERE = {Point(2, 4, 0.1): [0, 1], Point(2, 4, 10.0): [0, 1, 2, 3], Point(1, 8, 0.1): [0, 1]}
THERE = {Point(2, 4, 0.1): [2, 3], Point(1, 8, 0.1): [0, 1, 2, 3], Point(3, 16, 3.0): [0, 1]}
ALL = {Point(2, 4, 0.1): [0, 1, 2, 3], Point(2, 4, 10.0): [0, 1, 2, 3], Point(1, 8, 0.1): [0, 1, 2, 3], Point(3, 16, 3.0): [0, 1]}


def _cube(folder, points: dict[Point, list[int]]):
    """A cube of made members, whose numbers depend on point and seed alone."""
    folder.mkdir()
    paths = []
    for point, seeds in points.items():
        for kind in ("members", "kernels"):
            whole = job_file(kind, point, 0, SEEDS, offset=1000 * point.sqrt_h_alpha + point.h)
            for first in seeds[::2]:
                path = folder / f"{kind}_{point.h}_{point.sqrt_h_alpha}_{first}.nc"
                cubes.write(whole.sel(seed=[first, first + 1]), path)
                paths.append(path)
    return gathered(paths, list(points), {s for seeds in points.values() for s in seeds}, folder / "cube.nc")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The two cubes, and the one made at once."""
    folder = tmp_path_factory.mktemp("merge")
    return {name: _cube(folder / name, points) for name, points in (("here", HERE), ("there", THERE), ("all", ALL))}


@pytest.mark.parametrize("order", [("here", "there"), ("there", "here"), ("here", "there", "here")])
def test_merged_cubes_hold_what_a_cube_made_at_once_holds(order, made, tmp_path):
    paths = [made[name] for name in order]
    if len(paths) > 2:
        paths = [tmp_path / "once.nc", *paths[1:]]
        merge.merge([made["here"], made["there"]], paths[0])
    merge.merge(paths, tmp_path / "merged.nc")
    with cubes.read(tmp_path / "merged.nc") as merged, cubes.read(made["all"]) as whole:
        xr.testing.assert_equal(merged, whole)
        assert merged.attrs["data_sha256"] == whole.attrs["data_sha256"]


def test_the_merged_cube_keeps_the_provenance_of_both_and_the_grid_of_all(made, tmp_path):
    merge.merge([made["there"], made["here"]], tmp_path / "merged.nc")
    with cubes.read(tmp_path / "merged.nc") as merged, cubes.read(made["here"]) as here, cubes.read(made["there"]) as there:
        kept = json.loads(merged.attrs["merged_from"])
        assert {record["data_sha256"] for record in kept} == {here.attrs["data_sha256"], there.attrs["data_sha256"]}
        assert all(set(record) == set(merge.KEPT) and not set(record) & set(schema.VOLATILE_ATTRS) for record in kept)
        assert merged.attrs["rule"] == "merge"
        grid = json.loads(merged.attrs["configuration"])["grid"]
        parts = [json.dumps(part) for cube in (here, there) for part in json.loads(cube.attrs["configuration"])["grid"]]
        assert sorted(json.dumps(part) for part in grid) == sorted(set(parts))
        assert json.loads(merged.attrs["spec"])["configuration"]["grid"] == grid
    merge.merge([tmp_path / "merged.nc", made["here"]], tmp_path / "again.nc")
    with cubes.read(tmp_path / "again.nc") as again:
        assert json.loads(again.attrs["merged_from"]) == kept


def _changed(path, target, change, **attrs):
    """A copy of a file with its values or attributes changed."""
    with cubes.read(path) as data:
        copy = data.load()
    change(copy)
    cubes.write(copy.assign_attrs(attrs), target)
    return target


def test_cells_that_differ_are_refused_with_their_coordinates_and_variables(made, tmp_path):
    def spoil(cube):
        cube["F_test"].loc[{"L": 1, "h": 8, "sqrt_h_alpha": 0.1, "seed": 1}] += 1e-3
        cube["t_stop"].loc[{"L": 1, "h": 8, "sqrt_h_alpha": 0.1, "seed": [0, 1]}] += 1e-9
        cube["t_stop"].loc[{"L": 1, "h": 8, "sqrt_h_alpha": 0.1, "seed": 3}] += 1.0  # here there is none

    spoiled = _changed(made["there"], tmp_path / "spoiled.nc", spoil)
    with pytest.raises(ValueError, match="2 cells differ") as caught:
        merge.merge([made["here"], spoiled], tmp_path / "merged.nc")
    text = str(caught.value)
    assert "(L = 1, h = 8, sqrt_h_alpha = 0.1, seed = 0)" in text
    assert "(L = 1, h = 8, sqrt_h_alpha = 0.1, seed = 1)" in text
    assert text.count("t_stop") == 2
    assert text.count("F_test") == 1
    assert "seed = 3" not in text
    assert str(spoiled) in text
    assert len(text.splitlines()) == 1
    assert not (tmp_path / "merged.nc").exists()


def test_of_many_cells_that_differ_the_first_are_named_and_all_are_counted(made, tmp_path):
    spoiled = _changed(
        made["all"], tmp_path / "spoiled.nc", lambda cube: cube.update({"weight_change": cube["weight_change"] + 1})
    )
    with pytest.raises(ValueError, match=r"^14 cells differ: .*, \.\.\.; make them again") as caught:
        merge.merge([made["all"], spoiled], tmp_path / "merged.nc")
    assert str(caught.value).count("(L = ") == merge.NAMED


def test_a_cell_that_ended_otherwise_is_a_conflict(made, tmp_path):
    def spoil(cube):
        cube["status"].loc[{"L": 1, "h": 8, "sqrt_h_alpha": 0.1, "seed": 0}] = schema.STATUS["time_limit"]

    with pytest.raises(ValueError, match=r"1 cells differ: .* in status;"):
        merge.merge([made["here"], _changed(made["there"], tmp_path / "x.nc", spoil)], tmp_path / "merged.nc")


def _nothing(cube):
    del cube


CONFIGURATION = json.dumps({"dataset": "made", "n": 30, "grid": []})
SUMS = {"configuration_sha256": hashlib.sha256(CONFIGURATION.encode()).hexdigest()}
OTHER = {
    "configuration.n is 30, in .* it is 20; only the grid may differ": {"configuration": CONFIGURATION, **SUMS},
    'experiment is "other", in .* it is "made"': {"experiment": "other"},
    'code.train is "new", in .* it is null': {"code": '{"train": "new"}'},
    'data set is "other"': {"inputs": '{"dataset": "other"}'},
    'dtype.train is "float64", in .* it is "float32"': {"dtype": '{"train": "float64"}'},
}


@pytest.mark.parametrize("message", OTHER)
def test_another_experiment_is_refused_and_the_key_is_named(message, made, tmp_path):
    other = _changed(made["there"], tmp_path / "other.nc", _nothing, **OTHER[message])
    with pytest.raises(ValueError, match=message):
        merge.merge([made["here"], other], tmp_path / "merged.nc")


@pytest.mark.parametrize("kind", ["members", "kernels"])
def test_files_of_one_point_are_merged_over_their_seeds(kind, tmp_path):
    whole = job_file(kind, Point(2, 4, 0.1), 0, 6)
    parts = []
    for first in (0, 2, 4):
        part = job_file(kind, Point(2, 4, 0.1), first)
        parts.append(tmp_path / f"{first}.nc")
        cubes.write(whole.sel(seed=[first, first + 1]).assign_attrs(part.attrs), parts[-1])
    merge.merge(parts[::-1], tmp_path / "merged.nc")
    with cubes.read(tmp_path / "merged.nc") as merged:
        xr.testing.assert_equal(merged, whole)
        assert json.loads(merged.attrs["spec"])["seeds"] == [0, 5]
    with pytest.raises(ValueError, match=r"seeds \[0, 1, 4, 5\] have a gap"):
        merge.merge([parts[0], parts[2]], tmp_path / "gap.nc")


def test_files_of_different_points_are_refused(tmp_path):
    for name, point in (("one", Point(2, 4, 0.1)), ("other", Point(2, 8, 0.1))):
        cubes.write(job_file("members", point, 0), tmp_path / f"{name}.nc")
    with pytest.raises(ValueError, match=r"spec.h is 8, in .*one.nc it is 4; only the seeds may differ"):
        merge.merge([tmp_path / "one.nc", tmp_path / "other.nc"], tmp_path / "merged.nc")


def test_kinds_that_are_not_merged_say_what_to_do(made, tmp_path):
    cubes.write(summary().isel(replicate=slice(2)), tmp_path / "summary.nc")
    with pytest.raises(ValueError, match=r"kind is summary.*merge the raw cubes, then run `crossover summary`"):
        merge.merge([made["here"], tmp_path / "summary.nc"], tmp_path / "merged.nc")
    with pytest.raises(ValueError, match="give two files or more"):
        merge.merge([made["here"]] * 2, tmp_path / "merged.nc")


def test_the_outputs_of_absent_cells_are_missing_in_the_file(made, tmp_path):
    merge.merge([made["here"], made["there"]], tmp_path / "merged.nc")
    with netCDF4.Dataset(tmp_path / "merged.nc") as merged:
        merged.set_auto_mask(False)
        absent = merged["status"][:] == schema.STATUS["absent"]
        assert absent.any()
        for name in ("F_test", "frozen_final_F_test"):
            assert np.isnan(merged[name][:][absent]).all()
            assert not np.isnan(merged[name][:][~absent]).any()
