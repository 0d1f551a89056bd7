"""How fast preactivations begin to move (Section 4, Eq. 22; Figure 11)."""

import torch
from torch import Tensor

from crossover.flows.field import NetworkField


def speeds(field: NetworkField) -> Tensor:
    """Speed of the preactivations of each layer at t = 0: ``sqrt(mean_mu mean_i (dp_i^l(x_mu) / dt)^2)``, (member, L).

    By forward-mode derivatives along the rate ``dw/dt = -grad L(w0)`` on the training inputs; i runs over the neurons of a
    layer, or the channels and places of an image.
    """
    w0 = field.anchor.w0
    _, rate = field.outputs_and_rate(torch.zeros_like(w0))
    rates = field.anchor.network.preactivation_rates(w0, rate, field.anchor.x)
    return torch.stack([rate.square().mean((1, 2)).sqrt() for rate in rates], dim=1)
