"""Hyperbolic tangent ``a tanh(x)``."""

import math

import torch
from torch import Tensor

from crossover.activations import Activation, Parts
from crossover.activations.gain import unit_gain

FAR = 1.0  # |dp| from which values are subtracted: the difference is then as large as they are


def make(*, gain: float | None = None) -> Activation:
    """tanh; ``gain`` is `unit_gain` (1.5925) unless a reference file brings its own."""
    gain = unit_gain(math.tanh) if gain is None else gain

    def value_and_slope(p: Tensor) -> tuple[Tensor, Tensor]:
        t = torch.tanh(p)
        return gain * t, gain * (1 - t * t)

    def parts(p0: Tensor) -> Parts:
        e = torch.exp(-2 * p0.abs())
        return p0, torch.tanh(p0), 4 * e / (1 + e) ** 2  # 1 / cosh(p0)^2

    def difference_and_slope(parts: Parts, dp: Tensor) -> tuple[Tensor, Tensor]:
        # tanh(p0 + dp) - tanh(p0) = (1 - tanh(p0)^2) tanh(dp) / (1 + tanh(p0) tanh(dp))
        p0, t0, slope0 = parts
        t = torch.tanh(dp)
        difference = slope0 * t / (1 + t0 * t)
        far = dp.abs() > FAR
        if far.any():
            difference = torch.where(far, torch.tanh(p0 + dp) - t0, difference)
        t = t0 + difference
        return gain * difference, gain * (1 - t * t)

    return Activation(value_and_slope, parts, difference_and_slope)
