"""What is measured at the initial weights: of the members that training would start, by explicit derivatives."""

import numpy as np
import pytest
import torch

from crossover import losses
from crossover.stages import initial, setup
from helpers import member_spec, sphere_data
from straightforward import EVERY, Case, normal, ours

DATA = sphere_data(n=12, n_test=2, d=6)


def _spec(**changes):
    training = member_spec(dtype="float64")
    shared = {key: training[key] for key in ("dataset", "n", "L", "base_seed", "network", "loss", "dtype")}
    return shared | {"h": [6, 9], "alpha": 0.7, "seeds": 2} | changes


@pytest.mark.parametrize("limit", [1e9, 1.0], ids=["all patterns at once", "one at a time"])
def test_speeds_and_gradients_are_those_of_the_members_that_training_starts(limit, monkeypatch):
    monkeypatch.setattr(initial, "BLOCK_BYTES", limit)
    spec = _spec(h=[9, 6])
    found = initial.run(spec, DATA, device="cpu")
    assert found["h"].tolist() == [6, 9]
    assert (found["seed"].tolist(), found["hidden"].tolist(), found["layer"].tolist()) == ([0, 1], [1, 2], [0, 1, 2])
    x, y = (torch.tensor(DATA[name], dtype=torch.float64) for name in ("x_train", "y_train"))
    slope = losses.load(**spec["loss"]).derivative(torch.zeros(len(y)).double())
    for k, h in enumerate((6, 9)):
        case = Case(2, h, 6, 0.0, "softplus")
        for seed, w in enumerate(setup.members(member_spec(h=h, dtype="float64"), d=6, device="cpu").w0):
            J = case.jacobian(w, x)
            step = -1e-6 * (slope * y) @ J / len(y) / 0.7  # of gradient flow with F = 0
            p = [[case.layers(w + sign * step, row)[1] for row in x] for sign in (1, -1)]
            ahead, back = (torch.stack([torch.stack(row) for row in rows]) for rows in p)  # (n, layer, h)
            speed = ((ahead - back) / 2e-6).square().mean((0, 2)).sqrt()
            # a central difference: third derivatives of 1e-12, rounding of 1e-10
            np.testing.assert_allclose(found["preactivation_speed"][k, seed], speed, rtol=1e-7)
            parts = torch.split(J, [6 * h, h * h, h], dim=1)
            wanted = [part.square().mean().sqrt() for part in parts]
            np.testing.assert_allclose(found["gradient"][k, seed], wanted, rtol=1e-12)


@pytest.mark.parametrize("case", EVERY.values(), ids=EVERY)
def test_gradients_of_a_layer_are_those_of_its_weights_without_biases(case):
    network, w, x = ours(case), normal(case.count), normal(5, case.d, seed=1)
    found = initial.root_mean_square_gradients(network, w, x, rows=2)
    parts = torch.split(case.jacobian(w, x), [int(np.prod(size)) for size in case.sizes], dim=1)
    weights = [(layer, part) for layer, part, size in zip(network.layers, parts, case.sizes, strict=True) if len(size) > 1]
    for layer in range(case.L + 1):
        # a shortcut belongs to the layer beside which it ends
        wanted = torch.cat([part for of, part in weights if of == layer], dim=1).square().mean().sqrt()
        assert float(found[layer]) == pytest.approx(float(wanted), rel=1e-12)


def test_gradients_fall_as_equation_20_says():
    widths, data = [32, 256], sphere_data(n=20, n_test=2, d=6)
    found = initial.run(_spec(h=widths, L=3, seeds=6, alpha=1.0), data, device="cpu")
    slopes = np.log(found["gradient"].mean(1)[1] / found["gradient"].mean(1)[0]) / np.log(8)
    # W0 and the readout as h^-1/2, between hidden layers as 1 / h; six members: some percent
    np.testing.assert_allclose(slopes, [-0.5, -1, -1, -0.5], atol=0.05)
