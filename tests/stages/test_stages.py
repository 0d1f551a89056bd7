"""Training and kernels of a job, as the rules call them."""

import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp
from scipy.special import expit

from crossover.checkpoint import Folder
from crossover.stages import kernels, losses, setup, train
from helpers import member_spec, sphere_data
from straightforward import Case

DATA = sphere_data(n=12, n_test=30, d=6)
BETA = 20.0  # of the shipped soft hinge


def _run(spec, data=DATA, *, at_once=100, checkpoint=None):
    return train.run(spec, data, device="cpu", progress=lambda ended, state: None, at_once=at_once, checkpoint=checkpoint)


def _train(**changes):
    return _run(member_spec(**{"dtype": "float64"} | changes))


def _kernels(change, **changes):
    spec = member_spec(kind="kernels", kernel_points=20, **changes)
    return kernels.run(spec, DATA, change, device="cpu", reporter=lambda label, count: lambda ended, state: None)


@pytest.fixture(scope="module")
def trained():
    """Four members at sqrt(h) alpha = 10, what was measured of them and their weights."""
    return _train(seeds=(0, 3))


def _initial(seeds, **changes):
    spec = member_spec(seeds=seeds, **{"dtype": "float64"} | changes)
    return spec, setup.members(spec, d=6, device="cpu").w0


def test_training_ends_converged_with_every_margin_at_least_1(trained):
    measured, _ = trained
    assert measured["status"].tolist() == ["converged"] * 4
    assert measured["unfitted"].tolist() == [0] * 4
    assert (measured["t_half"] < measured["t_stop"]).all()
    assert (measured["evaluations"] > 1).all()


def test_the_predictor_is_that_of_the_saved_weights(trained):
    measured, weights = trained
    spec, w0 = _initial((0, 3))
    case = Case(2, 6, 6, 0.0, "softplus")
    (alpha,) = np.array(spec["sqrt_h_alpha"]) / np.sqrt(6)
    for k in range(4):
        w = w0[k] + torch.tensor(weights["change"][k], dtype=torch.float64)
        for x, F in zip(DATA["x_test"][:5], measured["F_test"][k], strict=False):
            x = torch.tensor(x, dtype=torch.float64)
            wanted = alpha * (case.f(w, x) - case.f(w0[k], x))
            # weights are saved in float32: 6e-8 of a change that moves F by about 1, times alpha |grad f| of order 10
            assert pytest.approx(float(wanted), abs=1e-5) == F


def test_the_test_error_counts_wrong_signs_and_ties(trained):
    measured, _ = trained
    wrong = (measured["F_test"] * DATA["y_test"] <= 0).mean(1)
    assert measured["test_error"] == pytest.approx(wrong, abs=1e-15)
    F = torch.tensor([[0.0, 1.0, -1.0, 2.0]])
    assert setup.test_error(F, torch.tensor([1, 1, 1, -1])).tolist() == [0.75]


def test_weight_changes_are_relative_to_the_initial_weights(trained):
    measured, weights = trained
    _, w0 = _initial((0, 3))
    change = weights["change"].astype(float)
    # the change is measured before it is rounded to float32
    relative = np.linalg.norm(change, axis=1) / np.linalg.norm(w0, axis=1)
    np.testing.assert_allclose(measured["weight_change"], relative, rtol=1e-6)
    first = np.linalg.norm(change[:, :36], axis=1) / np.linalg.norm(w0[:, :36], axis=1)
    np.testing.assert_allclose(measured["weight_change_layer"][:, 0], first, rtol=1e-6)
    assert measured["weight_change_layer"].shape == (4, 3)


def test_the_recorded_loss_falls_from_its_initial_value_to_the_end(trained):
    measured, _ = trained
    curve, time = measured["rescaled_loss"], measured["time"]
    initial = np.log1p(np.exp(BETA)) / BETA  # F = 0
    for k in range(4):
        there = np.isfinite(curve[k])
        assert (there == (time <= measured["t_stop"][k])).all()
        # the flow descends; interpolation inside a step adds at most its square
        assert (np.diff(curve[k][there]) <= 1e-6).all()
        assert curve[k][0] == pytest.approx(initial, rel=0.2)


def test_a_block_of_seeds_gives_the_members_of_its_halves(trained):
    measured, weights = trained
    halves = [_train(seeds=(0, 1)), _train(seeds=(2, 3))]
    for name in ("F_test", "t_stop", "t_half", "weight_change", "test_error"):
        joined = np.concatenate([half[0][name] for half in halves])
        # products of another batch size may add up in another order; the flow enlarges the rounding
        np.testing.assert_allclose(measured[name], joined, rtol=1e-6, atol=1e-9, err_msg=name)
    np.testing.assert_allclose(weights["change"], np.concatenate([half[1]["change"] for half in halves]), atol=1e-6)


def test_alphas_that_share_a_job_have_the_numbers_of_their_own_jobs():
    alphas = (0.1, 10.0, 1e4)
    measured, weights = _train(sqrt_h_alpha=alphas)
    of_kernels = _kernels(weights["change"], sqrt_h_alpha=alphas)
    for k, alpha in enumerate(alphas):
        of_alpha, change = _train(sqrt_h_alpha=alpha)
        np.testing.assert_array_equal(weights["change"][2 * k : 2 * k + 2], change["change"])
        alone = of_alpha | _kernels(change["change"], sqrt_h_alpha=alpha)
        assert set(alone) == set(measured | of_kernels)
        for name in set(alone) - {"time"}:
            np.testing.assert_array_equal((measured | of_kernels)[name][2 * k : 2 * k + 2], alone[name], err_msg=name)


def test_the_initial_weights_are_shared_along_alpha_and_differ_over_seeds_and_widths():
    _, base = _initial((0, 1))
    assert torch.equal(base, _initial((0, 1), sqrt_h_alpha=0.01)[1])
    assert torch.equal(base, _initial((0, 3))[1][:2])
    assert not torch.equal(base[0], base[1])
    assert not torch.equal(base[0, :10], _initial((0, 1), h=7)[1][0, :10])


def test_alpha_is_the_grid_value_over_the_root_of_the_width():
    spec = member_spec(sqrt_h_alpha=3.0, h=9)
    # one division
    assert setup.members(spec, d=6, device="cpu").alpha.tolist() == pytest.approx([1.0, 1.0], rel=1e-15)


def test_a_member_out_of_evaluations_is_data_with_its_status():
    measured, _ = _train(limits={"evaluations": 5, "seconds": 60})
    assert measured["status"].tolist() == ["evaluation_limit"] * 2
    assert (measured["unfitted"] > 0).all()
    assert np.isfinite(measured["F_test"]).all()


def test_kernel_norms_and_change_are_those_of_explicit_jacobians(trained):
    _, weights = trained
    measured = _kernels(weights["change"], seeds=(0, 3))
    _, w0 = _initial((0, 3))
    case = Case(2, 6, 6, 0.0, "softplus")
    x = torch.tensor(DATA["x_test"][:20], dtype=torch.float64)
    for k in (0, 3):
        J0, J1 = (case.jacobian(w, x) for w in (w0[k], w0[k] + torch.tensor(weights["change"][k]).double()))
        before, after = J0 @ J0.T, J1 @ J1.T
        # sums of products in float64
        assert measured["kernel_norm_init"][k] == pytest.approx(float(before.norm()), rel=1e-10)
        assert measured["kernel_norm_final"][k] == pytest.approx(float(after.norm()), rel=1e-10)
        assert measured["kernel_change"][k] == pytest.approx(float((after - before).norm() / before.norm()), rel=1e-9)


def test_sign_changes_are_the_share_of_preactivations_that_cross_zero(trained, monkeypatch):
    _, weights = trained
    _, w0 = _initial((0, 3))
    case = Case(2, 6, 6, 0.0, "softplus")
    x = torch.tensor(DATA["x_test"][:20], dtype=torch.float64)
    wanted = []
    for k in range(4):
        ends = (w0[k], w0[k] + torch.tensor(weights["change"][k]).double())
        before, after = (torch.stack([torch.cat(case.layers(w, row)[1]) for row in x]) for w in ends)
        wanted.append(float((before * after < 0).double().mean()))
    assert min(wanted) > 0
    assert _kernels(weights["change"], seeds=(0, 3))["sign_changes"].tolist() == wanted
    monkeypatch.setattr(kernels, "POINTS", 7)
    assert _kernels(weights["change"], seeds=(0, 3))["sign_changes"].tolist() == wanted


def _frozen_reference(J: np.ndarray, J_test: np.ndarray, y: np.ndarray, start=None) -> tuple[float, np.ndarray]:
    """Stop and test predictor of dF/dt = -(1/n) Theta l'(F y) y by scipy, at tolerances far under those of the flow."""
    n = len(y)

    def rate(t, F):
        pull = J.T @ (expit(BETA * (1 - F[:n] * y)) * y) / n
        return np.concatenate([J @ pull, J_test @ pull])

    def stop(t, F):
        return (F[:n] * y).min() - 1

    stop.terminal, stop.direction = True, 1
    start = np.zeros(n + len(J_test)) if start is None else start
    solved = solve_ivp(rate, (0, 1e6), start, method="LSODA", events=stop, rtol=1e-10, atol=1e-12)
    assert solved.status == 1, "the reference reached margin 1"
    return float(solved.t_events[0][0]), solved.y_events[0][0][n:]


def test_the_frozen_flows_end_where_a_tight_solver_ends(trained):
    _, weights = trained
    measured = _kernels(weights["change"], seeds=(0, 3))
    _, w0 = _initial((0, 3))
    case = Case(2, 6, 6, 0.0, "softplus")
    x, x_test = (torch.tensor(DATA[name], dtype=torch.float64) for name in ("x_train", "x_test"))
    y = DATA["y_train"].astype(float)
    for when, change in (("init", 0.0), ("final", torch.tensor(weights["change"]).double())):
        assert measured[f"frozen_{when}_status"].tolist() == ["converged"] * 4
        for k in (0, 2):
            w = (w0 + change)[k]
            t_stop, F_test = _frozen_reference(case.jacobian(w, x).numpy(), case.jacobian(w, x_test).numpy(), y)
            # the errors of steps with a tolerance of 6e-4, summed
            assert measured[f"frozen_{when}_t_stop"][k] == pytest.approx(t_stop, rel=5e-3)
            found = measured[f"frozen_{when}_F_test"][k]
            assert np.linalg.norm(found - F_test) < 2e-3 * np.linalg.norm(F_test)


def test_far_on_the_lazy_side_training_is_training_with_the_frozen_kernel():
    measured, weights = _train(sqrt_h_alpha=1e5)
    frozen = _kernels(weights["change"], sqrt_h_alpha=1e5)
    assert (frozen["kernel_change"] < 1e-2).all()
    # both have the error of their steps, chosen differently
    np.testing.assert_allclose(measured["F_test"], frozen["frozen_init_F_test"], atol=0.05)


def test_training_in_the_span_of_few_inputs_is_training_of_the_whole_network(monkeypatch):
    data = sphere_data(n=8, n_test=30, d=10)
    reduced = _run(member_spec(dtype="float64"), data)
    # a basis of the whole space, as where n is not below d, changes nothing but the digits
    monkeypatch.setattr(torch.linalg, "qr", lambda x: type("QR", (), {"Q": torch.eye(10, dtype=x.dtype)}))
    whole = _run(member_spec(dtype="float64"), data)
    for name in ("F_test", "t_stop", "t_half", "weight_change"):
        # rounding, which the flow enlarges; F_test is of order 1
        np.testing.assert_allclose(reduced[0][name], whole[0][name], rtol=1e-6, atol=1e-7, err_msg=name)
    np.testing.assert_allclose(reduced[1]["change"], whole[1]["change"], atol=1e-6)


def test_members_in_parts_are_those_of_one_batch(trained):
    measured, weights = _run(member_spec(seeds=(0, 3), dtype="float64"), at_once=3)
    for name, values in trained[0].items():
        if values.dtype.kind == "f":
            # batched products of matrices may round differently
            np.testing.assert_allclose(measured[name], values, rtol=1e-6, atol=1e-8, err_msg=name)
        else:
            assert measured[name].shape == values.shape
    np.testing.assert_allclose(weights["change"], trained[1]["change"], atol=1e-6)


def test_float32_is_what_dtype_auto_trains_in_and_is_as_good(trained):
    spec = member_spec(seeds=(0, 3), dtype="auto")
    assert spec["dtype"] == "float32"
    assert member_spec(kind="kernels", dtype="auto")["dtype"] == "float64"
    measured, _ = _run(spec)
    difference = np.linalg.norm(measured["F_test"] - trained[0]["F_test"], axis=1) / np.linalg.norm(trained[0]["F_test"], axis=1)
    # rounding may change a step; both are then within the error of the flow
    assert (difference < 1e-3).all()


def test_parts_share_the_time_limit():
    spec = member_spec(seeds=(0, 3), limits={"evaluations": 100_000, "seconds": 1e-6})
    assert _run(spec, at_once=1)[0]["status"].tolist() == ["time_limit"] * 4


def test_a_part_that_is_done_is_not_done_again(tmp_path):
    spec, folder = member_spec(seeds=(0, 3)), Folder(tmp_path, "spec", every=1e9)
    first, _ = _run(spec, at_once=2, checkpoint=folder.part)
    assert [path.name for path in folder.path.iterdir()] == ["0000-0001.safetensors"]  # results follow the last part at once
    steps = []
    again, _ = train.run(
        spec, DATA, device="cpu", progress=lambda ended, state: steps.append(ended), at_once=2, checkpoint=folder.part
    )
    assert min(steps) >= 2, "the first part was loaded"
    for name in first:
        np.testing.assert_array_equal(first[name], again[name], err_msg=name)
    folder.remove()
    assert not folder.checkpoints


@pytest.mark.parametrize(
    ("name", "at", "value", "message"),
    [
        ("x_train", (3, 1), np.nan, r"x_train: pattern 3 is not finite, 1 of 12 are not; mend the data"),
        ("x_test", (0, 0), np.inf, r"x_test: pattern 0 is not finite, 1 of 30 are not; mend the data"),
        ("y_train", (2,), 0, r"y_train: a label is 0, wanted -1 or \+1; mend the data"),
        ("y_test", (2,), 7, r"y_test: a label is 7, wanted -1 or \+1; mend the data"),
    ],
)
def test_bad_data_is_refused_in_one_line(name, at, value, message):
    data = DATA | {name: DATA[name].copy()}
    data[name][at] = value
    with pytest.raises(ValueError, match=message):
        _run(member_spec(), data)
    spec = member_spec(kind="kernels", kernel_points=20)
    with pytest.raises(ValueError, match=message):
        kernels.run(spec, data, np.zeros((2, 78)), device="cpu", reporter=lambda label, count: lambda ended, state: None)


def test_no_training_pattern_is_refused_in_one_line():
    data = DATA | {"x_train": DATA["x_train"][:0], "y_train": DATA["y_train"][:0]}
    with pytest.raises(ValueError, match="x_train has no pattern; make n larger"):
        _run(member_spec(), data)


def test_a_network_far_over_capacity_reaches_its_limit_with_its_curve():
    generator = np.random.default_rng(1)
    data = sphere_data(n=60, n_test=10, d=2)
    data["y_train"] = generator.choice([-1, 1], 60).astype(np.int8)
    spec = member_spec(h=2, seeds=(0, 1), limits={"evaluations": 600, "seconds": 100.0})
    measured, _ = _run(spec, data)
    assert measured["status"].tolist() == ["evaluation_limit"] * 2
    assert (measured["unfitted"] > 0).all()
    assert np.isfinite(measured["rescaled_loss"]).any(axis=1).all()


def test_weights_of_other_members_are_refused():
    with pytest.raises(ValueError, match=r"weights have shape \(3, 78\), the spec wants \(2, 78\); train again"):
        _kernels(np.zeros((3, 78)))


def test_members_without_finite_weights_are_flagged_and_spare_their_mates():
    change = np.zeros((2, 78))
    change[0] = np.nan
    measured = _kernels(change)
    assert measured["frozen_final_status"].tolist() == ["not_finite", "converged"]
    assert measured["frozen_init_status"].tolist() == ["converged"] * 2
    assert np.isnan(measured["kernel_change"][0])
    assert measured["kernel_change"][1] == 0
    assert np.isnan(measured["sign_changes"][0])
    assert measured["sign_changes"][1] == 0


def test_the_losses_of_figure_1_are_named_and_finite():
    arrays = losses.run({"betas": [1.0, 20.0]})
    assert arrays["loss"].tolist() == ["hinge", "soft hinge, beta = 1", "soft hinge, beta = 20"]
    assert arrays["loss_per_pattern"].shape == (3, len(arrays["margin"]))
    hinge = np.maximum(0, 1 - arrays["margin"])
    # one subtraction
    np.testing.assert_allclose(arrays["loss_per_pattern"][0], hinge, atol=1e-15)


def test_a_job_goes_on_with_parts_of_another_size(tmp_path):
    """Less memory after a kill: the parts are others, and so are their checkpoints."""
    spec, folder = member_spec(seeds=(0, 3), dtype="float64"), Folder(tmp_path, "spec", every=1e9)
    first, _ = _run(spec, at_once=3, checkpoint=folder.part)
    again, _ = _run(spec, at_once=2, checkpoint=folder.part)
    assert sorted(path.name for path in folder.path.iterdir()) == ["0000-0001.safetensors", "0000-0002.safetensors"]
    np.testing.assert_array_equal(first["F_test"], again["F_test"])
