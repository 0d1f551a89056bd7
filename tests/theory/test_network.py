import math

import numpy as np
import pytest
import torch
from mpmath import acos, mp, mpf, pi, sqrt

from crossover import activations, networks, ntk_terms
from crossover.theory import angles, normalized_ntk
from crossover.theory.network import kernels_at, limiting_ntk, ntk_diagonal

ROOT2 = math.sqrt(2)


def _truth(rho, a, b, depth, gain, bias):
    """Theta(x, x'), Theta(x, x), Theta(x', x') by the recursion as Appendix A writes it, 50 digits."""
    with mp.workdps(50):
        rho, a, b, half, square = mpf(rho), mpf(a), mpf(b), mpf(gain) ** 2 / 2, mpf(bias) ** 2
        sigma = [sqrt(a * b) * rho + square, a + square, b + square]
        theta = list(sigma)
        for _ in range(depth - 1):
            root = sqrt(sigma[1] * sigma[2])
            rho = min(sigma[0] / root, mpf(1))
            slopes = half * (1 - acos(rho) / pi)
            product = half * root * (sqrt(1 - rho**2) + rho * (pi - acos(rho))) / pi
            sigma = [product + square, half * sigma[1] + square, half * sigma[2] + square]
            theta = [slopes * theta[0] + sigma[0], half * theta[1] + sigma[1], half * theta[2] + sigma[2]]
        return [float(value) for value in theta]


@pytest.mark.parametrize("gain", [1.0, ROOT2])
@pytest.mark.parametrize("bias", [0.0, 0.1, 1.0])
@pytest.mark.parametrize("depth", [1, 2, 5, 60])
def test_kernels_with_biases_are_those_of_fifty_digits(gain, bias, depth):
    for rho in ("-0.8", "0", "0.6", "0.9999", "1"):
        for a, b in ((1.0, 1.0), (0.3, 2.5)):
            wanted = _truth(rho, a, b, depth, gain, bias)
            found = kernels_at(math.acos(float(rho)), a, b, depth, gain=gain, bias=bias)
            # 1e-12: arccos of 0.9999 has lost four digits of 16
            np.testing.assert_allclose([found.theta, found.theta_x, found.theta_y], wanted, rtol=1e-11, atol=1e-15)


@pytest.mark.parametrize("gain", [1.0, ROOT2])
@pytest.mark.parametrize("depth", [1, 2, 6])
def test_without_biases_the_kernel_is_homogeneous(gain, depth):
    generator = np.random.default_rng(0)
    x, y = generator.standard_normal((4, 3)), generator.standard_normal((5, 3)) * 2
    squares = [(each**2).sum(1) / 3 for each in (x, y)]
    found = kernels_at(angles(x, y), squares[0][:, None], squares[1], depth, gain=gain, bias=0.0)
    np.testing.assert_allclose(limiting_ntk(x, y, depth, gain=gain), found.theta, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(found.normalized, normalized_ntk(angles(x, y), depth), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(limiting_ntk(3 * x, y, depth, gain=gain), 3 * found.theta, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(found.theta_x, squares[0][:, None] * ntk_diagonal(depth, gain=gain), rtol=1e-13)


def test_the_diagonal_of_proposition_1():
    for depth in (1, 2, 3, 10):
        kernels = kernels_at(0.0, 1.0, 1.0, depth, gain=1.0, bias=0.0)
        assert float(kernels.sigma_x) == float(kernels.sigma) == 2.0 ** (1 - depth)
        assert float(kernels.slopes(gain=1.0)) == 0.5
        assert ntk_diagonal(depth, gain=1.0) == depth * 2.0 ** (1 - depth)
    assert ntk_diagonal(7, gain=ROOT2) == pytest.approx(7, rel=1e-14)


@pytest.mark.parametrize("bias", [0.0, 0.7])
def test_wide_networks_have_the_analytic_kernel(bias):
    h, hidden, d = 2000, 2, 6
    generator = np.random.default_rng(1)
    x = torch.from_numpy(generator.standard_normal((8, d)))
    network = networks.load("fc", d=d, h=h, L=hidden, activation=activations.load("relu"), bias=bias)
    w = torch.from_numpy(generator.standard_normal(sum(math.prod(shape) for shape in network.shapes)))
    terms = network.kernel_terms(w, x)
    squares = (x.numpy() ** 2).sum(1) / d
    analytic = kernels_at(angles(x, x), squares[:, None], squares, hidden + 1, gain=ROOT2, bias=bias).theta
    if bias:  # the readout of the package's networks has none
        analytic = analytic - bias**2
    # at width 2000 the deviation is some 5 percent (section 8 of the specification: 0.053 at 4096, 0.076 at 1024)
    deviation = np.linalg.norm(ntk_terms.gram(terms, terms).numpy() - analytic) / np.linalg.norm(analytic)
    assert deviation < 0.12


def test_plain_relu_with_biases_becomes_singular_and_with_gain_root_2_does_not():
    def of(depth, gain, square):
        return float(kernels_at(math.pi / 2, 1.0, 1.0, depth, gain=gain, bias=math.sqrt(square)).normalized)

    assert of(30, 1.0, 0.01) == pytest.approx(0.99986, abs=5e-6)
    limit = kernels_at(0.0, 1.0, 1.0, 200, gain=1.0, bias=0.1)
    np.testing.assert_allclose([limit.sigma_x, limit.theta_x], [2 * 0.01, 4 * 0.01], rtol=1e-12)
    assert of(1000, ROOT2, 1.0) == pytest.approx(0.5928, abs=5e-5)
    assert of(10_000, ROOT2, 1.0) == pytest.approx(0.5785, abs=5e-5)
    # theta = 3 pi / (2 L) up to ln L / L, whose factor is of order 10
    turns = [
        float(kernels_at(math.pi / 2, 1.0, 1.0, L, gain=ROOT2, bias=1.0).angle) * L / (1.5 * math.pi) for L in (1000, 10_000)
    ]
    assert turns[0] < turns[1] < 1
    assert turns[1] == pytest.approx(1, abs=0.03)
