"""What the claims estimate: slopes, gaps and crossings, for every row of resampled observables at once."""

import numpy as np

CROSSING_DECADES = 1.0  # between grid points a straight line is a fair reading of a curve that bends


def slope(x: np.ndarray, y: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Least-squares slope common to all groups, each with an intercept of its own.

    Parameters
    ----------
    x, groups : shape (point,)
    y : shape (row, point)

    Returns
    -------
    array, shape (row,)
    """
    x, y = x.astype(np.float64).copy(), y.astype(np.float64).copy()
    for group in np.unique(groups):
        inside = groups == group
        x[inside] -= x[inside].mean()
        y[:, inside] -= y[:, inside].mean(1, keepdims=True)
    return y @ x / (x @ x)


def rescaled_gap(curves: np.ndarray) -> np.ndarray:
    """Largest gap between curves, each rescaled to 0..1 by its own smallest and largest value; (row, curve, x) -> (row,)."""
    low, high = curves.min(2, keepdims=True), curves.max(2, keepdims=True)
    rescaled = np.divide(curves - low, high - low, out=np.full_like(curves, np.nan), where=high > low)
    return (rescaled.max(1) - rescaled.min(1)).max(1)


def largest_gap(curves: np.ndarray) -> np.ndarray:
    """Largest difference between any two curves at any x where at least two are there; (row, curve, x) -> (row,)."""
    both = np.isfinite(curves).sum(1) >= 2  # (row, x)
    high = np.where(np.isfinite(curves), curves, -np.inf).max(1)
    low = np.where(np.isfinite(curves), curves, np.inf).min(1)
    return np.where(both, high - low, -np.inf).max(1)


def log_crossing(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """log10 of the x at which y falls through 1, by straight lines in the logarithms.

    x : increasing, shape (x,); y : shape (row, x). The first crossing counts; NaN for a row that does not fall through 1, or
    between values of x more than `CROSSING_DECADES` apart. Shape (row,).
    """
    if len(x) < 2:
        return np.full(len(y), np.nan)
    log_x, log_y = np.log10(x), np.log10(y)
    falls = (log_y[:, :-1] >= 0) & (log_y[:, 1:] < 0)  # (row, x - 1)
    left = falls.argmax(1)
    rows = np.arange(len(y))
    above, below = log_y[rows, left], log_y[rows, left + 1]
    with np.errstate(invalid="ignore", divide="ignore"):
        crossing = log_x[left] + (log_x[left + 1] - log_x[left]) * above / (above - below)
    near = log_x[left + 1] - log_x[left] <= CROSSING_DECADES + 1e-9
    return np.where(falls.any(1) & near, crossing, np.nan)


def interpolate(x: np.ndarray, y: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Curves y at one x each, by straight lines in the logarithms; NaN outside of x or where an end is missing.

    x : increasing, shape (x,); y : shape (..., x); at : shape (...). Shape (...).
    """
    left = np.clip(np.searchsorted(x, at, side="right") - 1, 0, len(x) - 2)
    log_x, log_at = np.log10(x), np.log10(at)
    ends = [np.log10(np.take_along_axis(y, left[..., None] + k, axis=-1)[..., 0]) for k in (0, 1)]
    part = (log_at - log_x[left]) / (log_x[left + 1] - log_x[left])
    return np.where((part >= 0) & (part <= 1), 10 ** (ends[0] + part * (ends[1] - ends[0])), np.nan)
