"""Training and kernels of the networks on images, as the rules call them."""

import math

import numpy as np
import pytest
import torch

from crossover.stages import kernels, setup, train
from helpers import member_spec, sphere_data
from straightforward import Images

CASES = [Images("cnn", 2, 6, (1, 7, 8), "softplus"), Images("wide_resnet", 7, 16, (1, 6, 6), "softplus")]
FLOWS = [
    {"name": "auto", "tolerance": 1e-3},
    {"name": "rkc", "tolerance": 2e-3, "order": 4},
    {"name": "euler", "gradient_change": 1e-3, "output_change": 0.1},
]
each = pytest.mark.parametrize("case", CASES, ids=lambda case: case.architecture)


def _data(case):
    return sphere_data(n=8, n_test=20, d=case.d)


def _spec(case, **changes):
    network = {"architecture": case.architecture, "activation": {"name": "softplus", "beta": 5.0}}
    chosen = {"network": network, "L": case.L, "h": case.h, "dtype": "float64", "sqrt_h_alpha": 10.0}
    return member_spec(**chosen | changes) | {"image_shape": list(case.shape)}


def _train(case, **changes):
    return train.run(_spec(case, **changes), _data(case), device="cpu", progress=lambda ended, state: None, at_once=8)


def _kernels(case, change, **changes):
    spec = _spec(case, kind="kernels", kernel_points=12, **changes)
    return kernels.run(spec, _data(case), change, device="cpu", reporter=lambda label, count: lambda ended, state: None)


@each
def test_every_flow_trains_to_margin_1_and_to_the_same_predictor(case):
    found = [_train(case, flow=flow, seeds=(0, 0))[0] for flow in FLOWS]
    for measured in found:
        assert measured["status"].tolist() == ["converged"]
        assert measured["weight_change_layer"].shape == (1, case.L + 1)
        # each within some tolerances of 1e-3 of the flow, Euler by its own limits
        np.testing.assert_allclose(measured["F_test"], found[1]["F_test"], atol=0.03)


@each
def test_float32_trains_to_the_predictor_of_float64_on_the_lazy_side(case):
    flow = {"name": "auto", "tolerance": 3e-4}
    F = [_train(case, dtype=dtype, sqrt_h_alpha=1e5, flow=flow)[0]["F_test"] for dtype in ("float32", "float64")]
    # a plain difference alpha (f - f0) in float32 would be off by 1e5 times 1e-7
    assert np.abs(F[0] - F[1]).max() < 1e-3


@each
def test_kernels_are_those_of_explicit_jacobians_and_frozen_training_is_lazy_training(case):
    lazy = {"sqrt_h_alpha": 1e6, "flow": {"name": "auto", "tolerance": 1e-4}}
    trained, weights = _train(case, **lazy)
    measured = _kernels(case, weights["change"], **lazy)
    x = torch.tensor(_data(case)["x_test"][:12], dtype=torch.float64)
    w0 = setup.members(_spec(case), d=case.d, device="cpu").w0
    w1 = w0 + torch.tensor(weights["change"])
    before, after = ([J @ J.T for J in (case.jacobian(each, x) for each in w)] for w in (w0, w1))
    for k in range(2):
        assert measured["kernel_norm_init"][k] == pytest.approx(float(before[k].norm()), rel=1e-10)
        change = float((after[k] - before[k]).norm() / before[k].norm())
        assert measured["kernel_change"][k] == pytest.approx(change, rel=1e-6)  # of 1e-6: ten digits are gone
    for k in range(2):
        signs = [torch.stack([torch.cat(case.layers(w[k], row)[1]) > 0 for row in x]) for w in (w0, w1)]
        assert measured["sign_changes"][k] == float((signs[0] != signs[1]).double().mean())
    for when in ("init", "final"):
        assert measured[f"frozen_{when}_status"].tolist() == ["converged"] * 2
        # the kernel changes by 1e-6; flows to 1e-4
        np.testing.assert_allclose(measured[f"frozen_{when}_F_test"], trained["F_test"], atol=5e-3)


def test_weights_of_another_architecture_are_drawn_from_a_stream_of_their_own():
    case = CASES[0]
    images = setup.members(_spec(case), d=case.d, device="cpu").w0
    vectors = setup.members(member_spec(L=case.L, h=case.h), d=case.d, device="cpu").w0
    assert not np.isin(images[0], vectors[0].double()).any()


def test_images_of_another_size_are_refused_in_one_line():
    with pytest.raises(ValueError, match=r"image_shape = \[1, 7, 8\]: the data set has patterns of 55 components; make it again"):
        setup.members(_spec(CASES[0]), d=55, device="cpu")


def test_the_change_of_a_layer_is_that_of_all_its_weights():
    """A shortcut belongs to the layer beside which it ends; biases start at 0 and are left out."""
    case = CASES[1]
    measured, weights = _train(case)
    w0 = setup.members(_spec(case), d=case.d, device="cpu").w0[0].numpy()
    edges = np.cumsum([0, *(math.prod(size) for size in case.sizes)])
    layer2 = np.concatenate([np.arange(edges[k], edges[k + 1]) for k in (2, 3)])  # a second convolution and its shortcut
    wanted = np.linalg.norm(weights["change"][0][layer2]) / np.linalg.norm(w0[layer2])
    assert measured["weight_change_layer"][0, 2] == pytest.approx(wanted, rel=1e-5)
