"""The recursion of Proposition 5 as it stands, in mpmath with more digits than it loses."""

from collections.abc import Iterator

from mpmath import acos, mp, mpf, pi, sqrt

DIGITS = 50  # 1 - rho falls as 1 / L^2, so at L = 10^6 less than 15 of them are lost


def profile(rho) -> Iterator[tuple]:
    """``1 - rho^(L)`` and K_L for L = 1, 2, ... from a first correlation."""
    with mp.workdps(DIGITS):
        rho = mpf(rho)
        kernel, layers = rho, 1
        while True:
            yield 1 - rho, kernel
            kappa0 = 1 - acos(rho) / pi
            rho = (sqrt(1 - rho**2) + rho * (pi - acos(rho))) / pi
            kernel = (layers * kappa0 * kernel + rho) / (layers + 1)
            layers += 1
