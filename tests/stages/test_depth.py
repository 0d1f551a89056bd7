"""The numbers of the figures of the depth paper, each against the check that its specification names."""

import json
import math

import numpy as np
import pytest
from typer.testing import CliRunner

from crossover import cli, cubes
from crossover.theory.limits import RATE
from crossover.theory.network import limiting_ntk
from crossover.theory.points import uniform_on_sphere
from depth_specs import SPECS, images, stage
from depth_specs import made as numbers


@pytest.fixture(scope="module")
def made():
    """The arrays of every figure from small specs."""
    return {name: numbers(name) for name in SPECS if "fig" in name}


def test_neurons_vanish_and_their_layer_need_not(made):
    found = made["depth_fig1"]
    width = found["width"].astype(float)
    np.testing.assert_allclose(found["neuron"], [width**-0.5, width**-1], rtol=1e-13)
    for name in ("layer_norm", "output"):
        np.testing.assert_allclose(found[name], [np.ones(3), width**-0.5], rtol=1e-13)
    np.testing.assert_allclose(found["path"] * width**2, found["output"], rtol=1e-13)


def test_the_kernel_narrows_as_one_over_the_depth(made):
    found = made["depth_fig2"]
    np.testing.assert_allclose(found["half_height"], [2.984, 4.130, 4.2146], atol=1e-3)
    assert found["angle"][[0, -1]].tolist() == [0, math.pi]
    np.testing.assert_allclose(found["ntk"][:, -1], [0.21208, 0.29547, 0.26181], atol=5e-6)
    assert (found["ntk"][:, 0] == 1).all()


def test_iterates_rise_to_1(made):
    found = made["depth_fig3"]
    assert found["iterate"][:, 0] == pytest.approx([-0.9, 0.0, 0.5])
    assert found["iterate"][1, 1] == pytest.approx(1 / math.pi)
    assert (np.diff(found["iterate"]) > 0).all()
    assert found["iterate"].min(0)[-1] > 0.98
    np.testing.assert_allclose(
        np.interp(found["iterate"][:, 3], found["correlation"], found["kappa1"]), found["iterate"][:, 4], atol=1e-4
    )


def test_pairs_approach_their_limits(made):
    found = made["depth_fig4"]
    assert found["with_test"].tolist() == [0] * 10 + [1] * 5
    depth = found["weight_layers"]
    hundred = int(np.flatnonzero(depth == 100)[0])
    far = found["first_correlation"] < 0.99
    assert ((found["pair_ntk"][far, hundred] > 0.25) & (found["pair_ntk"][far, hundred] < 0.45)).all()
    rate = depth[-1] * (found["pair_ntk"][:, -1] - 0.25) / np.log(depth[-1])
    assert (np.abs(rate - RATE) < np.abs(depth[hundred] * (found["pair_ntk"][:, hundred] - 0.25) / np.log(100) - RATE)).all()
    np.testing.assert_allclose(depth[-1] * (1 - found["pair_iterated"][:, -1]), 2, rtol=0.01)
    np.testing.assert_allclose(1 - found["pair_complement"][:, 0], found["first_correlation"], atol=1e-14)


def test_norms_reach_those_of_infinite_depth(made):
    found = made["depth_fig6"]
    assert found["stop"].tolist() == ["1", "10", "inf", "1/lambda"]
    np.testing.assert_allclose(found["projection_norm"][:, :, -1], found["projection_limit"], rtol=0.1)
    np.testing.assert_allclose(found["factor_norm"][:, :, -1], found["factor_limit"], rtol=0.1)
    for stop, time in ((0, 1), (1, 10)):
        assert (found["factor_norm"][:, stop] <= time).all()
    # the specification's own draw: 0.394, 0.197 at time 1, 0.781, 0.280 without end, n = 100, L = 2 and 10
    np.testing.assert_allclose(found["projection_norm"][1, 0, :2], [0.394, 0.197], rtol=0.1)
    np.testing.assert_allclose(found["projection_norm"][1, 2, :2], [0.781, 0.280], rtol=0.1)


def test_the_projection_nears_that_of_infinite_depth_as_the_formulas_say(made):
    spec, found = SPECS["depth_fig6_mnist"], made["depth_fig6_mnist"]
    data = images(spec["n"], spec["n_test"])
    # by solving, without end: K(x, X) K^-1 against the vector of 1 / (n + 3)
    x, test = (data[name][:40].astype(float) for name in ("x_train", "x_test"))
    kernels = [limiting_ntk(each, x, 100, gain=math.sqrt(2)) / 100 for each in (x, test)]
    rows = np.linalg.solve(kernels[0], kernels[1].T).T
    wanted = np.linalg.norm(rows - 1 / 43, axis=1).mean() / (math.sqrt(40) / 43)
    at = spec["weight_layers"].index(100), found["stop"].tolist().index("inf")
    assert found["projection_distance"][0, at[1], at[0]] == pytest.approx(wanted, rel=1e-6)
    assert (np.diff(found["projection_distance"], axis=2) < 0).all()


def test_pairs_of_images_have_the_kernel_of_the_network(made):
    spec, found = SPECS["depth_fig5"], made["depth_fig5"]
    data = images(spec["n"], spec["n_test"])
    x, test = (data[name].astype(float) for name in ("x_train", "x_test"))
    theta = limiting_ntk(np.concatenate([x, test]), np.concatenate([x, test]), 7, gain=1.0)
    among = theta[:6, :6][np.triu_indices(6, 1)]
    wanted = np.concatenate([among, theta[:6, 6:].ravel()]) / theta[0, 0]
    # float32 on disk: squares of norms are d up to some 1e-7
    np.testing.assert_allclose(found["pair_ntk"][:, 6], wanted, rtol=1e-5)
    assert found["with_test"].tolist() == [0] * 15 + [1] * 12
    assert (found["first_correlation"] >= 0).all()


def test_the_constants_of_the_pairs_are_what_the_rate_leaves(made):
    found = made["depth_fig4"]
    depth = found["weight_layers"][-1]
    left = depth * (found["pair_ntk"][:, -1] - 0.25) - RATE * np.log(depth) - (found["pair_constant"] / 4 - 1 / 8)
    assert np.abs(left).max() < 0.01
    assert np.ptp(found["pair_constant"]) > 1  # so that they are seen


def test_the_smallest_eigenvalue_falls_with_points_and_rises_with_depth(made):
    found = made["depth_fig7"]["smallest_eigenvalue"]
    assert (np.diff(found, axis=2) <= 1e-12).all()
    assert (np.diff(found, axis=1) > 0).all()
    assert (found <= made["depth_fig7"]["eigenvalue_bound"]).all()
    # the specification's own draw at n = 100
    np.testing.assert_allclose(found[:, :, 1].mean(0), [0.065, 0.246, 0.528, 0.694], rtol=0.3)


def test_the_smallest_angle_falls_as_its_law_says(made):
    found = made["depth_fig8"]
    n = found["points"]
    # of 200 draws the slope over three octaves is known to 0.03 in 3 dimensions, and d = 10 has not quite reached its law
    for angle, d, error in zip(found["smallest_angle"], (3, 10), (0.1, 0.04), strict=True):
        slope = np.polyfit(np.log(n), np.log(1 / np.median(angle, axis=0)), 1)[0]
        assert slope == pytest.approx(2 / (d - 1), abs=error)
    assert (3 * np.pi / found["smallest_angle"][1] > 5).all()
    np.testing.assert_allclose(np.median(found["smallest_angle"], axis=1), found["likely_angle"], rtol=0.2)


def test_the_bound_is_above_the_share_of_draws_that_are_closer(made):
    bound = made["depth_fig8"]["angle_bound"]  # (dimension, draw, points)
    for p in (0.2, 0.5, 0.8):
        # two standard errors of the share of 200 draws
        assert ((bound <= p).mean(1) <= p + 2 * math.sqrt(p * (1 - p) / 200)).all()
    # of independent pairs at small angles the bound at the smallest one is exponential, of mean 1
    np.testing.assert_allclose(bound[0].mean(0), 1, atol=0.25)
    assert (bound[1].mean(0) > 0.8).all()


@pytest.mark.parametrize("d", [3, 10])
def test_the_smallest_angle_is_that_of_all_pairs(d):
    x = uniform_on_sphere(300, d, np.random.default_rng(1))
    cosines = np.clip(x @ x.T, -1, 1)[np.triu_indices(300, 1)]
    assert stage("depth_fig8").smallest_angle(x) == pytest.approx(np.arccos(cosines.max()), rel=1e-6)


def test_the_command_writes_a_cube_of_the_schema(tmp_path):
    path = tmp_path / "depth_fig7.nc"
    spec = json.dumps(SPECS["depth_fig7"] | {"seed": 0})
    done = CliRunner().invoke(cli.app, ["theory", "depth_fig7", "--spec", spec, "--output", str(path)])
    assert done.exit_code == 0, done.output
    with cubes.read(path) as data:
        assert data["smallest_eigenvalue"].dims == ("draw", "weight_layers", "points")
        assert data["points"].values.tolist() == [50, 100, 200]
        assert data.attrs["spec"] == spec


def test_an_item_that_is_none_is_an_error(tmp_path):
    done = CliRunner().invoke(cli.app, ["theory", "depth_fig99", "--spec", "{}", "--output", str(tmp_path / "a.nc")])
    assert done.exit_code == 1
    assert "no such item" in str(done.exception)
