"""Points of the plane of sqrt(h) alpha and h: windows, ranges, and slopes over them."""

from collections.abc import Callable

import numpy as np

from crossover.claims.estimators import slope
from crossover.claims.evidence import Evidence, Measured


def decades(evidence: Evidence, inside: np.ndarray) -> float:
    """Longest range of sqrt(h) alpha, in decades, that one width has among the points inside, (h, sqrt_h_alpha)."""
    ranges = [np.log10(evidence.a[row].max() / evidence.a[row].min()) for row in inside if row.any()]
    return float(max(ranges, default=0.0)) + 1e-9  # 0.1 to 10 is two decades, whatever the rounding


def between(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """Which values lie between the ends, the ends included whatever their rounding."""
    return (values >= low * (1 - 1e-9)) & (values <= high * (1 + 1e-9))


def grid(evidence: Evidence) -> tuple[np.ndarray, np.ndarray]:
    """log10 sqrt(h) alpha and log10 h of each point, both (h, sqrt_h_alpha)."""
    return np.meshgrid(np.log10(evidence.a), np.log10(evidence.h))


def common_slope(
    evidence: Evidence,
    name: str,
    inside: np.ndarray,
    x: np.ndarray,
    groups: np.ndarray,
    transform: Callable[[np.ndarray], np.ndarray] = np.log10,
) -> Measured:
    """Measure the common slope of ``transform(observable)`` on x over the points inside; all (h, sqrt_h_alpha)."""
    return evidence.measure(lambda values: slope(x[inside], transform(values[name][:, inside]), groups[inside]))
