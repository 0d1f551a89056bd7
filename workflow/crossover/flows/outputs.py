"""How far the outputs of the network itself have moved along the flow (Section 4, Figure 10)."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor


class OutputPoints(NamedTuple):
    """Networks about their initial weights on points where their outputs are followed."""

    anchor: object  # see `crossover.networks`
    initial: Tensor  # (member, points): f(w0)
    lift: Callable[[Tensor], Tensor]  # from states of the flow to changes of the weights, (some, P)

    @classmethod
    def of(cls, network, w0: Tensor, x: Tensor, lift: Callable[[Tensor], Tensor]) -> "OutputPoints":
        """On points x (points, d), for initial weights w0 (member, P)."""
        return cls(network.anchor(w0, x), network.outputs(w0, x), lift)

    def norms(self, y: Tensor, index: Tensor) -> Tensor:
        """Root mean square over the points of f(w), and of f(w) - f(w0), at states y of the members ``index``, (some, 2).

        float64. The difference is carried through the layers, so that it keeps its digits where it is small.
        """
        change = self.anchor.select(index).at(self.lift(y)).f.double()
        return torch.stack([self.initial[index] + change, change], dim=1).square().mean(2).sqrt()
