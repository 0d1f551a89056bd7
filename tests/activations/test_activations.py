import math

import mpmath
import pytest
import torch

from crossover import activations
from crossover.activations.gain import unit_gain

CHOICES = [("softplus", {"beta": 5.0}), ("softplus", {"beta": 1.0}), ("softplus", {"beta": 20.0}), ("relu", {}), ("tanh", {})]


def _points() -> torch.Tensor:
    return torch.cat([torch.linspace(-6, 6, 240), torch.tensor([-1e4, -300.0, 300.0, 1e4])]).double()  # 0 is not among them


def test_the_gain_of_softplus_is_the_number_of_the_article():
    slope = activations.load("softplus", beta=5.0).value_and_slope(torch.tensor([1e4], dtype=torch.float64))[1]
    # the digits given
    assert float(slope) == pytest.approx(1.40438334763187, abs=5e-15)


@pytest.mark.parametrize(
    ("act", "exact"),
    [
        (lambda x: max(x, 0), mpmath.sqrt(2)),
        (lambda x: abs(x), 1),
        (lambda x: x**2, 1 / mpmath.sqrt(3)),
        (math.sin, mpmath.sqrt(2 / (1 - mpmath.exp(-2)))),
    ],
    ids=["relu", "modulus", "square", "sine"],
)
def test_unit_gains_that_are_known(act, exact):
    assert unit_gain(act) == pytest.approx(float(exact), rel=1e-13)


def test_the_gain_of_tanh():
    gain = float(activations.load("tanh").value_and_slope(torch.tensor([50.0], dtype=torch.float64))[0])
    assert gain == pytest.approx(1.5925374197228, abs=1e-13)  # the digits given
    with mpmath.workdps(30):
        second_moment = mpmath.quad(lambda x: mpmath.tanh(x) ** 2 * mpmath.npdf(x), [-20, -5, 0, 5, 20])
        assert gain == pytest.approx(float(1 / mpmath.sqrt(second_moment)), rel=1e-14)


@pytest.mark.parametrize(("name", "options"), CHOICES)
def test_the_second_moment_over_a_standard_normal_is_1(name, options):
    activation = activations.load(name, **options)

    def integrand(x):
        value = float(activation.value_and_slope(torch.tensor(float(x), dtype=torch.float64))[0])
        return value**2 * mpmath.npdf(x)

    moment = mpmath.quad(integrand, [-12, -6, -3, -1, 0, 1, 3, 6, 12])
    # both quadratures are good to about 1e-14
    assert float(moment) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("beta", [1.0, 5.0, 20.0])
def test_softplus_agrees_with_many_digits(beta):
    x = torch.tensor([-30.0, -2.0, -0.1, 0.0, 0.1, 2.0, 30.0], dtype=torch.float64)
    value, slope = activations.load("softplus", beta=beta, gain=1.0).value_and_slope(x)
    with mpmath.workdps(40):
        values = [float(mpmath.log1p(mpmath.exp(beta * v)) / beta) for v in x.tolist()]
        slopes = [float(1 / (1 + mpmath.exp(-beta * v))) for v in x.tolist()]
    # a few roundings of a double
    torch.testing.assert_close(value, torch.tensor(values, dtype=torch.float64), rtol=1e-14, atol=0)
    torch.testing.assert_close(slope, torch.tensor(slopes, dtype=torch.float64), rtol=1e-14, atol=0)


@pytest.mark.parametrize(("name", "options"), CHOICES)
def test_the_slope_is_the_derivative_of_the_value(name, options):
    x = _points().requires_grad_()
    value, slope = activations.load(name, **options).value_and_slope(x)
    [derivative] = torch.autograd.grad(value.sum(), x)
    # autograd goes through log1p and exp in another order: some roundings; the slope of tanh is 1 less its square
    atol = 1e-15 if name == "tanh" else 1e-300
    torch.testing.assert_close(slope.detach(), derivative, rtol=1e-12, atol=atol)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(("name", "options"), CHOICES)
def test_nothing_overflows_far_from_zero_and_the_dtype_is_kept(name, options, dtype):
    value, slope = activations.load(name, **options).value_and_slope(torch.tensor([-1e4, 1e4], dtype=dtype))
    assert value.dtype == slope.dtype == dtype
    if name == "tanh":
        assert value.tolist() == [-value[1], value[1]]
        assert slope.tolist() == [0, 0]
        return
    gain = float(slope[1])
    assert slope[0] == 0
    assert value[0] == 0
    # one product in float32
    assert float(value[1]) == pytest.approx(gain * 1e4, rel=1e-6)


def test_relu_has_gain_root_two_and_slope_zero_at_zero():
    value, slope = activations.load("relu").value_and_slope(torch.tensor([-1.0, 0.0, 3.0], dtype=torch.float64))
    assert value.tolist() == [0, 0, 3 * math.sqrt(2)]
    assert slope.tolist() == [0, 0, math.sqrt(2)]
