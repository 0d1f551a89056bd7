import hashlib
import json
import warnings

import numpy as np
import pytest
import xarray as xr

from crossover import cubes, files, grid, schema
from crossover.grid import Job, Point
from synthetic import TIME, bench, raw, summary

TEST = 5


def _attrs(kind: str, **more) -> dict:
    return cubes.provenance(kind=kind, title="made", spec='{"a": 1}', licence="made", device="cpu", **more)


def _measured(kind: str, seeds: int, L: int, offset: float = 0.0) -> dict:
    """Made numbers of a job under the names of a stage."""
    sizes = {"test": TEST, "time": len(TIME), "layer": L + 1}
    found = {}
    for position, (name, variable) in enumerate(schema.KINDS[kind].items()):
        if "seed" not in variable.dims:
            continue
        shape = (seeds, *[sizes[dim] for dim in variable.dims[4:]])
        found[name] = np.arange(np.prod(shape)).reshape(shape) + 100.0 * position + offset
        if name in schema.FLAGS:
            found[name] = np.array(["converged", "time_limit"] * seeds)[:seeds]
    return found


def _job_file(kind: str, point: Point, first: int, seeds: int = 2, offset: float = 0.0) -> xr.Dataset:
    measured = _measured(kind, seeds, point.L, offset)
    if kind == "members":
        measured |= {"time": TIME, "y_test": np.array([1, -1, 1, -1, 1]), "class_test": np.arange(TEST)}
    job = Job("made", point.L, point.h, (point.sqrt_h_alpha,), first, first + seeds - 1)
    return cubes.members(kind, job, measured, _attrs(kind))


def _dataset() -> xr.Dataset:
    x = np.arange(12, dtype=np.float32).reshape(4, 3)
    arrays = {f"x_{part}": x for part in ("train", "test")} | {f"y_{part}": [1, -1, 1, -1] for part in ("train", "test")}
    return cubes.make("dataset", arrays | {f"class_{part}": [0, 1, 2, 3] for part in ("train", "test")}, _attrs("dataset"))


def _losses() -> xr.Dataset:
    arrays = {"loss": ["hinge", "soft hinge"], "margin": [0.0, 1.0, 2.0], "loss_per_pattern": np.ones((2, 3))}
    return cubes.make("losses", arrays, _attrs("losses"))


MADE = {
    "dataset": _dataset,
    "losses": _losses,
    "members": lambda: _job_file("members", Point(2, 4, 0.1), 2),
    "kernels": lambda: _job_file("kernels", Point(2, 4, 0.1), 2),
    "raw": raw,
    "summary": summary,
    "bench": bench,
}


def test_every_kind_of_the_schema_is_tested():
    assert set(MADE) == set(schema.KINDS)


@pytest.mark.parametrize("kind", MADE)
def test_a_file_of_every_kind_comes_back_as_it_was_written(kind, tmp_path):
    made = MADE[kind]()
    cubes.write(made, tmp_path / "file.nc")
    with cubes.read(tmp_path / "file.nc") as back:
        assert set(back.variables) == set(made.variables)
        for name in made.variables:
            np.testing.assert_array_equal(back[name].values, made[name].values, err_msg=name)
        assert {key: back.attrs[key] for key in made.attrs} == dict(made.attrs)


@pytest.mark.parametrize("kind", MADE)
def test_plain_xarray_opens_every_file_with_units_long_names_and_types(kind, tmp_path):
    cubes.write(MADE[kind](), tmp_path / "file.nc")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with xr.open_dataset(tmp_path / "file.nc") as back:
            assert set(back.dims) <= set(schema.DIMS)
            for name in back.variables:
                wanted = schema.KINDS[kind].get(name) or schema.COORDINATES[name]
                assert back[name].attrs["long_name"] == wanted.long_name, name
                if wanted.dtype == "str":
                    assert back[name].dtype == object or back[name].dtype.kind == "U", name
                    continue
                assert back[name].encoding["dtype"] == wanted.dtype, name
                assert ("flag_meanings" in back[name].attrs) == (name in schema.FLAGS), name
                assert back[name].attrs.get("units") == (None if name in schema.FLAGS else wanted.units), name
            assert all(back[name].encoding["zlib"] for name in back.data_vars)


def test_a_status_is_a_flag_variable_after_cf(tmp_path):
    cubes.write(MADE["members"](), tmp_path / "file.nc")
    with xr.open_dataset(tmp_path / "file.nc") as back:
        status = back["status"]
        assert status.dtype == np.int8
        assert status.attrs["flag_values"].dtype == np.int8
        meanings = dict(zip(status.attrs["flag_values"].tolist(), status.attrs["flag_meanings"].split(), strict=True))
        assert meanings == {code: name for name, code in schema.STATUS.items()}
        assert [meanings[code] for code in status.values.flat] == ["converged", "time_limit"]


def test_a_status_that_is_not_known_is_an_error():
    with pytest.raises(KeyError):
        cubes.status_codes(np.array(["lost"]))


def test_a_job_file_has_its_point_and_seeds_as_coordinates():
    made = _job_file("members", Point(2, 4, 0.1), 6)
    assert (made["L"].item(), made["h"].item(), made["sqrt_h_alpha"].item()) == (2, 4, 0.1)
    assert made["seed"].values.tolist() == [6, 7]
    assert made["alpha"].item() == grid.alpha(Point(2, 4, 0.1))


BROKEN = {
    "an attribute is missing": (lambda data: data.attrs.pop("git_commit"), r"attributes \['git_commit'\] are missing"),
    "the schema is another": (lambda data: data.attrs.update(schema_version="0"), "schema_version is 0, this code reads"),
    "the kind is not known": (lambda data: data.attrs.update(kind="thing"), "kind is 'thing', known are dataset"),
    "a variable is not known": (lambda data: data.update({"x": ("test", np.zeros(TEST))}), "variable 'x' is not in the schema"),
    "dimensions are others": (
        lambda data: data.update({"t_stop": ("seed", np.zeros(2))}),
        r"t_stop has dimensions \('seed',\), wanted",
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_dataset_against_the_schema_is_refused_on_write_and_on_read(what, tmp_path):
    spoil, message = BROKEN[what]
    data = MADE["members"]()
    data.to_netcdf(tmp_path / "good.nc", engine="netcdf4")
    spoil(data)
    path = tmp_path / "bad.nc"
    with pytest.raises(ValueError, match=message):
        cubes.write(data, path)
    assert not path.exists()
    data.to_netcdf(path, engine="netcdf4")
    with pytest.raises(ValueError, match=message) as caught:
        cubes.read(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"not netcdf"])
def test_a_file_that_is_no_netcdf_is_named(content, tmp_path):
    path = tmp_path / "broken.nc"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"broken\.nc: cannot be read as NetCDF"):
        cubes.read(path)


def test_a_write_that_fails_leaves_no_file(tmp_path, monkeypatch):
    def fail(self, path, **options):
        with open(path, "wb") as half:
            half.write(b"half of it")
        raise OSError("disk full")

    monkeypatch.setattr(xr.Dataset, "to_netcdf", fail)
    with pytest.raises(OSError, match="disk full"):
        cubes.write(MADE["members"](), tmp_path / "file.nc")
    assert list(tmp_path.iterdir()) == []


def test_a_write_that_fails_keeps_the_file_of_before(tmp_path):
    path = tmp_path / "sub" / "note.txt"
    files.write_text("before", path)

    def fail(scratch):
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        files.replace(path, fail)
    assert [file.name for file in path.parent.iterdir()] == ["note.txt"]
    assert path.read_text(encoding="utf-8") == "before"


def test_weights_come_back_as_they_were_written(tmp_path):
    change = np.random.default_rng(0).standard_normal((2, 7)).astype(np.float32)
    files.write_weights({"change": change}, tmp_path / "w.safetensors")
    assert np.array_equal(files.read_weights(tmp_path / "w.safetensors")["change"], change)
    content = (tmp_path / "w.safetensors").read_bytes()
    (tmp_path / "half.safetensors").write_bytes(content[:-3])
    with pytest.raises(ValueError, match=r"half\.safetensors: cannot be read as safetensors .*train again"):
        files.read_weights(tmp_path / "half.safetensors")


# Not a product: h = 8 lacks 10, and h = 4 at 0.1 has four seeds.
POINTS = {Point(2, 4, 0.1): 4, Point(2, 4, 10.0): 2, Point(1, 8, 0.1): 2}


def _assembled(tmp_path) -> xr.Dataset:
    paths = []
    for position, (point, seeds) in enumerate(POINTS.items()):
        for first in range(0, seeds, 2):
            for kind in ("members", "kernels"):
                path = tmp_path / f"{kind}{position}_{first}.nc"
                cubes.write(_job_file(kind, point, first, offset=10.0 * position + first), path)
                paths.append(path)
    return cubes.assemble(paths, POINTS, range(4), _attrs("raw"))


def test_a_raw_cube_holds_every_job_at_its_place_and_flags_the_cells_that_the_grid_lacks(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        cubes.write(_assembled(tmp_path), tmp_path / "raw.nc")
    with cubes.read(tmp_path / "raw.nc") as cube:
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
                job = _job_file("members", point, first, offset=10.0 * position + first).squeeze(("L", "h", "sqrt_h_alpha"))
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
    cubes.write(_assembled(tmp_path), tmp_path / "raw.nc")
    with xr.open_dataset(tmp_path / "raw.nc") as cube:
        absent = (cube["status"] == schema.STATUS["absent"]).values
        assert np.isnan(cube["unfitted"].values[absent]).all()
        assert np.isnan(cube["evaluations"].values[absent]).all()
        assert not np.isnan(cube["evaluations"].values[~absent]).any()


def test_a_raw_cube_does_not_depend_on_the_order_of_its_files(tmp_path):
    one = _assembled(tmp_path)
    paths = sorted(tmp_path.glob("*.nc"), reverse=True)
    xr.testing.assert_equal(one, cubes.assemble(paths, list(POINTS)[::-1], [3, 1, 2, 0], _attrs("raw")))


def test_provenance_says_what_a_file_is_and_how_it_was_made():
    attrs = cubes.provenance(kind="raw", title="made", spec='{"a": 1}', device="cpu")
    assert set(cubes.REQUIRED_ATTRS) <= set(attrs)
    assert attrs["spec_sha256"] == hashlib.sha256(b'{"a": 1}').hexdigest()
    versions = json.loads(attrs["versions"])
    assert set(cubes.VERSIONS_OF) < set(versions)
    assert versions["numpy"] == np.__version__
    assert attrs["created"].endswith("+00:00")
    assert all(isinstance(value, str) for value in attrs.values())


def test_equal_results_differ_in_the_time_of_writing_alone():
    one, other = (cubes.provenance(kind="raw", title="made", spec="{}") for _ in range(2))
    assert {key for key in one if one[key] != other[key]} <= {"created"}


def test_the_commit_is_unknown_outside_a_checkout(tmp_path, monkeypatch):
    monkeypatch.setattr(cubes, "__file__", str(tmp_path / "cubes.py"))
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert cubes.git_commit() == "unknown"
