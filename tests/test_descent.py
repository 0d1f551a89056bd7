"""Gradient descent against autograd, against the closed form of a linear problem, and against its own span."""

import numpy as np
import pytest
import torch

from crossover import activations, descent, networks
from crossover.seeding import stream

CLOSE = {"rtol": 1e-9, "atol": 1e-11}
PARAMETERIZATIONS = ("standard", "ntk", "mup", "mean_field")


def small(parameterization: str, *, h: int = 12, d: int = 9, activation: str = "tanh"):
    """A network of two hidden layers, weights of three members, inputs and labels."""
    network = networks.load(
        "fc", d=d, h=h, L=2, activation=activations.load(activation), bias=0, parameterization=parameterization
    )
    w0 = torch.stack([network.draw(stream(0, "test of descent", seed)) for seed in range(3)])
    x = torch.from_numpy(stream(0, "inputs of descent").standard_normal((6, d)))
    return network, w0, x, torch.tensor([1.0, -1, 1, 1, -1, -1], dtype=torch.float64)


def last(path, step: int) -> descent.Moved:
    """The members behind a number of steps."""
    [found] = descent.at_steps(path, [step])
    return found


@pytest.mark.parametrize("parameterization", PARAMETERIZATIONS)
def test_steps_are_those_of_autograd(parameterization):
    network, w0, x, y = small(parameterization)
    f0, w = network.outputs(w0, x), w0.clone()
    for _ in range(5):
        w.requires_grad_()
        loss = (network.outputs(w, x) - f0 - y).square().mean(1).sum() / 2
        [gradient] = torch.autograd.grad(loss, w)
        w = (w - 0.3 * network.rate * gradient).detach()
    found = last(descent.descend(network.anchor(w0, x), y, learning_rate=0.3), 5)
    torch.testing.assert_close(found.dw, w - w0, **CLOSE)
    torch.testing.assert_close(found.df, network.outputs(w, x) - f0, **CLOSE)


def test_each_member_has_its_own_learning_rate():
    network, w0, x, y = small("ntk")
    together = last(
        descent.descend(network.anchor(w0, x), y, learning_rate=torch.tensor([0.1, 0.2, 0.4], dtype=torch.float64)), 3
    )
    alone = last(descent.descend(network.anchor(w0[1:2], x), y, learning_rate=0.2), 3)
    torch.testing.assert_close(together.dw[1:2], alone.dw, **CLOSE)


def test_descent_in_the_span_of_the_inputs_is_descent():
    network, w0, x, y = small("mup")
    basis = descent.span(x)
    whole = last(descent.descend(network.anchor(w0, x), y, learning_rate=0.3), 7)
    spanned = last(descent.descend(network.anchor(w0, x).on_span(basis), y, learning_rate=0.3), 7)
    torch.testing.assert_close(network.from_span(spanned.dw, basis), whole.dw, **CLOSE)
    torch.testing.assert_close(spanned.df, whole.df, **CLOSE)


@pytest.mark.parametrize("parameterization", PARAMETERIZATIONS)
def test_the_linearised_network_follows_the_closed_form_of_its_kernel(parameterization):
    network, w0, x, y = small(parameterization)
    new = x[:2] + 0.5
    points = torch.cat([x, new])
    matrix = descent.kernel(network, w0, points).numpy()
    found = last(descent.descend(descent.Linearized(network, w0, x), y, learning_rate=0.2), 40)
    for member, each in enumerate(matrix):
        power = np.linalg.matrix_power(np.eye(6) - 0.2 / 6 * each[:6, :6], 40)
        np.testing.assert_allclose(found.df[member], (np.eye(6) - power) @ y.numpy(), rtol=1e-9)
        frozen = descent.Frozen.of(each[:6, :6], y.numpy(), learning_rate=0.2)
        np.testing.assert_allclose(frozen.outputs(each[:6, :6], 40), found.df[member], rtol=1e-8)
        assert frozen.loss(40) == pytest.approx(float(descent.loss_of(found.df[member], y)), rel=1e-8)
        beyond = descent.Linearized(network, w0, new).at(found.dw).f[member]
        np.testing.assert_allclose(frozen.outputs(each[6:, :6], 40), beyond, rtol=1e-7)


def test_a_frozen_kernel_stops_at_the_first_step_below_a_loss():
    generator = np.random.default_rng(1)
    x, y = generator.standard_normal((8, 5)), np.sign(generator.standard_normal(8))
    frozen = descent.Frozen.of(x @ x.T + np.eye(8), y, learning_rate=0.3)
    step = frozen.steps_to(0.1, most=10**6)
    assert frozen.loss(step) <= 0.1 < frozen.loss(step - 1)
    assert frozen.steps_to(0.1, most=step - 2) == step - 2
    # a null direction of the kernel: nothing moves along it, and nothing is divided by 0
    singular = descent.Frozen.of(np.outer(y, y), y, learning_rate=0.3)
    np.testing.assert_allclose(singular.outputs(np.outer(y, y), 10**4), y, rtol=1e-12)


def test_the_edge_parts_linear_descent_that_converges_from_one_that_does_not():
    network, w0, x, y = small("ntk")
    edge = descent.edge(descent.kernel(network, w0, x))
    linear = descent.Linearized(network, w0, x)
    below, above = (descent.loss_of(last(descent.descend(linear, y, learning_rate=r * edge), 200).df, y) for r in (0.99, 1.05))
    assert (below < 0.5).all()
    assert (above > 1e2).all()


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_measures_are_those_of_their_definitions(activation):
    network, w0, x, y = small("mup", activation=activation)
    dw = last(descent.descend(network.anchor(w0, x), y, learning_rate=0.3), 20).dw
    found = descent.measure(network, w0, dw, x)
    for member in range(3):
        layers = [tensors[member] for tensors in network.split(dw)]
        np.testing.assert_allclose(found.weights[member], [float(W.square().sum().sqrt()) for W in layers])
        hidden = [network.at(w[member : member + 1], x).inputs[-1][0] for w in (w0, w0 + dw)]
        change = (hidden[1] - hidden[0]).numpy()
        np.testing.assert_allclose(found.neuron[member], np.sqrt((change**2).mean()), rtol=1e-10)
        np.testing.assert_allclose(found.layer[member], np.sqrt((change**2).sum(1).mean()), rtol=1e-10)
        jacobians = [torch.func.jacrev(lambda w: network.outputs(w[None], x)[0])(w[member]) for w in (w0, w0 + dw)]
        theta = [J @ J.T for J in jacobians]
        wanted = float((theta[1] - theta[0]).norm() / theta[0].norm())
        assert float(found.kernel[member]) == pytest.approx(wanted, rel=1e-9)
        df = (network.outputs(w0 + dw, x) - network.outputs(w0, x))[member]
        assert float(found.taylor[member]) == pytest.approx(float((df - jacobians[0] @ dw[member]).norm() / df.norm()), rel=1e-8)
    torch.testing.assert_close(found.relative[:, 1], found.weights[:, 1] / network.split(w0)[1].flatten(1).norm(dim=1))


def test_mean_field_is_mup_with_other_units():
    found = {}
    for name in ("mup", "mean_field"):
        network, w0, x, y = small(name)
        moved = last(descent.descend(network.anchor(w0, x), y, learning_rate=0.3), 20)
        found[name] = moved.df, descent.measure(network, w0, moved.dw, x)
    torch.testing.assert_close(found["mup"][0], found["mean_field"][0], **CLOSE)
    torch.testing.assert_close(found["mup"][1].relative, found["mean_field"][1].relative, **CLOSE)
    torch.testing.assert_close(found["mup"][1].weights * 12**0.5, found["mean_field"][1].weights, **CLOSE)
