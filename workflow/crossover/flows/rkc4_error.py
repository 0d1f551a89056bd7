"""What the methods of ``rkc4_coefficients`` are, and their error estimate."""

from typing import NamedTuple

import numpy as np

BLOCK = 4  # stages


class Method(NamedTuple):
    """A Runge-Kutta method of order 4 in s stages: a block of four classical stages, then s - 4 Euler substeps.

    A step of length H, with the rates k(y) and ``block`` as the rows of the strictly lower triangle a::

        k_i = k(y + H sum_j<i a_ij k_j),  i = 0 ... 3
        y += H sum_i weights_i k_i
        y += H delta k(y)                                        for each delta of ``substeps``

    The substeps damp what the block makes of stiff components, and nothing follows that would amplify an error of a stage.
    """

    beta: float  # stable for spectral radius * H <= beta
    substeps: tuple[float, ...]  # (s - 4,)
    block: tuple[float, ...]  # (6,): a10, a20, a21, a30, a31, a32
    weights: tuple[float, ...]  # (4,)


def tableau(method: Method) -> np.ndarray:
    """Butcher's matrix A with the weights b as its last row, (s + 1, s)."""
    count = len(method.substeps)
    A = np.zeros((count + BLOCK + 1, count + BLOCK))
    A[:BLOCK, :BLOCK][np.tril_indices(BLOCK, -1)] = method.block
    A[BLOCK:, :BLOCK] = method.weights
    for stage, delta in enumerate(method.substeps, BLOCK):
        A[stage + 1 :, stage] = delta
    return A


def error_weights(method: Method) -> tuple[float, ...]:
    """Weights e (5,): ``H sum_i e_i k_i`` over the rates of the block and of the end is the difference to a step of order 3.

    The conditions up to order 3 hold for both, so e is orthogonal to 1, c, c^2 and A c over these five stages; the end has
    c = 1 and A c = b c. That leaves the scale, 1 / (2 beta) at the end. The stages of the block see a stiff component grow, so
    that the estimate is large where a component is not yet on its slow course: a step fails before its stages stray.
    """
    A = tableau(method)
    c = A.sum(1)
    conditions = np.array([np.ones_like(c), c, c**2, A @ c[:-1]])[:, [*range(BLOCK), -1]]
    end = 0.5 / method.beta
    return (*np.linalg.solve(conditions[:, :-1], -end * conditions[:, -1]).tolist(), end)
