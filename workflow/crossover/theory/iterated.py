"""Kernels by iteration of a function of the correlation (Proposition 8): ``K^(1) = x.x'``, ``K^(L+1) = phi(K^(L))``.

What the paper asks of phi: increasing, phi(1) = 1, slope below 1 inside, analytic, infinitely many positive Taylor coefficients
of even and of odd order (which kappa0 and kappa1 do not have). Each phi here is written as ``1 - phi(1 - e)``.
"""

import numpy as np

from crossover.theory.relu import checked, complement_of

PHI = {
    "exponential": lambda e: -np.expm1(-e),  # phi(s) = exp(s - 1); 1 - K falls as 2 / L
    "geometric": lambda e: e / (1 + e),  # phi(s) = 1 / (2 - s); 1 / (1 - K) grows by 1 in a layer
}


def iterated_complement(angle: np.ndarray, weight_layers: int, *, phi: str) -> np.ndarray:
    """``1 - K^(L)`` on the unit sphere for all L of 1, ..., ``weight_layers``, shape (weight_layers, *angle.shape).

    phi : a name in `PHI`. Raises ValueError where it is none, and what `relu.normalized_ntk` does.
    """
    if phi not in PHI:
        raise ValueError(f"`phi` is {phi!r}, known are {', '.join(PHI)}")
    found = [complement_of(checked(angle, weight_layers))]
    for _ in range(weight_layers - 1):
        found.append(PHI[phi](found[-1]))
    return np.stack(found)
