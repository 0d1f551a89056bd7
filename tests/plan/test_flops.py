"""Multiplications and additions: counted by hand, and against what the networks themselves count."""

from math import prod

import pytest

from crossover import activations, networks
from crossover.plan.flops import Shape

SOFTPLUS = {"name": "softplus", "beta": 5.0}
IMAGE = (1, 28, 28)


def test_a_network_of_vectors_counted_by_hand():
    d, h, L, n = 5, 3, 2, 7
    counted = Shape({"architecture": "fc", "bias": 0}, d, h, L).flops(n)
    # products of matrices, a multiplication and an addition each: about an anchor W0 x has one product (dW x), a hidden layer two
    # (z dW, dz W0), the readout two; then the deltas of a hidden layer, and a gradient for each layer
    forward = n * d * h + 2 * n * h * h + 2 * n * h
    backward = n * h * h + (n * d * h + n * h * h + n * h)
    assert counted.evaluation == 2 * (forward + backward)
    # Gram matrices of z and of deltas in each of two hidden layers, n^2 h each; the deltas
    assert counted.kernel == 2 * (4 * n * n * h) + 2 * n * h * h
    assert counted.activations == n * h * L


@pytest.mark.parametrize(
    ("architecture", "h", "L", "bias"),
    [
        ("fc", 6, 1, 0.0),
        ("fc", 16, 3, 0.0),
        ("fc", 5, 9, 0.1),
        ("cnn", 4, 4, None),
        ("cnn", 7, 2, None),
        ("wide_resnet", 8, 7, None),
    ],
)
def test_what_is_counted_without_a_network_is_what_the_network_counts(architecture, h, L, bias):
    options = {"d": 784, "bias": bias} if architecture == "fc" else {"image_shape": IMAGE}
    network = networks.load(architecture, h=h, L=L, activation=activations.load(**SOFTPLUS), **options)
    shape = Shape({"architecture": architecture, "bias": bias}, 784, h, L, None if architecture == "fc" else IMAGE)
    assert shape.flops(11) == pytest.approx(network.flops(11))
    assert shape.weights == sum(map(prod, network.shapes))


def test_training_is_counted_in_the_span_of_the_inputs():
    shape = Shape({"architecture": "fc", "bias": 0}, 784, 4, 2)
    assert shape.on_span(10).d == 10
    assert shape.on_span(1000) == shape
