"""How close n points drawn uniformly from the unit sphere of R^d come (Proposition 7; Cai, Fan and Jiang 2013)."""

import numpy as np
from scipy.special import betainc, gammaln


def angle_density(angle: np.ndarray, d: int) -> np.ndarray:
    """Density of the angle between two points, ``Gamma(d/2) / (sqrt(pi) Gamma((d-1)/2)) sin^(d-2)``; any shape."""
    return _ratio(d) * np.sin(angle) ** (d - 2)


def _ratio(d: int) -> float:
    return np.exp(gammaln(d / 2) - gammaln((d - 1) / 2)) / np.sqrt(np.pi)


def angle_probability(angle: np.ndarray, d: int) -> np.ndarray:
    """The probability that two points are within an angle: the integral of `angle_density` from 0; any shape."""
    angle = np.asarray(angle, dtype=np.float64)
    within = betainc((d - 1) / 2, 0.5, np.sin(angle) ** 2) / 2
    return np.where(angle <= np.pi / 2, within, 1 - within)


def union_bound(angle: np.ndarray, n: int, d: int) -> np.ndarray:
    """The bound ``n (n-1) / 2`` times `angle_probability` on the probability that some pair of n is within an angle."""
    return n * (n - 1) / 2 * angle_probability(angle, d)


def power_bound(angle: np.ndarray, n: int, d: int) -> np.ndarray:
    """Proposition 7's bound, above `union_bound` as sin is below the angle: ``n (n-1) / 2 h angle^(d-1) / (d-1)``.

    With h the factor of `angle_density`.
    """
    return n * (n - 1) / 2 * _ratio(d) * np.asarray(angle) ** (d - 1) / (d - 1)


def safe_angle(probability: float, n: int, d: int) -> float:
    """The angle at which `power_bound` is ``probability``: no pair of n is closer, but with that probability (Example 2)."""
    return float((2 * probability * (d - 1) / (n * (n - 1) * _ratio(d))) ** (1 / (d - 1)))


def smallest_angle_probability(angle: np.ndarray, n: int, d: int) -> np.ndarray:
    """For large n, the probability that the smallest angle of n points is below an angle (Cai et al., Theorem 2).

    ``1 - exp(-k y^(d-1))``, ``y = angle n^(2/(d-1))``, ``k = Gamma(d/2) / (4 sqrt(pi) Gamma((d+1)/2))``.
    """
    return -np.expm1(-_rate(d) * n**2 * np.asarray(angle) ** (d - 1))


def _rate(d: int) -> float:
    return np.exp(gammaln(d / 2) - gammaln((d + 1) / 2)) / (4 * np.sqrt(np.pi))


def growth_exponent(d: int) -> float:
    """The exponent 2 / (d-1) with which 1 / (smallest angle), and so the depth that keeps K_L expressive, grows in n."""
    return 2 / (d - 1)


def median_smallest_angle(n: int, d: int) -> float:
    """The angle at which `smallest_angle_probability` is 1/2."""
    return float((np.log(2) / _rate(d) / n**2) ** (1 / (d - 1)))
