"""The commands of initialisations, Gram matrices and pairs, and what other commands make of their files."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from crossover import cli, config, cubes
from crossover.files import write_weights
from helpers import run_of, sphere_data, tiny_experiment
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
    run = run_of()
    start = run["initial"]["preactivations"] | {"n": 12, "L": 2, "h": [6, 9], "seeds": 2}
    run |= {"experiments": {"fashion": tiny_experiment()}, "initial": {"start": start}}
    run |= {"grams": {"matrix": {"experiment": "fashion", "points": 5}}, "pairs": {"two": {"first": "made", "second": "made"}}}
    specs = {
        "initial": config.initial_spec(run, "start"),
        "gram": config.gram_spec(run, "matrix"),
        "pair": config.pair_spec(run, "two"),
    }
    change = np.ones((2, 4 * 6 + 4 * 4 + 4), dtype=np.float32)  # of the first job: two seeds of width 4
    write_weights({"change": change}, folder / "weights.safetensors")
    for k, side in enumerate(("first", "second")):
        cubes.write(raw(seed=k).assign_attrs(stand_in_for="mnist"), folder / f"{side}.nc")
    inputs = {
        "initial": ("--data", folder / "data.nc"),
        "gram": ("--data", folder / "data.nc", "--weights", folder / "weights.safetensors"),
        "pair": ("--first", folder / "first.nc", "--second", folder / "second.nc"),
    }
    for command, arguments in inputs.items():
        done = _call(command, "--spec", specs[command], *arguments, "--output", folder / f"{command}.nc")
        assert done.exit_code == 0, (done.output, done.exception)
    return folder, specs


@pytest.mark.parametrize("kind", ["initial", "gram", "pair"])
def test_files_are_of_their_kind_and_say_what_they_were_made_from(kind, made):
    folder, specs = made
    with cubes.read(folder / f"{kind}.nc") as data:
        attrs, spec = data.attrs, json.loads(specs[kind])
        assert (attrs["kind"], attrs["rule"], attrs["preset"]) == (kind, kind, "demo")
        assert attrs["experiment"] == spec["name"]
        assert attrs["stand_in_for"] == "mnist"
        assert attrs["licence"] == "made"
        assert json.loads(attrs["code"])[kind] == spec["code"]
        assert all(np.isfinite(data[name]).all() for name in data.data_vars)
        wanted = {key: value for key, value in spec.items() if key != "code"}
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
    cubes.write(raw().assign_attrs(inputs='{"dataset": "another"}'), tmp_path / "other.nc")
    for second, message in (
        (tmp_path / "other.nc", f"other.nc: made from another data set than {folder / 'first.nc'}; name two experiments"),
        (folder / "gram.nc", "gram.nc: kind is gram, wanted raw; name the raw cube"),
    ):
        done = _call(
            "pair", "--spec", specs["pair"], "--first", folder / "first.nc", "--second", second, "--output", tmp_path / "pair.nc"
        )
        assert done.exit_code == 1
        assert message in str(done.exception)
        assert not (tmp_path / "pair.nc").exists()
