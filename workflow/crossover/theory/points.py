"""Angles between points, and matrices of a kernel of the angle."""

from collections.abc import Callable

import numpy as np

NEARLY_COLLINEAR = 0.999  # of |cos|: from there the angle comes from distances, since arccos loses what is left of 1 - cos
PAIRS = 2**16  # pairs of points whose differences are formed at once

AngleKernel = Callable[[np.ndarray], np.ndarray]  # of angles of any shape


def unit_rows(x: np.ndarray) -> np.ndarray:
    """The rows of x (n, d) divided by their norms, in float64.

    Raises
    ------
    ValueError
        When a row has norm 0 or is not finite.
    """
    x = np.asarray(x, dtype=np.float64)
    norms = np.linalg.norm(x, axis=1, keepdims=True)
    wrong = np.flatnonzero(~(np.isfinite(norms) & (norms > 0)))
    if len(wrong):
        raise ValueError(f"`x`: row {wrong[0]} has norm {norms[wrong[0], 0]}, wanted finite rows other than 0; remove it")
    return x / norms


def angles(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Angles between the rows of x (n, d) and of y (m, d), radians, shape (n, m); exactly 0 for equal rows.

    ``2 arctan2(|x - y|, |x + y|)`` where the rows are nearly parallel or opposite (Kahan, "How futile are mindless assessments
    of roundoff", section 12), else arccos of their product. Raises what `unit_rows` does.
    """
    return _unit_angles(unit_rows(x), unit_rows(y))


def _unit_angles(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    products = x @ y.T  # (n, m)
    i, j = np.nonzero(np.abs(products) > NEARLY_COLLINEAR)
    found = np.arccos(np.clip(products, -1, 1, out=products), out=products)
    for start in range(0, len(i), PAIRS):
        left, right = i[start : start + PAIRS], j[start : start + PAIRS]
        apart = np.linalg.norm(x[left] - y[right], axis=1)
        found[left, right] = 2 * np.arctan2(apart, np.linalg.norm(x[left] + y[right], axis=1))
    return found


def kernel_matrix(kernel: AngleKernel, x: np.ndarray, y: np.ndarray, *, rows: int = 256) -> np.ndarray:
    """The kernel between the rows of x (n, d) and of y (m, d), shape (n, m), filled ``rows`` rows at a time.

    kernel : of the angle, as `tabulated_ntk` gives. Little more than the result is held. Raises what `unit_rows` does.
    """
    x, y = unit_rows(x), unit_rows(y)
    matrix = np.empty((len(x), len(y)))
    for start in range(0, len(x), rows):
        block = slice(start, start + rows)
        matrix[block] = kernel(_unit_angles(x[block], y))
    return matrix


def symmetric_kernel_matrix(kernel: AngleKernel, x: np.ndarray, *, rows: int = 256) -> np.ndarray:
    """The kernel among the rows of x (n, d), shape (n, n), symmetric to the last digit; see `kernel_matrix`."""
    x = unit_rows(x)
    matrix = np.empty((len(x), len(x)))
    for start in range(0, len(x), rows):
        block, rest = slice(start, start + rows), slice(start, None)
        values = kernel(_unit_angles(x[block], x[rest]))
        matrix[block, rest] = values
        matrix[rest, block] = values.T
    return matrix


def on_sphere(x: np.ndarray) -> np.ndarray:
    """The rows of x (n, d) on the unit sphere of one dimension more, shape (n, d + 1): inverse stereographic projection.

    ``(2 x, |x|^2 - 1) / (|x|^2 + 1)`` (Definition 6, with the pole e_(d+1)): collinear rows become distinct directions.
    """
    x = np.asarray(x, dtype=np.float64)
    square = (x * x).sum(1, keepdims=True)
    return np.concatenate([2 * x, square - 1], axis=1) / (square + 1)


def uniform_on_sphere(n: int, d: int, generator: np.random.Generator) -> np.ndarray:
    """Points drawn uniformly from the unit sphere of R^d, shape (n, d)."""
    return unit_rows(generator.standard_normal((n, d)))
