"""How far the outputs of the network itself have moved along the flow (Section 4, Figure 10)."""

from typing import NamedTuple

import torch
from torch import Tensor


class OutputPoints(NamedTuple):
    """Networks about their initial weights on points where their outputs are followed."""

    anchor: object  # see `crossover.networks`
    initial: Tensor  # (member, points): f(w0)

    @classmethod
    def of(cls, network, w0: Tensor, x: Tensor, basis: Tensor | None = None) -> "OutputPoints":
        """On points x (points, d), for initial weights w0 (member, P); with a ``basis`` where the flow is that of `on_span`."""
        anchor = network.anchor(w0, x)
        return cls(anchor if basis is None else anchor.on_span(basis), network.outputs(w0, x))

    def norms(self, y: Tensor, index: Tensor) -> Tensor:
        """Root mean square over the points of f(w), and of f(w) - f(w0), at states y of the members ``index``, (some, 2).

        float64. The difference is carried through the layers, so that it keeps its digits where it is small.
        """
        change = self.anchor.select(index).at(y).f.double()
        return torch.stack([self.initial[index] + change, change], dim=1).square().mean(2).sqrt()
