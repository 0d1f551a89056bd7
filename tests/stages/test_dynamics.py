"""Losses, predictors and dynamics of a training job that are not the usual ones."""

import numpy as np
import pytest
import torch
from test_stages import DATA, _frozen_reference, _initial, _kernels, _run, _train

from crossover.networks import fc
from crossover.stages import setup
from helpers import member_spec, sphere_data
from straightforward import Case


def test_where_f0_is_not_subtracted_the_predictor_is_alpha_f():
    """The predictor of the saved weights, for the network and with both frozen kernels, against plain code."""
    changes = {"subtract_initial": False, "sqrt_h_alpha": (1.0, 10.0), "seeds": (0, 0)}
    measured, weights = _train(**changes)
    _, w0 = _initial(**changes)
    assert measured["status"].tolist() == ["converged"] * 2
    case, frozen = Case(2, 6, 6, 0.0, "softplus"), _kernels(weights["change"], **changes)
    x, x_test = (torch.tensor(DATA[name], dtype=torch.float64) for name in ("x_train", "x_test"))
    y = DATA["y_train"].astype(float)
    for k, alpha in enumerate(np.array([1.0, 10.0]) / np.sqrt(6)):
        w = w0[k] + torch.tensor(weights["change"][k], dtype=torch.float64)
        wanted = [alpha * float(case.f(w, each)) for each in x_test]
        np.testing.assert_allclose(measured["F_test"][k], wanted, atol=1e-5)  # weights are saved in float32
        start = [alpha * np.array([float(case.f(w0[k], each)) for each in points]) for points in (x, x_test)]
        for when, at in (("init", w0[k]), ("final", w)):
            jacobians = [case.jacobian(at, points).numpy() for points in (x, x_test)]
            t_stop, F_test = _frozen_reference(*jacobians, y, np.concatenate(start))
            # the errors of steps with a tolerance of 6e-4, summed
            assert frozen[f"frozen_{when}_t_stop"][k] == pytest.approx(t_stop, rel=5e-3)
            assert np.linalg.norm(frozen[f"frozen_{when}_F_test"][k] - F_test) < 2e-3 * np.linalg.norm(F_test)


def _antisymmetric(network, generator):
    """Initial weights with which f is 0: two halves of equal neurons, read out with opposite signs."""
    del network
    first, second, readout = (generator.standard_normal(shape) for shape in ((3, 6), (3, 6), 3))
    parts = (first, first, second, second, readout, -readout)
    return torch.from_numpy(np.concatenate([part.ravel() for part in parts]))


def test_where_f0_is_0_subtracting_it_changes_nothing(monkeypatch):
    changes = {"sqrt_h_alpha": 10.0, "limits": {"evaluations": 2000, "seconds": 60}, "dtype": "float64"}
    few = sphere_data(n=4, n_test=30, d=6)  # halves that are equal fit few patterns
    monkeypatch.setattr(fc.FullyConnected, "draw", _antisymmetric)
    plain = _run(member_spec(**changes, subtract_initial=False), few)[0]
    default = _run(member_spec(**changes), few)[0]
    assert default["status"].tolist() == ["converged"] * 2
    for name in ("F_test", "t_stop", "t_half"):
        # f0 is 0 to rounding, which the flow enlarges
        np.testing.assert_allclose(plain[name], default[name], rtol=1e-6, atol=1e-8, err_msg=name)


@pytest.mark.parametrize(
    ("flow", "sqrt_h_alpha"),
    [
        ({"name": "auto", "tolerance": 6e-4}, 1.0),
        ({"name": "auto", "tolerance": 6e-4}, 1e4),
        ({"name": "momentum", "tolerance": 1e-2, "mu": 1000.0}, 1.0),
        ({"name": "adam", "learning_rate": 1e-2, "batch_size": 4}, 1.0),
    ],
)
def test_the_quadratic_hinge_stops_where_its_loss_is_that_of_the_stop(flow, sqrt_h_alpha):
    changes = {"loss": {"name": "quadratic_hinge"}, "stop_loss": 1e-3, "flow": flow, "sqrt_h_alpha": sqrt_h_alpha}
    measured, weights = _train(**changes, kernel_points=0)
    assert measured["status"].tolist() == ["converged"] * 2
    spec, w0 = _initial((0, 1), **changes, kernel_points=0)
    anchor = setup.members(spec, d=6, device="cpu").network.anchor(w0, torch.tensor(DATA["x_train"]).double())
    F = sqrt_h_alpha / np.sqrt(6) * anchor.at(torch.tensor(weights["change"]).double()).f
    loss = (1 - F * torch.tensor(DATA["y_train"])).clamp_min(0).square().mean(1) / 2
    assert (loss <= 1.002e-3).all()  # weights are saved in float32
    if flow["name"] != "adam":  # which stops at its next look
        assert (loss > 0.998e-3).all()
    assert (measured["unfitted"] > 0).all()


def test_frozen_kernels_stop_at_the_loss_of_the_stop():
    changes = {"loss": {"name": "quadratic_hinge"}, "stop_loss": 1e-3, "sqrt_h_alpha": 1e5}
    measured, weights = _train(**changes)
    frozen = _kernels(weights["change"], **changes)
    assert frozen["frozen_init_status"].tolist() == ["converged"] * 2
    # lazy: the same flow, each with the error of its steps
    np.testing.assert_allclose(frozen["frozen_init_t_stop"], measured["t_stop"], rtol=1e-2)
    np.testing.assert_allclose(frozen["frozen_init_F_test"], measured["F_test"], atol=0.02)


def test_the_squared_loss_reaches_margin_1():
    measured, _ = _train(loss={"name": "squared"})
    assert measured["status"].tolist() == ["converged"] * 2
    assert measured["unfitted"].tolist() == [0, 0]


ADAM = {
    "flow": {"name": "adam", "learning_rate": 1e-2, "batch_size": 4},
    "loss": {"name": "hinge"},
    "dtype": "auto",
    "kernel_points": 0,
}


def test_a_member_of_adam_depends_on_its_seed_alone():
    whole = _run(member_spec(seeds=(0, 3), **ADAM))
    parts = _run(member_spec(seeds=(0, 3), **ADAM), at_once=3)
    half = _run(member_spec(seeds=(2, 3), sqrt_h_alpha=(1.0, 10.0), **ADAM))
    assert whole[0]["status"].tolist() == ["converged"] * 4
    assert len(set(whole[0]["t_stop"])) > 1
    np.testing.assert_array_equal(whole[1]["change"], parts[1]["change"])
    np.testing.assert_array_equal(whole[1]["change"][2:], half[1]["change"][2:])


def test_adam_trains_the_whole_network_where_there_are_few_inputs():
    data = sphere_data(n=4, n_test=10, d=6)
    _, weights = _run(member_spec(**ADAM), data)
    rows = torch.tensor(weights["change"][:, :36]).double().reshape(12, 6)
    basis = torch.linalg.qr(torch.tensor(data["x_train"]).double().mT).Q
    outside = rows - rows @ basis @ basis.mT
    assert float(outside.norm() / rows.norm()) > 0.1, "Adam leaves the span of the inputs"
