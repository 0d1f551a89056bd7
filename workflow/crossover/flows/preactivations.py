"""How fast preactivations begin to move (Section 4, Eq. 22; Figure 11)."""

import torch
from torch import Tensor

from crossover.losses import Loss


def speeds(network, loss: Loss, *, w0: Tensor, x: Tensor, labels: Tensor, alpha: Tensor, rows: int) -> Tensor:
    """Speed of the preactivations of each layer at t = 0: ``sqrt(mean_mu mean_i (dp_i^l(x_mu) / dt)^2)``, (member, L).

    By forward-mode derivatives along the rate ``dw/dt = -rate grad L(w0)`` of the gradient flow at F = 0 on the training inputs;
    i runs over the neurons of a layer, or the channels and places of an image.

    Parameters
    ----------
    network : see `crossover.networks`
    w0 : initial weights, shape (member, P)
    x, labels : training inputs (n, d), and +1 or -1 (n,)
    alpha : shape (member,)
    rows : inputs that are computed at once: bounds memory, not seen in the numbers but for rounding
    """
    force = -loss.derivative(torch.zeros_like(labels)) * labels / len(labels)  # (n,), see `crossover.flows.field`
    blocks, pulls = x.split(rows), (force / alpha[:, None]).split(rows, dim=1)
    rate = torch.zeros_like(w0)
    for block, pull in zip(blocks, pulls, strict=True):
        rate += network.rate * network.at(w0, block).pullback(pull)
    squares = torch.zeros((), dtype=w0.dtype, device=w0.device)
    for block in blocks:
        rates = network.preactivation_rates(w0, rate, block)
        squares = squares + torch.stack([each.square().mean(2).sum(1) for each in rates], dim=1)  # (member, L)
    return (squares / len(x)).sqrt()
