import hashlib
import json
import warnings
from datetime import UTC, datetime

import numpy as np
import pytest
import xarray as xr

from crossover import cubes, files, grid, schema
from crossover.grid import Point
from made_files import MADE, job_file


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
            assert all(back[name].encoding["zlib"] for name in back.data_vars if back[name].ndim)


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


def test_ajob_file_has_its_point_and_seeds_as_coordinates():
    made = job_file("members", Point(2, 4, 0.1), 6)
    assert (made["L"].item(), made["h"].item(), made["sqrt_h_alpha"].item()) == (2, 4, 0.1)
    assert made["seed"].values.tolist() == [6, 7]
    assert made["alpha"].item() == grid.alpha(Point(2, 4, 0.1))


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


def test_provenance_says_what_a_file_is_and_how_it_was_made():
    attrs = cubes.provenance(kind="members", title="made", spec='{"code": "c", "dtype": "float32"}', device="cpu")
    assert attrs["spec_sha256"] == hashlib.sha256(b'{"code": "c", "dtype": "float32"}').hexdigest()
    versions = json.loads(attrs["versions"])
    assert set(cubes.VERSIONS_OF) < set(versions)
    assert versions["numpy"] == np.__version__
    assert attrs["started"].endswith("+00:00")
    assert attrs["rule"] == "train"
    assert json.loads(attrs["code"]) == {"train": "c"}
    assert json.loads(attrs["dtype"]) == {"train": "float32"}
    assert all(isinstance(value, str) for value in attrs.values())


def test_code_precision_licence_and_device_are_passed_on_from_file_to_file():
    data = cubes.provenance(kind="dataset", title="made", spec='{"code": "d"}', licence="MIT")
    made = [
        cubes.provenance(kind="members", title="made", spec=spec, made_from=[data], device=device)
        for spec, device in (('{"code": "a", "dtype": "float32"}', "cpu"), ('{"code": "b", "dtype": "float32"}', "cuda (card)"))
    ]
    kernels = cubes.provenance(
        kind="kernels", title="made", spec='{"code": "k", "dtype": "float64"}', made_from=[data], device="cpu"
    )
    cube = cubes.provenance(kind="raw", title="made", spec="{}", made_from=[*made, kernels], configuration="{}")
    assert json.loads(cube["code"]) == {"dataset": "d", "train": "a | b", "kernels": "k"}
    assert json.loads(cube["dtype"]) == {"train": "float32", "kernels": "float64"}
    assert (cube["licence"], cube["device"]) == ("MIT", "cpu | cuda (card)")
    assert cubes.provenance(kind="raw", title="made", spec="{}", made_from=[cube, made[0]])["device"] == cube["device"]
    assert cube["configuration_sha256"] == hashlib.sha256(b"{}").hexdigest()


def test_equal_results_differ_in_the_volatile_attributes_alone(tmp_path, monkeypatch):
    cubes.write(MADE["members"](), tmp_path / "one.nc")
    monkeypatch.setattr(cubes, "STARTED", datetime(2000, 1, 1, tzinfo=UTC))
    monkeypatch.setattr(cubes.platform, "node", lambda: "elsewhere")
    cubes.write(MADE["members"](), tmp_path / "other.nc")
    with cubes.read(tmp_path / "one.nc") as one, cubes.read(tmp_path / "other.nc") as other:
        differing = {name for name in one.attrs if one.attrs[name] != other.attrs[name]}
    assert {"started", "host"} <= differing <= set(schema.VOLATILE_ATTRS)


def test_the_digest_of_the_data_is_that_of_all_it_holds_and_of_nothing_else(tmp_path):
    def digest(data):
        cubes.write(data, tmp_path / "file.nc")
        with cubes.read(tmp_path / "file.nc") as back:
            assert back.attrs["data_sha256"] == cubes.data_digest(tmp_path / "file.nc")
            return back.attrs["data_sha256"]

    made = MADE["members"]()
    before = digest(made)
    assert digest(made.assign_attrs(title="another")) == before
    for name in ("F_test", "status", "time", "seed", "y_test"):
        values = made[name].values.copy()
        values.flat[-1] += -1 if name == "y_test" else 1
        changed = {name: made[name].copy(data=values)}
        assert digest(made.assign_coords(changed) if name in made.coords else made.assign(changed)) != before, name


def test_the_digest_does_not_depend_on_how_much_is_read_at_once(tmp_path, monkeypatch):
    for kind in ("bench", "members"):
        cubes.write(MADE[kind](), tmp_path / f"{kind}.nc")
    whole = {kind: cubes.data_digest(tmp_path / f"{kind}.nc") for kind in ("bench", "members")}
    monkeypatch.setattr(cubes, "HELD", 3)
    assert {kind: cubes.data_digest(tmp_path / f"{kind}.nc") for kind in whole} == whole


def test_the_commit_is_unknown_outside_a_checkout(tmp_path, monkeypatch):
    monkeypatch.setattr(cubes, "__file__", str(tmp_path / "cubes.py"))
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert cubes.git_commit() == "unknown"
