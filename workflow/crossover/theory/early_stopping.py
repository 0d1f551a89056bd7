"""Training an infinitely wide network on squares for a time t (Proposition 6).

Gradient flow of ``1/2 sum_mu (f(x_mu) - y_mu)^2`` gives ``f_t(x) = f_0(x) + P_t(x) (y - f_0(X))`` with the projection operator
``P_t(x) = K(x, X) A_t``, ``A_t = K^-1 (1 - exp(-t K))``.

The time t is that of the kernel given: with the normalized kernel K_L, the default of the pipeline, t = Theta^(L)(x, x) times
the time of the network itself (`normalized_time`). There is no 1/n in the exponent (Remark 1); the flow of the mean loss,
which Jacot et al. take, is at time t/n here.
"""

from typing import NamedTuple

import numpy as np

from crossover.theory.network import ntk_diagonal

# By how much K may differ from its transpose, of its largest entry; what blocks of BLAS differ by is far below.
ASYMMETRY = 1e-10


class Spectrum(NamedTuple):
    """Eigenvalues (n,), rising, and eigenvectors (n, n), as columns, of a training kernel."""

    values: np.ndarray
    vectors: np.ndarray

    @property
    def noise(self) -> float:
        """The size below which an eigenvalue is rounding: n 1e-16 of the largest."""
        return len(self.values) * 1e-16 * self.values[-1]

    @property
    def unresolved(self) -> int:
        """The number of eigenvalues that are not above `noise`; to be reported with what is computed of them."""
        return int((self.values <= self.noise).sum())


def spectrum(kernel: np.ndarray) -> Spectrum:
    """Eigenvalues and eigenvectors of a training kernel, shape (n, n), made symmetric.

    Raises
    ------
    ValueError
        When it is not square, not finite, or not symmetric.
    """
    kernel = np.asarray(kernel, dtype=np.float64)
    if kernel.ndim != 2 or kernel.shape[0] != kernel.shape[1] or not np.isfinite(kernel).all():
        raise ValueError(f"`kernel` has shape {kernel.shape}, wanted a square matrix of finite numbers")
    apart = np.abs(kernel - kernel.T).max()
    if apart > ASYMMETRY * np.abs(kernel).max():
        raise ValueError(f"`kernel` differs from its transpose by {apart:.1e}, wanted a kernel of one set of points")
    return Spectrum(*np.linalg.eigh((kernel + kernel.T) / 2))


def factor(values: np.ndarray, time: float) -> np.ndarray:
    """Eigenvalues of A_t from those of K: ``(1 - exp(-t lambda)) / lambda``, t where lambda is 0; time may be inf.

    Raises
    ------
    ValueError
        When the time is not above 0, or infinite where an eigenvalue is not above 0.
    """
    if not time > 0:
        raise ValueError(f"`time` is {time}, wanted a number above 0, or inf")
    if np.isinf(time):
        if values.min() <= 0:
            raise ValueError(f"`values` has {values.min():.1e} and `time` is inf: remove equal points, or take a finite time")
        return 1 / values
    nonzero = np.where(values == 0, 1.0, values)
    return np.where(values == 0, time, -np.expm1(-time * nonzero) / nonzero)


def projection(trained: Spectrum, cross: np.ndarray, time: float) -> np.ndarray:
    """The projection operator P_t at m points from their kernel with the n training points, ``cross`` (m, n); shape (m, n).

    Raises
    ------
    ValueError
        When the time is not above 0, or infinite where an eigenvalue is rounding (`Spectrum.unresolved`).
    """
    if np.isinf(time) and trained.unresolved:
        raise ValueError(
            f"`time` is inf, but {trained.unresolved} eigenvalues are rounding (the smallest {trained.values[0]:.1e}, of "
            f"{trained.values[-1]:.1e}): remove nearly equal points, or take a finite time"
        )
    return (cross @ trained.vectors * factor(trained.values, time)) @ trained.vectors.T  # (m, n)


def normalized_time(time: float, weight_layers: int, *, gain: float, square: float) -> float:
    """The time for K_L that equals a time of the network's own kernel: ``t Theta^(L)(x, x)`` with ``square`` = |x|^2 / d."""
    return time * square * ntk_diagonal(weight_layers, gain=gain)
