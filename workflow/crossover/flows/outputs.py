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

    def select(self, members: Tensor) -> "OutputPoints":
        """The networks of some of the members."""
        return OutputPoints(self.anchor.select(members), self.initial[members])

    def change(self, y: Tensor) -> Tensor:
        """f(w) - f(w0) at states y (member, P), carried through the layers: it keeps its digits, (member, points)."""
        return self.anchor.at(y).f

    def norms(self, change: Tensor) -> Tensor:
        """Root mean square over the points of f(w), and of f(w) - f(w0) = ``change``, (member, 2), float64."""
        change = change.double()
        return torch.stack([self.initial + change, change], dim=1).square().mean(2).sqrt()
