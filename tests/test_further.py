"""The commands of initialisations, Gram matrices and pairs, and what other commands make of their files."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from crossover import cli, cubes
from crossover.files import write_weights
from helpers import member_spec, sphere_data
from made_files import attrs_of
from synthetic import raw


def _call(*arguments):
    return CliRunner().invoke(cli.app, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The files of the three commands, and what they were made from."""
    folder = tmp_path_factory.mktemp("further")
    stand_in = attrs_of("dataset", stand_in_for="mnist")
    cubes.write(cubes.make("dataset", sphere_data(n=12, n_test=9, d=6), stand_in), folder / "data.nc")
    training = member_spec(kind="kernels")
    named = {"preset": "demo", "code": "c"}
    shared = {key: training[key] for key in ("dataset", "n", "L", "base_seed", "network", "loss", "dtype")}
    specs = {
        "initial": shared | named | {"name": "start", "h": [6, 9], "alpha": 1.0, "seeds": 2},
        "gram": training | named | {"name": "matrix", "member": {"sqrt_h_alpha": 10.0, "seed": 1}, "points": 5},
        "pair": named | {"name": "two", "first": "made", "second": "made"},
    }
    change = np.ones((2, 6 * 6 + 6 * 6 + 6), dtype=np.float32)
    write_weights({"change": change}, folder / "weights.safetensors")
    for k, side in enumerate(("first", "second")):
        cubes.write(raw(seed=k).assign_attrs(stand_in_for="mnist"), folder / f"{side}.nc")
    inputs = {
        "initial": ("--data", folder / "data.nc"),
        "gram": ("--data", folder / "data.nc", "--weights", folder / "weights.safetensors"),
        "pair": ("--first", folder / "first.nc", "--second", folder / "second.nc"),
    }
    for command, arguments in inputs.items():
        done = _call(command, "--spec", json.dumps(specs[command]), *arguments, "--output", folder / f"{command}.nc")
        assert done.exit_code == 0, (done.output, done.exception)
    return folder, specs


@pytest.mark.parametrize("kind", ["initial", "gram", "pair"])
def test_files_are_of_their_kind_and_say_what_they_were_made_from(kind, made):
    folder, specs = made
    with cubes.read(folder / f"{kind}.nc") as data:
        attrs = data.attrs
        assert (attrs["kind"], attrs["rule"], attrs["preset"]) == (kind, kind, "demo")
        assert attrs["experiment"] == specs[kind]["name"]
        assert attrs["stand_in_for"] == "mnist"
        assert attrs["licence"] == "made"
        assert json.loads(attrs["code"])[kind] == "c"
        assert all(np.isfinite(data[name]).all() for name in data.data_vars)
        wanted = {key: value for key, value in specs[kind].items() if key != "code"}
        if kind == "pair":
            with cubes.read(folder / "first.nc") as first:
                wanted = dict.fromkeys(("first", "second"), json.loads(first.attrs["configuration"]))
                assert json.loads(attrs["inputs"])["first"] == first.attrs["data_sha256"]
        assert json.loads(attrs["configuration"]) == wanted


@pytest.mark.parametrize("kind", ["initial", "gram", "pair"])
def test_files_are_shown_and_are_identical_to_themselves(kind, made):
    path = made[0] / f"{kind}.nc"
    assert _call("show", path).exit_code == 0
    done = _call("diff", path, path)
    assert done.exit_code == 0, done.output
    assert "Result: identical" in done.output


def test_a_pair_of_other_data_or_of_no_raw_cubes_is_refused_in_one_line(made, tmp_path):
    folder, specs = made
    spec = json.dumps(specs["pair"])
    cubes.write(raw().assign_attrs(inputs='{"dataset": "another"}'), tmp_path / "other.nc")
    for second, message in (
        (tmp_path / "other.nc", f"other.nc: made from another data set than {folder / 'first.nc'}; name two experiments"),
        (folder / "gram.nc", "gram.nc: kind is gram, wanted raw; name the raw cube"),
    ):
        done = _call("pair", "--spec", spec, "--first", folder / "first.nc", "--second", second, "--output", tmp_path / "pair.nc")
        assert done.exit_code == 1
        assert message in str(done.exception)
        assert not (tmp_path / "pair.nc").exists()
