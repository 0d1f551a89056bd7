import mpmath
import pytest
import torch

from crossover import losses

MARGINS = torch.tensor([-1e4, -50.0, -2.0, -0.3, 0.0, 0.5, 0.99, 1.01, 1.5, 3.0, 50.0, 1e4], dtype=torch.float64)
HINGES = [("soft_hinge", {"beta": 1.0}), ("soft_hinge", {"beta": 5.0}), ("soft_hinge", {"beta": 20.0}), ("hinge", {})]
CHOICES = [*HINGES, ("quadratic_hinge", {}), ("squared", {})]


@pytest.mark.parametrize("beta", [1.0, 5.0, 20.0])
def test_the_soft_hinge_agrees_with_many_digits(beta):
    loss = losses.load("soft_hinge", beta=beta)
    with mpmath.workdps(60):
        margins = [mpmath.mpf(m) for m in MARGINS.tolist()]
        values = [float(mpmath.log1p(mpmath.exp(beta * (1 - m))) / beta) for m in margins]
        slopes = [-float(1 / (1 + mpmath.exp(-beta * (1 - m)))) for m in margins]
    # 1 - m rounds to 1e-16, which beta |1 - m| < 1000 enlarges where the loss is not yet 0
    torch.testing.assert_close(loss.value(MARGINS), torch.tensor(values, dtype=torch.float64), rtol=1e-12, atol=1e-300)
    torch.testing.assert_close(loss.derivative(MARGINS), torch.tensor(slopes, dtype=torch.float64), rtol=1e-12, atol=1e-300)


def test_the_hinge_is_the_distance_to_margin_1():
    loss = losses.load("hinge")
    margins = torch.tensor([-2.0, 0.0, 1.0, 4.0], dtype=torch.float64)
    assert loss.value(margins).tolist() == [3, 1, 0, 0]
    assert loss.derivative(margins).tolist() == [-1, -1, 0, 0]


@pytest.mark.parametrize(("name", "options"), CHOICES)
def test_the_derivative_is_that_of_the_value(name, options):
    m = MARGINS.clone().requires_grad_()
    loss = losses.load(name, **options)
    [derivative] = torch.autograd.grad(loss.value(m).sum(), m)
    # autograd takes another order of operations, some roundings
    torch.testing.assert_close(loss.derivative(MARGINS), derivative, rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize(
    ("name", "formula"), [("quadratic_hinge", lambda m: max(1 - m, 0) ** 2 / 2), ("squared", lambda m: (11 - 10 * m) ** 2 / 200)]
)
def test_the_quadratic_losses_are_their_formulas(name, formula):
    loss = losses.load(name)
    with mpmath.workdps(40):
        values = [float(formula(mpmath.mpf(m))) for m in MARGINS.tolist()]
        slopes = [float(mpmath.diff(formula, mpmath.mpf(m))) for m in MARGINS.tolist()]
    # 1.1 is rounded; roundings of a subtraction
    torch.testing.assert_close(loss.value(MARGINS), torch.tensor(values, dtype=torch.float64), rtol=1e-12, atol=1e-15)
    torch.testing.assert_close(loss.derivative(MARGINS), torch.tensor(slopes, dtype=torch.float64), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize(("name", "options"), CHOICES)
def test_a_loss_is_convex(name, options):
    loss, dense = losses.load(name, **options), torch.linspace(-3, 3, 2001, dtype=torch.float64)
    assert (loss.derivative(dense).diff() >= -1e-15).all()  # rounding of a slope that is constant
    value = loss.value(dense)
    chord = (value[:-2] + value[2:]) / 2
    assert (value[1:-1] <= chord + 1e-14).all()


def test_the_squared_loss_is_least_beyond_margin_1_and_the_quadratic_hinge_from_there_on():
    squared, quadratic = losses.load("squared"), losses.load("quadratic_hinge")
    margins = torch.tensor([0.99, 1.0, 1.1, 1.2], dtype=torch.float64)
    assert torch.sign(squared.derivative(margins)).tolist() == [-1, -1, 0, 1]
    assert torch.sign(quadratic.derivative(margins)).tolist() == [-1, 0, 0, 0]


@pytest.mark.parametrize(("name", "options"), HINGES)
def test_a_loss_falls_with_the_margin_and_keeps_shape_and_dtype(name, options):
    loss = losses.load(name, **options)
    margins = MARGINS.float().reshape(3, 4)
    value, slope = loss.value(margins), loss.derivative(margins)
    assert value.shape == slope.shape == (3, 4)
    assert value.dtype == slope.dtype == torch.float32
    assert torch.isfinite(value).all()
    assert ((slope >= -1) & (slope <= 0)).all()


def test_the_soft_hinge_lies_above_the_hinge_by_at_most_ln_2_over_beta():
    difference = losses.load("soft_hinge", beta=20.0).value(MARGINS) - losses.load("hinge").value(MARGINS)
    assert (difference >= 0).all()
    # values up to 1e4 are rounded to 2e-12
    assert difference.max() <= torch.log(torch.tensor(2.0)) / 20 + 2e-12
