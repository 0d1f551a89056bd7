"""Differences of activations against many digits, over all sizes of preactivations and of their changes."""

import math

import mpmath
import pytest
import torch

from crossover import activations

CHOICES = [
    ("softplus", {"beta": 1.0}),
    ("softplus", {"beta": 5.0}),
    ("softplus", {"beta": 20.0}),
    ("relu", {}),
    ("tanh", {}),
]
every_choice = pytest.mark.parametrize(
    ("name", "options"), CHOICES, ids=["softplus-1", "softplus-5", "softplus-20", "relu", "tanh"]
)
every_dtype = pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=["float64", "float32"])
SIZES = [1e-9, 1e-6, 1e-3, 0.02, 0.1, 0.3, 0.7, 1.0, 1.5, 4.0, 20.0, 100.0, 300.0]
STARTS = [0.0, 1e-4, 0.01, 0.11, 0.37, 1.0, 2.3, 4.5, 9.0, 30.0, 90.0, 300.0]
DIGITS = 60  # values of up to 600 are subtracted, whose differences are known to 1e-9 eps at least


def pairs(dtype) -> tuple[torch.Tensor, torch.Tensor]:
    """All starts with all changes, of both signs; shape (point,)."""
    starts, sizes = torch.tensor(STARTS, dtype=dtype), torch.tensor(SIZES, dtype=dtype)
    grid = torch.cartesian_prod(torch.cat([-starts, starts]), torch.cat([-sizes, sizes]))
    return grid[:, 0].contiguous(), grid[:, 1].contiguous()


def exact(name: str, options: dict, p0: float, dp: float) -> tuple[float, float]:
    """Difference and slope of the activation with gain 1."""
    with mpmath.workdps(DIGITS):
        end = mpmath.mpf(p0) + mpmath.mpf(dp)
        if name == "relu":
            return float(max(end, 0) - max(mpmath.mpf(p0), 0)), float(end > 0)
        if name == "tanh":
            return float(mpmath.tanh(end) - mpmath.tanh(p0)), float(mpmath.sech(end) ** 2)
        beta = options["beta"]

        def value(p):
            return max(p, 0) + mpmath.log1p(mpmath.exp(-abs(beta * p))) / beta

        return float(value(end) - value(mpmath.mpf(p0))), float(1 / (1 + mpmath.exp(-beta * end)))


def found(name: str, options: dict, p0: torch.Tensor, dp: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    activation = activations.load(name, gain=1.0, **options)
    return activation.difference_and_slope(activation.parts(p0), dp)


@every_dtype
@every_choice
def test_differences_have_the_precision_of_the_change(name, options, dtype):
    p0, dp = pairs(dtype)
    difference, slope = found(name, options, p0, dp)
    assert difference.dtype == slope.dtype == dtype
    assert torch.isfinite(difference).all()
    assert torch.isfinite(slope).all()
    eps = torch.finfo(dtype).eps
    truth = [exact(name, options, *pair) for pair in zip(p0.tolist(), dp.tolist(), strict=True)]
    for k, (wanted, wanted_slope) in enumerate(truth):
        where = (p0[k], dp[k])
        # a few roundings, relative to dp; the slope is at most 1
        assert abs(float(difference[k]) - wanted) <= 8 * eps * abs(float(dp[k])), where
        # a slope turns over 1 / beta; p0 + dp is rounded before it is taken
        rounded = eps * (abs(float(p0[k])) + abs(float(dp[k])))
        assert abs(float(slope[k]) - wanted_slope) <= 8 * eps + 2 * options.get("beta", 1.0) * rounded, where


@every_choice
def test_small_changes_have_the_precision_of_the_difference(name, options):
    """Around 0, where neither the activation nor its slope is flat."""
    for dtype in (torch.float64, torch.float32):
        p0 = torch.tensor([0.11, -0.11, 0.6, -0.6], dtype=dtype).repeat_interleave(6)
        dp = torch.tensor([1e-9, -1e-9, 1e-5, -1e-5, 0.01, -0.01], dtype=dtype).repeat(4)
        difference, _ = found(name, options, p0, dp)
        wanted = [exact(name, options, *pair)[0] for pair in zip(p0.tolist(), dp.tolist(), strict=True)]
        # an exponential of up to 20 * 0.6, to its relative precision
        torch.testing.assert_close(
            difference.double(), torch.tensor(wanted, dtype=torch.float64), rtol=32 * torch.finfo(dtype).eps, atol=0
        )


@every_dtype
@pytest.mark.parametrize("beta", [1.0, 5.0, 20.0])
def test_from_where_the_slope_of_softplus_underflows_to_where_it_does_not(beta, dtype):
    """exp(beta p0) is under the least number of the dtype, exp(beta dp) still finite."""
    lowest = math.log(torch.finfo(dtype).tiny)
    span = torch.cartesian_prod(torch.linspace(-20, 4, 49), torch.linspace(-20, 4, 49)).double()
    p0, dp = ((lowest + span[:, 0]) / beta).to(dtype), ((-lowest + span[:, 1]) / beta).to(dtype)
    difference, slope = found("softplus", {"beta": beta}, p0, dp)
    truth = [exact("softplus", {"beta": beta}, *pair) for pair in zip(p0.tolist(), dp.tolist(), strict=True)]
    wanted, wanted_slope = torch.tensor(truth, dtype=torch.float64).T
    eps = torch.finfo(dtype).eps
    assert ((difference - wanted).abs() <= 8 * eps * dp.abs()).all()
    assert ((slope - wanted_slope).abs() <= 8 * eps + 2 * beta * eps * (p0.abs() + dp.abs())).all()


@every_choice
def test_plain_differences_in_float32_would_not_do(name, options):
    """What the parts are for: this fails where they are not used."""
    activation = activations.load(name, gain=1.0, **options)
    p0, dp = torch.tensor([0.6]), torch.tensor([1e-9])
    plain = activation.value_and_slope(p0 + dp)[0] - activation.value_and_slope(p0)[0]
    wanted = exact(name, options, float(p0), float(dp))[0]
    assert abs(float(plain) - wanted) > 0.5 * wanted
    assert float(found(name, options, p0, dp)[0]) == pytest.approx(wanted, rel=1e-5)


@every_dtype
@every_choice
def test_a_difference_and_its_slope_are_those_of_the_activation(name, options, dtype):
    """With the gain that the activation has by itself."""
    activation = activations.load(name, **options)
    generator = torch.Generator().manual_seed(0)
    p0, dp = torch.randn(2, 4, 50, generator=generator, dtype=torch.float64).to(dtype)
    for scale in (1.0, 10.0, 100.0):
        difference, slope = activation.difference_and_slope(activation.parts(p0), scale * dp)
        start, (end, end_slope) = activation.value_and_slope(p0)[0], activation.value_and_slope(p0 + scale * dp)
        # both have roundings of their values; a slope those of p times its bend
        eps = torch.finfo(dtype).eps
        torch.testing.assert_close(difference, end - start, rtol=0, atol=16 * eps * max(1.0, scale * float(dp.abs().max())))
        torch.testing.assert_close(slope, end_slope, rtol=0, atol=64 * eps * max(1.0, scale))


@every_dtype
@every_choice
def test_no_change_is_no_difference(name, options, dtype):
    p0, _ = pairs(dtype)
    difference, slope = found(name, options, p0, torch.zeros_like(p0))
    assert (difference == 0).all()
    plain = activations.load(name, gain=1.0, **options).value_and_slope(p0)[1]
    torch.testing.assert_close(slope, plain, rtol=0, atol=4 * torch.finfo(dtype).eps)


@every_choice
def test_what_is_not_finite_stays_so_and_spares_its_neighbours(name, options):
    p0, dp = torch.tensor([0.5, 0.5, 0.5, 0.5]).double(), torch.tensor([0.1, torch.nan, 0.1, 600.0]).double()
    difference, _ = found(name, options, p0, dp)
    assert difference.isnan().tolist() == [False, True, False, False]
    alone, _ = found(name, options, p0[:1], dp[:1])
    assert difference[0] == difference[2] == alone[0]


@every_dtype
def test_a_neighbour_that_diverged_or_lies_far_changes_no_bit(dtype):
    activation = activations.load("softplus", beta=5.0)
    p0, dp = torch.tensor([-1.0, 1.0, -0.3], dtype=dtype), torch.tensor([1e3, -1e3, 0.2], dtype=dtype)
    alone = [
        torch.cat(part)
        for part in zip(
            *(activation.difference_and_slope(activation.parts(a[None]), b[None]) for a, b in zip(p0, dp, strict=True)),
            strict=True,
        )
    ]
    p0, dp = (
        torch.cat([p0, torch.tensor([0.5, -40.0], dtype=dtype)]),
        torch.cat([dp, torch.tensor([torch.nan, 3.0], dtype=dtype)]),
    )
    together = activation.difference_and_slope(activation.parts(p0), dp)
    for found, wanted in zip(together, alone, strict=True):
        assert found[:3].tolist() == wanted.tolist()
    assert together[0][3].isnan()
