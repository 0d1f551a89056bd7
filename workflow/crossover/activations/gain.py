"""The scale that keeps the variance of preactivations at 1."""

import math
from collections.abc import Callable

from scipy.integrate import quad


def unit_gain(act: Callable[[float], float]) -> float:
    """The ``a`` with ``E[(a act(N(0, 1)))^2] = 1`` (Section 2), by quadrature on both sides of 0, where activations bend."""

    def integrand(x: float) -> float:
        return act(x) ** 2 * math.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)

    # beyond 40 the Gaussian is 0 in double precision
    second_moment = sum(quad(integrand, low, high, epsabs=0, epsrel=1e-13)[0] for low, high in ((-40.0, 0.0), (0.0, 40.0)))
    return second_moment**-0.5
