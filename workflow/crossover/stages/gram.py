"""The tangent kernel of one trained member on the first test patterns, at w0 and at the end (Figures 8a, b)."""

import numpy as np
from torch import Tensor

from crossover.ntk_terms import gram
from crossover.stages.setup import check, members, rows_within, to_device

BLOCK_BYTES = 5e8  # activations of the patterns whose factors are held; a bound of memory, seen in the numbers as rounding


def run(spec: dict, data: dict[str, np.ndarray], change: np.ndarray, *, device: str) -> dict[str, np.ndarray]:
    """Theta(w0) and Theta(w) at the end, of the member that the spec names.

    Parameters
    ----------
    spec : spec of the rule ``gram``: that of the kernels of the member's job, with ``member`` (its sqrt_h_alpha and seed) and
        ``points``
    data : the arrays of a data set (`crossover.schema.DATASET`)
    change : w - w0 of each member of the job, shape (member, P)
    device : cpu or cuda

    Returns
    -------
    arrays of `crossover.schema.GRAM`

    Raises
    ------
    ValueError
        When the job has no such member, the weights are not those of its members, or there are fewer test patterns.
    """
    check(data)
    points, position = spec["points"], _position(spec)
    if points > len(data["x_test"]):
        raise ValueError(f"points = {points}, but there are {len(data['x_test'])} test patterns; take fewer points")
    x = to_device(data["x_test"][:points], spec=spec, device=device)
    a, seed = spec["member"]["sqrt_h_alpha"], spec["member"]["seed"]
    setup = members(spec | {"sqrt_h_alpha": [a], "seeds": [seed, seed]}, d=x.shape[1], device=device)
    wanted = (_members_of_job(spec), setup.w0.shape[1])
    if change.shape != wanted:
        raise ValueError(f"weights have shape {change.shape}, the spec wants {wanted}; train again")
    rows, w0 = rows_within(BLOCK_BYTES, setup.network, x), setup.w0[0]
    w = w0 + to_device(change[position], spec=spec, device=device)
    return {
        "gram_init": _theta(setup.network, w0, x, rows=rows).cpu().numpy(),
        "gram_final": _theta(setup.network, w, x, rows=rows).cpu().numpy(),
        "gram_class": data["class_test"][:points],
        "gram_label": data["y_test"][:points],
    }


def _members_of_job(spec: dict) -> int:
    first, last = spec["seeds"]
    return len(spec["sqrt_h_alpha"]) * (last - first + 1)


def _position(spec: dict) -> int:
    """Where the member is in its job, whose members are all seeds of one sqrt(h) alpha after the other."""
    a, seed, (first, last) = spec["member"]["sqrt_h_alpha"], spec["member"]["seed"], spec["seeds"]
    if a not in spec["sqrt_h_alpha"] or not first <= seed <= last:
        raise ValueError(
            f"member = sqrt_h_alpha {a}, seed {seed}: the job has sqrt_h_alpha {spec['sqrt_h_alpha']}, seeds {first} to {last}; "
            "name one of its members"
        )
    return spec["sqrt_h_alpha"].index(a) * (last - first + 1) + seed - first


def _theta(network, w: Tensor, x: Tensor, *, rows: int) -> Tensor:
    """Theta on inputs x (n, d) at the weights w (P,) of one member, shape (n, n); the factors of 2 ``rows`` inputs are held.

    They are made again for each block of the kernel: those of all inputs of a wide ResNet take 40 MB each.
    """
    blocks = [slice(start, start + rows) for start in range(0, len(x), rows)]
    matrix = x.new_empty(len(x), len(x))
    for k, left in enumerate(blocks):
        terms = network.kernel_terms(w, x[left])
        matrix[left, left] = gram(terms, terms)
        for right in blocks[k + 1 :]:
            matrix[left, right] = gram(terms, network.kernel_terms(w, x[right]))
            matrix[right, left] = matrix[left, right].mT
    return matrix
