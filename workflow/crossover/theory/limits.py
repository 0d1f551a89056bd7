"""What the normalized kernel and its predictions become at large depth (Theorems 2 and 3, Corollary 1).

With y = 3 pi / theta^(l) a layer of kappa1 is ``y' = y + 1 + 3 / (2 y) + (5/2 + 3 pi^2 / 5) / y^2 + O(y^-3)``, so that
``y = l + 3/2 ln l + C + o(1)`` with a constant C of the first angle.
"""

import numpy as np

from crossover.theory.relu import checked, correlation_angle

OFF_DIAGONAL = 0.25  # the limit of K_L at every angle but 0
HALF_HEIGHT = 0.625  # half way from 1, its value at angle 0, to the limit
RATE = 0.375  # of its approach: L (K_L - 1/4) / ln L tends to it at every angle
# Of y - 3/2 ln y + SECOND / y, which grows by 1 + O(y^-3) in a layer.
SECOND = 1 + 3 * np.pi**2 / 5
LAYERS = 2000  # behind them that sum is l + C up to 1e-6


def logarithmic_constant(angle: np.ndarray) -> np.ndarray:
    """The constant C of ``theta^(L) = 3 pi / (L + 3/2 ln L + C + o(1))``, of first angles in (0, pi], any shape.

    About 3 pi / theta for small angles. Raises what `relu.normalized_ntk` does.
    """
    y = 3 * np.pi / correlation_angle(angle, LAYERS)
    return y - 1.5 * np.log(y) + SECOND / y - LAYERS


def expansion(angle: np.ndarray, weight_layers: int) -> np.ndarray:
    """``K_L = 1/4 + (3/8 ln L + C/4 - 1/8) / L`` up to o(1/L), of angles in (0, pi], any shape (Theorem 2 with its constant)."""
    constant = logarithmic_constant(angle)
    return OFF_DIAGONAL + (RATE * np.log(weight_layers) + constant / 4 - 1 / 8) / weight_layers


def joint_limit(u: np.ndarray) -> np.ndarray:
    """K_L for large L at fixed ``u = L theta / (3 pi)``: ``F = ((1 + u)^4 - 1) / (4 u (1 + u)^3)``, 1 at 0, 1/4 far out."""
    u = np.asarray(u, dtype=np.float64)
    return (4 + u * (6 + u * (4 + u))) / (4 * (1 + u) ** 3)


def characteristic_depth(angle: np.ndarray) -> np.ndarray:
    """The depth 3 pi / theta, about ``6.66 / sqrt(1 - rho)``, beyond which K_L nears its limit (Corollary 1)."""
    return 3 * np.pi / checked(angle, 1)


def trivial_factor(time: float) -> float:
    """The n - 1 equal eigenvalues of A_t for the limit ``K = 3/4 + 1/4 1 1^T``: ``4/3 (1 - exp(-3 t / 4))``."""
    return -4 / 3 * np.expm1(-0.75 * time)


def trivial_projection(n: int, time: float) -> float:
    """Each of the n equal entries of P_t(x) far from all points, at infinite depth: ``(1 - exp(-t (n + 3) / 4)) / (n + 3)``."""
    return -np.expm1(-time * (n + 3) / 4) / (n + 3)
