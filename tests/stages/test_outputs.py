"""Norms of the outputs along the flow against a tight general solver on gradients written out."""

import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp
from scipy.special import expit

from crossover.stages import setup, train
from helpers import member_spec, sphere_data
from straightforward import Images

D, H, POINTS, BETA = 6, 5, 7, 20.0  # beta of the shipped soft hinge
GAIN = 1.40438334763187
NORMS = ("output_norm", "output_change")
FLOWS = {
    "auto": {"name": "auto", "tolerance": 3e-4},
    "tangent": {"name": "tangent", "tolerance": 3e-4},
    "rkc": {"name": "rkc", "tolerance": 1e-4, "order": 4},
    "euler": {"name": "euler", "gradient_change": 3e-4, "output_change": 0.1},
}
ADAM = {"flow": {"name": "adam", "learning_rate": 1e-2, "batch_size": 4}, "loss": {"name": "hinge"}, "kernel_points": 0}


def _data(n: int):
    return sphere_data(n=n, n_test=20, d=D)


def _spec(points=POINTS, **changes):
    return member_spec(h=H, **{"dtype": "float64", "seeds": (0, 1)} | changes) | {"output_points": points}


def _run(spec, data, **options):
    return train.run(spec, data, device="cpu", **{"progress": lambda ended, state: None, "at_once": 8} | options)[0]


def _initial(spec):
    drawn = setup.members(spec, d=D, device="cpu")
    return drawn.w0.numpy(), drawn.alpha.numpy()


def _outputs(w, x):
    """The output of two hidden layers, (n,), and the map from v (n,) to the sum of v_mu grad f(x_mu)."""
    W0, W1, W2 = w[: H * D].reshape(H, D), w[H * D : -H].reshape(H, H), w[-H:]
    p1 = x @ W0.T / np.sqrt(D)
    z1 = GAIN * np.logaddexp(0, 5 * p1) / 5
    p2 = z1 @ W1.T / np.sqrt(H)
    z2 = GAIN * np.logaddexp(0, 5 * p2) / 5

    def pullback(v):
        back2 = np.outer(v, W2) * GAIN * expit(5 * p2) / np.sqrt(H)
        back1 = back2 @ W1 * GAIN * expit(5 * p1) / np.sqrt(H)
        parts = (back1.T @ x / np.sqrt(D), back2.T @ z1 / np.sqrt(H), v @ z2 / np.sqrt(H))
        return np.concatenate([part.ravel() for part in parts])

    return z2 @ W2 / np.sqrt(H), pullback


def _norms(w, w0, x):
    f, f0 = _outputs(w, x)[0], _outputs(w0, x)[0]
    return [np.sqrt(np.mean(values**2)) for values in (f, f - f0)]


def _truth(w0, alpha, data, times, tau=None):
    """Norms at the times before the stop, (time, 2), by LSODA; with ``tau`` under momentum, from rest."""
    x, y, P = data["x_train"].astype(float), data["y_train"].astype(float), len(w0)
    start = _outputs(w0, x)[0]

    def force(w):
        f, pullback = _outputs(w, x)
        F = alpha * (f - start)
        return pullback(expit(BETA * (1 - F * y)) * y / len(y)) / alpha

    def rate(t, state):
        if tau is None:
            return force(state)
        w, v = np.split(state, [P])
        return np.concatenate([v, (force(w) - v) / tau])

    def stop(t, state):
        return (alpha * (_outputs(state[:P], x)[0] - start) * y).min() - 1

    stop.terminal = True
    begin = w0 if tau is None else np.concatenate([w0, 0 * w0])
    solved = solve_ivp(rate, (0, 1e6), begin, method="LSODA", events=stop, dense_output=True, rtol=1e-9, atol=1e-11)
    assert solved.status == 1, "the reference reached margin 1"
    points = data["x_test"][:POINTS].astype(float)
    return np.array([_norms(solved.sol(t)[:P], w0, points) for t in times[times <= solved.t_events[0][0]]])


def _compare(spec, data, *, rtol, tau=None):
    measured, (w0, alpha) = _run(spec, data), _initial(spec)
    assert measured["status"].tolist() == ["converged"] * len(w0)
    for k in range(len(w0)):
        truth = _truth(w0[k], alpha[k], data, measured["time"], tau)
        assert len(truth) > 8
        for name, wanted in zip(NORMS, truth.T, strict=True):
            assert (np.isfinite(measured[name][k]) == (measured["time"] <= measured["t_stop"][k])).all()
            both = min(len(wanted), np.isfinite(measured[name][k]).sum())  # a time at the very stop may be in one alone
            np.testing.assert_allclose(measured[name][k][:both], wanted[:both], rtol=rtol, err_msg=name)


# in the span of fewer inputs than components, and not
@pytest.mark.parametrize("n", [4, 12])
@pytest.mark.parametrize("value", [1.0, 1e4])
@pytest.mark.parametrize("flow", FLOWS.values(), ids=FLOWS)
def test_norms_along_the_flow_are_those_of_a_tight_general_solver(flow, value, n):
    # steps of a tolerance of a few 1e-4, summed, where outputs grow with themselves; Euler is of first order
    _compare(_spec(flow=flow, sqrt_h_alpha=value, seeds=(0, 0)), _data(n), rtol=2e-2 if flow["name"] == "euler" else 5e-3)


def test_norms_under_momentum_are_those_of_a_tight_general_solver():
    spec = _spec(flow={"name": "momentum", "tolerance": 1e-3, "c_tau": 0.1}, sqrt_h_alpha=3.0)
    _compare(spec, _data(6), rtol=1e-2, tau=0.3)


def test_norms_of_adam_are_those_of_its_last_look():
    spec, data, looks = _spec(**ADAM, seeds=(0, 0)), _data(12), {}

    def look(ended, state):
        looks[float(state.t[0])] = state.y[0].numpy().copy()

    measured, (w0, _) = _run(spec, data, progress=look), _initial(spec)
    times, points = measured["time"], data["x_test"][:POINTS].astype(float)
    assert measured["t_stop"][0] > 20, "looks that are several steps apart"
    for k in np.flatnonzero(times <= measured["t_stop"][0]):
        last = max((t for t in looks if t <= times[k]), default=None)
        y = 0 if last is None else looks[last]
        wanted = _norms(w0[0] + y, w0[0], points)
        # differences carried through the layers against a difference of outputs
        np.testing.assert_allclose([measured[name][0, k] for name in NORMS], wanted, rtol=1e-9, atol=1e-14)
    assert np.isnan(measured["output_norm"][0, times > measured["t_stop"][0]]).all()


@pytest.mark.parametrize("flow", [FLOWS["auto"], FLOWS["rkc"]], ids=["auto", "rkc"])
def test_recording_norms_changes_nothing_else_and_without_points_they_are_nan(flow):
    data, changes = _data(6), {"flow": flow, "sqrt_h_alpha": (3.0, 1e4)}
    recorded, plain = (_run(_spec(points, **changes), data) for points in (POINTS, 0))
    for name, values in plain.items():
        if name in NORMS:
            assert values.shape == recorded[name].shape == plain["rescaled_loss"].shape
            assert np.isnan(values).all()
        else:
            np.testing.assert_array_equal(recorded[name], values, err_msg=name)


def test_norms_of_a_member_do_not_depend_on_its_batch():
    spec, data = _spec(flow=FLOWS["auto"], sqrt_h_alpha=(3.0, 1e4)), _data(6)
    together, alone = _run(spec, data), _run(spec, data, at_once=1)
    for name in NORMS:
        # batched products of matrices may round differently
        np.testing.assert_allclose(alone[name], together[name], rtol=1e-6, err_msg=name)


def test_small_changes_keep_their_digits_in_float32():
    data, changes = _data(12), {"flow": FLOWS["auto"], "sqrt_h_alpha": 1e6}
    single, double = (_run(_spec(dtype=dtype, **changes), data) for dtype in ("float32", "float64"))
    there = np.isfinite(single["output_change"]) & np.isfinite(double["output_change"])
    assert there.any()
    assert (double["output_change"][there] < 1e-5).all()
    for name in NORMS:  # a plain difference of outputs would be off by 1e-7
        np.testing.assert_allclose(single[name][there], double[name][there], rtol=1e-3)


@pytest.mark.parametrize(
    ("case", "flow"),
    [
        (Images("cnn", 2, 4, (1, 7, 8), "softplus"), FLOWS["auto"]),
        (Images("cnn", 2, 4, (1, 7, 8), "softplus"), FLOWS["rkc"]),
        (Images("wide_resnet", 7, 4, (1, 4, 4), "softplus"), FLOWS["rkc"]),
    ],
    ids=["cnn-auto", "cnn-rkc", "wide_resnet-rkc"],
)
def test_norms_of_networks_on_images_are_at_the_stop_those_of_the_weights_there(case, flow):
    network = {"architecture": case.architecture, "activation": {"name": "softplus", "beta": 5.0}}
    spec = member_spec(L=case.L, h=case.h, network=network, flow=flow, dtype="float64", seeds=(0, 0))
    spec |= {"output_points": POINTS, "image_shape": list(case.shape)}
    data = sphere_data(n=6, n_test=12, d=case.d)
    (t_stop,) = _run(spec, data)["t_stop"]
    measured = _run(spec | {"curve": [t_stop / 2, t_stop * (1 - 1e-9), 2 * t_stop]}, data)
    drawn = setup.members(spec, d=case.d, device="cpu")
    f0 = np.array([float(case.f(drawn.w0[0], torch.tensor(x).double())) for x in data["x_test"][:POINTS]])
    change = measured["F_test"][0, :POINTS] / float(drawn.alpha[0])
    found = np.array([measured[name][0] for name in NORMS])
    # a billionth of the time before the stop
    np.testing.assert_allclose(found[:, 1], np.sqrt([np.mean((f0 + change) ** 2), np.mean(change**2)]), rtol=1e-6)
    assert found[1, 0] < found[1, 1]
    assert np.isnan(found[:, 2]).all()


def test_more_points_than_test_patterns_are_refused_in_one_line():
    with pytest.raises(ValueError, match="output_points = 21: they are test patterns, at most n_test = 20"):
        _run(_spec(21), _data(6))
