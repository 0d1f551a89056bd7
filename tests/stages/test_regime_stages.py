"""The numbers of the items on the regimes: shapes, what must be the same, and what is known of each."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from crossover import cli, cubes, schema
from crossover.stages.lr_transfer import lowest
from regime_specs import SPECS, digits, made


@pytest.mark.parametrize("name", SPECS)
def test_arrays_are_those_of_the_schema(name):
    found, known = made(name), schema.KINDS[name]
    assert set(known) <= set(found)
    sizes = {}
    for variable, declared in known.items():
        for dim, size in zip(declared.dims, np.shape(found[variable]), strict=True):
            assert sizes.setdefault(dim, size) == size, (variable, dim)
    assert set(found) - set(known) == set(schema.COORDINATES_OF[name])


def test_the_mean_field_is_mup_in_other_units():
    found = made("regime_width")
    _, _, mup, mean_field = (found["kernel_movement"][k] for k in range(4))
    np.testing.assert_allclose(mean_field, mup, rtol=1e-3)
    np.testing.assert_allclose(found["relative_movement"][3], found["relative_movement"][2], rtol=1e-3)
    width = found["width"][:, None, None]
    np.testing.assert_allclose(found["weight_movement"][3], found["weight_movement"][2] * np.sqrt(width), rtol=1e-3)
    np.testing.assert_allclose(found["critical_rate"][3], found["critical_rate"][2] * found["width"][:, None], rtol=1e-4)


def test_mup_starts_from_the_kernel_of_the_ntk_parametrisation_and_leaves_it():
    found = made("regime_width")
    np.testing.assert_allclose(found["critical_rate"][2], found["critical_rate"][1], rtol=1e-4)
    np.testing.assert_allclose(found["layer_share"].sum(-1), 1, rtol=1e-6)
    assert (found["kernel_movement"][2] > 3 * found["kernel_movement"][1]).all()
    np.testing.assert_allclose(found["feature_movement"], found["neuron_movement"] * np.sqrt(found["width"][:, None]), rtol=1e-4)


def test_times_are_whole_numbers_of_steps():
    found = made("regime_duration")
    np.testing.assert_allclose(found["time"], [0.1, 1, 10])
    assert (np.diff(found["train_loss"], axis=-1) < 0).all()
    assert (np.diff(found["relative_movement"].mean((2, 4)), axis=-1) > 0).all()


def test_below_the_edge_the_same_time_moves_as_far_and_far_above_it_networks_diverge():
    found = made("regime_learning_rate")
    assert found["steps"].tolist() == [[15] * 4, [300, 60, 25, 2]]
    steps, time = found["neuron_movement"][:, 0, :2].mean(-1)  # NTK, the two lowest learning rates
    assert time[1] == pytest.approx(time[0], rel=0.1)
    assert steps[1] > 1.5 * steps[0]
    assert (found["largest_loss"][:, 0, :2] <= 1).all()
    assert (found["largest_loss"][:, 0, 2] > 1).all()
    assert (found["train_loss"][0, 0, 3] > 1).all()


def test_the_best_learning_rate_is_where_the_loss_is_lowest():
    found = made("lr_transfer")
    grid = found["log2_rate"]
    np.testing.assert_allclose(grid[0], grid[1] - np.log2(found["width"])[:, None])
    lowest_of_grid = np.take_along_axis(grid[..., None], found["trial_loss"].argmin(2)[:, :, None], 2)[:, :, 0]
    assert (np.abs(found["best_log2_rate"] - lowest_of_grid) <= 0.5).all()
    x = np.arange(5.0)
    assert lowest(x, np.exp((x - 2.3) ** 2)) == (pytest.approx(2.3), True)
    assert lowest(x, x + 1) == (0, False)
    assert lowest(x, np.array([3, 2, 1, np.inf, np.inf])) == (2, False)


def test_the_linearised_network_is_the_frozen_kernel_by_another_way():
    found = made("ntk_gap")
    names = found["predictor"].tolist()
    initial, linear, network = (names.index(name) for name in ("initial_kernel", "linearized", "network"))
    steps = found["predictor_steps"]
    assert (np.abs(steps[:, initial] - steps[:, linear]) <= 1).all()
    same = steps[:, initial] == steps[:, linear]
    assert same.any()
    for key in ("infinite_distance", "network_distance", "predictor_loss"):
        np.testing.assert_allclose(found[key][:, linear][same], found[key][:, initial][same], rtol=1e-3)
    assert (found["predictor_loss"] <= 0.2).all()
    assert (found["network_distance"][:, network] == 0).all()
    # networks of all widths near the kernel of infinite width
    distance = found["infinite_distance"][0, initial].mean(-1)
    assert distance[-1] < distance[0]


def test_the_command_writes_a_file_that_holds_them(tmp_path):
    arrays = digits() | {f"class_{side}": np.zeros(len(digits()[f"y_{side}"])) for side in ("train", "test")}
    spec = '{"dataset": "digits", "n": 24}'
    attrs = cubes.provenance(kind="dataset", title="digits", spec=spec, licence="none", stand_in_for="")
    cubes.write(cubes.make("dataset", arrays, attrs), tmp_path / "digits.nc")
    command = ["theory", "lr_transfer", "--spec", json.dumps(SPECS["lr_transfer"] | {"seed": 0, "code": "x"})]
    command += ["--data", str(tmp_path / "digits.nc"), "--output", str(tmp_path / "lr_transfer.nc"), "--device", "cpu"]
    done = CliRunner().invoke(cli.app, command)
    assert done.exit_code == 0, done.output
    with cubes.read(tmp_path / "lr_transfer.nc") as written:
        np.testing.assert_allclose(written["best_log2_rate"], made("lr_transfer")["best_log2_rate"], rtol=1e-3)
    done = CliRunner().invoke(cli.app, [*command[:1], "regime_depth", *command[2:]])
    assert "no such item" in f"{done.output}{done.exception}"
