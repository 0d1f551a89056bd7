"""Softplus ``a ln(1 + exp(beta x)) / beta`` (Eq. 10)."""

import math

import torch
from scipy.integrate import quad
from torch import Tensor

from crossover.activations import Activation


def unit_gain(beta: float) -> float:
    """The ``a`` with ``E[act(N(0, 1))^2] = 1``, by quadrature; 1.40438334763187 for beta = 5."""

    def integrand(x: float) -> float:
        softplus = max(x, 0.0) + math.log1p(math.exp(-abs(beta * x))) / beta
        return softplus**2 * math.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)

    # the softplus bends on the scale 1/beta at 0; beyond 40 the Gaussian is 0 in double precision
    second_moment = sum(quad(integrand, low, high, epsabs=0, epsrel=1e-13)[0] for low, high in ((-40.0, 0.0), (0.0, 40.0)))
    return second_moment**-0.5


def make(*, beta: float, gain: float | None = None) -> Activation:
    """Softplus of sharpness ``beta``; ``gain`` is `unit_gain` unless a reference file brings its own."""
    gain = unit_gain(beta) if gain is None else gain

    def value_and_slope(p: Tensor) -> tuple[Tensor, Tensor]:
        e = torch.exp(-beta * p.abs())  # in (0, 1]: neither overflows
        value = (gain / beta) * torch.log1p(e) + gain * p.clamp_min(0)
        slope = gain * torch.where(p >= 0, 1.0, e) / (1 + e)
        return value, slope

    return Activation(value_and_slope)
