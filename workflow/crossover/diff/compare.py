"""Arrays against arrays: equal, within tolerance, and whether the seeds explain a difference. Only numpy and scipy."""

from typing import NamedTuple

import numpy as np
from scipy import stats

from crossover.statistics import LEVEL, jackknife_error
from crossover.tolerances import Tolerance


class Compared(NamedTuple):
    """Elements of two arrays, each of the arrays' shape.

    unequal : not the same number (NaN equals NaN); beyond : unequal by more than the tolerance, or a number on one side
    only; one_sided : a number on one side only; difference : b - a, 0 where equal, NaN where one-sided; excess :
    |difference| in tolerances, |difference| itself where the tolerance is 0, infinite where one-sided.
    """

    unequal: np.ndarray
    beyond: np.ndarray
    one_sided: np.ndarray
    difference: np.ndarray
    excess: np.ndarray


def numbers(a: np.ndarray, b: np.ndarray, tolerance: Tolerance) -> Compared:
    """Compare floats: within tolerance is ``|b - a| <= absolute + relative max(|a|, |b|)``, which is the same both ways."""
    unequal = ~((a == b) | (np.isnan(a) & np.isnan(b)))
    one_sided = unequal & ~(np.isfinite(a) & np.isfinite(b))
    with np.errstate(invalid="ignore", over="ignore"):
        difference = np.where(unequal, b - a, 0.0)
        difference[one_sided] = np.nan
        excess = np.abs(difference)
        if tolerance.exact:
            beyond = unequal
        else:
            allowed = tolerance.absolute + tolerance.relative * np.maximum(np.abs(a), np.abs(b))
            excess = np.divide(excess, allowed, out=np.zeros_like(excess), where=unequal)
            beyond = unequal & ~(excess <= 1)
    excess[one_sided] = np.inf
    return Compared(unequal, beyond, one_sided, difference, excess)


def curves(found: Compared) -> Compared:
    """The same for curves in time, which end where training stops: where one has ended the other has nothing to agree with.

    Such elements are unequal, but not beyond tolerance; whether training stopped at another time is for ``t_stop`` to say.
    """
    ended = found.one_sided
    return found._replace(beyond=found.beyond & ~ended, one_sided=ended & False, excess=np.where(ended, 0.0, found.excess))


def labels(a: np.ndarray, b: np.ndarray) -> Compared:
    """Compare text: equal or not."""
    unequal = a != b
    infinite = np.where(unequal, np.inf, 0.0)
    return Compared(unequal, unequal, unequal, np.where(unequal, np.nan, 0.0), infinite)


def paired_p(a: np.ndarray, b: np.ndarray, tolerance: Tolerance) -> np.ndarray:
    """Whether the seeds explain the differences of the same seeds in two files.

    Two tests, each where its own difference is beyond tolerance; the smaller p counts.
    - The mean of ``d = b - a`` over the N common seeds against its standard error: ``mean(d) / (sd(d) / sqrt(N))`` is
      Student's t with N - 1 degrees of freedom. Paired: the same seed is the same initial condition in both files, so what
      the seeds share drops out.
    - Each seed's ``d`` against the scatter of the seeds: ``d / (sqrt(2) s)``, s the smaller of the two files' standard
      deviations over seeds. It finds one member that is off, which would hide in its own sd(d).

    Parameters
    ----------
    a, b : shape (seed, cell); NaN where a seed has no number

    Returns
    -------
    array, shape (cell,): 1 where nothing beyond tolerance is tested, 0 where fewer than two seeds give no error bar.
    """
    both = np.isfinite(a) & np.isfinite(b)
    count = both.sum(0)
    a, b = np.where(both, a, np.nan), np.where(both, b, np.nan)
    p = np.zeros(a.shape[1])
    some = count >= 2
    a, b, count = a[:, some], b[:, some], count[some]
    moved = numbers(a, b, tolerance).beyond
    mean_moved = numbers(np.nanmean(a, 0), np.nanmean(b, 0), tolerance).beyond
    d = b - a
    scatter = np.sqrt(2) * np.minimum(np.nanstd(a, 0, ddof=1), np.nanstd(b, 0, ddof=1))
    of_mean = two_sided(np.nanmean(d, 0), np.nanstd(d, 0, ddof=1) / np.sqrt(count), count - 1)
    largest = np.nanmax(np.where(moved, np.abs(d), 0.0), axis=0)
    of_seed = two_sided(largest, scatter, count - 1)
    p[some] = np.minimum(np.where(mean_moved, of_mean, 1.0), np.where(moved.any(0), of_seed, 1.0))
    return p


def two_sided(difference: np.ndarray, error: np.ndarray, freedom: np.ndarray) -> np.ndarray:
    """Two-sided p of ``difference / error`` under Student's t; 0 for a difference with error 0, 1 for no difference."""
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.abs(difference) / error
    return np.where(difference == 0, 1.0, 2 * stats.t.sf(t, freedom))


def combined_p(a, b, errors: tuple[np.ndarray, np.ndarray], seeds: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """Whether two estimates over seeds differ by more than their error bars together.

    ``(b - a) / sqrt(e_a^2 + e_b^2)`` is Student's t with Welch and Satterthwaite's degrees of freedom. The errors of files
    with the same seeds go together, which this leaves out: it then errs towards "insignificant".

    Parameters
    ----------
    a, b : estimates, shape (cell,)
    errors : their standard errors, each (cell,)
    seeds : how many seeds they are over, each (cell,)

    Returns
    -------
    array, shape (cell,): 0 where an error bar is missing.
    """
    variances = [error**2 for error in errors]
    freedoms = [np.maximum(count - 1, 1) for count in seeds]
    total = variances[0] + variances[1]
    parts = sum(variance**2 / freedom for variance, freedom in zip(variances, freedoms, strict=True))
    freedom = np.divide(total**2, parts, out=np.ones_like(total), where=parts > 0)
    known = np.isfinite(total) & (np.minimum(*seeds) >= 2)
    return np.where(known, two_sided(b - a, np.sqrt(total), freedom), 0.0)


def replicate_error(replicates: np.ndarray, seeds: np.ndarray, kind: str) -> np.ndarray:
    """Standard error of an estimate from its resamplings; (replicate, cell) -> (cell,).

    A bootstrap of N seeds has the variance of N, not N - 1: times ``sqrt(N / (N - 1))`` it is ``sd / sqrt(N)`` for a mean.
    """
    if kind == "jackknife":
        # cells with fewer seeds have fewer replicates, the others are NaN
        return np.array([jackknife_error(column[np.isfinite(column)]) for column in replicates.T])
    return replicates.std(0, ddof=1) * _unbias(seeds)


def interval_error(low: np.ndarray, high: np.ndarray, seeds: np.ndarray, kind: str) -> np.ndarray:
    """Standard error from the 95 % interval, where a file has no replicates; all of shape (cell,)."""
    half = (high - low) / 2
    if kind == "jackknife":
        return half / stats.t.ppf((1 + LEVEL) / 2, np.maximum(seeds - 1, 1))
    return half / stats.norm.ppf((1 + LEVEL) / 2) * _unbias(seeds)


def _unbias(seeds: np.ndarray) -> np.ndarray:
    return np.sqrt(seeds / np.maximum(seeds - 1, 1))
