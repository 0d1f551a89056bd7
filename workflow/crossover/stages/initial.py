"""What is measured at w0 alone: how fast preactivations begin to move, and gradients by layer (Section 4, Eqs. 20 to 22)."""

from math import prod

import numpy as np
import torch
from torch import Tensor

from crossover.flows.preactivations import speeds
from crossover.stages.setup import check, members, rows_within, to_device

BLOCK_BYTES = 2e8  # activations of the patterns that are computed at once; a bound of memory, seen in the numbers as rounding


def run(spec: dict, data: dict[str, np.ndarray], *, device: str) -> dict[str, np.ndarray]:
    """Speeds of preactivations and gradients of f at the w0 that training would start from, for each width and seed.

    F is 0 at w0 and the flow is gradient flow, at fixed alpha.

    Parameters
    ----------
    spec : spec of the rule ``initial``: h (widths), seeds (their number), alpha, and the network, loss and stream of training
    data : the arrays of a data set (`crossover.schema.DATASET`)
    device : cpu or cuda

    Returns
    -------
    arrays of `crossover.schema.INITIAL` and their coordinates
    """
    check(data)
    x, labels = (to_device(data[name], spec=spec, device=device) for name in ("x_train", "y_train"))
    widths, seeds, L = sorted(set(spec["h"])), spec["seeds"], spec["L"]
    speed, gradient = np.empty((len(widths), seeds, L)), np.empty((len(widths), seeds, L + 1))
    for at, seed in np.ndindex(len(widths), seeds):
        h = widths[at]
        one = {"h": h, "sqrt_h_alpha": [spec["alpha"] * h**0.5], "seeds": [seed, seed], "subtract_initial": True}
        setup = members(spec | one, d=x.shape[1], device=device)
        rows = rows_within(BLOCK_BYTES, setup.network, x)
        of_member = speeds(setup.network, setup.loss, w0=setup.w0, x=x, labels=labels, alpha=setup.alpha, rows=rows)
        speed[at, seed] = of_member[0].cpu()
        gradient[at, seed] = root_mean_square_gradients(setup.network, setup.w0[0], x, rows=rows).cpu()
    axes = {"h": np.array(widths), "seed": np.arange(seeds), "hidden": np.arange(1, L + 1), "layer": np.arange(L + 1)}
    return axes | {"preactivation_speed": speed, "gradient": gradient}


def root_mean_square_gradients(network, w: Tensor, x: Tensor, *, rows: int) -> Tensor:
    """``sqrt(mean_mu mean_i (df(x_mu) / dW_i)^2)`` over the weights of each layer, biases left out, (layer,); see Eq. 20.

    From the factors of the tangent kernel, ``rows`` inputs at a time, so that a fully connected network needs no gradient.

    Parameters
    ----------
    network : see `crossover.networks`
    w : weights of one member, shape (P,)
    x : inputs, shape (n, d)
    """
    squares = torch.zeros(max(network.layers) + 1, dtype=torch.float64)
    numbers = torch.zeros_like(squares)
    for block in x.split(rows):
        # weights come first, in the order of the terms; biases follow
        for layer, shape, term in zip(network.layers, network.shapes, network.kernel_terms(w, block), strict=False):
            squares[layer] += term.squares().sum().double().cpu()
            numbers[layer] += prod(shape) * len(block)
    return (squares / numbers).sqrt()
