"""The empirical neural tangent kernel without Jacobians, in blocks.

Each of its terms (`crossover.ntk_terms.gram`) is the product of two Gram matrices, O(n^2 h L) instead of O(n^2 P), or, for a
convolution, of the gradients of some inputs at a time. Theta is the kernel of f, not of F; with the loss prefactor 1 / alpha^2
the gradient flow of F uses Theta as it is.
"""

from collections.abc import Iterator

import torch
from torch import Tensor

from crossover.ntk_terms import Terms, gram


def gram_blocks(left: Terms, right: Terms, *, rows: int) -> Iterator[tuple[slice, Tensor]]:
    """The kernel by blocks of ``rows`` rows: pairs of the rows and their kernel, shape (rows, n')."""
    n = len(left[0].z)
    for start in range(0, n, rows):
        block = slice(start, min(start + rows, n))
        yield block, gram([term.rows(block) for term in left], right)


def gram_matrix(left: Terms, right: Terms, *, rows: int) -> Tensor:
    """The kernel, shape (n, n'), filled by blocks so that little more than the result is held."""
    z = left[0].z
    matrix = torch.empty((len(z), len(right[0].z)), dtype=z.dtype, device=z.device)
    for block, values in gram_blocks(left, right, rows=rows):
        matrix[block] = values
    return matrix


def kernel_norms(initial: Terms, final: Terms, *, rows: int) -> tuple[float, float, float]:
    """Frobenius norms ``|Theta0|``, ``|Theta|`` and ``|Theta - Theta0|`` on one set of inputs, without holding Theta."""
    squares = torch.zeros(3, dtype=torch.float64)
    for (_, before), (_, after) in zip(
        gram_blocks(initial, initial, rows=rows), gram_blocks(final, final, rows=rows), strict=True
    ):
        squares += torch.stack([(m * m).sum().double().cpu() for m in (before, after, after - before)])
    norm0, norm1, change = squares.sqrt().tolist()
    return norm0, norm1, change
