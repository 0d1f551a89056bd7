"""The normalized kernel of one depth as a spline: a matrix of it costs the same whatever the depth."""

from typing import NamedTuple

import numpy as np
from scipy.interpolate import CubicSpline

from crossover.theory.relu import checked, normalized_ntk

INTERVALS = 4096
BLOCK = 2**14  # angles at once: their arrays stay in the cache


class TabulatedKernel(NamedTuple):
    """A cubic spline of K_L on a uniform grid of ``log(1 + theta / scale)``.

    K_L varies over angles of 3 pi / L, the scale, and, little, over angles of order 1: the logarithm resolves both at any depth.

    coefficients : (4, INTERVALS), of powers 3 to 0 of the place in an interval, which runs from 0 to 1.
    """

    weight_layers: int
    scale: float
    coefficients: np.ndarray

    def __call__(self, angle: np.ndarray) -> np.ndarray:
        """K_L of angles of any shape, radians in [0, pi]; takes and raises what `relu.normalized_ntk` does."""
        angle = checked(angle, self.weight_layers)
        flat, found = angle.ravel(), np.empty(angle.size)
        for start in range(0, angle.size, BLOCK):
            block = slice(start, start + BLOCK)
            found[block] = self._block(flat[block])
        return found.reshape(angle.shape)

    def _block(self, angle: np.ndarray) -> np.ndarray:
        """Horner's rule with the interval from the place on the grid: ten times as fast as scipy's search for it."""
        place = np.log1p(angle / self.scale) * (INTERVALS / np.log1p(np.pi / self.scale))
        interval = np.minimum(place.astype(np.intp), INTERVALS - 1)
        place -= interval
        value = self.coefficients[0].take(interval)
        for coefficients in self.coefficients[1:]:
            value *= place
            value += coefficients.take(interval)
        return value


def tabulated_ntk(weight_layers: int) -> TabulatedKernel:
    """An interpolant of `relu.normalized_ntk` at a depth; call it with angles of any shape.

    Its absolute error, largest over all angles, is below 1e-12 for L <= 10, 1e-10 for L <= 100, 5e-9 for L <= 1000
    and 5e-8 for L <= 10^4; at angle 0 it is exact.

    Raises
    ------
    ValueError
        When ``weight_layers`` is no integer above 0.
    """
    checked(np.zeros(0), weight_layers)
    scale = 3 * np.pi / weight_layers
    nodes = np.minimum(scale * np.expm1(np.linspace(0, np.log1p(np.pi / scale), INTERVALS + 1)), np.pi)
    spline = CubicSpline(np.arange(INTERVALS + 1), normalized_ntk(nodes, weight_layers))
    return TabulatedKernel(int(weight_layers), scale, np.ascontiguousarray(spline.c))
